package histogram

import (
	"errors"
	"fmt"
	"slices"
)

// Merge adds histograms up, exactly: on the edges that all of them have. A
// histogram without observations does not cost an edge. Sums and counts are
// added, so one unknown makes the total unknown. Merging is commutative and
// associative.
func Merge(hs ...Histogram) (Histogram, error) {
	if len(hs) == 0 {
		return Histogram{}, errors.New("no histogram to merge: give at least one")
	}
	filled := make([]Histogram, 0, len(hs))
	var sum, count float64
	for _, h := range hs {
		if err := h.Validate(); err != nil {
			return Histogram{}, err
		}
		sum += h.Sum
		count += h.Count
		if h.Total() > 0 {
			filled = append(filled, h)
		}
	}
	if len(filled) == 0 {
		filled = hs
	}
	edges, _ := Common(filled...)
	merged := Histogram{Edges: edges, Counts: make([]float64, len(edges)+1), Sum: sum, Count: count}
	for _, h := range filled {
		addOnto(merged.Counts, edges, h)
	}
	return merged, nil
}

// Coarsen brings a histogram to fewer edges, exactly. Each of the given edges
// must be one of the histogram's.
func Coarsen(h Histogram, edges []float64) (Histogram, error) {
	if err := h.Validate(); err != nil {
		return Histogram{}, err
	}
	at := 0
	for i, edge := range edges {
		if i > 0 && edge <= edges[i-1] {
			return Histogram{}, fmt.Errorf("edge \"%g\" follows \"%g\": edges must ascend strictly", edge, edges[i-1])
		}
		for at < len(h.Edges) && h.Edges[at] < edge {
			at++
		}
		if at == len(h.Edges) || h.Edges[at] != edge {
			return Histogram{}, fmt.Errorf("edge \"%g\" is not an edge of the histogram: coarsen to a subset of its edges", edge)
		}
	}
	coarse := Histogram{Edges: slices.Clone(edges), Counts: make([]float64, len(edges)+1), Sum: h.Sum, Count: h.Count}
	addOnto(coarse.Counts, edges, h)
	return coarse, nil
}

// addOnto adds h's counts to counts on edges, which are a subset of h's.
func addOnto(counts, edges []float64, h Histogram) {
	target := 0
	for k, count := range h.Counts {
		counts[target] += count
		if target < len(edges) && k < len(h.Edges) && h.Edges[k] == edges[target] {
			target++
		}
	}
}

// Common returns the edges that all histograms have, and how many of the
// distinct edges seen are not among them: the resolution that is lost.
func Common(hs ...Histogram) (edges []float64, lost int) {
	if len(hs) == 0 {
		return nil, 0
	}
	if sameEdges(hs) {
		return slices.Clone(hs[0].Edges), 0
	}
	seen := make(map[float64]int)
	for _, h := range hs {
		for _, edge := range h.Edges {
			seen[edge]++
		}
	}
	for _, edge := range hs[0].Edges {
		if seen[edge] == len(hs) {
			edges = append(edges, edge)
		}
	}
	return edges, len(seen) - len(edges)
}

// Align brings two histograms to their common edges, exactly. lost is the
// number of distinct edges that had to be dropped; when the layouts share no
// edge, a single bucket is left.
func Align(a, b Histogram) (alignedA, alignedB Histogram, lost int, err error) {
	if err := a.Validate(); err != nil {
		return Histogram{}, Histogram{}, 0, err
	}
	if err := b.Validate(); err != nil {
		return Histogram{}, Histogram{}, 0, err
	}
	if slices.Equal(a.Edges, b.Edges) {
		return a, b, 0, nil
	}
	edges, lost := Common(a, b)
	if alignedA, err = Coarsen(a, edges); err != nil {
		return Histogram{}, Histogram{}, 0, err
	}
	if alignedB, err = Coarsen(b, edges); err != nil {
		return Histogram{}, Histogram{}, 0, err
	}
	return alignedA, alignedB, lost, nil
}

func sameEdges(hs []Histogram) bool {
	for _, h := range hs[1:] {
		if !slices.Equal(h.Edges, hs[0].Edges) {
			return false
		}
	}
	return true
}
