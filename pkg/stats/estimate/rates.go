package estimate

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// rate is a mean of quotients of weighted sums of TP, FP, FN, TN.
type rate []ratio

type ratio struct{ numerator, denominator outcome }

var (
	accuracy         = rate{{outcome{1, 0, 0, 1}, outcome{1, 1, 1, 1}}}
	precision        = rate{{outcome{1, 0, 0, 0}, outcome{1, 1, 0, 0}}}
	recall           = rate{{outcome{1, 0, 0, 0}, outcome{1, 0, 1, 0}}}
	specificity      = rate{{outcome{0, 0, 0, 1}, outcome{0, 1, 0, 1}}}
	fpr              = rate{{outcome{0, 1, 0, 0}, outcome{0, 1, 0, 1}}}
	fnr              = rate{{outcome{0, 0, 1, 0}, outcome{1, 0, 1, 0}}}
	npv              = rate{{outcome{0, 0, 0, 1}, outcome{0, 0, 1, 1}}}
	f1               = rate{{outcome{2, 0, 0, 0}, outcome{2, 1, 1, 0}}}
	jaccard          = rate{{outcome{1, 0, 0, 0}, outcome{1, 1, 1, 0}}}
	prevalence       = rate{{outcome{1, 0, 1, 0}, outcome{1, 1, 1, 1}}}
	predictedShare   = rate{{outcome{1, 1, 0, 0}, outcome{1, 1, 1, 1}}}
	balancedAccuracy = rate{recall[0], specificity[0]}
)

// at is the rate's value and its gradient by TP, FP, FN, TN; NaN where a denominator is 0.
func (r rate) at(o outcome) (value float64, gradient outcome) {
	parts := float64(len(r))
	for _, q := range r {
		numerator, denominator := 0.0, 0.0
		for i, rows := range o {
			numerator += q.numerator[i] * rows
			denominator += q.denominator[i] * rows
		}
		if denominator <= 0 {
			return math.NaN(), gradient
		}
		share := numerator / denominator
		value += share / parts
		for i := range gradient {
			gradient[i] += (q.numerator[i] - share*q.denominator[i]) / denominator / parts
		}
	}
	return value, gradient
}

func (e *expectation) rate(r rate, reason string) Estimate {
	if e.reason != "" {
		return e.undefined(e.reason)
	}
	middle := e.outcome(func(b present) float64 { return b.positives })
	value, _ := r.at(middle)
	centre, gradient := r.at(e.outcome(func(b present) float64 { return b.smoothed }))
	if math.IsNaN(value) || math.IsNaN(centre) {
		return e.undefined(reason)
	}
	variance := 0.0
	for k, b := range e.buckets {
		g := e.above[k]*(gradient[0]-gradient[1]) + (1-e.above[k])*(gradient[2]-gradient[3])
		variance += g * g * b.variance
	}
	worst, best := e.extremes(middle)
	low, high := r.bound(worst, value), r.bound(best, value)
	return e.estimate(value, centre, variance, math.Min(low, high), math.Max(low, high))
}

// bound is the rate at an extreme, or its value where the extreme leaves it undefined.
func (r rate) bound(extreme outcome, value float64) float64 {
	for i := range extreme {
		extreme[i] = math.Max(0, extreme[i])
	}
	if v, _ := r.at(extreme); !math.IsNaN(v) {
		return v
	}
	return value
}

// estimate takes the outer limits of the normal interval and of Wilson's with the n at which a share at the centre
// would have the variance, and moves them apart by the bounds' distance from the value.
func (e *expectation) estimate(value, centre, variance, boundLower, boundUpper float64) Estimate {
	out := Estimate{Value: value, Lower: value, Upper: value, BoundLower: math.Min(value, boundLower), BoundUpper: math.Max(value, boundUpper),
		StandardError: math.Sqrt(variance), N: e.n, Positives: e.positives()}
	if variance > 0 {
		effective := centre * (1 - centre) / variance
		limits := infer.Wilson(math.Min(1, math.Max(0, value))*effective, effective, e.level)
		half := infer.Z(e.level) * out.StandardError
		out.Lower, out.Upper = math.Min(limits.Lower, value-half), math.Max(limits.Upper, value+half)
	}
	out.Lower = math.Max(0, out.Lower-(out.Value-out.BoundLower))
	out.Upper = math.Min(1, out.Upper+(out.BoundUpper-out.Value))
	return out
}

// auc is the area under the ROC curve of the expected labels, with the delta method's variance by the positives of
// each bucket.
func (e *expectation) auc() Estimate {
	if e.reason != "" {
		return e.undefined(e.reason)
	}
	value, tied, _ := e.area(func(b present) float64 { return b.positives }, nil)
	gradient := make([]float64, len(e.buckets))
	centre, _, ok := e.area(func(b present) float64 { return b.smoothed }, gradient)
	if math.IsNaN(value) || !ok {
		return e.undefined("the rows expected are all of one class")
	}
	variance := 0.0
	for k, b := range e.buckets {
		variance += gradient[k] * gradient[k] * b.variance
	}
	return e.estimate(value, centre, variance, value-tied/2, value+tied/2)
}

// area is the share of pairs of a positive and a negative in order, ties counting half, and the share of ties. The
// gradient is by a row of the bucket turning positive.
func (e *expectation) area(positives func(present) float64, gradient []float64) (area, tied float64, ok bool) {
	p, n := 0.0, 0.0
	for _, b := range e.buckets {
		y := positives(b)
		p += y
		n += b.rows - y
	}
	if !(p > 0 && n > 0) {
		return math.NaN(), math.NaN(), false
	}
	below, ordered, ties := 0.0, 0.0, 0.0
	for _, b := range e.buckets {
		y := positives(b)
		ordered += y * below
		ties += y * (b.rows - y)
		below += b.rows - y
	}
	area, tied = (ordered+ties/2)/(p*n), ties/(p*n)
	below = 0
	above := p
	for k := range gradient {
		y := positives(e.buckets[k])
		rest := e.buckets[k].rows - y
		above -= y
		gradient[k] = (below + rest/2 - above - y/2 - area*(n-p)) / (p * n)
		below += rest
	}
	return area, tied, true
}
