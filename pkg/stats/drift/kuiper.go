package drift

import (
	"math"
	"sync"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// compareKuiper: V = max(F−G) + max(G−F) at the edges, the largest change of the
// share of any stretch of neighbouring buckets. The rows' V is at least that and
// at most what the two one-sided bounds of KS allow together. P takes V at the
// edges as if it were the rows' own, which is conservative; limits as for KS, over
// all stretches.
//
// References: Kuiper (1960); Stephens (1970), JRSS B 32.
func compareKuiper(s sample, o Options, r *Result) {
	ref, cur := make([]float64, s.cells()), make([]float64, s.cells())
	var f, g, over, under, overBound, underBound float64
	for k := range s.cells() {
		p, q := s.shares(k)
		overBound = math.Max(overBound, f+p-g)
		underBound = math.Max(underBound, g+q-f)
		f += p
		g += q
		if k < s.cells()-1 {
			ref[k+1], cur[k+1] = f, g
			over, under = math.Max(over, f-g), math.Max(under, g-f)
		}
	}
	peak := peaks{largest: over + under}
	var widest float64
	for k := range ref {
		for j := range k {
			p, q := ref[k]-ref[j], cur[k]-cur[j]
			widest = math.Max(widest, shareVariance(p, s.nEff)+shareVariance(q, s.mEff))
		}
	}
	peak.standardError = math.Sqrt(widest)
	for k := range ref {
		for j := range k {
			peak.consider(cur[k] - cur[j] - ref[k] + ref[j])
		}
	}
	root := math.Sqrt(s.effectiveN())
	r.Raw, r.Value, r.Statistic = peak.largest, peak.largest, peak.largest
	r.BoundLower, r.BoundUpper = peak.largest, math.Min(1, overBound+underBound)
	stephens := root + 0.155 + 0.24/root
	r.P = kuiperSF(stephens * peak.largest)
	r.PUpperBound = kuiperSF(stephens * r.BoundUpper)

	tail := (1 - o.Level) / 2
	r.Lower = math.Max(0, peak.largest-math.Min(kuiperQuantile(1-tail)/root, peak.margin(tail)))
	r.Upper = math.Min(1, peak.largest+infer.Z(o.Level)*peak.standardError)
	excess := peak.largest - o.Tolerated
	r.PMinimumEffect = math.Min(kuiperSF(root*excess), peak.excess(excess))
	r.NoiseFloor = kuiperQuantile(o.Level) / stephens
	r.MinimumN = s.minimumN(r, 0.5)
}

// kuiperSF is the upper tail of √n·V in the limit: 2·Σ(4j²x²−1)·exp(−2j²x²).
func kuiperSF(x float64) float64 {
	if x < 0.4 {
		return 1 // to 7 digits
	}
	var sum float64
	for j := 1.0; j <= 100; j++ {
		exponent := 2 * j * j * x * x
		term := (2*exponent - 1) * math.Exp(-exponent)
		sum += term
		if math.Abs(term) < 1e-17*math.Abs(sum) {
			break
		}
	}
	return math.Min(1, 2*sum)
}

var kuiperQuantiles sync.Map

// kuiperQuantile is the x with kuiperSF(x) = 1 − p.
func kuiperQuantile(p float64) float64 {
	if x, ok := kuiperQuantiles.Load(p); ok {
		return x.(float64)
	}
	low, high := 0.4, 10.0
	for range 60 {
		if middle := (low + high) / 2; kuiperSF(middle) > 1-p {
			low = middle
		} else {
			high = middle
		}
	}
	kuiperQuantiles.Store(p, high)
	return high
}
