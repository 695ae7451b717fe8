package analysis

import (
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// fourRows are outcomes 1, 2, 3, 4 with the errors 0.5, −0.5, 1, −1, so many
// times, in the order of the reads; the errors are scaled.
func fourRows(times, errors float64) []counts.Data {
	labels := map[string]string{"model": "prices", "version": "3"}
	var data []counts.Data
	for _, sum := range []float64{4, 3 * errors, 2.5 * errors * errors, (0.5 + 0.25 + 1.0/3 + 0.25) * errors, 10, 30} {
		data = append(data, counts.Data{Tallies: []counts.TallyGroup{{Labels: labels, Keys: [][]string{{}}, Cells: []float64{times * sum}}}})
	}
	return append(data, counts.Data{Histograms: []counts.HistogramGroup{{
		Labels: labels, Edges: []float64{-2 * errors, -0.75 * errors, 0, 0.75 * errors, 2 * errors},
		Cells: []float64{0, times, times, times, times, 0}, Sums: []float64{0}, Counts: []float64{4 * times},
	}}})
}

func prices(format query.Format, options string) *query.Query {
	q := withOptions(dayQuery("regression", format), options)
	q.Model, q.Version = []string{"prices"}, nil
	return q
}

func TestRegressionMetricsAreThoseOfTheRows(t *testing.T) {
	out := answer(t, prices(query.FormatNumbers, `{"interval":true,"bounds":true,"reference":2,"quantiles":["0.5"]}`), fourRows(100, 1)...)
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "prices", "version", "3", "metric", metric}, more...)...)
	}
	near(t, "MAE", at("mae"), 0.75, 1e-12)
	near(t, "MSE", at("mse"), 0.625, 1e-12)
	near(t, "RMSE", at("rmse"), math.Sqrt(0.625), 1e-12)
	near(t, "bias", at("bias"), 0, 1e-12)
	near(t, "MAPE", at("mape"), (0.5+0.25+1.0/3+0.25)/4, 1e-12)
	near(t, "residual deviation", at("residual_std"), math.Sqrt(250.0/399), 1e-12)
	// The outcomes' squares around their mean are 5 in four rows: 1 − 2.5/5; around 2 they are 6.
	near(t, "R²", at("r2"), 0.5, 1e-12)
	near(t, "skill", at("skill"), 1-2.5/6, 1e-12)
	near(t, "median residual", at("residual_quantile", "quantile", "0.5"), 0, 1e-12)
	// Student's interval of the mean of |e|, whose variance is 0.625 − 0.75² = 0.0625.
	near(t, "MAE, lower", at("mae", "bound", "lower"), 0.75-1.9659*math.Sqrt(0.0625/399), 1e-4)
	near(t, "MAE, at most", at("mae", "bound", "hard_upper"), 0.75, 1e-12)
}

func TestRegressionFromResidualsAloneHasBounds(t *testing.T) {
	data := make([]counts.Data, 7)
	data[6] = fourRows(100, 1)[6]
	out := answer(t, prices(query.FormatNumbers, `{"bounds":true,"metrics":["mae"]}`), data...)
	at := func(more ...string) float64 {
		return value(t, out, append([]string{"model", "prices", "version", "3", "metric", "mae"}, more...)...)
	}
	if least, most := at("bound", "hard_lower"), at("bound", "hard_upper"); !(least <= 0.75 && most >= 0.75 && least < most) {
		t.Errorf("the MAE of 0.75 lies between %g and %g", least, most)
	}
}

func TestErrorsThatDoubledAreWorse(t *testing.T) {
	q := dayBefore(prices(query.FormatTable, `{"metrics":["mae","r2"]}`))
	table := answer(t, q, append(fourRows(1000, 1), fourRows(1000, 0.5)...)...)[0].(result.Table)
	if cell(t, table, "Metric", 0) != "Mean absolute error" || cell(t, table, "Verdict", 0) != "worse" {
		t.Errorf("got %v, %v", cell(t, table, "Metric", 0), cell(t, table, "Verdict", 0))
	}
	near(t, "worse by", cell(t, table, "Worse by", 0).(float64), 1, 1e-12)
	near(t, "R² worse by", cell(t, table, "Worse by", 1).(float64), 0.875-0.5, 1e-12)
	q = dayBefore(prices(query.FormatTable, `{"metrics":["mae"]}`))
	same := answer(t, q, append(fourRows(1000, 1), fourRows(1000, 1)...)...)[0].(result.Table)
	if v := cell(t, same, "Verdict", 0); v != "ok" {
		t.Errorf("the verdict on the same errors is %v", v)
	}
}

func TestTheChangeForTheWorseIsANumberToAlertOn(t *testing.T) {
	q := dayBefore(prices(query.FormatNumbers, `{"metrics":["mae"],"change":true,"interval":true}`))
	out := answer(t, q, append(fourRows(1000, 1), fourRows(1000, 0.5)...)...)
	near(t, "worse by", value(t, out, "model", "prices", "version", "3", "metric", "change_for_the_worse", "of", "mae"), 1, 1e-12)
	if lower := value(t, out, "model", "prices", "version", "3", "metric", "change_for_the_worse", "of", "mae", "bound", "lower"); !(lower > 0.9) {
		t.Errorf("at least %g", lower)
	}
}

func TestResidualsHaveADistribution(t *testing.T) {
	d := answer(t, prices(query.FormatDistribution, `{}`), fourRows(100, 1)[6])[0].(result.Distribution)
	if len(d.Intervals) != 6 || d.Current[2] != 0.25 {
		t.Errorf("got %v %v", d.Intervals, d.Current)
	}
}

func TestAModelWithoutRegressionOutcomesIsSaid(t *testing.T) {
	q := dayQuery("regression", query.FormatSeries)
	if s := run(t, fleet(), q)[0].(result.Series); len(s.Lines) != 0 || !noticed(s.Meta, "no outcomes of a regression") {
		t.Errorf("got %+v", s.Meta)
	}
	if _, err := tryRun(fleet(), prices(query.FormatNumbers, `{"metrics":["skill"]}`)); err == nil {
		t.Error("skill over nothing was computed")
	}
}
