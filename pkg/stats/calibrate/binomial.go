package calibrate

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// binomialQuantile is the least k with P(X <= k) >= q for X of Binomial(n, p), by bisection on the distribution
// function as an incomplete beta function. The tolerance keeps a q that equals P(X <= k) at that k.
func binomialQuantile(q, n, p float64) float64 {
	if p <= 0 {
		return 0
	}
	if p >= 1 {
		return n
	}
	low, high := -1.0, n // P(X <= low) < q <= P(X <= high)
	for high-low > 1 {
		middle := math.Floor((low + high) / 2)
		if mathext.RegIncBeta(n-middle, middle+1, 1-p) >= q*(1-1e-13) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
