package regress

import "math"

// power is the mean of |e|^p, taken as uniform within each bucket, with the hard
// bounds that the buckets give. A residual in an open bucket counts as its finite
// end.
func power(cells []cell, p float64) (value, lower, upper float64) {
	for _, c := range cells {
		near, far := 0.0, math.Max(math.Abs(c.lower), math.Abs(c.upper))
		if c.lower > 0 || c.upper < 0 {
			near = math.Min(math.Abs(c.lower), math.Abs(c.upper))
		}
		lower += c.share * math.Pow(near, p)
		upper += c.share * math.Pow(far, p)
		value += c.share * c.meanPower(p)
	}
	return value, lower, upper
}

// meanPower is the mean of |x|^p for x uniform in the bucket.
func (c cell) meanPower(p float64) float64 {
	if c.open() {
		if math.IsInf(c.lower, 0) && math.IsInf(c.upper, 0) {
			return math.NaN()
		}
		return math.Pow(math.Min(math.Abs(c.lower), math.Abs(c.upper)), p)
	}
	integral := func(x float64) float64 { return math.Copysign(math.Pow(math.Abs(x), p+1)/(p+1), x) }
	return (integral(c.upper) - integral(c.lower)) / (c.upper - c.lower)
}

// absoluteBounds are hard bounds of the mean of |e|, sharpened by the exact mean
// where it is known: with positive residuals adding up to P and negative ones to
// −Q, P − Q is known and P + Q is wanted.
func absoluteBounds(cells []cell, mean float64) (lower, upper float64) {
	_, lower, upper = power(cells, 1)
	if math.IsNaN(mean) {
		return lower, upper
	}
	var pLeast, pMost, qLeast, qMost float64
	for _, c := range cells {
		pLeast += c.share * math.Max(0, c.lower)
		pMost += c.share * math.Max(0, c.upper)
		qLeast += c.share * math.Max(0, -c.upper)
		qMost += c.share * math.Max(0, -c.lower)
	}
	lower = max(lower, 2*pLeast-mean, 2*qLeast+mean, math.Abs(mean))
	upper = min(upper, 2*pMost-mean, 2*qMost+mean)
	return math.Min(lower, upper), upper
}

// kurtosis is the fourth central moment over the squared variance, uniform
// within buckets: the kurtosis that the variance of a variance needs. NaN when
// open buckets hold anything.
func kurtosis(cells []cell) float64 {
	if len(cells) == 0 || openShare(cells) > 0 {
		return math.NaN()
	}
	var mean float64
	for _, c := range cells {
		mean += c.share * (c.lower + c.upper) / 2
	}
	centered := make([]cell, len(cells))
	for i, c := range cells {
		centered[i] = cell{c.lower - mean, c.upper - mean, c.share}
	}
	second, _, _ := power(centered, 2)
	fourth, _, _ := power(centered, 4)
	return fourth / (second * second)
}
