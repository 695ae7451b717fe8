package infer

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// NoncentralChiSquareCDF is the lower tail P(X ≤ x) of the noncentral
// chi-square distribution with df degrees of freedom and noncentrality lambda:
// the Poisson(λ/2) mixture of central ones with df + 2j degrees of freedom. It is
// accurate (relatively) in both tails, up to a noncentrality of 10⁷ and more.
// NaN for NaN, df ≤ 0 or lambda < 0.
//
// References: Johnson, Kotz and Balakrishnan, Continuous Univariate
// Distributions, vol. 2, chapter 29; Benton and Krishnamoorthy (2003),
// Computational Statistics & Data Analysis 43.
func NoncentralChiSquareCDF(x, df, lambda float64) float64 {
	switch {
	case invalidNoncentral(x, df, lambda):
		return math.NaN()
	case x <= 0:
		return 0
	case math.IsInf(x, 1):
		return 1
	case lambda == 0:
		return ChiSquareCDF(x, df)
	case x > df+lambda:
		upper, _ := upperMixture(x, df, lambda)
		return 1 - upper
	}
	lower, _ := lowerMixture(x, df, lambda)
	return lower
}

// NoncentralChiSquareSF is the upper tail P(X > x); see NoncentralChiSquareCDF.
func NoncentralChiSquareSF(x, df, lambda float64) float64 {
	switch {
	case invalidNoncentral(x, df, lambda):
		return math.NaN()
	case x <= 0:
		return 1
	case math.IsInf(x, 1):
		return 0
	case lambda == 0:
		return ChiSquareSF(x, df)
	case x > df+lambda:
		upper, _ := upperMixture(x, df, lambda)
		return upper
	}
	lower, _ := lowerMixture(x, df, lambda)
	return 1 - lower
}

// NoncentralityInterval is the confidence interval of the noncentrality of
// which x is one observation: lower with P(X ≥ x; lower) = (1−level)/2, upper
// with P(X ≤ x; upper) = (1−level)/2, each 0 where even no noncentrality makes x
// that unlikely. NaN for invalid arguments.
//
// Reference: Smithson (2003), Confidence Intervals, chapter 4.
func NoncentralityInterval(x, df, level float64) (lower, upper float64) {
	if invalidNoncentral(x, df, 0) || math.IsInf(x, 0) || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	tail := (1 - level) / 2
	if ChiSquareSF(x, df) < tail {
		lower = noncentralityAt(x, df, tail, true)
	}
	if ChiSquareCDF(x, df) > tail {
		upper = noncentralityAt(x, df, tail, false)
	}
	return lower, upper
}

// NoncentralChiSquareQuantile is the p-quantile, found by bisection. NaN for
// invalid arguments.
func NoncentralChiSquareQuantile(p, df, lambda float64) float64 {
	switch {
	case invalidNoncentral(0, df, lambda) || !(p >= 0 && p <= 1):
		return math.NaN()
	case p == 0:
		return 0
	case p == 1:
		return math.Inf(1)
	}
	above := func(x float64) bool {
		if p < 0.5 {
			return NoncentralChiSquareCDF(x, df, lambda) >= p
		}
		return NoncentralChiSquareSF(x, df, lambda) <= 1-p
	}
	low, high := 0.0, df+lambda
	for !above(high) {
		low, high = high, high*2
	}
	for range 200 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if above(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

func invalidNoncentral(x, df, lambda float64) bool {
	return math.IsNaN(x) || !(df > 0) || math.IsInf(df, 0) || !(lambda >= 0) || math.IsInf(lambda, 0)
}

// noncentralityAt solves for the noncentrality at which the upper (or lower)
// tail at x has the given probability: Newton's method on the logarithm of the
// tail, which is close to a parabola, within a bracket.
func noncentralityAt(x, df, tail float64, upper bool) float64 {
	// X is near the mean df + λ with variance 2(df + 2λ).
	z := math.Sqrt2 * math.Erfcinv(2*tail)
	if upper {
		z = -z
	}
	excess := x - df
	spread := math.Sqrt(2 * math.Max(df+2*excess, df/2+1))
	lambda := excess + z*spread + z*z
	if !(lambda > 0) {
		lambda = 0.1 * spread
	}
	low, high := 0.0, math.Inf(1)
	// A step of this relative size is followed by one of about its square.
	const steps, precision = 100, 1e-7
	for range steps {
		var value, slope float64
		if upper {
			value, slope = upperMixture(x, df, lambda)
		} else {
			value, slope = lowerMixture(x, df, lambda)
		}
		// The upper tail grows with λ, the lower one falls.
		if (value < tail) == upper {
			low = lambda
		} else {
			high = lambda
		}
		next := lambda + math.Log(tail/value)*value/slope
		if math.Abs(next-lambda) <= precision*next {
			return next
		}
		if !(next > low && next < high) {
			next = (low + high) / 2
			if math.IsInf(high, 1) {
				next = 2*lambda + 1
			}
		}
		if next == lambda {
			return next
		}
		lambda = next
	}
	return lambda
}

// lowerMixture is P(X ≤ x) = Σ_j w_j·P(a_j, y), with w_j = Poisson(j; λ/2),
// a_j = df/2 + j, y = x/2 and P the regularised incomplete gamma function, and
// its derivative by λ. The sum runs downward, for P(a, y) = P(a+1, y) + yᵃe⁻ʸ/Γ(a+1)
// only adds, so that nothing cancels.
func lowerMixture(x, df, lambda float64) (value, slope float64) {
	if math.Sqrt(df+lambda)-math.Sqrt(x) > unreachable {
		return 0, 0
	}
	if lambda > largeNoncentrality {
		z, slope := sankaran(x, df, lambda)
		return NormalSF(-z), -slope
	}
	y, half := x/2, lambda/2
	peak, reach := mixturePeak(y, df, half)
	j := peak + reach
	a := df/2 + j
	weight := poissonDensity(j, half)
	step := poissonDensity(a, y) // yᵃe⁻ʸ/Γ(a+1)
	p := mathext.GammaIncReg(a, y)
	for {
		term := weight * p
		value += term
		slope -= weight * step
		if j < 1 || (j < peak && term < 1e-17*value) {
			break
		}
		// From a to a−1.
		step *= a / y
		p += step
		weight *= j / half
		a--
		j--
	}
	return value, slope / 2
}

// upperMixture is P(X > x), in the same way but upward, for Q(a+1, y) = Q(a, y) +
// yᵃe⁻ʸ/Γ(a+1) only adds.
func upperMixture(x, df, lambda float64) (value, slope float64) {
	if math.Sqrt(x)-math.Sqrt(df+lambda) > unreachable {
		return 0, 0
	}
	if lambda > largeNoncentrality {
		z, slope := sankaran(x, df, lambda)
		return NormalSF(z), slope
	}
	y, half := x/2, lambda/2
	peak, reach := mixturePeak(y, df, half)
	j := math.Max(0, peak-reach)
	a := df/2 + j
	weight := poissonDensity(j, half)
	step := poissonDensity(a, y)
	q := mathext.GammaIncRegComp(a, y)
	for {
		term := weight * q
		value += term
		slope += weight * step
		if j > peak && term <= 1e-17*value {
			break
		}
		q += step
		a++
		step *= y / a
		j++
		weight *= half / j
	}
	return value, slope / 2
}

const (
	// unreachable is how far √x may lie from √(df+λ), whose standard deviation is at
	// most about 1, before a tail is smaller than any number.
	unreachable = 40
	// largeNoncentrality is where Sankaran's approximation takes over, for the
	// mixture's number of terms goes with √λ; its error is far below 1e-8 there.
	largeNoncentrality = 2e7
)

// sankaran is the normal score of x by Sankaran's power transformation, and the
// size of the tails' derivative by λ.
//
// Reference: Sankaran (1963), Biometrika 50.
func sankaran(x, df, lambda float64) (z, slope float64) {
	r1, r2, r3 := df+lambda, df+2*lambda, df+3*lambda
	h := 1 - 2*r1*r3/(3*r2*r2)
	p := r2 / (r1 * r1)
	m := (h - 1) * (1 - 3*h)
	mean := h * p * (h - 1 - (2-h)*m*p/2) // less 1, which cancels
	deviation := h * math.Sqrt(2*p) * (1 + m*p/2)
	z = (math.Expm1(h*math.Log(x/r1)) - mean) / deviation
	return z, math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) / math.Sqrt(2*r2)
}

// mixturePeak is the index at which the terms of either mixture peak in the
// tail, the root of j(j + df/2) = λx/4, and how far from it they matter: the
// terms fall at least as fast as those of a Poisson distribution.
func mixturePeak(y, df, half float64) (peak, reach float64) {
	b := df / 4
	product := half * y
	peak = math.Floor(product / (b + math.Sqrt(b*b+product)))
	return peak, math.Ceil(9*math.Sqrt(peak+1)) + 20
}

// poissonDensity is e⁻ᵐ·mᵏ/Γ(k+1) for any real k ≥ 0, by Loader's saddle-point
// form, which keeps its relative precision for large arguments, where the
// difference of logarithms of gamma functions does not.
//
// Reference: Loader (2000), Fast and Accurate Computation of Binomial
// Probabilities.
func poissonDensity(k, mean float64) float64 {
	if k == 0 {
		return math.Exp(-mean)
	}
	return math.Exp(-stirlingError(k)-deviance(k, mean)) / math.Sqrt(2*math.Pi*k)
}

// stirlingError is ln Γ(k+1) − (k + ½)·ln k + k − ½·ln 2π.
func stirlingError(k float64) float64 {
	if k < 16 {
		logGamma, _ := math.Lgamma(k + 1)
		return logGamma - (k+0.5)*math.Log(k) + k - 0.5*math.Log(2*math.Pi)
	}
	k2 := k * k
	return (1.0/12 - (1.0/360-(1.0/1260-(1.0/1680-(1.0/1188)/k2)/k2)/k2)/k2) / k
}

// deviance is k·ln(k/mean) + mean − k, without cancellation near k = mean.
func deviance(k, mean float64) float64 {
	difference := k - mean
	if math.Abs(difference) < 0.1*(k+mean) {
		v := difference / (k + mean)
		sum := difference * v
		odd := 2 * k * v
		for j := 3.0; ; j += 2 {
			odd *= v * v
			next := sum + odd/j
			if next == sum {
				return sum
			}
			sum = next
		}
	}
	return k*math.Log(k/mean) + mean - k
}
