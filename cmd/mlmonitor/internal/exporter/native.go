package exporter

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
)

// The layout of native histograms here: schema 3 grows each bucket by 9 %.
const (
	nativeSchema        = 3
	nativeZeroThreshold = 1e-4
)

// Native is a native histogram with exponential buckets.
type Native struct {
	positive, negative buckets
	zero, count        uint64
	sum                float64
	last               *histogram.Histogram
}

// buckets holds the counts of neighbouring buckets, of which the first has the
// index base.
type buckets struct {
	base   int
	counts []int64
}

func (b *buckets) add(index int) {
	switch {
	case len(b.counts) == 0:
		b.base = index
		b.counts = append(b.counts, 0)
	case index < b.base:
		b.counts = append(make([]int64, b.base-index), b.counts...)
		b.base = index
	}
	for index >= b.base+len(b.counts) {
		b.counts = append(b.counts, 0)
	}
	b.counts[index-b.base]++
}

// NativeHistogram makes a native histogram.
func (t *Target) NativeHistogram(name string, labelPairs ...string) *Native {
	h := &Native{}
	t.add(name, labelPairs).native = h
	t.resets = append(t.resets, func() { *h = Native{} })
	return h
}

// Observe counts x in its exponential bucket.
func (h *Native) Observe(x float64) {
	h.last = nil
	h.count++
	h.sum += x
	switch {
	case math.Abs(x) <= nativeZeroThreshold:
		h.zero++
	case x > 0:
		h.positive.add(bucketIndex(x))
	default:
		h.negative.add(bucketIndex(-x))
	}
}

// bucketIndex is the i with 2^((i-1)/2^schema) < x <= 2^(i/2^schema).
func bucketIndex(x float64) int {
	return int(math.Ceil(math.Log2(x) * (1 << nativeSchema)))
}

// snapshot is the histogram as it is stored. The database keeps a reference to
// it, so an unchanged one is shared and a changed one is made anew.
func (h *Native) snapshot() *histogram.Histogram {
	if h.last == nil {
		s := &histogram.Histogram{
			Schema:        nativeSchema,
			ZeroThreshold: nativeZeroThreshold,
			ZeroCount:     h.zero,
			Count:         h.count,
			Sum:           h.sum,
		}
		s.PositiveSpans, s.PositiveBuckets = h.positive.spans()
		s.NegativeSpans, s.NegativeBuckets = h.negative.spans()
		h.last = s
	}
	return h.last
}

// spans writes buckets in the sparse form of the wire: runs of neighbouring
// buckets that hold something, each count as the difference to the one before.
func (b *buckets) spans() ([]histogram.Span, []int64) {
	var (
		runs   []histogram.Span
		deltas = make([]int64, 0, len(b.counts))
		next   int
		before int64
	)
	for i, n := range b.counts {
		if n == 0 {
			continue
		}
		index := b.base + i
		if len(runs) == 0 || index != next {
			runs = append(runs, histogram.Span{Offset: int32(index - next)})
		}
		runs[len(runs)-1].Length++
		deltas = append(deltas, n-before)
		before, next = n, index+1
	}
	return runs, deltas
}
