package drift

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// compareKS: the largest difference of the distribution functions at the edges,
// where they are exact. Between the edges the rows' distance is at most
// max_k max(F_k − G_{k−1}, G_k − F_{k−1}), the hard upper bound.
//
// P takes the distance at the edges as if it were the rows' own, which is
// conservative. The interval is for the distance at the edges: see peaks; the
// lower limit uses Smirnov's bound on the whole band where that is sharper.
func compareKS(s sample, o Options, r *Result) {
	var p peaks
	var refBelow, curBelow, bound float64
	for k := range s.cells() {
		refShare, curShare := s.shares(k)
		bound = math.Max(bound, math.Max(refBelow+refShare-curBelow, curBelow+curShare-refBelow))
		refBelow += refShare
		curBelow += curShare
		if k == s.cells()-1 {
			break
		}
		p.largest = math.Max(p.largest, math.Abs(refBelow-curBelow))
		p.standardError = math.Max(p.standardError, math.Sqrt(shareVariance(refBelow, s.nEff)+shareVariance(curBelow, s.mEff)))
	}
	refBelow, curBelow = 0, 0
	for k := range s.cells() - 1 {
		refShare, curShare := s.shares(k)
		refBelow += refShare
		curBelow += curShare
		p.consider(curBelow - refBelow)
	}
	n := s.effectiveN()
	root := math.Sqrt(n)
	r.Raw, r.Value, r.Statistic = p.largest, p.largest, p.largest
	r.BoundLower, r.BoundUpper = p.largest, math.Min(1, bound)
	r.P = infer.KolmogorovFiniteSF(p.largest, math.Max(1, n))
	r.PUpperBound = infer.KolmogorovFiniteSF(r.BoundUpper, math.Max(1, n))

	tail := (1 - o.Level) / 2
	bandMargin := math.Sqrt(-math.Log(tail)/2) / root
	bandExcess := func(t float64) float64 { return math.Exp(-2 * n * square(math.Max(0, t))) }
	if p.positive && p.negative {
		bandMargin = infer.KolmogorovQuantile(1-tail) / root
		bandExcess = func(t float64) float64 { return infer.KolmogorovSF(root * t) }
	}
	r.Lower = math.Max(0, p.largest-math.Min(bandMargin, p.margin(tail)))
	r.Upper = math.Min(1, p.largest+infer.Z(o.Level)*p.standardError)
	excess := p.largest - o.Tolerated
	r.PMinimumEffect = math.Min(bandExcess(excess), p.excess(excess))
	// Stephens' (1970) correction of the limiting quantile for finite n.
	r.NoiseFloor = infer.KolmogorovQuantile(o.Level) / (root + 0.12 + 0.11/root)
	r.MinimumN = s.minimumN(r, 0.5)
}

// compareWasserstein: ∫|F−G| with values uniform within buckets, over the closed
// buckets; the open buckets' shares are reported in OpenRef and Open. Hard
// bounds: within a bucket, whatever its values, the area is at least
// w·max(0, F_{k−1}−G_k, G_{k−1}−F_k) and at most w·max(F_k−G_{k−1}, G_k−F_{k−1}); and the
// distance is at least the difference of the means, where sums are known, often a
// sharp bound. Mass in open buckets makes the upper bound infinite, unless the
// limits of the values are given.
func compareWasserstein(s sample, o Options, r *Result) {
	var (
		w                        wassersteinSums
		refBelow, curBelow       float64
		previousRef, previousCur float64
	)
	edges := s.ref.Edges
	last := s.cells() - 1
	for k := range s.cells() {
		refShare, curShare := s.shares(k)
		previousRef, previousCur = refBelow, curBelow
		refBelow += refShare
		curBelow += curShare
		width, closed := widthWithin(edges, k, o)
		switch {
		case closed:
			w.addArea(width, previousRef, previousCur, refBelow, curBelow)
			if k == 0 || k == last {
				r.OpenRef -= refShare
				r.Open -= curShare
			}
		case refShare+curShare > 0:
			w.upper = math.Inf(1)
		}
		if k < last {
			next, _ := widthWithin(edges, k+1, o)
			w.addNoise(&s, refBelow, curBelow, (width+next)/2)
		}
	}
	r.OpenRef, r.Open = math.Max(0, r.OpenRef), math.Max(0, r.Open)

	refStd, curStd := s.ref.StdWithin(o.Lowest, o.Highest), s.cur.StdWithin(o.Lowest, o.Highest)
	unit := scaleOf(&s, refStd, o, r)
	if !(unit > 0) {
		r.Reason = "The reference has no spread to scale the distance by: ask for the distance in the feature's own unit."
		return
	}
	meanDifference := math.Abs(s.ref.Sum/s.n - s.cur.Sum/s.m)
	if math.IsNaN(meanDifference) || math.IsInf(meanDifference, 0) {
		meanDifference = 0
	}
	r.BoundLower = math.Max(w.lower, meanDifference) / unit
	r.BoundUpper = math.Max(w.upper/unit, r.BoundLower)
	r.Raw = w.point / unit
	w.noise.mean /= unit
	w.noise.variance /= unit * unit

	standardError := math.Sqrt(refStd*refStd/s.nEff+curStd*curStd/s.mEff) / unit
	l1{w.cautious / unit, w.trusted / unit, standardError}.fill(o, r)
	r.P = w.noise.sf(r.Raw)
	r.NoiseFloor = w.noise.quantile(o.Level)

	if mean := meanDifference / unit; mean > r.Raw {
		z := infer.Z(o.Level)
		r.Lower = math.Max(r.Lower, mean-z*standardError)
		r.Upper = math.Max(r.Upper, mean+z*standardError)
		r.PMinimumEffect = math.Min(r.PMinimumEffect, infer.NormalSF((mean-o.Tolerated)/standardError))
		r.Raw = mean
	}
	r.Value = r.Raw
	r.MinimumN = s.minimumN(r, 0.5)
}

// wassersteinSums collects what compareWasserstein sums over buckets and edges.
type wassersteinSums struct {
	point, lower, upper float64
	cautious, trusted   float64
	noise               absoluteNoise
	// quadratic and quartic are running sums over the edges so far, for the
	// covariance of the noise at two edges: the square of their correlation is
	// the ratio of the odds H/(1−H) of the lower to those of the higher edge.
	quadratic, quartic float64
}

// addArea adds one closed bucket between the distribution functions' values at its
// ends.
func (w *wassersteinSums) addArea(width, f0, g0, f1, g1 float64) {
	a, b := f0-g0, f1-g1
	if a*b >= 0 {
		w.point += width * (math.Abs(a) + math.Abs(b)) / 2
	} else {
		w.point += width * (a*a + b*b) / (2 * (math.Abs(a) + math.Abs(b)))
	}
	w.lower += width * math.Max(0, math.Max(f0-g1, g0-f1))
	w.upper += width * math.Max(f1-g0, g1-f0)
}

// addNoise adds the noise at one edge, which stands for half of either bucket
// beside it.
func (w *wassersteinSums) addNoise(s *sample, f, g, width float64) {
	pooled := (f*s.n + g*s.m) / (s.n + s.m)
	variance := pooled * (1 - pooled) * s.s
	if !(variance > 0) || width == 0 {
		return
	}
	sigma := math.Sqrt(variance)
	most, least := biases((f - g) / sigma)
	w.cautious += width * sigma * most
	w.trusted += width * sigma * least

	term, odds := width*sigma, pooled/(1-pooled)
	w.noise.mean += term * foldedMean
	w.noise.variance += term * (term*foldedVariance + 2*covarianceQuadratic*w.quadratic/odds + 2*covarianceQuartic*w.quartic/(odds*odds))
	w.quadratic += term * odds
	w.quartic += term * odds * odds
}

// widthWithin is the width of bucket k, where it is closed: by edges, or by the
// limits of the values. An open bucket has the width 0.
func widthWithin(edges []float64, k int, o Options) (width float64, closed bool) {
	lower, upper := o.Lowest, o.Highest
	if k > 0 {
		lower = edges[k-1]
	}
	if k < len(edges) {
		upper = edges[k]
	}
	width = upper - lower
	if math.IsInf(width, 0) || math.IsNaN(width) || width < 0 {
		return 0, false
	}
	return width, true
}

// scaleOf is what the distance is divided by.
func scaleOf(s *sample, std float64, o Options, r *Result) float64 {
	switch o.Scale {
	case "iqr":
		r.Unit = "IQR"
		upper, _, _ := s.ref.Quantile(0.75)
		lower, _, _ := s.ref.Quantile(0.25)
		return upper - lower
	case "none":
		r.Unit = "value"
		return 1
	}
	r.Unit = "σ"
	return std
}
