package histogram

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Quantile returns the q-quantile and the bucket that holds it.
//
// lower and upper are hard bounds: the ends of the bucket with rank q·n, so
// infinite in an open bucket. value is interpolated linearly inside the bucket;
// in an open bucket it is the finite end (NaN if there is none). All three are
// NaN when there are no observations or q is outside [0, 1].
func (h Histogram) Quantile(q float64) (value, lower, upper float64) {
	total := h.Total()
	if !(total > 0) || !(q >= 0 && q <= 1) {
		return math.NaN(), math.NaN(), math.NaN()
	}
	k, inside := h.locate(q * total)
	lower, upper = h.Bounds(k)
	switch {
	case !math.IsInf(lower, 0) && !math.IsInf(upper, 0):
		value = lower + (upper-lower)*inside
	case !math.IsInf(upper, 0):
		value = upper
	case !math.IsInf(lower, 0):
		value = lower
	default:
		value = math.NaN()
	}
	return value, lower, upper
}

// QuantileInterval is a confidence interval of the q-quantile from order
// statistics, free of any assumption on the distribution: the ranks
// n·q ± z·√(n·q·(1−q)), each put into its bucket, from the lower end of the one to
// the upper end of the other. It therefore holds both the sampling and the
// binning uncertainty. NaN as for Quantile and for a level outside (0, 1).
//
// Reference: David and Nagaraja, Order Statistics, 3rd ed., section 7.1.
func (h Histogram) QuantileInterval(q, level float64) (lower, upper float64) {
	total := h.Total()
	if !(total > 0) || !(q >= 0 && q <= 1) || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	reach := distuv.UnitNormal.Quantile(0.5+level/2) * math.Sqrt(total*q*(1-q))
	if low := q*total - reach; low > 0 {
		k, _ := h.locate(low)
		lower, _ = h.Bounds(k)
	} else {
		lower = h.lowest()
	}
	// The upper order statistic is the one after the rank, hence + 1.
	if high := q*total + reach + 1; high < total {
		k, _ := h.locate(high)
		_, upper = h.Bounds(k)
	} else {
		upper = h.highest()
	}
	return lower, upper
}

// locate finds the filled bucket that holds a rank in [0, total], and how far
// inside the bucket the rank lies, from 0 to 1.
func (h Histogram) locate(rank float64) (k int, inside float64) {
	below, last := 0.0, 0
	for k, count := range h.Counts {
		if count == 0 {
			continue
		}
		if rank <= below+count {
			return k, math.Max(0, (rank-below)/count)
		}
		below += count
		last = k
	}
	return last, 1
}

// lowest and highest bound all observations: the outer ends of the outermost
// filled buckets.
func (h Histogram) lowest() float64 {
	k, _ := h.locate(0)
	lower, _ := h.Bounds(k)
	return lower
}

func (h Histogram) highest() float64 {
	k, _ := h.locate(math.Inf(1))
	_, upper := h.Bounds(k)
	return upper
}
