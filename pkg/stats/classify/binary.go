package classify

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Binary counts the outcomes of one class against the rest.
type Binary struct {
	TP float64 // of the class, predicted to be
	FP float64 // not of the class, predicted to be
	FN float64 // of the class, not predicted to be
	TN float64 // not of the class, not predicted to be
}

// Total is the number of rows.
func (b Binary) Total() float64 { return b.TP + b.FP + b.FN + b.TN }

const (
	nothingPredicted = "no row was predicted to be of the class"
	nothingActual    = "no row is of the class"
	nothingElse      = "every row is of the class"
	allPredicted     = "every row was predicted to be of the class"
	nothingAtAll     = "there are no outcomes"
	neitherSide      = "no row is of the class or was predicted to be"
)

// Precision is TP/(TP+FP), the share of the rows predicted to be of the class that are, with its Wilson interval.
func (b Binary) Precision(level float64) Estimate {
	return proportion(b.TP, b.TP+b.FP, level, nothingPredicted)
}

// Recall is TP/(TP+FN), the share of the class's rows that were found (sensitivity, true positive rate).
func (b Binary) Recall(level float64) Estimate {
	return proportion(b.TP, b.TP+b.FN, level, nothingActual)
}

// Specificity is TN/(TN+FP), the recall of the rest (true negative rate).
func (b Binary) Specificity(level float64) Estimate {
	return proportion(b.TN, b.TN+b.FP, level, nothingElse)
}

// FPR is FP/(FP+TN), the share of the rest that was taken for the class (false positive rate, fall-out).
func (b Binary) FPR(level float64) Estimate {
	return proportion(b.FP, b.TN+b.FP, level, nothingElse)
}

// FNR is FN/(FN+TP), the share of the class's rows that were missed (false negative rate).
func (b Binary) FNR(level float64) Estimate {
	return proportion(b.FN, b.TP+b.FN, level, nothingActual)
}

// NPV is TN/(TN+FN), the share right among the rows not predicted to be of the class (negative predictive value).
func (b Binary) NPV(level float64) Estimate {
	return proportion(b.TN, b.TN+b.FN, level, allPredicted)
}

// Prevalence is (TP+FN)/total, the share of the class among the outcomes.
func (b Binary) Prevalence(level float64) Estimate {
	return proportion(b.TP+b.FN, b.Total(), level, nothingAtAll)
}

// PredictedShare is (TP+FP)/total, the share of the rows that were predicted to be of the class.
func (b Binary) PredictedShare(level float64) Estimate {
	return proportion(b.TP+b.FP, b.Total(), level, nothingAtAll)
}

// Jaccard is TP/(TP+FP+FN), intersection over union of the class and its predictions, with its Wilson interval.
func (b Binary) Jaccard(level float64) Estimate {
	return proportion(b.TP, b.TP+b.FP+b.FN, level, neitherSide)
}

// F1 is 2TP/(2TP+FP+FN), the harmonic mean of precision and recall. It is the monotone function 2J/(1+J) of the
// Jaccard index J, which is a share k of n, so its interval is that function of J's Wilson interval.
func (b Binary) F1(level float64) Estimate {
	return b.FBeta(1, level)
}

// FBeta is (1+β²)TP/((1+β²)TP+FP+β²FN): recall counts β times as much as precision (van Rijsbergen 1979). β must be
// positive.
//
// The interval is taken on F* = F/(2-F), which for β = 1 is the Jaccard index: a Wilson interval with the n at which
// a share would have the delta-method variance that F* has from the trinomial of TP, FP, FN with half a row added to
// each. For β = 1 that n is TP+FP+FN.
func (b Binary) FBeta(beta, level float64) Estimate {
	n := b.TP + b.FP + b.FN
	if n <= 0 {
		return undefined(0, neitherSide)
	}
	share, _ := fStar(b, beta)
	smooth := Binary{TP: b.TP + 0.5, FP: b.FP + 0.5, FN: b.FN + 0.5}
	centre, variance := fStar(smooth, beta)
	effective := centre * (1 - centre) / variance * n / (n + 1.5)
	limits := infer.Wilson(share*effective, effective, level)
	estimate := Estimate{Value: share, Lower: limits.Lower, Upper: limits.Upper, N: n}
	return estimate.through(func(s float64) float64 { return 2 * s / (1 + s) })
}

// fStar is F* = TP/(TP+w) with w = (2FP+2β²FN)/(1+β²), and its delta-method variance.
func fStar(b Binary, beta float64) (value, variance float64) {
	falsePositive, falseNegative := 2/(1+beta*beta), 2*beta*beta/(1+beta*beta)
	wrong := falsePositive*b.FP + falseNegative*b.FN
	square := (b.TP + wrong) * (b.TP + wrong)
	spread := b.TP*wrong*wrong + b.TP*b.TP*(falsePositive*falsePositive*b.FP+falseNegative*falseNegative*b.FN)
	return b.TP / (b.TP + wrong), spread / (square * square)
}

// ratio is a rate as a quotient of two weighted sums of TP, FP, FN, TN.
type ratio struct{ numerator, denominator [4]float64 }

func (r ratio) at(b Binary) (value, denominator float64) {
	cells := [4]float64{b.TP, b.FP, b.FN, b.TN}
	numerator := 0.0
	for i, cell := range cells {
		numerator += r.numerator[i] * cell
		denominator += r.denominator[i] * cell
	}
	if denominator <= 0 {
		return math.NaN(), denominator
	}
	return numerator / denominator, denominator
}

// gradient of the rate by TP, FP, FN, TN.
func (r ratio) gradient(value, denominator float64) (g [4]float64) {
	for i := range g {
		g[i] = (r.numerator[i] - value*r.denominator[i]) / denominator
	}
	return g
}

// classRate is a rate of one class against the rest.
type classRate struct {
	ratio    func(beta float64) ratio
	estimate func(b Binary, beta, level float64) Estimate
}

func fixed(numerator, denominator [4]float64) func(float64) ratio {
	return func(float64) ratio { return ratio{numerator, denominator} }
}

func fBeta(beta float64) ratio {
	s := beta * beta
	return ratio{[4]float64{1 + s, 0, 0, 0}, [4]float64{1 + s, 1, s, 0}}
}

// classRates are the rates that can be averaged over classes, by name.
var classRates = map[string]classRate{
	"precision": {
		fixed([4]float64{1, 0, 0, 0}, [4]float64{1, 1, 0, 0}),
		func(b Binary, _, level float64) Estimate { return b.Precision(level) },
	},
	"recall": {
		fixed([4]float64{1, 0, 0, 0}, [4]float64{1, 0, 1, 0}),
		func(b Binary, _, level float64) Estimate { return b.Recall(level) },
	},
	"f1": {
		func(float64) ratio { return fBeta(1) },
		func(b Binary, _, level float64) Estimate { return b.F1(level) },
	},
	"f_beta": {
		fBeta,
		func(b Binary, beta, level float64) Estimate { return b.FBeta(beta, level) },
	},
	"specificity": {
		fixed([4]float64{0, 0, 0, 1}, [4]float64{0, 1, 0, 1}),
		func(b Binary, _, level float64) Estimate { return b.Specificity(level) },
	},
	"fpr": {
		fixed([4]float64{0, 1, 0, 0}, [4]float64{0, 1, 0, 1}),
		func(b Binary, _, level float64) Estimate { return b.FPR(level) },
	},
	"fnr": {
		fixed([4]float64{0, 0, 1, 0}, [4]float64{1, 0, 1, 0}),
		func(b Binary, _, level float64) Estimate { return b.FNR(level) },
	},
	"npv": {
		fixed([4]float64{0, 0, 0, 1}, [4]float64{0, 0, 1, 1}),
		func(b Binary, _, level float64) Estimate { return b.NPV(level) },
	},
	"jaccard": {
		fixed([4]float64{1, 0, 0, 0}, [4]float64{1, 1, 1, 0}),
		func(b Binary, _, level float64) Estimate { return b.Jaccard(level) },
	},
}
