package calibrate

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

func binned(t testing.TB, edges, positives, negatives []float64) classify.Binned {
	t.Helper()
	return must[classify.Binned](t)(classify.NewBinned(edges, positives, negatives))
}

// everything calls all functions of the package and hands what each gives to see.
func everything(t *testing.T, b classify.Binned, see func(name string, value float64, reason string)) {
	t.Helper()
	for name, f := range map[string]func() (Estimate, error){
		"Brier":         func() (Estimate, error) { return Brier(b, 0.95) },
		"skill":         func() (Estimate, error) { return Skill(b, 0.95) },
		"log loss":      func() (Estimate, error) { return LogLoss(b, 0.95) },
		"squared error": func() (Estimate, error) { return SquaredError(b, 10, 0.95) },
		"ECE":           func() (Estimate, error) { e, err := ECE(b, 10, 0.95); return e.Estimate, err },
		"ACE":           func() (Estimate, error) { e, err := ACE(b, 10, 0.95); return e.Estimate, err },
		"MCE":           func() (Estimate, error) { e, err := MCE(b, 10, 0.95); return e.Estimate, err },
	} {
		e := must[Estimate](t)(f())
		see(name, e.Value, e.Reason)
		if e.Defined() && !(e.Lower <= e.Value && e.Value <= e.Upper && e.BoundLower <= e.Value && e.Value <= e.BoundUpper) {
			t.Errorf("%s is out of order: %+v", name, e)
		}
	}
	parts := must[Parts](t)(Decompose(b, 10))
	see("parts", parts.Reliability, parts.Reason)
	consistent := must[Consistent](t)(DecomposeConsistent(b))
	see("consistent parts", consistent.Miscalibration, consistent.Reason)
	line := must[Line](t)(Regress(b, 0.95))
	see("slope", line.Slope.Value, line.Slope.Reason)
	see("in large", line.InLarge.Value, line.InLarge.Reason)
	z := must[Test](t)(Spiegelhalter(b))
	see("Spiegelhalter", z.Statistic, z.Reason)
	h := must[Test](t)(HosmerLemeshow(b, 10, false))
	see("Hosmer-Lemeshow", h.Statistic, h.Reason)
}

func TestWithoutRowsEverythingIsUndefinedWithAReason(t *testing.T) {
	b := binned(t, []float64{0, 0.5, 1}, []float64{0, 0}, []float64{0, 0})
	everything(t, b, func(name string, value float64, reason string) {
		if !math.IsNaN(value) || reason == "" {
			t.Errorf("%s of nothing is %v, %q", name, value, reason)
		}
	})
	if rows := must[[]Bin](t)(Reliability(b, 10, 0.95)); len(rows) != 0 {
		t.Errorf("nothing has %d points", len(rows))
	}
}

func TestOneClassAlone(t *testing.T) {
	b := binned(t, []float64{0, 0.5, 1}, []float64{0, 0}, []float64{30, 10})
	undefined := map[string]bool{"skill": true, "slope": true, "in large": true}
	everything(t, b, func(name string, value float64, reason string) {
		if math.IsNaN(value) != undefined[name] || (reason != "") != undefined[name] {
			t.Errorf("%s of negatives alone is %v, %q", name, value, reason)
		}
	})
	near(t, "ECE", must[Expected](t)(ECE(b, 0, 0.95)).Value, 0.75*0.25+0.25*0.75, 1e-15)
}

func TestASingleBucket(t *testing.T) {
	b := binned(t, []float64{0, 1}, []float64{10}, []float64{10})
	everything(t, b, func(name string, value float64, reason string) {
		if undefined := name == "slope" || name == "Spiegelhalter"; math.IsNaN(value) != undefined || undefined && reason == "" {
			t.Errorf("%s of one bucket is %v, %q", name, value, reason)
		}
	})
	ece := must[Expected](t)(ECE(b, 0, 0.95))
	if ece.Value != 0 || ece.BoundUpper != 0.5 {
		t.Errorf("one bucket says %+v", ece)
	}
	b.PositiveSum, b.NegativeSum = 9, 9
	ece = must[Expected](t)(ECE(b, 0, 0.95))
	near(t, "the sums say that the mean score is 0.9, so the error is", ece.Value, 0.4, 1e-12)
	near(t, "and no less than", ece.BoundLower, 0.4, 1e-12)
}

func TestASlopeThatNoOutcomesHoldBackIsUndefined(t *testing.T) {
	line := must[Line](t)(Regress(binned(t, []float64{0, 0.5, 1}, []float64{0, 20}, []float64{30, 0}), 0.95))
	if line.Slope.Defined() || line.Slope.Reason == "" || line.Intercept.Defined() || !line.InLarge.Defined() {
		t.Errorf("perfect separation has the line %+v", line)
	}
}

func TestScoresThatAreNoProbabilitiesAreRefused(t *testing.T) {
	inf := math.Inf(1)
	for name, b := range map[string]classify.Binned{
		"above 1": binned(t, []float64{0, 1, inf}, []float64{1, 1}, []float64{1, 0}),
		"below 0": binned(t, []float64{-inf, -0.1, 1}, []float64{1, 1}, []float64{1, 0}),
	} {
		if _, err := ECE(b, 10, 0.95); err == nil || !strings.Contains(err.Error(), "probabilities between 0 and 1") {
			t.Errorf("scores %s: error %v", name, err)
		}
	}
}

func TestEmptyOuterBucketsChangeNothing(t *testing.T) {
	inner := binned(t, []float64{0, 0.5, 1}, []float64{5, 20}, []float64{30, 7})
	outer := binned(t, []float64{math.Inf(-1), 0, 0.5, 1, math.Inf(1)}, []float64{0, 5, 20, 0}, []float64{0, 30, 7, 0})
	open := binned(t, []float64{math.Inf(-1), 0.5, math.Inf(1)}, []float64{5, 20}, []float64{30, 7})
	want := map[string]float64{}
	everything(t, inner, func(name string, value float64, _ string) { want[name] = value })
	for _, b := range []classify.Binned{outer, open} {
		everything(t, b, func(name string, value float64, _ string) { near(t, name, value, want[name], 1e-15) })
		if rows := must[[]Bin](t)(Reliability(b, 0, 0.95)); len(rows) != 2 || rows[0].Lower != 0 || rows[1].Upper != 1 {
			t.Errorf("reliability %+v", rows)
		}
	}
}

func TestFractionalCountsGiveWhatTheirMultiplesGive(t *testing.T) {
	whole := binned(t, []float64{0, 0.2, 0.6, 1}, []float64{10, 30, 50}, []float64{100, 40, 10})
	part := binned(t, []float64{0, 0.2, 0.6, 1}, []float64{2.5, 7.5, 12.5}, []float64{25, 10, 2.5})
	want := map[string]float64{}
	everything(t, whole, func(name string, value float64, _ string) { want[name] = value })
	scale := map[string]float64{"Hosmer-Lemeshow": 0.25, "Spiegelhalter": 0.5}
	everything(t, part, func(name string, value float64, _ string) {
		if name == "squared error" {
			return // its noise depends on the rows
		}
		factor := 1.0
		if s, ok := scale[name]; ok {
			factor = s
		}
		near(t, name, value, factor*want[name], 1e-9)
	})
}

func TestSumsThatTheCountsRuleOutAreUnknown(t *testing.T) {
	b := binned(t, []float64{0, 0.5, 1}, []float64{5, 20}, []float64{30, 7})
	want := must[Estimate](t)(Brier(b, 0.95))
	b.PositiveSum, b.NegativeSum, b.SquaredSum, b.LogLossSum = 0, 99, -1, 0
	b.BucketSums = []float64{1, 1}
	if got := must[Estimate](t)(Brier(b, 0.95)); got != want {
		t.Errorf("Brier %+v, without the sums %+v", got, want)
	}
}

// The identity of the decomposition holds whatever is known.
func TestPartsOfTheBrierScoreSumToIt(t *testing.T) {
	for _, c := range loadGolden(t).Cases {
		for _, b := range []classify.Binned{c.counts(t), c.sums(t), c.exact(t)} {
			for _, bins := range []int{0, 10, 3} {
				p := must[Parts](t)(Decompose(b, bins))
				near(t, c.Name, p.Reliability-p.Resolution+p.Uncertainty+p.WithinVariance-p.WithinCovariance, p.Brier, 1e-12)
				near(t, c.Name, p.Brier, must[Estimate](t)(Brier(b, 0.95)).Value, 0)
				if p.WithinVariance < -1e-3 {
					t.Errorf("%s: variance within bins is %v", c.Name, p.WithinVariance)
				}
			}
		}
	}
}

// Rows drawn at random against the bounds of their buckets, with the sums known and not.
func TestHardBoundsHoldForAnyRows(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for trial := range 400 {
		n, buckets := 3+random.IntN(60), 1+random.IntN(12)
		edges := make([]float64, buckets+1)
		for i := range edges {
			edges[i] = float64(i) / float64(buckets)
		}
		positives, negatives, sums := make([]float64, buckets), make([]float64, buckets), make([]float64, buckets)
		var ofPositives, ofNegatives, squares, brier float64
		corner := random.IntN(3)
		for range n {
			k := random.IntN(buckets)
			at := random.Float64()
			if corner > 0 { // near an edge
				at = math.Round(at)*0.998 + 0.001
			}
			score := edges[k] + at*(edges[k+1]-edges[k])
			sums[k] += score
			squares += score * score
			if random.Float64() < score {
				positives[k]++
				ofPositives += score
				brier += (1 - score) * (1 - score)
			} else {
				negatives[k]++
				ofNegatives += score
				brier += score * score
			}
		}
		ece := 0.0
		for k := range buckets {
			ece += math.Abs(positives[k]-sums[k]) / float64(n)
		}
		for known := range 16 {
			b := binned(t, edges, positives, negatives)
			if known&1 > 0 {
				b.PositiveSum = ofPositives
			}
			if known&2 > 0 {
				b.NegativeSum = ofNegatives
			}
			if known&4 > 0 {
				b.BucketSums = sums
			}
			if known&8 > 0 {
				b.SquaredSum = squares
			}
			e := must[Estimate](t)(Brier(b, 0.95))
			within(t, "Brier", brier/float64(n), e.BoundLower, e.BoundUpper)
			within(t, "Brier's value", e.Value, e.BoundLower, e.BoundUpper)
			c := must[Expected](t)(ECE(b, 0, 0.95))
			within(t, "ECE", ece, c.BoundLower, c.BoundUpper)
			within(t, "ECE's value", c.Value, c.BoundLower, c.BoundUpper)
			if t.Failed() {
				t.Fatalf("trial %d, known %04b", trial, known)
			}
		}
	}
}

func TestBinsOfEqualWidthFollowTheEdges(t *testing.T) {
	rows := must[[]Bin](t)(Reliability(binned(t, twentieths(), ones(20), ones(20)), 10, 0.95))
	if len(rows) != 10 {
		t.Fatalf("%d bins, want 10", len(rows))
	}
	for i, row := range rows {
		near(t, "lower edge", row.Lower, float64(i)/10, 1e-15)
		near(t, "upper edge", row.Upper, float64(i+1)/10, 1e-15)
		near(t, "rows", row.N, 4, 0)
	}
	if rows := must[[]Bin](t)(Reliability(binned(t, []float64{0, 0.31, 0.6, 1}, ones(3), ones(3)), 10, 0.95)); len(rows) != 3 {
		t.Errorf("three buckets cannot make %d bins", len(rows))
	}
}

func TestBinsOfEqualMassHoldAboutAsManyRows(t *testing.T) {
	s, _ := probabilities(binned(t, twentieths(), ones(20), ones(20)))
	for _, b := range s.equalMass(5) {
		near(t, "rows", b.n, 8, 0)
	}
	positives := make([]float64, 20)
	positives[0], positives[10], positives[19] = 100, 5, 5
	s, _ = probabilities(binned(t, twentieths(), positives, make([]float64, 20)))
	total := 0.0
	for _, b := range s.equalMass(4) {
		total += b.n
	}
	near(t, "rows of all bins", total, 110, 0)
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}
