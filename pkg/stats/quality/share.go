package quality

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Options tune a judgement; the zero value gives the defaults.
type Options struct {
	// Level of the intervals; 0 means 0.95.
	Level float64
	// Tolerated is the largest effect that is of no concern: a rise of a share in
	// absolute terms (default 0.02), a relative change of volume (default 0.5).
	Tolerated float64
	// Dispersion is by how much counts vary more than independent observations
	// would (infer.Dispersion); less than 1 or NaN means 1. Volume estimates its own.
	Dispersion float64
	// BothDirections makes a fall of a share count as much as a rise.
	BothDirections bool
}

const (
	defaultTolerated       = 0.02
	defaultToleratedVolume = 0.5
)

func (o Options) complete(tolerated float64) (Options, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return o, fmt.Errorf("confidence level \"%g\" is not between 0 and 1: use 0.95", o.Level)
	}
	if o.Tolerated == 0 || math.IsNaN(o.Tolerated) {
		o.Tolerated = tolerated
	}
	if !(o.Tolerated > 0) || math.IsInf(o.Tolerated, 0) {
		return o, fmt.Errorf("tolerated effect \"%g\" is not a positive number: use %g or leave it out", o.Tolerated, tolerated)
	}
	if math.IsNaN(o.Dispersion) || o.Dispersion < 1 {
		o.Dispersion = 1
	}
	if math.IsInf(o.Dispersion, 0) {
		return o, fmt.Errorf("dispersion \"%g\" is not finite: leave it out to assume independent observations", o.Dispersion)
	}
	return o, nil
}

// Share is a rate with its Wilson interval and, where buckets blur it, hard
// bounds between which the rows' own share lies.
type Share struct {
	Value, Lower, Upper    float64
	BoundLower, BoundUpper float64
	Count, N               float64
	// Reason says in a sentence why there is no value.
	Reason string
}

// NewShare is count of n, with its interval. Counters that are read apart can
// give a count a little above n; it is then taken as n.
func NewShare(count, n float64, o Options) (Share, error) {
	o, err := o.complete(defaultTolerated)
	if err != nil {
		return Share{}, err
	}
	if err := validCounts(count, n); err != nil {
		return Share{}, err
	}
	if n == 0 {
		return noShare("There are no observations."), nil
	}
	count = math.Min(count, n)
	limits := infer.Wilson(count/o.Dispersion, n/o.Dispersion, o.Level)
	value := count / n
	return Share{Value: value, Lower: limits.Lower, Upper: limits.Upper, BoundLower: value, BoundUpper: value, Count: count, N: n}, nil
}

func noShare(reason string) Share {
	nan := math.NaN()
	return Share{Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan, Count: nan, Reason: reason}
}

func validCounts(counts ...float64) error {
	for _, count := range counts {
		if !(count >= 0) || math.IsInf(count, 0) {
			return fmt.Errorf("count \"%g\" is not a number from 0 on: counts must be finite and not negative", count)
		}
	}
	return nil
}

// Change is a share against the baseline's, or against a limit.
type Change struct {
	Current, Baseline Share
	// Effect is what is judged: the current share less the baseline's (or the share
	// itself), with its interval.
	Effect, Lower, Upper float64
	// P is the p-value of "the effect is at most the tolerated one".
	P float64
	// MinimumN is the n at which noise alone would stay within the tolerated
	// effect; +Inf when the baseline itself is too small.
	MinimumN  float64
	Tolerated float64
	Verdict   drift.Verdict
	Reason    string
}

// CompareShares holds a share against the baseline's: is it higher by more than
// is tolerated? The interval is Newcombe's; the p-value is where its lower limit
// reaches the tolerated rise.
//
// Reference: Newcombe (1998), Statistics in Medicine 17, method 10.
func CompareShares(count, n, baseCount, baseN float64, o Options) (Change, error) {
	current, err := NewShare(count, n, o)
	if err != nil {
		return Change{}, err
	}
	baseline, err := NewShare(baseCount, baseN, o)
	if err != nil {
		return Change{}, err
	}
	o, _ = o.complete(defaultTolerated)
	c := Change{Current: current, Baseline: baseline, Tolerated: o.Tolerated}
	if n == 0 || baseN == 0 {
		where := "window"
		if n != 0 {
			where = "baseline"
		}
		return c.unknown("There are no observations in the " + where + "."), nil
	}
	d := o.Dispersion
	interval := func(count, n, level float64) infer.Interval {
		return infer.NewcombeDifference(count/d, n/d, baseline.Count/d, baseline.N/d, level)
	}
	c.Effect = current.Value - baseline.Value
	limits := interval(current.Count, n, o.Level)
	c.Lower, c.Upper = limits.Lower, limits.Upper
	c.P = minimumEffectP(o.Tolerated, func(level float64) float64 {
		limits := interval(current.Count, n, level)
		if o.BothDirections {
			return math.Max(limits.Lower, -limits.Upper)
		}
		return limits.Lower
	})
	c.MinimumN = smallestN(o.Tolerated, func(n float64) float64 {
		return interval(baseline.Value*n, n, o.Level).Upper
	})
	c.judge(o.BothDirections)
	return c, nil
}

// LimitShare holds a share against a fixed limit, the tolerated share, where
// there is no baseline. The interval is Wilson's.
func LimitShare(count, n float64, o Options) (Change, error) {
	current, err := NewShare(count, n, o)
	if err != nil {
		return Change{}, err
	}
	o, _ = o.complete(defaultTolerated)
	c := Change{Current: current, Baseline: noShare("A limit was given in place of a baseline."), Tolerated: o.Tolerated}
	if n == 0 {
		return c.unknown("There are no observations in the window."), nil
	}
	c.Effect, c.Lower, c.Upper = current.Value, current.Lower, current.Upper
	d := o.Dispersion
	c.P = minimumEffectP(o.Tolerated, func(level float64) float64 {
		return infer.Wilson(current.Count/d, n/d, level).Lower
	})
	c.MinimumN = smallestN(o.Tolerated, func(n float64) float64 { return infer.Wilson(0, n/d, o.Level).Upper })
	c.judge(false)
	return c, nil
}

func (c Change) unknown(reason string) Change {
	nan := math.NaN()
	c.Effect, c.Lower, c.Upper, c.P, c.MinimumN = nan, nan, nan, nan, nan
	c.Verdict, c.Reason = drift.Insufficient, reason
	return c
}

// judge turns limits into a verdict, as everywhere: size and certainty together.
func (c *Change) judge(both bool) {
	lower, upper := c.Lower, c.Upper
	if both {
		lower, upper = math.Max(lower, -upper), math.Max(upper, -lower)
	}
	switch {
	case c.Current.N < c.MinimumN && math.IsInf(c.MinimumN, 1):
		c.Verdict = drift.Insufficient
		c.Reason = fmt.Sprintf("The baseline of %.0f observations is too small to tell a change of %.3g from noise, whatever the window.", c.Baseline.N, c.Tolerated)
	case c.Current.N < c.MinimumN:
		c.Verdict = drift.Insufficient
		c.Reason = fmt.Sprintf("With %.0f observations noise alone can exceed the tolerated %.3g; %.0f would suffice.", c.Current.N, c.Tolerated, c.MinimumN)
	case lower > c.Tolerated:
		c.Verdict = drift.Drift
	case upper <= c.Tolerated:
		c.Verdict = drift.OK
	default:
		c.Verdict = drift.Uncertain
	}
}

// minimumEffectP is the one-sided p-value at which the interval's lower limit
// reaches the tolerated effect: (1 − level)/2, by bisection on z.
func minimumEffectP(tolerated float64, lower func(level float64) float64) float64 {
	levelOf := func(z float64) float64 { return math.Erf(z / math.Sqrt2) }
	low, high := 0.0, 8.0 // beyond, a level rounds to 1
	if lower(1e-9) <= tolerated {
		return 1 // or anything from ½ on: no evidence
	}
	for range 60 {
		middle := (low + high) / 2
		if lower(levelOf(middle)) > tolerated {
			low = middle
		} else {
			high = middle
		}
	}
	return infer.NormalSF(low)
}

// smallestN is the smallest n at which a reach that falls with n is within the
// tolerated effect; +Inf if no n is enough.
func smallestN(tolerated float64, reach func(n float64) float64) float64 {
	const most = 1e12
	if reach(most) > tolerated {
		return math.Inf(1)
	}
	low, high := 0.0, math.Log(most)
	for range 80 {
		middle := (low + high) / 2
		if reach(math.Exp(middle)) > tolerated {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Ceil(math.Exp(high) * (1 - 1e-9))
}

// Adjust takes many changes as one family: a drift whose Benjamini-Hochberg
// adjusted p-value exceeds the false discovery rate becomes uncertain. It
// returns the adjusted p-values, NaN where nothing was tested.
func Adjust(changes []Change, fdr float64) []float64 {
	p := make([]float64, len(changes))
	for i, c := range changes {
		p[i] = c.P
		if c.Verdict == drift.Insufficient {
			p[i] = math.NaN()
		}
	}
	adjusted := infer.BenjaminiHochberg(p)
	for i := range changes {
		if changes[i].Verdict == drift.Drift && adjusted[i] > fdr {
			changes[i].Verdict = drift.Uncertain
		}
	}
	return adjusted
}
