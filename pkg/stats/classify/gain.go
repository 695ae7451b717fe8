package classify

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// GainPoint is a point of the cumulative gain curve: taking the rows with the highest scores down to the threshold,
// which share of all rows they are, and which share of the positives is among them.
type GainPoint struct {
	Threshold float64
	Depth     float64 // share of all rows taken
	Gain      float64 // share of the positives taken: the recall
	Lift      float64 // Gain/Depth, how much better than chance; NaN where nothing is taken
	Lower     float64 // interval of the gain (Wilson)
	Upper     float64
}

// GainCurve is the cumulative gain at the bucket edges, exact there, depth ascending. It is nil if there are no
// positives.
func (b Binned) GainCurve(level float64) []GainPoint {
	positives, negatives := b.Totals()
	if positives <= 0 {
		return nil
	}
	operating := b.Operating()
	points := make([]GainPoint, len(operating))
	for i, o := range operating {
		gain := o.Recall(level)
		depth := (o.TP + o.FP) / (positives + negatives)
		points[i] = GainPoint{o.Threshold, depth, gain.Value, gain.Value / depth, gain.Lower, gain.Upper}
	}
	return points
}

// Gain is the share of the positives among the given share of the rows with the highest scores (0.1: the top tenth).
//
// It is exact where the depth falls on a bucket edge, and linear inside a bucket, with bounds for the rows of the
// bucket being ordered all wrongly or all rightly. The interval is Wilson's, widened by the bounds' distance from the
// value.
func (b Binned) Gain(depth, level float64) (RankEstimate, error) {
	if !(depth > 0 && depth <= 1) {
		return RankEstimate{}, fmt.Errorf("depth %v is not a share of the rows: use 0.1 for the tenth with the highest scores", depth)
	}
	positives, negatives := b.Totals()
	e, undefined := unranked(positives, negatives)
	if undefined && positives <= 0 {
		return e, nil
	}
	e.Reason = ""
	take := depth * (positives + negatives)
	low, high, middle := 0.0, 0.0, 0.0
	for i := len(b.Positives) - 1; i >= 0 && take > 0; i-- {
		p, n := b.Positives[i], b.Negatives[i]
		if p+n <= 0 {
			continue
		}
		rows := math.Min(take, p+n)
		low += math.Max(0, rows-n)
		high += math.Min(p, rows)
		middle += rows * p / (p + n)
		take -= rows
	}
	share := func(found float64) float64 { return math.Min(1, found/positives) }
	e.Value, e.BoundLower, e.BoundUpper = share(middle), share(low), share(high)
	limits := infer.Wilson(e.Value*positives, positives, level)
	e.Lower, e.Upper = limits.Lower, limits.Upper
	return e.widened(0, 1), nil
}

// Lift is the gain at a depth divided by the depth: how many times more positives than a random choice of as many
// rows holds.
func (b Binned) Lift(depth, level float64) (RankEstimate, error) {
	e, err := b.Gain(depth, level)
	if err != nil {
		return RankEstimate{}, err
	}
	return e.through(1/depth, 0), nil
}
