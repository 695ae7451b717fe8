package calibrate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Test is the outcome of a test whose null hypothesis is that the scores are the true probabilities.
type Test struct {
	Statistic float64
	P         float64
	DF        float64 // degrees of freedom; 0 for a z statistic
	N         float64
	Reason    string // why there is no answer, in which case Statistic and P are NaN
}

func noTest(n float64, reason string) Test {
	return Test{Statistic: math.NaN(), P: math.NaN(), N: n, Reason: reason}
}

// Spiegelhalter is the z test of Spiegelhalter (1986) on the Brier score,
//
//	Z = Σ(y-s)(1-2s) / √Σ(1-2s)²s(1-s),
//
// two-sided, with every row at the mean score of its bucket. It is blind to errors at scores near one half.
func Spiegelhalter(b classify.Binned) (Test, error) {
	s, err := probabilities(b)
	if err != nil {
		return Test{}, err
	}
	n := s.n()
	if n <= 0 {
		return noTest(0, s.none().Reason), nil
	}
	excess, variance := 0.0, 0.0
	for _, k := range s.equalWidth(0) {
		if k.n <= 0 {
			continue
		}
		m := k.mean()
		excess += (k.positives - k.sum) * (1 - 2*m)
		variance += k.n * (1 - 2*m) * (1 - 2*m) * m * (1 - m)
	}
	if variance <= 0 {
		return noTest(n, "every score is 0, 1/2 or 1, where the test is blind"), nil
	}
	z := excess / math.Sqrt(variance)
	return Test{Statistic: z, P: 2 * infer.NormalSF(math.Abs(z)), N: n}, nil
}

// HosmerLemeshow is the chi-square test of observed against expected positives over the bins, Σ
// (y-n·s̄)²/(n·s̄(1-s̄)) (Hosmer and Lemeshow 1980); bins as in Reliability. The degrees of freedom are the bins that
// hold rows, less 2 if fitted says that the model was fitted on these rows. With bins of few expected positives the P
// value is approximate.
func HosmerLemeshow(b classify.Binned, bins int, fitted bool) (Test, error) {
	s, err := probabilities(b)
	if err != nil {
		return Test{}, err
	}
	n := s.n()
	if n <= 0 {
		return noTest(0, s.none().Reason), nil
	}
	t := Test{N: n}
	for _, k := range s.equalWidth(bins) {
		if k.n <= 0 {
			continue
		}
		excess := k.positives - k.sum
		variance := k.sum * (1 - k.mean())
		if variance <= 0 {
			if excess != 0 {
				t.Statistic = math.Inf(1) // the score ruled out what happened
			}
			continue
		}
		t.DF++
		t.Statistic += excess * excess / variance
	}
	if fitted {
		t.DF -= 2
	}
	if math.IsInf(t.Statistic, 1) {
		return t, nil // P is 0
	}
	if t.DF < 1 {
		return noTest(n, "there are too few bins that hold rows"), nil
	}
	t.P = distuv.ChiSquared{K: t.DF}.Survival(t.Statistic)
	return t, nil
}
