package detect

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type goldenFile struct {
	Values, Errors []*float64
	Start          int
	Standardised   []struct {
		Name           string
		Frozen         bool
		Target, Spread *float64
		Z              []*float64
	}
	Scores    []float64
	Detectors map[Method][][2]float64
}

func golden(t *testing.T) goldenFile {
	t.Helper()
	var g goldenFile
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func numbers(pointers []*float64) []float64 {
	out := make([]float64, len(pointers))
	for i, p := range pointers {
		out[i] = math.NaN()
		if p != nil {
			out[i] = *p
		}
	}
	return out
}

func near(got, want float64) bool {
	return math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= 1e-8*math.Max(1, math.Abs(want))
}

func TestPointsAreStandardisedAsSciPyDoes(t *testing.T) {
	g := golden(t)
	series := Series{Values: numbers(g.Values), Errors: numbers(g.Errors)}
	for _, row := range g.Standardised {
		want := numbers(row.Z)
		cut := Series{Values: series.Values[:len(want)], Errors: series.Errors[:len(want)]}
		o := Options{Method: Shewhart, Limit: 100, Baseline: Stretch{0, g.Start}, Frozen: row.Frozen, Target: row.Target}
		if row.Spread != nil {
			o.Spread = *row.Spread
		}
		r, err := Run(cut, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if !near(r.Standardised[i], want[i]) {
				t.Errorf("%s: point %d is %v, want %v", row.Name, i, r.Standardised[i], want[i])
			}
		}
	}
}

func TestStatisticsAreThoseOfThePlainRecursions(t *testing.T) {
	g := golden(t)
	for method, want := range g.Detectors {
		zero := 0.0
		r, err := Run(Series{Values: g.Scores}, Options{Method: method, Target: &zero, Spread: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if !near(r.Rise[i], w[0]) || !near(r.Fall[i], w[1]) {
				t.Errorf("%s at point %d: %v and %v, want %v", method, i, r.Rise[i], r.Fall[i], w)
			}
		}
		if len(r.Alarms) < 2 || r.Alarms[0].Direction != Up {
			t.Errorf("%s: alarms %v, want a rise and a fall", method, r.Alarms)
		}
	}
}

// Montgomery, Introduction to Statistical Quality Control, 7th ed.: CUSUM with k = ½ and h = 5 (table 9.4), EWMA with
// λ = 0.1 and L = 2.814 (table 9.11). Printed to three figures.
func TestRunLengthsAgreeWithPublishedTables(t *testing.T) {
	for _, row := range []struct {
		method Method
		shift  float64
		want   float64
	}{
		{CUSUM, 1e-9, 465}, {CUSUM, 0.25, 139}, {CUSUM, 0.5, 38}, {CUSUM, 1, 10.4}, {CUSUM, 2, 4.01}, {CUSUM, 3, 2.57},
		{EWMA, 1e-9, 500}, {EWMA, 0.25, 106}, {EWMA, 0.5, 31.3}, {EWMA, 1, 10.3}, {EWMA, 2, 4.36}, {EWMA, 3, 2.87},
		{Shewhart, 0, 370}, {Shewhart, 1, 43.9}, {Shewhart, 2, 6.3}, {Shewhart, 3, 2},
	} {
		got := RunLength(Options{Method: row.method}, row.shift)
		if math.Abs(got-row.want) > 0.008*row.want {
			t.Errorf("%s at a shift of %gσ: %.4g points, published %.4g", row.method, row.shift, got, row.want)
		}
	}
}

// The table's constants are rounded; a shift of next to nothing takes the way through the integral equation.
func TestTheTablesRunLengthsSolveTheIntegralEquations(t *testing.T) {
	for _, method := range []Method{CUSUM, EWMA, Shewhart} {
		for _, direction := range []Direction{Both, Up, Down} {
			o := Options{Method: method, Direction: direction}
			if got, want := RunLength(o, 0), RunLength(o, 1e-9); math.Abs(got-want) > 0.005*want {
				t.Errorf("%s %s: the table says %.5g, the equation %.5g", method, direction, got, want)
			}
		}
	}
	if got := RunLength(Options{Method: EWMA, Limit: 2.7}, 0); math.Abs(got-369) > 4 {
		t.Errorf("EWMA with a limit of 2.7: %.4g points, simulated 367 ± 3", got)
	}
	if got := RunLength(Options{Method: PageHinkley, Slack: 1}, 0); !math.IsNaN(got) {
		t.Errorf("Page-Hinkley with a slack of its own: %v, want NaN", got)
	}
}
