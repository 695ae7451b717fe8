package classify

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Estimate is a statistic with its sampling interval.
//
// Where the statistic is not defined (0/0), Value, Lower and Upper are NaN and Reason says in a sentence why; a
// defined value whose Reason is not empty was computed with the restriction it names.
type Estimate struct {
	Value, Lower, Upper float64 // the statistic and the limits of its interval
	N                   float64 // number of outcomes it was computed from: the denominator of a rate
	Reason              string  // why it is undefined, or what was left out
}

// Defined tells whether the statistic could be computed.
func (e Estimate) Defined() bool { return !math.IsNaN(e.Value) }

func undefined(n float64, format string, args ...any) Estimate {
	nan := math.NaN()
	return Estimate{Value: nan, Lower: nan, Upper: nan, N: n, Reason: fmt.Sprintf(format, args...)}
}

// proportion is k of n with its Wilson interval; reason explains an empty denominator.
func proportion(k, n, level float64, reason string) Estimate {
	if n <= 0 {
		return undefined(0, "%s", reason)
	}
	limits := infer.Wilson(k, n, level)
	return Estimate{Value: k / n, Lower: limits.Lower, Upper: limits.Upper, N: n}
}

// through maps value and limits by a monotone function.
func (e Estimate) through(f func(float64) float64) Estimate {
	e.Value, e.Lower, e.Upper = f(e.Value), f(e.Lower), f(e.Upper)
	if e.Lower > e.Upper {
		e.Lower, e.Upper = e.Upper, e.Lower
	}
	return e
}
