package analysis

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func TestCompatibilityGivesTheToolsNumbersAndSaysWhose(t *testing.T) {
	current, baseline := driftData()
	for _, c := range []struct {
		options       string
		metric        string
		feature       string
		want          float64
		noticed       string
		driftedShares float64
	}{
		// PSI by hand; the category that is new or gone has 0.0001 on the other side.
		{`{"compatibility":"evidently"}`, "psi", "amount", 2 * (0.3*math.Log(4) + 0.1*math.Log(1.5)), "arithmetic of Evidently", 0.75},
		{`{"compatibility":"evidently"}`, "psi", "kind", 2 * (0.2 - 0.0001) * math.Log(2000), "no interval", 0.75},
		{`{"compatibility":"deepchecks"}`, "psi", "kind", 2 * (0.2 - 0.01) * math.Log(20), "arithmetic of Deepchecks", 0.75},
		// What lies in open buckets never matches: all numeric features drift, at once.
		{`{"compatibility":"tfdv","method":"l_infinity"}`, "l_infinity", "kind", 0.2, "arithmetic of TensorFlow", 0.75},
		{`{"compatibility":"scipy","method":"ks"}`, "ks", "amount", 0.4, "arithmetic of SciPy", 1.0 / 3},
	} {
		q := withOptions(dayQuery("drift", query.FormatNumbers), c.options)
		out := answer(t, q, append(current, baseline...)...)
		near(t, c.options, value(t, out, "model", "fraud", "version", "v1", "metric", c.metric, "feature", c.feature), c.want, 1e-12)
		if !noticed(out[0].(result.Numbers).Meta, c.noticed) {
			t.Errorf("%s: notices %v", c.options, out[0].(result.Numbers).Notices)
		}
		near(t, c.options+" drifted", value(t, out, "model", "fraud", "version", "v1", "metric", "drifted_share"), c.driftedShares, 1e-12)
	}
}

func TestCompatibilityWithoutTheMethodNamesThoseThereAre(t *testing.T) {
	q := withOptions(dayQuery("drift", query.FormatTable), `{"compatibility":"nannyml","method":"psi"}`)
	current, baseline := driftData()
	a, _ := Lookup("drift")
	o, err := a.ParseOptions(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Compute(q, o, append(current, baseline...))
	var bad *query.Error
	if !errors.As(err, &bad) || bad.Field != "options.method" || !strings.Contains(bad.Message, "use js") {
		t.Errorf("error %v", err)
	}
}

func TestAToolWithoutThresholdIsUncertainUntilOneIsGiven(t *testing.T) {
	current, baseline := driftData()
	for options, want := range map[string]string{
		`{"compatibility":"fiddler"}`:                  "uncertain",
		`{"compatibility":"fiddler","tolerated":0.25}`: "drift",
		`{"compatibility":"fiddler","tolerated":2}`:    "ok",
	} {
		q := withOptions(dayQuery("drift", query.FormatTable), options)
		table := answer(t, q, append(current, baseline...)...)[0].(result.Table)
		for i := range 4 {
			if cell(t, table, "Feature", i) == "amount" && cell(t, table, "Verdict", i) != want {
				t.Errorf("%s: %v, want %s", options, cell(t, table, "Verdict", i), want)
			}
		}
	}
}

func TestNannyMLTakesTheBaselinesWindowsAsChunks(t *testing.T) {
	edges := []float64{10, 20}
	q := withOptions(dayQuery("drift", query.FormatTable), `{"compatibility":"nannyml","method":"js"}`)
	q.Format, q.Interval = query.FormatSeries, 12*time.Hour
	out := answer(t, q,
		counts.Data{Histograms: []counts.HistogramGroup{feature("a", edges, []float64{500, 500, 0}, []float64{900, 100, 0})}}, counts.Data{},
		counts.Data{Histograms: []counts.HistogramGroup{feature("a", edges, []float64{480, 520, 0}, []float64{520, 480, 0})}}, counts.Data{},
	)
	lines := out[0].(result.Series).Lines
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	// Both windows are compared with both baseline windows together, (½, ½).
	near(t, "as the reference", lines[0].Values[0], 0, 1e-9)
	js := func(p, q float64) float64 {
		m := (p + q) / 2
		return (p*math.Log2(p/m) + q*math.Log2(q/m)) / 2
	}
	near(t, "moved", lines[0].Values[1], math.Sqrt(js(0.5, 0.9)+js(0.5, 0.1)), 1e-9)
}
