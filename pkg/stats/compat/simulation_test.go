package compat

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

var full = flag.Bool("full", false, "run simulations at full size")

// TestFalseAlarmsOfTheUsualRules draws both sides from equal shares and counts
// how often a tool's rule calls that drift; the documentation quotes the shares.
func TestFalseAlarmsOfTheUsualRules(t *testing.T) {
	repeats := 600
	if *full {
		repeats = 20000
	}
	for _, c := range []struct {
		name            string
		tool            Tool
		m               drift.Method
		cells, ref, cur int
		want            float64
	}{
		{"Evidently's chi-square, 5 categories, 1000 against 1000", Evidently, drift.ChiSquare, 5, 1000, 1000, 0.32},
		{"Evidently's chi-square, 10 categories, 500 against 500", Evidently, drift.ChiSquare, 10, 500, 500, 0.50},
		{"Evidently's JS distance, 10 categories, 5000 against 100", Evidently, drift.JensenShannon, 10, 5000, 100, 0.59},
		{"Evidently's JS distance, 50 categories, 5000 against 500", Evidently, drift.JensenShannon, 50, 5000, 500, 0.925},
		{"Scouter's PSI, 10 categories, 1000 against 1000", Scouter, drift.PSI, 10, 1000, 1000, 0.49},
	} {
		random := rand.New(rand.NewPCG(4, 20010101))
		draw := func(n int) []float64 {
			counts := make([]float64, c.cells)
			for range n {
				counts[random.IntN(c.cells)]++
			}
			return counts
		}
		alarms, own := 0.0, 0.0
		for range repeats {
			ref, cur := draw(c.ref), draw(c.cur)
			a, err := Categorical(c.tool, c.m, ref, cur)
			if err != nil {
				t.Fatal(err)
			}
			if a.Drift {
				alarms++
			}
			r, err := drift.Categorical(c.m, ref, cur, drift.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict == drift.Drift {
				own++
			}
		}
		alarms, own = alarms/float64(repeats), own/float64(repeats)
		if math.Abs(alarms-c.want) > 0.01+4*math.Sqrt(c.want*(1-c.want)/float64(repeats)) {
			t.Errorf("%s: drift in %.3f of all windows, want %.3f", c.name, alarms, c.want)
		}
		if own > 0.025 {
			t.Errorf("%s: without compatibility drift in %.3f of all windows", c.name, own)
		}
	}
}
