package analysis

import (
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// means are windows of ten rows of a feature with the given means.
func means(feature string, values ...float64) counts.HistogramGroup {
	g := counts.HistogramGroup{Labels: map[string]string{"model": "fraud", "version": "v1", "feature": feature}, Edges: []float64{10}}
	for _, v := range values {
		g.Cells, g.Sums, g.Counts = append(g.Cells, 10, 0), append(g.Sums, 10*v), append(g.Counts, 10)
	}
	return g
}

func TestCorrelationOfWindows(t *testing.T) {
	d := counts.Data{Histograms: []counts.HistogramGroup{
		means("a", 1, 4, 2, 8, 5, 7, 3, 6, 9, 2, 5, 1),
		means("b", 2, 3, 2, 9, 4, 8, 1, 7, 8, 3, 6, 2),
		means("c", 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8),
	}}
	q := withOptions(dayQuery("correlation", query.FormatMatrix), `{"windows":12}`)
	m := answer(t, q, d)[0].(result.Matrix)
	// n·Σxy − ΣxΣy over the root of the same of each with itself.
	ab, ac := 937/math.Sqrt(971*1067), 88/math.Sqrt(971*848)
	near(t, "a with b", m.Values[1], ab, 1e-12)
	near(t, "b with a", m.Values[3], ab, 1e-12)
	near(t, "a with c", m.Values[2], ac, 1e-12)
	near(t, "a with a", m.Values[0], 1, 0)
	if m.Rows[1] != "b" || !m.Diverging || !noticed(m.Meta, "not of rows") {
		t.Errorf("got %+v", m)
	}
	certain := answer(t, withOptions(dayQuery("correlation", query.FormatMatrix), `{"windows":12,"show":"certain"}`), d)[0].(result.Matrix)
	if math.IsNaN(certain.Values[1]) || !math.IsNaN(certain.Values[2]) {
		t.Errorf("certain are %v", certain.Values)
	}
}

func TestCorrelationOfRows(t *testing.T) {
	// Rows (1, 1), (2, 3), (3, 2), (4, 4).
	value := func(feature string) counts.HistogramGroup {
		return counts.HistogramGroup{Labels: map[string]string{"model": "fraud", "version": "v1", "feature": feature}, Edges: []float64{9}, Cells: []float64{4, 0}, Sums: []float64{10}, Counts: []float64{4}}
	}
	sum := func(value float64, labels ...string) counts.TallyGroup {
		return counts.TallyGroup{Labels: with(map[string]string{"model": "fraud", "version": "v1"}, labels...), Keys: [][]string{{}}, Cells: []float64{value}}
	}
	q := withOptions(dayQuery("correlation", query.FormatMatrix), `{"of":"rows"}`)
	m := answer(t, q,
		counts.Data{Histograms: []counts.HistogramGroup{value("x"), value("y")}},
		counts.Data{Tallies: []counts.TallyGroup{sum(30, "feature", "x"), sum(30, "feature", "y")}},
		counts.Data{Tallies: []counts.TallyGroup{sum(29, "feature", "x", "other", "y")}},
	)[0].(result.Matrix)
	near(t, "x with y", m.Values[1], (29-10*10/4.0)/(30-10*10/4.0), 1e-12)
	near(t, "y with x", m.Values[2], 0.8, 1e-12)
}

func TestWithoutProductsRowsCannotBeCorrelated(t *testing.T) {
	m := run(t, fleet(), withOptions(dayQuery("correlation", query.FormatMatrix), `{"of":"rows"}`))[0].(result.Matrix)
	if len(m.Rows) != 0 || !noticed(m.Meta, "no products of features are exported") {
		t.Errorf("got %+v", m)
	}
}
