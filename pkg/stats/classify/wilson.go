package classify

import "math"

// interval has the limits of a statistic.
type interval struct{ Lower, Upper float64 }

// wilson is the score interval of k of n (Wilson 1927).
func wilson(k, n, level float64) interval {
	z := quantile(level)
	p := k / n
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return interval{math.Max(0, centre-half), math.Min(1, centre+half)}
}
