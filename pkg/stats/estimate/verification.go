package estimate

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Verified corrects a confusion matrix for labels that arrive more often for some predictions than for others (only
// granted loans show whether they are repaid): the verification bias of Begg and Greenes (1983).
//
// With N_p of N rows predicted as p, of which n_p have a label, n_ap of them of class a, the corrected matrix is
//
//	N_p · n_ap/n_p,
//
// the maximum likelihood estimate if, among the rows with the same prediction, labels come to all alike. Recall,
// accuracy and prevalence change by it; precision does not.
type Verified struct {
	Confusion classify.Confusion // corrected; sums to all predictions
	Labelled  classify.Confusion // as the labels show it
	Coverage  []float64          // share of the rows with a label, by predicted class; NaN where nothing is predicted
	Reason    string             // why there is no correction: a class that is predicted and never labelled

	predicted []float64
}

// Verify corrects the confusion matrix of the labelled rows by all rows per predicted class, in the same order.
// Predictions below the labelled ones (windows that do not match to the row) are taken to equal them.
func Verify(labelled classify.Confusion, predicted []float64) (Verified, error) {
	k := len(labelled.Classes)
	if len(predicted) != k {
		return Verified{}, fmt.Errorf("%d counts of predicted classes do not fit a confusion matrix of %d classes: give one per class", len(predicted), k)
	}
	if err := counts(predicted, "predicted rows"); err != nil {
		return Verified{}, err
	}
	_, seen := labelled.Margins()
	v := Verified{Labelled: labelled, Coverage: make([]float64, k), predicted: make([]float64, k)}
	cells := make([]float64, k*k)
	for p := range k {
		v.predicted[p] = math.Max(predicted[p], seen[p])
		v.Coverage[p] = seen[p] / v.predicted[p]
		if seen[p] <= 0 {
			if v.predicted[p] > 0 && v.Reason == "" {
				v.Reason = fmt.Sprintf("none of the %.0f rows predicted as %q has a label", v.predicted[p], labelled.Classes[p])
			}
			continue
		}
		for a := range k {
			cells[a*k+p] = v.predicted[p] * labelled.Counts[a*k+p] / seen[p]
		}
	}
	if v.Reason == "" && total(seen) <= 0 {
		v.Reason = "there are no labelled rows"
	}
	v.Confusion = classify.Confusion{Classes: labelled.Classes, Counts: cells}
	return v, nil
}

// Metric is a metric of the corrected matrix, by the names of classify.Confusion.Select, with the interval that the
// correction leaves: the delta method's variance from the predictions (N rows) and, for each predicted class, from
// its labelled rows (n_p),
//
//	[Σ q_p·h_p² - (Σ q_p·h_p)²]/N + Σ_p q_p²·[Σ_a r_ap·g_ap² - h_p²]/n_p,   h_p = Σ_a r_ap·g_ap,
//
// with q and r the shares and g the metric's gradient by the corrected shares. Limits are Wilson's with the n at which
// a share would have that variance. N is the number of labelled rows.
func (v Verified) Metric(name string, s classify.Selection) (classify.Estimate, error) {
	e, err := v.Confusion.Select(name, s)
	if err != nil {
		return classify.Estimate{}, err
	}
	nan, n := math.NaN(), v.Labelled.Total()
	if v.Reason != "" {
		return classify.Estimate{Value: nan, Lower: nan, Upper: nan, N: n, Reason: v.Reason}, nil
	}
	if !e.Defined() {
		return e, nil
	}
	low, high := limits(name)
	if name == "business_value" {
		low, high = span(s.Values)
	}
	centre, variance, err := v.spread(name, s)
	if err != nil {
		return classify.Estimate{}, err
	}
	e.N = n
	e.Lower, e.Upper = e.Value, e.Value
	if math.IsInf(low, 0) || math.IsInf(high, 0) {
		half := infer.Z(s.Level) * math.Sqrt(variance)
		e.Lower, e.Upper = math.Max(low, e.Value-half), math.Min(high, e.Value+half)
		return e, nil
	}
	width := high - low
	if variance > 0 && width > 0 {
		share := (centre - low) / width
		effective := share * (1 - share) * width * width / variance
		w := infer.Wilson(math.Min(1, math.Max(0, (e.Value-low)/width))*effective, effective, s.Level)
		e.Lower, e.Upper = math.Min(e.Value, low+width*w.Lower), math.Max(e.Value, low+width*w.Upper)
	}
	return e, nil
}

func limits(metric string) (low, high float64) {
	for _, m := range classify.MetricNames() {
		if m.Name == metric {
			return m.Lower, m.Upper
		}
	}
	return math.Inf(-1), math.Inf(1)
}

func span(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	return low, high
}

// spread is the metric and its variance at the matrix with half a row added to the labelled rows of each predicted
// class, since the plain delta method gives no width where nothing has gone wrong yet.
func (v Verified) spread(name string, s classify.Selection) (centre, variance float64, err error) {
	k := len(v.predicted)
	n := total(v.predicted)
	_, seen := v.Labelled.Margins()
	shares, cells := make([]float64, k*k), make([]float64, k*k)
	for p := range k {
		for a := range k {
			shares[a*k+p] = (v.Labelled.Counts[a*k+p] + 0.5/float64(k)) / (seen[p] + 0.5)
			cells[a*k+p] = v.predicted[p] / n * shares[a*k+p]
		}
	}
	value := func() (float64, error) {
		e, err := classify.Confusion{Classes: v.Confusion.Classes, Counts: cells}.Select(name, s)
		return e.Value, err
	}
	if centre, err = value(); err != nil {
		return 0, 0, err
	}
	gradient := make([]float64, k*k)
	for i, at := range cells {
		if at <= 0 {
			continue
		}
		// Central differences: the metrics are smooth, and 1e-5 of a cell keeps both errors below 1e-8.
		step := 1e-5 * at
		cells[i] = at + step
		up, _ := value()
		cells[i] = at - step
		down, _ := value()
		cells[i] = at
		gradient[i] = (up - down) / (2 * step)
	}
	column, q, h := make([]float64, k), make([]float64, k), make([]float64, k)
	slope := make([]float64, k)
	for p := range k {
		q[p] = v.predicted[p] / n
		for a := range k {
			column[a], slope[a] = shares[a*k+p], gradient[a*k+p]
			h[p] += column[a] * slope[a]
		}
		if seen[p] > 0 {
			variance += q[p] * q[p] * infer.DeltaVariance(column, slope, seen[p])
		}
	}
	return centre, variance + infer.DeltaVariance(q, h, n), nil
}
