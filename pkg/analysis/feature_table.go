package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

// openEnough is the share of values in open buckets from which on moments are
// said to be guesses.
const openEnough = 0.05

// noteFeatures says where the numbers are weaker than they look.
func noteFeatures(q *query.Query, features []describedFeature, said *notes) {
	var open, inexact, alone, gone []string
	few := 0
	for _, f := range features {
		d := f.last()
		name := f.labels[string(profile.Feature)]
		if d.n > 0 && d.moments.OpenShare > openEnough {
			open = append(open, fmt.Sprintf("%s (%.0f %%)", name, 100*d.moments.OpenShare))
		}
		if d.n > 0 && !d.moments.MeanExact {
			inexact = append(inexact, name)
		}
		if f.changes == nil {
			continue
		}
		switch c := f.changes[len(f.changes)-1]; {
		case c.n == 0:
			gone = append(gone, name)
		case c.baseline.n == 0:
			alone = append(alone, name)
		case c.verdict == drift.Insufficient:
			few++
		}
	}
	if len(open) > 0 {
		said.info("values in open buckets have no upper or lower limit, so deviation, skewness and kurtosis take them at the bucket's end: %s", several(unique(open)))
	}
	if len(inexact) > 0 {
		said.info("the sum of the values is not known of %s: their means are from the middles of the buckets", several(unique(inexact)))
	}
	if len(alone) > 0 {
		said.warning("no baseline (%s) for %s: choose another baseline or wait until there is one", describeBaseline(q), several(unique(alone)))
	}
	if len(gone) > 0 {
		said.warning("in the baseline but not in the current windows: %s", several(unique(gone)))
	}
	if few > 0 {
		said.warning("%d of %d features have too few observations to tell a change of the mean: the table says how many would do", few, len(features))
	}
}

// featureTable has a row per feature: with a baseline, those whose mean changed
// most come first.
func featureTable(q *query.Query, o Options, w counts.Windows, features []describedFeature, quantiles []float64, said notes) result.Table {
	if q.Baseline != nil {
		slices.SortStableFunc(features, func(a, b describedFeature) int {
			x, y := a.changes[0], b.changes[0]
			return cmp.Or(
				cmp.Compare(severity(x.verdict), severity(y.verdict)),
				cmp.Compare(orElse(math.Abs(y.delta.Value), -1), orElse(math.Abs(x.delta.Value), -1)),
				strings.Compare(a.labels[string(profile.Feature)], b.labels[string(profile.Feature)]),
			)
		})
	}
	if top := o.Integer("top"); top > 0 && len(features) > top {
		said.info("%d of %d features are shown: option top shows more", top, len(features))
		features = features[:top]
	}
	level := o.Number("confidence")
	var s sheet
	n := 0.0
	for _, f := range features {
		d := f.last()
		n = math.Max(n, d.n)
		s.row()
		s.labels(f.labels, groupLabels(q))
		s.text("Feature", f.labels[string(profile.Feature)])
		if f.changes != nil {
			changeCells(&s, f.changes[0], o.Number("tolerated"), level)
		}
		for _, column := range []struct{ name, metric string }{{"Mean", "mean"}, {"Std", "std"}, {"Skewness", "skewness"}, {"Kurtosis", "kurtosis"}} {
			p := absent()
			if d.n > 0 {
				p = d.moment(column.metric, level)
			}
			s.number(column.name, p.value, styleOf(column.metric))
			s.text(column.name+" interval", span(p.lower, p.upper))
			if column.metric == "std" {
				s.text("Std bounds", span(p.least, p.most))
			}
		}
		for _, share := range quantiles {
			p := absent()
			if d.n > 0 {
				p = d.quantile(share, level)
			}
			name := fmt.Sprintf("Quantile %g", share)
			s.number(name, p.value, styleOf("quantile"))
			s.text(name+" bucket", span(p.least, p.most))
			s.text(name+" interval", span(p.lower, p.upper))
		}
		open := math.NaN()
		if d.n > 0 {
			open = d.moments.OpenShare
		}
		s.number("In open buckets", open, described(share, "Share of the values beyond the outermost bucket edges, where only one limit is known."))
		s.number("n", d.n, described(amount, "values in the window"))
	}
	return result.Table{Meta: meta(q, "Feature statistics", w, n, said), Columns: s.done()}
}

func changeCells(s *sheet, c meanChange, tolerated, level float64) {
	s.mark("Verdict", string(c.verdict), verdictColors)
	s.number("Change of mean", c.delta.Value, styleOf("mean_change"))
	s.text("Change interval", span(c.delta.Lower, c.delta.Upper))
	s.text("Change bounds", span(c.least, c.most))
	s.number("Tolerated", tolerated, plain)
	s.number("Adjusted p", c.adjusted, styleOf("mean_change_adjusted_p_value"))
	s.number("Ratio of std", orNaN(c.ratio.Value), styleOf("std_ratio"))
	s.text("Ratio interval", span(orNaN(c.ratio.Lower), orNaN(c.ratio.Upper)))
	base := absent()
	std := math.NaN()
	if c.baseline.n > 0 {
		base = c.baseline.moment("mean", level)
		std = c.baseline.moments.Std
	}
	s.number("Baseline mean", base.value, styleOf("mean"))
	s.number("Baseline std", std, styleOf("std"))
	s.number("Baseline n", c.baseline.n, described(amount, "values in the baseline"))
	s.number("n needed", orNaN(c.needed), described(amount, "values at which noise alone stays within the tolerated change"))
	s.text("Reason", c.reason)
}
