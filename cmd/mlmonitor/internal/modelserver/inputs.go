package modelserver

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
)

// inputs counts what the features of a model are like.
type inputs struct {
	features []feature
	products []product
	anomaly  exporter.Histogram // nil without a detector
}

type feature struct {
	observations, missing *exporter.Value
	last, importance      *exporter.Value // importance is nil if it is not known

	values              exporter.Histogram // of a numeric feature
	squares             *exporter.Value
	invalid, outOfRange *exporter.Value
	lowest, highest     float64

	categories []*exporter.Value // one more than the spec's: Other
	unseen     *exporter.Value
}

type product struct {
	x, y int
	sum  *exporter.Value
}

func newInputs(target *exporter.Target, spec Spec, with func(...string) []string) inputs {
	var in inputs
	active, important := 0, false
	for _, f := range spec.Features {
		if !f.Monitored {
			active++
		}
		important = important || f.Importance != 0
	}
	target.Gauge("ml_features", with()...).Set(float64(active))
	for _, f := range spec.Features {
		labels := with("feature", f.Name)
		made := feature{
			observations: target.Counter("ml_feature_observations_total", labels...),
			missing:      target.Counter("ml_feature_missing_total", labels...),
			last:         target.Gauge("ml_feature_last_observed_timestamp_seconds", labels...),
			lowest:       f.Lowest, highest: f.Highest,
		}
		if important && !f.Monitored {
			made.importance = target.Gauge("ml_feature_importance", labels...)
			made.importance.Set(f.Importance)
		}
		if f.Categorical() {
			made.unseen = target.Counter("ml_feature_unseen_category_total", labels...)
			for _, category := range append(slices.Clone(f.Categories), Other) {
				made.categories = append(made.categories, target.Counter("ml_feature_category_total", with("feature", f.Name, "category", category)...))
			}
			in.features = append(in.features, made)
			continue
		}
		made.squares = target.Counter("ml_feature_squared_sum_total", labels...)
		made.invalid = target.Counter("ml_feature_invalid_total", labels...)
		if f.Lowest < f.Highest {
			made.outOfRange = target.Counter("ml_feature_out_of_range_total", labels...)
		}
		made.values = numericHistogram(target, "ml_feature_value", f.Edges, labels)
		in.features = append(in.features, made)
	}
	for _, pair := range spec.Products {
		x, y := pair[0], pair[1]
		in.products = append(in.products, product{x, y, target.Counter("ml_feature_product_sum_total",
			with("feature", spec.Features[x].Name, "other", spec.Features[y].Name)...)})
	}
	if len(spec.AnomalyEdges) > 0 {
		in.anomaly = target.Histogram("ml_anomaly_score", spec.AnomalyEdges, with()...)
	}
	return in
}

func numericHistogram(target *exporter.Target, name string, edges []float64, labels []string) exporter.Histogram {
	if len(edges) == 0 {
		return target.NativeHistogram(name, labels...)
	}
	return target.Histogram(name, edges, labels...)
}

func (in inputs) predict(p Prediction) {
	for i, f := range in.features {
		f.observations.Add(1)
		if f.categories != nil {
			f.category(p.Categories[i], p.Unseen != nil && p.Unseen[i])
		} else if !f.number(p.Numbers[i]) {
			continue
		}
		if !p.At.IsZero() {
			f.last.Set(float64(p.At.UnixMilli()) / 1000)
		}
	}
	for _, pair := range in.products {
		if xy := p.Numbers[pair.x] * p.Numbers[pair.y]; !math.IsNaN(xy) && !math.IsInf(xy, 0) {
			pair.sum.Add(xy)
		}
	}
	if in.anomaly != nil {
		in.anomaly.Observe(p.Anomaly)
	}
}

func (f feature) category(index int, unseen bool) {
	if index == Unknown {
		index = len(f.categories) - 1
	}
	f.categories[index].Add(1)
	if unseen {
		f.unseen.Add(1)
	}
}

// number counts a value and tells whether there was one. What is missing or
// invalid is never observed: one NaN would spoil the sum until a restart.
func (f feature) number(x float64) bool {
	switch {
	case math.IsNaN(x):
		f.missing.Add(1)
		return false
	case math.IsInf(x, 0):
		f.invalid.Add(1)
		return false
	}
	if f.outOfRange != nil && (x < f.lowest || x > f.highest) {
		f.outOfRange.Add(1)
	}
	f.values.Observe(x)
	f.squares.Add(x * x)
	return true
}

// SetImportance tells how important each feature is now.
func (in inputs) SetImportance(shares []float64) {
	for i, f := range in.features {
		if f.importance != nil {
			f.importance.Set(shares[i])
		}
	}
}
