package rank

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type golden struct {
	Rankings []struct {
		Name              string
		Baseline, Current []float64
		Tau, Rho          float64
		TauP              float64    `json:"tau_p"`
		RhoP              float64    `json:"rho_p"`
		RhoLimits         [2]float64 `json:"rho_limits"`
		NDCG              float64
		NDCG3             float64 `json:"ndcg_3"`
	}
	Series []struct {
		Name                 string
		X, Y                 []float64
		R, Effective, P, Rho float64
		Limits               [2]float64
	}
	Products []struct {
		Name   string
		Sums   [6]float64
		R, P   float64
		Limits [2]float64
	}
}

func load(t testing.TB) golden {
	t.Helper()
	var g golden
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

func TestRankingsAgreeWithSciPyAndScikitLearn(t *testing.T) {
	for _, want := range load(t).Rankings {
		t.Run(want.Name, func(t *testing.T) {
			tau, err := KendallTau(want.Baseline, want.Current, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "tau", tau.Value, want.Tau, 1e-12)
			near(t, "p of tau", tau.P, want.TauP, 1e-9)
			rho, err := Spearman(want.Baseline, want.Current, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "rho", rho.Value, want.Rho, 1e-12)
			if math.Abs(want.Rho) < 1-1e-9 {
				near(t, "p of rho", rho.P, want.RhoP, 1e-9)
				near(t, "lower limit of rho", rho.Lower, want.RhoLimits[0], 1e-9)
				near(t, "upper limit of rho", rho.Upper, want.RhoLimits[1], 1e-9)
			}
			for k, value := range map[int]float64{0: want.NDCG, 3: want.NDCG3} {
				got, err := NDCG(want.Baseline, want.Current, k)
				if err != nil {
					t.Fatal(err)
				}
				near(t, "NDCG", got, value, 1e-12)
			}
		})
	}
}

func TestSeriesOfTheFlightsAgreeWithSciPy(t *testing.T) {
	for _, want := range load(t).Series {
		t.Run(want.Name, func(t *testing.T) {
			c, err := Series(want.X, want.Y, PearsonMethod, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "r", c.Value, want.R, 1e-10)
			near(t, "effective n", c.EffectiveN, want.Effective, 1e-8)
			near(t, "lower", c.Lower, want.Limits[0], 1e-8)
			near(t, "upper", c.Upper, want.Limits[1], 1e-8)
			near(t, "p", c.P, want.P, 1e-8)
			rho, err := Series(want.X, want.Y, SpearmanMethod, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "rho", rho.Value, want.Rho, 1e-10)
		})
	}
}

func TestSumsOfProductsGiveTheCorrelationOfTheRows(t *testing.T) {
	for _, want := range load(t).Products {
		t.Run(want.Name, func(t *testing.T) {
			s := want.Sums
			c := Rows(Sums{s[0], s[1], s[2], s[3], s[4], s[5]}, 1, 0.95)
			near(t, "r", c.Value, want.R, 1e-9)
			near(t, "lower", c.Lower, want.Limits[0], 1e-9)
			near(t, "upper", c.Upper, want.Limits[1], 1e-9)
			near(t, "p", c.P, want.P, 1e-8)
		})
	}
}
