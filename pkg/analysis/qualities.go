package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/calibrate"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// quality is a metric by which segments or versions are compared.
type quality struct {
	name, title, help string
	scored            bool // is computed from outcome scores, not from the confusion matrix
	lowerIsBetter     bool
	neutral           bool // is neither good nor bad
	perClass          bool // is about one class against the rest
	averaged          bool // has an average over the classes
}

// qualities lists the metrics of confusion matrices that need no further options,
// and those of scores.
func qualities() []quality {
	lower := []string{"fpr", "fnr"}
	neutral := []string{"prevalence", "predicted_share"}
	var out []quality
	for _, m := range classify.MetricNames() {
		if m.Name == "business_value" || m.Name == "f_beta" {
			continue
		}
		out = append(out, quality{name: m.Name, title: m.Title, help: m.Help, lowerIsBetter: slices.Contains(lower, m.Name),
			neutral: slices.Contains(neutral, m.Name), perClass: m.PerClass, averaged: m.Averaged})
	}
	return append(out,
		quality{name: "auc", title: "AUC", help: "Area under the ROC curve.", scored: true},
		quality{name: "average_precision", title: "Average precision", help: "Area under the precision-recall curve.", scored: true},
		quality{name: "ks", title: "KS separation", help: "Largest distance of the scores of the two classes.", scored: true},
		quality{name: "brier", title: "Brier score", help: "Mean squared distance of the score from the outcome.", scored: true, lowerIsBetter: true},
	)
}

func qualityOf(name string) (quality, bool) {
	all := qualities()
	if i := slices.IndexFunc(all, func(m quality) bool { return m.name == name }); i >= 0 {
		return all[i], true
	}
	return quality{}, false
}

func qualityChoices() []EnumValue {
	var out []EnumValue
	for _, m := range qualities() {
		out = append(out, EnumValue{Value: m.name, Label: m.title, Description: m.help})
	}
	return out
}

// chosenQualities are the metrics of that name, in their order.
func chosenQualities(names []string) []quality {
	var out []quality
	for _, n := range names {
		if m, ok := qualityOf(n); ok {
			out = append(out, m)
		}
	}
	return out
}

// of is the metric of a confusion matrix: of the positive class of two, else the
// macro average.
func (m quality) of(c classify.Confusion, positive string, level float64) (compare.Measure, error) {
	s := classify.Selection{Level: level}
	switch {
	case !m.perClass:
	case positive != "":
		s.Positive = positive
	case m.averaged:
		s.Average = "macro"
	default:
		return unmeasured(m.name + " is about one class: name it by the option positiveClass"), nil
	}
	e, err := c.Select(m.name, s)
	return compare.FromEstimate(e), err
}

// ofScores is the metric of binned scores.
func (m quality) ofScores(b classify.Binned, level float64) (compare.Measure, error) {
	var e classify.RankEstimate
	var err error
	switch m.name {
	case "average_precision":
		e = b.AveragePrecision(level)
	case "ks":
		e = b.Separation(level)
	case "brier":
		if _, err := calibrate.Reliability(b, 0, level); err != nil {
			return unmeasured(err.Error()), nil
		}
		e, err = calibrate.Brier(b, level)
	default:
		e = b.AUC(level)
	}
	return compare.FromRank(e, level), err
}

// unmeasured is a metric that does not exist.
func unmeasured(reason string) compare.Measure {
	nan := math.NaN()
	return compare.Measure{Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan, Reason: reason}
}

// incomparable is a comparison without an answer.
func incomparable(reason string) compare.Difference {
	nan := math.NaN()
	return compare.Difference{Champion: nan, Challenger: nan, Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan,
		P: nan, PMinimumEffect: nan, AdjustedP: nan, MoreChampion: nan, MoreChallenger: nan, Decision: compare.Insufficient, Reason: reason}
}

// style is how the metric is shown.
func (m quality) style() result.Style { return styleOf(m.name) }

// differenceStyle is how a difference of two values of the metric is shown.
func (m quality) differenceStyle() result.Style {
	s := m.style()
	return result.Style{Unit: s.Unit, Min: math.NaN(), Max: math.NaN(), Description: "difference of the two values of " + m.title}
}

// verdict words a decision: what is neither good nor bad is higher or lower.
func (m quality) verdict(d compare.Decision) string {
	if m.neutral {
		switch d {
		case compare.Better:
			return "higher"
		case compare.Worse:
			return "lower"
		}
	}
	return string(d)
}

var comparisonColors = map[string]string{
	string(compare.Better): "green", string(compare.Worse): "red", string(compare.Equivalent): "semi-dark-green",
	string(compare.Undecided): "yellow", string(compare.Insufficient): "blue", "higher": "purple", "lower": "purple",
	string(compare.Fair): "green", string(compare.Unfair): "red", string(compare.Uncertain): "yellow",
}

// merged adds up the tallies of several groups.
func merged(groups []counts.TallyGroup) counts.TallyGroup {
	if len(groups) == 0 {
		return counts.TallyGroup{}
	}
	out := groups[0]
	for _, g := range groups[1:] {
		a := out
		c := commonTallyKeys(a, g)
		windows := max(tallyWindows(&a), tallyWindows(&g))
		sum := counts.TallyGroup{Labels: a.Labels, Keys: c, Cells: make([]float64, windows*len(c))}
		for k := range windows {
			row := sum.At(k)
			any := false
			for _, side := range []*counts.TallyGroup{&a, &g} {
				cells, ok := tallyAt(side, k)
				if !ok {
					continue
				}
				any = true
				for i, n := range cells {
					at, _ := slices.BinarySearchFunc(c, side.Keys[i], slices.Compare)
					row[at] += n
				}
			}
			if !any {
				copy(row, missingValues(len(row)))
			}
		}
		out = sum
	}
	return out
}

func commonTallyKeys(a, b counts.TallyGroup) [][]string {
	keys := append(slices.Clone(a.Keys), b.Keys...)
	slices.SortFunc(keys, slices.Compare)
	return slices.CompactFunc(keys, slices.Equal)
}

// segmented is a query whose groups are split further by a label, and the labels
// without it: those of the groups that are compared within.
func segmented(q *query.Query, label profile.Label) (split *query.Query, within []profile.Label, err error) {
	reserved := append(slices.Clone(ownLabels), string(profile.Model), string(profile.Feature), string(profile.Category), string(profile.Class),
		string(profile.Actual), string(profile.Predicted), string(profile.Reference))
	if label == "" || slices.Contains(reserved, string(label)) {
		return nil, nil, &query.Error{
			Field:   "options.label",
			Message: fmt.Sprintf("label %q cannot hold segments: use a label of your own, such as segment, region or environment", label),
		}
	}
	whole, parts := *q, *q
	whole.GroupBy = slices.DeleteFunc(slices.Clone(q.GroupBy), func(l profile.Label) bool { return l == label })
	parts.GroupBy = append(slices.Clip(whole.GroupBy), label)
	within = slices.DeleteFunc(groupLabels(&whole), func(l profile.Label) bool { return l == label })
	return &parts, within, nil
}
