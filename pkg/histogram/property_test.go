package histogram

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzAlgebra holds the algebra to its laws on histograms made from a seed:
// layouts that share some edges, rows that are known.
func FuzzAlgebra(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		rowsA, rowsB, rowsC := randomRows(random), randomRows(random), randomRows(random)
		a, b, c := fromRows(randomEdges(random), rowsA), fromRows(randomEdges(random), rowsB), fromRows(randomEdges(random), rowsC)

		ab := merge(t, a, b)
		same(t, "merging is commutative", ab, merge(t, b, a))
		same(t, "merging is associative", merge(t, ab, c), merge(t, a, merge(t, b, c)))
		same(t, "merging in one go", merge(t, a, b, c), merge(t, ab, c))
		same(t, "merging is counting all rows", ab, fromRows(ab.Edges, append(slices.Clone(rowsA), rowsB...)))

		var kept []float64
		for _, edge := range a.Edges {
			if random.IntN(2) == 0 {
				kept = append(kept, edge)
			}
		}
		coarse, err := Coarsen(a, kept)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "coarsening is counting on fewer edges", coarse, fromRows(kept, rowsA))
		for i, edge := range kept {
			if k := slices.Index(a.Edges, edge); a.Total() > 0 && math.Abs(coarse.CDF()[i]-a.CDF()[k]) > 1e-12 {
				t.Errorf("the distribution function at %g changed", edge)
			}
		}
		a2, b2, lost, err := Align(a, b)
		if err != nil || !slices.Equal(a2.Edges, b2.Edges) || a2.Total() != a.Total() || b2.Total() != b.Total() {
			t.Errorf("aligned to %v and %v, %v", a2.Edges, b2.Edges, err)
		}
		if lost == 0 && !slices.Equal(a.Edges, b.Edges) {
			t.Error("different layouts aligned without loss")
		}
		boundsHold(t, a, rowsA)
	})
}

// boundsHold checks every hard bound against the rows behind the buckets.
func boundsHold(t *testing.T, h Histogram, rows []float64) {
	t.Helper()
	if len(rows) == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(rows))
	for _, q := range []float64{0, 0.1, 0.5, 0.77, 1} {
		rank := max(1, int(math.Ceil(q*float64(len(rows))-1e-9)))
		value, lower, upper := h.Quantile(q)
		if x := sorted[rank-1]; x < lower || x > upper {
			t.Errorf("quantile %g is %g, outside [%g, %g]", q, x, lower, upper)
		}
		if value < lower || value > upper {
			t.Errorf("quantile estimate %g outside [%g, %g]", value, lower, upper)
		}
	}
	var mean, variance float64
	for _, x := range rows {
		mean += x / float64(len(rows))
	}
	for _, x := range rows {
		variance += (x - mean) * (x - mean) / float64(len(rows))
	}
	unknown := h
	unknown.Sum = math.NaN()
	for what, m := range map[string]Moments{
		"open":              h.Moments(),
		"closed":            h.MomentsWithin(sorted[0], sorted[len(sorted)-1]),
		"open, no sum":      unknown.Moments(),
		"closed, no sum":    unknown.MomentsWithin(sorted[0], sorted[len(sorted)-1]),
		"widely closed":     unknown.MomentsWithin(sorted[0]-3, sorted[len(sorted)-1]+7),
		"closed on one end": h.MomentsWithin(sorted[0], math.Inf(1)),
	} {
		slack := 1e-9 * (1 + math.Abs(mean) + variance)
		if mean < m.MeanLower-slack || mean > m.MeanUpper+slack {
			t.Errorf("%s: mean %g outside [%g, %g]", what, mean, m.MeanLower, m.MeanUpper)
		}
		if variance < m.VarianceLower-slack || variance > m.VarianceUpper+slack {
			t.Errorf("%s: variance %g outside [%g, %g]", what, variance, m.VarianceLower, m.VarianceUpper)
		}
		if m.Variance < m.VarianceLower-slack || m.Variance > m.VarianceUpper+slack {
			t.Errorf("%s: estimated variance %g outside [%g, %g]", what, m.Variance, m.VarianceLower, m.VarianceUpper)
		}
	}
}

func merge(t *testing.T, hs ...Histogram) Histogram {
	t.Helper()
	merged, err := Merge(hs...)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func same(t *testing.T, law string, a, b Histogram) {
	t.Helper()
	if !slices.Equal(a.Edges, b.Edges) || !slices.Equal(a.Counts, b.Counts) || math.Abs(a.Sum-b.Sum) > 1e-9*(1+math.Abs(a.Sum)) || a.Count != b.Count {
		t.Errorf("%s: %+v against %+v", law, a, b)
	}
}

// randomEdges draws edges from a small grid, so that layouts share some.
func randomEdges(random *rand.Rand) []float64 {
	var edges []float64
	for x := -4.0; x <= 4; x += 0.5 {
		if random.IntN(3) > 0 {
			edges = append(edges, x)
		}
	}
	return edges
}

// randomRows draws some rows, some of them on edges and some far out.
func randomRows(random *rand.Rand) []float64 {
	rows := make([]float64, 1+random.IntN(40))
	for i := range rows {
		rows[i] = random.NormFloat64() * 2
		switch random.IntN(10) {
		case 0:
			rows[i] = math.Round(rows[i])
		case 1:
			rows[i] *= 10
		}
	}
	return rows
}

// FuzzNativeBuckets draws exponential buckets of several schemas and puts them on
// their common edges, exactly.
func FuzzNativeBuckets(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 2))
		sets := make([][]Bucket, 1+random.IntN(4))
		for i := range sets {
			factor := math.Pow(2, float64(int(1)<<random.IntN(3)))
			for bound := 1.0 / 256; bound < 256; bound *= factor {
				if random.IntN(2) == 0 {
					sets[i] = append(sets[i], Bucket{bound, bound * factor, float64(random.IntN(5))})
				}
			}
		}
		edges := CommonEdgesOfBuckets(sets)
		for _, set := range sets {
			h, err := FromBuckets(edges, set)
			if err != nil {
				t.Fatal(err)
			}
			var total float64
			for _, b := range set {
				total += b.Count
			}
			if h.Total() != total {
				t.Errorf("total %g, want %g", h.Total(), total)
			}
		}
	})
}
