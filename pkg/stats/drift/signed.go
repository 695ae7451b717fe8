package drift

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// signed is an effect that goes both ways and is normal around its true value:
// its size is reported. Inverting the noncentral chi-square with one degree of
// freedom, the law of its square, gives limits that hold at 0 too.
type signed struct {
	effect float64
	// nullError and standardError are the standard errors under no change and at
	// the estimate.
	nullError, standardError float64
}

func (e signed) fill(s *sample, o Options, r *Result) {
	size := math.Abs(e.effect)
	r.Raw, r.Value = size, size
	r.MinimumN = 0
	if !(e.nullError > 0) || !(e.standardError > 0) {
		r.Lower, r.Upper, r.NoiseFloor, r.P, r.PMinimumEffect = size, size, 0, 1, 1
		return
	}
	x := square(size / e.standardError)
	low, high := infer.NoncentralityInterval(x, 1, o.Level)
	r.Lower, r.Upper = e.standardError*math.Sqrt(low), e.standardError*math.Sqrt(high)
	r.P = 2 * infer.NormalSF(size/e.nullError)
	r.PMinimumEffect = infer.NoncentralChiSquareSF(x, 1, square(o.Tolerated/e.standardError))
	r.NoiseFloor = infer.Z(o.Level) * e.nullError
	r.MinimumN = s.minimumN(r, 0.5)
}

// compareMannWhitney: |2θ−1| (Cliff's delta) of the probability of superiority
// θ = P(current > reference) + ½P(equal), which is the Statistic. Hard bounds put
// the ties within a bucket wholly on either side. P is that of the Mann-Whitney
// test with the variance corrected for ties; the interval uses the variance of
// the placement values.
//
// References: Mann and Whitney (1947), Annals of Mathematical Statistics 18;
// DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44; Cliff (1993).
func compareMannWhitney(s sample, o Options, r *Result) {
	var f, g, delta, ties, cubes, refSquare, curSquare float64
	for k := range s.cells() {
		p, q := s.shares(k)
		// Twice the placement less 1: how a value here compares with the other side.
		aboveRef, aboveCur := 2*f+p-1, 2*g+q-1
		delta += q * aboveRef
		curSquare += q * aboveRef * aboveRef
		refSquare += p * aboveCur * aboveCur
		ties += p * q
		cubes += math.Pow(s.pooled(k), 3)
		f += p
		g += q
	}
	total := s.n + s.m
	// Σ(t³−t)/(N³−N), with the pooled shares t/N; noise is twice that of θ.
	tied := (cubes - 1/(total*total)) / (1 - 1/(total*total))
	null := math.Max(0, 1-tied) / 3 * s.s * (1 + 1/total)
	variance := math.Max(0, curSquare-delta*delta)/s.mEff + math.Max(0, refSquare-delta*delta)/s.nEff
	if null > 0 {
		// Two samples that do not overlap have some error all the same.
		variance += 2/square(s.nEff) + 2/square(s.mEff)
	}
	signed{delta, math.Sqrt(null), math.Sqrt(variance)}.fill(&s, o, r)
	r.Upper = math.Min(1, r.Upper)
	r.Statistic = (1 + delta) / 2
	r.BoundLower, r.BoundUpper = math.Max(0, math.Abs(delta)-ties), math.Min(1, math.Abs(delta)+ties)
}

// compareTrend: the difference of the mean bucket numbers in standard deviations
// of them (the root of the mean of both variances). The test is Cochran and
// Armitage's for a trend, with the buckets numbered 0, 1, 2, …; the Statistic is its
// chi-square with one degree of freedom.
//
// References: Cochran (1954), Biometrics 10; Armitage (1955), Biometrics 11.
func compareTrend(s sample, o Options, r *Result) {
	var refMean, curMean float64
	for k := range s.cells() {
		p, q := s.shares(k)
		refMean += p * float64(k)
		curMean += q * float64(k)
	}
	var refVariance, curVariance float64
	for k := range s.cells() {
		p, q := s.shares(k)
		refVariance += p * square(float64(k)-refMean)
		curVariance += q * square(float64(k)-curMean)
	}
	unit := math.Sqrt((refVariance + curVariance) / 2)
	if unit == 0 {
		if refMean == curMean {
			signed{}.fill(&s, o, r)
			return
		}
		r.Reason = "Each side lies in a single bucket, so there is no spread to measure the difference by."
		return
	}
	d := (curMean - refMean) / unit
	// The slopes of d by the shares, centred.
	var ref, cur moments
	for k := range s.cells() {
		p, q := s.shares(k)
		x, y := (float64(k)-refMean)/unit, (float64(k)-curMean)/unit
		ref.add(p, -x-d/4*x*x)
		cur.add(q, y-d/4*y*y)
	}
	difference := curMean - refMean
	n, m, total := s.n, s.m, s.n+s.m
	pooled := (n*refVariance+m*curVariance)/total + n*m/(total*total)*difference*difference
	r.Statistic, r.DegreesOfFreedom = square(difference)/(pooled*s.s)*(total-1)/total, 1
	signed{d, math.Sqrt(s.s), math.Sqrt(ref.variance()/s.nEff + cur.variance()/s.mEff)}.fill(&s, o, r)
	r.P = infer.ChiSquareSF(r.Statistic, 1)
}

// moments sums a weighted mean and mean square.
type moments struct{ mean, square float64 }

func (m *moments) add(share, x float64) {
	m.mean += share * x
	m.square += share * x * x
}

func (m *moments) variance() float64 { return m.square - m.mean*m.mean }

// compareProportions: the difference of the share of one of two categories, with
// the pooled two-proportion test.
//
// Reference: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and
// Proportions, chapter 3.
func compareProportions(s sample, o Options, r *Result) {
	if s.cells() > 2 {
		r.Reason = "Proportions compares two categories, and there are more: choose chi_square."
		return
	}
	if s.cells() == 1 {
		signed{}.fill(&s, o, r)
		return
	}
	p, q := s.shares(0)
	pooled := s.pooled(0)
	signed{
		q - p, math.Sqrt(pooled * (1 - pooled) * s.s),
		math.Sqrt(shareVariance(p, s.nEff) + shareVariance(q, s.mEff)),
	}.fill(&s, o, r)
	r.Upper = math.Min(1, r.Upper)
	r.Statistic = (q - p) / math.Sqrt(pooled*(1-pooled)*s.s)
}
