package classify

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Compare is how much better one threshold is than another by a gain, a smooth function of the counts that does not
// depend on their size, such as F1 or the mean value.
//
// Both thresholds judge the same rows, so only the rows whose scores lie between them differ. The interval is the delta
// method's over six counts, the positives and the negatives above, between and below the thresholds, with half a row
// added to each for its variance. Undefined where the gain is not defined at both.
//
// Reference: Agresti, Categorical Data Analysis, 3rd ed., section 16.1.
func (b Binned) Compare(one, other Operating, gain func(Binary) float64, level float64) Estimate {
	n := one.Total()
	if n <= 0 {
		return undefined(0, "there are no rows")
	}
	high, low, sign := one, other, 1.0
	if one.Threshold < other.Threshold {
		high, low, sign = other, one, -1
	}
	cells := []float64{high.TP, low.TP - high.TP, low.FN, high.FP, low.FP - high.FP, low.TN}
	difference := func(c []float64) float64 {
		above := Binary{TP: c[0], FN: c[1] + c[2], FP: c[3], TN: c[4] + c[5]}
		below := Binary{TP: c[0] + c[1], FN: c[2], FP: c[3] + c[4], TN: c[5]}
		return sign * (gain(above) - gain(below))
	}
	value := difference(cells)
	if math.IsNaN(value) {
		return undefined(n, "the gain is not defined at both thresholds")
	}
	const half, step = 0.5, 1e-6
	shares := make([]float64, len(cells))
	for i, c := range cells {
		shares[i] = (math.Max(0, c) + half) / (n + half*float64(len(cells)))
	}
	gradient := make([]float64, len(cells))
	for i, share := range shares {
		h := step * share
		shares[i] = share + h
		up := difference(shares)
		shares[i] = share - h
		gradient[i] = (up - difference(shares)) / (2 * h)
		shares[i] = share
	}
	reach := infer.Z(level) * math.Sqrt(math.Max(0, infer.DeltaVariance(shares, gradient, n)))
	return Estimate{Value: value, Lower: value - reach, Upper: value + reach, N: n}
}

// Indistinct is the range of the thresholds that the rows cannot tell from the best one by the gain: from the lowest to
// the highest edge that is not certainly worse, by Compare. It is wide where the gain is flat or the rows are few.
func (b Binned) Indistinct(best Operating, gain func(Binary) float64, level float64) (lower, upper float64) {
	lower, upper = best.Threshold, best.Threshold
	for _, point := range b.Operating() {
		if math.IsInf(point.Threshold, 0) {
			continue
		}
		if e := b.Compare(best, point, gain, level); e.Defined() && e.Lower <= 0 {
			lower, upper = math.Min(lower, point.Threshold), math.Max(upper, point.Threshold)
		}
	}
	return lower, upper
}
