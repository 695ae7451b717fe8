package drift

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

// FuzzHardBounds draws rows, puts them into buckets, and compares the bounds with
// the distances of the rows themselves.
func FuzzHardBounds(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 3))
		draw := func() []float64 {
			shift, scale := random.NormFloat64(), 0.5+random.Float64()
			rows := make([]float64, 1+random.IntN(60))
			for i := range rows {
				rows[i] = shift + scale*random.NormFloat64()
				if random.IntN(5) == 0 {
					rows[i] = math.Round(rows[i])
				}
			}
			slices.Sort(rows)
			return rows
		}
		ref, cur := draw(), draw()
		var edges []float64
		for x := -2.0; x <= 2; x += 0.5 {
			if random.IntN(3) > 0 {
				edges = append(edges, x)
			}
		}
		if len(edges) == 0 {
			return
		}
		ks, w1 := distancesOfRows(ref, cur)
		lowest, highest := math.Min(ref[0], cur[0])-1e-9, math.Max(ref[len(ref)-1], cur[len(cur)-1])

		r := numeric(t, KS, inBuckets(edges, ref), inBuckets(edges, cur), Options{})
		if !math.IsNaN(r.Value) && (ks < r.BoundLower-1e-12 || ks > r.BoundUpper+1e-12) {
			t.Errorf("KS of the rows %g outside [%g, %g]", ks, r.BoundLower, r.BoundUpper)
		}
		kuiper, cvm, delta, energy := furtherDistancesOfRows(ref, cur)
		limits := Options{Scale: "none", Lowest: lowest, Highest: highest}
		for m, of := range map[Method]float64{Kuiper: kuiper, CramerVonMises: cvm, MannWhitney: delta, Energy: energy} {
			r := numeric(t, m, inBuckets(edges, ref), inBuckets(edges, cur), limits)
			if !math.IsNaN(r.Value) && (of < r.BoundLower-1e-9 || of > r.BoundUpper+1e-9) {
				t.Errorf("%s of the rows %g outside [%g, %g]", m, of, r.BoundLower, r.BoundUpper)
			}
		}
		for _, o := range []Options{{Scale: "none"}, {Scale: "none", Lowest: lowest, Highest: highest}} {
			r := numeric(t, Wasserstein, inBuckets(edges, ref), inBuckets(edges, cur), o)
			if !math.IsNaN(r.Value) && (w1 < r.BoundLower-1e-9 || w1 > r.BoundUpper+1e-9) {
				t.Errorf("Wasserstein distance of the rows %g outside [%g, %g]", w1, r.BoundLower, r.BoundUpper)
			}
			if r.Value < r.BoundLower-1e-9 || r.Value > r.BoundUpper+1e-9 {
				t.Errorf("Wasserstein value %g outside its bounds [%g, %g]", r.Value, r.BoundLower, r.BoundUpper)
			}
		}
	})
}

// distancesOfRows are the two-sample KS and Wasserstein-1 distances of sorted rows.
func distancesOfRows(a, b []float64) (ks, w1 float64) {
	all := slices.Concat(a, b)
	slices.Sort(all)
	for i, x := range all {
		atMost := func(rows []float64) float64 {
			k, _ := slices.BinarySearch(rows, math.Nextafter(x, math.Inf(1)))
			return float64(k) / float64(len(rows))
		}
		difference := math.Abs(atMost(a) - atMost(b))
		ks = math.Max(ks, difference)
		if i+1 < len(all) {
			w1 += difference * (all[i+1] - x)
		}
	}
	return ks, w1
}

// furtherDistancesOfRows are those of sorted rows by their definitions.
func furtherDistancesOfRows(a, b []float64) (kuiper, cvm, delta, energy float64) {
	all := slices.Concat(a, b)
	slices.Sort(all)
	var over, under, squares float64
	for i, x := range all {
		atMost := func(rows []float64) float64 {
			k, _ := slices.BinarySearch(rows, math.Nextafter(x, math.Inf(1)))
			return float64(k) / float64(len(rows))
		}
		share := func(rows []float64) float64 {
			k, found := slices.BinarySearch(rows, x)
			if !found {
				return 0
			}
			return atMost(rows) - float64(k)/float64(len(rows))
		}
		difference := atMost(a) - atMost(b)
		over, under = math.Max(over, difference), math.Max(under, -difference)
		if i == 0 || all[i-1] != x {
			cvm += 3 * difference * difference * (share(a) + share(b)) / 2
		}
		if i+1 < len(all) {
			squares += difference * difference * (all[i+1] - x)
		}
	}
	for _, x := range a {
		for _, y := range b {
			delta += float64(cmp.Compare(y, x))
		}
	}
	return over + under, math.Sqrt(cvm), math.Abs(delta) / float64(len(a)*len(b)), math.Sqrt(2 * squares)
}

// inBuckets counts rows as a Prometheus client would.
func inBuckets(edges, rows []float64) histogram.Histogram {
	h := histogram.Histogram{Edges: edges, Counts: make([]float64, len(edges)+1), Count: float64(len(rows))}
	for _, x := range rows {
		k, _ := slices.BinarySearch(edges, x)
		h.Counts[k]++
		h.Sum += x
	}
	return h
}

// TestWassersteinIntervalsCoverTheShiftOfTheRows is about rows with sums, where
// the distance between normal distributions is the shift itself.
func TestWassersteinIntervalsCoverTheShiftOfTheRows(t *testing.T) {
	for seed, c := range []struct {
		shift float64
		cells int
	}{{0, 20}, {0.1, 20}, {0.2, 12}, {0.5, 20}} {
		random := source(200 + uint64(seed))
		edges := equalEdges(-4, 4.5, c.cells)
		draw := func(n int, shift float64) histogram.Histogram {
			rows := make([]float64, n)
			for i := range rows {
				rows[i] = shift + random.NormFloat64()
			}
			return inBuckets(edges, rows)
		}
		covered, above := 0.0, 0.0
		for range repeats() {
			r := numeric(t, Wasserstein, draw(1500, 0), draw(600, c.shift), Options{Scale: "none"})
			if r.Lower <= c.shift && c.shift <= r.Upper {
				covered++
			}
			if r.Lower > c.shift {
				above++
			}
		}
		if share := covered / float64(repeats()); share < 0.95-0.01-allowance(0.95) {
			t.Errorf("shift %g: the interval covers it in %.3f of all windows", c.shift, share)
		}
		if share := above / float64(repeats()); share > 0.025+0.01+allowance(0.025) {
			t.Errorf("shift %g: the lower limit is above it in %.3f of all windows", c.shift, share)
		}
	}
}
