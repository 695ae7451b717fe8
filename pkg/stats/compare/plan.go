package compare

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// mostRows is where the search for a number of rows gives up.
const mostRows = 1e15

// RateSize is the smallest number of rows whose Wilson interval reaches no further than halfWidth from its middle, for
// a rate of about the given size; ½ is the worst case. +Inf if no number does.
func RateSize(rate, halfWidth, level float64) (float64, error) {
	if !(rate >= 0 && rate <= 1) {
		return 0, fmt.Errorf("rate \"%g\" is not between 0 and 1", rate)
	}
	if err := wanted(halfWidth, level); err != nil {
		return 0, err
	}
	return smallest(func(n float64) bool {
		i := infer.Wilson(rate*n, n, level)
		return (i.Upper-i.Lower)/2 <= halfWidth
	}), nil
}

// MeanSize is the smallest number of rows whose t interval of the mean has the half-width, with the given standard
// deviation.
func MeanSize(standardDeviation, halfWidth, level float64) (float64, error) {
	if !(standardDeviation >= 0) || math.IsInf(standardDeviation, 1) {
		return 0, fmt.Errorf("standard deviation \"%g\" is not finite and positive", standardDeviation)
	}
	if err := wanted(halfWidth, level); err != nil {
		return 0, err
	}
	return math.Max(2, smallest(func(n float64) bool {
		if n < 2 {
			return false
		}
		t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.5 + level/2)
		return t*standardDeviation/math.Sqrt(n) <= halfWidth
	})), nil
}

// AUCSize is the smallest number of rows, of which the given share is positive, with which an AUC of about the given
// size has the half-width, by the variance of Hanley and McNeil (1982):
//
//	[A(1-A) + (P-1)(A/(2-A) - A²) + (N-1)(2A²/(1+A) - A²)]/(P·N)
func AUCSize(area, prevalence, halfWidth, level float64) (float64, error) {
	if !(area > 0 && area < 1) {
		return 0, fmt.Errorf("area \"%g\" is not between 0 and 1", area)
	}
	if !(prevalence > 0 && prevalence < 1) {
		return 0, fmt.Errorf("share of positives \"%g\" is not between 0 and 1", prevalence)
	}
	if err := wanted(halfWidth, level); err != nil {
		return 0, err
	}
	z := infer.Z(level)
	return smallest(func(n float64) bool {
		p, q := prevalence*n, (1-prevalence)*n
		return p >= 1 && q >= 1 && z*math.Sqrt(hanleyMcNeil(area, p, q)) <= halfWidth
	}), nil
}

func hanleyMcNeil(area, positives, negatives float64) float64 {
	square := area * area
	return (area*(1-area) + (positives-1)*(area/(2-area)-square) + (negatives-1)*(2*square/(1+area)-square)) / (positives * negatives)
}

// DifferenceSize is the smallest number of rows on each side with which the difference of two rates is found at the
// level, two-sided, with the given power:
//
//	(z_α·√(2p̄(1-p̄)) + z_β·√(p₁(1-p₁) + p₂(1-p₂)))²/(p₁ - p₂)²,   p̄ = (p₁ + p₂)/2
//
// (Fleiss, Levin and Paik 2003, section 4.2, without correction for continuity). +Inf for equal rates.
func DifferenceSize(first, second, power, level float64) (float64, error) {
	if !(first >= 0 && first <= 1 && second >= 0 && second <= 1) {
		return 0, fmt.Errorf("rates \"%g\" and \"%g\" are not both between 0 and 1", first, second)
	}
	if !(power > 0.5 && power < 1) {
		return 0, fmt.Errorf("power \"%g\" is not between 0.5 and 1: use 0.8", power)
	}
	if err := wanted(1, level); err != nil {
		return 0, err
	}
	if first == second {
		return math.Inf(1), nil
	}
	mean := (first + second) / 2
	root := infer.Z(level)*math.Sqrt(2*mean*(1-mean)) + infer.Z(2*power-1)*math.Sqrt(first*(1-first)+second*(1-second))
	return math.Ceil(root * root / ((first - second) * (first - second))), nil
}

// ScaledSize is the number of rows at which a metric with the given standard error at n rows has the half-width, as
// standard errors fall with the root of n: for any metric that has an estimate already.
func ScaledSize(standardError, n, halfWidth, level float64) (float64, error) {
	if !(standardError >= 0 && n > 0) || math.IsInf(standardError*n, 1) {
		return 0, fmt.Errorf("standard error \"%g\" of \"%g\" rows is not one to plan with", standardError, n)
	}
	if err := wanted(halfWidth, level); err != nil {
		return 0, err
	}
	factor := infer.Z(level) * standardError / halfWidth
	return math.Max(1, math.Ceil(n*factor*factor)), nil
}

// DriftSize is the smallest number of current rows at which noise alone stays within the tolerated effect, given the
// reference: what drift needs for a verdict. +Inf when the reference itself is too small.
func DriftSize(m drift.Method, reference histogram.Histogram, o drift.Options) (float64, error) {
	r, err := drift.Numeric(m, reference, reference, o)
	return math.Ceil(r.MinimumN), err
}

// DriftCategoriesSize is DriftSize for a categorical feature.
func DriftCategoriesSize(m drift.Method, reference []float64, o drift.Options) (float64, error) {
	r, err := drift.Categorical(m, reference, reference, o)
	return math.Ceil(r.MinimumN), err
}

// longest is the longest window that is worth naming; a time.Duration ends at 292 years.
const longest = 100 * 365 * 24 * time.Hour

// Window is the smallest time in which so many rows arrive, rounded up to the second. dispersion is by how much the
// counts vary more than independent rows would: it takes so many times as many rows. False where nothing arrives, or
// too little in a hundred years.
func Window(rows, rowsPerHour, dispersion float64) (time.Duration, bool) {
	if dispersion > 1 {
		rows *= dispersion
	}
	seconds := math.Ceil(rows / rowsPerHour * 3600)
	if !(seconds >= 0 && seconds <= longest.Seconds()) {
		return 0, false
	}
	return time.Duration(seconds) * time.Second, true
}

func wanted(halfWidth, level float64) error {
	if !(halfWidth > 0) || math.IsInf(halfWidth, 1) {
		return fmt.Errorf("half-width \"%g\" of the wanted interval is not a positive number: use for example 0.01", halfWidth)
	}
	if !(level > 0 && level < 1) {
		return fmt.Errorf("confidence level \"%g\" is not between 0 and 1: use 0.95", level)
	}
	return nil
}

// smallest finds the least whole number of rows that is enough, where more are always enough.
func smallest(enough func(n float64) bool) float64 {
	low, high := 0.0, 1.0
	for !enough(high) {
		if low, high = high, 2*high; high > mostRows {
			return math.Inf(1)
		}
	}
	for high-low > 1 {
		if middle := math.Floor((low + high) / 2); enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
