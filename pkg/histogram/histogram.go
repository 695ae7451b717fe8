package histogram

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Histogram is a vector of counts in buckets. Bucket k holds the observations
// in (Edges[k-1], Edges[k]]; the first reaches down to -Inf and the last up to
// +Inf, so there is one more count than there are edges. A histogram without
// edges has a single bucket, which holds everything.
//
// Counts need not be integers (extrapolated windows are not), and the outer
// buckets are truly open: nothing assumes that values start at zero.
type Histogram struct {
	// Edges are sorted, finite and distinct.
	Edges []float64
	// Counts has len(Edges)+1 entries, none negative.
	Counts []float64
	// Sum is the sum of the observations; NaN when unknown.
	Sum float64
	// Count is the number of observations; NaN when unknown. It exceeds the
	// bucket total when NaN was observed, since NaN lies in no bucket.
	Count float64
}

// New returns a histogram whose sum and count are unknown.
func New(edges, counts []float64) Histogram {
	return Histogram{Edges: edges, Counts: counts, Sum: math.NaN(), Count: math.NaN()}
}

// Validate says what is wrong with the histogram, if anything is.
func (h Histogram) Validate() error {
	if len(h.Counts) != len(h.Edges)+1 {
		return fmt.Errorf("histogram has %d counts for %d edges: it needs one more count than edges", len(h.Counts), len(h.Edges))
	}
	for i, edge := range h.Edges {
		if math.IsNaN(edge) || math.IsInf(edge, 0) {
			return fmt.Errorf("histogram edge %d is \"%g\": edges must be finite, the outer buckets are open by themselves", i, edge)
		}
		if i > 0 && edge <= h.Edges[i-1] {
			return fmt.Errorf("histogram edge \"%g\" follows \"%g\": edges must ascend strictly", edge, h.Edges[i-1])
		}
	}
	for i, count := range h.Counts {
		if math.IsNaN(count) || math.IsInf(count, 0) || count < 0 {
			return fmt.Errorf("histogram count %d is \"%g\": counts must be finite and not negative", i, count)
		}
	}
	if math.IsInf(h.Count, 0) || h.Count < 0 {
		return fmt.Errorf("histogram observation count is \"%g\": it must be finite and not negative, or NaN when unknown", h.Count)
	}
	return nil
}

// Total is the number of observations that lie in buckets: the sum of Counts.
func (h Histogram) Total() float64 { return floats.Sum(h.Counts) }

// Missing is the number of observations that lie in no bucket, which is how
// Prometheus histograms hold NaN; NaN when Count is unknown.
func (h Histogram) Missing() float64 {
	if math.IsNaN(h.Count) {
		return math.NaN()
	}
	return math.Max(0, h.Count-h.Total())
}

// Open is the share of the mass in each of the two open buckets. Without edges
// everything is open on both sides; without observations both are NaN.
func (h Histogram) Open() (below, above float64) {
	total := h.Total()
	if total == 0 {
		return math.NaN(), math.NaN()
	}
	return h.Counts[0] / total, h.Counts[len(h.Counts)-1] / total
}

// Shares are the counts divided by their total; all NaN when there are no
// observations.
func (h Histogram) Shares() []float64 {
	shares := make([]float64, len(h.Counts))
	total := h.Total()
	for i, count := range h.Counts {
		if total == 0 {
			shares[i] = math.NaN()
			continue
		}
		shares[i] = count / total
	}
	return shares
}

// CDF is the share of the observations at or below each edge; all NaN when
// there are no observations. These values are exact, whatever lies in between.
func (h Histogram) CDF() []float64 {
	cdf := make([]float64, len(h.Edges))
	total, below := h.Total(), 0.0
	for i := range cdf {
		below += h.Counts[i]
		cdf[i] = math.NaN()
		if total > 0 {
			cdf[i] = math.Min(1, below/total)
		}
	}
	return cdf
}

// Bounds are the lower and upper end of bucket k: -Inf and +Inf for the outer
// ends.
func (h Histogram) Bounds(k int) (lower, upper float64) {
	lower, upper = math.Inf(-1), math.Inf(1)
	if k > 0 {
		lower = h.Edges[k-1]
	}
	if k < len(h.Edges) {
		upper = h.Edges[k]
	}
	return lower, upper
}
