package modelserver

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
)

// ExportReference makes the static ml_reference_* series of a model on a
// target: the counts of predictions and outcomes known at training time, under
// a name. Without outcomes only the features are exported, since scores of
// another version are no reference for this one; nor are there classes to count
// without a classification.
func ExportReference(target *exporter.Target, spec Spec, name string, predictions []Prediction, outcomes []Outcome) {
	base := append([]string{"model", spec.Model, "version", spec.Version, "reference", name}, spec.Labels...)
	with := func(more ...string) []string { return append(slices.Clone(base), more...) }

	for i, f := range spec.Features {
		if f.Categorical() {
			counts := make([]float64, len(f.Categories)+1)
			for _, p := range predictions {
				c := p.Categories[i]
				if c == Unknown {
					c = len(f.Categories)
				}
				counts[c]++
			}
			for c, category := range append(slices.Clone(f.Categories), Other) {
				target.Gauge("ml_reference_feature_category_total", with("feature", f.Name, "category", category)...).Set(counts[c])
			}
			continue
		}
		values := numericHistogram(target, "ml_reference_feature_value", f.Edges, with("feature", f.Name))
		for _, p := range predictions {
			if x := p.Numbers[i]; !math.IsNaN(x) && !math.IsInf(x, 0) {
				values.Observe(p.Numbers[i])
			}
		}
	}
	if len(outcomes) == 0 || spec.task() != Classification {
		return
	}
	for _, c := range spec.scored() {
		scores := numericHistogram(target, "ml_reference_score", spec.ScoreEdges, with("class", spec.Classes[c]))
		for _, p := range predictions {
			scores.Observe(p.Scores[c])
		}
	}
	for a, actual := range spec.Classes {
		counts := make([]float64, len(spec.Classes))
		for _, o := range outcomes {
			if o.Actual == a {
				counts[o.Predicted]++
			}
		}
		for p, predicted := range spec.Classes {
			target.Gauge("ml_reference_outcomes_total", with("actual", actual, "predicted", predicted)...).Set(counts[p])
		}
		for _, c := range spec.scored() {
			scores := numericHistogram(target, "ml_reference_outcome_score", spec.ScoreEdges, with("actual", actual, "class", spec.Classes[c]))
			for _, o := range outcomes {
				if o.Actual == a {
					scores.Observe(o.Scores[c])
				}
			}
		}
	}
}
