package drift

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

// TestExtremeCountsGiveNumbersInTime draws counts over many orders of magnitude,
// fractions and empty cells among them.
func TestExtremeCountsGiveNumbersInTime(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	begun := time.Now()
	for range 400 {
		cells := 2 + random.IntN(30)
		draw := func() []float64 {
			counts := make([]float64, cells)
			top := 14 * random.Float64()
			for k := range counts {
				if random.IntN(4) > 0 {
					counts[k] = math.Pow(10, top*random.Float64()-1)
				}
			}
			counts[random.IntN(cells)]++
			return counts
		}
		edges := make([]float64, cells-1)
		for k := range edges {
			edges[k] = math.Pow(1.5, float64(k))
		}
		ref, cur := histogram.New(edges, draw()), histogram.New(edges, draw())
		for _, m := range numericMethods() {
			r := numeric(t, m.Name, ref, cur, Options{})
			if r.Reason != "" {
				continue
			}
			for what, x := range map[string]float64{"value": r.Value, "lower": r.Lower, "upper": r.Upper, "p": r.P, "minimum-effect p": r.PMinimumEffect, "noise floor": r.NoiseFloor} {
				if math.IsNaN(x) || x < 0 {
					t.Errorf("%s of %v against %v: %s is %g", m.Name, ref.Counts, cur.Counts, what, x)
				}
			}
		}
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
