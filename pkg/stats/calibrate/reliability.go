package calibrate

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Bin is a point of the reliability diagram: rows whose score lies in (Lower, Upper].
type Bin struct {
	Lower, Upper  float64
	N, Positives  float64
	MeanPredicted float64        // mean score: exact if the sums of the buckets are known, else estimated
	MeanLower     float64        // least mean score that the buckets allow
	MeanUpper     float64        // greatest
	Observed      float64        // share of positives
	Interval      infer.Interval // Wilson interval of the observed share
	Consistency   infer.Interval // where the observed share lies if the scores are right: binomial quantiles
}

// Reliability gives the reliability diagram in at most the given number of bins of equal width, bounded by the bucket
// edges nearest to equal steps; 0 keeps the buckets. Bins without rows are left out. An error says that scores are
// not probabilities.
//
// Consistency bars: Bröcker and Smith (2007).
func Reliability(b classify.Binned, bins int, level float64) ([]Bin, error) {
	s, err := probabilities(b)
	if err != nil {
		return nil, err
	}
	var out []Bin
	for _, k := range s.equalWidth(bins) {
		if k.n > 0 {
			out = append(out, k.point(level))
		}
	}
	return out, nil
}

func (b bin) point(level float64) Bin {
	return Bin{
		Lower: b.lower, Upper: b.upper, N: b.n, Positives: b.positives,
		MeanPredicted: b.mean(), MeanLower: b.sumLeast / b.n, MeanUpper: b.sumMax / b.n,
		Observed: b.observed(), Interval: infer.Wilson(b.positives, b.n, level), Consistency: consistency(b.n, b.mean(), level),
	}
}

// consistency holds the quantiles of Binomial(n, p)/n; a fractional n is rounded, up to at least 1.
func consistency(n, p, level float64) infer.Interval {
	rows := math.Max(1, math.Round(n))
	tail := (1 - level) / 2
	return infer.Interval{Lower: binomialQuantile(tail, rows, p) / rows, Upper: binomialQuantile(1-tail, rows, p) / rows}
}
