package calibrate

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// leastProbability is where scores of 0 and 1 are cut for the log loss, as scikit-learn does; cut losses would be
// infinite.
const leastProbability = 1e-15

// LogLoss is the mean of -ln(score) over the positives and -ln(1 - score) over the negatives.
//
// It is exact when the sum of the losses is known. Else scores are taken to spread evenly in their buckets. The upper
// bound is infinite when the bucket that begins at 0 holds positives or the one that ends at 1 holds negatives. The
// interval is the normal one of a mean around the value; the bounds do not widen it, since they may be infinite.
func LogLoss(b classify.Binned, level float64) (Estimate, error) {
	s, err := probabilities(b)
	if err != nil {
		return Estimate{}, err
	}
	e := s.none()
	n := s.n()
	if n <= 0 {
		return e, nil
	}
	e.Reason = ""
	low, high := s.logLossBounds()
	total, square := 0.0, 0.0
	for _, k := range s.buckets {
		for _, side := range [2]struct{ count, from, to float64 }{
			{k.positives, k.lower, k.upper}, {k.negatives, 1 - k.upper, 1 - k.lower},
		} {
			if side.count > 0 {
				mean, second := logMoments(side.from, side.to)
				total += side.count * mean
				square += side.count * second
			}
		}
	}
	// The spread in the buckets is that of even spread, whether or not the sum is known.
	variance := math.Max(0, square/n-total/n*total/n) / n
	if !math.IsNaN(s.logLossSum) {
		total, low, high = s.logLossSum, s.logLossSum, s.logLossSum
	}
	e.Value, e.BoundLower, e.BoundUpper = total/n, low/n, high/n
	e.StandardError = math.Sqrt(variance)
	half := infer.Z(level) * e.StandardError
	e.Lower, e.Upper = math.Max(0, e.Value-half), e.Value+half
	return e, nil
}

// logLossBounds are the least and the greatest sum of log losses that the counts allow.
func (s scores) logLossBounds() (low, high float64) {
	loss := func(count, probability float64) float64 {
		if count == 0 {
			return 0
		}
		return -count * math.Log(probability)
	}
	for _, k := range s.buckets {
		if k.upper == k.lower { // a score of exactly 0 or 1
			at := math.Min(1-leastProbability, math.Max(leastProbability, k.lower))
			low += loss(k.positives, at) + loss(k.negatives, 1-at)
			high += loss(k.positives, at) + loss(k.negatives, 1-at)
			continue
		}
		low += loss(k.positives, k.upper) + loss(k.negatives, 1-k.lower)
		high += loss(k.positives, k.lower) + loss(k.negatives, 1-k.upper)
	}
	return low, high
}

// logMoments are the mean of -ln(x) and of its square for x spread evenly over [from, to].
func logMoments(from, to float64) (mean, second float64) {
	if to-from <= 0 {
		loss := -math.Log(math.Min(1-leastProbability, math.Max(leastProbability, from)))
		return loss, loss * loss
	}
	integral := func(x float64) (first, second float64) {
		if x <= 0 {
			return 0, 0
		}
		l := math.Log(x)
		return x * (1 - l), x * (l*l - 2*l + 2)
	}
	firstTo, secondTo := integral(to)
	firstFrom, secondFrom := integral(from)
	return (firstTo - firstFrom) / (to - from), (secondTo - secondFrom) / (to - from)
}
