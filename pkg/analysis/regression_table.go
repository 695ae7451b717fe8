package analysis

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/regress"
)

// worsening is how the verdicts read on a metric: what is "drift"
// elsewhere is "worse" here.
var worsening = map[drift.Verdict]string{
	drift.OK: "ok", drift.Uncertain: "uncertain", drift.Drift: "worse", drift.Insufficient: "insufficient",
}

var worseningColors = map[string]string{"ok": "green", "uncertain": "yellow", "worse": "red", "insufficient": "blue"}

// regressionTable has a row per metric of each group.
func regressionTable(q *query.Query, o Options, w counts.Windows, groups []errorCounts, quantiles []float64, said notes) ([]result.Result, error) {
	titles := make(map[string]string)
	for _, m := range regress.Metrics() {
		titles[m.Name] = m.Title
	}
	var s sheet
	n := 0.0
	for _, g := range groups {
		n = math.Max(n, g.current[0].N)
		for _, metric := range regressionMetrics(q, o) {
			if metric == "skill" && !o.Set("reference") {
				continue
			}
			shares := []float64{math.NaN()}
			if metric == "residual_quantile" {
				shares = quantiles
			}
			for _, share := range shares {
				e, err := regressionEstimate(g.current[0], metric, share, o)
				if err != nil {
					return nil, err
				}
				name := titles[metric]
				switch metric {
				case "residual_quantile":
					name = fmt.Sprintf("Residual quantile %g", share)
				case "skill":
					name = fmt.Sprintf("Skill over %g", o.Number("reference"))
				}
				p := regressPoint(e)
				s.row()
				s.labels(g.labels, groupLabels(q))
				s.text("Metric", name)
				s.number("Value", p.value, plain)
				s.text("Interval", span(p.lower, p.upper))
				bounds := ""
				if p.least != p.most {
					bounds = span(p.least, p.most)
				}
				s.text("Bounds", bounds)
				reason := e.Reason
				if g.baseline != nil {
					if reason, err = regressionChange(&s, g, metric, o, reason); err != nil {
						return nil, err
					}
				}
				s.number("n", e.N, described(amount, "outcomes in the window"))
				s.text("Reason", reason)
			}
		}
	}
	return []result.Result{result.Table{Meta: meta(q, "Regression quality", w, n, said), Columns: s.done()}}, nil
}

// regressionChange are the cells about the baseline; it returns the reason to show.
func regressionChange(s *sheet, g errorCounts, metric string, o Options, reason string) (string, error) {
	nan := math.NaN()
	c := regress.Change{Worse: nan, WorseLower: nan, WorseUpper: nan, MinimumN: nan, Tolerated: nan}
	c.Baseline.Value = nan
	verdict := ""
	if metric != "residual_quantile" && metric != "skill" {
		var err error
		if c, err = regress.Compare(g.current[0], g.baseline[0], metric, o.Number("confidence"), o.Number("tolerated")); err != nil {
			return "", err
		}
		verdict = worsening[c.Verdict]
		if c.Reason != "" {
			reason = c.Reason
		}
	}
	s.mark("Verdict", verdict, worseningColors)
	s.number("Baseline", orNaN(c.Baseline.Value), plain)
	s.number("Worse by", orNaN(c.Worse), styleOf("change_for_the_worse"))
	s.text("Worse by, in", c.Unit)
	s.text("Worse interval", span(orNaN(c.WorseLower), orNaN(c.WorseUpper)))
	s.number("Tolerated", c.Tolerated, plain)
	s.number("n needed", orNaN(c.MinimumN), described(amount, "outcomes at which noise alone stays within the tolerated change"))
	s.number("Baseline n", g.baseline[0].N, described(amount, "outcomes in the baseline"))
	return reason, nil
}

// residualDistributions gives one distribution of the residuals per group.
func residualDistributions(q *query.Query, o Options, w counts.Windows, data []counts.Data, said notes) ([]result.Result, error) {
	var before []counts.HistogramGroup
	if q.Baseline != nil {
		before = data[1].Histograms
	}
	var all []result.Distribution
	var sets []map[string]string
	for _, p := range pair(q, data[0].Request.By, data[0].Histograms, before, histogramLabels, &said) {
		d, err := histogramDistribution(q, o, p, &said)
		if err != nil {
			return nil, err
		}
		if total(d.CurrentCounts)+total(d.BaselineCounts) > 0 {
			all, sets = append(all, d), append(sets, d.Labels)
		}
	}
	if len(all) == 0 {
		said.missing(q, data[0])
		said.warning("there are no residuals in the window: the truth may not be known yet, choose a longer or an earlier time range")
		return nothing(q, "Residuals", w, said), nil
	}
	names := varying(sets)
	answers := make([]result.Result, len(all))
	for i, d := range all {
		d.Meta = meta(q, named("Residuals", d.Labels, names), w, total(d.CurrentCounts), said)
		d.Custom["labels"] = d.Labels
		if d.BaselineCounts != nil {
			d.Custom["baselineN"] = total(d.BaselineCounts)
		}
		d.Density = o.Bool("density")
		answers[i] = d
	}
	return answers, nil
}
