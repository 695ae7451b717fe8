package regress

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

// Change is a metric against the baseline's.
type Change struct {
	Current, Baseline Estimate
	// Difference is current − baseline with its interval, in the metric's unit.
	Difference, Lower, Upper float64
	// Worse is by how much it changed for the worse, with its interval: relative to
	// the baseline for errors ("relative"), in absolute terms for R² ("absolute"),
	// and for the bias the size of its change in residual standard deviations of
	// the baseline ("σ").
	Worse, WorseLower, WorseUpper float64
	Unit                          string
	Tolerated                     float64
	// MinimumN is the n at which noise alone would stay within the tolerated
	// change; +Inf when the baseline itself is too small.
	MinimumN float64
	Verdict  drift.Verdict
	Reason   string
}

// Compare holds a metric against the baseline's. Tolerated 0 or NaN is the
// metric's default.
//
// The interval of the difference is made of the two metrics' own intervals
// (MOVER): lower = d − √((a−l_a)² + (u_b−b)²), upper likewise; for errors on their
// logarithms, which gives the ratio.
//
// Reference: Zou and Donner (2008), Statistics in Medicine 27.
func Compare(current, baseline Sample, name string, level, tolerated float64) (Change, error) {
	m, err := find(name)
	if err != nil {
		return Change{}, err
	}
	if tolerated == 0 || math.IsNaN(tolerated) {
		tolerated = m.info.DefaultTolerated
	}
	if !(tolerated > 0) || math.IsInf(tolerated, 0) {
		return Change{}, fmt.Errorf("tolerated change \"%g\" is not a positive number: use %g or leave it out", tolerated, m.info.DefaultTolerated)
	}
	nan := math.NaN()
	c := Change{
		Lower: nan, Upper: nan, Worse: nan, WorseLower: nan, WorseUpper: nan,
		Tolerated: tolerated, MinimumN: nan, Verdict: drift.Insufficient,
	}
	if c.Current, err = current.Metric(name, level); err != nil {
		return Change{}, err
	}
	if c.Baseline, err = baseline.Metric(name, level); err != nil {
		return Change{}, err
	}
	c.Difference = c.Current.Value - c.Baseline.Value
	c.Lower, c.Upper = mover(c.Current, c.Baseline)
	switch {
	case m.info.Signed:
		std, err := baseline.Metric("residual_std", level)
		if err != nil {
			return Change{}, err
		}
		c.inDeviations(std.Value)
	case m.info.HigherIsBetter:
		c.Unit = "absolute"
		c.Worse, c.WorseLower, c.WorseUpper = -c.Difference, -c.Upper, -c.Lower
		c.need(c.Current.Value-c.Current.Lower, c.Baseline.Upper-c.Baseline.Value, tolerated)
	default:
		c.relative()
	}
	c.judge()
	return c, nil
}

func mover(a, b Estimate) (lower, upper float64) {
	d := a.Value - b.Value
	return d - math.Hypot(a.Value-a.Lower, b.Upper-b.Value), d + math.Hypot(a.Upper-a.Value, b.Value-b.Lower)
}

// inDeviations measures the size of a change, whichever its sign.
func (c *Change) inDeviations(std float64) {
	c.Unit = "σ"
	c.Worse = math.Abs(c.Difference) / std
	c.WorseLower = max(0, c.Lower/std, -c.Upper/std)
	c.WorseUpper = math.Max(c.Upper, -c.Lower) / std
	if math.IsNaN(c.Lower) {
		c.WorseLower = math.NaN()
	}
	c.need((c.Current.Upper-c.Current.Value)/std, (c.Baseline.Upper-c.Baseline.Value)/std, c.Tolerated)
}

func (c *Change) relative() {
	c.Unit = "relative"
	c.Worse = c.Current.Value/c.Baseline.Value - 1
	now, before := c.Current.logarithm(), c.Baseline.logarithm()
	lower, upper := mover(now, before)
	c.WorseLower, c.WorseUpper = math.Expm1(lower), math.Expm1(upper)
	c.need(now.Upper-now.Value, before.Value-before.Lower, math.Log1p(c.Tolerated))
}

// logarithm takes value and limits to the logarithmic scale; a limit at or below 0
// leaves it open.
func (e Estimate) logarithm() Estimate {
	for _, x := range []*float64{&e.Value, &e.Lower, &e.Upper} {
		if *x <= 0 {
			*x = 0
		}
		*x = math.Log(*x)
	}
	return e
}

// need finds the n at which noise, whose reach falls with √n, stays within the
// tolerated change.
func (c *Change) need(now, before, tolerated float64) {
	allowed := tolerated*tolerated - before*before
	switch {
	case math.IsNaN(now) || math.IsNaN(before):
	case allowed <= 0:
		c.MinimumN = math.Inf(1)
	default:
		c.MinimumN = math.Ceil(c.Current.N * now * now / allowed * (1 - 1e-12))
	}
}

func (c *Change) judge() {
	switch {
	case !c.Current.Defined():
		c.Reason = c.Current.Reason
	case !c.Baseline.Defined():
		c.Reason = "Baseline: " + c.Baseline.Reason
	case math.IsNaN(c.WorseLower) || math.IsNaN(c.WorseUpper) || math.IsNaN(c.MinimumN):
		c.Reason = "The change has no interval, so nothing can be concluded. " + c.Current.Reason
	case math.IsInf(c.MinimumN, 1):
		c.Reason = fmt.Sprintf("The baseline of %.0f outcomes is too small to tell a change of %.3g from noise, whatever the window.", c.Baseline.N, c.Tolerated)
	case c.Current.N < c.MinimumN:
		c.Reason = fmt.Sprintf("With %.0f outcomes noise alone can exceed the tolerated change of %.3g; %.0f would suffice.", c.Current.N, c.Tolerated, c.MinimumN)
	case c.WorseLower > c.Tolerated:
		c.Verdict = drift.Drift
	case c.WorseUpper <= c.Tolerated:
		c.Verdict = drift.OK
	default:
		c.Verdict = drift.Uncertain
	}
}
