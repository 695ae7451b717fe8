package drift

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Numeric compares two histograms of a numeric feature. Different layouts are
// brought to their common edges first, exactly. It is an error when a histogram
// is malformed; a side without observations, or buckets that cannot tell, are
// Insufficient, with the reason.
func Numeric(m Method, ref, cur histogram.Histogram, o Options) (Result, error) {
	found, err := find(m)
	if err != nil {
		return Result{}, err
	}
	if !found.info.Numeric {
		return Result{}, fmt.Errorf("drift method %q compares categories: choose another for a numeric feature", string(m))
	}
	if o, err = o.complete(found); err != nil {
		return Result{}, err
	}
	if err := ref.Validate(); err != nil {
		return Result{}, fmt.Errorf("reference: %w", err)
	}
	if err := cur.Validate(); err != nil {
		return Result{}, fmt.Errorf("current window: %w", err)
	}
	r := empty(m, o)
	r.NRef, r.N = ref.Total(), cur.Total()
	if r.lacksObservations() {
		return r, nil
	}
	ref, cur, r.LostEdges, err = histogram.Align(ref, cur)
	if err != nil {
		return Result{}, err
	}
	last := len(ref.Edges)
	switch {
	case last == 0:
		r.Reason = "The two sides have no bucket edge in common, so nothing can be told apart."
		return r, nil
	case ref.Counts[last] == r.NRef && cur.Counts[last] == r.N:
		r.Reason = fmt.Sprintf("All observations lie above the last bucket edge %g: choose buckets that cover the values.", ref.Edges[last-1])
		return r, nil
	case ref.Counts[0] == r.NRef && cur.Counts[0] == r.N:
		r.Reason = fmt.Sprintf("All observations lie at or below the first bucket edge %g: choose buckets that cover the values.", ref.Edges[0])
		return r, nil
	}
	r.OpenRef = (ref.Counts[0] + ref.Counts[last]) / r.NRef
	r.Open = (cur.Counts[0] + cur.Counts[last]) / r.N

	if found.ordered {
		r.Bins = len(ref.Counts)
		found.compare(newSample(ref, cur, o), o, &r)
	} else {
		if o.MaxBins > 1 && filledCells(ref.Counts, cur.Counts) > o.MaxBins {
			edges := histogram.MergeQuantileBins(ref, o.MaxBins)
			if ref, err = histogram.Coarsen(ref, edges); err != nil {
				return Result{}, err
			}
			if cur, err = histogram.Coarsen(cur, edges); err != nil {
				return Result{}, err
			}
		}
		ref.Counts, cur.Counts = dropEmpty(ref.Counts, cur.Counts)
		r.Bins = len(ref.Counts)
		s := newSample(ref, cur, o)
		s.adjacent = true
		found.compare(s, o, &r)
	}
	r.judge()
	return r, nil
}

// Categorical compares two vectors of counts over the same categories, in the
// same order. Errors and insufficiency as for Numeric.
func Categorical(m Method, ref, cur []float64, o Options) (Result, error) {
	found, err := find(m)
	if err != nil {
		return Result{}, err
	}
	if !found.info.Categorical {
		return Result{}, fmt.Errorf("drift method %q needs a numeric feature: choose another for categories", string(m))
	}
	if o, err = o.complete(found); err != nil {
		return Result{}, err
	}
	if len(ref) != len(cur) {
		return Result{}, fmt.Errorf("%d reference categories against %d current ones: give both sides the same categories, 0 where absent", len(ref), len(cur))
	}
	if err := validCounts("reference", ref); err != nil {
		return Result{}, err
	}
	if err := validCounts("current window", cur); err != nil {
		return Result{}, err
	}
	r := empty(m, o)
	r.NRef, r.N = floats.Sum(ref), floats.Sum(cur)
	if r.lacksObservations() {
		return r, nil
	}
	ref, cur = dropEmpty(ref, cur)
	r.Bins = len(ref)
	found.compare(newSample(histogram.Histogram{Counts: ref}, histogram.Histogram{Counts: cur}, o), o, &r)
	r.judge()
	return r, nil
}

// sample is what a method compares: two vectors of counts over the same cells.
type sample struct {
	// ref and cur hold the counts; edges only matter to ordered methods.
	ref, cur histogram.Histogram
	// n and m are the totals, s = 1/n + 1/m after division by the dispersion: the
	// scale of all noise.
	n, m, s float64
	// nEff and mEff are the totals divided by the dispersion.
	nEff, mEff float64
	// adjacent is true when neighbouring cells are alike, so that sparse cells are
	// merged with a neighbour and not with the other sparse ones.
	adjacent bool
}

func newSample(ref, cur histogram.Histogram, o Options) sample {
	s := sample{ref: ref, cur: cur, n: ref.Total(), m: cur.Total()}
	s.nEff, s.mEff = s.n/o.Dispersion, s.m/o.Dispersion
	s.s = 1/s.nEff + 1/s.mEff
	return s
}

// cells is the number of cells.
func (s *sample) cells() int { return len(s.ref.Counts) }

// shares are the shares of cell k in the reference and in the current window.
func (s *sample) shares(k int) (p, q float64) {
	return s.ref.Counts[k] / s.n, s.cur.Counts[k] / s.m
}

// pooled is the share of cell k in both together.
func (s *sample) pooled(k int) float64 {
	return (s.ref.Counts[k] + s.cur.Counts[k]) / (s.n + s.m)
}

// effectiveN is n·m/(n+m), the sample size of a two-sample comparison.
func (s *sample) effectiveN() float64 { return 1 / s.s }

// minimumN is the current sample size at which noise falls to the tolerated
// effect, if noise goes with s to the given power.
func (s *sample) minimumN(r *Result, power float64) float64 {
	allowed := s.s * math.Pow(r.Tolerated/r.NoiseFloor, 1/power)
	dispersion := s.n / s.nEff
	if rest := allowed/dispersion - 1/s.n; rest > 0 {
		return math.Ceil(1 / rest * (1 - 1e-12))
	}
	return math.Inf(1)
}

// lacksObservations gives the reason when a side is empty.
func (r *Result) lacksObservations() bool {
	switch {
	case r.NRef == 0 && r.N == 0:
		r.Reason = "There are no observations in the reference nor in the current window."
	case r.NRef == 0:
		r.Reason = "There are no observations in the reference."
	case r.N == 0:
		r.Reason = "There are no observations in the current window."
	default:
		return false
	}
	return true
}

// judge turns limits into a verdict.
func (r *Result) judge() {
	switch {
	case r.Reason != "":
		r.Verdict = Insufficient
	case math.IsNaN(r.Lower) || math.IsNaN(r.Upper) || math.IsNaN(r.NoiseFloor):
		r.Verdict = Insufficient
		r.Reason = "The counts allow no interval."
	case r.NoiseFloor > r.Tolerated && math.IsInf(r.MinimumN, 1):
		r.Verdict = Insufficient
		r.Reason = fmt.Sprintf("Noise alone can reach %.3g, more than the tolerated %.3g; the reference of %.0f observations is too small, whatever the window.", r.NoiseFloor, r.Tolerated, r.NRef)
	case r.NoiseFloor > r.Tolerated:
		r.Verdict = Insufficient
		r.Reason = fmt.Sprintf("Noise alone can reach %.3g with %.0f observations, more than the tolerated %.3g; %.0f would suffice.", r.NoiseFloor, r.N, r.Tolerated, r.MinimumN)
	case r.Lower > r.Tolerated:
		r.Verdict = Drift
	case r.Upper <= r.Tolerated:
		r.Verdict = OK
	default:
		r.Verdict = Uncertain
	}
}

// Adjust takes many comparisons as one family: it sets AdjustedP to the
// Benjamini-Hochberg-adjusted minimum-effect p-value, and takes a Drift back to
// Uncertain where that exceeds the false discovery rate. Insufficient results
// were not tested and do not count.
func Adjust(results []Result, fdr float64) {
	p := make([]float64, len(results))
	for i, r := range results {
		p[i] = r.PMinimumEffect
		if r.Verdict == Insufficient {
			p[i] = math.NaN()
		}
	}
	for i, adjusted := range infer.BenjaminiHochberg(p) {
		results[i].AdjustedP = adjusted
		if results[i].Verdict == Drift && adjusted > fdr {
			results[i].Verdict = Uncertain
		}
	}
}

// Changed lists the categories, by index, that are in the current window but
// not in the reference, and the other way round.
func Changed(ref, cur []float64) (appeared, vanished []int) {
	for k := range min(len(ref), len(cur)) {
		switch {
		case ref[k] == 0 && cur[k] > 0:
			appeared = append(appeared, k)
		case ref[k] > 0 && cur[k] == 0:
			vanished = append(vanished, k)
		}
	}
	return appeared, vanished
}

func filledCells(ref, cur []float64) int {
	filled := 0
	for k := range ref {
		if ref[k] > 0 || cur[k] > 0 {
			filled++
		}
	}
	return filled
}

// dropEmpty leaves out the cells that are empty on both sides: they hold no
// information and must not count as degrees of freedom.
func dropEmpty(ref, cur []float64) (filledRef, filledCur []float64) {
	filled := filledCells(ref, cur)
	if filled == len(ref) {
		return ref, cur
	}
	both := make([]float64, 2*filled)
	filledRef, filledCur = both[:0:filled], both[filled:filled]
	for k := range ref {
		if ref[k] > 0 || cur[k] > 0 {
			filledRef = append(filledRef, ref[k])
			filledCur = append(filledCur, cur[k])
		}
	}
	return filledRef, filledCur
}

func validCounts(side string, counts []float64) error {
	for k, count := range counts {
		if math.IsNaN(count) || math.IsInf(count, 0) || count < 0 {
			return fmt.Errorf("%s: count %d is \"%g\": counts must be finite and not negative", side, k, count)
		}
	}
	return nil
}
