package frames_test

import (
	"bytes"
	"embed"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/frames"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

//go:embed testdata/*.json
var goldens embed.FS

var (
	nan = math.NaN()
	at  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

func hours(n int) []time.Time {
	out := make([]time.Time, n)
	for i := range out {
		out[i] = at.Add(time.Duration(i) * time.Hour)
	}
	return out
}

func labels(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// samples holds one answer per shape, each small enough to check by hand against
// the rules of this package.
var samples = []struct {
	name    string
	results []result.Result
	answer  frames.Answer
}{
	{
		name: "numbers",
		results: []result.Result{result.Numbers{
			Meta: result.Meta{Name: "Classification", N: 120, Custom: map[string]any{"window": "1h"}, Notices: []result.Notice{
				{Severity: result.Info, Text: "Labels of the last hour are still arriving."},
				{Severity: result.Warning, Text: "One counter was reset."},
			}},
			At: at,
			Values: []result.Number{
				{Labels: labels("metric", "accuracy", "model", "fraud"), Value: 0.75, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1, Description: "Share of right predictions."}},
				{Labels: labels("metric", "balanced_accuracy", "model", "fraud"), Value: nan, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
			},
		}},
		answer: frames.Answer{Format: "numbers", Queries: []string{"ml_outcomes_total", "ml_outcomes_total"}},
	},
	{
		name: "series",
		results: []result.Result{result.Series{
			Meta: result.Meta{Name: "Accuracy", N: 60}, Times: hours(2), Interval: time.Hour,
			Lines: []result.Line{
				{Name: "accuracy", Labels: labels("metric", "accuracy"), Values: []float64{0.5, nan}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
				{Name: "accuracy lower", Labels: labels("metric", "accuracy", "bound", "lower"), Values: []float64{0.25, nan}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}, Bound: "lower"},
				{Name: "accuracy upper", Labels: labels("metric", "accuracy", "bound", "upper"), Values: []float64{0.75, nan}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}, Bound: "upper", FillBelowTo: "accuracy lower"},
			},
		}},
		answer: frames.Answer{Format: "series", Queries: []string{"q"}},
	},
	{
		name: "heatmap",
		results: []result.Result{result.Grid{
			Meta: result.Meta{Name: "Drift (PSI)", N: nan}, Times: hours(2), Interval: time.Hour,
			Rows: []result.Line{
				{Labels: labels("metric", "psi", "feature", "amount"), Values: []float64{0.5, math.Inf(1)}, Style: result.Style{Min: 0, Max: nan}},
				{Labels: labels("metric", "psi", "feature", "age"), Values: []float64{0.125, nan}, Style: result.Style{Min: 0, Max: nan}},
			},
		}},
		answer: frames.Answer{Format: "heatmap"},
	},
	{
		name: "table",
		results: []result.Result{result.Table{
			Meta: result.Meta{Name: "Models", N: nan},
			Columns: []result.Column{
				{Name: "model", Texts: []string{"fraud", "churn"}},
				{Name: "verdict", Texts: []string{"DRIFT", "STABLE"}, Colors: map[string]string{"DRIFT": "red"}},
				{Name: "psi", Numbers: []float64{0.5, nan}, Style: result.Style{Min: 0, Max: 1}, Gauge: true},
				{Name: "last seen", Times: []time.Time{at, {}}},
			},
		}},
		answer: frames.Answer{Format: "table"},
	},
	{
		name: "matrix",
		results: []result.Result{result.Matrix{
			Meta: result.Meta{Name: "Confusion matrix", N: 10}, Corner: `actual \ predicted`,
			Rows: []string{"no", "yes"}, Columns: []string{"no", "yes"},
			Values: []float64{4, 1, 2, 3}, Style: result.Style{Unit: result.Count, Min: 0, Max: nan},
		}},
		answer: frames.Answer{Format: "matrix"},
	},
	{
		name: "curve-trend",
		results: []result.Result{result.Curve{
			Meta: result.Meta{Name: "Reliability", N: 100}, Trend: true,
			Fields: []result.CurveField{
				{Name: "predicted", Role: result.RoleX, Values: []float64{0.25, nan, 0.75}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
				{Name: "observed", Role: result.RoleY, Values: []float64{0.25, 0.5, nan}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
				{Name: "lower", Role: result.RoleLower, Values: []float64{0.125, 0.5, nan}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
				{Name: "upper", Role: result.RoleUpper, Values: []float64{0.5, 0.5, nan}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
				{Name: "perfect", Role: result.RoleReference, Values: []float64{0.25, 0.5, 0.75}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
				{Name: "predictions", Role: result.RoleExtra, Values: []float64{60, 0, 40}, Style: result.Style{Unit: result.Count}},
			},
		}},
		answer: frames.Answer{Format: "curve"},
	},
	{
		name: "curve-xy",
		results: []result.Result{
			result.Curve{
				Meta: result.Meta{Name: "v1", N: 100},
				Fields: []result.CurveField{
					{Name: "threshold", Role: result.RoleExtra, Values: []float64{1, 0.5, 0}},
					{Name: "false positive rate", Role: result.RoleX, Values: []float64{0, nan, 1}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
					{Name: "true positive rate", Role: result.RoleY, Labels: labels("version", "v1"), Values: []float64{0, 0.5, 1}, Style: result.Style{Unit: result.Percent, Min: 0, Max: 1}},
				},
			},
			result.Curve{
				Meta: result.Meta{Name: "chance", N: nan},
				Fields: []result.CurveField{
					{Name: "false positive rate", Role: result.RoleX, Values: []float64{0, 1}},
					{Name: "chance", Role: result.RoleReference, Values: []float64{0, 1}},
				},
			},
		},
		answer: frames.Answer{Format: "curve"},
	},
	{
		name: "distribution",
		results: []result.Result{result.Distribution{
			Meta:      result.Meta{Name: "amount", N: 8},
			Intervals: []string{"< 5", "> 5"}, Lower: []float64{math.Inf(-1), 5}, Upper: []float64{5, math.Inf(1)},
			Baseline: []float64{0.5, 0.5}, Current: []float64{0.25, 0.75}, BaselineCounts: []float64{4, 4}, CurrentCounts: []float64{1, 3},
		}},
		answer: frames.Answer{Format: "distribution"},
	},
	{
		name: "distribution-density",
		results: []result.Result{result.Distribution{
			Meta: result.Meta{Name: "amount", N: 8}, Density: true,
			Intervals: []string{"< 0", "0 to 1", "1 to 5", "> 5"},
			Lower:     []float64{math.Inf(-1), 0, 1, 5}, Upper: []float64{0, 1, 5, math.Inf(1)},
			Current: []float64{0.125, 0.25, 0.5, 0.125},
		}},
		answer: frames.Answer{Format: "distribution"},
	},
	{
		name: "events",
		results: []result.Result{result.Events{
			Meta:   result.Meta{Name: "Deployments", N: nan},
			Events: []result.Event{{Time: at, Title: "v2", Text: "fraud v2 went live", Tags: []string{"deployment", "fraud"}}, {Time: at, End: at.Add(time.Hour), Title: "drift"}},
		}},
		answer: frames.Answer{Format: "events"},
	},
	{
		name: "empty",
		results: []result.Result{result.Numbers{
			Meta: result.Meta{Name: "Classification", N: 0, Notices: []result.Notice{{Severity: result.Warning, Text: "No outcomes have arrived yet."}}},
		}},
		answer: frames.Answer{Format: "numbers", Queries: []string{"ml_outcomes_total"}},
	},
}

func TestFramesOfEachShapeAreAsWrittenInTheGoldenFiles(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			made, err := frames.Encode(sample.results, sample.answer)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(made)
			if err != nil {
				t.Fatal(err)
			}
			golden, err := goldens.ReadFile("testdata/" + sample.name + ".json")
			if err != nil {
				t.Fatalf("%v; got\n%s", err, indented(t, got))
			}
			if want := indented(t, golden); indented(t, got) != want {
				t.Errorf("got\n%s\nwant\n%s", indented(t, got), want)
			}
		})
	}
}

func indented(t *testing.T, raw []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(out.Bytes()))
}
