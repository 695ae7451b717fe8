package histogram

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Bucket is one bucket of a native histogram, exponential or custom: Count
// observations between Lower and Upper, either of which may be infinite.
//
// Which end is closed differs (positive buckets hold their upper end, negative
// ones their lower end, the zero bucket both); here every bucket counts as
// (Lower, Upper], which moves only observations that sit exactly on a boundary.
type Bucket struct{ Lower, Upper, Count float64 }

// CommonEdges collects native bucket sets one by one and then gives the finest
// edges on which every one of them is exact. The zero value is ready for use.
//
// Native histograms list only filled buckets, and their resolution may change
// from sample to sample. An edge is kept when it lies strictly inside no
// filled bucket of any set.
type CommonEdges struct {
	boundaries []float64
	spans      []span
	distinct   int
}

type span struct{ lower, upper float64 }

// Add takes one set of buckets into account. Empty buckets do not matter.
func (c *CommonEdges) Add(bs []Bucket) {
	for _, b := range bs {
		if b.Count != 0 && b.Lower < b.Upper {
			c.spans = append(c.spans, span{b.Lower, b.Upper})
		}
	}
	if len(c.spans) > 4096+2*c.distinct {
		c.compact()
	}
}

func (c *CommonEdges) compact() {
	sort.Slice(c.spans, func(i, j int) bool {
		if c.spans[i].lower != c.spans[j].lower {
			return c.spans[i].lower < c.spans[j].lower
		}
		return c.spans[i].upper < c.spans[j].upper
	})
	c.spans = slices.Compact(c.spans)
	c.distinct = len(c.spans)
}

// Edges returns the finest edges on which every set added so far is exact.
func (c *CommonEdges) Edges() []float64 {
	c.compact()
	c.boundaries = c.boundaries[:0]
	for _, s := range c.spans {
		for _, boundary := range [2]float64{s.lower, s.upper} {
			if !math.IsInf(boundary, 0) {
				c.boundaries = append(c.boundaries, boundary)
			}
		}
	}
	slices.Sort(c.boundaries)
	c.boundaries = slices.Compact(c.boundaries)

	var edges []float64
	reach, next := math.Inf(-1), 0
	for _, boundary := range c.boundaries {
		for next < len(c.spans) && c.spans[next].lower < boundary {
			reach = math.Max(reach, c.spans[next].upper)
			next++
		}
		if reach <= boundary {
			edges = append(edges, boundary)
		}
	}
	return edges
}

// CommonEdgesOfBuckets is CommonEdges for sets that are all at hand.
func CommonEdgesOfBuckets(sets [][]Bucket) []float64 {
	var common CommonEdges
	for _, bs := range sets {
		common.Add(bs)
	}
	return common.Edges()
}

// FromBuckets puts native buckets onto edges, exactly. It is an error when a
// filled bucket straddles an edge, for that would need a guess. Sum and Count
// are left unknown.
func FromBuckets(edges []float64, bs []Bucket) (Histogram, error) {
	h := New(slices.Clone(edges), make([]float64, len(edges)+1))
	if err := h.Validate(); err != nil {
		return Histogram{}, err
	}
	for _, b := range bs {
		if b.Count == 0 {
			continue
		}
		if math.IsNaN(b.Count) || math.IsInf(b.Count, 0) || b.Count < 0 {
			return Histogram{}, fmt.Errorf("bucket (%g, %g] has the count \"%g\": counts must be finite and not negative", b.Lower, b.Upper, b.Count)
		}
		if !(b.Lower < b.Upper) {
			return Histogram{}, fmt.Errorf("bucket (%g, %g] is empty or reversed: its lower end must be below its upper end", b.Lower, b.Upper)
		}
		k := sort.SearchFloat64s(edges, b.Upper)
		if k > 0 && edges[k-1] > b.Lower {
			return Histogram{}, fmt.Errorf("bucket (%g, %g] straddles the edge \"%g\": use edges that all bucket sets have in common", b.Lower, b.Upper, edges[k-1])
		}
		h.Counts[k] += b.Count
	}
	return h, nil
}

// MergeQuantileBins picks about k bins of equal mass from a histogram's own
// edges: for each multiple of 1/k the edge whose cumulative share is nearest,
// each edge once. A fine histogram becomes fit for the binned divergences,
// whose noise grows with the number of bins. Fewer than k buckets are kept as
// they are; without observations or with k < 2 nothing is left to choose and
// there are no edges.
func MergeQuantileBins(h Histogram, k int) []float64 {
	if k < 2 || len(h.Edges) == 0 {
		return nil
	}
	if len(h.Counts) <= k {
		return slices.Clone(h.Edges)
	}
	cdf := h.CDF()
	if math.IsNaN(cdf[0]) {
		return nil
	}
	edges := make([]float64, 0, k-1)
	at := 0
	for i := 1; i < k; i++ {
		target := float64(i) / float64(k)
		for at+1 < len(cdf) && math.Abs(cdf[at+1]-target) < math.Abs(cdf[at]-target) {
			at++
		}
		inside := cdf[at] > 0 && cdf[at] < 1
		if inside && (len(edges) == 0 || edges[len(edges)-1] < h.Edges[at]) {
			edges = append(edges, h.Edges[at])
		}
	}
	return edges
}
