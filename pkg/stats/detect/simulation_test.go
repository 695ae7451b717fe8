package detect

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
)

var full = flag.Bool("full", false, "run simulations at full length")

// runs of a simulation: few by default, so that the tests stay quick.
func runs(reduced, all int) int {
	if *full {
		return all
	}
	return reduced
}

// firstAlarm is the number of points until a detector's first alarm.
func firstAlarm(d detector, random *rand.Rand, shift float64) float64 {
	for i := 1; ; i++ {
		if d.next(i, random.NormFloat64()+shift).direction != "" {
			return float64(i)
		}
	}
}

func meanRunLength(t *testing.T, o Options, shift float64, n int) (mean, standardError float64) {
	t.Helper()
	m, err := find(o.Method)
	if err != nil {
		t.Fatal(err)
	}
	o, err = o.withDefaults(m.info)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(11, uint64(n)))
	var sum, squares float64
	for range n {
		length := firstAlarm(m.start(o), random, shift)
		sum += length
		squares += length * length
	}
	mean = sum / float64(n)
	return mean, math.Sqrt((squares/float64(n) - mean*mean) / float64(n))
}

// The documented run lengths are those of independent standard normal points.
// Three standard errors of the simulation, and 2 % for constants that are rounded.
func TestRunLengthsWithoutAChangeAreTheDocumentedOnes(t *testing.T) {
	for _, m := range Methods() {
		if m.Name == ADWIN {
			continue // so rare that series of a fixed length are counted instead
		}
		for _, direction := range []Direction{Both, Up, Down} {
			n := runs(1500, 20000)
			o := Options{Method: m.Name, Direction: direction}
			mean, standardError := meanRunLength(t, o, 0, n)
			want := RunLength(o, 0)
			t.Logf("%-16s %-4s simulated %.1f ± %.1f, documented %.1f", m.Name, direction, mean, standardError, want)
			if math.Abs(mean-want) > 3*standardError+0.02*want {
				t.Errorf("%s %s: a false alarm every %.1f ± %.1f points, documented %.1f", m.Name, direction, mean, standardError, want)
			}
		}
	}
}

func TestADWINRarelyAlarmsWithoutAChange(t *testing.T) {
	const points = 1000
	n, alarms := runs(150, 4000), 0
	random := rand.New(rand.NewPCG(12, 1))
	for range n {
		d := startADWIN(Options{Delta: defaultDelta, Limit: 1, Direction: Both})
		for i := range points {
			if d.next(i, random.NormFloat64()).direction != "" {
				alarms++
				break
			}
		}
	}
	t.Logf("a false alarm in %.2f %% of the series of %d points", 100*float64(alarms)/float64(n), points)
	if share := float64(alarms) / float64(n); share > 0.02+3*math.Sqrt(0.02/float64(n)) {
		t.Errorf("a false alarm in a share %.3f of the series of %d points, want at most 0.02", share, points)
	}
}

// How short a baseline is must not matter: that is what learning on is for. A baseline that is frozen alarms sooner,
// which is what the documentation warns of.
func TestRunLengthHoldsHoweverShortTheBaseline(t *testing.T) {
	for _, baseline := range []int{3, 10, 40} {
		const horizon = 300
		n, alarms := runs(600, 10000), 0
		random := rand.New(rand.NewPCG(13, uint64(baseline)))
		series := Series{Values: make([]float64, baseline+horizon), Errors: make([]float64, baseline+horizon)}
		for range n {
			for i := range series.Values {
				series.Errors[i] = 0.5 + random.Float64()
				series.Values[i] = 3 + 1.7*series.Errors[i]*random.NormFloat64()
			}
			r, err := Run(series, Options{Method: Shewhart, Baseline: Stretch{0, baseline}})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Alarms) > 0 {
				alarms++
			}
		}
		want := 1 - math.Pow(1-1/370.4, horizon)
		got, slack := float64(alarms)/float64(n), 3*math.Sqrt(want*(1-want)/float64(n))
		t.Logf("baseline of %d points: an alarm in %.3f of the series, want %.3f", baseline, got, want)
		if math.Abs(got-want) > slack {
			t.Errorf("baseline of %d points: a false alarm in %.3f of the series, want %.3f within %.3f", baseline, got, want, slack)
		}
	}
}
