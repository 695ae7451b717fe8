package drift

import (
	"math"
	"sync"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// divergence is what the f-divergences share. Near "no difference" each of them
// behaves like scale·s times a chi-square with cells−1 degrees of freedom, and
// for a true divergence D like a noncentral one with noncentrality D/(scale·s).
// Inverting that for the noncentrality gives one consistent p-value, interval
// and minimum-effect test, at the null and away from it.
type divergence struct {
	// value is the divergence as the textbook computes it from the shares.
	value float64
	// tested is the value that the limits rest on, where that is another.
	tested float64
	// scale is its factor of s in the null law.
	scale float64
	// toEffect and fromEffect go between the divergence and the reported distance.
	toEffect, fromEffect func(float64) float64
	// limit is the largest value of the reported distance.
	limit float64
}

// fill completes r. power is that of s with which the reported distance's noise
// goes: 1 for a divergence, ½ for its root.
func (d divergence) fill(s *sample, o Options, r *Result, power float64) {
	unit := d.scale * s.s
	df := math.Max(1, float64(s.cells()-1))
	x := math.Max(0, d.tested) / unit

	effect := func(divergence float64) float64 {
		return math.Min(d.limit, d.toEffect(math.Max(0, divergence)))
	}
	low, high := infer.NoncentralityInterval(x, df, o.Level)
	r.Raw = effect(d.value)
	r.Value = effect(d.tested - df*unit)
	r.Lower, r.Upper = effect(low*unit), effect(high*unit)
	r.P = infer.ChiSquareSF(x, df)
	r.PMinimumEffect = infer.NoncentralChiSquareSF(x, df, d.fromEffect(o.Tolerated)/unit)
	r.NoiseFloor = d.toEffect(chiSquareQuantile(o.Level, df) * unit)
	r.MinimumN = s.minimumN(r, power)
}

// chiSquareQuantile remembers the few quantiles that are needed again and again:
// there is one per number of cells, and each costs as much as the rest of a
// comparison.
func chiSquareQuantile(p, df float64) float64 {
	key := [2]float64{p, df}
	if q, ok := quantiles.Load(key); ok {
		return q.(float64)
	}
	q := infer.ChiSquareQuantile(p, df)
	if df <= rememberedCells {
		quantiles.Store(key, q)
	}
	return q
}

// rememberedCells bounds what is remembered: levels are few, cells need not be.
const rememberedCells = 100

var quantiles sync.Map

func identity(x float64) float64 { return x }

func square(x float64) float64 { return x * x }

// comparePSI: Σ (p−q)·ln(p/q) on shares smoothed by a pseudocount, normalised.
// Null law: s·χ² with cells−1 degrees of freedom.
func comparePSI(s sample, o Options, r *Result) {
	cells := float64(s.cells())
	n, m := s.n+o.Pseudocount*cells, s.m+o.Pseudocount*cells
	var psi float64
	for k, count := range s.ref.Counts {
		p, q := (count+o.Pseudocount)/n, (s.cur.Counts[k]+o.Pseudocount)/m
		psi += (p - q) * math.Log(p/q)
	}
	divergence{psi, psi, 1, identity, identity, math.Inf(1)}.fill(&s, o, r, 1)
}

// compareJensenShannon: √JSD with JSD = ½KL(p‖a) + ½KL(q‖a), a = (p+q)/2. Null
// law of JSD in nats: s/8·χ².
func compareJensenShannon(s sample, o Options, r *Result) {
	nats := 1.0
	if o.Base == "2" {
		nats = math.Ln2
	}
	root := func(x float64) float64 { return math.Sqrt(x / nats) }
	back := func(x float64) float64 { return x * x * nats }
	plain, smoothed := s.plainAndSmoothed(o, func(p, q float64) float64 {
		a := (p + q) / 2
		var sum float64
		if p > 0 {
			sum += p * math.Log(p/a) / 2
		}
		if q > 0 {
			sum += q * math.Log(q/a) / 2
		}
		return sum
	})
	divergence{plain, smoothed, 1.0 / 8, root, back, root(math.Ln2)}.fill(&s, o, r, 0.5)
}

// compareHellinger: √H² with H² = ½Σ(√p−√q)². Null law of H²: s/8·χ².
func compareHellinger(s sample, o Options, r *Result) {
	plain, smoothed := s.plainAndSmoothed(o, func(p, q float64) float64 {
		return square(math.Sqrt(p)-math.Sqrt(q)) / 2
	})
	divergence{plain, smoothed, 1.0 / 8, math.Sqrt, square, 1}.fill(&s, o, r, 0.5)
}

// plainAndSmoothed sums a divergence's term over the cells, for plain shares and
// for shares smoothed by the pseudocount. What is reported as Raw is plain; limits
// and p-values rest on smoothed shares, for on plain ones cells with few
// observations would make them claim drift too often.
func (s *sample) plainAndSmoothed(o Options, term func(p, q float64) float64) (plain, smoothed float64) {
	cells := float64(s.cells())
	n, m := s.n+o.Pseudocount*cells, s.m+o.Pseudocount*cells
	for k, count := range s.ref.Counts {
		p, q := s.shares(k)
		plain += term(p, q)
		smoothed += term((count+o.Pseudocount)/n, (s.cur.Counts[k]+o.Pseudocount)/m)
	}
	return plain, smoothed
}

// compareChiSquare: the test is that of the contingency table, after merging
// cells with an expected count below 5. The effect is V = √(½Σ(p−q)²/(p+q)):
// Cramér's V of the table if both sides had equally many observations, so that a
// large reference does not shrink it. Null law of V²: s/4·χ².
func compareChiSquare(s sample, o Options, r *Result) {
	before := s.cells()
	s.mergeSparse()
	r.Bins = s.cells()
	if r.Bins < 2 && before > 1 {
		r.Reason = "Too few observations to expect 5 in at least two cells."
	}
	var statistic, squared float64
	for k := range s.cells() {
		p, q := s.shares(k)
		statistic += square(p-q) / s.pooled(k)
		squared += square(p-q) / (p + q) / 2
	}
	divergence{squared, squared, 1.0 / 4, math.Sqrt, square, 1}.fill(&s, o, r, 0.5)
	r.Statistic = statistic * s.effectiveN()
	r.DegreesOfFreedom = float64(s.cells() - 1)
	r.P = 1
	if r.Bins > 1 {
		r.P = infer.ChiSquareSF(r.Statistic, r.DegreesOfFreedom)
	}
}

// compareKL: Σ q·ln(q/p), what the current window says against the reference, on
// shares smoothed as for the PSI. Null law: s/2·χ².
func compareKL(s sample, o Options, r *Result) {
	cells := float64(s.cells())
	n, m := s.n+o.Pseudocount*cells, s.m+o.Pseudocount*cells
	var kl float64
	for k, count := range s.ref.Counts {
		p, q := (count+o.Pseudocount)/n, (s.cur.Counts[k]+o.Pseudocount)/m
		kl += q * math.Log(q/p)
	}
	divergence{kl, kl, 1.0 / 2, identity, identity, math.Inf(1)}.fill(&s, o, r, 1)
}

// compareG: the test is the likelihood-ratio test of the contingency table, cells
// merged as for chi-square. The effect is √(G/2N/ln 2) of the table with equally
// many observations on both sides, which is the Jensen-Shannon distance in bits.
func compareG(s sample, o Options, r *Result) {
	before := s.cells()
	s.mergeSparse()
	r.Bins = s.cells()
	if r.Bins < 2 && before > 1 {
		r.Reason = "Too few observations to expect 5 in at least two cells."
	}
	part := func(p, a float64) float64 {
		if p == 0 {
			return 0
		}
		return p * math.Log(p/a)
	}
	var statistic, squared float64
	for k := range s.cells() {
		p, q := s.shares(k)
		pooled := s.pooled(k)
		statistic += 2 * (s.nEff*part(p, pooled) + s.mEff*part(q, pooled))
		squared += (part(p, (p+q)/2) + part(q, (p+q)/2)) / 2
	}
	root := func(x float64) float64 { return math.Sqrt(x / math.Ln2) }
	back := func(x float64) float64 { return x * x * math.Ln2 }
	divergence{squared, squared, 1.0 / 8, root, back, 1}.fill(&s, o, r, 0.5)
	r.Statistic = math.Max(0, statistic)
	r.DegreesOfFreedom = float64(s.cells() - 1)
	r.P = 1
	if r.Bins > 1 {
		r.P = infer.ChiSquareSF(r.Statistic, r.DegreesOfFreedom)
	}
}

// mergeSparse merges cells until each is expected to hold 5 observations on
// both sides: with a neighbour where cells are ordered, else with one another.
func (s *sample) mergeSparse() {
	const enough = 5
	share := math.Min(s.nEff, s.mEff) / (s.n + s.m)
	ref, cur := s.ref.Counts, s.cur.Counts
	sparse := func(k int) bool { return (ref[k]+cur[k])*share < enough }
	any := false
	for k := range ref {
		any = any || sparse(k)
	}
	if !any {
		return
	}
	both := make([]float64, 2*len(ref))
	mergedRef, mergedCur := both[:0:len(ref)], both[len(ref):len(ref)]
	var restRef, restCur float64
	for k := range ref {
		if s.adjacent || sparse(k) {
			restRef += ref[k]
			restCur += cur[k]
			if (restRef+restCur)*share >= enough && s.adjacent {
				mergedRef, mergedCur = append(mergedRef, restRef), append(mergedCur, restCur)
				restRef, restCur = 0, 0
			}
			continue
		}
		mergedRef, mergedCur = append(mergedRef, ref[k]), append(mergedCur, cur[k])
	}
	switch last := len(mergedRef) - 1; {
	case restRef+restCur == 0:
	case last < 0 || !s.adjacent && (restRef+restCur)*share >= enough:
		mergedRef, mergedCur = append(mergedRef, restRef), append(mergedCur, restCur)
	case s.adjacent:
		mergedRef[last] += restRef
		mergedCur[last] += restCur
	default: // all sparse categories together are still sparse: add the smallest
		smallest := 0
		for k := range mergedRef {
			if mergedRef[k]+mergedCur[k] < mergedRef[smallest]+mergedCur[smallest] {
				smallest = k
			}
		}
		mergedRef[smallest] += restRef
		mergedCur[smallest] += restCur
	}
	s.ref.Counts, s.cur.Counts = mergedRef, mergedCur
}
