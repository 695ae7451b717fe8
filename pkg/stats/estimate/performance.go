package estimate

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Estimate is a statistic with its interval and its hard bounds.
type Estimate = classify.RankEstimate

// Options of CBPE.
type Options struct {
	Level     float64 // of the intervals; 0 means 0.95
	Threshold float64 // scores above it are predicted positive
	// Dispersion is by how much counts vary more than independent rows would (infer.Dispersion); below 1, or NaN,
	// means 1.
	Dispersion float64
}

// Performance is what the labels of the current rows are expected to show.
type Performance struct {
	TP, FP, FN, TN Estimate // rows

	Accuracy, BalancedAccuracy          Estimate
	Precision, Recall, F1               Estimate
	Specificity, FPR, FNR, NPV, Jaccard Estimate
	Prevalence, PredictedShare          Estimate
	AUC                                 Estimate
	N, Labelled                         float64 // current rows, and the labelled rows that the estimate rests on
	Unseen                              float64 // share of the current rows with scores of which there was no labelled row
	Inside                              bool    // the threshold lies inside a bucket, so bounds are apart
	BorrowedStrata                      int     // strata without labelled rows, which were given those of all strata
}

// Metrics are the names that Performance.Metric knows.
func Metrics() []string {
	return []string{"accuracy", "balanced_accuracy", "precision", "recall", "f1", "specificity", "fpr", "fnr", "npv", "jaccard", "prevalence", "predicted_share", "auc"}
}

// Metric finds an estimate by the metric's name.
func (p Performance) Metric(name string) (Estimate, error) {
	switch name {
	case "accuracy":
		return p.Accuracy, nil
	case "balanced_accuracy":
		return p.BalancedAccuracy, nil
	case "precision":
		return p.Precision, nil
	case "recall":
		return p.Recall, nil
	case "f1":
		return p.F1, nil
	case "specificity":
		return p.Specificity, nil
	case "fpr":
		return p.FPR, nil
	case "fnr":
		return p.FNR, nil
	case "npv":
		return p.NPV, nil
	case "jaccard":
		return p.Jaccard, nil
	case "prevalence":
		return p.Prevalence, nil
	case "predicted_share":
		return p.PredictedShare, nil
	case "auc":
		return p.AUC, nil
	}
	return Estimate{}, fmt.Errorf("metric %q cannot be estimated without labels: choose one of %q", name, Metrics())
}

// CBPE estimates performance without labels from the scores alone (confidence-based performance estimation).
//
// The labelled rows give each bucket of scores its share of positives c_k (isotonic); of the n_k current rows in it,
// n_k·c_k are expected to be positive. The confusion matrix, its rates and the AUC follow. The intervals are for what
// the labels of these very rows will show: with N_k labelled rows,
//
//	Var(positives in bucket k) = n_k·c_k·(1-c_k)·(1 + n_k/N_k),
//
// the first part from the chance in each row, the second from c_k being an estimate itself, without which the
// intervals cover far too little when there are more current than labelled rows. Rates get, of the normal interval and of
// Wilson's with the n that gives a share the delta method's variance, the limit that lies further out: the first is right
// for the chance in each row, the second for the estimate. With a threshold inside a bucket, the bounds hold for every order of
// the rows in that bucket; the bounds of the AUC hold for every order in all buckets. The intervals include them.
//
// With several strata each is estimated from its own labelled rows, and the expected counts are added: a shift of
// traffic between strata is then accounted for.
//
// It assumes that rows with equal scores are positive as often as they were. No change of that kind can be seen
// without labels; SameMeaning tests it on those that have arrived.
//
// Everything is undefined, with a Reason, without current or labelled rows. An error says that counts or edges are
// no histograms, or not the same in all strata.
func CBPE(strata []Stratum, o Options) (Performance, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return Performance{}, fmt.Errorf("confidence level \"%g\" is not between 0 and 1: use 0.95", o.Level)
	}
	if math.IsNaN(o.Threshold) {
		return Performance{}, fmt.Errorf("the threshold is not a number: use the score above which the model predicts the positive class")
	}
	buckets, unseen, borrowed, err := expect(strata)
	if err != nil {
		return Performance{}, err
	}
	if o.Dispersion > 1 {
		for k := range buckets {
			buckets[k].variance *= o.Dispersion
		}
	}
	e := expectation{buckets: buckets, level: o.Level}
	p := Performance{BorrowedStrata: borrowed}
	for _, s := range strata {
		p.Labelled += labelled(s.Reference)
		p.N += total(s.Current)
	}
	switch {
	case p.N <= 0:
		e.reason = "there are no current rows"
	case p.Labelled <= 0:
		e.reason = "there are no labelled rows to learn from what scores mean"
	}
	p.Unseen = unseen / p.N
	e.n = p.N
	p.Inside = e.cut(strata[0].Reference.Edges, o.Threshold)

	p.TP = e.cell(func(above float64) float64 { return above }, 0)
	p.FP = e.cell(func(above float64) float64 { return -above }, 1)
	p.FN = e.cell(func(above float64) float64 { return 1 - above }, 2)
	p.TN = e.cell(func(above float64) float64 { return above - 1 }, 3)
	p.Accuracy = e.rate(accuracy, "")
	p.Precision = e.rate(precision, "no row is predicted positive")
	p.Recall = e.rate(recall, "no row is expected to be positive")
	p.F1 = e.rate(f1, "no row is expected or predicted to be positive")
	p.Jaccard = e.rate(jaccard, "no row is expected or predicted to be positive")
	p.Specificity = e.rate(specificity, "every row is expected to be positive")
	p.FPR = e.rate(fpr, "every row is expected to be positive")
	p.FNR = e.rate(fnr, "no row is expected to be positive")
	p.NPV = e.rate(npv, "every row is predicted positive")
	p.Prevalence = e.rate(prevalence, "")
	p.PredictedShare = e.rate(predictedShare, "")
	p.BalancedAccuracy = e.rate(balancedAccuracy, "the rows expected are all of one class")
	p.AUC = e.auc()
	return p, nil
}

// outcome are rows by actual and predicted class, in the order TP, FP, FN, TN.
type outcome [4]float64

// expectation is the expected labelling of the current rows and where the threshold cuts it.
type expectation struct {
	buckets []present
	above   []float64 // share of the bucket's rows above the threshold
	split   int       // the bucket that the threshold lies in, or -1
	n       float64
	level   float64
	reason  string
}

// cut says what share of each bucket lies above the threshold: by length in the bucket that holds it, and half where
// that is endless. True if there is such a bucket with rows.
func (e *expectation) cut(edges []float64, threshold float64) bool {
	e.above, e.split = make([]float64, len(e.buckets)), -1
	for k := range e.buckets {
		lower, upper := edges[k], edges[k+1]
		switch {
		case atLeast(lower, threshold):
			e.above[k] = 1
		case atLeast(threshold, upper):
		case math.IsInf(upper-lower, 1):
			e.above[k], e.split = 0.5, k
		default:
			e.above[k], e.split = (upper-threshold)/(upper-lower), k
		}
	}
	if e.split >= 0 && e.buckets[e.split].rows <= 0 {
		e.split = -1
	}
	return e.split >= 0
}

// atLeast is a >= b, or equal but for rounding.
func atLeast(a, b float64) bool { return a >= b || sameEdge(a, b) }

func (e *expectation) outcome(positives func(present) float64) (o outcome) {
	for k, b := range e.buckets {
		y := positives(b)
		o[0] += e.above[k] * y
		o[1] += e.above[k] * (b.rows - y)
		o[2] += (1 - e.above[k]) * y
		o[3] += (1 - e.above[k]) * (b.rows - y)
	}
	return o
}

// extremes are the outcomes if the rows of the bucket with the threshold were ordered in the worst and in the best way.
func (e *expectation) extremes(middle outcome) (worst, best outcome) {
	worst, best = middle, middle
	if e.split < 0 {
		return worst, best
	}
	b, above := e.buckets[e.split], e.above[e.split]
	y, rest := b.positives, b.rows-b.positives
	worst[0] -= above * y
	worst[2] += above * y
	worst[1] += (1 - above) * rest
	worst[3] -= (1 - above) * rest
	best[0] += (1 - above) * y
	best[2] -= (1 - above) * y
	best[1] -= above * rest
	best[3] += above * rest
	return worst, best
}

func (e *expectation) undefined(reason string) Estimate {
	nan := math.NaN()
	return Estimate{Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan, StandardError: nan, N: e.n, Positives: nan, Reason: reason}
}

func (e *expectation) positives() float64 {
	sum := 0.0
	for _, b := range e.buckets {
		sum += b.positives
	}
	return sum
}

// cell is an entry of the confusion matrix, which changes by weight with each further positive in a bucket.
func (e *expectation) cell(weight func(above float64) float64, i int) Estimate {
	if e.reason != "" {
		return e.undefined(e.reason)
	}
	o := e.outcome(func(b present) float64 { return b.positives })
	worst, best := e.extremes(o)
	variance, most := 0.0, 0.0
	for k, b := range e.buckets {
		w := weight(e.above[k])
		variance += w * w * b.variance
		if w != 0 {
			most += b.rows
		}
	}
	out := Estimate{Value: o[i], BoundLower: math.Max(0, math.Min(worst[i], best[i])), BoundUpper: math.Max(worst[i], best[i]),
		StandardError: math.Sqrt(variance), N: e.n, Positives: e.positives()}
	z := infer.Z(e.level)
	out.Lower = math.Max(0, out.BoundLower-z*out.StandardError)
	out.Upper = math.Min(most, out.BoundUpper+z*out.StandardError)
	return out
}
