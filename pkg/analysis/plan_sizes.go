package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// plannedMetrics are the rows that metrics take.
func plannedMetrics(q *query.Query, o Options, outcomes, scores counts.Data, said *notes) ([]planned, error) {
	names := o.Strings("metrics")
	if len(names) == 0 {
		names = standardPlan
	}
	level, half := o.Number("confidence"), o.Number("precision")
	goal := fmt.Sprintf("± %g", half)
	var out []planned
	for _, g := range outcomes.Tallies {
		c, err := confusionsOf(g, 1, said)
		if err != nil {
			return nil, err
		}
		if !c.has[0] || c.windows[0].Total() == 0 {
			continue
		}
		positive := positiveOf(c.classes, o.String("positiveClass"))
		if positive != "" && !slices.Contains(c.classes, positive) {
			said.warning("class %q does not occur among the outcomes, whose classes are %s", positive, several(c.classes))
			continue
		}
		for _, m := range chosenQualities(names) {
			if m.scored {
				continue
			}
			e, err := m.of(c.windows[0], positive, level)
			if err != nil {
				return nil, err
			}
			p, err := plannedMetric(m, e, half, level)
			if err != nil {
				return nil, err
			}
			p.labels, p.goal = c.labels, goal
			out = append(out, p)
		}
	}
	if scores.Empty() {
		return out, nil
	}
	groups, err := scoresOf(q, o, scores, said)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		positives, negatives := g.binned[0].Totals()
		for _, m := range chosenQualities(names) {
			if !m.scored || !g.has[0] || positives+negatives == 0 {
				continue
			}
			e, err := m.ofScores(g.binned[0], level)
			if err != nil {
				return nil, err
			}
			p, err := plannedMetric(m, e, half, level)
			if err != nil {
				return nil, err
			}
			p.labels, p.goal = g.labels, goal
			out = append(out, p)
		}
	}
	return out, nil
}

// rates are the metrics that are shares of rows, for which the rows follow from the
// value alone.
var rates = []string{"accuracy", "precision", "recall", "specificity", "fpr", "fnr", "npv", "prevalence", "predicted_share"}

// plannedMetric is the rows that one metric takes: of its denominator for a rate.
func plannedMetric(m quality, e compare.Measure, half, level float64) (planned, error) {
	p := planned{what: m.title, kind: "metric", value: e.Value, n: e.N, needed: math.NaN(), reason: e.Reason}
	if math.IsNaN(e.Value) || !(e.N > 0) {
		return p, nil
	}
	var err error
	if slices.Contains(rates, m.name) {
		p.needed, err = compare.RateSize(e.Value, half, level)
		return p, err
	}
	se := (e.Upper - e.Lower) / (2 * infer.Z(level))
	if !(se > 0) || math.IsInf(se, 1) {
		p.reason = "its error is not known"
		return p, nil
	}
	p.needed, err = compare.ScaledSize(se, e.N, half, level)
	return p, err
}

// plannedFeatures are the rows at which noise alone stays within the tolerated drift,
// with the window as the reference.
func plannedFeatures(o Options, values, categories counts.Data) ([]planned, error) {
	method := drift.Method(o.String("method"))
	info, err := drift.Lookup(method)
	if err != nil {
		return nil, err
	}
	options := drift.Options{Level: o.Number("confidence"), Tolerated: o.Number("tolerated")}
	tolerated := options.Tolerated
	if !(tolerated > 0) {
		tolerated = info.DefaultTolerated
	}
	goal := fmt.Sprintf("%s ≤ %g", info.Title, tolerated)
	var out []planned
	add := func(labels map[string]string, kind string, n float64, size func() (float64, error)) error {
		p := planned{labels: labels, what: labels[string(profile.Feature)], kind: kind, goal: goal, value: math.NaN(), n: n}
		var err error
		if p.needed, err = size(); math.IsInf(p.needed, 1) {
			p.needed, p.reason = math.NaN(), "the window holds too few rows to be a baseline: choose a longer one"
		}
		out = append(out, p)
		return err
	}
	for i := range values.Histograms {
		g := &values.Histograms[i]
		h, ok := histogramAt(g, 0)
		if !ok || h.Total() == 0 {
			continue
		}
		if err := add(g.Labels, "numeric feature", h.Total(), func() (float64, error) { return compare.DriftSize(method, h, options) }); err != nil {
			return nil, err
		}
	}
	for i := range categories.Tallies {
		g := &categories.Tallies[i]
		cells, ok := tallyAt(g, 0)
		if !ok || total(cells) == 0 {
			continue
		}
		if err := add(g.Labels, "categorical feature", total(cells), func() (float64, error) { return compare.DriftCategoriesSize(method, cells, options) }); err != nil {
			return nil, err
		}
	}
	return out, nil
}
