package rank

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Method names a correlation of series.
type Method string

const (
	PearsonMethod  Method = "pearson"
	SpearmanMethod Method = "spearman"
)

// Series correlates two series of windows at the same times, which is not the correlation of the rows behind them:
// a shared rhythm or trend correlates means whose rows are independent.
//
// Neighbouring windows are alike, so n of them tell less than n independent pairs. P and the interval are those of
//
//	1/n' = 1/n + 2/n·Σ_j (1 - j/n)·r_x(j)·r_y(j)
//
// pairs (Bartlett 1935; Pyper and Peterman 1998), with the autocorrelations r at the lags j up to n/5, each corrected
// for its bias by n/(n - j), and n' at most n. The interval is Fisher's z with variance 1/(n' - 3), for Spearman's
// times 1 + ρ²/2. The series should have no trend: take differences or the same hours first.
//
// Windows in which either is NaN are left out of the correlation, and of the lags they would take part in. Undefined,
// with a Reason, with n or n' below four or where a series does not vary.
func Series(x, y []float64, method Method, level float64) (Correlation, error) {
	a, b, err := paired(x, y)
	if err != nil {
		return Correlation{}, err
	}
	n := float64(len(a))
	if n < 4 {
		return undefined(n, tooFew), nil
	}
	left, right := masked(x, y), masked(y, x)
	switch method {
	case PearsonMethod, "":
	case SpearmanMethod:
		a, b = ascending(a), ascending(b)
		left, right = ascending(left), ascending(right)
	default:
		return Correlation{}, fmt.Errorf("correlation method %q is not known: use %q or %q", string(method), string(PearsonMethod), string(SpearmanMethod))
	}
	r := pearson(a, b)
	if math.IsNaN(r) {
		return undefined(n, noSpread), nil
	}
	effective := effectiveN(left, right, n)
	if effective < 4 {
		c := undefined(n, fmt.Sprintf("the series vary so slowly that their %.0f windows tell no more than %.1f independent ones would: take a longer time or differences", n, effective))
		c.EffectiveN = effective
		return c, nil
	}
	variance := 1 / (effective - 3)
	if method == SpearmanMethod {
		variance *= 1 + r*r/2
	}
	c := fisher(r, math.Sqrt(variance), level)
	c.N, c.EffectiveN, c.P = n, effective, studentP(r, effective)
	return c, nil
}

// masked is x with NaN wherever either is not a number, so that gaps keep their place in time.
func masked(x, y []float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i]
		if math.IsNaN(x[i]+y[i]) || math.IsInf(x[i], 0) || math.IsInf(y[i], 0) {
			out[i] = math.NaN()
		}
	}
	return out
}

func effectiveN(x, y []float64, n float64) float64 {
	x, y = centred(x, n), centred(y, n)
	sum := 0.0
	for lag := 1; float64(lag) <= n/5; lag++ {
		sum += (1 - float64(lag)/n) * autocorrelation(x, lag) * autocorrelation(y, lag)
	}
	return math.Min(n, n/math.Max(1, 1+2*sum))
}

func centred(x []float64, n float64) []float64 {
	sum := 0.0
	for _, v := range x {
		if !math.IsNaN(v) {
			sum += v
		}
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - sum/n
	}
	return out
}

// autocorrelation of a series with mean 0, over the pairs of windows that are known: the mean product over the mean
// square, which needs no further correction for the number of pairs.
func autocorrelation(x []float64, lag int) float64 {
	products, pairs, squares, n := 0.0, 0.0, 0.0, 0.0
	for i, v := range x {
		if math.IsNaN(v) {
			continue
		}
		squares += v * v
		n++
		if i+lag < len(x) && !math.IsNaN(x[i+lag]) {
			products += v * x[i+lag]
			pairs++
		}
	}
	if pairs == 0 || squares == 0 {
		return 0
	}
	return clamp(products / pairs / (squares / n))
}

// Matrix correlates every series with every other and adjusts all P as one family (Benjamini and Hochberg). Entry
// [i][j] is that of series i and j; on the diagonal the value is 1 and there is no P.
func Matrix(series [][]float64, method Method, level float64) ([][]Correlation, error) {
	k := len(series)
	out := make([][]Correlation, k)
	for i := range out {
		out[i] = make([]Correlation, k)
	}
	var p []float64
	for i := range series {
		own, err := Series(series[i], series[i], method, level)
		if err != nil {
			return nil, err
		}
		own.P = math.NaN()
		out[i][i] = own
		for j := range i {
			c, err := Series(series[i], series[j], method, level)
			if err != nil {
				return nil, err
			}
			out[i][j], out[j][i] = c, c
			p = append(p, c.P)
		}
	}
	adjusted := infer.BenjaminiHochberg(p)
	for i := range series {
		for j := range i {
			out[i][j].AdjustedP, adjusted = adjusted[0], adjusted[1:]
			out[j][i].AdjustedP = out[i][j].AdjustedP
		}
	}
	return out, nil
}
