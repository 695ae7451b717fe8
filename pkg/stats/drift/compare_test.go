package drift

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

func TestWhatCannotBeToldIsInsufficient(t *testing.T) {
	edges := []float64{0, 1, 2}
	some := []float64{10, 2000, 3000, 20}
	for _, c := range []struct {
		name     string
		ref, cur histogram.Histogram
		reason   string
	}{
		{"an empty current window", histogram.New(edges, some), histogram.New(edges, make([]float64, 4)), "in the current window"},
		{"an empty reference", histogram.New(edges, make([]float64, 4)), histogram.New(edges, some), "in the reference"},
		{"two empty sides", histogram.New(edges, make([]float64, 4)), histogram.New(edges, make([]float64, 4)), "nor in the current"},
		{"a single bucket", histogram.New(nil, []float64{5000}), histogram.New(nil, []float64{5000}), "no bucket edge"},
		{"layouts without a common edge", histogram.New([]float64{1, 2}, []float64{1, 2000, 3}), histogram.New([]float64{3, 4}, []float64{1, 2000, 3}), "no bucket edge"},
		{"everything above the last edge", histogram.New(edges, []float64{0, 0, 0, 4000}), histogram.New(edges, []float64{0, 0, 0, 5000}), "above the last bucket edge 2"},
		{"everything below the first edge", histogram.New(edges, []float64{4000, 0, 0, 0}), histogram.New(edges, []float64{5000, 0, 0, 0}), "below the first bucket edge 0"},
		{"very few observations", histogram.New(edges, some), histogram.New(edges, []float64{0, 4, 4, 0}), ""},
	} {
		for _, m := range numericMethods() {
			t.Run(c.name+", "+string(m.Name), func(t *testing.T) {
				r := numeric(t, m.Name, c.ref, c.cur, Options{})
				if r.Verdict != Insufficient || r.Reason == "" || !strings.Contains(r.Reason, c.reason) {
					t.Errorf("verdict %s because %q", r.Verdict, r.Reason)
				}
			})
		}
	}
}

func TestBadInputIsAnErrorThatQuotesIt(t *testing.T) {
	edges, counts := []float64{0, 1}, []float64{100, 100, 100}
	good := histogram.New(edges, counts)
	for _, c := range []struct {
		name string
		ref  histogram.Histogram
		o    Options
		m    Method
		want string
	}{
		{"NaN count", histogram.New(edges, []float64{1, math.NaN(), 1}), Options{}, PSI, `"NaN"`},
		{"negative count", histogram.New(edges, []float64{1, -2, 1}), Options{}, PSI, `"-2"`},
		{"infinite count", histogram.New(edges, []float64{1, math.Inf(1), 1}), Options{}, PSI, `"+Inf"`},
		{"unsorted edges", histogram.New([]float64{1, 0}, counts), Options{}, PSI, `"0" follows "1"`},
		{"a bucket of no width", histogram.New([]float64{1, 1}, counts), Options{}, PSI, `"1" follows "1"`},
		{"a count too few", histogram.New(edges, []float64{1, 2}), Options{}, PSI, "2 counts for 2 edges"},
		{"unknown method", good, Options{}, "psy", `"psy"`},
		{"level above 1", good, Options{Level: 95}, PSI, `"95"`},
		{"negative tolerance", good, Options{Tolerated: -1}, PSI, `"-1"`},
		{"unknown base", good, Options{Base: "10"}, JensenShannon, `"10"`},
		{"negative pseudocount", good, Options{Pseudocount: -1}, PSI, `"-1"`},
		{"unknown scale", good, Options{Scale: "mad"}, Wasserstein, `"mad"`},
		{"one bin", good, Options{MaxBins: 1}, PSI, "1 bin"},
		{"infinite dispersion", good, Options{Dispersion: math.Inf(1)}, PSI, "not finite"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Numeric(c.m, c.ref, good, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %s", err, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		m        Method
		ref, cur []float64
		want     string
	}{
		"other categories":     {PSI, []float64{1, 2}, []float64{1}, "2 reference categories against 1"},
		"a NaN category":       {PSI, []float64{1, 2}, []float64{1, math.NaN()}, `"NaN"`},
		"KS needs an order":    {KS, []float64{1, 2}, []float64{1, 2}, "numeric"},
		"unknown for category": {"x", []float64{1, 2}, []float64{1, 2}, `"x"`},
	} {
		if _, err := Categorical(c.m, c.ref, c.cur, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %s", name, err, c.want)
		}
	}
}

func TestDisjointSupportsAreTheGreatestDistance(t *testing.T) {
	edges := []float64{0, 1, 2, 3}
	ref := histogram.New(edges, []float64{0, 5000, 0, 0, 0})
	cur := histogram.New(edges, []float64{0, 0, 0, 5000, 0})
	for m, want := range map[Method]float64{JensenShannon: 1, Hellinger: 1, ChiSquare: 1, TotalVariation: 1, LInfinity: 1, KS: 1} {
		r := numeric(t, m, ref, cur, Options{})
		if math.Abs(r.Raw-want) > 1e-12 || r.Verdict != Drift || r.Upper > 1 {
			t.Errorf("%s: %g [%g, %g] %s", m, r.Raw, r.Lower, r.Upper, r.Verdict)
		}
	}
	psi := numeric(t, PSI, ref, cur, Options{})
	if math.IsInf(psi.Value, 0) || psi.Verdict != Drift {
		t.Errorf("PSI %g %s", psi.Value, psi.Verdict)
	}
	w := numeric(t, Wasserstein, ref, cur, Options{Scale: "none"})
	if math.Abs(w.Raw-2) > 1e-12 || w.BoundLower != 1 || w.BoundUpper != 3 || w.Verdict != Drift {
		t.Errorf("Wasserstein %g in [%g, %g], %s", w.Raw, w.BoundLower, w.BoundUpper, w.Verdict)
	}
	if w := numeric(t, Wasserstein, ref, cur, Options{}); w.Verdict != Insufficient || !strings.Contains(w.Reason, "no spread") {
		t.Errorf("Wasserstein over a reference without spread: %s, %q", w.Verdict, w.Reason)
	}
}

func TestManyObservationsWithATinyEffectAreOK(t *testing.T) {
	edges := quantileEdges(10)
	ref := scaled(normalShares(edges, 0, 1), 1e7)
	cur := scaled(normalShares(edges, 0.01, 1), 1e7)
	for _, m := range numericMethods() {
		r := numeric(t, m.Name, histogram.New(edges, ref), histogram.New(edges, cur), Options{})
		if r.P > 1e-6 {
			t.Errorf("%s: p = %g, the setting is too small", m.Name, r.P)
		}
		if r.Verdict != OK {
			t.Errorf("%s: %s [%g, %g]", m.Name, r.Verdict, r.Lower, r.Upper)
		}
	}
}

func TestAConstantFeatureInsideTheBucketsIsOK(t *testing.T) {
	h := func(n float64) histogram.Histogram {
		return histogram.New([]float64{0, 1, 2}, []float64{0, n, 0, 0})
	}
	for _, m := range numericMethods() {
		if m.Name == Wasserstein || m.Name == Energy {
			continue // has no spread to scale by
		}
		if r := numeric(t, m.Name, h(50000), h(40000), Options{}); r.Verdict != OK || r.Value != 0 {
			t.Errorf("%s: %g, %s %q", m.Name, r.Value, r.Verdict, r.Reason)
		}
	}
}

func TestCountsNeedNotBeWhole(t *testing.T) {
	edges := quantileEdges(8)
	for _, m := range numericMethods() {
		r := numeric(t, m.Name, histogram.New(edges, scaled(uniformShares(8), 12345.6)), histogram.New(edges, scaled(normalShares(edges, 0.5, 1), 7890.1)), Options{})
		if r.Verdict != Drift || math.IsNaN(r.P) || math.IsNaN(r.Lower) || math.IsNaN(r.Upper) || math.IsNaN(r.PMinimumEffect) {
			t.Errorf("%s: %+v", m.Name, r)
		}
	}
}

func TestUnequalLayoutsAreComparedOnTheirCommonEdges(t *testing.T) {
	ref := histogram.New([]float64{0, 1, 2, 3}, []float64{100, 200, 300, 200, 100})
	cur := histogram.New([]float64{0, 2, 3.5}, []float64{110, 480, 250, 60})
	r := numeric(t, TotalVariation, ref, cur, Options{})
	want, err := Categorical(TotalVariation, []float64{100, 500, 300}, []float64{110, 480, 310}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.LostEdges != 3 || r.Bins != 3 || r.Raw != want.Raw {
		t.Errorf("lost %d, bins %d, distance %g, want %g", r.LostEdges, r.Bins, r.Raw, want.Raw)
	}
}

func TestManyBucketsAreMergedForTheDivergences(t *testing.T) {
	edges := quantileEdges(200)
	h := histogram.New(edges, scaled(uniformShares(200), 10000))
	if r := numeric(t, PSI, h, h, Options{}); r.Bins > 31 || r.Bins < 25 {
		t.Errorf("%d bins", r.Bins)
	}
	if r := numeric(t, PSI, h, h, Options{MaxBins: -1}); r.Bins != 200 {
		t.Errorf("%d bins", r.Bins)
	}
	if r := numeric(t, KS, h, h, Options{}); r.Bins != 200 {
		t.Errorf("KS on %d bins", r.Bins)
	}
}

func TestMinimumNIsWhereTheNoiseFloorMeetsTheTolerance(t *testing.T) {
	// 2·χ²_{B−1, 0.95} / 0.1, rounded up.
	for cells, want := range map[int]float64{10: 339, 20: 603, 30: 852} {
		h := histogram.New(quantileEdges(cells), scaled(uniformShares(cells), want))
		below := histogram.New(quantileEdges(cells), scaled(uniformShares(cells), want-1))
		if r := numeric(t, PSI, h, h, Options{}); r.Verdict == Insufficient {
			t.Errorf("%d cells: %g is insufficient: %s", cells, want, r.Reason)
		}
		if r := numeric(t, PSI, below, below, Options{}); r.Verdict != Insufficient {
			t.Errorf("%d cells: %g is enough", cells, want-1)
		}
	}
	edges := quantileEdges(10)
	ref := histogram.New(edges, scaled(uniformShares(10), 5000))
	for _, m := range numericMethods() {
		for _, dispersion := range []float64{1, 2} {
			o := Options{Dispersion: dispersion}
			needed := numeric(t, m.Name, ref, histogram.New(edges, scaled(uniformShares(10), 100)), o).MinimumN
			r := numeric(t, m.Name, ref, histogram.New(edges, scaled(uniformShares(10), needed)), o)
			if m.Name == KS || m.Name == Kuiper {
				continue // its floor is not quite a power of n
			}
			if r.NoiseFloor > r.Tolerated*(1+1e-9) || r.NoiseFloor < r.Tolerated*0.98 {
				t.Errorf("%s: floor %g at the minimum n of %g", m.Name, r.NoiseFloor, needed)
			}
		}
		r := numeric(t, m.Name, histogram.New(edges, scaled(uniformShares(10), 20)), ref, Options{})
		if !math.IsInf(r.MinimumN, 1) || r.Verdict != Insufficient {
			t.Errorf("%s: a reference of 20 needs %g, %s", m.Name, r.MinimumN, r.Verdict)
		}
	}
}

func TestWassersteinUsesSumsAndLimits(t *testing.T) {
	edges := []float64{0, 10, 20}
	ref := histogram.Histogram{Edges: edges, Counts: []float64{0, 5000, 5000, 0}, Sum: 10000 * 9, Count: 10000}
	cur := histogram.Histogram{Edges: edges, Counts: []float64{0, 5000, 5000, 0}, Sum: 10000 * 11, Count: 10000}
	r := numeric(t, Wasserstein, ref, cur, Options{Scale: "none", Tolerated: 1})
	if r.Value != 2 || r.BoundLower != 2 || r.Verdict != Drift {
		t.Errorf("means 2 apart in equal buckets: %g, bound %g, %s", r.Value, r.BoundLower, r.Verdict)
	}
	ref.Counts, cur.Counts = []float64{0, 5000, 4000, 1000}, []float64{0, 5000, 4000, 1000}
	r = numeric(t, Wasserstein, ref, cur, Options{Scale: "none"})
	if !math.IsInf(r.BoundUpper, 1) || math.Abs(r.OpenRef-0.1) > 1e-12 || math.Abs(r.Open-0.1) > 1e-12 {
		t.Errorf("open buckets: bound %g, shares %g and %g", r.BoundUpper, r.OpenRef, r.Open)
	}
	r = numeric(t, Wasserstein, ref, cur, Options{Scale: "iqr", Lowest: math.Inf(-1), Highest: 40})
	if math.IsInf(r.BoundUpper, 1) || r.Open != 0 || r.Unit != "IQR" {
		t.Errorf("closed by a limit: bound %g, share %g, unit %s", r.BoundUpper, r.Open, r.Unit)
	}
}

func TestSparseCategoriesAreMergedForChiSquare(t *testing.T) {
	ref := []float64{1000, 800, 3, 2, 1, 0}
	cur := []float64{1000, 700, 2, 2, 0, 3}
	r, err := Categorical(ChiSquare, ref, cur, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Categorical(ChiSquare, []float64{1000, 800, 6}, []float64{1000, 700, 7}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Bins != 3 || !near(r.Statistic, want.Statistic, 1e-12) {
		t.Errorf("%d bins, statistic %g, want %g", r.Bins, r.Statistic, want.Statistic)
	}
}

func TestAppearedAndVanishedCategoriesAreNamed(t *testing.T) {
	appeared, vanished := Changed([]float64{5, 0, 3, 0}, []float64{4, 2, 0, 0})
	if len(appeared) != 1 || appeared[0] != 1 || len(vanished) != 1 || vanished[0] != 2 {
		t.Errorf("appeared %v, vanished %v", appeared, vanished)
	}
}

func TestAdjustTakesDriftBackWhereManyTestsMakeItDoubtful(t *testing.T) {
	results := make([]Result, 40)
	for i := range results {
		results[i] = Result{Verdict: OK, PMinimumEffect: 0.5 + float64(i)/100}
	}
	results[0] = Result{Verdict: Drift, PMinimumEffect: 0.02}
	results[1] = Result{Verdict: Drift, PMinimumEffect: 1e-9}
	results[2] = Result{Verdict: Insufficient, PMinimumEffect: 1e-12}
	Adjust(results, 0.05)
	if results[0].Verdict != Uncertain || results[1].Verdict != Drift || results[2].Verdict != Insufficient {
		t.Errorf("verdicts %s, %s, %s", results[0].Verdict, results[1].Verdict, results[2].Verdict)
	}
	if !near(results[1].AdjustedP, 39e-9, 1e-9) || !math.IsNaN(results[2].AdjustedP) {
		t.Errorf("adjusted %g, %g", results[1].AdjustedP, results[2].AdjustedP)
	}
}

func TestComparingDoesNotChangeItsInput(t *testing.T) {
	edges := quantileEdges(6)
	ref, cur := []float64{1, 0, 300, 200, 0, 7}, []float64{2, 0, 280, 210, 1, 3}
	for _, m := range numericMethods() {
		numeric(t, m.Name, histogram.New(edges, ref), histogram.New(edges, cur), Options{MaxBins: 3})
	}
	for k, want := range []float64{1, 0, 300, 200, 0, 7} {
		if ref[k] != want {
			t.Fatalf("reference changed to %v", ref)
		}
	}
}

func TestEveryMethodIsDescribed(t *testing.T) {
	for _, m := range Methods() {
		if m.Title == "" || m.Help == "" || m.Reference == "" || !(m.DefaultTolerated > 0) || !(m.Max > m.Min) || !(m.Numeric || m.Categorical) {
			t.Errorf("%+v", m)
		}
		if found, err := Lookup(m.Name); err != nil || found.Title != m.Title {
			t.Errorf("%s is not found: %v", m.Name, err)
		}
	}
}

// numericMethods are those that compare histograms.
func numericMethods() []MethodInfo {
	return slices.DeleteFunc(Methods(), func(m MethodInfo) bool { return !m.Numeric })
}

func scaled(shares []float64, n float64) []float64 {
	counts := make([]float64, len(shares))
	for k, share := range shares {
		counts[k] = share * n
	}
	return counts
}

// BenchmarkFeatures compares 1000 features of 20 buckets in two windows.
func BenchmarkFeatures(b *testing.B) {
	const features, cells = 1000, 20
	random := source(1)
	edges := quantileEdges(cells)
	refs, curs := make([]histogram.Histogram, features), make([]histogram.Histogram, features)
	for i := range features {
		ref, cur := make([]float64, cells), make([]float64, cells)
		drawCounts(random, uniformShares(cells), ref, 5000)
		drawCounts(random, normalShares(edges, 0.3*random.Float64(), 1), cur, 2000)
		refs[i], curs[i] = histogram.New(edges, ref), histogram.New(edges, cur)
	}
	for _, m := range numericMethods() {
		b.Run(string(m.Name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for i := range refs {
					if _, err := Numeric(m.Name, refs[i], curs[i], Options{}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
