package classify

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// AUC is the area under the ROC curve: the probability that a random positive row scores above a random negative one,
// ties counting half.
//
// Bounds: rows that share a bucket are ordered all wrongly or all rightly. The value is their middle (the trapezoid's
// area). The standard error is that of DeLong, DeLong and Clarke-Pearson (1988) on the binned placement values; the
// interval is taken on the logit scale, which keeps it inside 0 to 1, and widened by the bounds' distance from the
// value. Where every placement is equal, as in perfect separation, DeLong's error is 0 and the interval is Wilson's for
// a share of the smaller class instead, which is wider than any placement values with that mean would give.
func (b Binned) AUC(level float64) RankEstimate {
	positives, negatives := b.Totals()
	e, undefined := unranked(positives, negatives)
	if undefined {
		return e
	}
	k := len(b.Positives)
	pairs := positives * negatives
	below, apart, tied := 0.0, 0.0, 0.0
	for i := range k {
		apart += b.Positives[i] * below
		tied += b.Positives[i] * b.Negatives[i]
		below += b.Negatives[i]
	}
	e.BoundLower = apart / pairs
	e.BoundUpper = math.Min(1, (apart+tied)/pairs)
	e.Value = math.Min(1, (apart+tied/2)/pairs)

	variance := b.placementVariance(e.Value, positives, negatives)
	e.StandardError = math.Sqrt(variance)
	e.Lower, e.Upper = unitInterval(e.Value, variance, math.Min(positives, negatives), level)
	return e.widened(0, 1)
}

// placementVariance is DeLong's variance of the area: of the share of negatives below each positive, and of the share
// of positives above each negative. A class of one row or less is given the largest variance that its placements
// could have.
func (b Binned) placementVariance(area, positives, negatives float64) float64 {
	below, above := 0.0, positives
	ofPositives, ofNegatives := 0.0, 0.0
	for i := range b.Positives {
		above -= b.Positives[i]
		dp := (below+b.Negatives[i]/2)/negatives - area
		dn := (above+b.Positives[i]/2)/positives - area
		ofPositives += b.Positives[i] * dp * dp
		ofNegatives += b.Negatives[i] * dn * dn
		below += b.Negatives[i]
	}
	mean := func(squares, n float64) float64 {
		if n <= 1 {
			return area * (1 - area) / n
		}
		return squares / (n - 1) / n
	}
	return mean(ofPositives, positives) + mean(ofNegatives, negatives)
}

// unitInterval is the interval of a statistic in [0, 1] on the logit scale; where that has no width or the value is 0
// or 1 it is Wilson's for a share of n.
func unitInterval(value, variance, n, level float64) (lower, upper float64) {
	if !(variance > 0) || value <= 0 || value >= 1 {
		limits := infer.Wilson(math.Min(1, math.Max(0, value))*n, n, level)
		return limits.Lower, limits.Upper
	}
	logit := math.Log(value / (1 - value))
	half := infer.Z(level) * math.Sqrt(variance) / (value * (1 - value))
	return logistic(logit - half), logistic(logit + half)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// widened moves the limits apart by the distance of the bounds from the value, within [low, high].
func (e RankEstimate) widened(low, high float64) RankEstimate {
	e.Lower = math.Max(low, e.Lower-(e.Value-e.BoundLower))
	e.Upper = math.Min(high, e.Upper+(e.BoundUpper-e.Value))
	return e
}

// Gini is 2·AUC - 1, also called the accuracy ratio: 0 is chance, 1 is perfect order.
func (b Binned) Gini(level float64) RankEstimate {
	return b.AUC(level).through(2, -1)
}

// MeanAUC is the mean of the areas of several classes against the rest, "macro" (plain) or "weighted" (by their
// positives). Classes whose area is undefined are left out and Reason says how many. The classes share their rows, and
// how their areas correlate is not known from histograms, so the standard error is the mean of theirs: the largest
// that is possible.
func MeanAUC(classes []Binned, average string, level float64) (RankEstimate, error) {
	if average != "macro" && average != "weighted" {
		return RankEstimate{}, fmt.Errorf(`average %q is not known for the AUC: use "macro" or "weighted"`, average)
	}
	var mean RankEstimate
	weights, left, smallest := 0.0, 0, math.Inf(1)
	for _, class := range classes {
		area := class.AUC(level)
		if !area.Defined() {
			left++
			continue
		}
		weight := 1.0
		if average == "weighted" {
			weight = area.Positives
		}
		weights += weight
		mean.Value += weight * area.Value
		mean.BoundLower += weight * area.BoundLower
		mean.BoundUpper += weight * area.BoundUpper
		mean.StandardError += weight * area.StandardError
		mean.N = math.Max(mean.N, area.N)
		mean.Positives += area.Positives
		smallest = math.Min(smallest, math.Min(area.Positives, area.N-area.Positives))
	}
	if weights == 0 {
		e, _ := unranked(0, 0)
		e.Reason = "no class has both rows of its own and others"
		return e, nil
	}
	mean.Value /= weights
	mean.BoundLower /= weights
	mean.BoundUpper /= weights
	mean.StandardError /= weights
	mean.Lower, mean.Upper = unitInterval(mean.Value, mean.StandardError*mean.StandardError, smallest, level)
	if left > 0 {
		mean.Reason = fmt.Sprintf("%d of %d classes have no rows of their own or no others, left out", left, len(classes))
	}
	return mean.widened(0, 1), nil
}
