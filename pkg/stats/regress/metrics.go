package regress

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Estimate is a metric with its uncertainty, sampling and binning kept apart.
// Where it or its interval does not exist, the numbers are NaN and Reason says in
// a sentence why, or on what assumption they rest.
type Estimate struct {
	Value float64
	// Lower and Upper are the sampling interval.
	Lower, Upper float64
	// BoundLower and BoundUpper are hard bounds of the rows' own value; both equal
	// the value when it is exact.
	BoundLower, BoundUpper float64
	N                      float64
	Reason                 string
}

// Defined tells whether the metric could be computed.
func (e Estimate) Defined() bool { return !math.IsNaN(e.Value) }

// MetricInfo describes a metric to editors, docs and the command line.
type MetricInfo struct {
	Name, Title, Help string
	// HigherIsBetter tells scores from errors.
	HigherIsBetter bool
	// Signed is a metric that is best at 0, the bias.
	Signed bool
	// DefaultTolerated is the change for the worse that is of no concern, in the
	// unit of Change.Unit.
	DefaultTolerated float64
}

type metric struct {
	info    MetricInfo
	compute func(s Sample, cells []cell, level float64) Estimate
}

var metrics = []metric{
	{MetricInfo{Name: "mae", Title: "Mean absolute error", DefaultTolerated: 0.1, Help: "Σ|e|/n: by how much a prediction is off on average."}, mae},
	{MetricInfo{Name: "rmse", Title: "Root mean squared error", DefaultTolerated: 0.1, Help: "√(Σe²/n): as the mean absolute error, with more weight on large errors."}, rmse},
	{MetricInfo{Name: "mse", Title: "Mean squared error", DefaultTolerated: 0.2, Help: "Σe²/n."}, mse},
	{MetricInfo{Name: "bias", Title: "Bias (mean error)", Signed: true, DefaultTolerated: 0.1, Help: "Mean of actual − predicted: above 0 the model predicts too little."}, bias},
	{MetricInfo{Name: "residual_std", Title: "Residual standard deviation", DefaultTolerated: 0.1, Help: "Standard deviation of the errors around their mean, with n − 1."}, residualStd},
	{MetricInfo{Name: "mape", Title: "Mean absolute percentage error", DefaultTolerated: 0.1, Help: "Mean of |e|/|actual|. Outcomes near 0 dominate it."}, mape},
	{MetricInfo{Name: "r2", Title: "R² (skill over the mean)", HigherIsBetter: true, DefaultTolerated: 0.05, Help: "1 − Σe²/Σ(actual − mean)²: 1 is perfect, 0 no better than the window's own mean, below 0 worse."}, rSquared},
}

// Metrics lists all metrics in the order in which an editor should offer them.
func Metrics() []MetricInfo {
	infos := make([]MetricInfo, len(metrics))
	for i := range metrics {
		infos[i] = metrics[i].info
	}
	return infos
}

// Metric computes a metric by its name, with its interval at the level.
func (s Sample) Metric(name string, level float64) (Estimate, error) {
	m, err := find(name)
	if err != nil {
		return Estimate{}, err
	}
	if !(level > 0 && level < 1) {
		return Estimate{}, fmt.Errorf("confidence level \"%g\" is not between 0 and 1: use 0.95", level)
	}
	if err := s.Validate(); err != nil {
		return Estimate{}, err
	}
	s = s.complete()
	if s.N == 0 {
		return undefined(0, "There are no outcomes."), nil
	}
	return m.compute(s, s.cells(), level), nil
}

func find(name string) (*metric, error) {
	names := make([]string, len(metrics))
	for i := range metrics {
		if metrics[i].info.Name == name {
			return &metrics[i], nil
		}
		names[i] = metrics[i].info.Name
	}
	return nil, fmt.Errorf("regression metric %q is unknown: use one of %s", name, strings.Join(names, ", "))
}

func undefined(n float64, reason string) Estimate {
	nan := math.NaN()
	return Estimate{Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan, N: n, Reason: reason}
}

// exact is a value without an interval yet.
func exact(value, n float64) Estimate {
	nan := math.NaN()
	return Estimate{Value: value, Lower: nan, Upper: nan, BoundLower: value, BoundUpper: value, N: n}
}

const (
	needsSquares = "Needs the counter of squared errors or the histogram of residuals."
	needsBuckets = "No interval: the variance of squared errors needs a histogram of residuals whose open buckets are empty or closed by limits."
)

// meanInterval is Student's interval of a mean: variance divides by n.
func (e Estimate) meanInterval(variance, level float64) Estimate {
	if !(variance >= 0) || math.IsInf(variance, 0) || e.N <= 1 {
		if e.Reason == "" {
			e.Reason = "No interval: the variance of the errors is not known from these counts."
		}
		return e
	}
	reach := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: e.N - 1}.Quantile(0.5+level/2) * math.Sqrt(variance/(e.N-1))
	e.Lower, e.Upper = e.Value-reach, e.Value+reach
	return e
}

// logInterval is the interval of a positive value from the variance of its
// logarithm.
func (e Estimate) logInterval(variance, level float64) Estimate {
	if !(variance >= 0) || math.IsInf(variance, 0) || !(e.Value > 0) {
		if e.Reason == "" {
			e.Reason = needsBuckets
		}
		return e
	}
	factor := math.Exp(infer.Z(level) * math.Sqrt(variance))
	e.Lower, e.Upper = e.Value/factor, e.Value*factor
	return e
}

// bias is exact from Σe. Its interval takes the variance from Σe², else from the
// upper bound that the buckets give.
func bias(s Sample, cells []cell, level float64) Estimate {
	m := s.Residuals.MomentsWithin(s.Lowest, s.Highest)
	var e Estimate
	switch {
	case !math.IsNaN(s.Residual):
		e = exact(s.Residual/s.N, s.N)
	case len(cells) > 0:
		e = exact(m.Mean, s.N)
		e.BoundLower, e.BoundUpper = m.MeanLower, m.MeanUpper
	default:
		return undefined(s.N, "Needs the histogram of residuals.")
	}
	variance := m.VarianceUpper
	if !math.IsNaN(s.Squared) {
		variance = math.Max(0, s.Squared/s.N-e.Value*e.Value)
	}
	return e.meanInterval(variance, level)
}

// mae is exact from Σ|e|, and its variance then from Σe².
func mae(s Sample, cells []cell, level float64) Estimate {
	value, _, _ := power(cells, 1)
	second, _, secondMost := power(cells, 2)
	var e Estimate
	switch {
	case !math.IsNaN(s.Absolute):
		e = exact(s.Absolute/s.N, s.N)
	case len(cells) > 0:
		e = exact(value, s.N)
		e.BoundLower, e.BoundUpper = absoluteBounds(cells, s.Residual/s.N)
		e.clip(cells)
	default:
		return undefined(s.N, "Needs the counter of absolute errors or the histogram of residuals.")
	}
	switch {
	case !math.IsNaN(s.Squared):
		second = s.Squared / s.N
	case len(cells) == 0 || math.IsInf(secondMost, 1):
		second = math.NaN()
	}
	return e.meanInterval(second-e.Value*e.Value, level)
}

// clip keeps a value taken as uniform in its buckets within its bounds, and says
// so when open buckets blur it.
func (e *Estimate) clip(cells []cell) {
	e.Value = math.Min(math.Max(e.Value, e.BoundLower), e.BoundUpper)
	if open := openShare(cells); open > 0 {
		e.Reason = fmt.Sprintf("%.3g %% of the residuals lie in open buckets and count as their finite ends; no interval.", 100*open)
	}
}

// mse is exact from Σe². The variance of e² comes from the residuals' fourth
// power in their buckets; the interval is taken on the logarithm.
func mse(s Sample, cells []cell, level float64) Estimate {
	second, _, _ := power(cells, 2)
	fourth, _, _ := power(cells, 4)
	var e Estimate
	switch {
	case !math.IsNaN(s.Squared):
		e = exact(s.Squared/s.N, s.N)
	case len(cells) > 0:
		m := s.Residuals.MomentsWithin(s.Lowest, s.Highest)
		e = exact(m.Variance+m.Mean*m.Mean, s.N) // with Sheppard's correction, where it applies
		_, e.BoundLower, e.BoundUpper = power(cells, 2)
		if m.MeanExact {
			square := m.Mean * m.Mean
			e.BoundLower = math.Max(e.BoundLower, m.VarianceLower+square)
			e.BoundUpper = math.Min(e.BoundUpper, m.VarianceUpper+square)
		}
		e.clip(cells)
	default:
		return undefined(s.N, needsSquares)
	}
	if len(cells) == 0 || openShare(cells) > 0 {
		return e.logInterval(math.NaN(), level)
	}
	return e.logInterval((fourth/(second*second)-1)/s.N, level)
}

// rmse is the root of mse, limits and bounds included.
func rmse(s Sample, cells []cell, level float64) Estimate {
	e := mse(s, cells, level)
	for _, x := range []*float64{&e.Value, &e.Lower, &e.Upper, &e.BoundLower, &e.BoundUpper} {
		*x = math.Sqrt(*x)
	}
	return e
}

// residualStd is √((Σe² − (Σe)²/n)/(n−1)).
func residualStd(s Sample, cells []cell, level float64) Estimate {
	if s.N <= 1 {
		return undefined(s.N, "One outcome has no standard deviation.")
	}
	scale := s.N / (s.N - 1)
	m := s.Residuals.MomentsWithin(s.Lowest, s.Highest)
	var e Estimate
	switch {
	case !math.IsNaN(s.Squared) && !math.IsNaN(s.Residual):
		mean := s.Residual / s.N
		e = exact(math.Sqrt(scale*math.Max(0, s.Squared/s.N-mean*mean)), s.N)
	case len(cells) > 0:
		e = exact(math.Sqrt(scale*m.Variance), s.N)
		e.BoundLower, e.BoundUpper = math.Sqrt(scale*m.VarianceLower), math.Sqrt(scale*m.VarianceUpper)
		e.clip(cells)
	default:
		return undefined(s.N, needsSquares)
	}
	return e.logInterval((kurtosis(cells)-1)/(4*s.N), level)
}

// mape is exact from its counter, which says nothing of its variance.
func mape(s Sample, _ []cell, _ float64) Estimate {
	if math.IsNaN(s.AbsolutePercentage) {
		return undefined(s.N, "Needs the counter of absolute percentage errors: residuals alone do not know the outcomes.")
	}
	e := exact(s.AbsolutePercentage/s.N, s.N)
	e.Reason = "No interval: no counter holds the squares of percentage errors."
	return e
}

// rSquared is 1 − Σe²/(Σy² − (Σy)²/n), with bounds where Σe² has only bounds. The
// interval is Fisher's on √R², which is that of outcomes and predictions that are
// jointly normal and a model without bias.
//
// Reference: Olkin and Finn (1995), Psychological Bulletin 118.
func rSquared(s Sample, cells []cell, level float64) Estimate {
	return s.skill(cells, level, s.Actual/s.N)
}

// Skill is 1 − Σe²/Σ(actual − reference)²: how much better the model is than
// always answering reference, say the mean of the training data. It equals R² for
// the window's own mean.
func (s Sample) Skill(reference, level float64) (Estimate, error) {
	if _, err := s.Metric("r2", level); err != nil {
		return Estimate{}, err
	}
	s = s.complete()
	if s.N == 0 {
		return undefined(0, "There are no outcomes."), nil
	}
	return s.skill(s.cells(), level, reference), nil
}

func (s Sample) skill(cells []cell, level, reference float64) Estimate {
	errors := mse(s, cells, level)
	spread := (s.ActualSquared-2*reference*s.Actual)/s.N + reference*reference
	switch {
	case math.IsNaN(spread):
		return undefined(s.N, "Needs the counters of actual values and of their squares.")
	case !errors.Defined():
		return undefined(s.N, errors.Reason)
	case spread <= 1e-12*s.ActualSquared/s.N:
		return undefined(s.N, "All outcomes are equal, so there is nothing to explain.")
	}
	e := exact(1-errors.Value/spread, s.N)
	e.BoundLower, e.BoundUpper = 1-errors.BoundUpper/spread, 1-errors.BoundLower/spread
	if !(e.Value > 0 && e.Value < 1) || s.N <= 3 {
		e.Reason = "No interval: the approximation holds for a model with skill only."
		return e
	}
	signedSquare := func(z float64) float64 { return math.Tanh(z) * math.Abs(math.Tanh(z)) }
	center, reach := math.Atanh(math.Sqrt(e.Value)), infer.Z(level)/math.Sqrt(s.N-3)
	e.Lower, e.Upper = signedSquare(center-reach), signedSquare(center+reach)
	e.Reason = "The interval takes outcomes and predictions as jointly normal."
	return e
}

// Quantile is a quantile of the residuals. The bounds are the bucket's ends; the
// interval comes from order statistics and holds the binning too.
func (s Sample) Quantile(q, level float64) Estimate {
	value, lower, upper := s.Residuals.Quantile(q)
	if math.IsNaN(lower) {
		return undefined(s.N, "There are no residuals in the histogram, or the quantile is not between 0 and 1.")
	}
	e := Estimate{Value: value, BoundLower: lower, BoundUpper: upper, N: s.Residuals.Total()}
	e.Lower, e.Upper = s.Residuals.QuantileInterval(q, level)
	return e
}
