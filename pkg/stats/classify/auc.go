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
// value. Where every placement is equal, as in perfect separation, DeLong's error is 0 and the interval is Wilson's
// for a share of the smaller class instead, which is wider than any placement values with that mean would give.
func (b Binned) AUC(level float64) RankEstimate {
	positives, negatives := b.Totals()
	e, undefined := unranked(positives, negatives)
	if undefined {
		return e
	}
	apart, tied := b.orderedPairs()
	pairs := positives * negatives
	e.BoundLower = apart / pairs
	e.BoundUpper = math.Min(1, (apart+tied)/pairs)
	e.Value = math.Min(1, (apart+tied/2)/pairs)
	e.StandardError = math.Sqrt(b.placementVariance(e.Value, positives, negatives))

	smooth := b.smoothed()
	positives, negatives = positives+0.5, negatives+0.5
	apart, tied = smooth.orderedPairs()
	centre := (apart + tied/2) / (positives * negatives)
	e.Lower, e.Upper = unitInterval(e.Value, centre, smooth.placementVariance(centre, positives, negatives), level)
	return e.widened(0, 1)
}

// orderedPairs counts the pairs of a positive and a negative in which the positive is in a higher bucket, and in the
// same.
func (b Binned) orderedPairs() (apart, tied float64) {
	below := 0.0
	for i := range b.Positives {
		apart += b.Positives[i] * below
		tied += b.Positives[i] * b.Negatives[i]
		below += b.Negatives[i]
	}
	return apart, tied
}

// smoothed adds half a row of each class, spread as all rows are.
func (b Binned) smoothed() Binned {
	k := len(b.Positives)
	counts := make([]float64, 2*k)
	out := Binned{Edges: b.Edges, Positives: counts[:k], Negatives: counts[k:]}
	positives, negatives := b.Totals()
	for i := range k {
		share := 0.5 * (b.Positives[i] + b.Negatives[i]) / (positives + negatives)
		out.Positives[i], out.Negatives[i] = b.Positives[i]+share, b.Negatives[i]+share
	}
	return out
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

// unitInterval is Wilson's interval around a value in [0, 1] with the n at which a share at the centre would have the
// variance. All rows in one bucket have none: then it is for the bounds alone to say what is not known.
func unitInterval(value, centre, variance, level float64) (lower, upper float64) {
	if !(variance > 0) {
		return value, value
	}
	effective := centre * (1 - centre) / variance
	limits := infer.Wilson(math.Min(1, math.Max(0, value))*effective, effective, level)
	return limits.Lower, limits.Upper
}

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
// positives). Classes whose area is undefined are left out and Reason says how many. The classes share their rows,
// and how their areas correlate is not known from histograms, so the standard error is the mean of theirs: the
// largest that is possible, and the limits are the mean of theirs.
func MeanAUC(classes []Binned, average string, level float64) (RankEstimate, error) {
	if average != "macro" && average != "weighted" {
		return RankEstimate{}, fmt.Errorf(`average %q is not known for the AUC: use "macro" or "weighted"`, average)
	}
	var mean RankEstimate
	weights, left := 0.0, 0
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
		mean.Lower += weight * area.Lower
		mean.Upper += weight * area.Upper
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
	mean.Lower /= weights
	mean.Upper /= weights
	if left > 0 {
		mean.Reason = fmt.Sprintf("%d of %d classes have no rows of their own or no others, left out", left, len(classes))
	}
	return mean, nil
}
