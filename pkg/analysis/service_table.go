package analysis

import (
	"strconv"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// serviceTable has a row per model, version and group.
func serviceTable(q *query.Query, o Options, w counts.Windows, groups []served, ms []measure, quantiles []float64, said notes) result.Table {
	by := groupLabels(q)
	values := make(map[string]measure)
	exported := make(map[string]bool)
	for _, m := range ms {
		exported[m.labels["metric"]] = true
		values[key(m.labels, by)+m.labels["metric"]+m.labels["quantile"]] = m
	}
	var s sheet
	for _, g := range groups {
		s.row()
		s.labels(g.labels, by)
		cell := func(name, metric, quantile string, interval bool) {
			if !exported[metric] {
				return
			}
			p := absent()
			if m, ok := values[key(g.labels, by)+metric+quantile]; ok {
				p = m.points[0]
			}
			s.number(name, p.value, styleOf(metric))
			if interval {
				s.text(name+" interval", span(p.lower, p.upper))
			}
		}
		cell("Predictions per second", "predictions_per_second", "", false)
		for _, q := range quantiles {
			text := strconv.FormatFloat(q, 'g', -1, 64)
			cell("Latency "+text, "latency_quantile", text, true)
		}
		cell("Mean latency", "latency_mean", "", false)
		cell("Slow", "slow_share", "", true)
		cell("Errors", "error_share", "", true)
		if exported["errors_per_second"] {
			s.text("Most frequent error", mostFrequentError(g.tallies[profile.PredictionErrors]))
		}
		for _, m := range serviceMetrics {
			if m.role != profile.PredictionDuration && m.role != profile.Predictions && m.role != profile.PredictionErrors && m.name != "batch_duration_quantile" {
				cell(m.title, m.name, "", false)
			}
		}
		n, _ := countOf(g.tallies[profile.Predictions], 0, nil)
		s.number("n", n, described(amount, "predictions in the window"))
	}
	return result.Table{Meta: meta(q, "Service", w, observations(ms), said), Columns: s.done()}
}

// mostFrequentError names the kind of error that occurs most, "timeout (critical)".
func mostFrequentError(g *counts.TallyGroup) string {
	cells, _ := tallyAt(g, 0)
	most, name := 0.0, ""
	for i, n := range cells {
		if n > most {
			most, name = n, g.Keys[i][0]
			if severity := g.Keys[i][1]; severity != "" {
				name = strings.TrimSpace(name + " (" + severity + ")")
			}
		}
	}
	return name
}
