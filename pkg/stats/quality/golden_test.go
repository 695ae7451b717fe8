package quality

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type goldenFile struct {
	Changes []struct {
		K, N, K0, N0       float64
		Wilson, Difference [2]float64
	}
	Volumes []struct {
		Now                      float64
		Windows                  []float64
		Dispersion, Lower, Upper float64
	}
	Quantiles []struct{ Mean, Dispersion, Z, Value float64 }
	Ages      []struct{ Age, Count, Over, P, Limit float64 }
	Novelties []struct{ Count, N, M, P float64 }
	Three     []struct{ N, Upper float64 }
}

func golden(t *testing.T) goldenFile {
	t.Helper()
	var g goldenFile
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func near(got, want, relative float64) bool {
	return math.Abs(got-want) <= math.Max(relative*math.Abs(want), 1e-12)
}

func TestSharesAndTheirChangesAgreeWithStatsmodels(t *testing.T) {
	for _, g := range golden(t).Changes {
		c, err := CompareShares(g.K, g.N, g.K0, g.N0, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !near(c.Current.Lower, g.Wilson[0], 1e-9) || !near(c.Current.Upper, g.Wilson[1], 1e-9) {
			t.Errorf("%v: share in [%v, %v]", g, c.Current.Lower, c.Current.Upper)
		}
		if !near(c.Lower, g.Difference[0], 1e-9) || !near(c.Upper, g.Difference[1], 1e-9) {
			t.Errorf("%v: difference in [%v, %v]", g, c.Lower, c.Upper)
		}
		if reached := c.P < 0.025; reached != (c.Lower > c.Tolerated) {
			t.Errorf("%v: p %v and lower limit %v disagree", g, c.P, c.Lower)
		}
	}
}

func TestPredictionIntervalsOfVolumeAgreeWithSciPy(t *testing.T) {
	for _, g := range golden(t).Volumes {
		var windows []Window
		for _, count := range g.Windows {
			windows = append(windows, Window{count, 1})
		}
		v, err := CompareVolume(Window{g.Now, 1}, windows, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if v.Lower != g.Lower || v.Upper != g.Upper || !near(v.Dispersion, g.Dispersion, 1e-9) {
			t.Errorf("%+v, want %+v", v, g)
		}
	}
}

func TestQuantilesOfCountsAgreeWithSciPy(t *testing.T) {
	for _, g := range golden(t).Quantiles {
		got := countQuantile(g.Mean, g.Dispersion, g.Z)
		if tolerance := 0.002*math.Sqrt(g.Mean*g.Dispersion) + 0.5; g.Mean/g.Dispersion <= 500 && got != g.Value || math.Abs(got-g.Value) > tolerance+0.5 {
			t.Errorf("quantile %v, want %+v", got, g)
		}
	}
}

func TestAgesAndNoveltiesAgreeWithSciPy(t *testing.T) {
	for _, g := range golden(t).Ages {
		a, err := AgeGivenRate(g.Age, g.Count, g.Over, Options{})
		if err != nil || !near(a.P, g.P, 1e-9) || !near(a.Limit, g.Limit, 1e-9) {
			t.Errorf("%+v (%v), want %+v", a, err, g)
		}
	}
	for _, g := range golden(t).Novelties {
		c, err := CompareCategories([]string{"a", "b"}, []float64{g.N - g.Count, g.Count}, []float64{g.M, 0}, Options{})
		if err != nil || len(c.Novelties) != 1 || !near(c.Novelties[0].P, g.P, 1e-9) {
			t.Errorf("%+v (%v), want %+v", c.Novelties, err, g)
		}
	}
	for _, g := range golden(t).Three {
		if got := RuleOfThree(g.N, 0.95); !near(got, g.Upper, 1e-9) {
			t.Errorf("rule of three at %v: %v, want %v", g.N, got, g.Upper)
		}
	}
}
