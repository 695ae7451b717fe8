package infer

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// ChiSquareSF is the upper tail of the chi-square distribution with df degrees
// of freedom, accurate far out. NaN for NaN or df ≤ 0.
func ChiSquareSF(x, df float64) float64 {
	switch {
	case math.IsNaN(x) || !(df > 0):
		return math.NaN()
	case x <= 0:
		return 1
	case math.IsInf(x, 1):
		return 0
	}
	return mathext.GammaIncRegComp(df/2, x/2)
}

// ChiSquareCDF is the lower tail of the chi-square distribution with df degrees
// of freedom. NaN for NaN or df ≤ 0.
func ChiSquareCDF(x, df float64) float64 {
	switch {
	case math.IsNaN(x) || !(df > 0):
		return math.NaN()
	case x <= 0:
		return 0
	case math.IsInf(x, 1):
		return 1
	}
	return mathext.GammaIncReg(df/2, x/2)
}

// ChiSquareQuantile is the p-quantile of the chi-square distribution with df
// degrees of freedom. NaN for p outside [0, 1] or df ≤ 0.
func ChiSquareQuantile(p, df float64) float64 {
	switch {
	case !(p >= 0 && p <= 1) || !(df > 0):
		return math.NaN()
	case p == 1:
		return math.Inf(1)
	case p > 0.5:
		return 2 * mathext.GammaIncRegCompInv(df/2, 1-p)
	}
	return 2 * mathext.GammaIncRegInv(df/2, p)
}
