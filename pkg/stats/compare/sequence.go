package compare

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Sequence makes intervals of a growing sample that hold at all times at once (a confidence sequence): the chance that
// any of them, ever, misses the truth is at most 1 - Level. One may look every minute, and stop when one likes what
// one sees.
//
// It mixes the likelihood ratio of a normal estimate with standard error s over true differences that are normal with
// standard deviation τ = Scale (Robbins 1970); with r = τ²/s², and α = 1 - Level, the estimate strays from the truth
// by no more than
//
//	s·√((1 + 1/r)·(ln(1 + r) + 2·ln(1/α))),
//
// the normal mixture of Howard, Ramdas, McAuliffe and Sekhon (2021), which holds for estimates that are only
// asymptotically normal from the first looks on at which they are nearly so (Waudby-Smith, Arbour, Sinha, Kennedy and
// Ramdas 2024). Any Scale is valid if it was fixed beforehand; the sequence is narrowest when s is about Scale/3. It
// is about half again as wide as the interval of a single look.
//
// The standard errors must be those of all data since one start, which only shrink. Windows that move are not that.
type Sequence struct {
	Level float64
	Scale float64
}

func (s Sequence) margin(standardError float64) float64 {
	if !(standardError > 0) {
		return standardError
	}
	r := s.Scale * s.Scale / (standardError * standardError)
	return standardError * math.Sqrt((1+1/r)*(math.Log1p(r)-2*math.Log(1-s.Level)))
}

// Margin is by how much the estimate with the standard error may stray from the truth.
func (s Sequence) Margin(standardError float64) float64 { return s.margin(standardError) }

// p is the always-valid p-value of Johari, Koomen, Pekelis and Walsh (2022): one over the mixed likelihood ratio.
func (s Sequence) p(size, standardError float64) float64 {
	if !(size > 0) {
		return 1
	}
	r := s.Scale * s.Scale / (standardError * standardError)
	z := size / standardError
	return math.Min(1, math.Exp(math.Log1p(r)/2-z*z/2*r/(1+r)))
}

func (s Sequence) factor(gap, standardError float64) float64 { return factor(s, gap, standardError) }

// RateSequence is the confidence sequence of one rate, valid at every n at once and exactly: all p that the mixture of
// binomial likelihoods over Jeffreys' prior does not exceed by 1/α (Robbins 1970),
//
//	B(k + ½, n - k + ½)/B(½, ½) ≤ pᵏ·(1 - p)ⁿ⁻ᵏ/α.
//
// n = 0 gives [0, 1]; arguments that make no sense give NaN, as for infer.Wilson.
func RateSequence(k, n, level float64) infer.Interval {
	if limits := infer.Wilson(k, n, level); math.IsNaN(limits.Lower) || n == 0 {
		return limits
	}
	mixed := mathext.Lbeta(k+0.5, n-k+0.5) - mathext.Lbeta(0.5, 0.5)
	excluded := func(p float64) bool {
		likelihood := 0.0
		if k > 0 {
			likelihood += k * math.Log(p)
		}
		if k < n {
			likelihood += (n - k) * math.Log1p(-p)
		}
		return mixed-likelihood > -math.Log(1-level)
	}
	out, seen := infer.Interval{Lower: 0, Upper: 1}, k/n
	if k > 0 {
		out.Lower = border(excluded, 0, seen)
	}
	if k < n {
		out.Upper = border(excluded, 1, seen)
	}
	return out
}

// border bisects between a value that is excluded and one that is not.
func border(excluded func(float64) bool, out, in float64) float64 {
	for range 60 {
		if middle := (out + in) / 2; excluded(middle) {
			out = middle
		} else {
			in = middle
		}
	}
	return out
}
