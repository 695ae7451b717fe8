package infer

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type goldenFile struct {
	Rates []struct {
		K, N, Level    float64
		Wilson         *[2]float64
		ClopperPearson *[2]float64 `json:"clopper_pearson"`
		AgrestiCoull   *[2]float64 `json:"agresti_coull"`
		Jeffreys       *[2]float64
	}
	Differences []struct {
		K1, N1, K2, N2, Level float64
		Interval              [2]float64
	}
	Noncentral []struct {
		X, DF, Lambda, CDF, SF float64
		By                     string
	}
	Noncentrality []struct {
		X, DF, Level float64
		Interval     [2]float64
	}
	Kolmogorov struct {
		Limiting []struct{ X, SF float64 }
		Finite   []struct{ D, N, SF float64 }
		Onesided []struct{ D, N, SF float64 }
	}
	Adjusted []struct {
		P     []float64
		FDRBH []float64 `json:"fdr_bh"`
		FDRBY []float64 `json:"fdr_by"`
		Holm  []float64
	}
	Chi2         []struct{ X, DF, CDF, SF float64 }
	Chi2Quantile []struct{ P, DF, X float64 } `json:"chi2_quantile"`
}

func golden(t *testing.T) goldenFile {
	t.Helper()
	var g goldenFile
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// near compares relatively, or absolutely below the floor.
func near(got, want, relative, floor float64) bool {
	return got == want || math.Abs(got-want) <= math.Max(relative*math.Abs(want), floor)
}

func TestIntervalsOfARateAgreeWithStatsmodels(t *testing.T) {
	for _, row := range golden(t).Rates {
		for name, c := range map[string]struct {
			want *[2]float64
			got  Interval
		}{
			"Wilson":          {row.Wilson, Wilson(row.K, row.N, row.Level)},
			"Clopper-Pearson": {row.ClopperPearson, ClopperPearson(row.K, row.N, row.Level)},
			"Agresti-Coull":   {row.AgrestiCoull, AgrestiCoull(row.K, row.N, row.Level)},
			"Jeffreys":        {row.Jeffreys, Jeffreys(row.K, row.N, row.Level)},
		} {
			if c.want == nil {
				continue
			}
			if !near(c.got.Lower, c.want[0], 1e-9, 1e-12) || !near(c.got.Upper, c.want[1], 1e-9, 1e-12) {
				t.Errorf("%s of %g in %g at %g: %v, want %v", name, row.K, row.N, row.Level, c.got, *c.want)
			}
		}
	}
}

func TestIntervalOfADifferenceAgreesWithStatsmodels(t *testing.T) {
	for _, row := range golden(t).Differences {
		got := NewcombeDifference(row.K1, row.N1, row.K2, row.N2, row.Level)
		if !near(got.Lower, row.Interval[0], 1e-9, 1e-12) || !near(got.Upper, row.Interval[1], 1e-9, 1e-12) {
			t.Errorf("%g/%g − %g/%g at %g: %v, want %v", row.K1, row.N1, row.K2, row.N2, row.Level, got, row.Interval)
		}
	}
}

func TestNoncentralChiSquareAgreesWithSciPyAndFarOutWithMpmath(t *testing.T) {
	for _, row := range golden(t).Noncentral {
		// SciPy's own algorithm is good for about 1e-8; mpmath's values are exact.
		tolerance := 2e-8
		if row.By == "mpmath" {
			tolerance = 1e-11
		}
		if got := NoncentralChiSquareCDF(row.X, row.DF, row.Lambda); !near(got, row.CDF, tolerance, 1e-300) {
			t.Errorf("CDF(%g; %g, %g) = %.15g, want %.15g (%s)", row.X, row.DF, row.Lambda, got, row.CDF, row.By)
		}
		if got := NoncentralChiSquareSF(row.X, row.DF, row.Lambda); !near(got, row.SF, tolerance, 1e-300) {
			t.Errorf("SF(%g; %g, %g) = %.15g, want %.15g (%s)", row.X, row.DF, row.Lambda, got, row.SF, row.By)
		}
	}
}

func TestNoncentralityIntervalInvertsSciPysDistribution(t *testing.T) {
	for _, row := range golden(t).Noncentrality {
		lower, upper := NoncentralityInterval(row.X, row.DF, row.Level)
		if !near(lower, row.Interval[0], 1e-6, 1e-6) || !near(upper, row.Interval[1], 1e-6, 1e-6) {
			t.Errorf("interval of %g, %g df at %g: [%.9g, %.9g], want %v", row.X, row.DF, row.Level, lower, upper, row.Interval)
		}
	}
}

func TestKolmogorovTailsAgreeWithSciPy(t *testing.T) {
	k := golden(t).Kolmogorov
	for _, row := range k.Limiting {
		if got := KolmogorovSF(row.X); !near(got, row.SF, 1e-10, 0) {
			t.Errorf("limiting tail at %g: %.15g, want %.15g", row.X, got, row.SF)
		}
	}
	for _, row := range k.Finite {
		if got := KolmogorovFiniteSF(row.D, row.N); !near(got, row.SF, 3e-6, 1e-12) {
			t.Errorf("tail at %g, n = %g: %.15g, want %.15g", row.D, row.N, got, row.SF)
		}
	}
	for _, row := range k.Onesided {
		if got := SmirnovSF(row.D, row.N); !near(got, row.SF, 1e-6, 1e-280) {
			t.Errorf("one-sided tail at %g, n = %g: %.15g, want %.15g", row.D, row.N, got, row.SF)
		}
	}
}

func TestAdjustedPValuesAgreeWithStatsmodels(t *testing.T) {
	for _, row := range golden(t).Adjusted {
		for name, c := range map[string][2][]float64{
			"Benjamini-Hochberg":  {BenjaminiHochberg(row.P), row.FDRBH},
			"Benjamini-Yekutieli": {BenjaminiYekutieli(row.P), row.FDRBY},
			"Holm":                {Holm(row.P), row.Holm},
		} {
			for i := range c[0] {
				if !near(c[0][i], c[1][i], 1e-12, 0) {
					t.Errorf("%s of %v: %v, want %v", name, row.P, c[0], c[1])
					break
				}
			}
		}
	}
}

func TestChiSquareAgreesWithSciPy(t *testing.T) {
	g := golden(t)
	for _, row := range g.Chi2 {
		if got := ChiSquareCDF(row.X, row.DF); !near(got, row.CDF, 1e-10, 1e-300) {
			t.Errorf("CDF(%g; %g) = %g, want %g", row.X, row.DF, got, row.CDF)
		}
		if got := ChiSquareSF(row.X, row.DF); !near(got, row.SF, 1e-10, 1e-300) {
			t.Errorf("SF(%g; %g) = %g, want %g", row.X, row.DF, got, row.SF)
		}
	}
	for _, row := range g.Chi2Quantile {
		if got := ChiSquareQuantile(row.P, row.DF); !near(got, row.X, 1e-9, 0) {
			t.Errorf("quantile(%g; %g) = %g, want %g", row.P, row.DF, got, row.X)
		}
	}
}
