package analysis

import (
	"math"
	"slices"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func dayBefore(q *query.Query) *query.Query {
	q.Baseline = &query.Baseline{Kind: query.BaselineOffset, Offset: 24 * 3600 * 1e9}
	return q
}

func TestADistributionStandsBesideItsBaselineInTheSameBuckets(t *testing.T) {
	current := counts.Data{Histograms: []counts.HistogramGroup{feature("amount", []float64{1, 5, 10}, []float64{10, 20, 30, 40})}}
	baseline := counts.Data{Histograms: []counts.HistogramGroup{feature("amount", []float64{1, 10}, []float64{50, 25, 25})}}
	d := answer(t, dayBefore(dayQuery("distribution", query.FormatDistribution)), current, counts.Data{}, baseline, counts.Data{})[0].(result.Distribution)
	if want := []string{"≤ 1", "1 – 10", "> 10"}; !slices.Equal(d.Intervals, want) {
		t.Fatalf("intervals %q, want %q", d.Intervals, want)
	}
	if !slices.Equal(d.Current, []float64{0.1, 0.5, 0.4}) || !slices.Equal(d.Baseline, []float64{0.5, 0.25, 0.25}) {
		t.Errorf("current %v, baseline %v", d.Current, d.Baseline)
	}
	if !math.IsInf(d.Lower[0], -1) || !math.IsInf(d.Upper[2], 1) || d.N != 100 || d.Custom["baselineN"] != 100.0 {
		t.Errorf("got %+v", d)
	}
	if !noticed(d.Meta, "bucket layouts of amount differ") {
		t.Errorf("notices: %v", d.Notices)
	}
}

func TestRareCategoriesOfADistributionAreFolded(t *testing.T) {
	q := withOptions(dayQuery("distribution", query.FormatDistribution), `{"top":2,"feature":"kind"}`)
	d := answer(t, q, counts.Data{}, counts.Data{Tallies: []counts.TallyGroup{categories("kind", []string{"a", "b", "c", "d"}, 1, 50, 9, 40)}})[0].(result.Distribution)
	if !slices.Equal(d.Intervals, []string{"b", "d", otherCategories}) || !slices.Equal(d.CurrentCounts, []float64{50, 40, 10}) {
		t.Errorf("got %q %v", d.Intervals, d.CurrentCounts)
	}
}

func TestTheDifferenceOfSharesHasNewcombesInterval(t *testing.T) {
	current := counts.Data{Tallies: []counts.TallyGroup{categories("kind", []string{"a", "b"}, 56, 14)}}
	baseline := counts.Data{Tallies: []counts.TallyGroup{categories("kind", []string{"a", "b"}, 48, 32)}}
	table := answer(t, dayBefore(dayQuery("distribution", query.FormatTable)), counts.Data{}, current, counts.Data{}, baseline)[0].(result.Table)
	// 56/70 − 48/80 is the example of Newcombe (1998): 0.20, 0.0524 to 0.3339.
	near(t, "difference", cell(t, table, "Difference", 0).(float64), 0.2, 1e-12)
	near(t, "lower", cell(t, table, "Lower", 0).(float64), 0.0524, 5e-5)
	near(t, "upper", cell(t, table, "Upper", 0).(float64), 0.3339, 5e-5)
}

func TestEdgesAreWrittenAsPeopleDo(t *testing.T) {
	for edge, want := range map[float64]string{0.1 + 0.2: "0.3", 1000000: "1000000", -5: "-5", 0: "0", 1e12: "1e+12", 1.0905077326652577: "1.0905", 123456: "123456", 0.0001026484882: "0.00010265"} {
		if got := edgeText(edge); got != want {
			t.Errorf("%v is written %q, want %q", edge, got, want)
		}
	}
}

func scoresOfDay(cells ...float64) counts.Data {
	return counts.Data{Histograms: []counts.HistogramGroup{{
		Labels: map[string]string{"model": "fraud", "version": "v1", "class": "1"},
		Edges:  []float64{0.25, 0.5, 0.75, 1}, Cells: cells, Sums: []float64{math.NaN()}, Counts: []float64{total(cells)},
	}}}
}

func seriesAt(t *testing.T, out []result.Result, pairs ...string) float64 {
	t.Helper()
	want := named2(append([]string{"model", "fraud", "version", "v1"}, pairs...)...)
	for _, l := range out[0].(result.Series).Lines {
		if sameLabels(l.Labels, want) {
			return l.Values[0]
		}
	}
	t.Fatalf("no line is labelled %v", want)
	return 0
}

func TestScoreSeries(t *testing.T) {
	q := withOptions(dayQuery("scores", query.FormatSeries), `{"metrics":["mean_score","share_above","share_below","entropy","class_share","imbalance"],"bounds":true,"threshold":0.6}`)
	q.Interval = 24 * 3600 * 1e9
	predictions := counts.Data{Tallies: []counts.TallyGroup{{
		Labels: map[string]string{"model": "fraud", "version": "v1"}, Keys: [][]string{{"0"}, {"1"}}, Cells: []float64{75, 25},
	}}}
	out := answer(t, q, scoresOfDay(40, 30, 20, 10, 0), predictions)
	near(t, "mean from the middles", seriesAt(t, out, "metric", "mean_score"), 0.4*0.125+0.3*0.375+0.2*0.625+0.1*0.875, 1e-12)
	near(t, "least mean", seriesAt(t, out, "metric", "mean_score", "bound", "hard_lower"), 0.3*0.25+0.2*0.5+0.1*0.75, 1e-12)
	// 10 above 0.75 and (0.75−0.6)/0.25 of 20 in the bucket that holds the threshold.
	near(t, "share above", seriesAt(t, out, "metric", "share_above", "threshold", "0.6"), 0.22, 1e-12)
	near(t, "least share above", seriesAt(t, out, "metric", "share_above", "threshold", "0.6", "bound", "hard_lower"), 0.1, 1e-12)
	near(t, "most share above", seriesAt(t, out, "metric", "share_above", "threshold", "0.6", "bound", "hard_upper"), 0.3, 1e-12)
	near(t, "share below", seriesAt(t, out, "metric", "share_below", "threshold", "0.6"), 0.78, 1e-12)
	near(t, "class share", seriesAt(t, out, "metric", "class_share", "class", "1"), 0.25, 1e-12)
	near(t, "imbalance", seriesAt(t, out, "metric", "imbalance"), 1-0.811278, 1e-6) // H(¼) is 0.811278 bits
	// The mean of h over (0, ¼] and over (¾, 1] is 0.5108 bits, over the middle buckets 0.9319.
	near(t, "entropy", seriesAt(t, out, "metric", "entropy"), 0.5*0.5108+0.5*0.9319, 5e-3)
}

func TestAShareAtABucketEdgeIsExact(t *testing.T) {
	q := dayQuery("scores", query.FormatSeries)
	q.Interval = 24 * 3600 * 1e9
	q = withOptions(q, `{"metrics":["share_above"],"bounds":true}`)
	out := answer(t, q, scoresOfDay(40, 30, 20, 10, 0))
	for _, bound := range []string{"", "hard_lower", "hard_upper"} {
		near(t, "share above "+bound, seriesAt(t, out, "metric", "share_above", "threshold", "0.5", "bound", bound), 0.3, 1e-12)
	}
}

func TestAScoreHeatmapHasTheHighestScoresOnTop(t *testing.T) {
	q := dayQuery("scores", query.FormatHeatmap)
	q.Interval = 24 * 3600 * 1e9
	g := answer(t, q, scoresOfDay(40, 30, 20, 10, 0))[0].(result.Grid)
	if len(g.Rows) != 4 || g.Rows[0].Name != "0.75 – 1" || g.Rows[0].Labels["bucket"] != "0.75 – 1" {
		t.Fatalf("rows %+v", g.Rows)
	}
	near(t, "the top row", g.Rows[0].Values[0], 0.1, 1e-12)
}

func TestTheScoresOfATwoClassModelAreThoseOfThePositiveClass(t *testing.T) {
	d := scoresOfDay(40, 30, 20, 10, 0)
	other := d.Histograms[0]
	other.Labels = with(other.Labels, "class", "0")
	d.Histograms = append([]counts.HistogramGroup{other}, d.Histograms...)
	out := answer(t, dayQuery("scores", query.FormatDistribution), d)
	if len(out) != 1 {
		t.Fatalf("%d distributions", len(out))
	}
	if one := out[0].(result.Distribution); len(one.Intervals) != 4 {
		t.Errorf("the empty bucket above 1 is drawn: %q", one.Intervals)
	}
}
