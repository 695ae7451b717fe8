package exporter

import (
	"math"
	"sort"
)

// Histogram takes observations; Classic and Native implement it.
type Histogram interface {
	Observe(x float64)
}

// Classic is a histogram with fixed buckets: the series _bucket, _sum and
// _count.
type Classic struct {
	edges  []float64
	counts []float64 // one more than edges, not cumulative
	sum    float64
}

// Histogram makes a classic histogram with the given upper bounds, ascending;
// the bucket +Inf is added.
func (t *Target) Histogram(name string, edges []float64, labelPairs ...string) *Classic {
	h := &Classic{edges: edges, counts: make([]float64, len(edges)+1)}
	buckets := make([]*series, len(h.counts))
	for i := range h.counts {
		edge := math.Inf(1)
		if i < len(edges) {
			edge = edges[i]
		}
		buckets[i] = t.add(name+"_bucket", append(labelPairs[:len(labelPairs):len(labelPairs)], "le", bound(edge)))
	}
	sum, count := t.add(name+"_sum", labelPairs), t.add(name+"_count", labelPairs)
	t.flushes = append(t.flushes, func() {
		total := 0.0
		for i, n := range h.counts {
			total += n
			buckets[i].value = total
		}
		sum.value, count.value = h.sum, total
	})
	t.resets = append(t.resets, func() {
		clear(h.counts)
		h.sum = 0
	})
	return h
}

// Observe counts x in the bucket (a, b] that holds it.
func (h *Classic) Observe(x float64) {
	h.counts[sort.SearchFloat64s(h.edges, x)]++
	h.sum += x
}
