package classify

import (
	"fmt"
	"math"
	"strings"
)

// Average is a rate over all classes. Kind is "micro" (of the pooled counts of all classes against the rest), "macro"
// (the plain mean of the classes) or "weighted" (the mean weighted by the rows of each class). Metric is one of
// precision, recall, f1, specificity, fpr, fnr, npv, jaccard; f_beta takes β = 1 here, AverageFBeta any.
//
// Classes without rows and without predictions take no part. A class whose rate is 0/0 (a precision without
// predictions) is left out and Reason says so; scikit-learn does that with zero_division=nan and counts it as 0 by
// default. With one label per row, micro precision, recall and F1 all equal the accuracy.
func (c Confusion) Average(kind, metric string, level float64) (Estimate, error) {
	return c.average(kind, metric, 1, level)
}

// AverageFBeta is Average of F-beta.
func (c Confusion) AverageFBeta(kind string, beta, level float64) (Estimate, error) {
	return c.average(kind, "f_beta", beta, level)
}

func (c Confusion) average(kind, metric string, beta, level float64) (Estimate, error) {
	rate, known := classRates[metric]
	if !known {
		return Estimate{}, fmt.Errorf("metric %q has no average over classes: use one of %s", metric, quoted(averagedNames()))
	}
	r := rate.ratio(beta)
	switch kind {
	case "micro":
		return c.micro(r, level), nil
	case "macro":
		return c.macro(r, level), nil
	case "weighted":
		return c.weighted(r, level), nil
	}
	return Estimate{}, fmt.Errorf(`average %q is not known: use "micro", "macro" or "weighted"`, kind)
}

// micro pools the classes. The pooled counts depend on the number of errors alone, so the interval is the accuracy's,
// carried over.
func (c Confusion) micro(r ratio, level float64) Estimate {
	accuracy := c.Accuracy(level)
	if !accuracy.Defined() {
		return accuracy
	}
	k := float64(len(c.Classes))
	pooled := accuracy.through(func(correct float64) float64 {
		wrong := 1 - correct
		value, _ := r.at(Binary{TP: correct, FP: wrong, FN: wrong, TN: math.Max(0, k-1-wrong)})
		return value
	})
	if !pooled.Defined() {
		return undefined(accuracy.N, "there is one class, so nothing is outside it")
	}
	return pooled
}

func (c Confusion) macro(r ratio, level float64) Estimate {
	return c.meanOfClasses(r, false, level)
}

func (c Confusion) weighted(r ratio, level float64) Estimate {
	return c.meanOfClasses(r, true, level)
}

// meanOfClasses is the mean of a rate over the classes for which it is defined, plain or weighted by their rows.
func (c Confusion) meanOfClasses(r ratio, byRows bool, level float64) Estimate {
	t := tabulate(c)
	use := make([]bool, t.k)
	var left []string
	for i := range t.k {
		value, _ := r.at(t.binary(i))
		switch {
		case t.actual[i] == 0 && (byRows || t.predicted[i] == 0):
		case math.IsNaN(value):
			left = append(left, c.Classes[i])
		default:
			use[i] = true
		}
	}
	mean := func(t table, gradient []float64) float64 { return averageRate(t, r, use, byRows, gradient) }
	estimate := c.estimate(mean, 0, 1, level, "the rate is 0/0 for every class")
	if estimate.Defined() && len(left) > 0 {
		estimate.Reason = fmt.Sprintf("the rate is 0/0 for %s, left out of the average", strings.Join(left, ", "))
	}
	return estimate
}

func averageRate(t table, r ratio, use []bool, byRows bool, gradient []float64) float64 {
	weights := 0.0
	for i := range t.k {
		switch {
		case !use[i]:
		case byRows:
			weights += t.actual[i]
		default:
			weights++
		}
	}
	if weights == 0 {
		return math.NaN()
	}
	// Derivatives by TP, FP, FN of each class less that by TN, which every other cell of the matrix belongs to.
	values := make([]float64, t.k)
	slopes := make([][4]float64, t.k)
	mean, rest := 0.0, 0.0
	for i := range t.k {
		if !use[i] {
			continue
		}
		value, denominator := r.at(t.binary(i))
		weight := 1 / weights
		if byRows {
			weight = t.actual[i] / weights
		}
		values[i] = value
		mean += weight * value
		slopes[i] = r.gradient(value, denominator)
		for j := range slopes[i] {
			slopes[i][j] *= weight
		}
		rest += slopes[i][3]
	}
	if gradient == nil {
		return mean
	}
	for a := range t.k {
		for p := range t.k {
			d := rest
			if a == p {
				d += slopes[a][0] - slopes[a][3]
			} else {
				d += slopes[a][2] - slopes[a][3] + slopes[p][1] - slopes[p][3]
			}
			if byRows && use[a] {
				d += (values[a] - mean) / weights
			}
			gradient[a*t.k+p] = d
		}
	}
	return mean
}
