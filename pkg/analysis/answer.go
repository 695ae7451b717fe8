package analysis

import (
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// meta describes an answer: what it is called, which windows it covers, what it
// was compared with, and what the reader must know.
func meta(q *query.Query, name string, w counts.Windows, n float64, said notes) result.Meta {
	custom := map[string]any{
		"analysis": q.Analysis,
		"window": map[string]any{
			"from":   w.Begin(0).UTC().Format(time.RFC3339Nano),
			"to":     w.End(w.Number - 1).UTC().Format(time.RFC3339Nano),
			"width":  query.FormatDuration(w.Width),
			"number": w.Number,
		},
	}
	if q.Baseline != nil {
		custom["baseline"] = describeBaseline(q)
	}
	return result.Meta{Name: name, Notices: said.list, N: n, Custom: custom}
}

// answerMeasures gives measures in the query's format, series or numbers.
func answerMeasures(q *query.Query, name string, w counts.Windows, ms []measure, show limits, said notes) []result.Result {
	m := meta(q, name, w, observations(ms), said)
	if q.Format == query.FormatSeries {
		return []result.Result{result.Series{Meta: m, Times: w.Times(), Interval: w.Step, Lines: lines(ms, show)}}
	}
	values, n := numbers(ms, show)
	m.Custom["n"] = n
	return []result.Result{result.Numbers{Meta: m, At: q.To, Values: values}}
}

// nothing is the empty answer in the query's format; its notices say why.
func nothing(q *query.Query, name string, w counts.Windows, said notes) []result.Result {
	m := meta(q, name, w, 0, said)
	switch q.Format {
	case query.FormatSeries:
		return []result.Result{result.Series{Meta: m, Interval: w.Step}}
	case query.FormatHeatmap:
		return []result.Result{result.Grid{Meta: m, Interval: w.Step}}
	case query.FormatTable:
		return []result.Result{result.Table{Meta: m}}
	case query.FormatMatrix:
		return []result.Result{result.Matrix{Meta: m}}
	case query.FormatCurve:
		return []result.Result{result.Curve{Meta: m}}
	case query.FormatDistribution:
		return []result.Result{result.Distribution{Meta: m}}
	case query.FormatEvents:
		return []result.Result{result.Events{Meta: m}}
	}
	return []result.Result{result.Numbers{Meta: m, At: q.To}}
}
