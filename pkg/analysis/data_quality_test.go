package analysis

import (
	"math"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func tally(cells map[string]float64) counts.Data {
	var d counts.Data
	for _, name := range sortedKeys(cells) {
		d.Tallies = append(d.Tallies, counts.TallyGroup{
			Labels: map[string]string{"model": "fraud", "version": "v1", "feature": name}, Keys: [][]string{{}}, Cells: []float64{cells[name]},
		})
	}
	return d
}

func TestMissingValuesAreComparedWithTheBaseline(t *testing.T) {
	q := dayBefore(withOptions(dayQuery("data_quality", query.FormatTable), `{"checks":["missing"]}`))
	table := answer(t, q,
		tally(map[string]float64{"age": 7000, "amount": 7000, "few": 70}), tally(map[string]float64{"age": 8000, "amount": 8000, "few": 80}),
		tally(map[string]float64{"age": 700, "amount": 5600, "few": 56}), tally(map[string]float64{"age": 800, "amount": 4800, "few": 48}),
	)[0].(result.Table)
	for i, want := range []struct{ feature, verdict string }{{"amount", "failed"}, {"age", "ok"}, {"few", "insufficient"}} {
		if cell(t, table, "Feature", i) != want.feature || cell(t, table, "Verdict", i) != want.verdict {
			t.Errorf("row %d is %v, %v; want %v", i, cell(t, table, "Feature", i), cell(t, table, "Verdict", i), want)
		}
	}
	near(t, "share", cell(t, table, "Share", 0).(float64), 0.8, 1e-12)
	near(t, "rise", cell(t, table, "Rise", 0).(float64), 0.2, 1e-12)
	// 56/70 − 48/80 is the example of Newcombe (1998).
	if got := cell(t, table, "Rise interval", 2); got != "0.0524 to 0.334" {
		t.Errorf("the interval of the rise is %v", got)
	}
}

func TestWithoutABaselineSharesAreHeldAgainstTheLimit(t *testing.T) {
	q := withOptions(dayQuery("data_quality", query.FormatNumbers), `{"checks":["missing","invalid"],"tolerated":0.1}`)
	out := answer(t, q, tally(map[string]float64{"amount": 10000}), tally(map[string]float64{"amount": 2000}), tally(map[string]float64{"amount": 10}))
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "fraud", "version", "v1", "metric", metric}, more...)...)
	}
	near(t, "missing", at("missing_share", "feature", "amount"), 0.2, 1e-12)
	near(t, "invalid", at("invalid_share", "feature", "amount"), 0.001, 1e-12)
	near(t, "failed", at("failed_checks"), 1, 0)
	near(t, "judged", at("judged_checks"), 2, 0)
}

func TestOutliersLieOutsideTheBaselinesFences(t *testing.T) {
	q := dayBefore(withOptions(dayQuery("data_quality", query.FormatTable), `{"checks":["outliers"]}`))
	edges := []float64{0, 10, 20, 30, 40, 50, 60}
	// The baseline's quartiles are 10 and 30, so the fences lie at −20 and 60: nothing of it is
	// outside, 300 of 1300 are now.
	table := answer(t, q, counts.Data{}, counts.Data{},
		counts.Data{Histograms: []counts.HistogramGroup{feature("amount", edges, []float64{0, 250, 250, 250, 250, 0, 0, 300})}},
		counts.Data{Histograms: []counts.HistogramGroup{feature("amount", edges, []float64{0, 2500, 2500, 2500, 2500, 0, 0, 0})}},
	)[0].(result.Table)
	near(t, "share", cell(t, table, "Share", 0).(float64), 300.0/1300, 1e-12)
	if cell(t, table, "Which", 0) != "above 60" || cell(t, table, "Verdict", 0) != "failed" {
		t.Errorf("got %v, %v", cell(t, table, "Which", 0), cell(t, table, "Verdict", 0))
	}
}

func TestNewCategoriesAreCountedAndNamed(t *testing.T) {
	q := dayBefore(withOptions(dayQuery("data_quality", query.FormatTable), `{"checks":["new_categories"]}`))
	table := answer(t, q, counts.Data{}, counts.Data{},
		counts.Data{Tallies: []counts.TallyGroup{categories("kind", []string{"__other__", "card", "coin"}, 100, 8000, 1900)}},
		counts.Data{Tallies: []counts.TallyGroup{categories("kind", []string{"card", "cash"}, 9000, 1000)}},
	)[0].(result.Table)
	near(t, "share", cell(t, table, "Share", 0).(float64), 0.19, 1e-12)
	if cell(t, table, "Which", 0) != "coin" || cell(t, table, "Verdict", 0) != "failed" {
		t.Errorf("got %v, %v", cell(t, table, "Which", 0), cell(t, table, "Verdict", 0))
	}
}

func TestAFeatureThatFellSilentIsTooOld(t *testing.T) {
	gauge := func(hours float64) counts.Data {
		return counts.Data{Gauges: []counts.GaugeGroup{{
			Labels: map[string]string{"model": "fraud", "version": "v1", "feature": "amount"},
			Values: []float64{float64(dayStart.Add(24*time.Hour).Unix()) - 3600*hours},
		}}}
	}
	verdict := func(options string, hours float64) any {
		q := withOptions(dayQuery("data_quality", query.FormatTable), options)
		return cell(t, answer(t, q, tally(map[string]float64{"amount": 240}), gauge(hours))[0].(result.Table), "Verdict", 0)
	}
	// 240 observations a day come every six minutes. Less five minutes of lag, an hour without any
	// has a chance of (24/24.917)^240 = 0.012 %, half an hour of (24/24.417)^240 = 1.6 %.
	if got := verdict(`{"checks":["freshness"]}`, 1); got != "failed" {
		t.Errorf("an hour of silence is %v", got)
	}
	if got := verdict(`{"checks":["freshness"]}`, 0.5); got != "ok" {
		t.Errorf("half an hour of silence is %v", got)
	}
	if got := verdict(`{"checks":["freshness"],"maximumAge":"1h"}`, 0.5); got != "ok" {
		t.Errorf("half an hour within a limit of one is %v", got)
	}
}

func TestVolumeIsHeldAgainstTheSeasonsBefore(t *testing.T) {
	q := withOptions(dayQuery("data_quality", query.FormatNumbers), `{"checks":["volume"],"seasons":4,"interval":true}`)
	volume := func(n float64) counts.Data {
		return counts.Data{Tallies: []counts.TallyGroup{{Labels: map[string]string{"model": "fraud", "version": "v1"}, Keys: [][]string{{}}, Cells: []float64{n}}}}
	}
	out := answer(t, q, counts.Data{}, volume(300), volume(1000), volume(1020), volume(980), volume(1000))
	near(t, "ratio", value(t, out, "model", "fraud", "version", "v1", "metric", "volume_ratio"), 0.3, 1e-12)
	near(t, "failed", value(t, out, "model", "fraud", "version", "v1", "metric", "failed_checks"), 1, 0)
	if upper := value(t, out, "model", "fraud", "version", "v1", "metric", "volume_ratio", "bound", "upper"); !(upper < 0.5) {
		t.Errorf("the ratio is at most %g", upper)
	}
	silent := answer(t, q, counts.Data{}, counts.Data{}, volume(1000), volume(1020), volume(980), volume(1000))
	near(t, "ratio of silence", value(t, silent, "model", "fraud", "version", "v1", "metric", "volume_ratio"), 0, 0)
}

func TestTheSeasonsOfAWindowDoNotOverlapIt(t *testing.T) {
	a, _ := Lookup("data_quality")
	q := withOptions(dayQuery("data_quality", query.FormatTable), `{"checks":["volume"],"season":"1d","seasons":3}`)
	q.From = q.To.Add(-30 * time.Hour)
	o, err := a.ParseOptions(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := a.Needs(q, o)
	if err != nil || len(requests) != 5 {
		t.Fatal(len(requests), err)
	}
	if got := requests[1].Windows.End(0).Sub(requests[2].Windows.End(0)); got != 48*time.Hour || requests[2].Role != profile.Predictions {
		t.Errorf("a window of 30 hours is compared with one %v before", got)
	}
}

func TestAQualityHeatmapHasTheWorstRowOnTop(t *testing.T) {
	g := run(t, fleet(), dayQuery("data_quality", query.FormatHeatmap))[0].(result.Grid)
	if len(g.Rows) != 4 || g.Rows[0].Labels["metric"] != "missing_share" {
		t.Fatalf("rows %+v", g.Rows)
	}
	near(t, "missing", g.Rows[0].Values[5], 0.01, 1e-12)
}

func TestAnomaliesLieAboveTheLimit(t *testing.T) {
	q := withOptions(dayQuery("data_quality", query.FormatNumbers), `{"checks":["anomalies"],"anomalyLimit":0.9}`)
	near(t, "anomalies", value(t, run(t, fleet(), q), "model", "fraud", "version", "v1", "metric", "anomaly_share"), 0.01, 1e-12)
}

func TestTheRiseOfAShareNeedsABaseline(t *testing.T) {
	q := withOptions(dayQuery("data_quality", query.FormatHeatmap), `{"show":"rise"}`)
	if m := run(t, fleet(), q)[0].(result.Grid).Meta; !noticed(m, "a rise needs a baseline") {
		t.Errorf("notices: %v", m.Notices)
	}
	g := run(t, fleet(), dayBefore(q))[0].(result.Grid)
	if v := g.Rows[0].Values[3]; !(math.Abs(v) < 1e-12) || g.Rows[0].Labels["metric"] != "share_rise" {
		t.Errorf("the rise is %g, labelled %v", v, g.Rows[0].Labels)
	}
}
