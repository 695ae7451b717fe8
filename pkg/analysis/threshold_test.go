package analysis

import (
	"math"
	"slices"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func TestTheBestThresholdIsThatOfTheRows(t *testing.T) {
	q := withOptions(dayQuery("threshold", query.FormatNumbers), `{"interval":true,"threshold":0.25,"metrics":["precision","recall","f1","predicted_share"]}`)
	out := answer(t, q, eightRows())
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "fraud", "version", "v1", "metric", metric}, more...)...)
	}
	// Above 0.5 lie three positives (0.6, 0.7, 0.8) of four and one negative (0.9).
	near(t, "best", at("best_threshold"), 0.5, 0)
	near(t, "precision", at("precision", "at", "best"), 0.75, 1e-12)
	near(t, "recall", at("recall", "at", "best"), 0.75, 1e-12)
	near(t, "f1", at("f1", "at", "best"), 0.75, 1e-12)
	near(t, "share", at("predicted_share", "at", "best"), 0.5, 1e-12)
	// Above 0.25 lie the same positives and three negatives: F1 is 6/10.
	near(t, "precision in use", at("precision", "at", "current"), 0.5, 1e-12)
	near(t, "gain", at("threshold_gain"), 0.15, 1e-12)
	if lower := at("threshold_gain", "bound", "lower"); !(lower < 0) {
		t.Errorf("eight rows prove a gain of at least %g", lower)
	}
	if lower, upper := at("best_threshold", "bound", "lower"), at("best_threshold", "bound", "upper"); !(lower <= 0.25 && upper >= 0.5) {
		t.Errorf("eight rows place the best threshold within %g and %g", lower, upper)
	}
}

func TestCostsMoveTheBestThreshold(t *testing.T) {
	best := func(options string) float64 {
		q := withOptions(dayQuery("threshold", query.FormatNumbers), options)
		return value(t, answer(t, q, eightRows()), "model", "fraud", "version", "v1", "metric", "best_threshold")
	}
	// Missing one costs 10 and a false alarm 1: calling all positive costs 4, above 0.25 it is
	// 10 + 3, above 0.5 it is 10 + 1. With false alarms at 100 nothing is called positive.
	near(t, "dear misses", best(`{"valueFalseNegative":-10,"valueFalsePositive":-1}`), 0, 0)
	near(t, "dear alarms", best(`{"valueFalseNegative":-1,"valueFalsePositive":-100}`), 1, 0)
	near(t, "Youden", best(`{"criterion":"youden"}`), 0.5, 0)
}

func TestAThresholdCurveRunsOverTheEdges(t *testing.T) {
	q := withOptions(dayQuery("threshold", query.FormatCurve), `{"valueTruePositive":8,"valueFalsePositive":-4}`)
	c := answer(t, q, eightRows())[0].(result.Curve)
	if !c.Trend || !slices.Equal(c.Fields[0].Values, []float64{0, 0.25, 0.5, 0.75, 1}) {
		t.Fatalf("x is %v", c.Fields[0].Values)
	}
	byName := make(map[string][]float64)
	for _, f := range c.Fields {
		byName[f.Name] = f.Values
	}
	for name, want := range map[string][]float64{
		"Recall":          {1, 0.75, 0.75, 0.25, 0},
		"Precision":       {0.5, 0.5, 0.75, 0.5, math.NaN()},
		"Predicted share": {1, 0.75, 0.5, 0.25, 0},
		"Business value":  {2, 1.5, 2.5, 0.5, 0},
	} {
		got := byName[name]
		if len(got) != len(want) {
			t.Errorf("%s is %v", name, got)
			continue
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-12 || math.IsNaN(got[i]) != math.IsNaN(want[i]) {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
	}
	if !noticed(c.Meta, "the best threshold by mean value is 0.5") {
		t.Errorf("notices: %v", c.Notices)
	}
}

func TestAThresholdInsideABucketIsSaid(t *testing.T) {
	q := withOptions(dayQuery("threshold", query.FormatNumbers), `{"threshold":0.6}`)
	n := answer(t, q, eightRows())[0].(result.Numbers)
	if !noticed(n.Meta, "0.6 in use is no bucket edge: 0.5, the nearest") {
		t.Errorf("notices: %v", n.Notices)
	}
}

func TestTheValueNeedsValues(t *testing.T) {
	q := withOptions(dayQuery("threshold", query.FormatNumbers), `{"criterion":"value"}`)
	if _, err := tryRun(fleet(), q); err == nil {
		t.Error("no value was given, yet the best by value was found")
	}
}
