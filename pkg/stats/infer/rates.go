package infer

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a two-sided confidence interval.
type Interval struct{ Lower, Upper float64 }

// Contains says whether x lies in the interval, ends included.
func (i Interval) Contains(x float64) bool { return i.Lower <= x && x <= i.Upper }

// Z is the two-sided normal quantile of a level: 1.96 for 0.95.
func Z(level float64) float64 { return distuv.UnitNormal.Quantile(0.5 + level/2) }

// Wilson is the score interval of a rate of which k in n were seen:
//
//	(k + z²/2 ± z·√(k(n−k)/n + z²/4)) / (n + z²)
//
// It keeps its level well from small n on and stays inside [0, 1]. k and n need
// not be integers. n = 0 gives [0, 1], for nothing is known; arguments that make
// no sense (k outside [0, n], level outside (0, 1), NaN) give NaN.
//
// References: Wilson (1927), JASA 22; Brown, Cai and DasGupta (2001),
// Statistical Science 16.
func Wilson(k, n, level float64) Interval {
	if special, done := degenerateRate(k, n, level); done {
		return special
	}
	z := Z(level)
	center := (k + z*z/2) / (n + z*z)
	half := z * math.Sqrt(k*(n-k)/n+z*z/4) / (n + z*z)
	interval := Interval{math.Max(0, center-half), math.Min(1, center+half)}
	// The ends are exact at the borders; rounding must not move them inside.
	if k == 0 {
		interval.Lower = 0
	}
	if k == n {
		interval.Upper = 1
	}
	return interval
}

// ClopperPearson is the interval of a rate by inversion of the binomial test,
// as quantiles of Beta distributions:
//
//	[Beta(k, n−k+1)_{α/2}, Beta(k+1, n−k)_{1−α/2}]
//
// It never covers less than its level, at the price of being wide. Arguments as
// for Wilson.
//
// Reference: Clopper and Pearson (1934), Biometrika 26.
func ClopperPearson(k, n, level float64) Interval {
	if special, done := degenerateRate(k, n, level); done {
		return special
	}
	interval := Interval{0, 1}
	if k > 0 {
		interval.Lower = betaQuantile((1-level)/2, k, n-k+1)
	}
	if k < n {
		interval.Upper = betaQuantile((1+level)/2, k+1, n-k)
	}
	return interval
}

// Jeffreys is the equal-tailed posterior interval of a rate under Jeffreys'
// prior: quantiles of Beta(k+½, n−k+½), with the outer end at 0 or 1 when k is 0
// or n. Arguments as for Wilson.
//
// Reference: Brown, Cai and DasGupta (2001), Statistical Science 16.
func Jeffreys(k, n, level float64) Interval {
	if special, done := degenerateRate(k, n, level); done {
		return special
	}
	interval := Interval{0, 1}
	if k > 0 {
		interval.Lower = betaQuantile((1-level)/2, k+0.5, n-k+0.5)
	}
	if k < n {
		interval.Upper = betaQuantile((1+level)/2, k+0.5, n-k+0.5)
	}
	return interval
}

// AgrestiCoull is the simple normal interval around Wilson's centre, as if z²/2
// successes and as many failures had been added. Arguments as for Wilson.
//
// Reference: Agresti and Coull (1998), The American Statistician 52.
func AgrestiCoull(k, n, level float64) Interval {
	if special, done := degenerateRate(k, n, level); done {
		return special
	}
	z := Z(level)
	n2 := n + z*z
	p := (k + z*z/2) / n2
	half := z * math.Sqrt(p*(1-p)/n2)
	return Interval{math.Max(0, p-half), math.Min(1, p+half)}
}

// NewcombeDifference is the interval of the difference k1/n1 − k2/n2 of two
// independent rates, made of their two Wilson intervals. Without observations
// on a side it is as wide as that side's ignorance. Arguments as for Wilson.
//
// Reference: Newcombe (1998), Statistics in Medicine 17, method 10.
func NewcombeDifference(k1, n1, k2, n2, level float64) Interval {
	first, second := Wilson(k1, n1, level), Wilson(k2, n2, level)
	if n1 == 0 || n2 == 0 {
		return Interval{first.Lower - second.Upper, first.Upper - second.Lower}
	}
	p1, p2 := k1/n1, k2/n2
	return Interval{
		Lower: p1 - p2 - math.Hypot(p1-first.Lower, second.Upper-p2),
		Upper: p1 - p2 + math.Hypot(first.Upper-p1, p2-second.Lower),
	}
}

// TwoProportions is the pooled two-sample z-test of equal rates: z and its
// two-sided p-value. NaN when a side is empty or both rates are 0, or both 1.
func TwoProportions(k1, n1, k2, n2 float64) (z, p float64) {
	pooled := (k1 + k2) / (n1 + n2)
	z = (k1/n1 - k2/n2) / math.Sqrt(pooled*(1-pooled)*(1/n1+1/n2))
	return z, 2 * NormalSF(math.Abs(z))
}

// NormalSF is the upper tail of the standard normal distribution, accurate far
// out, where 1 − CDF is zero.
func NormalSF(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

func degenerateRate(k, n, level float64) (Interval, bool) {
	switch {
	case !(k >= 0 && k <= n) || math.IsInf(n, 0) || !(level > 0 && level < 1):
		return Interval{math.NaN(), math.NaN()}, true
	case n == 0:
		return Interval{0, 1}, true
	}
	return Interval{}, false
}

func betaQuantile(p, a, b float64) float64 {
	return distuv.Beta{Alpha: a, Beta: b}.Quantile(p)
}
