package analysis

import (
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// halfLabelled is a model of 300 predictions an hour of which all that are predicted
// positive get a label, and one in four of the others.
func halfLabelled() world {
	var w world
	add := func(role profile.Role, rates []float64, pairs ...string) {
		w = append(w, stream{role: role, labels: with(named2("model", "loans", "version", "v1"), pairs...), rates: rates})
	}
	add(profile.Predictions, []float64{200}, "predicted", "0")
	add(profile.Predictions, []float64{100}, "predicted", "1")
	add(profile.Outcomes, []float64{45}, "actual", "0", "predicted", "0")
	add(profile.Outcomes, []float64{5}, "actual", "1", "predicted", "0")
	add(profile.Outcomes, []float64{40}, "actual", "0", "predicted", "1")
	add(profile.Outcomes, []float64{60}, "actual", "1", "predicted", "1")
	add(profile.OutcomeDelay, []float64{50, 50, 50, 0})
	w[len(w)-1].edges = []float64{600, 3600, 21600}
	return w
}

func loansQuery(format query.Format, options string) *query.Query {
	q := withOptions(dayQuery("labels", format), options)
	q.Model = []string{"loans"}
	return q
}

func TestCoverageDelayAndMaturityOfLabels(t *testing.T) {
	out := run(t, halfLabelled(), loansQuery(query.FormatNumbers, `{"perClass":true,"interval":true,"bounds":true}`))
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "loans", "version", "v1", "metric", metric}, more...)...)
	}
	near(t, "coverage", at("label_coverage"), 0.5, 1e-12)
	near(t, "coverage of those predicted 0", at("label_coverage", "class", "0"), 0.25, 1e-12)
	near(t, "coverage of those predicted 1", at("label_coverage", "class", "1"), 1, 1e-12)
	near(t, "median delay", at("label_delay", "quantile", "0.5"), 2100, 1e-9)
	near(t, "90 % of the delays", at("label_delay", "quantile", "0.9"), 3600+0.7*18000, 1e-6)
	near(t, "least median", at("label_delay", "quantile", "0.5", "bound", "hard_lower"), 600, 0)
	near(t, "mature after", at("mature_after", "share", "0.95"), 3600+0.85*18000, 1e-6)
	// The curve rises to 1/3, 2/3 and 1 at the edges, over the ages up to a day.
	near(t, "due", at("labels_due"), (600.0/6+3000*0.5+18000*5.0/6+(86400-21600))/86400, 1e-9)
}

func TestRatesAreCorrectedForSelectiveLabels(t *testing.T) {
	out := run(t, halfLabelled(), loansQuery(query.FormatNumbers, `{"rates":["accuracy","recall","precision"]}`))
	for _, want := range []struct {
		rate                string
		labelled, corrected float64
	}{
		// Of 200 predicted 0, as of the 50 labelled ones, a tenth is positive: 180 and 20.
		{"accuracy", 105.0 / 150, 240.0 / 300},
		{"recall", 60.0 / 65, 60.0 / 80},
		{"precision", 0.6, 0.6},
	} {
		near(t, want.rate, value(t, out, "model", "loans", "version", "v1", "metric", want.rate, "basis", "labelled"), want.labelled, 1e-12)
		near(t, "corrected "+want.rate, value(t, out, "model", "loans", "version", "v1", "metric", want.rate, "basis", "corrected"), want.corrected, 1e-12)
	}
}

func TestMaturityCurve(t *testing.T) {
	c := run(t, halfLabelled(), loansQuery(query.FormatCurve, `{}`))[0].(result.Curve)
	for i, want := range [][2]float64{{600, 1.0 / 3}, {3600, 2.0 / 3}, {21600, 1}} {
		near(t, "age", c.Fields[0].Values[i], want[0], 0)
		near(t, "arrived", c.Fields[1].Values[i], want[1], 1e-12)
	}
}

func TestLabelsThatTakeLongerThanTheWindowAreSaid(t *testing.T) {
	s := run(t, halfLabelled(), loansQuery(query.FormatSeries, `{}`))[0].(result.Series)
	if !noticed(s.Meta, "take 35 minutes on the median") {
		t.Errorf("notices: %v", s.Notices)
	}
}
