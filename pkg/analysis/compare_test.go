package analysis

import (
	"errors"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// versions are a champion v1 that is right in 8 of 10 rows and a challenger v2 that is
// right in 9 of 10 and takes 60 ms instead of 50.
func versions(perHour float64) world {
	var w world
	for version, right := range map[string]float64{"v1": 0.8, "v2": 0.9} {
		base := named2("model", "fraud", "version", version, "segment", "north")
		for _, actual := range []string{"0", "1"} {
			for _, predicted := range []string{"0", "1"} {
				share := right
				if actual != predicted {
					share = 1 - right
				}
				w = append(w, stream{role: profile.Outcomes, labels: with(base, "actual", actual, "predicted", predicted), rates: []float64{share * perHour / 2}})
			}
			rates := []float64{right * perHour / 2, (1 - right) * perHour / 2, 0}
			if actual == "1" {
				rates[0], rates[1] = rates[1], rates[0]
			}
			w = append(w, stream{role: profile.OutcomeScore, labels: with(base, "class", "1", "actual", actual), edges: []float64{0.5, 1}, rates: rates})
		}
		mean := 0.05
		if version == "v2" {
			mean = 0.06
		}
		w = append(w, stream{role: profile.PredictionDuration, labels: base, edges: []float64{0.04, 0.08}, rates: []float64{perHour / 2, perHour / 2, 0}, mean: mean})
	}
	return w
}

func challenge(format query.Format, options string) *query.Query {
	q := withOptions(dayQuery("compare", format), options)
	q.Version = []string{"v2"}
	q.Baseline = &query.Baseline{Kind: query.BaselineVersion, Version: []string{"v1"}}
	return q
}

func TestTheChallengerIsBetterAndSlower(t *testing.T) {
	table := run(t, versions(100), challenge(query.FormatTable, `{"metrics":["accuracy","auc","latency_mean"],"interval":false}`))[0].(result.Table)
	limits := infer.NewcombeDifference(2160, 2400, 1920, 2400, 0.95)
	for row, want := range []struct {
		metric, verdict                    string
		challenger, champion, lower, upper float64
	}{
		{"Accuracy", "better", 0.9, 0.8, limits.Lower, limits.Upper},
		{"AUC", "better", 0.9*0.9 + 0.9*0.1, 0.8*0.8 + 0.8*0.2, 0, 0},
		{"Mean latency", "worse", 0.06, 0.05, 0, 0},
	} {
		if m, v := cell(t, table, "Metric", row), cell(t, table, "Verdict", row); m != want.metric || v != want.verdict {
			t.Errorf("row %d: %v is %v, want %+v", row, m, v, want)
		}
		near(t, want.metric, cell(t, table, "Challenger", row).(float64), want.challenger, 1e-12)
		near(t, want.metric+" of the champion", cell(t, table, "Champion", row).(float64), want.champion, 1e-12)
		if want.upper > 0 {
			near(t, "lower limit", cell(t, table, "Lower", row).(float64), want.lower, 1e-9)
			near(t, "upper limit", cell(t, table, "Upper", row).(float64), want.upper, 1e-9)
		}
	}
}

func TestFewRowsLeaveAComparisonUndecidedAndSayHowLongItTakes(t *testing.T) {
	table := run(t, versions(5), challenge(query.FormatTable, `{"metrics":["accuracy"]}`))[0].(result.Table)
	if v := cell(t, table, "Verdict", 0); v != "undecided" {
		t.Errorf("verdict %v", v)
	}
	if more := cell(t, table, "More needed", 0).(float64); !(more > 0 && more < 2000) {
		t.Errorf("%g more", more)
	}
	if cell(t, table, "Decided in about", 0) == "" {
		t.Error("it is not said how long a decision takes")
	}
}

func TestASequentialComparisonIsWider(t *testing.T) {
	width := func(options string) float64 {
		out := run(t, versions(100), challenge(query.FormatNumbers, options))
		upper := value(t, out, "model", "fraud", "version", "v2", "metric", "accuracy", "value", "difference", "bound", "upper")
		return upper - value(t, out, "model", "fraud", "version", "v2", "metric", "accuracy", "value", "difference", "bound", "lower")
	}
	once := width(`{"metrics":["accuracy"],"interval":true}`)
	always := width(`{"metrics":["accuracy"],"interval":true,"sequential":true,"since":"2026-05-10T00:00:00Z"}`)
	if !(always > 1.3*once) {
		t.Errorf("%g at all looks, %g at one", always, once)
	}
	out := run(t, versions(100), challenge(query.FormatNumbers, `{"sequential":true}`))
	if !noticed(out[0].(result.Numbers).Meta, "only if the window begins at a fixed time") {
		t.Errorf("notices: %v", out[0].(result.Numbers).Notices)
	}
	near(t, "better", value(t, out, "model", "fraud", "version", "v2", "metric", "metrics_better"), 6, 0)
	near(t, "worse", value(t, out, "model", "fraud", "version", "v2", "metric", "metrics_worse"), 1, 0)
}

func TestComparisonsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, q := range map[string]*query.Query{
		"options.since":     challenge(query.FormatTable, `{"since":"yesterday"}`),
		"options.tolerated": challenge(query.FormatTable, `{"sequential":true,"tolerated":0}`),
	} {
		var wrong *query.Error
		if _, err := tryRun(versions(100), q); !errors.As(err, &wrong) || wrong.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	own := challenge(query.FormatTable, `{}`)
	own.Version = []string{"v1"}
	table := run(t, versions(100), own)[0].(result.Table)
	if len(table.Columns) != 0 || !noticed(table.Meta, "compared with itself") {
		t.Errorf("got %+v", table)
	}
}

func TestTheSameVersionIsEquivalentToItsPast(t *testing.T) {
	q := challenge(query.FormatTable, `{"metrics":["accuracy"],"tolerated":0.05}`)
	q.Baseline = nil
	table := run(t, versions(100), q)[0].(result.Table)
	if v := cell(t, table, "Verdict", 0); v != "equivalent" {
		t.Errorf("verdict %v", v)
	}
}
