package quality

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

// Window is a count over an exposure: its length, or the part of it that was
// observed, in any unit that all windows share.
type Window struct{ Count, Exposure float64 }

// Volume is a window's count against what comparable windows had.
type Volume struct {
	Count, Expected float64
	// Lower and Upper are the prediction interval: where the count lies if nothing
	// has changed.
	Lower, Upper float64
	// Ratio is the count over the expected one; the interval holds the changes of
	// volume with which the count agrees. RatioUpper is +Inf if a count of 0 was to
	// be reckoned with.
	Ratio, RatioLower, RatioUpper float64
	// Dispersion is the variance over the mean among the comparable windows, at
	// least 1 (Poisson).
	Dispersion float64
	// Windows is how many there were.
	Windows   int
	Tolerated float64
	// MinimumExpected is the expected count at which noise would stay within the
	// tolerated change, with this dispersion; NaN if unknown.
	MinimumExpected float64
	Verdict         drift.Verdict
	Reason          string
}

// fewestWindows is the least from which a dispersion makes sense.
const fewestWindows = 3

// CompareVolume predicts a window's count from comparable ones, say the same hour
// of the week in the weeks before. They give the mean and, by Pearson's
// statistic, the dispersion; the prediction is the negative binomial
// distribution with that mean and a variance of
//
//	φ·μ·(1 + exposure/Σ exposure)
//
// for the mean is estimated too, with tails widened as Student's law with W−1
// degrees of freedom is wider than the normal one: few windows give a wide
// interval, not a false one.
//
// References: McCullagh and Nelder (1989), Generalized Linear Models, section
// 6.2; Hahn and Meeker (1991), Statistical Intervals, chapter 4.
func CompareVolume(now Window, comparable []Window, o Options) (Volume, error) {
	o, err := o.complete(defaultToleratedVolume)
	if err != nil {
		return Volume{}, err
	}
	if err := validCounts(now.Count, now.Exposure); err != nil {
		return Volume{}, err
	}
	if now.Exposure == 0 {
		return Volume{}, fmt.Errorf("the window's exposure is 0: it must be positive, such as its length")
	}
	nan := math.NaN()
	v := Volume{
		Count: now.Count, Expected: nan, Lower: nan, Upper: nan, Ratio: nan, RatioLower: nan, RatioUpper: nan,
		Dispersion: nan, MinimumExpected: nan, Tolerated: o.Tolerated, Verdict: drift.Insufficient,
	}
	var count, exposure float64
	for _, w := range comparable {
		if err := validCounts(w.Count, w.Exposure); err != nil {
			return Volume{}, err
		}
		if w.Exposure > 0 {
			count += w.Count
			exposure += w.Exposure
			v.Windows++
		}
	}
	if v.Windows < fewestWindows {
		v.Reason = fmt.Sprintf("There are %d comparable windows; at least %d are needed to know how much volume varies.", v.Windows, fewestWindows)
		return v, nil
	}
	if count == 0 {
		v.Expected = 0
		v.Reason = "The comparable windows are empty, so no volume is too low or too high."
		return v, nil
	}
	rate, df := count/exposure, float64(v.Windows-1)
	var pearson float64
	for _, w := range comparable {
		if w.Exposure > 0 {
			expected := rate * w.Exposure
			pearson += (w.Count - expected) * (w.Count - expected) / expected
		}
	}
	v.Dispersion = math.Max(1, pearson/df)
	v.Expected = rate * now.Exposure
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(0.5 + o.Level/2)
	v.predict(student, v.Dispersion*(1+now.Exposure/exposure))
	v.judge(student)
	return v, nil
}

func (v *Volume) predict(z, dispersion float64) {
	v.Lower = countQuantile(v.Expected, dispersion, -z)
	v.Upper = countQuantile(v.Expected, dispersion, z)
	v.Ratio = v.Count / v.Expected
	v.RatioLower = v.Count / v.Upper
	v.RatioUpper = v.Count / v.Lower
	if v.Lower == 0 {
		v.RatioUpper = math.Inf(1)
	}
	v.MinimumExpected = math.Ceil(dispersion * z * z / (v.Tolerated * v.Tolerated))
}

func (v *Volume) judge(z float64) {
	least, most := math.Max(0, 1-v.Tolerated), 1+v.Tolerated
	switch {
	case v.RatioLower > most, v.RatioUpper < least:
		v.Verdict = drift.Drift
	case v.Lower < least*v.Expected && v.Upper > most*v.Expected && v.Expected < v.MinimumExpected:
		v.Verdict = drift.Insufficient
		v.Reason = fmt.Sprintf("Where %.3g are expected, %.3g to %.3g are normal: noise exceeds the tolerated change of %.0f %%; about %.0f expected would suffice.",
			v.Expected, v.Lower, v.Upper, 100*v.Tolerated, v.MinimumExpected)
	case v.RatioLower >= least && v.RatioUpper <= most:
		v.Verdict = drift.OK
	default:
		v.Verdict = drift.Uncertain
	}
}

// countQuantile is the quantile of a count with the given mean and variance over
// mean, at the normal distribution's probability of z: of the negative binomial
// distribution, or of Poisson's at a dispersion of 1. Where the gamma-like shape
// no longer matters, Cornish and Fisher's expansion to the skewness replaces it.
func countQuantile(mean, dispersion, z float64) float64 {
	if mean/dispersion > 500 {
		deviation := math.Sqrt(mean * dispersion)
		skewness := (2*dispersion - 1) / deviation
		return math.Max(0, math.Round(mean+deviation*(z+skewness*(z*z-1)/6)))
	}
	p := distuv.UnitNormal.CDF(-math.Abs(z))
	enough := func(count float64) bool { return countCDF(count, mean, dispersion) >= p }
	if z > 0 {
		enough = func(count float64) bool { return countSF(count, mean, dispersion) <= p }
	}
	low, high := -1.0, math.Ceil(mean+1)
	for !enough(high) {
		low, high = high, 2*high
	}
	for high-low > 1 {
		middle := math.Floor((low + high) / 2)
		if enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// countCDF is P(X ≤ count), countSF is P(X > count).
func countCDF(count, mean, dispersion float64) float64 {
	if dispersion-1 < 1e-9 {
		return mathext.GammaIncRegComp(count+1, mean)
	}
	return mathext.RegIncBeta(mean/(dispersion-1), count+1, 1/dispersion)
}

func countSF(count, mean, dispersion float64) float64 {
	if dispersion-1 < 1e-9 {
		return mathext.GammaIncReg(count+1, mean)
	}
	return mathext.RegIncBeta(count+1, mean/(dispersion-1), 1-1/dispersion)
}
