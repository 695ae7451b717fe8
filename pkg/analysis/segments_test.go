package analysis

import (
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// regions is a model that is good in the north (60 true positives, 20 misses, 20
// false alarms, 100 true negatives an hour) and poor in the south (10, 30, 10, 50).
func regions() world {
	var w world
	for region, rates := range map[string][4]float64{"north": {60, 20, 20, 100}, "south": {10, 30, 10, 50}} {
		for i, cell := range [][2]string{{"1", "1"}, {"1", "0"}, {"0", "1"}, {"0", "0"}} {
			l := named2("model", "fraud", "version", "v1", "segment", region, "actual", cell[0], "predicted", cell[1])
			w = append(w, stream{role: profile.Outcomes, labels: l, rates: rates[i : i+1]})
		}
	}
	scores := func(region, actual string, rates ...float64) {
		l := named2("model", "fraud", "version", "v1", "segment", region, "class", "1", "actual", actual)
		w = append(w, stream{role: profile.OutcomeScore, labels: l, edges: []float64{0.5, 1}, rates: append(rates, 0)})
	}
	scores("north", "1", 20, 60)
	scores("north", "0", 100, 20)
	scores("south", "1", 30, 10)
	scores("south", "0", 50, 10)
	return w
}

func TestSegmentsWorstFirst(t *testing.T) {
	q := withOptions(dayQuery("segments", query.FormatTable), `{"metrics":["accuracy","auc"],"tolerated":0.1}`)
	table := run(t, regions(), q)[0].(result.Table)
	for row, want := range []struct {
		segment, metric, verdict string
		value, rest              float64
	}{
		// The AUC in two buckets: pairs in order, plus half of the ties.
		{"south", "AUC", "worse", 0.25*50/60 + 0.5*(0.75*50/60+0.25*10/60), 0.75*100/120 + 0.5*(0.25*100/120+0.75*20/120)},
		{"south", "Accuracy", "worse", 0.6, 0.8},
		{"north", "Accuracy", "better", 0.8, 0.6},
		{"north", "AUC", "better", 0.75*100/120 + 0.5*(0.25*100/120+0.75*20/120), 0.25*50/60 + 0.5*(0.75*50/60+0.25*10/60)},
	} {
		if cell(t, table, "Segment", row) != want.segment || cell(t, table, "Metric", row) != want.metric || cell(t, table, "Verdict", row) != want.verdict {
			t.Errorf("row %d is %v, %v, %v, want %+v", row, cell(t, table, "Segment", row), cell(t, table, "Metric", row), cell(t, table, "Verdict", row), want)
		}
		near(t, want.metric, cell(t, table, "Value", row).(float64), want.value, 1e-12)
		near(t, "rest", cell(t, table, "Rest", row).(float64), want.rest, 1e-12)
	}
	// Wilson intervals of the two accuracies, combined as Newcombe does.
	limits := infer.NewcombeDifference(1440, 2400, 3840, 4800, 0.95)
	near(t, "lower limit", cell(t, table, "Lower", 1).(float64), limits.Lower, 1e-9)
	near(t, "upper limit", cell(t, table, "Upper", 1).(float64), limits.Upper, 1e-9)
	near(t, "n", cell(t, table, "n", 1).(float64), 2400, 0)
	near(t, "rest n", cell(t, table, "Rest n", 1).(float64), 4800, 0)
}

func TestFairnessOfSegments(t *testing.T) {
	raw := `{"metrics":["statistical_parity_difference","disparate_impact","equal_opportunity_difference","average_odds_difference","predictive_parity_difference"],"tolerated":0.1,"against":"north"}`
	out := run(t, regions(), withOptions(dayQuery("segments", query.FormatNumbers), raw))
	for metric, want := range map[string]float64{
		"statistical_parity_difference": 20.0/100 - 80.0/200,
		"disparate_impact":              0.2 / 0.4,
		"equal_opportunity_difference":  10.0/40 - 60.0/80,
		"average_odds_difference":       ((10.0/40 - 60.0/80) + (10.0/60 - 20.0/120)) / 2,
		"predictive_parity_difference":  10.0/20 - 60.0/80,
	} {
		near(t, metric, value(t, out, "model", "fraud", "version", "v1", "segment", "south", "metric", metric), want, 1e-12)
	}
	near(t, "unfair", value(t, out, "model", "fraud", "version", "v1", "metric", "segments_worse"), 5, 0)
	table := run(t, regions(), withOptions(dayQuery("segments", query.FormatTable), raw))[0].(result.Table)
	if v := cell(t, table, "Verdict", 0); v != "unfair" {
		t.Errorf("verdict %v", v)
	}
}

func TestFewOutcomesDecideNothingAboutASegment(t *testing.T) {
	w := regions()
	for i := range w {
		for j := range w[i].rates {
			w[i].rates[j] /= 240 // of each 200 and 100 an hour, 20 and 10 a day
		}
	}
	table := run(t, w, withOptions(dayQuery("segments", query.FormatTable), `{"tolerated":0.1}`))[0].(result.Table)
	if v := cell(t, table, "Verdict", 0); v != "undecided" {
		t.Errorf("verdict %v", v)
	}
	if more := cell(t, table, "More needed", 0).(float64); !(more > 10) {
		t.Errorf("%g more outcomes are said to decide", more)
	}
}

func TestSegmentsOverTimeAndTheirCount(t *testing.T) {
	s := run(t, regions(), withOptions(dayQuery("segments", query.FormatSeries), `{"show":"difference","interval":true}`))[0].(result.Series)
	if len(s.Lines) != 6 || len(s.Times) != 24 {
		t.Fatalf("%d lines at %d times", len(s.Lines), len(s.Times))
	}
	near(t, "difference of the worst", s.Lines[0].Values[3], 0.6-0.8, 1e-12)
	out := run(t, regions(), withOptions(dayQuery("segments", query.FormatNumbers), `{}`))
	near(t, "segments", value(t, out, "model", "fraud", "version", "v1", "metric", "segments"), 2, 0)
	near(t, "worse", value(t, out, "model", "fraud", "version", "v1", "metric", "segments_worse"), 1, 0)
	near(t, "accuracy", value(t, out, "model", "fraud", "version", "v1", "metric", "accuracy", "segment", "south"), 0.6, 1e-12)
}

func TestALabelThatCannotHoldSegmentsIsRefused(t *testing.T) {
	for _, label := range []string{"predicted", "model", ""} {
		if _, err := tryRun(regions(), withOptions(dayQuery("segments", query.FormatTable), `{"label":"`+label+`"}`)); err == nil {
			t.Errorf("the label %q was taken", label)
		}
	}
	out := run(t, regions(), withOptions(dayQuery("segments", query.FormatTable), `{"label":"region"}`))[0].(result.Table)
	if len(out.Columns) != 0 || !noticed(out.Meta, "no outcomes carry the label region") {
		t.Errorf("got %+v", out)
	}
}
