package classify

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// table is a confusion matrix with its sums.
type table struct {
	k                 int
	counts            []float64
	actual, predicted []float64
	total, correct    float64
}

func tabulate(c Confusion) table {
	actual, predicted := c.Margins()
	return table{len(c.Classes), c.Counts, actual, predicted, c.Total(), c.Correct()}
}

// smoothed adds half a row per class, spread evenly over the predictions.
func (t table) smoothed(classes []string) table {
	counts := make([]float64, len(t.counts))
	for i, count := range t.counts {
		counts[i] = count + 0.5/float64(t.k)
	}
	return tabulate(Confusion{classes, counts})
}

// binary is class i against the rest. Differences of sums that rounding left below zero are zero.
func (t table) binary(i int) Binary {
	hit := t.counts[i*t.k+i]
	return Binary{
		TP: hit,
		FP: math.Max(0, t.predicted[i]-hit),
		FN: math.Max(0, t.actual[i]-hit),
		TN: math.Max(0, t.total-t.actual[i]-t.predicted[i]+hit),
	}
}

// statistic is a function of a confusion matrix that does not change when all counts are multiplied. It returns its
// value, NaN where undefined, and where gradient is not nil fills in the derivative by each count.
type statistic func(t table, gradient []float64) float64

// variance is the delta method's on multinomial cells: Σc·g² - (Σc·g)²/n with g the derivative by the count c.
func (t table) variance(gradient []float64) float64 {
	square, mean := 0.0, 0.0
	for i, count := range t.counts {
		square += count * gradient[i] * gradient[i]
		mean += count * gradient[i]
	}
	return math.Max(0, square-mean*mean/t.total)
}

// estimate gives a statistic that lies in [low, high] an interval: Wilson's, with the n at which a share would have
// the statistic's delta-method variance. That n is taken from the matrix with half a row per class added, since the
// plain delta method gives width 0 where nothing has gone wrong yet. For the accuracy this is Wilson's own interval
// but for those added rows. The tests hold its coverage to nominal.
func (c Confusion) estimate(f statistic, low, high, level float64, reason string) Estimate {
	t := tabulate(c)
	if t.total <= 0 {
		return undefined(0, nothingAtAll)
	}
	value := f(t, nil)
	if math.IsNaN(value) {
		return undefined(t.total, "%s", reason)
	}
	if high <= low {
		return Estimate{Value: value, Lower: value, Upper: value, N: t.total}
	}
	smooth := t.smoothed(c.Classes)
	gradient := make([]float64, len(c.Counts))
	share := (f(smooth, gradient) - low) / (high - low)
	variance := smooth.variance(gradient) / ((high - low) * (high - low))
	effective := share * (1 - share) / variance
	if !(effective > 0) || math.IsInf(effective, 1) {
		effective = t.total
	}
	scaled := math.Min(1, math.Max(0, (value-low)/(high-low)))
	limits := infer.Wilson(scaled*effective, effective, level)
	return Estimate{
		Value: value,
		Lower: math.Min(value, low+(high-low)*limits.Lower),
		Upper: math.Max(value, low+(high-low)*limits.Upper),
		N:     t.total,
	}
}
