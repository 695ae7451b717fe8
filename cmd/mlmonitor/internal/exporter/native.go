package exporter

import (
	"maps"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
)

// The layout of native histograms here: schema 3 grows each bucket by 9 %.
const (
	nativeSchema        = 3
	nativeZeroThreshold = 1e-6
)

// Native is a native histogram with exponential buckets.
type Native struct {
	positive, negative map[int]int64
	zero, count        uint64
	sum                float64
	last               *histogram.Histogram
}

// NativeHistogram makes a native histogram.
func (t *Target) NativeHistogram(name string, labelPairs ...string) *Native {
	h := &Native{positive: map[int]int64{}, negative: map[int]int64{}}
	t.add(name, labelPairs).native = h
	t.resets = append(t.resets, func() {
		*h = Native{positive: map[int]int64{}, negative: map[int]int64{}}
	})
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
		h.positive[bucketIndex(x)]++
	default:
		h.negative[bucketIndex(-x)]++
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
		s.PositiveSpans, s.PositiveBuckets = spans(h.positive)
		s.NegativeSpans, s.NegativeBuckets = spans(h.negative)
		h.last = s
	}
	return h.last
}

// spans writes buckets in the sparse form of the wire: runs of neighbouring
// buckets, each count as the difference to the one before.
func spans(buckets map[int]int64) ([]histogram.Span, []int64) {
	var (
		runs   []histogram.Span
		deltas []int64
		next   int
		before int64
	)
	for i, index := range slices.Sorted(maps.Keys(buckets)) {
		if i == 0 || index != next {
			runs = append(runs, histogram.Span{Offset: int32(index - next)})
		}
		runs[len(runs)-1].Length++
		deltas = append(deltas, buckets[index]-before)
		before, next = buckets[index], index+1
	}
	return runs, deltas
}
