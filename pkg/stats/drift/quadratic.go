package drift

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// quadratic is what the squared distances of two distribution functions share:
// Q = ∫(F−G)²dW with a weight w_k per cell and values uniform within cells,
//
//	Q = Σ w_k·(a² + ab + b²)/3, a = F_{k−1}−G_{k−1}, b = F_k−G_k
//
// Under no change the differences at the edges are normal with s times the
// covariance of a Brownian bridge, so Q is a sum of weighted chi-squares, of
// which the first three cumulants are exact here.
//
// References: Anderson (1962), Annals of Mathematical Statistics 33; Buckley and
// Eagleson (1988), Australian Journal of Statistics 30.
type quadratic struct {
	value float64
	// variance is that of the estimate, by the delta method.
	variance float64
	// k1, k2 and k3 are the cumulants under no change.
	k1, k2, k3 float64
}

// newQuadratic computes Q for the given weights. byMass says that the weights are
// the mean shares of the cells, and so vary with the sample.
func newQuadratic(s *sample, weights []float64, byMass bool) quadratic {
	var q quadratic
	cells := s.cells()
	// slopes holds ∂Q/∂p_k, but for what byMass adds: the sum of ∂Q/∂(F−G) over
	// the edges from cell k on.
	slopes, terms := make([]float64, cells), make([]float64, cells)
	var a float64
	for k := range cells {
		p, c := s.shares(k)
		b := a + p - c
		if k == cells-1 {
			b = 0
		}
		terms[k] = (a*a + a*b + b*b) / 3
		q.value += weights[k] * terms[k]
		if k < cells-1 {
			slopes[k] += weights[k] * (a + 2*b) / 3
		}
		if k > 0 {
			slopes[k-1] += weights[k] * (2*a + b) / 3
		}
		a = b
	}
	for k := cells - 2; k >= 0; k-- {
		slopes[k] += slopes[k+1]
	}
	var refMean, refSquare, curMean, curSquare float64
	for k := range cells {
		p, c := s.shares(k)
		own := 0.0
		if byMass {
			own = terms[k] / 2
		}
		refMean += p * (own + slopes[k])
		refSquare += p * square(own+slopes[k])
		curMean += c * (own - slopes[k])
		curSquare += c * square(own-slopes[k])
	}
	q.variance = (refSquare-refMean*refMean)/s.nEff + (curSquare-curMean*curMean)/s.mEff
	q.cumulants(s, weights)
	return q
}

// cumulants are those of Σ λ_i·χ²_1 with the eigenvalues λ of s·A·Γ, where A is
// the matrix of Q and Γ the covariance of a Brownian bridge at the pooled shares.
// Both A and the inverse of Γ are tridiagonal, so log det(1 − t·A·Γ), whose series
// in t holds the traces of the powers of A·Γ, needs one pass.
func (q *quadratic) cumulants(s *sample, weights []float64) {
	var logDeterminant, ratio series
	var mass, weight, between float64 // of the previous filled cell, and after it
	first, node := true, false
	for k := range s.cells() {
		here := s.pooled(k)
		if here == 0 {
			between += weights[k]
			continue
		}
		if !first {
			next := series{1/mass + 1/here, -(weight/3 + weights[k]/3 + between)}
			if node {
				// The element beside the diagonal, squared.
				off := -1 / mass
				tilt := -weight / 6
				next = next.minus(series{off * off, 2 * off * tilt, tilt * tilt}.over(ratio))
			}
			ratio, node = next, true
			logDeterminant = logDeterminant.plus(ratio.log())
		}
		mass, weight, between, first = here, weights[k], 0, false
	}
	q.k1 = -logDeterminant[1] * s.s
	q.k2 = -4 * logDeterminant[2] * s.s * s.s
	q.k3 = -24 * logDeterminant[3] * s.s * s.s * s.s
}

// fill completes r for the distance √(factor·Q). Limits rest on a scaled
// noncentral chi-square with the mean of Q at the null and its variance away
// from it, or at the null where that is larger.
func (q quadratic) fill(s *sample, o Options, r *Result, factor, limit float64) {
	effect := func(x float64) float64 { return math.Min(limit, math.Sqrt(factor*math.Max(0, x))) }
	r.Raw = effect(q.value)
	if !(q.k1 > 0) || !(q.k2 > 0) {
		r.Value, r.Lower, r.Upper, r.NoiseFloor, r.P, r.PMinimumEffect = r.Raw, r.Raw, r.Raw, 0, 1, 1
		r.MinimumN = s.minimumN(r, 0.5)
		return
	}
	r.Value = effect(q.value - q.k1)
	r.P = q.nullSF(q.value)
	r.NoiseFloor = math.Sqrt(factor * q.nullQuantile(o.Level))

	unit := q.k2 / q.k1 / 2
	if q.value > 0 {
		unit = math.Max(unit, q.variance/q.value/4)
	}
	df, x := q.k1/unit, q.value/unit
	low, high := infer.NoncentralityInterval(x, df, o.Level)
	r.Lower, r.Upper = effect(low*unit), effect(high*unit)
	r.PMinimumEffect = infer.NoncentralChiSquareSF(x, df, o.Tolerated*o.Tolerated/factor/unit)
	r.MinimumN = s.minimumN(r, 0.5)
}

// nullSF is the chance that noise alone reaches x, by a chi-square with the same
// three cumulants.
func (q quadratic) nullSF(x float64) float64 {
	df := 8 * q.k2 * q.k2 * q.k2 / (q.k3 * q.k3)
	return infer.ChiSquareSF(math.Max(0, df+(x-q.k1)*math.Sqrt(2*df/q.k2)), df)
}

func (q quadratic) nullQuantile(p float64) float64 {
	df := 8 * q.k2 * q.k2 * q.k2 / (q.k3 * q.k3)
	return q.k1 + (infer.ChiSquareQuantile(p, df)-df)*math.Sqrt(q.k2/(2*df))
}

// series is a power series in t up to t³.
type series [4]float64

func (a series) plus(b series) series {
	for i := range a {
		a[i] += b[i]
	}
	return a
}

func (a series) minus(b series) series {
	for i := range a {
		a[i] -= b[i]
	}
	return a
}

// over is a/b for b with a constant term.
func (a series) over(b series) series {
	var out series
	for i := range a {
		out[i] = a[i]
		for j := range i {
			out[i] -= out[j] * b[i-j]
		}
		out[i] /= b[0]
	}
	return out
}

// log is the series' logarithm for a positive constant term, which itself is
// left out.
func (a series) log() series {
	x, y, z := a[1]/a[0], a[2]/a[0], a[3]/a[0]
	return series{0, x, y - x*x/2, z - x*y + x*x*x/3}
}

// compareCramerVonMises: √(3·∫(F−G)²dH) with H the mean of F and G: between 0 and
// 1, so that a large reference does not change the size. The statistic is
// Anderson's T, where both sides count by their observations. The hard bounds are
// for any rows: values that repeat make steps, which can take theirs above 1.
func compareCramerVonMises(s sample, o Options, r *Result) {
	weights := make([]float64, s.cells())
	var lower, upper, statistic, f, g float64
	for k := range weights {
		p, q := s.shares(k)
		weights[k] = (p + q) / 2
		low, high := squareBounds(f, g, f+p, g+q)
		lower += weights[k] * low
		upper += weights[k] * high
		a, b := f-g, f+p-g-q
		statistic += s.pooled(k) * (a*a + a*b + b*b) / 3
		f += p
		g += q
	}
	newQuadratic(&s, weights, true).fill(&s, o, r, 3, 1)
	r.Statistic = statistic * s.effectiveN()
	r.BoundLower, r.BoundUpper = math.Sqrt(3*lower), math.Sqrt(3*upper)
}

// squareBounds are the limits of (F−G)² within a cell, whatever its values.
func squareBounds(f0, g0, f1, g1 float64) (lower, upper float64) {
	return square(math.Max(0, math.Max(f0-g1, g0-f1))), square(math.Max(f1-g0, g1-f0))
}

// compareAndersonDarling: √∫(F−G)²/(H(1−H))dH with H the mean of F and G, the
// weight taken at the middle of each cell's mass. It has no hard bounds: the
// weight grows without limit at the ends.
func compareAndersonDarling(s sample, o Options, r *Result) {
	weights := make([]float64, s.cells())
	var below, pooledBelow, statistic, a float64
	for k := range weights {
		p, q := s.shares(k)
		mass := (p + q) / 2
		if mass == 0 {
			continue
		}
		middle := below + mass/2
		weights[k] = mass / (middle * (1 - middle))
		b := a + p - q
		pooled := s.pooled(k)
		pooledMiddle := pooledBelow + pooled/2
		statistic += pooled / (pooledMiddle * (1 - pooledMiddle)) * (a*a + a*b + b*b) / 3
		below += mass
		pooledBelow += pooled
		a = b
	}
	newQuadratic(&s, weights, true).fill(&s, o, r, 1, math.Inf(1))
	r.Statistic = statistic * s.effectiveN()
}

// compareEnergy: √(2∫(F−G)²dx / unit), the energy distance, over the closed
// buckets; unit is the reference's standard deviation or interquartile range, or 1.
// Mass in open buckets makes the hard upper bound infinite, unless the limits of
// the values are given.
func compareEnergy(s sample, o Options, r *Result) {
	unit := scaleOf(&s, s.ref.StdWithin(o.Lowest, o.Highest), o, r)
	if !(unit > 0) {
		r.Reason = "The reference has no spread to scale the distance by: ask for the distance in the feature's own unit."
		return
	}
	r.Unit = "√" + r.Unit
	weights := make([]float64, s.cells())
	var lower, upper, f, g float64
	r.OpenRef, r.Open = 0, 0
	for k := range weights {
		p, q := s.shares(k)
		width, closed := widthWithin(s.ref.Edges, k, o)
		weights[k] = width
		low, high := squareBounds(f, g, f+p, g+q)
		switch {
		case closed:
			lower += width * low
			upper += width * high
		case p+q > 0:
			upper = math.Inf(1)
			r.OpenRef += p
			r.Open += q
		}
		f += p
		g += q
	}
	newQuadratic(&s, weights, false).fill(&s, o, r, 2/unit, math.Inf(1))
	r.BoundLower, r.BoundUpper = math.Sqrt(2*lower/unit), math.Sqrt(2*upper/unit)
}
