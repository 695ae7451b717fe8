package detect

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// RunLength is the mean number of points until an alarm when the standardised
// points are independent and normal with the given mean and variance 1: with
// shift 0 how often a detector cries wolf, with another how fast it finds that
// shift. Zero options are the method's defaults.
//
// CUSUM and EWMA are solved from the integral equation of the run length by
// Gauss-Legendre quadrature, Shewhart is a geometric law. The others are known
// from simulation, for shift 0 and default options only. NaN where not known.
//
// References: Page (1954), Biometrika 41; Crowder (1987), Technometrics 29; Lucas
// and Crosier (1982), Technometrics 24.
func RunLength(o Options, shift float64) float64 {
	m, err := find(o.Method)
	if err != nil {
		return math.NaN()
	}
	given := o
	if o, err = o.withDefaults(m.info); err != nil || math.IsNaN(shift) || math.IsInf(shift, 0) {
		return math.NaN()
	}
	if o.Direction == Down {
		shift = -shift
	}
	if shift == 0 && given.usesDefaults(m.info) {
		if o.Direction == Both {
			return m.info.RunLength
		}
		return m.info.RunLengthOneSided
	}
	switch o.Method {
	case CUSUM:
		rise := cusumRunLength(o.Slack, o.Limit, shift)
		if o.Direction != Both {
			return rise
		}
		return 1 / (1/rise + 1/cusumRunLength(o.Slack, o.Limit, -shift))
	case EWMA:
		return ewmaRunLength(o.Weight, o.Limit, shift, o.Direction == Both)
	case Shewhart:
		chance := infer.NormalSF(o.Limit - shift)
		if o.Direction == Both {
			chance += infer.NormalSF(o.Limit + shift)
		}
		return 1 / chance
	}
	return math.NaN()
}

// usesDefaults says whether no parameter was changed, those that the method does
// not use included.
func (o Options) usesDefaults(info MethodInfo) bool {
	same := func(value, initial float64) bool { return value == 0 || value == initial }
	return same(o.Slack, info.Slack) && same(o.Limit, info.Limit) && same(o.Weight, defaultWeight) && same(o.Delta, defaultDelta)
}

// quadratureNodes gives six digits for the usual limits.
const quadratureNodes = 64

// cusumRunLength solves L(s) = 1 + L(0)·Φ(k−s) + ∫₀ʰ L(y)·φ(y+k−s) dy at s = 0,
// where the sum starts.
func cusumRunLength(slack, limit, shift float64) float64 {
	nodes, weights := legendre(0, limit)
	n := len(nodes) + 1 // the last unknown is L(0)
	at := func(i int) float64 {
		if i < len(nodes) {
			return nodes[i]
		}
		return 0
	}
	return solve(n, n-1, func(i, j int) float64 {
		if j == n-1 {
			return infer.NormalSF(at(i) + shift - slack)
		}
		return weights[j] * density(nodes[j]+slack-at(i)-shift)
	})
}

// ewmaRunLength solves L(u) = 1 + ∫ L(y)·φ((y−(1−λ)u)/λ) dy/λ between the limits.
// With one limit, the other side ends where the average practically never is.
func ewmaRunLength(weight, limit, shift float64, both bool) float64 {
	scale := math.Sqrt(weight / (2 - weight))
	lowest := -limit * scale
	if !both {
		lowest = -10*scale + math.Min(0, shift)
	}
	nodes, weights := legendre(lowest, limit*scale)
	n := len(nodes) + 1 // the last unknown is L(0), which feeds no other
	at := func(i int) float64 {
		if i < len(nodes) {
			return nodes[i]
		}
		return 0
	}
	return solve(n, n-1, func(i, j int) float64 {
		if j == n-1 {
			return 0
		}
		return weights[j] * density((nodes[j]-(1-weight)*at(i))/weight-shift) / weight
	})
}

func legendre(from, to float64) (nodes, weights []float64) {
	nodes, weights = make([]float64, quadratureNodes), make([]float64, quadratureNodes)
	quad.Legendre{}.FixedLocations(nodes, weights, from, to)
	return nodes, weights
}

// solve gives unknown number wanted of L = 1 + K·L.
func solve(n, wanted int, kernel func(i, j int) float64) float64 {
	system := mat.NewDense(n, n, nil)
	ones := mat.NewVecDense(n, nil)
	for i := range n {
		for j := range n {
			system.Set(i, j, -kernel(i, j))
		}
		system.Set(i, i, 1+system.At(i, i))
		ones.SetVec(i, 1)
	}
	var lengths mat.VecDense
	if lengths.SolveVec(system, ones) != nil || !(lengths.AtVec(wanted) >= 1) {
		return math.Inf(1) // an alarm so rare that the system is singular
	}
	return lengths.AtVec(wanted)
}

func density(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
