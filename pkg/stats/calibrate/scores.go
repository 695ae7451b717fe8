package calibrate

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// bucket is a bucket of scores with the probability edges it really has.
type bucket struct {
	lower, upper         float64
	positives, negatives float64
	sum                  float64 // of the scores, NaN if unknown
	meanPositive         float64 // mean score of the positives as far as the sums tell, else the middle
	meanNegative         float64
}

func (b bucket) n() float64      { return b.positives + b.negatives }
func (b bucket) middle() float64 { return (b.lower + b.upper) / 2 }

// spread is the variance of scores in the bucket with the given mean: that of even spread when the mean is the
// middle, falling to none as it nears an edge.
func (b bucket) spread(mean float64) float64 { return (mean - b.lower) * (b.upper - mean) / 3 }

// scores is a histogram of probabilities that was found usable.
type scores struct {
	buckets              []bucket
	positives, negatives float64
	positiveSum          float64 // NaN if unknown
	negativeSum          float64
	squaredSum           float64
	logLossSum           float64
}

func (s scores) n() float64 { return s.positives + s.negatives }

// slack is how far a sum may leave the bounds that its counts give, relative to the count: sums and counts are read
// over windows whose ends need not agree to the last row.
const slack = 1e-6

// probabilities reads a histogram as one of probabilities: edges are cut to [0, 1], and rows in a bucket that lies
// outside are an error. Sums that the counts rule out become unknown.
func probabilities(b classify.Binned) (scores, error) {
	s := scores{buckets: make([]bucket, len(b.Positives))}
	var err error
	for i := range s.buckets {
		lower, upper := b.Edges[i], b.Edges[i+1]
		k := bucket{lower: clip(lower), upper: clip(upper), positives: b.Positives[i], negatives: b.Negatives[i], sum: math.NaN()}
		if (lower >= 1 || upper < 0) && k.n() > 0 && err == nil {
			err = fmt.Errorf("%v rows have a score in (%v, %v]: calibration needs probabilities between 0 and 1", k.n(), lower, upper)
		}
		s.buckets[i] = k
	}
	s.positives, s.negatives = b.Totals()
	positives := func(k bucket) float64 { return k.positives }
	negatives := func(k bucket) float64 { return k.negatives }
	identity := func(x float64) float64 { return x }
	square := func(x float64) float64 { return x * x }
	s.positiveSum = s.possible(b.PositiveSum, positives, identity)
	s.negativeSum = s.possible(b.NegativeSum, negatives, identity)
	s.squaredSum = s.possible(b.SquaredSum, bucket.n, square)
	s.logLossSum = b.LogLossSum
	if low, high := s.logLossBounds(); !(s.logLossSum >= low*(1-slack)) || s.logLossSum > high*(1+slack) {
		s.logLossSum = math.NaN()
	}
	s.takeBucketSums(b.BucketSums)
	s.place()
	return s, err
}

// possible is a known sum of f over the scores if the counts allow it, and else NaN.
func (s scores) possible(sum float64, count func(bucket) float64, f func(float64) float64) float64 {
	low, high, n := 0.0, 0.0, 0.0
	for _, k := range s.buckets {
		low += count(k) * f(k.lower)
		high += count(k) * f(k.upper)
		n += count(k)
	}
	if !(sum >= low-slack*n) || sum > high+slack*n {
		return math.NaN()
	}
	return math.Min(high, math.Max(low, sum))
}

func (s *scores) takeBucketSums(sums []float64) {
	if len(sums) != len(s.buckets) {
		return
	}
	for i, k := range s.buckets {
		if !(sums[i] >= k.n()*(k.lower-slack)) || sums[i] > k.n()*(k.upper+slack) {
			return
		}
	}
	for i := range s.buckets {
		k := &s.buckets[i]
		k.sum = math.Min(k.n()*k.upper, math.Max(k.n()*k.lower, sums[i]))
	}
	total := 0.0
	for _, k := range s.buckets {
		total += k.sum
	}
	// The sum of all scores and that of one class give the other's.
	if math.IsNaN(s.negativeSum) {
		s.negativeSum = total - s.positiveSum
	} else if math.IsNaN(s.positiveSum) {
		s.positiveSum = total - s.negativeSum
	}
}

// place says where in their buckets the scores of each class lie: at the bucket's mean or else in its middle, and
// from there the same part of the way to the edge in every bucket, so that the sum of the class comes out as known.
func (s *scores) place() {
	start := make([]float64, len(s.buckets))
	for i, k := range s.buckets {
		start[i] = k.middle()
		if k.sum > 0 {
			start[i] = k.sum / k.n()
		}
	}
	shift := func(sum float64, count func(bucket) float64) float64 {
		if math.IsNaN(sum) {
			return 0
		}
		missing, room := sum, 0.0
		for i, k := range s.buckets {
			missing -= count(k) * start[i]
		}
		for i, k := range s.buckets {
			if missing > 0 {
				room += count(k) * (k.upper - start[i])
			} else {
				room += count(k) * (start[i] - k.lower)
			}
		}
		if !(room > 0) {
			return 0
		}
		return math.Min(1, math.Max(-1, missing/room))
	}
	move := func(i int, part float64) float64 {
		if part > 0 {
			return start[i] + part*(s.buckets[i].upper-start[i])
		}
		return start[i] + part*(start[i]-s.buckets[i].lower)
	}
	p := shift(s.positiveSum, func(k bucket) float64 { return k.positives })
	n := shift(s.negativeSum, func(k bucket) float64 { return k.negatives })
	for i := range s.buckets {
		s.buckets[i].meanPositive, s.buckets[i].meanNegative = move(i, p), move(i, n)
	}
}

func clip(edge float64) float64 { return math.Min(1, math.Max(0, edge)) }
