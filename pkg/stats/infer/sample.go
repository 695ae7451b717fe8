package infer

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Sample is what is known of a sample of numbers: its size, mean, variance and
// excess kurtosis. N may be smaller than the number of observations where these
// come in clusters.
type Sample struct{ N, Mean, Variance, Kurtosis float64 }

// MeanInterval is Student's interval of the mean. NaN with fewer than two
// observations or an unknown variance.
func (s Sample) MeanInterval(level float64) Interval {
	if !(s.N > 1) || !(level > 0 && level < 1) {
		return Interval{math.NaN(), math.NaN()}
	}
	// The variance given divides by n, the standard error's by n − 1.
	reach := studentZ(level, s.N-1) * math.Sqrt(s.Variance/(s.N-1))
	return Interval{s.Mean - reach, s.Mean + reach}
}

// studentZ is the two-sided quantile of Student's law. From 200 degrees of
// freedom on, Fisher's expansion in their inverse is exact to seven digits and
// hundreds of times faster.
//
// Reference: Abramowitz and Stegun (1972), 26.7.5.
func studentZ(level, df float64) float64 {
	if df < 200 {
		return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(0.5 + level/2)
	}
	z := Z(level)
	z3, z5, z7 := math.Pow(z, 3), math.Pow(z, 5), math.Pow(z, 7)
	return z + (z3+z)/(4*df) + (5*z5+16*z3+3*z)/(96*df*df) + (3*z7+19*z5+17*z3-15*z)/(384*df*df*df)
}

// StdInterval is the interval of the standard deviation, normal on the logarithm,
// whose variance is (κ + 2)/(4n) to first order with the excess kurtosis κ: no
// normal distribution is assumed. NaN as for MeanInterval.
//
// Reference: Bonett (2006), Computational Statistics & Data Analysis 50, whose
// interval this is for large n.
func (s Sample) StdInterval(level float64) Interval {
	std, reach := math.Sqrt(s.Variance), Z(level)*s.logStdError()
	return Interval{std * math.Exp(-reach), std * math.Exp(reach)}
}

// logStdError is the standard error of the logarithm of the standard deviation.
func (s Sample) logStdError() float64 {
	if !(s.N > 1) || !(s.Variance > 0) {
		return math.NaN()
	}
	return math.Sqrt(math.Max(0, s.Kurtosis+2) / (4 * s.N))
}

// Difference is an effect with its standard error and interval.
type Difference struct{ Value, Error, Lower, Upper float64 }

func difference(value, standardError, level float64) Difference {
	reach := Z(level) * standardError
	return Difference{value, standardError, value - reach, value + reach}
}

// StandardizedDifference is Glass's Δ, the difference of the means in standard
// deviations of the baseline:
//
//	Δ = (mean − mean_b)/σ_b
//	Var Δ = (σ²/n + σ_b²/n_b)/σ_b² + Δ²·(κ_b + 2)/(4·n_b)
//
// The second term is the baseline's own standard deviation being estimated. NaN
// where a side has fewer than two observations or the baseline does not vary.
//
// References: Glass (1976), Educational Researcher 5; Hedges and Olkin (1985),
// Statistical Methods for Meta-Analysis, chapter 5.
func StandardizedDifference(s, baseline Sample, level float64) Difference {
	if !(s.N > 1) || !(baseline.N > 1) || !(baseline.Variance > 0) {
		nan := math.NaN()
		return Difference{nan, nan, nan, nan}
	}
	delta := (s.Mean - baseline.Mean) / math.Sqrt(baseline.Variance)
	variance := s.Variance/(baseline.Variance*s.N) + 1/baseline.N
	own := delta * baseline.logStdError()
	return difference(delta, math.Sqrt(variance+own*own), level)
}

// StdRatio is the ratio of the standard deviations with its interval, normal on
// the logarithm; Error is that of the logarithm. NaN as StandardizedDifference,
// and where the sample does not vary.
func StdRatio(s, baseline Sample, level float64) Difference {
	one, other := s.logStdError(), baseline.logStdError()
	d := difference(0.5*math.Log(s.Variance/baseline.Variance), math.Hypot(one, other), level)
	if math.IsNaN(d.Error) {
		d.Value = math.NaN()
	}
	return Difference{math.Exp(d.Value), d.Error, math.Exp(d.Lower), math.Exp(d.Upper)}
}

// MinimumEffectP is the one-sided p-value of "the effect is at most the tolerated
// one in size": P(Z > (|value| − tolerated)/error). NaN without an error.
func (d Difference) MinimumEffectP(tolerated float64) float64 {
	if !(d.Error > 0) {
		return math.NaN()
	}
	return NormalSF((math.Abs(d.Value) - tolerated) / d.Error)
}

// SkewnessInterval and KurtosisInterval are normal intervals by the influence
// function, from the standardised values z and their shares; skewness and excess
// kurtosis are those of these values.
//
//	skewness: z³ − γ − 3z − 3γ(z² − 1)/2
//	kurtosis: z⁴ − β − 4γz − 2β(z² − 1),  β = excess kurtosis + 3
//
// Reference: Hampel and others (1986), Robust Statistics, section 2.1.
func SkewnessInterval(z, shares []float64, n, level float64) Difference {
	gamma, _ := shape(z, shares)
	influence := make([]float64, len(z))
	for i, x := range z {
		influence[i] = x*x*x - gamma - 3*x - 1.5*gamma*(x*x-1)
	}
	return difference(gamma, math.Sqrt(DeltaVariance(shares, influence, n)), level)
}

// KurtosisInterval is described with SkewnessInterval.
func KurtosisInterval(z, shares []float64, n, level float64) Difference {
	gamma, beta := shape(z, shares)
	influence := make([]float64, len(z))
	for i, x := range z {
		influence[i] = x*x*x*x - beta - 4*gamma*x - 2*beta*(x*x-1)
	}
	return difference(beta-3, math.Sqrt(DeltaVariance(shares, influence, n)), level)
}

// shape is the third and the fourth moment of standardised values.
func shape(z, shares []float64) (gamma, beta float64) {
	for i, x := range z {
		gamma += shares[i] * x * x * x
		beta += shares[i] * x * x * x * x
	}
	return gamma, beta
}
