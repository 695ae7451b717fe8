package analysis

import (
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func rankings(kind string, sum float64, cells ...float64) counts.HistogramGroup {
	return counts.HistogramGroup{
		Labels: map[string]string{"model": "search", "version": "v1", "metric": kind}, Edges: []float64{0.25, 0.5, 0.75, 1},
		Cells: cells, Sums: []float64{sum}, Counts: []float64{total(cells)},
	}
}

func TestRankingQualityIsThatOfTheFormula(t *testing.T) {
	q := withOptions(dayQuery("ranking", query.FormatNumbers), `{"interval":true,"bounds":true,"quantiles":["0.5"],"limit":0.5}`)
	out := answer(t, q, histograms(rankings("mrr", 50, 20, 20, 30, 30, 0), rankings("ndcg_at_10", 70, 0, 10, 40, 50, 0)))
	at := func(metric, kind string, more ...string) float64 {
		return value(t, out, append([]string{"model", "search", "version", "v1", "metric", metric, "quality", kind}, more...)...)
	}
	near(t, "NDCG", at("ranking_quality", "ndcg_at_10"), 0.7, 1e-12)
	near(t, "MRR", at("ranking_quality", "mrr"), 0.5, 1e-12)
	// The median is the 50th of 100, a third of the way through the third bucket.
	near(t, "median MRR", at("ranking_quality_quantile", "mrr", "quantile", "0.5"), 0.5+0.25/3, 1e-12)
	near(t, "badly ranked", at("ranking_quality_below", "mrr", "limit", "0.5"), 0.4, 1e-12)
	near(t, "badly ranked, Wilson", at("ranking_quality_below", "mrr", "limit", "0.5", "bound", "lower"), 0.3094, 1e-4)
}

func TestAFallOfRankingQualityIsTested(t *testing.T) {
	q := dayBefore(withOptions(dayQuery("ranking", query.FormatNumbers), `{"interval":true,"metrics":["ranking_quality_change","ranking_quality_adjusted_p_value"],"tolerated":0.02}`))
	out := answer(t, q, histograms(rankings("mrr", 5000, 2000, 2000, 3000, 3000, 0), rankings("ndcg_at_10", 7000, 0, 1000, 4000, 5000, 0)),
		histograms(rankings("mrr", 6000, 1000, 1000, 3000, 5000, 0), rankings("ndcg_at_10", 7000, 0, 1000, 4000, 5000, 0)))
	at := func(metric, kind string, more ...string) float64 {
		return value(t, out, append([]string{"model", "search", "version", "v1", "metric", metric, "quality", kind}, more...)...)
	}
	near(t, "change of MRR", at("ranking_quality_change", "mrr"), -0.1, 1e-12)
	if p := at("ranking_quality_adjusted_p_value", "mrr"); !(p < 1e-6) {
		t.Errorf("p of a fall by 0.1 is %g", p)
	}
	near(t, "p of no fall", at("ranking_quality_adjusted_p_value", "ndcg_at_10"), 1, 1e-6)
	// The variances of the middles: 0.2·0.425² + 0.2·0.175² + 0.3·0.075² + 0.3·0.325² = 0.0756 now, and 0.06 before.
	if lower, upper := at("ranking_quality_change", "mrr", "bound", "lower"), at("ranking_quality_change", "mrr", "bound", "upper"); math.Abs((upper-lower)/2-1.96*math.Sqrt((0.0756+0.06)/1e4)) > 1e-4 {
		t.Errorf("the change lies between %g and %g", lower, upper)
	}
}

func TestRankingQualityThatIsNotThereIsSaid(t *testing.T) {
	q := dayQuery("ranking", query.FormatSeries)
	q.Model = []string{"animals"}
	if s := run(t, fleet(), q)[0].(result.Series); len(s.Lines) != 0 || !noticed(s.Meta, "ml_ranking_quality") {
		t.Errorf("got %+v", s.Meta)
	}
}
