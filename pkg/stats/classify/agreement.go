package classify

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Accuracy is the share of the rows whose class was predicted, with its Wilson interval.
func (c Confusion) Accuracy(level float64) Estimate {
	return proportion(c.Correct(), c.Total(), level, nothingAtAll)
}

// BalancedAccuracy is the mean of the recalls of the classes that have rows: 1/k for a constant prediction, whatever
// the prevalence. Delta-method interval.
func (c Confusion) BalancedAccuracy(level float64) Estimate {
	return c.macro(classRates["recall"].ratio(1), level)
}

// Kappa is Cohen's (1960) agreement beyond chance, (p_o - p_e)/(1 - p_e), with p_o the accuracy and p_e the accuracy
// that independent margins would have. Undefined when one class holds all rows and all predictions. The interval's
// variance is that of Fleiss, Cohen and Everitt (1969).
func (c Confusion) Kappa(level float64) Estimate {
	return c.estimate(kappa, -1, 1, level, "every row is of one class and predicted to be, so agreement by chance is already perfect")
}

func kappa(t table, gradient []float64) float64 {
	n := t.total
	products := 0.0
	for i := range t.k {
		products += t.actual[i] * t.predicted[i]
	}
	observed, chance := t.correct/n, products/(n*n)
	if n*n-products <= 0 {
		return math.NaN()
	}
	if gradient != nil {
		for a := range t.k {
			for p := range t.k {
				dObserved := -observed / n
				if a == p {
					dObserved += 1 / n
				}
				dChance := (t.actual[p]+t.predicted[a])/(n*n) - 2*chance/n
				gradient[a*t.k+p] = dObserved/(1-chance) - (1-observed)*dChance/((1-chance)*(1-chance))
			}
		}
	}
	return (observed - chance) / (1 - chance)
}

// MCC is Matthews' correlation of actual and predicted class, for more than two classes Gorodkin's (2004) R_K:
// (n·Σc_ii - Σt_i·p_i) / √((n²-Σp_i²)(n²-Σt_i²)) with row sums t and column sums p. Undefined (where scikit-learn
// says 0) when all rows or all predictions are of one class. Delta-method interval.
func (c Confusion) MCC(level float64) Estimate {
	return c.estimate(mcc, -1, 1, level, "all rows or all predictions are of one class, so there is nothing to correlate")
}

func mcc(t table, gradient []float64) float64 {
	n := t.total
	products, actual2, predicted2 := 0.0, 0.0, 0.0
	for i := range t.k {
		products += t.actual[i] * t.predicted[i]
		actual2 += t.actual[i] * t.actual[i]
		predicted2 += t.predicted[i] * t.predicted[i]
	}
	spreadActual, spreadPredicted := n*n-actual2, n*n-predicted2
	// A class that holds everything leaves exactly nothing but rounding.
	if spreadActual <= 1e-12*n*n || spreadPredicted <= 1e-12*n*n {
		return math.NaN()
	}
	scale := math.Sqrt(spreadActual) * math.Sqrt(spreadPredicted)
	value := (n*t.correct - products) / scale
	if gradient != nil {
		for a := range t.k {
			for p := range t.k {
				d := t.correct - t.actual[p] - t.predicted[a]
				if a == p {
					d += n
				}
				gradient[a*t.k+p] = d/scale - value*((n-t.actual[a])/spreadActual+(n-t.predicted[p])/spreadPredicted)
			}
		}
	}
	return value
}

// Skill is the share of the errors of the best constant prediction that the model avoids: 1 - errors/minority, with
// minority the rows outside the largest class. 0 is no better than always saying the majority class, negative is
// worse. Undefined when all rows are of one class. The interval is the delta method's on the logarithm of the ratio.
func (c Confusion) Skill(level float64) Estimate {
	t := tabulate(c)
	if t.total <= 0 {
		return undefined(0, nothingAtAll)
	}
	majority := 0
	for i, rows := range t.actual {
		if rows > t.actual[majority] {
			majority = i
		}
	}
	minority := t.total - t.actual[majority]
	if minority <= 1e-12*t.total {
		return undefined(t.total, "all rows are of class %q, so always predicting it makes no error", c.Classes[majority])
	}
	wrong := t.total - t.correct
	value := 1 - wrong/minority
	smooth := t.smoothed(c.Classes)
	smoothWrong, smoothMinority := smooth.total-smooth.correct, smooth.total-smooth.actual[majority]
	gradient := make([]float64, len(c.Counts))
	for a := range t.k {
		for p := range t.k {
			if a != p {
				gradient[a*t.k+p] += 1 / smoothWrong
			}
			if a != majority {
				gradient[a*t.k+p] -= 1 / smoothMinority
			}
		}
	}
	factor := math.Exp(infer.Z(level) * math.Sqrt(smooth.variance(gradient)))
	centre := wrong / minority
	if wrong == 0 {
		centre = smoothWrong / smoothMinority
	}
	estimate := Estimate{Value: value, Lower: 1 - centre*factor, Upper: 1 - centre/factor, N: t.total}
	if wrong == 0 {
		estimate.Upper = 1
	}
	return estimate
}

// BusinessValue is the mean value of a prediction, Σ c_ap·v_ap / n, when a row of class a predicted as p is worth
// values[a*k+p] (costs are negative), with its delta-method interval; times n it is the total.
func (c Confusion) BusinessValue(values []float64, level float64) (Estimate, error) {
	if len(values) != len(c.Counts) {
		return Estimate{}, fmt.Errorf("the value matrix has %d cells, but %d classes need %d, one per actual and predicted class: %s",
			len(values), len(c.Classes), len(c.Counts), quoted(c.Classes))
	}
	low, high := math.Inf(1), math.Inf(-1)
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Estimate{}, fmt.Errorf("the value of actual %q, predicted %q is not a finite number", c.Classes[i/len(c.Classes)], c.Classes[i%len(c.Classes)])
		}
		low, high = math.Min(low, v), math.Max(high, v)
	}
	mean := func(t table, gradient []float64) float64 {
		total := 0.0
		for i, count := range t.counts {
			total += count * values[i]
		}
		for i := range gradient {
			gradient[i] = (values[i] - total/t.total) / t.total
		}
		return total / t.total
	}
	return c.estimate(mean, low, high, level, ""), nil
}
