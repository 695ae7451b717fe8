package detect

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func mustRun(t *testing.T, s Series, o Options) Result {
	t.Helper()
	r, err := Run(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func noise(n int, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(3, seed))
	out := make([]float64, n)
	for i := range out {
		out[i] = random.NormFloat64()
	}
	return out
}

func TestEveryDetectorFindsALargeShift(t *testing.T) {
	for _, m := range Methods() {
		for _, direction := range []Direction{Up, Down} {
			values := noise(100, 1)
			for i := 60; i < 100; i++ {
				if direction == Up {
					values[i] += 4
				} else {
					values[i] -= 4
				}
			}
			r := mustRun(t, Series{Values: values}, Options{Method: m.Name, Baseline: Stretch{0, 40}, Direction: direction})
			if len(r.Alarms) == 0 {
				t.Errorf("%s: no alarm", m.Name)
				continue
			}
			a := r.Alarms[0]
			if a.Direction != direction || a.Index < 60 || a.Index > 65 || a.Onset < 40 || a.Onset > a.Index {
				t.Errorf("%s %s: alarm %+v, want one soon after point 60", m.Name, direction, a)
			}
		}
	}
}

func TestOnlyTheAskedDirectionAlarms(t *testing.T) {
	values := noise(80, 2)
	for i := 50; i < 80; i++ {
		values[i] -= 4
	}
	for _, m := range Methods() {
		r := mustRun(t, Series{Values: values}, Options{Method: m.Name, Baseline: Stretch{0, 40}, Direction: Up})
		for _, a := range r.Alarms {
			if a.Direction != Up {
				t.Errorf("%s raised %+v though only rises count", m.Name, a)
			}
		}
	}
}

func TestAPointOfLittleTrafficDoesNotAlarm(t *testing.T) {
	values, errors := make([]float64, 60), make([]float64, 60)
	for i, z := range noise(60, 3) {
		errors[i] = 0.01
		if i == 50 {
			errors[i] = 0.2
			z = 2
		}
		values[i] = 0.9 + errors[i]*z
	}
	r := mustRun(t, Series{Values: values, Errors: errors}, Options{Method: Shewhart, Baseline: Stretch{0, 30}})
	if len(r.Alarms) != 0 {
		t.Errorf("alarms %+v at a point that is 40 usual errors away but 2 of its own", r.Alarms)
	}
}

func TestMissingPointsMoveNothing(t *testing.T) {
	values := noise(60, 4)
	gaps := []float64{}
	for _, value := range values {
		gaps = append(gaps, value, math.NaN())
	}
	for _, m := range Methods() {
		dense := mustRun(t, Series{Values: values}, Options{Method: m.Name, Baseline: Stretch{0, 20}})
		sparse := mustRun(t, Series{Values: gaps}, Options{Method: m.Name, Baseline: Stretch{0, 40}})
		for i := 20; i < 60; i++ {
			if dense.Statistic[i] != sparse.Statistic[2*i] || !math.IsNaN(sparse.Statistic[2*i+1]) {
				t.Errorf("%s: point %d differs with gaps", m.Name, i)
			}
		}
	}
}

func TestAMirroredSeriesMirrorsTheAlarms(t *testing.T) {
	values := noise(200, 5)
	mirrored := make([]float64, len(values))
	for i := range values {
		if i > 120 {
			values[i] += 1.5
		}
		mirrored[i] = 7 - 3*values[i]
	}
	for _, m := range Methods() {
		a := mustRun(t, Series{Values: values}, Options{Method: m.Name, Baseline: Stretch{0, 50}})
		b := mustRun(t, Series{Values: mirrored}, Options{Method: m.Name, Baseline: Stretch{0, 50}})
		if len(a.Alarms) == 0 || len(a.Alarms) != len(b.Alarms) {
			t.Fatalf("%s: %d alarms, mirrored %d", m.Name, len(a.Alarms), len(b.Alarms))
		}
		for i := range a.Alarms {
			if a.Alarms[i].Index != b.Alarms[i].Index || a.Alarms[i].Onset != b.Alarms[i].Onset || a.Alarms[i].Direction == b.Alarms[i].Direction {
				t.Errorf("%s: alarm %+v, mirrored %+v", m.Name, a.Alarms[i], b.Alarms[i])
			}
		}
	}
}

func TestABaselineThatSaysNothingIsAReason(t *testing.T) {
	nan := math.NaN()
	for _, row := range []struct {
		name   string
		series Series
		o      Options
		reason string
	}{
		{"an empty baseline", Series{Values: []float64{nan, nan, 1}}, Options{Method: CUSUM, Baseline: Stretch{0, 2}}, "at least 2"},
		{"equal points without errors", Series{Values: []float64{1, 1, 1, 2}}, Options{Method: CUSUM, Baseline: Stretch{0, 3}}, "all equal"},
		{"nothing after the baseline", Series{Values: []float64{1, 2, 3}}, Options{Method: CUSUM, Baseline: Stretch{0, 3}}, "no points after"},
	} {
		if r := mustRun(t, row.series, row.o); !strings.Contains(r.Reason, row.reason) || len(r.Alarms) > 0 {
			t.Errorf("%s: reason %q, want one with %q", row.name, r.Reason, row.reason)
		}
	}
}

func TestEqualPointsWithErrorsUseTheErrorsAlone(t *testing.T) {
	s := Series{Values: []float64{1, 1, 1, 1, 1.5}, Errors: []float64{.1, .1, .1, .1, .1}}
	r := mustRun(t, s, Options{Method: Shewhart, Baseline: Stretch{0, 4}})
	if want := 0.5 / (0.1 * math.Sqrt(1.25)); r.Spread != 1 || !near(r.Standardised[4], want) {
		t.Errorf("spread %v and score %v, want 1 and %v", r.Spread, r.Standardised[4], want)
	}
}

func TestMistakesInOptionsAreExplained(t *testing.T) {
	s := Series{Values: []float64{1, 2, 3, 4}}
	for _, row := range []struct {
		o    Options
		want string
	}{
		{Options{Method: "x"}, `detector "x" is unknown`},
		{Options{Method: CUSUM}, "neither a target nor a baseline"},
		{Options{Method: CUSUM, Target: new(float64)}, "how much the points vary"},
		{Options{Method: CUSUM, Baseline: Stretch{0, 9}}, "outside the 4 points"},
		{Options{Method: CUSUM, Baseline: Stretch{0, 2}, Direction: "left"}, `direction "left"`},
		{Options{Method: EWMA, Baseline: Stretch{0, 2}, Weight: 2}, `weight "2"`},
	} {
		if _, err := Run(s, row.o); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: error %v, want one with %q", row.o, err, row.want)
		}
	}
}

func TestWhatWasLearntAfterTheOnsetIsForgotten(t *testing.T) {
	values := noise(120, 6)
	for i := 60; i < 120; i++ {
		values[i] += 2
	}
	r := mustRun(t, Series{Values: values}, Options{Method: CUSUM, Baseline: Stretch{0, 30}})
	if len(r.Alarms) < 5 {
		t.Fatalf("%d alarms; a shift that stays must go on alarming", len(r.Alarms))
	}
	first := r.Alarms[0]
	sum := 0.0
	for _, value := range values[:first.Onset] {
		sum += value
	}
	if got, want := r.Target[119], sum/float64(first.Onset); !near(got, want) || r.Target[first.Index+1] != got {
		t.Errorf("the mean after the alarm is %v, want that of the points before its onset, %v", got, want)
	}
}
