package modelserver

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
)

// regression is what a regression counts as the truth arrives.
type regression struct {
	residuals                                            exporter.Histogram
	outcomes, absolute, squared, percent, actual, square *exporter.Value
}

func newRegression(target *exporter.Target, spec Spec, with func(...string) []string) *regression {
	counter := func(name string) *exporter.Value { return target.Counter(name, with()...) }
	return &regression{
		residuals: target.Histogram("ml_residual", spec.ResidualEdges, with()...),
		outcomes:  counter("ml_regression_outcomes_total"),
		absolute:  counter("ml_absolute_error_sum_total"),
		squared:   counter("ml_squared_error_sum_total"),
		percent:   counter("ml_absolute_percentage_error_sum_total"),
		actual:    counter("ml_actual_sum_total"),
		square:    counter("ml_actual_squared_sum_total"),
	}
}

// label counts one outcome. The percentage error of an actual value of 0 does
// not exist and is left out.
func (r *regression) label(o Outcome) {
	e := o.Truth - o.Said
	r.residuals.Observe(e)
	r.outcomes.Add(1)
	r.absolute.Add(math.Abs(e))
	r.squared.Add(e * e)
	if o.Truth != 0 {
		r.percent.Add(math.Abs(e / o.Truth))
	}
	r.actual.Add(o.Truth)
	r.square.Add(o.Truth * o.Truth)
}
