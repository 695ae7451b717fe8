package analysis

import (
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// weights are five features of two versions; in v2 the first two have changed places.
func weights() world {
	var w world
	for version, values := range map[string][]float64{"v1": {5, 4, 3, 2, 1}, "v2": {4, 5, 3, 2, 1}} {
		for i, v := range values {
			l := named2("model", "fraud", "version", version, "feature", string(rune('a'+i)))
			w = append(w, stream{role: profile.FeatureImportance, labels: l, gauge: v})
		}
	}
	return w
}

func weightsQuery(format query.Format) *query.Query {
	q := dayQuery("importance", format)
	q.Version = []string{"v2"}
	q.Baseline = &query.Baseline{Kind: query.BaselineVersion, Version: []string{"v1"}}
	return q
}

func TestImportancesAgainstAnotherVersion(t *testing.T) {
	table := run(t, weights(), weightsQuery(query.FormatTable))[0].(result.Table)
	if cell(t, table, "Feature", 0) != "b" || cell(t, table, "Feature", 1) != "a" {
		t.Errorf("the order begins with %v, %v", cell(t, table, "Feature", 0), cell(t, table, "Feature", 1))
	}
	near(t, "place", cell(t, table, "Place", 0).(float64), 1, 0)
	near(t, "places won", cell(t, table, "Places won", 0).(float64), 1, 0)
	near(t, "change", cell(t, table, "Change", 0).(float64), 1, 0)
	near(t, "share", cell(t, table, "Share", 0).(float64), 5.0/15, 1e-12)

	out := run(t, weights(), weightsQuery(query.FormatNumbers))
	at := func(metric string) float64 {
		return value(t, out, "model", "fraud", "version", "v2", "metric", metric)
	}
	gain := func(values ...float64) float64 {
		sum := 0.0
		for i, v := range values {
			sum += v / math.Log2(float64(i+2))
		}
		return sum
	}
	near(t, "NDCG", at("importance_ndcg"), gain(4, 5, 3, 2, 1)/gain(5, 4, 3, 2, 1), 1e-12)
	near(t, "tau", at("importance_kendall_tau"), 8.0/10, 1e-12) // nine of ten pairs in the same order, one reversed
	near(t, "rho", at("importance_spearman"), 1-6*2.0/(5*24), 1e-12)
	near(t, "importance", value(t, out, "model", "fraud", "version", "v2", "feature", "b", "metric", "importance"), 5, 0)
}

func TestImportancesOverTimeAreInTheirOrder(t *testing.T) {
	q := withOptions(weightsQuery(query.FormatHeatmap), `{"show":"importance_rank","top":3}`)
	q.Baseline = nil
	g := run(t, weights(), q)[0].(result.Grid)
	if len(g.Rows) != 3 || g.Rows[0].Name != "b" || g.Rows[2].Name != "c" || g.Rows[2].Values[7] != 3 || !noticed(g.Meta, "3 of 5 features are shown") {
		t.Errorf("got %+v", g)
	}
}
