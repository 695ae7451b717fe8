package calibrate

import (
	"cmp"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Brier is the mean squared error of the scores, Σ(s - y)²/n = (P - 2S₁ + Σs²)/n with S₁ the sum of the scores of the
// P positives (Brier 1950).
//
// It is exact when S₁ and the sum of the squared scores are known. Else the scores are taken to spread evenly around
// where the known sums put them, and the bounds hold for every way that rows can lie in their buckets with these
// sums. The interval is Wilson's with the n that gives a share the variance of the mean loss, widened by the bounds'
// distance.
func Brier(b classify.Binned, level float64) (Estimate, error) {
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
	low, high := s.squaredLossBounds()
	e.BoundLower, e.BoundUpper = low/n, high/n
	e.Value = s.brier()
	variance := s.varianceOf(func(loss, _ float64) float64 { return loss }) / n
	e.StandardError = math.Sqrt(variance)
	effective := n
	if variance > 0 && e.Value > 0 && e.Value < 1 {
		effective = e.Value * (1 - e.Value) / variance
	}
	limits := infer.Wilson(e.Value*effective, effective, level)
	e.Lower = math.Max(0, limits.Lower-(e.Value-e.BoundLower))
	e.Upper = math.Min(1, limits.Upper+(e.BoundUpper-e.Value))
	return e, nil
}

// brier is the point value, within its bounds.
func (s scores) brier() float64 {
	low, high := s.squaredLossBounds()
	loss := s.positives - 2*s.sumOfPositives() + s.sumOfSquares()
	return math.Min(high, math.Max(low, loss)) / s.n()
}

// sumOfPositives is the sum of the positives' scores, known or estimated.
func (s scores) sumOfPositives() float64 {
	if !math.IsNaN(s.positiveSum) {
		return s.positiveSum
	}
	total := 0.0
	for _, k := range s.buckets {
		total += k.positives * k.meanPositive
	}
	return total
}

// sumOfSquares is the sum of the squared scores, known or estimated.
func (s scores) sumOfSquares() float64 {
	if !math.IsNaN(s.squaredSum) {
		return s.squaredSum
	}
	total := 0.0
	for _, k := range s.buckets {
		total += k.positives*(k.meanPositive*k.meanPositive+k.spread(k.meanPositive)) +
			k.negatives*(k.meanNegative*k.meanNegative+k.spread(k.meanNegative))
	}
	return total
}

// varianceOf is the variance over the rows of f(squared loss, outcome), with half of each class in a bucket a
// standard deviation above its mean and half below.
func (s scores) varianceOf(f func(loss, outcome float64) float64) float64 {
	n, mean, square := s.n(), 0.0, 0.0
	add := func(count, outcome, centre, spread float64) {
		half := math.Sqrt(spread)
		for _, score := range [2]float64{centre - half, centre + half} {
			v := f((score-outcome)*(score-outcome), outcome)
			mean += count / 2 * v
			square += count / 2 * v * v
		}
	}
	for _, k := range s.buckets {
		add(k.positives, 1, k.meanPositive, k.spread(k.meanPositive))
		add(k.negatives, 0, k.meanNegative, k.spread(k.meanNegative))
	}
	mean /= n
	return math.Max(0, square/n-mean*mean)
}

// squaredLossBounds are the least and the greatest sum of squared losses that the counts and the known sums allow.
func (s scores) squaredLossBounds() (low, high float64) {
	// Each class by itself: the loss of a positive is the square of its distance from 1.
	ofPositives, ofNegatives := make([]run, len(s.buckets)), make([]run, len(s.buckets))
	for i, k := range s.buckets {
		ofPositives[len(s.buckets)-1-i] = run{1 - k.upper, 1 - k.lower, k.positives}
		ofNegatives[i] = run{k.lower, k.upper, k.negatives}
	}
	lowPositive, highPositive := squareBounds(ofPositives, s.positives-s.positiveSum)
	lowNegative, highNegative := squareBounds(ofNegatives, s.negativeSum)
	low, high = lowPositive+lowNegative, highPositive+highNegative
	narrow := func(l, h float64) {
		l, h = math.Max(low, l), math.Min(high, h)
		if l <= h { // sums read over windows that differ by a row can disagree
			low, high = l, h
		}
	}
	// All scores together: P - 2S₁ + Σs².
	leastSum, mostSum := s.positiveSum, s.positiveSum
	leastSquare, mostSquare := s.squaredSum, s.squaredSum
	if math.IsNaN(s.positiveSum) {
		leastSum, mostSum = 0, 0
		for _, k := range s.buckets {
			leastSum += k.positives * k.lower
			mostSum += k.positives * k.upper
		}
	}
	if math.IsNaN(s.squaredSum) {
		leastSquare, mostSquare = 0, 0
		for _, k := range s.buckets {
			if k.n() == 0 {
				continue
			}
			if math.IsNaN(k.sum) {
				return low, high
			}
			mean := k.sum / k.n()
			leastSquare += k.n() * mean * mean
			mostSquare += k.n() * ((k.lower+k.upper)*mean - k.lower*k.upper)
		}
	}
	narrow(s.positives-2*mostSum+leastSquare, s.positives-2*leastSum+mostSquare)
	return low, high
}

// run is a number of values in [lower, upper], none below 0.
type run struct{ lower, upper, count float64 }

// squareBounds are the least and greatest sum of squares of values in ascending runs whose sum is known, or NaN for
// any sum. Squares sum to least when the values are as equal as their runs allow, and to most when they lie on the
// edges of their runs, the greatest runs at the upper edge first.
func squareBounds(runs []run, sum float64) (least, most float64) {
	if math.IsNaN(sum) {
		for _, r := range runs {
			least += r.count * r.lower * r.lower
			most += r.count * r.upper * r.upper
		}
		return least, most
	}
	// The most: every value at its lower edge, then raise runs from the greatest on.
	left := sum
	for _, r := range runs {
		left -= r.count * r.lower
		most += r.count * r.lower * r.lower
	}
	for _, r := range slices.Backward(runs) {
		rise := math.Min(math.Max(0, left), r.count*(r.upper-r.lower))
		most += rise * (r.upper + r.lower)
		left -= rise
	}
	// The least: values are cut to one common level, found among the edges where the slope changes.
	at := func(level float64) (total, squares float64) {
		for _, r := range runs {
			v := math.Min(r.upper, math.Max(r.lower, level))
			total += r.count * v
			squares += r.count * v * v
		}
		return total, squares
	}
	edges := make([]float64, 0, len(runs)+1)
	for _, r := range runs {
		edges = append(edges, r.lower)
	}
	edges = append(edges, runs[len(runs)-1].upper)
	place, _ := slices.BinarySearchFunc(edges, sum, func(edge, sum float64) int {
		total, _ := at(edge)
		return cmp.Compare(total, sum)
	})
	place = min(max(place, 1), len(edges)-1)
	low, high := edges[place-1], edges[place]
	below, _ := at(low)
	above, _ := at(high)
	level := low
	if above > below {
		level = low + (high-low)*math.Min(1, math.Max(0, (sum-below)/(above-below)))
	}
	_, least = at(level)
	return math.Min(least, most), most
}

// Parts is the decomposition of the Brier score by the bins of the reliability diagram:
//
//	Brier = Reliability - Resolution + Uncertainty + WithinVariance - WithinCovariance
//
// (Murphy 1973; the last two, what the bins hide, Stephenson, Coelho and Jolliffe 2008). The identity is exact; the
// last two parts are estimates where the sums of squares or of the positives are not known.
type Parts struct {
	Brier            float64
	Reliability      float64 // Σ (n_k/n)(mean score_k - observed_k)²: small is good
	Resolution       float64 // Σ (n_k/n)(observed_k - observed)²: large is good
	Uncertainty      float64 // observed·(1 - observed): of the outcomes, not of the model
	WithinVariance   float64 // of the scores in their bins
	WithinCovariance float64 // twice that of scores and outcomes in their bins
	N                float64
	Reason           string // why there are none
}

// Decompose splits the Brier score; bins as in Reliability.
func Decompose(b classify.Binned, bins int) (Parts, error) {
	s, err := probabilities(b)
	if err != nil {
		return Parts{}, err
	}
	n := s.n()
	if n <= 0 {
		nan := math.NaN()
		return Parts{nan, nan, nan, nan, nan, nan, 0, s.none().Reason}, nil
	}
	overall := s.positives / n
	p := Parts{Brier: s.brier(), Uncertainty: overall * (1 - overall), N: n}
	products := 0.0
	for _, k := range s.equalWidth(bins) {
		if k.n <= 0 {
			continue
		}
		gap, lift := k.mean()-k.observed(), k.observed()-overall
		p.Reliability += k.n / n * gap * gap
		p.Resolution += k.n / n * lift * lift
		products += k.positives * k.mean()
	}
	p.WithinCovariance = 2 * (s.sumOfPositives() - products) / n
	// The remainder, which is (Σs² - Σn_k·s̄_k²)/n, keeps the identity where the Brier score was cut to its bounds.
	p.WithinVariance = p.Brier - p.Reliability + p.Resolution - p.Uncertainty + p.WithinCovariance
	return p, nil
}

// Skill is the Brier skill score, 1 - Brier/(o(1-o)) with o the share of positives: 0 is no better than always saying
// o, 1 is perfect. Its interval is the delta method's over the rows. Undefined when all rows are of one class.
func Skill(b classify.Binned, level float64) (Estimate, error) {
	s, err := probabilities(b)
	if err != nil {
		return Estimate{}, err
	}
	e := s.none()
	n := s.n()
	if n <= 0 {
		return e, nil
	}
	if s.positives <= 0 || s.negatives <= 0 {
		e.Reason = "all rows are of one class, so always saying its share makes no error"
		return e, nil
	}
	e.Reason = ""
	overall := s.positives / n
	uncertainty := overall * (1 - overall)
	low, high := s.squaredLossBounds()
	ratio := s.brier() / uncertainty
	e.Value, e.BoundLower, e.BoundUpper = 1-ratio, 1-high/n/uncertainty, 1-low/n/uncertainty
	variance := s.varianceOf(func(loss, outcome float64) float64 {
		return (loss - ratio*(1-2*overall)*outcome) / uncertainty
	}) / n
	e.StandardError = math.Sqrt(variance)
	half := infer.Z(level) * e.StandardError
	e.Lower, e.Upper = e.BoundLower-half, math.Min(1, e.BoundUpper+half)
	return e, nil
}
