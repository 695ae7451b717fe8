package analysis

import (
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

func rowFor(t *testing.T, table result.Table, what string) int {
	t.Helper()
	for _, c := range table.Columns {
		for row, text := range c.Texts {
			if c.Name == "What" && text == what {
				return row
			}
		}
	}
	t.Fatalf("nothing is planned for %s", what)
	return 0
}

func TestTheWindowThatARateTakes(t *testing.T) {
	table := run(t, fleet(), withOptions(dayQuery("plan", query.FormatTable), `{"metrics":["accuracy","recall"],"precision":0.01}`))[0].(result.Table)
	// 500 outcomes an hour, 435 of them right; 89 an hour are positive, 52 of them found.
	for what, want := range map[string]struct{ rate, perHour float64 }{"Accuracy": {435.0 / 500, 500}, "Recall": {52.0 / 89, 89}} {
		row := rowFor(t, table, what)
		n := cell(t, table, "Rows needed", row).(float64)
		wide := func(n float64) float64 {
			limits := infer.Wilson(want.rate*n, n, 0.95)
			return (limits.Upper - limits.Lower) / 2
		}
		if !(wide(n) <= 0.01*1.0001 && wide(n-2) > 0.01*0.9999) {
			t.Errorf("%s: %g rows give ± %g, two less ± %g", what, n, wide(n), wide(n-2))
		}
		near(t, what+" rows per hour", cell(t, table, "Rows per hour", row).(float64), want.perHour, 1e-9)
		near(t, what+" seconds", cell(t, table, "Seconds needed", row).(float64), math.Ceil(n/want.perHour*3600), 1)
	}
}

func TestAFourthOfThePrecisionTakesSixteenTimesTheRows(t *testing.T) {
	needed := func(options string) float64 {
		table := run(t, fleet(), withOptions(dayQuery("plan", query.FormatTable), options))[0].(result.Table)
		return cell(t, table, "Rows needed", rowFor(t, table, "AUC")).(float64)
	}
	coarse, fine := needed(`{"metrics":["auc"],"precision":0.04}`), needed(`{"metrics":["auc"],"precision":0.01}`)
	near(t, "ratio", fine/coarse, 16, 0.1)
	near(t, "with clusters of three", needed(`{"metrics":["auc"],"precision":0.01,"dispersion":3}`)/fine, 3, 1e-9)
}

func TestTheWindowThatAFeatureTakes(t *testing.T) {
	table := run(t, fleet(), dayQuery("plan", query.FormatTable))[0].(result.Table)
	for _, feature := range []string{"amount", "age", "kind"} {
		row := rowFor(t, table, feature)
		if n := cell(t, table, "Rows needed", row).(float64); !(n > 10 && n < 5000) {
			t.Errorf("%s takes %g rows", feature, n)
		}
	}
	loose := run(t, fleet(), withOptions(dayQuery("plan", query.FormatTable), `{"tolerated":0.4}`))[0].(result.Table)
	before, after := cell(t, table, "Rows needed", rowFor(t, table, "amount")).(float64), cell(t, loose, "Rows needed", rowFor(t, loose, "amount")).(float64)
	if !(after < before) {
		t.Errorf("%g rows for a PSI of 0.1, %g for 0.4", before, after)
	}
}
