package detect

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// reference is what is known of the series while it is in control: a weighted
// mean with weights 1/error², and the spread of the points around it in units of
// their errors (Laney's σ_z, here from all squares rather than from moving
// ranges, so that slow waves count and the law is known).
type reference struct {
	target      float64 // NaN when the mean is learnt
	spread      float64 // 0 when it is learnt
	points      float64
	weight      float64 // Σ 1/error²
	mean        float64
	squares     float64 // Σ (value − mean)²/error²
	fromTarget  float64 // Σ (value − target)²/error²
	knownErrors bool
}

func newReference(s Series, o Options) reference {
	r := reference{target: math.NaN(), spread: o.Spread, knownErrors: s.Errors != nil}
	if o.Target != nil {
		r.target = *o.Target
	}
	return r
}

func (r *reference) learn(value, err float64) {
	w := 1 / (err * err)
	delta := value - r.mean
	r.points++
	r.weight += w
	r.mean += delta * w / r.weight
	r.squares += w * delta * (value - r.mean)
	if !math.IsNaN(r.target) {
		r.fromTarget += w * (value - r.target) * (value - r.target)
	}
}

// needs is the number of points without which nothing can be standardised.
func (r *reference) needs() float64 {
	var n float64
	if math.IsNaN(r.target) {
		n++
	}
	if r.spread == 0 {
		n++
	}
	return n
}

func (r *reference) center() float64 {
	if math.IsNaN(r.target) {
		return r.mean
	}
	return r.target
}

// variability is the spread in use and its degrees of freedom, infinite for one
// that is known. A baseline without any variation says nothing beyond the
// points' own errors; without those, the spread is 0.
func (r *reference) variability() (spread, df float64) {
	if r.spread > 0 {
		return r.spread, math.Inf(1)
	}
	squares, df := r.squares, r.points-1
	if !math.IsNaN(r.target) {
		squares, df = r.fromTarget, r.points
	}
	// What rounding leaves of equal values is no variation.
	if squares <= 1e-24*r.weight*r.center()*r.center() {
		if r.knownErrors {
			return 1, math.Inf(1)
		}
		return 0, df
	}
	return math.Sqrt(squares / df), df
}

// judge standardises a point that has not been learnt: its distance from the
// mean in standard deviations of that distance, the mean's own error included,
// brought from Student's law to the normal one. For independent normal points in
// control these scores are independent and standard normal, exactly.
//
// References: Quesenberry (1991), Journal of Quality Technology 23; Brown,
// Durbin and Evans (1975), JRSS B 37; Laney (2002), Quality Engineering 14.
func (r *reference) judge(value, err float64) (z, sigma float64) {
	spread, df := r.variability()
	variance := err * err
	if math.IsNaN(r.target) {
		variance += 1 / r.weight
	}
	sigma = spread * math.Sqrt(variance)
	return normalScore((value-r.center())/sigma, df), sigma
}

// farthest is where normal scores end: beyond, tails have no floating-point
// number.
const farthest = 37

// normalScore is the standard normal value with the same tail as t has with df
// degrees of freedom.
func normalScore(t, df float64) float64 {
	if !math.IsInf(df, 1) && math.Abs(t) < math.MaxFloat64 {
		tail := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(t))
		if tail > 0 {
			t = math.Copysign(-distuv.UnitNormal.Quantile(tail), t)
		}
	}
	return math.Max(-farthest, math.Min(farthest, t))
}
