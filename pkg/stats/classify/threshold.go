package classify

import "math"

// Operating is what the classifier does when every score above a threshold is called positive.
type Operating struct {
	Threshold float64
	Binary
}

// Operating gives the counts at every bucket edge, from the highest threshold (nothing is called positive) to the
// lowest (everything is). They are exact for the rule "score above the edge", since buckets hold their upper edge.
func (b Binned) Operating() []Operating {
	k := len(b.Positives)
	positives, negatives := b.Totals()
	points := make([]Operating, k+1)
	tp, fp := 0.0, 0.0
	for i := k; i >= 0; i-- {
		if i < k {
			tp += b.Positives[i]
			fp += b.Negatives[i]
		}
		if i == 0 {
			tp, fp = positives, negatives // what rounding may have left
		}
		points[k-i] = Operating{b.Edges[i], Binary{TP: tp, FP: fp, FN: math.Max(0, positives-tp), TN: math.Max(0, negatives-fp)}}
	}
	return points
}

// At gives the counts at a threshold that is a bucket edge, within a relative 1e-9; false if it lies inside a bucket.
func (b Binned) At(threshold float64) (Operating, bool) {
	for _, point := range b.Operating() {
		if point.Threshold == threshold || math.Abs(point.Threshold-threshold) <= 1e-9*math.Max(1, math.Abs(threshold)) {
			return point, true
		}
	}
	return Operating{}, false
}

// Youden is the edge with the largest TPR - FPR (Youden 1950). False if a class has no rows.
func (b Binned) Youden() (Operating, bool) {
	return b.best(func(c Binary) float64 { return c.TP/(c.TP+c.FN) - c.FP/(c.FP+c.TN) })
}

// BestF1 is the edge with the largest F1. False if there are no positives.
func (b Binned) BestF1() (Operating, bool) {
	return b.best(func(c Binary) float64 {
		if c.TP+c.FN <= 0 {
			return math.NaN()
		}
		return 2 * c.TP / (2*c.TP + c.FP + c.FN)
	})
}

// BestValue is the edge with the largest total value when a true positive is worth values.TP, a false positive
// values.FP and so on (costs are negative). False if there are no rows.
func (b Binned) BestValue(values Binary) (Operating, bool) {
	return b.best(func(c Binary) float64 {
		if c.Total() <= 0 {
			return math.NaN()
		}
		return values.TP*c.TP + values.FP*c.FP + values.FN*c.FN + values.TN*c.TN
	})
}

// best is the highest threshold with the largest gain that is a number.
func (b Binned) best(gain func(Binary) float64) (Operating, bool) {
	var best Operating
	largest, found := math.Inf(-1), false
	for _, point := range b.Operating() {
		if g := gain(point.Binary); g > largest {
			best, largest, found = point, g, true
		}
	}
	return best, found
}
