package drift

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// compareTotalVariation: ½Σ|p−q|. Its standard error is at most that of the
// difference of the shares of one set of cells, the cells that grew; noise lifts
// it, most where shares are equal, which the limits allow for.
func compareTotalVariation(s sample, o Options, r *Result) {
	var raw, grownRef, grownCur, cautious, trusted float64
	var noise absoluteNoise
	var quadratic, quartic float64
	for k := range s.cells() {
		p, q := s.shares(k)
		raw += math.Abs(p-q) / 2
		if q > p {
			grownRef += p
			grownCur += q
		}
		pooled := s.pooled(k)
		if pooled >= 1 {
			continue
		}
		sigma := math.Sqrt(pooled * (1 - pooled) * s.s)
		most, least := biases((p - q) / sigma)
		cautious += sigma * most / 2
		trusted += sigma * least / 2

		noise.mean += sigma * foldedMean / 2
		// σ_j·σ_k·ρ² and ρ⁴ factorise over the cells, since ρ² is the product of the
		// odds π/(1−π) of the two.
		odds := pooled / (1 - pooled)
		noise.variance += sigma * (sigma*foldedVariance + 2*covarianceQuadratic*odds*quadratic + 2*covarianceQuartic*odds*odds*quartic) / 4
		quadratic += sigma * odds
		quartic += sigma * odds * odds
	}

	r.Raw, r.Value = raw, raw
	standardError := math.Sqrt(shareVariance(grownRef, s.nEff) + shareVariance(grownCur, s.mEff))
	l1{cautious, trusted, standardError}.fill(o, r)
	r.Upper = math.Min(1, r.Upper)
	r.P = noise.sf(raw)
	r.NoiseFloor = noise.quantile(o.Level)
	if s.cells() == 1 {
		r.P = 1
	}
	r.MinimumN = s.minimumN(r, 0.5)
}

// shareVariance is the variance of a share that was estimated from n, kept off
// zero by Jeffreys' ½.
func shareVariance(share, n float64) float64 {
	share = (share*n + 0.5) / (n + 1)
	return share * (1 - share) / n
}

// compareLInfinity: max|p−q|. Under no change the chance to reach it is bounded
// by Šidák's inequality over the cells.
func compareLInfinity(s sample, o Options, r *Result) {
	var p peaks
	for k := range s.cells() {
		ref, cur := s.shares(k)
		p.largest = math.Max(p.largest, math.Abs(ref-cur))
		p.standardError = math.Max(p.standardError, math.Sqrt(shareVariance(ref, s.nEff)+shareVariance(cur, s.mEff)))
	}
	for k := range s.cells() {
		ref, cur := s.shares(k)
		p.consider(cur - ref)
	}
	r.Raw, r.Value = p.largest, p.largest
	tail := (1 - o.Level) / 2
	r.Lower = math.Max(0, p.largest-p.margin(tail))
	r.Upper = math.Min(1, p.largest+infer.Z(o.Level)*p.standardError)
	r.PMinimumEffect = p.excess(p.largest - o.Tolerated)
	r.P = s.largestNoiseSF(p.largest)
	r.NoiseFloor = s.largestNoiseQuantile(o.Level)
	r.MinimumN = s.minimumN(r, 0.5)
}

// largestNoiseSF bounds the chance that noise alone makes some share differ by
// x or more.
func (s *sample) largestNoiseSF(x float64) float64 {
	logBelow, _ := s.largestNoise(x)
	return -math.Expm1(logBelow)
}

// largestNoise is the logarithm of the chance that no share differs by x or
// more, and its derivative by x.
func (s *sample) largestNoise(x float64) (logBelow, slope float64) {
	for k := range s.cells() {
		pooled := s.pooled(k)
		if pooled >= 1 {
			continue
		}
		sigma := math.Sqrt(pooled * (1 - pooled) * s.s)
		z := x / sigma
		if z > 9 {
			continue
		}
		below := 1 - 2*infer.NormalSF(z)
		logBelow += math.Log(below)
		slope += 2 * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) / sigma / below
	}
	return logBelow, slope
}

// largestNoiseQuantile is the x that noise stays below with the given
// probability. The logarithm above is concave and rising, so that Newton's method
// from a point to the left of the solution cannot overshoot.
func (s *sample) largestNoiseQuantile(level float64) float64 {
	var widest float64
	for k := range s.cells() {
		pooled := s.pooled(k)
		widest = math.Max(widest, pooled*(1-pooled)*s.s)
	}
	if widest == 0 {
		return 0
	}
	x := math.Sqrt(widest) * infer.Z(level)
	const steps, precision = 50, 1e-7
	for range steps {
		logBelow, slope := s.largestNoise(x)
		step := (math.Log(level) - logBelow) / slope
		x += step
		if math.Abs(step) <= precision*x {
			break
		}
	}
	return x
}
