package regress

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

// Sample is what is known of the errors in a window. An unknown sum is NaN; New
// makes a sample in which nothing is known but n.
type Sample struct {
	N                  float64 // outcomes
	Residual           float64 // Σ e, with e = actual − predicted
	Absolute           float64 // Σ |e|
	Squared            float64 // Σ e²
	AbsolutePercentage float64 // Σ |e|/|actual|
	Actual             float64 // Σ actual
	ActualSquared      float64 // Σ actual²
	// Residuals holds the residuals in buckets; without counts it is unknown.
	Residuals histogram.Histogram
	// Lowest and Highest are limits of the residuals, where known; they close the
	// open buckets. Ignored unless Lowest < Highest.
	Lowest, Highest float64
}

// New is a sample of n outcomes of which nothing else is known.
func New(n float64) Sample {
	nan := math.NaN()
	return Sample{N: n, Residual: nan, Absolute: nan, Squared: nan, AbsolutePercentage: nan, Actual: nan, ActualSquared: nan}
}

// Validate says what is wrong with the sums, if anything is.
func (s Sample) Validate() error {
	if !(s.N >= 0) || math.IsInf(s.N, 0) {
		return fmt.Errorf("number of outcomes \"%g\" is not a number from 0 on", s.N)
	}
	for _, sum := range []struct {
		name  string
		value float64
	}{
		{"absolute errors", s.Absolute}, {"squared errors", s.Squared},
		{"absolute percentage errors", s.AbsolutePercentage}, {"squared actual values", s.ActualSquared},
	} {
		if sum.value < 0 || math.IsInf(sum.value, 0) {
			return fmt.Errorf("sum of %s \"%g\" is not a number from 0 on", sum.name, sum.value)
		}
	}
	return nil
}

// complete fills in what follows from the histogram: its count and its sum.
func (s Sample) complete() Sample {
	if total := s.Residuals.Total(); total > 0 {
		if !(s.N > 0) {
			s.N = total
		}
		if math.IsNaN(s.Residual) && !math.IsInf(s.Residuals.Sum, 0) {
			s.Residual = s.Residuals.Sum * s.N / total
		}
	}
	if !(s.Lowest < s.Highest) {
		s.Lowest, s.Highest = math.Inf(-1), math.Inf(1)
	}
	return s
}

// cell is a filled bucket as a share of the residuals, closed by the limits.
type cell struct{ lower, upper, share float64 }

func (c cell) open() bool { return math.IsInf(c.lower, 0) || math.IsInf(c.upper, 0) }

func (s Sample) cells() []cell {
	var cells []cell
	total := s.Residuals.Total()
	for k, count := range s.Residuals.Counts {
		if count == 0 {
			continue
		}
		lower, upper := s.Residuals.Bounds(k)
		if math.IsInf(lower, 0) && s.Lowest < upper {
			lower = s.Lowest
		}
		if math.IsInf(upper, 0) && s.Highest > lower {
			upper = s.Highest
		}
		cells = append(cells, cell{lower, upper, count / total})
	}
	return cells
}

// openShare is the share of the residuals in buckets that nothing closes.
func openShare(cells []cell) float64 {
	var open float64
	for _, c := range cells {
		if c.open() {
			open += c.share
		}
	}
	return open
}
