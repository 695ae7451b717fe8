package infer

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestARateWithoutObservationsIsAnything(t *testing.T) {
	for name, f := range map[string]func(k, n, level float64) Interval{
		"Wilson": Wilson, "Clopper-Pearson": ClopperPearson, "Jeffreys": Jeffreys, "Agresti-Coull": AgrestiCoull,
	} {
		if got := f(0, 0, 0.95); got != (Interval{0, 1}) {
			t.Errorf("%s of 0 in 0: %v, want [0, 1]", name, got)
		}
		for _, bad := range [][3]float64{{-1, 3, 0.95}, {4, 3, 0.95}, {1, 3, 0}, {1, 3, 1}, {math.NaN(), 3, 0.95}, {1, math.Inf(1), 0.95}} {
			if got := f(bad[0], bad[1], bad[2]); !math.IsNaN(got.Lower) || !math.IsNaN(got.Upper) {
				t.Errorf("%s of %v: %v, want NaN", name, bad, got)
			}
		}
		if got := f(0, 5, 0.95); got.Lower != 0 {
			t.Errorf("%s of 0 in 5 starts at %g, want 0", name, got.Lower)
		}
		if got := f(5, 5, 0.95); got.Upper != 1 {
			t.Errorf("%s of 5 in 5 ends at %g, want 1", name, got.Upper)
		}
	}
}

func TestADifferenceWithAnEmptySideIsAsWideAsItsIgnorance(t *testing.T) {
	got := NewcombeDifference(3, 10, 0, 0, 0.95)
	first := Wilson(3, 10, 0.95)
	if got.Lower != first.Lower-1 || got.Upper != first.Upper {
		t.Errorf("got %v", got)
	}
}

func TestAdjustmentKeepsWhatWasNotTested(t *testing.T) {
	nan := math.NaN()
	p := []float64{0.02, nan, 0.01, nan}
	for name, f := range map[string]func([]float64) []float64{
		"Benjamini-Hochberg": BenjaminiHochberg, "Benjamini-Yekutieli": BenjaminiYekutieli, "Holm": Holm,
	} {
		got, alone := f(p), f([]float64{0.02, 0.01})
		if !math.IsNaN(got[1]) || !math.IsNaN(got[3]) || got[0] != alone[0] || got[2] != alone[1] {
			t.Errorf("%s: %v, want as without the NaN: %v", name, got, alone)
		}
		if len(f(nil)) != 0 {
			t.Errorf("%s of nothing is not nothing", name)
		}
	}
	if p[0] != 0.02 {
		t.Error("the input was changed")
	}
}

func TestDispersionIsOneForIndependentCountsAndTheClusterSizeForClusters(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, cluster := range []int{1, 4} {
		const repeats = 200
		var mean float64
		for range repeats {
			windows := make([][]float64, 12)
			for w := range windows {
				windows[w] = make([]float64, 5)
				for range 400 / cluster {
					windows[w][random.IntN(5)] += float64(cluster)
				}
			}
			mean += Dispersion(windows) / repeats
		}
		// The estimate has a standard deviation of √(2/44)·φ; 4 of them over √200.
		if want := float64(cluster); math.Abs(mean-want) > 0.06*want {
			t.Errorf("clusters of %d: dispersion %g", cluster, mean)
		}
	}
}

func TestDispersionIsUndefinedWithoutTwoWindowsAndTwoCells(t *testing.T) {
	for name, windows := range map[string][][]float64{
		"nothing":           nil,
		"one window":        {{3, 4}},
		"one filled window": {{3, 4}, {0, 0}},
		"one filled cell":   {{3, 0}, {5, 0}},
	} {
		if got := Dispersion(windows); !math.IsNaN(got) {
			t.Errorf("%s: %g, want NaN", name, got)
		}
	}
}

func TestDeltaVarianceOfOneShareIsBinomial(t *testing.T) {
	got := DeltaVariance([]float64{0.3, 0.7}, []float64{1, 0}, 50)
	if !near(got, 0.3*0.7/50, 1e-14, 0) {
		t.Errorf("got %g", got)
	}
	if !math.IsNaN(DeltaVariance([]float64{1}, []float64{1}, 0)) {
		t.Error("no observations must give NaN")
	}
}

func TestInvalidArgumentsGiveNaN(t *testing.T) {
	nan := math.NaN()
	for name, got := range map[string]float64{
		"noncentral, df 0":           NoncentralChiSquareCDF(1, 0, 1),
		"noncentral, lambda below 0": NoncentralChiSquareSF(1, 1, -1),
		"noncentral, NaN":            NoncentralChiSquareSF(nan, 1, 1),
		"quantile above 1":           NoncentralChiSquareQuantile(1.5, 1, 1),
		"chi-square, NaN":            ChiSquareSF(nan, 1),
		"chi-square quantile, df 0":  ChiSquareQuantile(0.5, 0),
		"Kolmogorov, NaN":            KolmogorovSF(nan),
		"Kolmogorov, n 0":            KolmogorovFiniteSF(0.1, 0),
		"Kolmogorov quantile, p 0":   KolmogorovQuantile(0),
		"Smirnov, n 0":               SmirnovSF(0.1, 0),
	} {
		if !math.IsNaN(got) {
			t.Errorf("%s: %g, want NaN", name, got)
		}
	}
	if lower, upper := NoncentralityInterval(nan, 3, 0.95); !math.IsNaN(lower) || !math.IsNaN(upper) {
		t.Error("interval of NaN must be NaN")
	}
}

func TestQuantilesInvertTheirTails(t *testing.T) {
	for _, p := range []float64{1e-6, 0.1, 0.49, 0.51, 0.95, 0.999999} {
		if x := KolmogorovQuantile(p); !near(1-KolmogorovSF(x), p, 1e-9, 1e-12) {
			t.Errorf("Kolmogorov quantile of %g is %g", p, x)
		}
		if x := NoncentralChiSquareQuantile(p, 9, 40); !near(NoncentralChiSquareCDF(x, 9, 40), p, 1e-9, 0) {
			t.Errorf("noncentral quantile of %g is %g", p, x)
		}
	}
}

func TestTwoProportionsIsTheSquareRootOfChiSquare(t *testing.T) {
	// Contingency table 15, 5; 9, 11: chi-square 3.75 without correction.
	z, p := TwoProportions(15, 20, 9, 20)
	if !near(z*z, 3.75, 1e-12, 0) || !near(p, ChiSquareSF(3.75, 1), 1e-12, 0) {
		t.Errorf("z = %g, p = %g", z, p)
	}
}

func BenchmarkNoncentralityInterval(b *testing.B) {
	for name, x := range map[string]float64{"near the null": 25, "drift": 300, "huge": 1e5} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				NoncentralityInterval(x, 19, 0.95)
			}
		})
	}
}

func BenchmarkKolmogorovFiniteSF(b *testing.B) {
	for name, n := range map[string]float64{"n 100": 100, "n 10000": 10000, "n 1e6": 1e6} {
		for region, z := range map[string]float64{"body": 1, "tail": 4} {
			b.Run(name+" "+region, func(b *testing.B) {
				for b.Loop() {
					KolmogorovFiniteSF(z/math.Sqrt(n), n)
				}
			})
		}
	}
}
