package drift

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// absoluteNoise is the law of a weighted sum of absolute values of correlated
// normal variables with mean 0: what an L1 distance is when nothing has changed.
// It is approximated by a scaled chi distribution with the same mean and
// variance, which is exact for a single variable.
type absoluteNoise struct{ mean, variance float64 }

// The covariance of |X| and |Y| for standard normals with correlation ρ is
// 2/π·(ρ·asin ρ + √(1−ρ²) − 1), here as series·ρ² + quartic·ρ⁴, which has the right
// curvature at 0 and the right value at ±1 and is separable in our uses.
const (
	covarianceQuadratic = 1 / math.Pi
	covarianceQuartic   = 2/math.Pi*(math.Pi/2-1) - covarianceQuadratic
	foldedMean          = 0.7978845608028654 // E|Z| = √(2/π)
	foldedVariance      = 1 - 2/math.Pi
)

// chi returns the degrees of freedom and the scale of the approximating chi
// distribution. var/E[X²] of a chi variable is 1/(2ν + ½ + ¼/ν), nearly.
func (a absoluteNoise) chi() (df, scale float64) {
	ratio := (a.variance + a.mean*a.mean) / a.variance
	b := ratio - 0.5
	df = (b + math.Sqrt(b*b-2)) / 4
	if !(df >= 1) {
		df = 1
	}
	return df, math.Sqrt((a.variance + a.mean*a.mean) / df)
}

// sf is the chance that noise reaches x.
func (a absoluteNoise) sf(x float64) float64 {
	if !(a.variance > 0) {
		return math.NaN()
	}
	df, scale := a.chi()
	return mathext.GammaIncRegComp(df/2, square(math.Max(0, x)/scale)/2)
}

// quantile is what noise stays below with probability p.
func (a absoluteNoise) quantile(p float64) float64 {
	if !(a.variance > 0) {
		return 0
	}
	df, scale := a.chi()
	return scale * math.Sqrt(infer.ChiSquareQuantile(p, df))
}

// foldedBias is E|x + Z| − |x| for a standard normal Z: by how much noise lifts
// an absolute value of x standard errors.
func foldedBias(x float64) float64 {
	x = math.Abs(x)
	if x > 8 {
		return 0
	}
	density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
	return 2 * (density - x*infer.NormalSF(x))
}

// biases bound by how much noise lifts |δ|, given its estimate in standard
// errors. The cautious one takes what could be zero (within two standard errors)
// as zero, where the lift is greatest; the other trusts half of the plug-in value,
// for the estimate is itself lifted.
func biases(estimate float64) (cautious, trusted float64) {
	trusted = foldedBias(estimate) / 2
	if math.Abs(estimate) < 2 {
		return foldedMean, trusted
	}
	return 2 * trusted, trusted
}

// l1 fills in the limits of an L1 distance with the given standard error.
type l1 struct {
	cautiousBias, trustedBias, standardError float64
}

func (l l1) fill(o Options, r *Result) {
	z := infer.Z(o.Level)
	r.Lower = math.Max(0, r.Raw-l.cautiousBias-z*l.standardError)
	r.Upper = math.Max(0, r.Raw-l.trustedBias+z*l.standardError)
	r.PMinimumEffect = infer.NormalSF((r.Raw - l.cautiousBias - o.Tolerated) / l.standardError)
}

// peaks is what two statistics of the form max|δ_k| share: their interval.
//
// Upper: the estimate is at least the estimate at the true peak, so one normal
// quantile suffices. Lower: only entries whose estimate is near the maximum can
// be what lifted it, so Bonferroni's correction counts these alone.
type peaks struct {
	largest, standardError float64
	// near counts (entry, sign) pairs near the maximum; positive and negative say
	// on which sides.
	near               float64
	positive, negative bool
}

const nearInErrors = 3

func (p *peaks) consider(delta float64) {
	reach := p.largest - nearInErrors*p.standardError
	if delta >= reach {
		p.near++
		p.positive = true
	}
	if -delta >= reach {
		p.near++
		p.negative = true
	}
}

// limits are the interval's; excess is the chance that noise lifts the maximum
// by t or more.
func (p *peaks) excess(t float64) float64 {
	return math.Min(1, p.near*infer.NormalSF(t/p.standardError))
}

// margin is the t at which excess falls to a probability.
func (p *peaks) margin(probability float64) float64 {
	return p.standardError * infer.Z(1-2*probability/p.near)
}
