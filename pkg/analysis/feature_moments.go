package analysis

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// windowMoments is one feature in one window.
type windowMoments struct {
	n       float64
	h       histogram.Histogram
	moments histogram.Moments
	sample  infer.Sample // n divided by the dispersion
	exact   bool         // the standard deviation is from sums
}

// describe takes the moments of a window; squares is the sum of the squared
// values, NaN where it is not known. A sum of squares that the buckets rule out
// is ignored.
func describe(g *counts.HistogramGroup, squares float64, k int, dispersion float64) windowMoments {
	h, ok := histogramAt(g, k)
	if !ok || !(h.Total() > 0) {
		return windowMoments{}
	}
	d := windowMoments{n: h.Total(), h: h, moments: h.Moments()}
	m := &d.moments
	if variance := squares/d.n - m.Mean*m.Mean; m.MeanExact && variance >= m.VarianceLower*(1-1e-9) && variance <= m.VarianceUpper*(1+1e-9) {
		d.exact = true
		m.Variance, m.VarianceLower, m.VarianceUpper = variance, variance, variance
		m.Std = math.Sqrt(variance)
		m.StdLower, m.StdUpper = m.Std, m.Std
	}
	d.sample = infer.Sample{N: d.n / dispersion, Mean: m.Mean, Variance: m.Variance, Kurtosis: orElse(m.Kurtosis, 0)}
	return d
}

// moment is one of mean, std, skewness and kurtosis.
func (d windowMoments) moment(metric string, level float64) point {
	m := d.moments
	p := valueOnly(m.Mean, d.n)
	switch metric {
	case "std":
		p.value, p.least, p.most = m.Std, orNaN(m.StdLower), orNaN(m.StdUpper)
		i := d.sample.StdInterval(level)
		p.lower, p.upper = i.Lower, i.Upper
	case "skewness", "kurtosis":
		p.value = m.Skewness
		interval := infer.SkewnessInterval
		if metric == "kurtosis" {
			p.value, interval = m.Kurtosis, infer.KurtosisInterval
		}
		p.value = orNaN(p.value)
		if z, shares := d.standardised(); z != nil && !math.IsNaN(p.value) {
			reach := infer.Z(level) * interval(z, shares, d.sample.N, level).Error
			p.lower, p.upper = p.value-reach, p.value+reach
		}
	default:
		p.least, p.most = orNaN(m.MeanLower), orNaN(m.MeanUpper)
		i := d.sample.MeanInterval(level)
		half := (i.Upper - i.Lower) / 2
		p.lower, p.upper = orElse(p.least, p.value)-half, orElse(p.most, p.value)+half
	}
	return p
}

// standardised are the middles of the buckets, the finite end of an open one,
// less their mean and over their standard deviation, with their shares; nil
// where all values share a bucket.
func (d windowMoments) standardised() (z, shares []float64) {
	var mean, second float64
	for k, count := range d.h.Counts {
		if count == 0 {
			continue
		}
		lower, upper := d.h.Bounds(k)
		at := (lower + upper) / 2
		switch {
		case math.IsInf(lower, 0) && math.IsInf(upper, 0):
			return nil, nil
		case math.IsInf(lower, 0):
			at = upper
		case math.IsInf(upper, 0):
			at = lower
		}
		z, shares = append(z, at), append(shares, count/d.n)
		mean += at * count / d.n
	}
	for i := range z {
		z[i] -= mean
		second += z[i] * z[i] * shares[i]
	}
	if !(second > 0) {
		return nil, nil
	}
	for i := range z {
		z[i] /= math.Sqrt(second)
	}
	return z, shares
}

// quantile has the bucket that holds it as hard bounds; its interval is from
// order statistics.
func (d windowMoments) quantile(share, level float64) point {
	value, least, most := d.h.Quantile(share)
	lower, upper := d.h.QuantileInterval(share, level)
	return point{value: value, lower: orNaN(lower), upper: orNaN(upper), least: orNaN(least), most: orNaN(most), n: d.n}
}

// meanChange is a window against its baseline.
type meanChange struct {
	baseline    windowMoments
	n           float64
	delta       infer.Difference // of the means, in the baseline's standard deviations
	least, most float64          // hard bounds of delta
	ratio       infer.Difference // of the standard deviations
	p, adjusted float64
	needed      float64 // observations at which noise alone stays within the tolerated change
	verdict     drift.Verdict
	reason      string
}

func changeOf(now, before windowMoments, tolerated, level float64) meanChange {
	nan := math.NaN()
	none := infer.Difference{Value: nan, Error: nan, Lower: nan, Upper: nan}
	c := meanChange{baseline: before, n: now.n, delta: none, ratio: none, least: nan, most: nan, p: nan, adjusted: nan, needed: nan, verdict: drift.Insufficient}
	switch {
	case now.n == 0:
		c.reason = "There are no observations in the window."
	case before.n == 0:
		c.reason = "There are no observations in the baseline."
	default:
		c.delta = infer.StandardizedDifference(now.sample, before.sample, level)
		c.ratio = infer.StdRatio(now.sample, before.sample, level)
		c.p = c.delta.MinimumEffectP(tolerated)
		c.bound(now.moments, before.moments)
		c.judge(now.sample, before.sample, tolerated, level)
	}
	return c
}

// bound gives the change its hard bounds: the extremes over the means and the
// baseline's standard deviations that the buckets allow.
func (c *meanChange) bound(now, before histogram.Moments) {
	low, high := now.MeanLower-before.MeanUpper, now.MeanUpper-before.MeanLower
	for _, std := range []float64{before.StdLower, before.StdUpper} {
		for _, difference := range []float64{low, high} {
			if delta := difference / std; !(c.least <= delta) {
				c.least = delta
			}
			if delta := difference / std; !(c.most >= delta) {
				c.most = delta
			}
		}
	}
	// Without a limit of the deviation the change may be as small as 0; + 0 rids it of a sign.
	c.least, c.most = orNaN(c.least)+0, orNaN(c.most)+0
}

func (c *meanChange) judge(now, before infer.Sample, tolerated, level float64) {
	if math.IsNaN(c.delta.Error) {
		c.reason = "The values of the baseline are all in one bucket or too few, so their standard deviation is not known."
		return
	}
	z := infer.Z(level)
	// At no change, z·√(σ²/(σ_b²·n) + 1/n_b) reaches the tolerated change at this n.
	c.needed = math.Inf(1)
	if left := tolerated*tolerated/(z*z) - 1/before.N; left > 0 {
		c.needed = math.Ceil(now.Variance / before.Variance / left * (c.n / now.N))
	}
	switch d := c.delta; {
	case math.IsInf(c.needed, 1):
		c.reason = fmt.Sprintf("The baseline of %.0f observations is too small to tell a change of %.3g standard deviations from noise, whatever the window.", c.baseline.n, tolerated)
	case c.n < c.needed:
		c.reason = fmt.Sprintf("With %.0f observations noise alone can exceed the tolerated %.3g; %.0f would suffice.", c.n, tolerated, c.needed)
	case d.Lower > tolerated || d.Upper < -tolerated:
		c.verdict = drift.Drift
	case d.Lower >= -tolerated && d.Upper <= tolerated:
		c.verdict = drift.OK
	default:
		c.verdict = drift.Uncertain
	}
}

// point is one of the change metrics.
func (c meanChange) point(metric string) point {
	p := valueOnly(c.adjusted, c.n)
	switch metric {
	case "mean_change":
		p = point{value: c.delta.Value, lower: c.delta.Lower, upper: c.delta.Upper, least: c.least, most: c.most, n: c.n}
	case "std_ratio":
		p.value, p.lower, p.upper = orNaN(c.ratio.Value), orNaN(c.ratio.Lower), orNaN(c.ratio.Upper)
	}
	return p
}
