package quality

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

// Age is how old the newest observation is, in seconds, against a limit.
type Age struct {
	Seconds, Limit float64
	// P is the chance of such an age while observations go on arriving as before;
	// NaN when the limit was given.
	P       float64
	Verdict drift.Verdict
	Reason  string
}

// AgeWithin holds an age against a limit that is known. A negative age (clocks
// that disagree) is 0 with a reason.
func AgeWithin(seconds, limit float64) (Age, error) {
	if !(limit > 0) || math.IsInf(limit, 0) {
		return Age{}, fmt.Errorf("age limit \"%g\" is not a positive number of seconds: use 3600 for an hour", limit)
	}
	a := newAge(seconds)
	a.Limit = limit
	a.judge()
	return a, nil
}

// AgeGivenRate holds an age against what the baseline leads to expect: count
// observations in so many seconds. Were they to arrive one by one at a steady
// rate, the chance of a gap of length a is (T/(T + a))^count, the rate's own
// uncertainty included; the limit is where that falls to the significance level,
// divided by the dispersion for observations that come in bursts. Use a
// baseline of the same hours: nights are quieter.
//
// Reference: Lawless (2003), Statistical Models and Methods for Lifetime Data,
// section 3.5 (prediction from exponential lifetimes).
func AgeGivenRate(seconds, count, over float64, o Options) (Age, error) {
	o, err := o.complete(defaultTolerated)
	if err != nil {
		return Age{}, err
	}
	if err := validCounts(count, over); err != nil {
		return Age{}, err
	}
	a := newAge(seconds)
	effective := count / o.Dispersion
	if !(effective > 0) || over == 0 {
		a.Limit, a.Verdict = math.Inf(1), drift.Insufficient
		a.Reason = "The baseline has no observations, so no age is too high."
		return a, nil
	}
	a.P = math.Exp(-effective * math.Log1p(math.Max(0, a.Seconds)/over))
	a.Limit = over * math.Expm1(-math.Log(1-o.Level)/effective)
	a.judge()
	return a, nil
}

func newAge(seconds float64) Age {
	a := Age{Seconds: seconds, P: math.NaN()}
	if seconds < 0 {
		a.Seconds, a.Reason = 0, fmt.Sprintf("The newest observation lies %.0f s in the future: the clocks disagree.", -seconds)
	}
	return a
}

func (a *Age) judge() {
	switch {
	case math.IsNaN(a.Seconds):
		a.Verdict, a.Reason = drift.Insufficient, "Nothing was ever observed."
	case a.Seconds > a.Limit:
		a.Verdict = drift.Drift
	default:
		a.Verdict = drift.OK
	}
}
