package compat

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

func (c cells) shares() (p, q []float64) {
	p, q = make([]float64, len(c.ref)), make([]float64, len(c.cur))
	for k := range p {
		p[k], q[k] = c.ref[k]/c.n, c.cur[k]/c.m
	}
	return p, q
}

// jeffreys is Σ(p−q)·ln(p/q).
func jeffreys(p, q []float64) float64 {
	var sum float64
	for k := range p {
		sum += (p[k] - q[k]) * math.Log(p[k]/q[k])
	}
	return sum
}

// evidentlyFill puts 0.0001 in place of empty shares, or a millionth of the
// smallest other share where that is at most 0.0001.
func evidentlyFill(shares []float64) []float64 {
	const floor = 0.0001
	least := math.Inf(1)
	for _, s := range shares {
		if s > 0 {
			least = math.Min(least, s)
		}
	}
	fill := floor
	if least <= floor {
		fill = least / 1e6
	}
	for k, s := range shares {
		if s == 0 {
			shares[k] = fill
		}
	}
	return shares
}

// evidentlyPSI does not normalise after filling.
func evidentlyPSI(c cells, a *Answer) {
	p, q := c.shares()
	a.Value = jeffreys(evidentlyFill(p), evidentlyFill(q))
}

// evidentlyKL is that of the reference from the current window. The entropy
// function that the tool calls normalises what was filled.
func evidentlyKL(c cells, a *Answer) {
	p, q := c.shares()
	p, q = normalised(evidentlyFill(p)), normalised(evidentlyFill(q))
	a.Value = 0
	for k := range p {
		a.Value += p[k] * math.Log(p[k]/q[k])
	}
}

func normalised(shares []float64) []float64 {
	var total float64
	for _, s := range shares {
		total += s
	}
	for k := range shares {
		shares[k] /= total
	}
	return shares
}

// jensenShannon is the divergence in nats.
func jensenShannon(p, q []float64) float64 {
	var sum float64
	for k := range p {
		middle := (p[k] + q[k]) / 2
		if p[k] > 0 {
			sum += p[k] * math.Log(p[k]/middle) / 2
		}
		if q[k] > 0 {
			sum += q[k] * math.Log(q[k]/middle) / 2
		}
	}
	return math.Max(0, sum)
}

func jensenShannonNats(c cells, a *Answer) { a.Value = math.Sqrt(jensenShannon(c.shares())) }

func hellinger(c cells, a *Answer) {
	p, q := c.shares()
	var sum float64
	for k := range p {
		d := math.Sqrt(p[k]) - math.Sqrt(q[k])
		sum += d * d
	}
	a.Value = math.Sqrt(sum / 2)
}

// evidentlyWasserstein divides by the reference's standard deviation, at least
// 0.001. Values are spread evenly within closed buckets.
func evidentlyWasserstein(c cells, a *Answer) {
	p, q := c.shares()
	var area, before float64
	for k := range p {
		after := before + p[k] - q[k]
		if k == 0 || k == len(p)-1 {
			a.Left = math.Max(a.Left, endMass(p, q))
		} else {
			width := c.edges[k] - c.edges[k-1]
			if before*after >= 0 {
				area += width * math.Abs(before+after) / 2
			} else {
				area += width * (before*before + after*after) / (2 * (math.Abs(before) + math.Abs(after)))
			}
		}
		before = after
	}
	a.Value = area / math.Max(c.refStd, 0.001)
}

// endMass is the share in open buckets of the side that has more there.
func endMass(p, q []float64) float64 {
	last := len(p) - 1
	if last == 0 {
		return 1
	}
	return math.Max(p[0]+p[last], q[0]+q[last])
}

// ks is the statistic of values at the buckets' upper bounds, with the
// asymptotic two-sided p-value of ks_2samp.
func ks(c cells) (d, p float64) {
	shares, current := c.shares()
	var difference float64
	for k := range shares {
		difference += shares[k] - current[k]
		if k < len(shares)-1 {
			d = math.Max(d, math.Abs(difference))
		}
	}
	return d, infer.KolmogorovFiniteSF(d, math.Max(1, math.RoundToEven(c.n*c.m/(c.n+c.m))))
}

func kolmogorovSmirnov(c cells, a *Answer) { a.Value, a.P = ks(c) }

func kolmogorovSmirnovP(c cells, a *Answer) {
	_, a.P = ks(c)
	a.Value = a.P
}

// oneSampleChiSquare takes the reference's shares times the window's number as
// if they were known exactly, so a value that the reference lacks is infinitely
// surprising.
func oneSampleChiSquare(c cells, a *Answer) {
	var statistic float64
	filled := 0
	for k := range c.ref {
		if c.ref[k]+c.cur[k] == 0 {
			continue
		}
		filled++
		expected := c.ref[k] / c.n * c.m
		statistic += (c.cur[k] - expected) * (c.cur[k] - expected) / expected
	}
	a.P = 0
	if !math.IsInf(statistic, 0) {
		a.P = significance(statistic, filled-1)
	}
	a.Value = a.P
}

func proportions(c cells, a *Answer) {
	if len(c.ref) > 2 {
		a.Threshold = none
		return
	}
	if len(c.ref) == 1 {
		a.P, a.Value = 1, 1
		return
	}
	_, a.P = infer.TwoProportions(c.ref[0], c.n, c.cur[0], c.m)
	a.Value = a.P
}

// nannyMLJensenShannon counts what lies outside the reference's range in one
// extra bin, where the reference has nothing.
func nannyMLJensenShannon(c cells, a *Answer) {
	p, q := c.shares()
	if c.edges != nil {
		first := slices.IndexFunc(p, func(s float64) bool { return s > 0 })
		last := len(p) - 1
		for p[last] == 0 {
			last--
		}
		inside := 0.0
		for _, s := range q[first : last+1] {
			inside += s
		}
		p = append(slices.Clone(p[first:last+1]), 0)
		q = append(slices.Clone(q[first:last+1]), math.Max(0, 1-inside))
	}
	a.Value = math.Sqrt(jensenShannon(p, q) / math.Ln2)
}

// tfdvJensenShannon is the divergence in bits, not its root.
func tfdvJensenShannon(c cells, a *Answer) { a.Value = math.Min(1, jensenShannon(c.shares())/math.Ln2) }

// onUnion splits both histograms on all edges, uniformly within buckets; the
// open buckets of either side become one cell of its own, empty on the other.
func onUnion(ref, cur histogram.Histogram) cells {
	edges := slices.Concat(ref.Edges, cur.Edges)
	slices.Sort(edges)
	edges = slices.Compact(edges)
	split := func(h histogram.Histogram) (counts []float64, open float64) {
		counts = make([]float64, max(0, len(edges)-1))
		for k, count := range h.Counts {
			if k == 0 || k == len(h.Edges) {
				open += count
				continue
			}
			lower, upper := h.Edges[k-1], h.Edges[k]
			for j := range counts {
				if edges[j] >= lower && edges[j+1] <= upper {
					counts[j] += count * (edges[j+1] - edges[j]) / (upper - lower)
				}
			}
		}
		return counts, open
	}
	refCounts, refOpen := split(ref)
	curCounts, curOpen := split(cur)
	return cells{ref: append(refCounts, refOpen, 0), cur: append(curCounts, 0, curOpen)}
}

func lInfinity(c cells, a *Answer) {
	p, q := c.shares()
	a.Value = 0
	for k := range p {
		a.Value = math.Max(a.Value, math.Abs(p[k]-q[k]))
	}
}

// plusOnePSI adds one observation to every bin of both sides. As a symmetrised
// KL divergence, KL(p‖q) + KL(q‖p), it is the same number.
func plusOnePSI(c cells, a *Answer) {
	p, q := make([]float64, len(c.ref)), make([]float64, len(c.cur))
	for k := range p {
		p[k], q[k] = (c.ref[k]+1)/(c.n+float64(len(p))), (c.cur[k]+1)/(c.m+float64(len(p)))
	}
	a.Value = jeffreys(p, q)
}

// deepchecksPSI takes no share as less than 1 %, and does not normalise.
func deepchecksPSI(c cells, a *Answer) {
	p, q := c.shares()
	for k := range p {
		p[k], q[k] = math.Max(p[k], 0.01), math.Max(q[k], 0.01)
	}
	a.Value = jeffreys(p, q)
}

// deepchecksCramersV corrects Cramér's V for bias (Bergsma 2013), and the
// chi-square of a table of two by two for continuity (Yates).
func deepchecksCramersV(c cells, a *Answer) {
	a.Value = 0
	columns := float64(len(c.ref))
	if columns == 1 {
		return
	}
	n := c.n + c.m
	var statistic float64
	for k := range c.ref {
		for _, side := range []struct{ count, total float64 }{{c.ref[k], c.n}, {c.cur[k], c.m}} {
			expected := (c.ref[k] + c.cur[k]) * side.total / n
			distance := math.Abs(side.count - expected)
			if columns == 2 {
				distance -= math.Min(0.5, distance)
			}
			statistic += distance * distance / expected
		}
	}
	corrected := math.Max(0, statistic/n-(columns-1)/(n-1))
	rows := 2 - 1/(n-1)
	columns -= (columns - 1) * (columns - 1) / (n - 1)
	a.Value = math.Sqrt(corrected / math.Min(rows-1, columns-1))
}

// scouterPSI adds 1e-10 to every share. The limit treats the reference as known
// exactly: the 95 % quantile of chi-square with bins − 1 degrees of freedom, over the
// window's observations alone.
func scouterPSI(c cells, a *Answer) {
	p, q := c.shares()
	for k := range p {
		p[k] += 1e-10
		q[k] += 1e-10
	}
	a.Value = jeffreys(p, q)
	a.Threshold = 0
	if len(p) > 1 {
		a.Threshold = infer.ChiSquareQuantile(0.95, float64(len(p)-1)) / c.m
	}
}
