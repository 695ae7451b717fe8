package estimate

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Coverage is the share of the predictions whose label has arrived, with its Wilson interval. More outcomes than
// predictions (labels of earlier predictions arriving now) count as all, and Reason says so. Undefined without
// predictions.
func Coverage(outcomes, predictions, level float64) classify.Estimate {
	if !(predictions > 0) {
		nan := math.NaN()
		return classify.Estimate{Value: nan, Lower: nan, Upper: nan, Reason: "there are no predictions"}
	}
	reason := ""
	if outcomes > predictions {
		reason = fmt.Sprintf("%.0f outcomes came for %.0f predictions: some are of predictions made earlier", outcomes, predictions)
		outcomes = predictions
	}
	i := infer.Wilson(outcomes, predictions, level)
	return classify.Estimate{Value: outcomes / predictions, Lower: i.Lower, Upper: i.Upper, N: predictions, Reason: reason}
}

// Mature is a point of the maturity curve: the share of the labels that are there once a prediction has that age.
type Mature struct {
	Age                    float64 // in the unit of the delays
	Share                  float64
	Lower, Upper           float64 // Wilson interval, including the bounds
	BoundLower, BoundUpper float64 // hard bounds where the age lies inside a bucket of delays
}

// MaturityCurve is the distribution function of the delays at the edges of their buckets, where it is exact.
//
// Delays are known of labels that have arrived. Of recent predictions these are the quick ones, so the histogram
// should be of labels of a time that is over, or of traffic that is steady.
func MaturityCurve(delays histogram.Histogram, level float64) []Mature {
	n := delays.Total()
	if !(n > 0) {
		return nil
	}
	out := make([]Mature, len(delays.Edges))
	for i, edge := range delays.Edges {
		out[i] = Maturity(delays, edge, level)
	}
	return out
}

// Maturity is the maturity curve at one age: linear inside a bucket, whose ends are the bounds. All NaN without
// delays.
func Maturity(delays histogram.Histogram, age, level float64) Mature {
	n := delays.Total()
	if !(n > 0) || math.IsNaN(age) {
		nan := math.NaN()
		return Mature{age, nan, nan, nan, nan, nan}
	}
	lower, share, upper := arrived(delays, age)
	return Mature{
		Age: age, Share: share / n,
		Lower:      infer.Wilson(lower, n, level).Lower,
		Upper:      infer.Wilson(upper, n, level).Upper,
		BoundLower: lower / n, BoundUpper: upper / n,
	}
}

// arrived counts the delays of at most an age: at least, about and at most. No delay is negative.
func arrived(delays histogram.Histogram, age float64) (least, about, most float64) {
	if age < 0 {
		return 0, 0, 0
	}
	for k, count := range delays.Counts {
		lower, upper := delays.Bounds(k)
		lower = math.Max(0, lower)
		switch {
		case upper <= age:
			least += count
			about += count
			most += count
		case lower < age && math.IsInf(upper, 1):
			most += count
		case lower < age:
			most += count
			about += count * (age - lower) / (upper - lower)
		}
	}
	return least, about, most
}

// MatureAfter is the age by which the given share of the labels has arrived, with the ends of the bucket that holds
// it: wait for upper to be sure of it. NaN without delays; upper is infinite in the open bucket.
func MatureAfter(delays histogram.Histogram, share float64) (age, lower, upper float64) {
	age, lower, upper = delays.Quantile(share)
	return age, math.Max(0, lower), upper
}

// Batch is a number of predictions made evenly over a time that lies between two ages ago.
type Batch struct {
	Predictions      float64
	Youngest, Oldest float64 // in the unit of the delays
}

// Due is what share of the labels of some predictions should have arrived by now, if they take as long as others did.
type Due struct {
	Share                  float64
	Lower, Upper           float64 // interval, including the bounds
	BoundLower, BoundUpper float64 // hard bounds from the buckets of delays
	Predictions            float64
	Reason                 string
}

// DueByNow averages the maturity curve over the ages of the predictions: Σ_b n_b·(1/(o_b-y_b))·∫F(age) d age / Σ_b n_b
// over batches of ages y_b to o_b. It is of the labels that will ever come; multiplied by the coverage of predictions
// old enough, it says which coverage to expect now. The interval is Wilson's for the delays seen. Undefined without
// predictions or delays; an error says that a batch makes no sense.
func DueByNow(delays histogram.Histogram, batches []Batch, level float64) (Due, error) {
	nan := math.NaN()
	out := Due{Share: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan}
	n := delays.Total()
	var lower, share, upper float64
	for _, b := range batches {
		if !(b.Predictions >= 0) || math.IsInf(b.Predictions, 1) || !(b.Youngest <= b.Oldest) || math.IsInf(b.Oldest-b.Youngest, 0) {
			return out, fmt.Errorf("a batch of \"%g\" predictions of ages \"%g\" to \"%g\" makes no sense: ages ascend and counts are not negative", b.Predictions, b.Youngest, b.Oldest)
		}
		out.Predictions += b.Predictions
		least, about, most := meanArrived(delays, b.Youngest, b.Oldest)
		lower += b.Predictions * least
		share += b.Predictions * about
		upper += b.Predictions * most
	}
	switch {
	case !(n > 0):
		out.Reason = "no delay of a label is known"
		return out, nil
	case !(out.Predictions > 0):
		out.Reason = "there are no predictions"
		return out, nil
	}
	lower, share, upper = lower/out.Predictions, share/out.Predictions, upper/out.Predictions
	out.Share, out.BoundLower, out.BoundUpper = share/n, lower/n, upper/n
	out.Lower = infer.Wilson(math.Min(n, lower), n, level).Lower
	out.Upper = infer.Wilson(math.Min(n, upper), n, level).Upper
	return out, nil
}

// meanArrived is the mean of arrived over ages between two: of a step function and of a function linear between its
// edges, so the pieces between edges are exact.
func meanArrived(delays histogram.Histogram, youngest, oldest float64) (least, about, most float64) {
	if oldest <= youngest {
		return arrived(delays, oldest)
	}
	from := math.Max(0, youngest)
	ends := make([]float64, 0, len(delays.Edges)+1)
	for _, edge := range delays.Edges {
		if edge > from && edge < oldest {
			ends = append(ends, edge)
		}
	}
	ends = append(ends, oldest)
	for _, to := range ends {
		if to <= from {
			continue
		}
		weight := (to - from) / (oldest - youngest)
		middleLeast, middleAbout, middleMost := arrived(delays, (from+to)/2)
		least += weight * middleLeast
		about += weight * middleAbout
		most += weight * middleMost
		from = to
	}
	return least, about, most
}
