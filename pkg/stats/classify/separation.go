package classify

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Separation is the Kolmogorov-Smirnov separation of the scores of the two classes, the largest TPR - FPR in size
// over all thresholds.
//
// The value is the largest at an edge, which is also the lower bound; the upper bound is the largest difference that
// rows inside one bucket could reach. The interval is Newcombe's for the difference of TPR and FPR at the threshold
// found, widened by the upper bound. That the threshold was chosen by the same rows makes the value a little too
// large in small samples.
func (b Binned) Separation(level float64) RankEstimate {
	positives, negatives := b.Totals()
	e, undefined := unranked(positives, negatives)
	if undefined {
		return e
	}
	operating := b.Operating()
	e.Value, e.BoundUpper = 0, 0
	best := operating[0]
	for i, o := range operating {
		tpr, fpr := o.TP/positives, o.FP/negatives
		if d := math.Abs(tpr - fpr); d > e.Value {
			e.Value, best = d, o
		}
		if i > 0 {
			// Within the bucket one class can come wholly before the other.
			before := operating[i-1]
			e.BoundUpper = math.Max(e.BoundUpper, math.Max(tpr-before.FP/negatives, fpr-before.TP/positives))
		}
	}
	e.BoundLower = e.Value
	e.BoundUpper = math.Max(e.Value, e.BoundUpper)
	more, less := best.TP/positives, best.FP/negatives
	limits := infer.NewcombeDifference(best.TP, positives, best.FP, negatives, level)
	if more < less {
		limits = infer.NewcombeDifference(best.FP, negatives, best.TP, positives, level)
	}
	e.Lower, e.Upper = limits.Lower, limits.Upper
	return e.widened(0, 1)
}
