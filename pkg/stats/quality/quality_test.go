package quality

import (
	"flag"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

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

// At the tolerated rise itself a drift is a false alarm, with a chance of (1 − level)/2 = 2.5 %. Newcombe's limits are
// a little off that for rare events, hence the 3.5 %.
func TestFalseAlarmsOfSharesStayAtTheNominalLevel(t *testing.T) {
	source := rand.NewPCG(31, 1)
	n := runs(2000, 40000)
	for _, setting := range []struct{ share, n, baseline float64 }{{0.01, 1000, 5000}, {0.05, 2000, 5000}, {0.3, 8000, 10000}} {
		at := distuv.Binomial{N: setting.n, P: setting.share + defaultTolerated, Src: source}
		same := distuv.Binomial{N: setting.n, P: setting.share, Src: source}
		before := distuv.Binomial{N: setting.baseline, P: setting.share, Src: source}
		atLimit, unchanged := 0, 0
		for range n {
			base := before.Rand()
			if c, _ := CompareShares(at.Rand(), setting.n, base, setting.baseline, Options{}); c.Verdict == drift.Drift {
				atLimit++
			}
			if c, _ := CompareShares(same.Rand(), setting.n, base, setting.baseline, Options{}); c.Verdict == drift.Drift {
				unchanged++
			}
		}
		share := float64(atLimit) / float64(n)
		t.Logf("share %g: drift in %.2f %% at the tolerated rise, in %d of %d without one", setting.share, 100*share, unchanged, n)
		if share > 0.035+3*math.Sqrt(0.025/float64(n)) || unchanged > n/1000 {
			t.Errorf("share %g: drift in %.4f of the cases at the tolerated rise, %d of %d without one", setting.share, share, unchanged, n)
		}
	}
}

func TestPredictionIntervalsOfVolumeCover(t *testing.T) {
	source := rand.NewPCG(32, 1)
	n := runs(2000, 40000)
	for _, setting := range []struct {
		mean, dispersion float64
		windows          int
	}{{5, 1, 4}, {200, 1, 4}, {200, 8, 3}, {200, 8, 4}, {200, 8, 12}, {20, 3, 8}, {50000, 40, 4}} {
		draw := func() float64 {
			mean := setting.mean
			if setting.dispersion > 1 {
				mean = distuv.Gamma{Alpha: mean / (setting.dispersion - 1), Beta: 1 / (setting.dispersion - 1), Src: source}.Rand()
			}
			return distuv.Poisson{Lambda: mean, Src: source}.Rand()
		}
		hits, alarms := 0, 0
		windows := make([]Window, setting.windows)
		for range n {
			for i := range windows {
				windows[i] = Window{draw(), 1}
			}
			v, err := CompareVolume(Window{draw(), 1}, windows, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if v.Lower <= v.Count && v.Count <= v.Upper {
				hits++
			}
			if v.Verdict == drift.Drift {
				alarms++
			}
		}
		share, alarm := float64(hits)/float64(n), float64(alarms)/float64(n)
		t.Logf("mean %g, dispersion %g, %d windows: covers %.2f %%, drift in %.2f %%", setting.mean, setting.dispersion, setting.windows, 100*share, 100*alarm)
		if slack := 3 * math.Sqrt(0.05/float64(n)); share < 0.94-slack || alarm > 0.05+slack {
			t.Errorf("mean %g, dispersion %g, %d windows: covers %.4f, drift in %.4f", setting.mean, setting.dispersion, setting.windows, share, alarm)
		}
	}
}

func TestVerdictsOnShares(t *testing.T) {
	for _, row := range []struct {
		name           string
		k, n, k0, n0   float64
		o              Options
		want           drift.Verdict
		reasonContains string
	}{
		{"the same share is ok", 50, 5000, 50, 5000, Options{}, drift.OK, ""},
		{"a clear rise is drift", 600, 5000, 50, 5000, Options{}, drift.Drift, ""},
		{"a fall does no harm", 50, 5000, 600, 5000, Options{}, drift.OK, ""},
		{"a fall counts if asked", 50, 5000, 600, 5000, Options{BothDirections: true}, drift.Drift, ""},
		{"a rise near the tolerated one is uncertain", 150, 5000, 50, 5000, Options{}, drift.Uncertain, ""},
		{"few observations are insufficient", 3, 20, 5, 5000, Options{}, drift.Insufficient, "would suffice"},
		{"clusters count as fewer observations", 50, 1000, 50, 5000, Options{Dispersion: 40}, drift.Insufficient, "would suffice"},
		{"a small baseline is insufficient", 50, 5000, 1, 20, Options{}, drift.Insufficient, "baseline of 20"},
		{"an empty window is insufficient", 0, 0, 5, 5000, Options{}, drift.Insufficient, "in the window"},
		{"an empty baseline is insufficient", 5, 500, 0, 0, Options{}, drift.Insufficient, "in the baseline"},
	} {
		c, err := CompareShares(row.k, row.n, row.k0, row.n0, row.o)
		if err != nil || c.Verdict != row.want || !strings.Contains(c.Reason, row.reasonContains) {
			t.Errorf("%s: %s %q (%v), want %s", row.name, c.Verdict, c.Reason, err, row.want)
		}
	}
	if c, err := LimitShare(100, 1000, Options{}); err != nil || c.Verdict != drift.Drift {
		t.Errorf("a tenth against a limit of 2 %%: %+v %v", c, err)
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := NewShare(bad, 10, Options{}); err == nil {
			t.Errorf("a count of %v is accepted", bad)
		}
	}
}

func TestMinimumNIsWhereNoiseFallsToTheToleratedEffect(t *testing.T) {
	c, err := CompareShares(3, 20, 50, 5000, Options{})
	if err != nil {
		t.Fatal(err)
	}
	enough, _ := CompareShares(0.01*c.MinimumN, c.MinimumN, 50, 5000, Options{})
	less, _ := CompareShares(0.01*(c.MinimumN-1), c.MinimumN-1, 50, 5000, Options{})
	if enough.Verdict == drift.Insufficient || less.Verdict != drift.Insufficient {
		t.Errorf("at n = %v: %s, one less: %s", c.MinimumN, enough.Verdict, less.Verdict)
	}
}

func TestFencesAndOutliersBoundThoseOfTheRows(t *testing.T) {
	random := rand.New(rand.NewPCG(33, 1))
	for range 200 {
		rows := make([]float64, 50+random.IntN(200))
		for i := range rows {
			rows[i] = random.NormFloat64()
		}
		sort.Float64s(rows)
		edges := []float64{-4, -3, -2, -1.5, -1, -0.5, -0.2, 0.1, 0.5, 1, 1.5, 2, 3, 4}
		counts := make([]float64, len(edges)+1)
		for _, x := range rows {
			counts[sort.SearchFloat64s(edges, x)]++
		}
		h := histogram.New(edges, counts)
		f := TukeyFences(h, 0)
		quartile := func(q float64) float64 { return rows[int(math.Ceil(q*float64(len(rows))))-1] }
		q1, q3 := quartile(0.25), quartile(0.75)
		if low, high := q1-1.5*(q3-q1), q3+1.5*(q3-q1); f.Reason != "" || low < f.LowerLeast || low > f.LowerMost || high < f.UpperLeast || high > f.UpperMost {
			t.Fatalf("fences %+v miss %v and %v", f, low, high)
		}
		if f.Lower < f.LowerLeast || f.Lower > f.LowerMost || f.Upper < f.UpperLeast || f.Upper > f.UpperMost {
			t.Fatalf("fences outside their own bounds: %+v", f)
		}
		outside := 0.0
		for _, x := range rows {
			if x <= f.Lower || x > f.Upper {
				outside++
			}
		}
		share, err := Outside(h, f, Options{})
		if want := outside / float64(len(rows)); err != nil || want < share.BoundLower-1e-12 || want > share.BoundUpper+1e-12 {
			t.Fatalf("outliers %+v, rows have %v", share, want)
		}
		snapped, _ := Outside(h, f.Snap(edges), Options{})
		if snapped.BoundLower != snapped.BoundUpper {
			t.Fatalf("a share outside edges is not exact: %+v", snapped)
		}
	}
}

func TestFencesNeedBucketsThatResolveTheQuartiles(t *testing.T) {
	for _, row := range []struct {
		name   string
		h      histogram.Histogram
		reason string
	}{
		{"an empty baseline", histogram.New([]float64{0, 1}, []float64{0, 0, 0}), "no observations"},
		{"a quartile in an open bucket", histogram.New([]float64{0, 1}, []float64{5, 5, 0}), "open bucket"},
		{"the middle half in one bucket", histogram.New([]float64{0, 1, 2}, []float64{0, 9, 1, 0}), "one bucket"},
	} {
		if f := TukeyFences(row.h, 1.5); !strings.Contains(f.Reason, row.reason) || !math.IsNaN(f.Lower) {
			t.Errorf("%s: %+v", row.name, f)
		}
		if c, _, err := OutsideChange(row.h, row.h, 1.5, Options{}); err != nil || c.Verdict != drift.Insufficient {
			t.Errorf("%s: %+v %v", row.name, c, err)
		}
	}
}

func TestMoreOutliersThanInTheBaselineAreDrift(t *testing.T) {
	edges := []float64{-3, -2, -1, 0, 1, 2, 3}
	before := histogram.New(edges, []float64{10, 60, 1000, 3400, 3400, 1000, 60, 10})
	after := histogram.New(edges, []float64{400, 60, 1000, 3400, 3400, 1000, 60, 400})
	c, f, err := OutsideChange(after, before, 0, Options{})
	if err != nil || c.Verdict != drift.Drift || f.Lower != -3 || f.Upper != 3 {
		t.Errorf("%+v with fences %+v (%v)", c, f, err)
	}
	if same, _, _ := OutsideChange(before, before, 0, Options{}); same.Verdict != drift.OK {
		t.Errorf("%+v", same)
	}
}

func TestNewAndVanishedCategories(t *testing.T) {
	names := []string{"stays", "new, often", "new, once", "gone, often", "gone, once"}
	c, err := CompareCategories(names, []float64{1000, 200, 1, 0, 0}, []float64{1000, 0, 0, 150, 1}, Options{})
	if err != nil || len(c.Novelties) != 4 {
		t.Fatalf("%+v %v", c, err)
	}
	for i, want := range []drift.Verdict{drift.Drift, drift.Insufficient, drift.Drift, drift.Insufficient} {
		if v := c.Novelties[i]; v.Verdict != want || v.Vanished != (i >= 2) {
			t.Errorf("%+v, want %s", v, want)
		}
	}
	if c.New.Verdict != drift.Drift {
		t.Errorf("a sixth of the traffic in new categories: %+v", c.New)
	}
	if empty, err := CompareCategories(names, make([]float64, 5), []float64{1, 1, 1, 1, 1}, Options{}); err != nil || len(empty.Novelties) != 0 || empty.New.Verdict != drift.Insufficient {
		t.Errorf("an empty window: %+v %v", empty, err)
	}
}

func TestFreshness(t *testing.T) {
	for _, row := range []struct {
		name           string
		seconds, limit float64
		want           drift.Verdict
	}{
		{"young enough", 10, 60, drift.OK}, {"too old", 61, 60, drift.Drift},
		{"from the future", -5, 60, drift.OK}, {"never seen", math.NaN(), 60, drift.Insufficient},
	} {
		if a, err := AgeWithin(row.seconds, row.limit); err != nil || a.Verdict != row.want {
			t.Errorf("%s: %+v %v", row.name, a, err)
		}
	}
	if a, err := AgeGivenRate(100, 0, 3600, Options{}); err != nil || a.Verdict != drift.Insufficient {
		t.Errorf("a baseline without observations: %+v %v", a, err)
	}
	if _, err := AgeWithin(1, 0); err == nil {
		t.Error("a limit of 0 is accepted")
	}
}

func TestVerdictsOnVolume(t *testing.T) {
	week := func(counts ...float64) []Window {
		var windows []Window
		for _, count := range counts {
			windows = append(windows, Window{count, 1})
		}
		return windows
	}
	for _, row := range []struct {
		name       string
		now        Window
		comparable []Window
		want       drift.Verdict
	}{
		{"as usual", Window{1000, 1}, week(990, 1010, 1000, 1020), drift.OK},
		{"an outage", Window{0, 1}, week(990, 1010, 1000, 1020), drift.Drift},
		{"a flood", Window{9000, 1}, week(990, 1010, 1000, 1020), drift.Drift},
		{"half an hour of the hour has passed", Window{500, 0.5}, week(990, 1010, 1000, 1020), drift.OK},
		{"two weeks are too few", Window{0, 1}, week(990, 1010), drift.Insufficient},
		{"hardly any traffic", Window{0, 1}, week(1, 2, 0, 1), drift.Insufficient},
		{"comparable windows are empty", Window{5, 1}, week(0, 0, 0), drift.Insufficient},
		{"windows that were not observed are left out", Window{5, 1}, []Window{{1, 1}, {0, 0}, {2, 1}}, drift.Insufficient},
	} {
		v, err := CompareVolume(row.now, row.comparable, Options{})
		if err != nil || v.Verdict != row.want {
			t.Errorf("%s: %+v %v, want %s", row.name, v, err, row.want)
		}
	}
}
