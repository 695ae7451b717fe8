package calibrate

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Estimate is a statistic with its interval and its hard bounds.
type Estimate = classify.RankEstimate

// Expected is an expected calibration error with what chance alone would make it.
type Expected struct {
	Estimate
	Floor      float64 // mean of the error if the scores were right: nothing below it says anything
	FloorUpper float64 // what the error would then exceed with a probability of about (1-level)/2
	Bins       int     // bins that hold rows
}

// ECE is the expected calibration error Σ (n_k/n)·|observed_k - mean score_k| over bins of equal width (Naeini,
// Cooper and Hauskrecht 2015); bins as in Reliability.
//
// Bounds: the mean scores lie wherever the buckets and the known sums let them. Finer bins can only find more error:
// the value is a lower bound of the calibration error of the score itself (Kumar, Liang and Ma 2019).
//
// Floor: with right scores the error is not 0 but about Σ (n_k/n)·√(2s̄_k(1-s̄_k)/(πn_k)). Noise lifts the value of
// wrong scores too, the less the larger the true gap of a bin is, so the interval reaches down by the lift that gaps
// a standard error smaller than those seen would have. It covers at least at its level.
func ECE(b classify.Binned, bins int, level float64) (Expected, error) {
	s, err := probabilities(b)
	if err != nil {
		return Expected{}, err
	}
	return expected(s, s.equalWidth(bins), level), nil
}

// ACE is the adaptive calibration error: as ECE, in at most the given number of bins that hold about as many rows
// each (Nixon et al. 2019), so that the many rows with small scores do not share one bin. Fewer than 1 means 10.
func ACE(b classify.Binned, bins int, level float64) (Expected, error) {
	s, err := probabilities(b)
	if err != nil {
		return Expected{}, err
	}
	return expected(s, s.equalMass(bins), level), nil
}

func expected(s scores, bins []bin, level float64) Expected {
	e := Expected{Estimate: s.none(), Floor: math.NaN(), FloorUpper: math.NaN()}
	n := s.n()
	if n <= 0 {
		return e
	}
	z := infer.Z(level)
	var floor, floorVariance, lift, variance, squares float64
	e.Reason, e.Value, e.BoundLower, e.BoundUpper = "", 0, 0, 0
	for _, k := range bins {
		if k.n <= 0 {
			continue
		}
		e.Bins++
		share := k.n / n
		gap, least, most := k.gap()
		e.Value += share * gap
		e.BoundLower += share * least
		e.BoundUpper += share * most
		squares += share * gap * gap

		right := k.mean() * (1 - k.mean()) / k.n
		floor += share * math.Sqrt(2*right/math.Pi)
		floorVariance += share * share * right * (1 - 2/math.Pi)
		noise := k.noise()
		lift += share * noiseLift(math.Max(0, gap-math.Sqrt(noise)), noise)
		variance += share * share * noise
	}
	// The gaps' signed sum is the difference of the overall means, so it bounds their absolute sum from below.
	if total := s.positiveSum + s.negativeSum; !math.IsNaN(total) {
		e.BoundLower = math.Max(e.BoundLower, math.Abs(s.positives-total)/n)
		e.Value = math.Max(e.Value, e.BoundLower)
	}
	variance += math.Max(0, squares-e.Value*e.Value) / n
	e.StandardError = math.Sqrt(variance)
	e.Floor, e.FloorUpper = floor, floor+z*math.Sqrt(floorVariance)
	e.Lower = math.Max(0, e.BoundLower-lift-z*e.StandardError)
	e.Upper = math.Min(1, e.BoundUpper+z*e.StandardError)
	return e
}

// noiseLift is by how much normal noise lifts the mean size of a gap: the mean of |N(gap, variance)| less the gap.
func noiseLift(gap, variance float64) float64 {
	deviation := math.Sqrt(variance)
	return math.Sqrt(2*variance/math.Pi)*math.Exp(-gap*gap/(2*variance)) - 2*gap*infer.NormalSF(gap/deviation)
}

// noise is the variance of the observed share, with half a row added on each side lest a bin without positives had
// none.
func (b bin) noise() float64 {
	o := (b.positives + 0.5) / (b.n + 1)
	return o * (1 - o) / b.n
}

// none is the answer without rows.
func (s scores) none() Estimate {
	nan := math.NaN()
	return Estimate{Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan, StandardError: nan,
		N: s.n(), Positives: s.positives, Reason: "there are no scored outcomes"}
}

// Worst is the largest calibration error of a bin, and the bin.
type Worst struct {
	Estimate
	Bin Bin
}

// MCE is the maximum calibration error, the largest |observed - mean score| over the bins that hold rows; bins as in
// Reliability. A bin of few rows easily is the worst, so the interval is made of Wilson intervals of all bins at once
// (Bonferroni).
func MCE(b classify.Binned, bins int, level float64) (Worst, error) {
	s, err := probabilities(b)
	if err != nil {
		return Worst{}, err
	}
	all := s.equalWidth(bins)
	w := Worst{Estimate: s.none()}
	if s.n() <= 0 {
		return w, nil
	}
	w.Reason, w.Value, w.Lower, w.Upper, w.BoundLower, w.BoundUpper = "", -1, 0, 0, 0, 0
	joint := 1 - (1-level)/float64(filled(all))
	for _, k := range all {
		if k.n <= 0 {
			continue
		}
		gap, least, most := k.gap()
		if gap > w.Value {
			w.Value, w.Bin = gap, k.point(level)
		}
		w.BoundLower = math.Max(w.BoundLower, least)
		w.BoundUpper = math.Max(w.BoundUpper, most)
		limits := infer.Wilson(k.positives, k.n, joint)
		low, high := k.sumLeast/k.n, k.sumMax/k.n
		w.Lower = math.Max(w.Lower, math.Max(limits.Lower-high, low-limits.Upper))
		w.Upper = math.Max(w.Upper, math.Max(limits.Upper-low, high-limits.Lower))
	}
	return w, nil
}

// SquaredError is the squared calibration error Σ (n_k/n)·(observed_k - mean score_k)² less what sampling noise adds
// to it, Σ (n_k/n)·o_k(1-o_k)/(n_k-1) (Bröcker 2012; Kumar, Liang and Ma 2019); bins as in Reliability. It is 0 on
// average if the scores are right, so it may be negative. Its root, where positive, is the root mean squared
// calibration error. Bins of one row or less say nothing about their noise and are left out.
func SquaredError(b classify.Binned, bins int, level float64) (Estimate, error) {
	s, err := probabilities(b)
	if err != nil {
		return Estimate{}, err
	}
	e := s.none()
	used := 0.0
	all := s.equalWidth(bins)
	for _, k := range all {
		if k.n > 1 {
			used += k.n
		}
	}
	if used <= 0 {
		if s.n() > 0 {
			e.Reason = "no bin holds more than one row"
		}
		return e, nil
	}
	e.Reason, e.Value, e.BoundLower, e.BoundUpper = "", 0, 0, 0
	variance, squares := 0.0, 0.0
	for _, k := range all {
		if k.n <= 1 {
			continue
		}
		share, o := k.n/used, k.observed()
		correction := o * (1 - o) / (k.n - 1)
		gap, least, most := k.gap()
		debiased := gap*gap - correction
		e.Value += share * debiased
		e.BoundLower += share * (least*least - correction)
		e.BoundUpper += share * (most*most - correction)
		noise := k.noise()
		variance += share * share * (4*math.Max(0, debiased)*noise + 2*noise*noise)
		squares += share * debiased * debiased
	}
	variance += math.Max(0, squares-e.Value*e.Value) / used
	e.StandardError = math.Sqrt(variance)
	half := infer.Z(level) * e.StandardError
	e.Lower, e.Upper = e.BoundLower-half, e.BoundUpper+half
	return e, nil
}
