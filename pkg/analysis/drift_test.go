package analysis

import (
	"math"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func feature(name string, edges []float64, windows ...[]float64) counts.HistogramGroup {
	g := counts.HistogramGroup{Labels: map[string]string{"model": "fraud", "version": "v1", "feature": name}, Edges: edges}
	for _, cells := range windows {
		n := 0.0
		for _, c := range cells {
			n += c
		}
		g.Cells = append(g.Cells, cells...)
		g.Sums = append(g.Sums, math.NaN())
		g.Counts = append(g.Counts, n)
	}
	return g
}

func categories(name string, keys []string, cells ...float64) counts.TallyGroup {
	g := counts.TallyGroup{Labels: map[string]string{"model": "fraud", "version": "v1", "feature": name}, Cells: cells}
	for _, k := range keys {
		g.Keys = append(g.Keys, []string{k})
	}
	return g
}

// driftData is one window of three numeric features and a categorical one: one
// far away, one as it was, one hardly observed, one with other categories.
func driftData() (current, baseline []counts.Data) {
	edges := []float64{10, 20, 30}
	current = []counts.Data{
		{Histograms: []counts.HistogramGroup{
			feature("amount", edges, []float64{1000, 2000, 3000, 4000}),
			feature("few", edges, []float64{1, 2, 3, 4}),
			feature("still", edges, []float64{2500, 2500, 2500, 2500}),
		}},
		{Tallies: []counts.TallyGroup{categories("kind", []string{"card", "coin", "wire"}, 5000, 2000, 3000)}},
	}
	baseline = []counts.Data{
		{Histograms: []counts.HistogramGroup{
			feature("amount", edges, []float64{4000, 3000, 2000, 1000}),
			feature("few", edges, []float64{2500, 2500, 2500, 2500}),
			feature("still", edges, []float64{2500, 2500, 2500, 2500}),
		}},
		{Tallies: []counts.TallyGroup{categories("kind", []string{"card", "cash", "wire"}, 5000, 2000, 3000)}},
	}
	return current, baseline
}

func TestDriftNumbersAreThoseOfTheFormula(t *testing.T) {
	current, baseline := driftData()
	q := withOptions(dayQuery("drift", query.FormatNumbers), `{"method":"total_variation"}`)
	out := answer(t, q, append(current, baseline...)...)
	at := func(pairs ...string) float64 {
		return value(t, out, append([]string{"model", "fraud", "version", "v1"}, pairs...)...)
	}
	// ½·(0.3+0.1+0.1+0.3) = 0.4 and ½·(0.2+0.2) = 0.2, but for the noise that is
	// subtracted, below 0.01 with 10000 observations.
	near(t, "amount", at("metric", "total_variation", "feature", "amount"), 0.4, 0.01)
	near(t, "kind", at("metric", "total_variation", "feature", "kind"), 0.2, 0.01)
	near(t, "still", at("metric", "total_variation", "feature", "still"), 0, 0.01)
	near(t, "share drifted", at("metric", "drifted_share"), 2.0/3, 1e-12)
	near(t, "number drifted", at("metric", "drifted_features"), 2, 0)
	if p := at("metric", "dataset_p_value"); !(p < 1e-6) {
		t.Errorf("combined p is %g", p)
	}
	if v := at("metric", "total_variation", "feature", "few"); !math.IsNaN(v) {
		t.Errorf("ten observations must not give a value, got %g", v)
	}
	n := out[0].(result.Numbers)
	if !noticed(n.Meta, "too few observations") {
		t.Errorf("notices: %v", n.Notices)
	}
	if got := n.Values[3].Labels["feature"]; got != "amount" {
		t.Errorf("the worst feature is %q", got)
	}
}

func TestTheShareOfDriftedFeaturesStandsAloneForAnAlert(t *testing.T) {
	current, baseline := driftData()
	q := withOptions(dayQuery("drift", query.FormatNumbers), `{"method":"total_variation","show":"drifted_share"}`)
	n := answer(t, q, append(current, baseline...)...)[0].(result.Numbers)
	if len(n.Values) != 1 || n.Values[0].Labels["metric"] != "drifted_share" {
		t.Fatalf("got %+v", n.Values)
	}
	near(t, "share drifted", n.Values[0].Value, 2.0/3, 1e-12)
}

func TestKSOfCategoriesIsAChiSquare(t *testing.T) {
	current, baseline := driftData()
	q := withOptions(dayQuery("drift", query.FormatNumbers), `{"method":"ks"}`)
	out := answer(t, q, append(current, baseline...)...)
	// |F − G| is 0.3, 0.4, 0.3 at the edges.
	near(t, "amount", value(t, out, "model", "fraud", "version", "v1", "metric", "ks", "feature", "amount"), 0.4, 1e-12)
	if v := value(t, out, "model", "fraud", "version", "v1", "metric", "chi_square", "feature", "kind"); !(v > 0.1) {
		t.Errorf("chi-square of the categories is %g", v)
	}
}

func TestTheDriftTableIsRankedAndNamesNewCategories(t *testing.T) {
	current, baseline := driftData()
	q := withOptions(dayQuery("drift", query.FormatTable), `{"method":"js"}`)
	table := answer(t, q, append(current, baseline...)...)[0].(result.Table)
	want := []struct{ feature, verdict string }{{"kind", "drift"}, {"amount", "drift"}, {"still", "ok"}, {"few", "insufficient"}}
	for i, w := range want {
		if cell(t, table, "Feature", i) != w.feature || cell(t, table, "Verdict", i) != w.verdict {
			t.Errorf("row %d is %v, %v; want %v", i, cell(t, table, "Feature", i), cell(t, table, "Verdict", i), w)
		}
	}
	if cell(t, table, "New categories", 0) != "coin" || cell(t, table, "Vanished categories", 0) != "cash" {
		t.Errorf("new %v, vanished %v", cell(t, table, "New categories", 0), cell(t, table, "Vanished categories", 0))
	}
	if n := cell(t, table, "n needed", 3).(float64); !(n > 100) {
		t.Errorf("the feature with few observations needs %g", n)
	}
}

func TestADriftHeatmapHasTheWorstRowOnTop(t *testing.T) {
	edges := []float64{10}
	same, moved := []float64{500, 500}, []float64{900, 100}
	q := dayQuery("drift", query.FormatHeatmap)
	q.Interval = 12 * time.Hour
	out := answer(t, q,
		counts.Data{Histograms: []counts.HistogramGroup{feature("a", edges, same, same), feature("b", edges, same, moved)}}, counts.Data{},
		counts.Data{Histograms: []counts.HistogramGroup{feature("a", edges, same, same), feature("b", edges, same, same)}}, counts.Data{},
	)
	g := out[0].(result.Grid)
	if len(g.Rows) != 2 || g.Rows[0].Name != "b" || g.Rows[1].Name != "a" {
		t.Fatalf("rows %+v", g.Rows)
	}
	// PSI of (0.5, 0.5) to (0.9, 0.1) is 0.4·ln 1.8 + 0.4·ln 5 = 0.8789.
	near(t, "b after noon", g.Rows[0].Values[1], 0.8789, 0.02)
	near(t, "b before noon", g.Rows[0].Values[0], 0, 0.005)
}

func TestAFeatureThatIsNoLongerSentDoesNotVanish(t *testing.T) {
	current, baseline := driftData()
	current[0].Histograms = current[0].Histograms[1:]
	table := answer(t, dayQuery("drift", query.FormatTable), append(current, baseline...)...)[0].(result.Table)
	found := false
	for i := range 4 {
		if cell(t, table, "Feature", i) == "amount" {
			found = cell(t, table, "Verdict", i) == "insufficient"
		}
	}
	if !found || !noticed(table.Meta, "in the baseline but not in the current windows: amount") {
		t.Errorf("amount is missing from %+v", table)
	}
}

func TestAMissingBaselineIsSaid(t *testing.T) {
	current, _ := driftData()
	n := answer(t, dayQuery("drift", query.FormatNumbers), append(current, counts.Data{}, counts.Data{})...)[0].(result.Numbers)
	if !noticed(n.Meta, "no baseline (1d earlier) for amount, few, kind, still") {
		t.Errorf("notices: %v", n.Notices)
	}
	for _, v := range n.Values {
		if !math.IsNaN(v.Value) {
			t.Errorf("%v is %g without a baseline", v.Labels, v.Value)
		}
	}
}

func TestBaselineRequests(t *testing.T) {
	q := dayQuery("drift", query.FormatTable)
	q.Version = nil
	a, _ := Lookup("drift")
	o, _ := a.ParseOptions(nil)

	t.Run("another version replaces the version and is not split by it", func(t *testing.T) {
		q.Baseline = &query.Baseline{Kind: query.BaselineVersion, Version: []string{"v1"}}
		requests, err := a.Needs(q, o)
		if err != nil || len(requests) != 4 {
			t.Fatal(requests, err)
		}
		base := requests[2]
		if len(base.By) != 2 || base.By[0] != "model" || base.By[1] != "feature" || base.Matchers[1].Values[0] != "v1" {
			t.Errorf("got %+v", base)
		}
	})
	t.Run("a reference is read by its own role", func(t *testing.T) {
		q.Baseline = &query.Baseline{Kind: query.BaselineReference, Reference: "training"}
		requests, err := a.Needs(q, o)
		if err != nil {
			t.Fatal(err)
		}
		base := requests[2]
		if base.Role != "referenceFeatureValue" || base.Windows.Number != 1 || base.Matchers[len(base.Matchers)-1].Values[0] != "training" {
			t.Errorf("got %+v", base)
		}
	})
	t.Run("a version is not compared with itself", func(t *testing.T) {
		q.Baseline = &query.Baseline{Kind: query.BaselineVersion, Version: []string{"v1"}}
		q.Format = query.FormatNumbers
		for _, v := range run(t, fleet(), q)[0].(result.Numbers).Values {
			if v.Labels["version"] == "v1" {
				t.Errorf("v1 was compared with itself: %v", v.Labels)
			}
		}
	})
}

func TestAQueryThatComparesAVersionWithItselfSaysSo(t *testing.T) {
	for _, name := range []string{"drift", "distribution"} {
		q := dayQuery(name, query.FormatTable)
		q.Baseline = &query.Baseline{Kind: query.BaselineVersion, Version: []string{"v1"}}
		table := run(t, fleet(), q)[0].(result.Table)
		if len(table.Columns) != 0 || !noticed(table.Meta, "compared with itself") {
			t.Errorf("%s: %+v", name, table.Meta.Notices)
		}
	}
}

func TestScoresAndPredictionsAreMarkedAsTargets(t *testing.T) {
	q := withOptions(dayQuery("drift", query.FormatNumbers), `{"of":"all","method":"psi"}`)
	out := run(t, fleet(), q)
	near(t, "scores", value(t, out, "model", "fraud", "version", "v1", "metric", "psi", "target", "score", "class", "1"), 0, 1e-3)
	near(t, "predictions", value(t, out, "model", "fraud", "version", "v1", "metric", "psi", "target", "prediction"), 0, 1e-3)
}

func TestPredictionsAreComparedWithTheReferencesPredictions(t *testing.T) {
	q := withOptions(dayQuery("drift", query.FormatTable), `{"of":"predictions","method":"total_variation"}`)
	q.Baseline = &query.Baseline{Kind: query.BaselineReference}
	table := run(t, fleet(), q)[0].(result.Table)
	// The reference has (383 + 37)·1000 predictions of 0 and (28 + 52)·1000 of 1.
	near(t, "reference predictions", cell(t, table, "Baseline n", 0).(float64), 500000, 0)
	near(t, "drift", cell(t, table, "Drift", 0).(float64), 0, 1e-9)
}

func TestSeveralReferencesAreSaid(t *testing.T) {
	w := fleet()
	for _, s := range fleet() {
		if s.labels["reference"] != "" {
			s.labels = with(s.labels, "reference", "older")
			w = append(w, s)
		}
	}
	q := dayQuery("drift", query.FormatTable)
	q.Baseline = &query.Baseline{Kind: query.BaselineReference}
	if m := run(t, w, q)[0].(result.Table).Meta; !noticed(m, "several references, older, training") {
		t.Errorf("notices: %v", m.Notices)
	}
}
