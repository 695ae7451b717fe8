package analysis

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// measures are a metric of a group: one per quantile, and one per kind of error.
func (g served) measures(metric serviceMetric, o Options, w counts.Windows, quantiles []float64) []measure {
	level := o.Number("confidence")
	fill := func(labels map[string]string, at func(k int) point) measure {
		m := newMeasure(metric.name, labels, w.Number)
		for k := range m.points {
			m.points[k] = at(k)
		}
		return m
	}
	if gauge := g.gauges[metric.role]; gauge != nil {
		return []measure{fill(g.labels, func(k int) point { return valueOnly(gauge.Values[k], math.NaN()) })}
	}
	if h := g.histograms[metric.role]; h != nil {
		window := func(k int, of func(windowMoments) point) point {
			d := describe(fromZero(h), math.NaN(), k, 1)
			if d.n == 0 {
				return absent()
			}
			return of(d)
		}
		switch metric.name {
		case "latency_mean", "batch_size":
			return []measure{fill(g.labels, func(k int) point {
				return window(k, func(d windowMoments) point { return d.moment("mean", level) })
			})}
		case "slow_share":
			slow := o.Number("slow")
			return []measure{fill(with(g.labels, "threshold", strconv.FormatFloat(slow, 'g', -1, 64)), func(k int) point {
				return window(k, func(d windowMoments) point { return shareAbove(d.h, slow, level) })
			})}
		}
		var ms []measure
		for _, q := range quantiles {
			ms = append(ms, fill(with(g.labels, "quantile", strconv.FormatFloat(q, 'g', -1, 64)), func(k int) point {
				return window(k, func(d windowMoments) point { return d.quantile(q, level) })
			}))
		}
		return ms
	}
	switch metric.name {
	case "predictions_per_second":
		return []measure{fill(g.labels, func(k int) point {
			return perSecond(g.tallies[profile.Predictions], k, w, level, nil)
		})}
	case "error_share", "errors_per_second":
		var ms []measure
		for _, kind := range errorKinds(g.tallies[profile.PredictionErrors], o.Strings("errorsBy")) {
			ms = append(ms, fill(with(g.labels, kind.labels...), func(k int) point {
				if metric.name == "errors_per_second" {
					return perSecond(g.tallies[profile.PredictionErrors], k, w, level, kind.has)
				}
				return g.errorShare(k, level, kind.has)
			}))
		}
		return ms
	}
	return nil
}

// fromZero closes the first bucket of a histogram of what cannot be negative.
func fromZero(g *counts.HistogramGroup) *counts.HistogramGroup {
	if len(g.Edges) == 0 || !(g.Edges[0] > 0) {
		return g
	}
	closed := *g
	closed.Edges = append([]float64{0}, g.Edges...)
	cells := len(g.Edges) + 1
	closed.Cells = make([]float64, 0, len(g.Counts)*(cells+1))
	for k := range g.Counts {
		closed.Cells = append(append(closed.Cells, 0), g.Cells[k*cells:(k+1)*cells]...)
	}
	return &closed
}

// errorKind is the errors of one type, severity or both; without labels all.
type errorKind struct {
	labels []string
	has    func(cell []string) bool
}

func errorKinds(g *counts.TallyGroup, by []string) []errorKind {
	if g == nil {
		return nil
	}
	kinds := []errorKind{{}}
	if len(by) == 0 {
		return kinds
	}
	seen := make(map[string]bool)
	for _, cell := range g.Keys {
		var labels []string
		var places []int
		for i, name := range []profile.Label{errorType, errorSeverity} {
			if slices.Contains(by, string(name)) && cell[i] != "" {
				labels = append(labels, string(name), cell[i])
				places = append(places, i)
			}
		}
		if id := strings.Join(labels, "\x00"); len(labels) > 0 && !seen[id] {
			seen[id] = true
			kinds = append(kinds, errorKind{labels, func(other []string) bool {
				return !slices.ContainsFunc(places, func(i int) bool { return other[i] != cell[i] })
			}})
		}
	}
	return kinds
}

// countOf adds up the cells of window k; no condition means all.
func countOf(g *counts.TallyGroup, k int, has func([]string) bool) (float64, bool) {
	cells, ok := tallyAt(g, k)
	sum := 0.0
	for i, n := range cells {
		if has == nil || has(g.Keys[i]) {
			sum += n
		}
	}
	return sum, ok
}

// errorShare is Wilson's; what was asked for is the predictions that were made
// and those that failed.
func (g served) errorShare(k int, level float64, has func([]string) bool) point {
	failed, ok := countOf(g.tallies[profile.PredictionErrors], k, nil)
	made, known := countOf(g.tallies[profile.Predictions], k, nil)
	if !ok || !known || !(failed+made > 0) {
		return absent()
	}
	some, _ := countOf(g.tallies[profile.PredictionErrors], k, has)
	limits := infer.Wilson(some, failed+made, level)
	p := valueOnly(some/(failed+made), failed+made)
	p.lower, p.upper = limits.Lower, limits.Upper
	return p
}

// perSecond is a rate with the exact interval of a Poisson count, by quantiles of
// the chi-square distribution (Garwood 1936).
func perSecond(g *counts.TallyGroup, k int, w counts.Windows, level float64, has func([]string) bool) point {
	if g == nil {
		return absent()
	}
	n, ok := countOf(g, k, has)
	if !ok {
		return absent()
	}
	seconds := w.Width.Seconds()
	p := valueOnly(n/seconds, n)
	p.lower = 0
	if n > 0 {
		p.lower = infer.ChiSquareQuantile((1-level)/2, 2*n) / 2 / seconds
	}
	p.upper = infer.ChiSquareQuantile((1+level)/2, 2*n+2) / 2 / seconds
	return p
}
