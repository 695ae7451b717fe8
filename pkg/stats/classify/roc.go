package classify

// ROCPoint is a point of the receiver operating characteristic: the shares of negatives and of positives whose score
// is above the threshold, with their Wilson intervals.
//
// The points are exact. Between this point and the next the curve of the single rows climbs from StepLower to
// StepUpper somewhere in the rectangle that the two points span.
type ROCPoint struct {
	Threshold            float64
	FPR, TPR             float64
	StepLower, StepUpper float64 // bounds of the TPR on the way to the next point
	FPRLower, FPRUpper   float64
	TPRLower, TPRUpper   float64
}

// ROC is the curve at the bucket edges, from (0, 0) at the highest threshold to (1, 1) at the lowest. It is nil if
// one of the classes has no rows.
func (b Binned) ROC(level float64) []ROCPoint {
	positives, negatives := b.Totals()
	if positives <= 0 || negatives <= 0 {
		return nil
	}
	operating := b.Operating()
	points := make([]ROCPoint, len(operating))
	for i, o := range operating {
		tpr, fpr := o.Recall(level), o.FPR(level)
		next := operating[min(i+1, len(operating)-1)]
		points[i] = ROCPoint{
			Threshold: o.Threshold, FPR: fpr.Value, TPR: tpr.Value,
			StepLower: tpr.Value, StepUpper: next.TP / positives,
			FPRLower: fpr.Lower, FPRUpper: fpr.Upper, TPRLower: tpr.Lower, TPRUpper: tpr.Upper,
		}
	}
	return points
}

// PRPoint is a point of the precision-recall curve, exact at its threshold, with the Wilson interval of the
// precision.
//
// Between this point and the next the precision of the single rows lies between StepLower and StepUpper.
type PRPoint struct {
	Threshold            float64
	Recall, Precision    float64
	StepLower, StepUpper float64 // bounds of the precision on the way to the next point
	Lower, Upper         float64 // interval of the precision
	RecallLower          float64
	RecallUpper          float64
}

// PrecisionRecall is the curve at the bucket edges, recall ascending. Thresholds above every score are left out,
// since the precision of no prediction is not defined. It is nil if there are no positives. A curve without skill is
// flat at the prevalence.
func (b Binned) PrecisionRecall(level float64) []PRPoint {
	positives, _ := b.Totals()
	if positives <= 0 {
		return nil
	}
	operating := b.Operating()
	points := make([]PRPoint, 0, len(operating))
	for i, o := range operating {
		precision, recall := o.Precision(level), o.Recall(level)
		if !precision.Defined() {
			continue
		}
		// Worst: all negatives of the next bucket come before its positives; best: the other way around.
		next := operating[min(i+1, len(operating)-1)]
		points = append(points, PRPoint{
			Threshold: o.Threshold, Recall: recall.Value, Precision: precision.Value,
			StepLower: o.TP / (o.TP + next.FP), StepUpper: next.TP / (next.TP + o.FP),
			Lower: precision.Lower, Upper: precision.Upper, RecallLower: recall.Lower, RecallUpper: recall.Upper,
		})
	}
	return points
}
