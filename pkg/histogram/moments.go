package histogram

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Moments are the moments of a histogram's observations, each with hard bounds
// where there are any: the least and the greatest value over all data sets that
// have these counts (and this sum, where it is known). N is the bucket total.
type Moments struct {
	N float64
	// Mean is exact (sum / count) when MeanExact, else from bucket mid-points.
	Mean, MeanLower, MeanUpper float64
	MeanExact                  bool
	// Variance divides by n. It comes from mid-points, with Sheppard's correction
	// when all filled buckets are equally wide; clipped to its bounds.
	Variance, VarianceLower, VarianceUpper float64
	// Std is the square root of the variance and of its bounds.
	Std, StdLower, StdUpper float64
	// Skewness and Kurtosis (excess) come from mid-points and have no bounds.
	Skewness, Kurtosis float64
	// OpenShare is the share of the mass in open buckets, where mid-points do not
	// exist: point estimates place it at the bucket's finite end.
	OpenShare float64
}

// Moments computes moments without any assumption on the open buckets: if they
// hold anything, bounds that depend on them are infinite.
func (h Histogram) Moments() Moments { return h.MomentsWithin(math.Inf(-1), math.Inf(1)) }

// MomentsWithin computes moments of observations known to lie in
// [lowest, highest], which closes the open buckets. A limit that lies inside the
// edges is ignored.
//
// The variance's lower bound puts all observations as near to one point as
// their buckets allow; its upper bound puts them at the ends of their buckets.
// Where the mean is known, both respect it. Everything is NaN when there are no
// observations.
//
// References: Sheppard (1898), Proc. London Math. Soc. 29; Kendall's Advanced
// Theory of Statistics, vol. 1, section 3.18.
func (h Histogram) MomentsWithin(lowest, highest float64) Moments {
	n := h.Total()
	m := Moments{N: n}
	if !(n > 0) {
		nan := math.NaN()
		return Moments{
			N: n, Mean: nan, MeanLower: nan, MeanUpper: nan, Variance: nan, VarianceLower: nan, VarianceUpper: nan,
			Std: nan, StdLower: nan, StdUpper: nan, Skewness: nan, Kurtosis: nan, OpenShare: nan,
		}
	}
	cells := h.cells(lowest, highest)
	for _, c := range cells {
		m.MeanLower += c.count * c.lower / n
		m.MeanUpper += c.count * c.upper / n
		if c.open() {
			m.OpenShare += c.count / n
		}
	}
	m.MeanExact = !math.IsNaN(h.Sum) && !math.IsInf(h.Sum, 0)
	if m.MeanExact {
		m.Mean = h.Sum / n
		m.MeanLower, m.MeanUpper = m.Mean, m.Mean
		m.VarianceLower, m.VarianceUpper = varianceBoundsAround(cells, n, m.Mean)
	} else {
		m.VarianceLower, m.VarianceUpper = varianceBounds(cells, n)
	}
	m.estimate(cells)
	m.Std, m.StdLower, m.StdUpper = math.Sqrt(m.Variance), math.Sqrt(m.VarianceLower), math.Sqrt(m.VarianceUpper)
	return m
}

// StdWithin is the point estimate of the standard deviation that MomentsWithin
// gives, by itself and without memory. NaN when there are no observations or no
// edges.
func (h Histogram) StdWithin(lowest, highest float64) float64 {
	var n, mean, squares, width float64
	filled, equal := 0, true
	for k, count := range h.Counts {
		if count == 0 {
			continue
		}
		c := h.cell(k, lowest, highest)
		n += count
		delta := c.middle() - mean
		mean += delta * count / n
		squares += count * delta * (c.middle() - mean)
		filled++
		if filled == 1 {
			width = c.upper - c.lower
		}
		equal = equal && sameWidth(c, width)
	}
	variance := squares / n
	if corrected := variance - width*width/12; equal && filled >= enoughForSheppard && corrected > 0 {
		variance = corrected
	}
	return math.Sqrt(variance)
}

// estimate fills in the point estimates that rest on mid-points.
func (m *Moments) estimate(cells []cell) {
	at := make([]float64, len(cells))
	weights := make([]float64, len(cells))
	for i, c := range cells {
		at[i], weights[i] = c.middle(), c.count
		if math.IsNaN(at[i]) { // one bucket without any edge: nothing is known
			m.Variance, m.Skewness, m.Kurtosis = math.NaN(), math.NaN(), math.NaN()
			if !m.MeanExact {
				m.Mean = math.NaN()
			}
			return
		}
	}
	mean := stat.Mean(at, weights)
	if !m.MeanExact {
		m.Mean = mean
	}
	second := stat.MomentAbout(2, at, mean, weights)
	third := stat.MomentAbout(3, at, mean, weights)
	fourth := stat.MomentAbout(4, at, mean, weights)
	if w := commonWidth(cells); w > 0 {
		corrected := second - w*w/12
		if corrected > 0 {
			fourth += -second*w*w/2 + 7*math.Pow(w, 4)/240
			second = corrected
		}
	}
	m.Variance = math.Min(math.Max(second, m.VarianceLower), m.VarianceUpper)
	m.Skewness = third / math.Pow(second, 1.5)
	m.Kurtosis = fourth/(second*second) - 3
}

// cell is a filled bucket within the limits.
type cell struct{ lower, upper, count float64 }

func (c cell) open() bool { return math.IsInf(c.lower, 0) || math.IsInf(c.upper, 0) }

// middle is the mid-point, or the finite end of an open bucket.
func (c cell) middle() float64 {
	switch {
	case !c.open():
		return c.lower + (c.upper-c.lower)/2
	case !math.IsInf(c.upper, 0):
		return c.upper
	case !math.IsInf(c.lower, 0):
		return c.lower
	}
	return math.NaN()
}

func (h Histogram) cells(lowest, highest float64) []cell {
	cells := make([]cell, 0, len(h.Counts))
	for k, count := range h.Counts {
		if count != 0 {
			cells = append(cells, h.cell(k, lowest, highest))
		}
	}
	return cells
}

func (h Histogram) cell(k int, lowest, highest float64) cell {
	lower, upper := h.Bounds(k)
	if math.IsInf(lower, 0) && lowest < upper {
		lower = lowest
	}
	if math.IsInf(upper, 0) && highest > lower {
		upper = highest
	}
	return cell{lower, upper, h.Counts[k]}
}

// Sheppard's correction makes sense for a smooth distribution over several
// buckets of equal width.
const enoughForSheppard = 5

// commonWidth is the width of the filled buckets if Sheppard's correction
// applies to them, else 0.
func commonWidth(cells []cell) float64 {
	if len(cells) < enoughForSheppard {
		return 0
	}
	width := cells[0].upper - cells[0].lower
	for _, c := range cells {
		if !sameWidth(c, width) {
			return 0
		}
	}
	return width
}

// sameWidth compares to 1e-9, for edges such as 0.1, 0.2, 0.3 are not equally far
// apart in binary.
func sameWidth(c cell, width float64) bool {
	return !c.open() && math.Abs(c.upper-c.lower-width) <= 1e-9*width
}
