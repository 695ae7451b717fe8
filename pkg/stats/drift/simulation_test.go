package drift

import (
	"fmt"
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

// TestIntervalsCoverTheTruth draws windows around a known distance and counts how
// often the 95 % interval holds it. The divergences' law is an approximation that
// is good for 93 % and more on these settings; limits of maxima and L1 distances
// are conservative by construction.
func TestIntervalsCoverTheTruth(t *testing.T) {
	const slack = 0.025
	for seed, c := range []struct {
		cells, ref, cur int
		shift           float64
	}{
		{10, 5000, 500, 0},
		{10, 5000, 500, 0.3},
		{10, 2000, 2000, 0.1},
		{30, 5000, 300, 0.2},
		{20, 3000, 1500, 0.1},
		{5, 1000, 200, 0.2},
	} {
		edges := quantileEdges(c.cells)
		p, q := normalShares(edges, 0, 1), normalShares(edges, c.shift, 1)
		random := source(uint64(seed))
		ref, cur := make([]float64, c.cells), make([]float64, c.cells)
		covered, above := map[Method]float64{}, map[Method]float64{}
		for range repeats() {
			drawCounts(random, p, ref, c.ref)
			drawCounts(random, q, cur, c.cur)
			for _, m := range numericMethods() {
				r := numeric(t, m.Name, histogram.New(edges, ref), histogram.New(edges, cur), Options{})
				want := truth(m.Name, edges, p, q, Options{})
				if r.Lower <= want && want <= r.Upper {
					covered[m.Name]++
				}
				if r.Lower > want {
					above[m.Name]++
				}
			}
		}
		for _, m := range numericMethods() {
			name := fmt.Sprintf("%s, %d cells, %d against %d, shift %g", m.Name, c.cells, c.ref, c.cur, c.shift)
			share, over := covered[m.Name]/float64(repeats()), above[m.Name]/float64(repeats())
			if share < 0.95-slack-allowance(0.95) {
				t.Errorf("%s: the interval covers the truth in %.3f of all windows, nominally 0.95", name, share)
			}
			if over > 0.025+slack+allowance(0.025) {
				t.Errorf("%s: the lower limit is above the truth in %.3f of all windows, nominally 0.025", name, over)
			}
		}
	}
}

// TestNothingDriftedIsHardlyEverCalledDrift runs the settings on which the usual
// rules raise false alarms in up to all cases, with nothing drifted.
func TestNothingDriftedIsHardlyEverCalledDrift(t *testing.T) {
	for seed, c := range []struct {
		name            string
		cells, ref, cur int
		p               []float64
	}{
		{"one-sample chi-square: 9.8 % false alarms", 5, 1000, 200, nil},
		{"one-sample chi-square: 32 %", 5, 1000, 1000, nil},
		{"one-sample chi-square: 50 %", 10, 500, 500, nil},
		{"one-sample chi-square: 73 %", 20, 1000, 1000, nil},
		{"one-sample chi-square: 81.5 %", 5, 1000, 5000, nil},
		{"JS distance of 0.1 in nats: 59 %", 10, 5000, 100, nil},
		{"JS distance of 0.1 in nats: 92.5 %", 50, 5000, 500, nil},
		{"JS distance of 0.1 in nats: 99 %", 100, 10000, 1000, nil},
		{"PSI of 0.1: 33 %", 10, 10000, 100, nil},
		{"Wasserstein of 0.1 sigma: 99.6 %", 20, 5000, 30, nil},
		{"Wasserstein of 0.1 sigma: 31 %", 20, 5000, 200, nil},
		{"Wasserstein of 0.1 sigma: 4 %", 20, 5000, 500, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			edges := quantileEdges(c.cells)
			p := uniformShares(c.cells)
			random := source(100 + uint64(seed))
			ref, cur := make([]float64, c.cells), make([]float64, c.cells)
			drift, significant, floor := map[Method]float64{}, map[Method]float64{}, map[Method]float64{}
			runs := repeats() / 2
			for range runs {
				drawCounts(random, p, ref, c.ref)
				drawCounts(random, p, cur, c.cur)
				for _, m := range numericMethods() {
					r := numeric(t, m.Name, histogram.New(edges, ref), histogram.New(edges, cur), Options{})
					if r.Verdict == Drift {
						drift[m.Name]++
					}
					if r.P < 0.05 {
						significant[m.Name]++
					}
					if r.Raw > r.NoiseFloor {
						floor[m.Name]++
					}
				}
			}
			margin := 4 * math.Sqrt(0.05*0.95/float64(runs))
			for _, m := range numericMethods() {
				if got := drift[m.Name] / float64(runs); got > 0.025 {
					t.Errorf("%s: drift in %.3f of all windows, nominally at most 0.025", m.Name, got)
				}
				// The normal law of a single cell needs some observations in it.
				if m.Name == LInfinity && c.cur < 5*c.cells {
					continue
				}
				if got := significant[m.Name] / float64(runs); got > 0.05+0.02+margin {
					t.Errorf("%s: p < 0.05 in %.3f of all windows", m.Name, got)
				}
				// The floor is for smoothed shares; plain ones exceed it in sparse cells.
				plain := m.Name == JensenShannon || m.Name == Hellinger
				if plain && c.cur <= 10*c.cells {
					continue
				}
				if got := floor[m.Name] / float64(runs); got > 0.05+0.02+margin {
					t.Errorf("%s: above the noise floor in %.3f of all windows, nominally 0.05", m.Name, got)
				}
			}
		})
	}
}

// TestDispersionKeepsClusteredUsersFromLookingLikeDrift lets every user bring
// several observations of the same category.
func TestDispersionKeepsClusteredUsersFromLookingLikeDrift(t *testing.T) {
	const cells, cluster = 8, 3
	random := source(7)
	p := uniformShares(cells)
	draw := func(users int) []float64 {
		counts := make([]float64, cells)
		drawCounts(random, p, counts, users)
		for k := range counts {
			counts[k] *= cluster
		}
		return counts
	}
	plain, corrected := 0.0, 0.0
	for range repeats() {
		ref, cur := draw(400), draw(400)
		without, err := Categorical(ChiSquare, ref, cur, Options{})
		if err != nil {
			t.Fatal(err)
		}
		with, err := Categorical(ChiSquare, ref, cur, Options{Dispersion: cluster})
		if err != nil {
			t.Fatal(err)
		}
		if without.P < 0.05 {
			plain++
		}
		if with.P < 0.05 {
			corrected++
		}
	}
	plain /= float64(repeats())
	corrected /= float64(repeats())
	if plain < 0.3 {
		t.Errorf("without dispersion p < 0.05 in %.3f of all windows: the setting is too easy", plain)
	}
	if corrected > 0.05+0.01+allowance(0.05) {
		t.Errorf("with dispersion p < 0.05 in %.3f of all windows, nominally 0.05", corrected)
	}
}

// TestATruthAtTheLimitIsDriftInAtMostTheNominalShare holds the verdict to its
// level where it is hardest: the true effect equals the tolerated one.
func TestATruthAtTheLimitIsDriftInAtMostTheNominalShare(t *testing.T) {
	edges := quantileEdges(10)
	p, q := normalShares(edges, 0, 1), normalShares(edges, 0.3, 1)
	random := source(9)
	ref, cur := make([]float64, 10), make([]float64, 10)
	drift := map[Method]float64{}
	for range repeats() {
		drawCounts(random, p, ref, 4000)
		drawCounts(random, q, cur, 2000)
		for _, m := range numericMethods() {
			at := truth(m.Name, edges, p, q, Options{})
			r := numeric(t, m.Name, histogram.New(edges, ref), histogram.New(edges, cur), Options{Tolerated: at})
			if (r.PMinimumEffect < 0.025) != (r.Lower > at) {
				t.Fatalf("%s: minimum-effect p %g and lower limit %g against %g disagree", m.Name, r.PMinimumEffect, r.Lower, at)
			}
			if r.Verdict == Drift {
				drift[m.Name]++
			}
		}
	}
	for _, m := range numericMethods() {
		if got := drift[m.Name] / float64(repeats()); got > 0.025+0.015+allowance(0.025) {
			t.Errorf("%s: drift in %.3f of all windows, nominally 0.025", m.Name, got)
		}
	}
}

func numeric(t *testing.T, m Method, ref, cur histogram.Histogram, o Options) Result {
	t.Helper()
	r, err := Numeric(m, ref, cur, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
