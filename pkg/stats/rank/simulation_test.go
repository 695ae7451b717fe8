package rank

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var full = flag.Bool("full", false, "run simulations at full length")

func trials() int {
	if *full {
		return 20000
	}
	return 800
}

// share checks a share of trials against [least, most] with three standard errors of the simulation to either side.
func share(t *testing.T, what string, hits, trials int, least, most float64) {
	t.Helper()
	got := float64(hits) / float64(trials)
	t.Logf("%-60s %.2f %%", what, 100*got)
	if slack := 3 * math.Sqrt(0.05*0.95/float64(trials)); got < least-slack || got > most+slack {
		t.Errorf("%s: %.4f of %d trials, want %.3f to %.3f within %.4f", what, got, trials, least, most, slack)
	}
}

// autoregressive series of two correlated innovations.
func autoregressive(random *rand.Rand, n int, memory, correlation float64) (x, y []float64) {
	x, y = make([]float64, n), make([]float64, n)
	a, b := 0.0, 0.0
	for i := -100; i < n; i++ {
		u, v := random.NormFloat64(), random.NormFloat64()
		v = correlation*u + math.Sqrt(1-correlation*correlation)*v
		a, b = memory*a+u, memory*b+v
		if i >= 0 {
			x[i], y[i] = a, b
		}
	}
	return x, y
}

// Independent series with memory: without the correction up to 35 % of the pairs would count as correlated. The
// autocorrelations are estimates themselves, which costs half a percent where the memory is long.
func TestCorrelationsOfSeriesHoldTheirLevelWithMemory(t *testing.T) {
	for _, s := range []struct {
		n                   int
		memory, correlation float64
		least, most         float64
	}{
		{168, 0, 0, 0.93, 0.965}, {168, 0.5, 0, 0.925, 0.97}, {168, 0.8, 0, 0.915, 0.97}, {60, 0.5, 0, 0.915, 0.97},
		{168, 0.5, 0.6, 0.925, 0.985}, {168, 0, 0.8, 0.92, 0.965},
	} {
		random := rand.New(rand.NewPCG(31, uint64(s.n)))
		covered, plain := 0, 0
		for range trials() {
			x, y := autoregressive(random, s.n, s.memory, s.correlation)
			c, err := Series(x, y, PearsonMethod, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if c.Lower <= s.correlation && s.correlation <= c.Upper {
				covered++
			}
			if i := fisher(c.Value, 1/math.Sqrt(float64(s.n)-3), 0.95); i.Lower <= s.correlation && s.correlation <= i.Upper {
				plain++
			}
		}
		name := fmt.Sprintf("%d windows, memory %g, correlation %g", s.n, s.memory, s.correlation)
		t.Logf("%-60s %.2f %%", name+": without correction", 100*float64(plain)/float64(trials()))
		share(t, name, covered, trials(), s.least, s.most)
	}
}

func TestIntervalsOfRankCorrelationsCover(t *testing.T) {
	const correlation = 0.7
	// Of normal values: Greiner's relation, and Pearson's for Spearman's rho.
	tau, rho := 2/math.Pi*math.Asin(correlation), 6/math.Pi*math.Asin(correlation/2)
	for _, n := range []int{12, 40} {
		random := rand.New(rand.NewPCG(37, uint64(n)))
		taus, rhos, level := 0, 0, 0
		for range trials() {
			x, y := autoregressive(random, n, 0, correlation)
			k, err := KendallTau(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Spearman(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if k.Lower <= tau && tau <= k.Upper {
				taus++
			}
			if s.Lower <= rho && rho <= s.Upper {
				rhos++
			}
			x, y = autoregressive(random, n, 0, 0)
			if k, err = KendallTau(x, y, 0.95); err == nil && k.P < 0.05 {
				level++
			}
		}
		share(t, fmt.Sprintf("%d features: tau", n), taus, trials(), 0.93, 0.985)
		share(t, fmt.Sprintf("%d features: rho", n), rhos, trials(), 0.93, 0.97)
		share(t, fmt.Sprintf("%d features: false alarms of tau", n), level, trials(), 0.03, 0.055)
	}
}
