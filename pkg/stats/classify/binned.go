package classify

import (
	"fmt"
	"math"
	"strconv"
)

// Binned is the score of a binary classifier in buckets (Edges[k], Edges[k+1]], counted apart for the rows that are
// of the positive class and those that are not. The outer edges may be infinite.
//
// Make one with NewBinned, and set what else is known. A sum that the counts rule out is taken as unknown, so a
// missing value may also be left 0 or NaN.
type Binned struct {
	Edges     []float64 // ascending, one more than there are buckets
	Positives []float64 // rows of the positive class per bucket
	Negatives []float64 // the other rows per bucket

	PositiveSum float64   // sum of the scores of the positives, NaN if unknown
	NegativeSum float64   // sum of the scores of the negatives, NaN if unknown
	BucketSums  []float64 // sum of the scores in each bucket, nil if unknown
	SquaredSum  float64   // sum of the squared scores of all rows, NaN if unknown
	LogLossSum  float64   // sum of the log losses of all rows, NaN if unknown
}

// NewBinned checks edges (ascending) and counts (finite, none negative); all sums are unknown. The slices are kept.
func NewBinned(edges, positives, negatives []float64) (Binned, error) {
	if len(positives) == 0 {
		return Binned{}, fmt.Errorf("a score histogram needs at least one bucket")
	}
	if len(edges) != len(positives)+1 || len(negatives) != len(positives) {
		return Binned{}, fmt.Errorf("%d edges bound %d buckets, but there are counts of %d buckets for positives and %d for negatives",
			len(edges), len(edges)-1, len(positives), len(negatives))
	}
	for i, edge := range edges {
		if math.IsNaN(edge) || i > 0 && !(edge > edges[i-1]) {
			return Binned{}, fmt.Errorf("bucket edge %q does not follow the edge before it: edges ascend", number(edge))
		}
	}
	for _, counts := range [][]float64{positives, negatives} {
		for i, count := range counts {
			if !(count >= 0) || math.IsInf(count, 1) {
				return Binned{}, fmt.Errorf("count %q in bucket (%s, %s] is not a number of rows: counts are finite and not negative",
					number(count), number(edges[i]), number(edges[i+1]))
			}
		}
	}
	unknown := math.NaN()
	return Binned{Edges: edges, Positives: positives, Negatives: negatives,
		PositiveSum: unknown, NegativeSum: unknown, SquaredSum: unknown, LogLossSum: unknown}, nil
}

// Totals are the rows of the positive class and the others.
func (b Binned) Totals() (positives, negatives float64) {
	return sum(b.Positives), sum(b.Negatives)
}

// RankEstimate is a statistic of binned scores.
//
// BoundLower and BoundUpper hold the statistic of the single rows for certain, wherever the rows lie in their
// buckets. Lower and Upper are the interval: what sampling leaves open around those bounds. Where the statistic is
// not defined all are NaN and Reason says why.
type RankEstimate struct {
	Value                  float64 // the best point value within the bounds
	Lower, Upper           float64 // limits of the interval: sampling, and the bounds' distance from the value
	BoundLower, BoundUpper float64 // hard bounds from the width of the buckets
	StandardError          float64 // of the value, from sampling alone; NaN where the interval is not built on one
	N, Positives           float64 // rows, and those of the positive class
	Reason                 string
}

// Defined tells whether the statistic could be computed.
func (e RankEstimate) Defined() bool { return !math.IsNaN(e.Value) }

func unranked(positives, negatives float64) (RankEstimate, bool) {
	nan := math.NaN()
	e := RankEstimate{nan, nan, nan, nan, nan, nan, positives + negatives, positives, ""}
	switch {
	case positives+negatives <= 0:
		e.Reason = "there are no scored outcomes"
	case positives <= 0:
		e.Reason = "no row is of the positive class"
	case negatives <= 0:
		e.Reason = "every row is of the positive class"
	default:
		return e, false
	}
	return e, true
}

// through maps an estimate by the increasing line slope·x + offset.
func (e RankEstimate) through(slope, offset float64) RankEstimate {
	f := func(x float64) float64 { return slope*x + offset }
	e.Value, e.StandardError = f(e.Value), slope*e.StandardError
	e.Lower, e.Upper = f(e.Lower), f(e.Upper)
	e.BoundLower, e.BoundUpper = f(e.BoundLower), f(e.BoundUpper)
	return e
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
