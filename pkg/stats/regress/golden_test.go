package regress

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type goldenRow struct {
	Name          string
	N             float64
	Edges, Counts []float64
	Sums          struct {
		Residual, Absolute, Squared, Percentage, Actual float64
		ActualSquared                                   float64 `json:"actual_squared"`
	}
	Metrics, Facts map[string]float64
	BiasInterval   [2]float64 `json:"bias_interval"`
	MAEInterval    [2]float64 `json:"mae_interval"`
	LogMSEError    float64    `json:"log_mse_standard_error"`
	SkillOver100   float64    `json:"skill_over_100"`
	Median         float64
}

func golden(t *testing.T) []goldenRow {
	t.Helper()
	var rows []goldenRow
	if err := json.Unmarshal(goldenJSON, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// counters is what the rows' counters and histogram hold.
func (g goldenRow) counters() Sample {
	s := g.buckets()
	s.Residual, s.Absolute, s.Squared, s.AbsolutePercentage = g.Sums.Residual, g.Sums.Absolute, g.Sums.Squared, g.Sums.Percentage
	s.Actual, s.ActualSquared = g.Sums.Actual, g.Sums.ActualSquared
	return s
}

// buckets is the histogram alone, with its sum.
func (g goldenRow) buckets() Sample {
	s := New(g.N)
	s.Residuals = histogram.New(g.Edges, g.Counts)
	s.Residuals.Sum, s.Residuals.Count = g.Sums.Residual, g.N
	return s
}

func metricOf(t *testing.T, s Sample, name string) Estimate {
	t.Helper()
	e, err := s.Metric(name, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func near(got, want, relative float64) bool { return math.Abs(got-want) <= relative*math.Abs(want) }

func TestMetricsFromCountersAgreeWithScikitLearnAndTheFacts(t *testing.T) {
	for _, g := range golden(t) {
		for name, want := range g.Metrics {
			if got := metricOf(t, g.counters(), name); !near(got.Value, want, 1e-9) || got.BoundLower != got.Value {
				t.Errorf("%s %s: %+v, want exactly %v", g.Name, name, got, want)
			}
		}
		for name, want := range g.Facts {
			if got := metricOf(t, g.counters(), name); !near(got.Value, want, 1e-6) {
				t.Errorf("%s %s: %v, the fact is %v", g.Name, name, got.Value, want)
			}
		}
		if skill, err := g.counters().Skill(100, 0.95); err != nil || !near(skill.Value, g.SkillOver100, 1e-9) {
			t.Errorf("%s: skill %v (%v), want %v", g.Name, skill.Value, err, g.SkillOver100)
		}
	}
}

func TestIntervalsAgreeWithSciPyOnTheRows(t *testing.T) {
	for _, g := range golden(t) {
		for name, want := range map[string][2]float64{"bias": g.BiasInterval, "mae": g.MAEInterval} {
			got := metricOf(t, g.counters(), name)
			if math.Abs(got.Lower-want[0]) > 1e-7 || math.Abs(got.Upper-want[1]) > 1e-7 {
				t.Errorf("%s %s: [%v, %v], want %v", g.Name, name, got.Lower, got.Upper, want)
			}
		}
		// Fourth powers come from buckets, so to a few per cent only.
		got := metricOf(t, g.counters(), "mse")
		if standardError := math.Log(got.Upper/got.Value) / 1.959964; !near(standardError, g.LogMSEError, 0.05) {
			t.Errorf("%s: standard error %v of the log of MSE, from rows %v", g.Name, standardError, g.LogMSEError)
		}
	}
}

func TestBucketsAloneBoundWhatTheRowsHave(t *testing.T) {
	for _, g := range golden(t) {
		for _, name := range []string{"mae", "mse", "rmse", "bias", "residual_std"} {
			got, want := metricOf(t, g.buckets(), name), g.Metrics[name]
			slack := 1e-9
			if name == "residual_std" {
				slack = 1e-6
			}
			if got.BoundLower > want+slack || got.BoundUpper < want-slack {
				t.Errorf("%s %s: bounds [%v, %v] miss %v", g.Name, name, got.BoundLower, got.BoundUpper, want)
			}
			if name != "bias" && !near(got.Value, want, 0.02) {
				t.Errorf("%s %s: %v from buckets, rows have %v", g.Name, name, got.Value, want)
			}
		}
		if median := g.buckets().Quantile(0.5, 0.95); median.BoundLower > g.Median || median.BoundUpper < g.Median {
			t.Errorf("%s: median %v outside %+v", g.Name, g.Median, median)
		}
	}
}

func TestARandomSplitShowsNoChangeForTheWorse(t *testing.T) {
	rows := golden(t)
	for _, m := range Metrics() {
		c, err := Compare(rows[0].counters(), rows[1].counters(), m.Name, 0.95, 0)
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict == drift.Drift {
			t.Errorf("%s: %+v", m.Name, c)
		}
		if c.Verdict == drift.Insufficient && c.Reason == "" {
			t.Errorf("%s is insufficient without a reason", m.Name)
		}
	}
}
