package estimate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Prevalence are the class shares of current rows whose labels are not known.
type Prevalence struct {
	Classes []string
	Shares  []classify.Estimate // of each class, in [0, 1]
	// Condition is that of the matrix of the reference's predictions by class (largest over least singular value):
	// by how much it may magnify noise. NaN for Saerens.
	Condition float64
	// Fit tests whether the current rows can be a mix of the reference's classes at all, which is what both methods
	// assume. A method with as many cells as classes has nothing left to test.
	Fit Test
}

// BBSE estimates class shares under label shift from predictions alone (black box shift estimation: Lipton, Wang and
// Smola 2018): with C the shares of predictions within each actual class of the labelled reference, and μ the shares
// of the current predictions,
//
//	μ_p = Σ_a C(p|a)·π_a,   so   π = C⁻¹·μ.
//
// The variance is the delta method's, with the noise of both μ and C:
// C⁻¹·[Cov μ + Σ_a π_a²·Cov C(·|a)]·C⁻ᵀ. Shares that noise puts below 0 are put to 0 and the rest scaled to sum to 1.
//
// It assumes that within a class predictions are spread as they were. Where C is so near to a singular matrix that
// its own noise could make it one (its least singular value is below twice the expected size of the noise), the
// shares are undefined and the Reason says so; likewise for a class without labelled rows.
//
// predicted are the current rows per predicted class, in the order of the confusion matrix's classes.
func BBSE(reference classify.Confusion, predicted []float64, level float64) (Prevalence, error) {
	k := len(reference.Classes)
	if len(predicted) != k {
		return Prevalence{}, fmt.Errorf("%d counts of predicted classes do not fit a confusion matrix of %d classes: give one per class", len(predicted), k)
	}
	if err := counts(predicted, "predicted rows"); err != nil {
		return Prevalence{}, err
	}
	out := Prevalence{Classes: reference.Classes, Condition: math.NaN()}
	m := total(predicted)
	out.Fit = untested(m, "as many predicted classes as classes leave nothing to test")
	actual, _ := reference.Margins()
	for a, n := range actual {
		if n <= 0 {
			return out.undefined(m, fmt.Sprintf("no labelled row of the reference is of class %q", reference.Classes[a])), nil
		}
	}
	if m <= 0 {
		return out.undefined(0, "there are no current rows"), nil
	}

	mix := mat.NewDense(k, k, nil)
	noise := 0.0
	for a := range k {
		for p := range k {
			share := reference.Counts[a*k+p] / actual[a]
			mix.Set(p, a, share)
			noise += share * (1 - share) / actual[a]
		}
	}
	var svd mat.SVD
	if !svd.Factorize(mix, mat.SVDThin) {
		return out.undefined(m, "the confusion matrix of the reference cannot be inverted"), nil
	}
	singular := svd.Values(nil)
	least := singular[k-1]
	out.Condition = singular[0] / least
	if k > 1 && !(least > 2*math.Sqrt(noise)) {
		return out.undefined(m, fmt.Sprintf("the reference's predictions tell its classes apart too little: the least singular value of its confusion matrix is %.3g, and noise alone makes %.3g", least, math.Sqrt(noise))), nil
	}
	var inverse mat.Dense
	// A condition that is merely large is judged by the noise, above.
	if err := inverse.Inverse(mix); err != nil && math.IsInf(out.Condition, 0) {
		return out.undefined(m, "the confusion matrix of the reference cannot be inverted"), nil
	}
	pi := make([]float64, k)
	for a := range k {
		for p := range k {
			pi[a] += inverse.At(a, p) * predicted[p] / m
		}
	}
	out.Shares = out.bound(pi, func(a int) float64 {
		row := inverse.RawRowView(a)
		variance := quadratic(row, smooth(predicted), m)
		for b := range k {
			variance += pi[b] * pi[b] * quadratic(row, smooth(reference.Counts[b*k:(b+1)*k]), actual[b])
		}
		return variance
	}, m, level)
	return out, nil
}

// smooth are shares of counts with half a row added, spread evenly, so that a class never seen has some noise.
func smooth(counts []float64) []float64 {
	out := make([]float64, len(counts))
	each := 0.5 / float64(len(counts))
	n := total(counts) + 0.5
	for i, c := range counts {
		out[i] = (c + each) / n
	}
	return out
}

// quadratic is the variance of Σ g_i·share_i for shares estimated from n rows.
func quadratic(g, shares []float64, n float64) float64 {
	return infer.DeltaVariance(shares, g, n)
}

func (p Prevalence) undefined(n float64, reason string) Prevalence {
	nan := math.NaN()
	p.Shares = make([]classify.Estimate, len(p.Classes))
	for i := range p.Shares {
		p.Shares[i] = classify.Estimate{Value: nan, Lower: nan, Upper: nan, N: n, Reason: reason}
	}
	return p
}

// bound makes estimates of shares with normal intervals, all within [0, 1].
func (p Prevalence) bound(pi []float64, variance func(int) float64, n, level float64) []classify.Estimate {
	out := make([]classify.Estimate, len(pi))
	z, sum := infer.Z(level), 0.0
	for _, share := range pi {
		sum += math.Max(0, share)
	}
	for a, share := range pi {
		half := z * math.Sqrt(variance(a))
		out[a] = classify.Estimate{
			Value: math.Max(0, share) / sum,
			Lower: math.Min(1, math.Max(0, share-half)),
			Upper: math.Max(0, math.Min(1, share+half)),
			N:     n,
		}
		if share < 0 {
			out[a].Reason = "noise put the share below 0: it was set to 0"
		}
		out[a].Lower, out[a].Upper = math.Min(out[a].Lower, out[a].Value), math.Max(out[a].Upper, out[a].Value)
	}
	return out
}
