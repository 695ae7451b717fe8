package quality

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

// Fences are Tukey's: values more than a few interquartile ranges outside the
// middle half are outliers.
//
//	lower = Q1 − k·(Q3 − Q1),  upper = Q3 + k·(Q3 − Q1)
type Fences struct {
	Lower, Upper float64
	// The rows' own fences lie within these, since each quartile lies in a bucket.
	LowerLeast, LowerMost, UpperLeast, UpperMost float64
	// Reason says in a sentence why there are no fences.
	Reason string
}

// TukeyFences takes the fences from the baseline's quartiles; k is 1.5 by
// custom, 3 for "far out", and 0 means 1.5. Without them Reason says why.
//
// Reference: Tukey (1977), Exploratory Data Analysis.
func TukeyFences(baseline histogram.Histogram, k float64) Fences {
	if k == 0 {
		k = 1.5
	}
	q1, q1Lower, q1Upper := baseline.Quantile(0.25)
	q3, q3Lower, q3Upper := baseline.Quantile(0.75)
	f := Fences{
		Lower: q1 - k*(q3-q1), LowerLeast: q1Lower - k*(q3Upper-q1Lower), LowerMost: q1Upper - k*math.Max(0, q3Lower-q1Upper),
		Upper: q3 + k*(q3-q1), UpperLeast: q3Lower + k*math.Max(0, q3Lower-q1Upper), UpperMost: q3Upper + k*(q3Upper-q1Lower),
	}
	switch {
	case math.IsNaN(q1):
		f.Reason = "The baseline has no observations in its buckets."
	case math.IsInf(q1Lower, 0) || math.IsInf(q3Upper, 0):
		f.Reason = "A quartile of the baseline lies in an open bucket: the buckets do not reach far enough for fences."
	case q1Lower == q3Lower:
		f.Reason = "The middle half of the baseline lies in one bucket, so its width is not known: finer buckets are needed for fences."
	default:
		return f
	}
	nan := math.NaN()
	return Fences{Lower: nan, Upper: nan, LowerLeast: nan, LowerMost: nan, UpperLeast: nan, UpperMost: nan, Reason: f.Reason}
}

// Snap moves each fence outward to the next bucket edge, where shares are exact;
// a fence beyond all edges becomes infinite, and that side then has no outliers
// that could be counted.
func (f Fences) Snap(edges []float64) Fences {
	lower, upper := math.Inf(-1), math.Inf(1)
	for _, edge := range edges {
		if edge <= f.Lower {
			lower = edge
		}
		if edge >= f.Upper && math.IsInf(upper, 1) {
			upper = edge
		}
	}
	f.Lower, f.Upper = lower, upper
	return f
}

// Outside is the share of values at or below the lower or above the upper fence.
//
// It is exact when the fences are bucket edges, else linear within the bucket
// that a fence cuts, with hard bounds for its rows lying all on one side. A fence
// in an open bucket leaves all of it in doubt: the value counts none of it.
func Outside(h histogram.Histogram, f Fences, o Options) (Share, error) {
	if f.Reason != "" {
		return noShare(f.Reason), nil
	}
	n := h.Total()
	var value, least, most float64
	for k, count := range h.Counts {
		if count == 0 {
			continue
		}
		lower, upper := h.Bounds(k)
		inside := overlap(lower, upper, f.Lower, f.Upper)
		value += count * (1 - inside)
		switch {
		case upper <= f.Lower || lower >= f.Upper:
			least += count
			most += count
		case lower < f.Lower || upper > f.Upper:
			most += count
		}
	}
	share, err := NewShare(math.Min(n, math.Max(0, value)), n, o)
	if err == nil && n > 0 {
		share.BoundLower, share.BoundUpper = least/n, math.Min(1, most/n)
	}
	return share, err
}

// OutsideChange compares the share outside the fences with the baseline's, on
// fences snapped to edges that both histograms have, so exactly.
func OutsideChange(current, baseline histogram.Histogram, k float64, o Options) (Change, Fences, error) {
	current, baseline, _, err := histogram.Align(current, baseline)
	if err != nil {
		return Change{}, Fences{}, err
	}
	f := TukeyFences(baseline, k)
	c := Change{Current: noShare(f.Reason), Baseline: noShare(f.Reason)}
	if f.Reason != "" {
		return c.unknown(f.Reason), f, nil
	}
	f = f.Snap(current.Edges)
	if math.IsInf(f.Lower, -1) && math.IsInf(f.Upper, 1) {
		return c.unknown("Both fences lie beyond the buckets: nothing outside them can be counted."), f, nil
	}
	now, err := Outside(current, f, o)
	if err != nil {
		return Change{}, f, err
	}
	before, err := Outside(baseline, f, o)
	if err != nil {
		return Change{}, f, err
	}
	if now.N == 0 {
		return c.unknown("There are no observations in the window."), f, nil
	}
	c, err = CompareShares(now.Count, now.N, before.Count, before.N, o)
	return c, f, err
}

// ShareAbove is the share of values above a limit, such as an anomaly score's.
func ShareAbove(h histogram.Histogram, limit float64, o Options) (Share, error) {
	return Outside(h, Fences{Lower: math.Inf(-1), Upper: limit}, o)
}

// overlap is the part of a bucket that lies between two fences, 1 for an open
// bucket that a fence cuts.
func overlap(lower, upper, low, high float64) float64 {
	from, to := math.Max(lower, low), math.Min(upper, high)
	switch {
	case to <= from:
		return 0
	case math.IsInf(lower, 0) || math.IsInf(upper, 0):
		return 1
	}
	return (to - from) / (upper - lower)
}
