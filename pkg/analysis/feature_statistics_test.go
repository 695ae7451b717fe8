package analysis

import (
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// summed is a numeric feature whose sum of values is known.
func summed(name string, sum float64, cells ...float64) counts.HistogramGroup {
	g := feature(name, []float64{0, 10, 20, 30}, cells)
	g.Sums[0] = sum
	return g
}

func squares(name string, sum float64) counts.Data {
	return counts.Data{Tallies: []counts.TallyGroup{{
		Labels: map[string]string{"model": "fraud", "version": "v1", "feature": name}, Keys: [][]string{{}}, Cells: []float64{sum},
	}}}
}

func histograms(groups ...counts.HistogramGroup) counts.Data {
	return counts.Data{Histograms: groups}
}

func TestFeatureStatisticsAreThoseOfTheFormula(t *testing.T) {
	q := withOptions(dayQuery("feature_statistics", query.FormatNumbers), `{"interval":true,"bounds":true,"quantiles":["0.5","0.9"]}`)
	out := answer(t, q, histograms(summed("amount", 60000, 0, 1000, 2000, 1000, 0)), counts.Data{})
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "fraud", "version", "v1", "feature", "amount", "metric", metric}, more...)...)
	}
	// Middles 5, 15, 25 with shares ¼, ½, ¼: mean 15, variance 50, symmetric, and a fourth
	// moment of 5000, twice the squared variance: an excess kurtosis of −1.
	near(t, "mean", at("mean"), 15, 1e-12)
	near(t, "mean, at least", at("mean", "bound", "hard_lower"), 15, 1e-12)
	near(t, "mean, lower", at("mean", "bound", "lower"), 15-1.9605*math.Sqrt(50.0/3999), 1e-3)
	near(t, "std", at("std"), math.Sqrt(50), 1e-12)
	near(t, "std, upper", at("std", "bound", "upper"), math.Sqrt(50)*math.Exp(1.96*math.Sqrt(1.0/16000)), 1e-3)
	near(t, "skewness", at("skewness"), 0, 1e-12)
	near(t, "kurtosis", at("kurtosis"), -1, 1e-12)
	near(t, "median", at("quantile", "quantile", "0.5"), 15, 1e-12)
	near(t, "upper decile", at("quantile", "quantile", "0.9"), 26, 1e-12)
	near(t, "upper decile, at least", at("quantile", "quantile", "0.9", "bound", "hard_lower"), 20, 0)
	// All values at the ends of their buckets, on the mean's two sides: no further apart than that.
	if least, most := at("std", "bound", "hard_lower"), at("std", "bound", "hard_upper"); !(least < math.Sqrt(50) && most > math.Sqrt(50)) {
		t.Errorf("the deviation lies between %g and %g", least, most)
	}
}

func TestTheSumOfSquaresMakesTheDeviationExact(t *testing.T) {
	q := withOptions(dayQuery("feature_statistics", query.FormatNumbers), `{"metrics":["std"],"bounds":true}`)
	std := func(squared float64, more ...string) float64 {
		out := answer(t, q, histograms(summed("amount", 60000, 0, 1000, 2000, 1000, 0)), squares("amount", squared))
		return value(t, out, append([]string{"model", "fraud", "version", "v1", "feature", "amount", "metric", "std"}, more...)...)
	}
	near(t, "std", std(4000*(225+40)), math.Sqrt(40), 1e-12)
	near(t, "std, at most", std(4000*(225+40), "bound", "hard_upper"), math.Sqrt(40), 1e-12)
	near(t, "std of an impossible sum", std(4000*225), math.Sqrt(50), 1e-12)
}

func TestAChangeOfTheMeanIsInStandardDeviationsOfTheBaseline(t *testing.T) {
	q := dayBefore(withOptions(dayQuery("feature_statistics", query.FormatTable), `{"quantiles":["0.5"]}`))
	now := histograms(
		summed("amount", 60000, 0, 1000, 2000, 1000, 0),
		summed("few", 150, 0, 2, 6, 2, 0),
		summed("still", 60000, 0, 1000, 2000, 1000, 0),
	)
	before := histograms(
		summed("amount", 48000, 0, 1600, 1600, 800, 0),
		summed("few", 60000, 0, 1000, 2000, 1000, 0),
		summed("still", 60000, 0, 1000, 2000, 1000, 0),
	)
	table := answer(t, q, now, counts.Data{}, before, counts.Data{})[0].(result.Table)
	// The baseline's middles have mean 13 and variance 0.4·64 + 0.4·4 + 0.2·144 = 56.
	near(t, "change", cell(t, table, "Change of mean", 0).(float64), 3/math.Sqrt(56), 1e-12)
	near(t, "ratio", cell(t, table, "Ratio of std", 0).(float64), math.Sqrt(50.0/56), 1e-12)
	for i, want := range []struct{ feature, verdict string }{{"amount", "drift"}, {"still", "ok"}, {"few", "insufficient"}} {
		if cell(t, table, "Feature", i) != want.feature || cell(t, table, "Verdict", i) != want.verdict {
			t.Errorf("row %d is %v, %v; want %v", i, cell(t, table, "Feature", i), cell(t, table, "Verdict", i), want)
		}
	}
	// Now the variance is 40 and the baseline's 50: 0.8/(0.1²/1.96² − 1/4000) = 340.
	near(t, "needed", cell(t, table, "n needed", 2).(float64), 340, 1)
	if !noticed(table.Meta, "1 of 3 features have too few observations") {
		t.Errorf("notices: %v", table.Notices)
	}
}

func TestAChangeWithoutABaselineIsRefused(t *testing.T) {
	q := withOptions(dayQuery("feature_statistics", query.FormatNumbers), `{"metrics":["mean_change"]}`)
	if _, err := tryRun(fleet(), q); err == nil {
		t.Error("a change from nothing was computed")
	}
	q = withOptions(dayQuery("feature_statistics", query.FormatNumbers), `{"quantiles":["half"]}`)
	if _, err := tryRun(fleet(), q); err == nil || err.Error() != `quantile "half" is not a number between 0 and 1: use 0.5, 0.95` {
		t.Errorf("got %v", err)
	}
}

func TestFeatureStatisticsAgainstAReference(t *testing.T) {
	q := dayQuery("feature_statistics", query.FormatTable)
	q.Baseline = &query.Baseline{Kind: query.BaselineReference}
	table := run(t, fleet(), q)[0].(result.Table)
	if v := cell(t, table, "Verdict", 0); v != "ok" {
		t.Errorf("the verdict on what did not change is %v", v)
	}
}
