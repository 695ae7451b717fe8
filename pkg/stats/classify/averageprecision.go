package classify

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
)

// AveragePrecision is the area under the precision-recall curve as a sum of steps, Σ (R_i - R_{i-1})·Precision_i over
// the distinct scores from the highest down (scikit-learn's definition). Chance gives the prevalence.
//
// Bounds: the positives of a bucket come one by one after all its negatives (lower), or before them with one score
// (upper; equal scores can lift the statistic above what positives one by one would give). The value takes the rows
// of a bucket as in random order. The standard error is the delta method's over the counts of all buckets, as
// sampling rows, prevalence included. The interval is made from it as that of the AUC.
func (b Binned) AveragePrecision(level float64) RankEstimate {
	positives, negatives := b.Totals()
	e, undefined := unranked(positives, negatives)
	if positives > 0 && negatives <= 0 {
		return RankEstimate{Value: 1, Lower: 1, Upper: 1, BoundLower: 1, BoundUpper: 1, N: positives, Positives: positives,
			Reason: "every row is of the positive class, so any order is perfect"}
	}
	if undefined {
		return e
	}
	e.Value, e.BoundLower, e.BoundUpper = b.precisionArea(positives)
	e.StandardError = math.Sqrt(b.precisionVariance(positives, positives+negatives))
	smooth := b.smoothed()
	centre, _, _ := smooth.precisionArea(positives + 0.5)
	e.Lower, e.Upper = unitInterval(e.Value, centre, smooth.precisionVariance(positives+0.5, positives+negatives+1), level)
	return e.widened(0, 1)
}

// precisionArea is the area under the curve with rows in random order inside a bucket, and its hard bounds.
func (b Binned) precisionArea(positives float64) (value, lower, upper float64) {
	t, f := 0.0, 0.0 // positives and negatives in the buckets above
	for i := len(b.Positives) - 1; i >= 0; i-- {
		p, n := b.Positives[i], b.Negatives[i]
		if p > 0 {
			lower += precisionSteps(t, t+f+n, 1, p)
			upper += p * (t + p) / (t + p + f)
			value += precisionSteps(t, t+f, 1+n/(p+1), p)
		}
		t, f = t+p, f+n
	}
	upper = math.Min(1, upper/positives)
	lower = math.Min(upper, lower/positives) // equal but for rounding
	// With fractional counts the point formula may leave the bounds by less than a row's share.
	return math.Min(upper, math.Max(lower, value/positives)), lower, upper
}

// precisionSteps is Σ_{i=1..p} (t+i)/(r+s·i), in closed form by the digamma function, which also gives it a meaning
// for fractional p.
func precisionSteps(t, r, s, p float64) float64 {
	ratio := r / s
	if t == 0 && ratio == 0 {
		return p / s
	}
	return p/s + (t-ratio)/s*(mathext.Digamma(ratio+p+1)-mathext.Digamma(ratio+1))
}

// nodes and weights integrate over [0, 1] (Gauss-Legendre).
var nodes, weights = func() (x, w [16]float64) {
	quad.Legendre{}.FixedLocations(x[:], w[:], 0, 1)
	return x, w
}()

// precisionVariance is the delta method's variance of the average precision, with rows spread evenly inside a bucket:
// a bucket contributes p·∫(t+pu)/(t+f+(p+n)u)du over u from 0 to 1, where t and f are the positives and negatives
// above it.
func (b Binned) precisionVariance(positives, total float64) float64 {
	k := len(b.Positives)
	byPositive, byNegative := make([]float64, k), make([]float64, k)
	area := 0.0
	t, f := positives, total-positives
	// From the lowest bucket up: each bucket adds to the derivative by all counts above it.
	byAboveTP, byAboveFP := 0.0, 0.0
	for i := range k {
		p, n := b.Positives[i], b.Negatives[i]
		t, f = math.Max(0, t-p), math.Max(0, f-n)
		byPositive[i], byNegative[i] = byAboveTP, byAboveFP
		if p == 0 {
			// A first positive in this bucket would get the precision in its middle.
			if half := t + f + n/2; half > 0 {
				byPositive[i] += t / half
			}
			continue
		}
		var precision, ofOwnTP, ofOwnFP, ofAboveTP, ofAboveFP float64
		for node, u := range nodes {
			d := t + f + (p+n)*u
			found, rest := weights[node]*(t+p*u)/d, weights[node]*(f+n*u)/(d*d)
			precision += found
			ofOwnTP += u * rest
			ofOwnFP += u * found / d
			ofAboveTP += rest
			ofAboveFP += found / d
		}
		area += p * precision
		byPositive[i] += precision + p*ofOwnTP
		byNegative[i] -= p * ofOwnFP
		if t+f > 0 {
			byAboveTP += p * ofAboveTP
			byAboveFP -= p * ofAboveFP
		}
	}
	area /= positives
	square, mean := 0.0, 0.0
	for i := range k {
		g := (byPositive[i] - area) / positives
		h := byNegative[i] / positives
		square += b.Positives[i]*g*g + b.Negatives[i]*h*h
		mean += b.Positives[i]*g + b.Negatives[i]*h
	}
	return math.Max(0, square-mean*mean/total)
}
