package compare

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Koopman is the interval of the ratio of two independent rates, a's over b's: all ratios θ that the score test does
// not reject (Koopman 1984), with the rates that are most likely under p_a = θ·p_b in the variance. It needs no
// correction for rates of 0, where an end of it is 0 or infinite. [0, +Inf] where a side has no rows or both rates are
// 0, for nothing is known.
func Koopman(a, b Rate, level float64) infer.Interval {
	out := infer.Interval{Lower: 0, Upper: math.Inf(1)}
	if !(a.N > 0 && b.N > 0) || a.K+b.K <= 0 {
		return out
	}
	z := infer.Z(level)
	outside := func(log float64) bool { return math.Abs(ratioScore(a, b, math.Exp(log))) > z }
	// The score is 0 at the ratio seen; where a rate is 0 or all, half a row keeps the start finite and inside.
	start := math.Log((a.K + 0.5) / (a.N + 0.5) / ((b.K + 0.5) / (b.N + 0.5)))
	if a.K > 0 && b.K > 0 {
		start = math.Log(a.value() / b.value())
	}
	const far = 40 // e^40 is beyond any ratio of counts
	if a.K > 0 {
		out.Lower = math.Exp(border(outside, start-far, start))
	}
	if b.K > 0 {
		out.Upper = math.Exp(border(outside, start+far, start))
	}
	return out
}

// ratioScore is the score statistic of "a's rate is θ times b's".
func ratioScore(a, b Rate, theta float64) float64 {
	// The restricted maximum likelihood solves a quadratic (Miettinen and Nurminen 1985).
	n, k := a.N+b.N, a.K+b.K
	half := (theta*(a.N+b.K) + a.K + b.N) / 2
	root := math.Sqrt(math.Max(0, half*half-theta*n*k))
	// Written so that nothing cancels.
	pb := k / (half + root)
	pa := math.Min(1, theta*pb)
	variance := pa*(1-pa)/a.N + theta*theta*pb*(1-pb)/b.N
	difference := a.value() - theta*b.value()
	if variance <= 0 {
		if difference == 0 {
			return 0
		}
		return math.Copysign(math.Inf(1), difference)
	}
	return difference / math.Sqrt(variance)
}
