package analysis

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// BenchmarkDriftHeatmap compares 200 features of 20 buckets in 288 windows with
// the day before, each method by itself.
func BenchmarkDriftHeatmap(b *testing.B) {
	const features, buckets, windows = 200, 20, 288
	edges := make([]float64, buckets-1)
	for i := range edges {
		edges[i] = float64(i)
	}
	made := func(shift float64) counts.Data {
		var d counts.Data
		for f := range features {
			g := counts.HistogramGroup{Labels: map[string]string{"model": "m", "version": "1", "feature": fmt.Sprint(f)}, Edges: edges}
			for k := range windows {
				n := 0.0
				for c := range buckets {
					v := math.Round(100 * (1 + math.Sin(shift+float64(f*7+k*3+c))/3))
					g.Cells = append(g.Cells, v)
					n += v
				}
				g.Sums, g.Counts = append(g.Sums, n*5), append(g.Counts, n)
			}
			d.Histograms = append(d.Histograms, g)
		}
		return d
	}
	data := []counts.Data{made(0), {}, made(0.5), {}}
	a, _ := Lookup("drift")
	for _, method := range []string{"psi", "js", "ks", "wasserstein", "chi_square"} {
		b.Run(method, func(b *testing.B) {
			q := withOptions(dayQuery("drift", query.FormatHeatmap), `{"method":"`+method+`"}`)
			q.Interval, q.MaxDataPoints = 5*time.Minute, 1000
			o, err := a.ParseOptions(q.Options)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Compute(q, o, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
