package regress

import (
	"flag"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

var full = flag.Bool("full", false, "run simulations at full length")

// runs of a simulation: few by default, so that the tests stay quick.
func runs(reduced, all int) int {
	if *full {
		return all
	}
	return reduced
}

// sampleOf counts residuals and outcomes as a model server would.
func sampleOf(edges, residuals, actual []float64) Sample {
	s := New(float64(len(residuals)))
	s.Residual, s.Absolute, s.Squared, s.Actual, s.ActualSquared = 0, 0, 0, 0, 0
	counts := make([]float64, len(edges)+1)
	for i, e := range residuals {
		s.Residual += e
		s.Absolute += math.Abs(e)
		s.Squared += e * e
		if actual != nil {
			s.Actual += actual[i]
			s.ActualSquared += actual[i] * actual[i]
		}
		counts[sort.SearchFloat64s(edges, e)]++
	}
	s.Residuals = histogram.New(edges, counts)
	s.Residuals.Sum, s.Residuals.Count = s.Residual, s.N
	return s
}

func evenEdges(from, to float64, n int) []float64 {
	edges := make([]float64, n+1)
	for i := range edges {
		edges[i] = from + (to-from)*float64(i)/float64(n)
	}
	return edges
}

// The data are such that the model is calibrated: actual = prediction + error. Laplace errors have a kurtosis of 6, so
// that the logarithm of the MSE is far from normal at n = 60, which costs up to 7 %.
func TestIntervalsCoverTheTruth(t *testing.T) {
	for _, setting := range []struct {
		name    string
		n       int
		laplace bool
		least   float64
	}{
		{"normal errors", 60, false, 0.925}, {"normal errors", 500, false, 0.94},
		{"Laplace errors", 60, true, 0.87}, {"Laplace errors", 500, true, 0.93},
	} {
		random := rand.New(rand.NewPCG(21, uint64(setting.n)))
		const sigma, shift, predicted = 2.0, 0.3, 3.0
		truth := map[string]float64{"bias": shift, "residual_std": sigma, "mse": sigma*sigma + shift*shift, "rmse": math.Hypot(sigma, shift)}
		if !setting.laplace {
			truth["mae"] = sigma*math.Sqrt(2/math.Pi)*math.Exp(-shift*shift/(2*sigma*sigma)) + shift*math.Erf(shift/(sigma*math.Sqrt2))
			truth["r2"] = 1 - truth["mse"]/(sigma*sigma+predicted*predicted)
		} else {
			b := sigma / math.Sqrt2
			truth["mae"] = shift + b*math.Exp(-shift/b)
		}
		hits, n := map[string]int{}, runs(800, 20000)
		edges := evenEdges(-24, 24, 48)
		errors, actual := make([]float64, setting.n), make([]float64, setting.n)
		for range n {
			for i := range errors {
				e := sigma * random.NormFloat64()
				if setting.laplace {
					e = sigma / math.Sqrt2 * (random.ExpFloat64() - random.ExpFloat64())
				}
				errors[i] = e + shift
				actual[i] = errors[i] + predicted*random.NormFloat64()
			}
			s := sampleOf(edges, errors, actual)
			for name, want := range truth {
				if e := metricOf(t, s, name); e.Lower <= want && want <= e.Upper {
					hits[name]++
				}
			}
		}
		for name := range truth {
			share, slack := float64(hits[name])/float64(n), 3*math.Sqrt(0.05*0.95/float64(n))
			t.Logf("%s, n = %d: %s covers %.2f %%", setting.name, setting.n, name, 100*share)
			if share < setting.least-slack || share > 0.975+slack {
				t.Errorf("%s, n = %d: %s covers %.4f, want %.3f to 0.975", setting.name, setting.n, name, share, setting.least)
			}
		}
	}
}

// At the tolerated change itself, drift is a false alarm with a chance of at most (1 − level)/2.
func TestFalseAlarmsStayAtTheNominalLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(22, 1))
	edges := evenEdges(-12, 12, 48)
	draw := func(n int, sigma float64) Sample {
		errors := make([]float64, n)
		for i := range errors {
			errors[i] = sigma * random.NormFloat64()
		}
		return sampleOf(edges, errors, nil)
	}
	n := runs(800, 20000)
	for _, name := range []string{"mae", "rmse", "mse"} {
		info, _ := find(name)
		factor := 1 + info.info.DefaultTolerated
		if name == "mse" {
			factor = math.Sqrt(factor)
		}
		atLimit, unchanged := 0, 0
		for range n {
			baseline := draw(2000, 1)
			if c, _ := Compare(draw(1500, factor), baseline, name, 0.95, 0); c.Verdict == drift.Drift {
				atLimit++
			}
			if c, _ := Compare(draw(1500, 1), baseline, name, 0.95, 0); c.Verdict == drift.Drift {
				unchanged++
			}
		}
		t.Logf("%s: drift in %.2f %% at the tolerated change, %.2f %% without one", name, 100*float64(atLimit)/float64(n), 100*float64(unchanged)/float64(n))
		if share := float64(atLimit) / float64(n); share > 0.027+3*math.Sqrt(0.025/float64(n)) {
			t.Errorf("%s: drift in %.4f of the cases at the tolerated change, want 0.025", name, share)
		}
		if unchanged > n/500 {
			t.Errorf("%s: drift in %d of %d cases without a change", name, unchanged, n)
		}
	}
}

func TestBoundsHoldForAnyRows(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 1))
	for range 300 {
		edges := []float64{-3, -1, random.Float64() - 0.5, 1, 4}
		errors := make([]float64, 1+random.IntN(30))
		for i := range errors {
			errors[i] = math.Max(-4.9, math.Min(5.9, random.NormFloat64()*2+random.Float64()))
		}
		exact := sampleOf(edges, errors, nil)
		for _, sum := range []float64{exact.Residual, math.NaN()} {
			s := New(exact.N)
			s.Residuals = exact.Residuals
			s.Residuals.Sum = sum
			s.Lowest, s.Highest = -5, 6
			for _, name := range []string{"mae", "mse", "rmse", "bias"} {
				want, got := metricOf(t, exact, name).Value, metricOf(t, s, name)
				if !(got.BoundLower <= want+1e-9 && want <= got.BoundUpper+1e-9) || got.Value < got.BoundLower-1e-9 || got.Value > got.BoundUpper+1e-9 {
					t.Fatalf("%s of %v (sum %v): %+v, rows have %v", name, errors, sum, got, want)
				}
			}
		}
	}
}

func TestWhatIsNotKnownHasAReason(t *testing.T) {
	open := New(10)
	open.Residuals = histogram.New([]float64{0}, []float64{4, 6})
	constant := New(5)
	constant.Squared, constant.Actual, constant.ActualSquared = 1, 10, 20
	for _, row := range []struct {
		name   string
		s      Sample
		metric string
		want   string
	}{
		{"no outcomes", New(0), "mae", "no outcomes"},
		{"no counters at all", New(10), "mae", "Needs the counter of absolute errors"},
		{"no percentage counter", New(10), "mape", "Needs the counter of absolute percentage errors"},
		{"all residuals in open buckets", open, "mse", "open buckets"},
		{"constant outcomes", constant, "r2", "nothing to explain"},
	} {
		if e := metricOf(t, row.s, row.metric); !strings.Contains(e.Reason, row.want) || !math.IsNaN(e.Lower) {
			t.Errorf("%s: %+v, want a reason with %q and no interval", row.name, e, row.want)
		}
	}
	if _, err := New(1).Metric("rmsle", 0.95); err == nil || !strings.Contains(err.Error(), `"rmsle" is unknown`) {
		t.Errorf("error %v", err)
	}
}

func TestVerdictsOnAChange(t *testing.T) {
	errorsOf := func(n int, sigma, shift float64, seed uint64) Sample {
		random := rand.New(rand.NewPCG(24, seed))
		errors := make([]float64, n)
		for i := range errors {
			errors[i] = shift + sigma*random.NormFloat64()
		}
		return sampleOf(evenEdges(-12, 12, 48), errors, nil)
	}
	baseline := errorsOf(4000, 1, 0, 1)
	for _, row := range []struct {
		name     string
		current  Sample
		baseline Sample
		metric   string
		want     drift.Verdict
		reason   string
	}{
		{"the same errors are ok", errorsOf(4000, 1, 0, 2), baseline, "mae", drift.OK, ""},
		{"errors twice as large are drift", errorsOf(4000, 2, 0, 3), baseline, "rmse", drift.Drift, ""},
		{"smaller errors do no harm", errorsOf(4000, 0.5, 0, 4), baseline, "rmse", drift.OK, ""},
		{"a bias to either side is drift", errorsOf(4000, 1, -0.5, 5), baseline, "bias", drift.Drift, ""},
		{"few outcomes are insufficient", errorsOf(20, 1, 0, 6), baseline, "mae", drift.Insufficient, "would suffice"},
		{"a small baseline is insufficient", errorsOf(4000, 1, 0, 7), errorsOf(20, 1, 0, 8), "mae", drift.Insufficient, "baseline of 20"},
		{"no outcomes are insufficient", New(0), baseline, "mae", drift.Insufficient, "no outcomes"},
		{"no baseline is insufficient", baseline, New(0), "mae", drift.Insufficient, "Baseline: There are no outcomes"},
	} {
		c, err := Compare(row.current, row.baseline, row.metric, 0.95, 0)
		if err != nil || c.Verdict != row.want || !strings.Contains(c.Reason, row.reason) {
			t.Errorf("%s: %s, %q (%v), want %s: %+v", row.name, c.Verdict, c.Reason, err, row.want, c)
		}
	}
	if _, err := Compare(baseline, baseline, "mae", 0.95, -1); err == nil {
		t.Error("a negative tolerated change is accepted")
	}
}
