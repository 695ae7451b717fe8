package histogram

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestValidateQuotesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name string
		h    Histogram
		want string
	}{
		{"no bucket at all", Histogram{}, "0 counts for 0 edges"},
		{"a count too many", New([]float64{1}, []float64{1, 2, 3}), "3 counts for 1 edges"},
		{"an infinite edge", New([]float64{1, math.Inf(1)}, []float64{1, 2, 3}), `"+Inf"`},
		{"a NaN edge", New([]float64{math.NaN()}, []float64{1, 2}), `"NaN"`},
		{"edges that descend", New([]float64{2, 1}, []float64{1, 2, 3}), `"1" follows "2"`},
		{"a repeated edge", New([]float64{2, 2}, []float64{1, 2, 3}), `"2" follows "2"`},
		{"a negative count", New([]float64{2}, []float64{1, -2}), `"-2"`},
		{"a NaN count", New([]float64{2}, []float64{1, math.NaN()}), `"NaN"`},
		{"a negative observation count", Histogram{Counts: []float64{1}, Count: -1}, `"-1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.h.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %s", err, c.want)
			}
		})
	}
	if err := New([]float64{-1, 0, 2}, []float64{0, 1.5, 0, 3}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestSharesAndDistributionFunction(t *testing.T) {
	h := Histogram{Edges: []float64{0, 1}, Counts: []float64{1, 2, 5}, Count: 10}
	if h.Total() != 8 || h.Missing() != 2 {
		t.Errorf("total %g, missing %g", h.Total(), h.Missing())
	}
	if got := h.Shares(); !slices.Equal(got, []float64{0.125, 0.25, 0.625}) {
		t.Errorf("shares %v", got)
	}
	if got := h.CDF(); !slices.Equal(got, []float64{0.125, 0.375}) {
		t.Errorf("distribution function %v", got)
	}
	if below, above := h.Open(); below != 0.125 || above != 0.625 {
		t.Errorf("open %g, %g", below, above)
	}
	empty := New([]float64{0}, []float64{0, 0})
	if !math.IsNaN(empty.Shares()[0]) || !math.IsNaN(empty.CDF()[0]) || !math.IsNaN(empty.Missing()) {
		t.Error("an empty histogram must give NaN")
	}
}

func TestNestedLayoutsMergeExactly(t *testing.T) {
	a := Histogram{Edges: []float64{0, 1, 2}, Counts: []float64{1, 2, 3, 4}, Sum: 5, Count: 10}
	b := Histogram{Edges: []float64{0, 2, 5}, Counts: []float64{10, 20, 30, 40}, Sum: 50, Count: 100}
	got, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Edges, []float64{0, 2}) || !slices.Equal(got.Counts, []float64{11, 25, 74}) || got.Sum != 55 || got.Count != 110 {
		t.Errorf("got %+v", got)
	}
	if edges, lost := Common(a, b); !slices.Equal(edges, []float64{0, 2}) || lost != 2 {
		t.Errorf("common %v, lost %d", edges, lost)
	}
	if _, err := Merge(); err == nil {
		t.Error("merging nothing must be an error")
	}
	if _, err := Coarsen(a, []float64{0.5}); err == nil || !strings.Contains(err.Error(), `"0.5"`) {
		t.Errorf("coarsening to a foreign edge: %v", err)
	}
	if _, err := Coarsen(a, []float64{2, 1}); err == nil {
		t.Error("coarsening to unsorted edges must be an error")
	}
}

func TestAnEmptyHistogramCostsNoEdges(t *testing.T) {
	a := Histogram{Edges: []float64{0, 1, 2}, Counts: []float64{1, 2, 3, 4}, Sum: 5, Count: 10}
	got, err := Merge(Histogram{Edges: []float64{7}, Counts: []float64{0, 0}}, a)
	if err != nil || !slices.Equal(got.Edges, a.Edges) || !slices.Equal(got.Counts, a.Counts) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestNativeBucketsOfTwoSchemasMeetOnTheCoarserOne(t *testing.T) {
	fine := []Bucket{{1, 1.5, 2}, {1.5, 2, 3}, {2, 3, 1}, {-0.001, 0.001, 4}}
	coarse := []Bucket{{1, 2, 7}, {4, 8, 1}, {-2, -1, 2}}
	edges := CommonEdgesOfBuckets([][]Bucket{fine, coarse})
	if want := []float64{-2, -1, -0.001, 0.001, 1, 2, 3, 4, 8}; !slices.Equal(edges, want) {
		t.Fatalf("edges %v, want %v", edges, want)
	}
	h, err := FromBuckets(edges, fine)
	if err != nil || !slices.Equal(h.Counts, []float64{0, 0, 0, 4, 0, 5, 1, 0, 0, 0}) {
		t.Errorf("fine on common edges: %v, %v", h.Counts, err)
	}
	if _, err := FromBuckets([]float64{1.2}, fine); err == nil || !strings.Contains(err.Error(), `"1.2"`) {
		t.Errorf("a straddled edge: %v", err)
	}
	if _, err := FromBuckets(nil, []Bucket{{1, 1, 3}}); err == nil {
		t.Error("a bucket of no width must be an error")
	}
	if _, err := FromBuckets(nil, []Bucket{{1, 2, -3}}); err == nil {
		t.Error("a negative count must be an error")
	}
}

func TestOpenAndEmptyNativeBuckets(t *testing.T) {
	inf := math.Inf(1)
	edges := CommonEdgesOfBuckets([][]Bucket{{{-inf, 1, 2}, {1, 5, 1}}, {{5, inf, 1}, {0, 3, 0}}})
	if !slices.Equal(edges, []float64{1, 5}) {
		t.Errorf("edges %v", edges)
	}
	if edges := CommonEdgesOfBuckets(nil); len(edges) != 0 {
		t.Errorf("edges of nothing: %v", edges)
	}
}

func TestQuantileBinsHaveAboutEqualMass(t *testing.T) {
	h := New(nil, nil)
	for i := range 100 {
		h.Edges = append(h.Edges, float64(i))
		h.Counts = append(h.Counts, 10)
	}
	h.Counts = append(h.Counts, 10)
	edges := MergeQuantileBins(h, 10)
	coarse, err := Coarsen(h, edges)
	if err != nil || len(coarse.Counts) != 10 {
		t.Fatalf("%v, %v", edges, err)
	}
	for _, count := range coarse.Counts {
		if count < 90 || count > 120 {
			t.Errorf("counts %v", coarse.Counts)
		}
	}
	if got := MergeQuantileBins(New([]float64{1, 2}, []float64{1, 1, 1}), 10); len(got) != 2 {
		t.Errorf("few buckets become %v", got)
	}
	spike := New([]float64{1, 2, 3, 4}, []float64{0, 0, 1000, 0, 0})
	if got := MergeQuantileBins(spike, 3); len(got) > 2 {
		t.Errorf("a spike becomes %v", got)
	}
	if MergeQuantileBins(h, 1) != nil || MergeQuantileBins(New([]float64{1, 2}, make([]float64, 3)), 2) != nil {
		t.Error("nothing to choose must give no edges")
	}
}

func TestQuantilesLieInTheirBuckets(t *testing.T) {
	h := New([]float64{0, 10, 20}, []float64{10, 40, 40, 10})
	for _, c := range []struct{ q, value, lower, upper float64 }{
		{0.05, 0, math.Inf(-1), 0},
		{0.3, 5, 0, 10},
		{0.5, 10, 0, 10},
		{0.9, 20, 10, 20},
		{0.95, 20, 20, math.Inf(1)},
		{0, 0, math.Inf(-1), 0},
		{1, 20, 20, math.Inf(1)},
	} {
		value, lower, upper := h.Quantile(c.q)
		if math.Abs(value-c.value) > 1e-12 || lower != c.lower || upper != c.upper {
			t.Errorf("quantile %g: %g in [%g, %g], want %g in [%g, %g]", c.q, value, lower, upper, c.value, c.lower, c.upper)
		}
	}
	for _, bad := range []float64{-0.1, 1.1, math.NaN()} {
		if value, _, _ := h.Quantile(bad); !math.IsNaN(value) {
			t.Errorf("quantile %g: %g", bad, value)
		}
	}
	if value, lower, upper := New(nil, []float64{5}).Quantile(0.5); !math.IsNaN(value) || !math.IsInf(lower, -1) || !math.IsInf(upper, 1) {
		t.Error("one bucket without edges knows nothing")
	}
}

func TestQuantileIntervalsCoverTheQuantile(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	edges := make([]float64, 60)
	for k := range edges {
		edges[k] = -3 + float64(k)*0.1
	}
	const repeats = 1000
	for _, n := range []int{50, 400} {
		covered := 0
		for range repeats {
			h := fromRows(edges, normalRows(random, n))
			// The 0.9-quantile of the standard normal.
			if lower, upper := h.QuantileInterval(0.9, 0.95); lower <= 1.2815515655446004 && 1.2815515655446004 <= upper {
				covered++
			}
		}
		if share := float64(covered) / repeats; share < 0.93 {
			t.Errorf("n = %d: covered %.3f", n, share)
		}
	}
	if lower, _ := New([]float64{1}, []float64{0, 0}).QuantileInterval(0.5, 0.95); !math.IsNaN(lower) {
		t.Error("no observations must give NaN")
	}
}

func TestMomentsOfFineBucketsAreThoseOfTheRows(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	rows := normalRows(random, 20000)
	for i := range rows {
		rows[i] = math.Exp(rows[i] / 2)
	}
	var edges []float64
	for x := -0.05; x < 10; x += 0.05 {
		edges = append(edges, x)
	}
	h := fromRows(edges, rows)
	var mean, second, third, fourth float64
	for _, x := range rows {
		mean += x / float64(len(rows))
	}
	for _, x := range rows {
		d := x - mean
		second += d * d / float64(len(rows))
		third += d * d * d / float64(len(rows))
		fourth += d * d * d * d / float64(len(rows))
	}
	m := h.Moments()
	for what, pair := range map[string][2]float64{
		"mean":     {m.Mean, mean},
		"variance": {m.Variance, second},
		"skewness": {m.Skewness, third / math.Pow(second, 1.5)},
		"kurtosis": {m.Kurtosis, fourth/second/second - 3},
		"std":      {h.StdWithin(math.Inf(-1), math.Inf(1)), math.Sqrt(second)},
	} {
		if math.Abs(pair[0]-pair[1]) > 0.005*math.Abs(pair[1]) {
			t.Errorf("%s %g, of the rows %g", what, pair[0], pair[1])
		}
	}
}

func TestMomentsOfWhatIsNotKnown(t *testing.T) {
	open := New([]float64{0, 1}, []float64{1, 5, 1}).Moments()
	if !math.IsInf(open.VarianceUpper, 1) || !math.IsInf(open.MeanLower, -1) || !math.IsInf(open.MeanUpper, 1) || open.OpenShare != 2.0/7 {
		t.Errorf("open buckets: %+v", open)
	}
	capped := New([]float64{0, 1}, []float64{1, 5, 1}).MomentsWithin(-1, 2)
	if math.IsInf(capped.VarianceUpper, 1) || capped.OpenShare != 0 {
		t.Errorf("closed buckets: %+v", capped)
	}
	empty := New([]float64{0, 1}, []float64{0, 0, 0}).Moments()
	if !math.IsNaN(empty.Mean) || !math.IsNaN(empty.VarianceUpper) {
		t.Errorf("no observations: %+v", empty)
	}
	edgeless := Histogram{Counts: []float64{10}, Sum: 30, Count: 10}.Moments()
	if edgeless.Mean != 3 || !math.IsNaN(edgeless.Std) || edgeless.VarianceLower != 0 || !math.IsInf(edgeless.VarianceUpper, 1) {
		t.Errorf("no edges: %+v", edgeless)
	}
}

// fromRows puts rows into buckets as a Prometheus client would.
func fromRows(edges, rows []float64) Histogram {
	h := Histogram{Edges: edges, Counts: make([]float64, len(edges)+1), Count: float64(len(rows))}
	for _, x := range rows {
		k, _ := slices.BinarySearch(edges, x)
		h.Counts[k]++
		h.Sum += x
	}
	return h
}

func normalRows(random *rand.Rand, n int) []float64 {
	rows := make([]float64, n)
	for i := range rows {
		rows[i] = random.NormFloat64()
	}
	return rows
}
