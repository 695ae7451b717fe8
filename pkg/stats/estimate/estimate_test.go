package estimate

import (
	"math"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

func TestCBPEIsUndefinedWithAReasonWhenThereIsNothingToGoBy(t *testing.T) {
	empty := []float64{0, 0, 0, 0}
	some := []float64{10, 20, 20, 10}
	for _, c := range []struct {
		name                          string
		positives, negatives, current []float64
		reason                        string
	}{
		{"no current rows", some, some, empty, "no current rows"},
		{"no labelled rows", empty, empty, some, "no labelled rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := CBPE([]Stratum{{"", binned(t, c.positives, c.negatives), c.current}}, Options{Threshold: 0.1})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range Metrics() {
				e, _ := p.Metric(name)
				if e.Defined() || !strings.Contains(e.Reason, c.reason) {
					t.Errorf("%s is %g, because %q", name, e.Value, e.Reason)
				}
			}
		})
	}
}

func TestCBPERefusesWhatIsNoHistogram(t *testing.T) {
	good := binned(t, []float64{1, 2}, []float64{2, 1})
	for _, c := range []struct {
		name   string
		strata []Stratum
		o      Options
		want   string
	}{
		{"no stratum", nil, Options{}, "at least one stratum"},
		{"other number of buckets", []Stratum{{"a", good, []float64{1}}}, Options{}, "same edges"},
		{"negative count", []Stratum{{"a", good, []float64{1, -1}}}, Options{}, `"-1"`},
		{"no threshold", []Stratum{{"a", good, []float64{1, 1}}}, Options{Threshold: math.NaN()}, "threshold"},
		{"level of 95", []Stratum{{"a", good, []float64{1, 1}}}, Options{Level: 95}, `"95"`},
		{"unlike strata", []Stratum{{"a", good, []float64{1, 1}}, {"b", binned(t, []float64{1}, []float64{1}), []float64{1}}}, Options{}, `"b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := CBPE(c.strata, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestAThresholdInsideABucketGivesBoundsThatHoldEveryOrder(t *testing.T) {
	reference := binned(t, []float64{5, 30, 40}, []float64{60, 30, 10})
	current := []float64{100, 200, 50}
	p, err := CBPE([]Stratum{{"", reference, current}}, Options{Threshold: 0.07})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Inside {
		t.Error("the threshold does not count as inside a bucket")
	}
	y := []float64{100 * 5.0 / 65, 100, 40}
	// The 60 % of the bucket above the threshold may hold any of its positives and negatives.
	for _, positives := range []float64{0, 20, 60, 100} {
		for _, negatives := range []float64{0, 50, 100} {
			tp, fp := y[2]+positives, 10+negatives
			within(t, "precision", tp/(tp+fp), p.Precision)
			within(t, "recall", tp/(y[0]+y[1]+y[2]), p.Recall)
			within(t, "accuracy", (tp+350-(y[0]+y[1]+y[2])-fp)/350, p.Accuracy)
			within(t, "f1", 2*tp/(tp+fp+y[0]+y[1]+y[2]), p.F1)
			within(t, "true positives", tp, p.TP)
			within(t, "false positives", fp, p.FP)
		}
	}
	atEdge, err := CBPE([]Stratum{{"", reference, current}}, Options{Threshold: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	if e := atEdge.Precision; e.BoundLower != e.Value || e.BoundUpper != e.Value || atEdge.Inside {
		t.Errorf("a threshold at an edge leaves bounds [%g, %g] around %g", e.BoundLower, e.BoundUpper, e.Value)
	}
}

func within(t *testing.T, what string, truth float64, e Estimate) {
	t.Helper()
	if !(truth >= e.BoundLower-1e-9 && truth <= e.BoundUpper+1e-9) {
		t.Errorf("%s: %.9g lies outside of the bounds [%.9g, %.9g]", what, truth, e.BoundLower, e.BoundUpper)
	}
	if e.Lower > e.BoundLower+1e-9 || e.Upper < e.BoundUpper-1e-9 {
		t.Errorf("%s: the interval [%g, %g] does not include the bounds", what, e.Lower, e.Upper)
	}
}

func TestABucketWithoutLabelledRowsLiesBetweenItsNeighbours(t *testing.T) {
	share, ok, err := shares(binned(t, []float64{0, 10, 0, 30, 0}, []float64{0, 90, 0, 70, 0}))
	if err != nil || !ok {
		t.Fatal(err)
	}
	for k, want := range []float64{0.1, 0.1, 0.2, 0.3, 0.3} {
		near(t, "share of positives", share[k], want, 1e-12)
	}
	p, err := CBPE([]Stratum{{"", binned(t, []float64{0, 10, 0, 30, 0}, []float64{0, 90, 0, 70, 0}), []float64{10, 0, 10, 0, 20}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "share of rows with unseen scores", p.Unseen, 1, 0)
}

func TestScoresNeedNotBeProbabilities(t *testing.T) {
	b, err := classify.NewBinned([]float64{math.Inf(-1), -3, 0, 3, math.Inf(1)}, []float64{1, 10, 30, 50}, []float64{50, 30, 10, 1})
	if err != nil {
		t.Fatal(err)
	}
	p, err := CBPE([]Stratum{{"", b, []float64{20, 20, 20, 20}}}, Options{Threshold: 0})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "recall", p.Recall.Value, (0.75+50.0/51)/2, 1e-12)
}

func TestAStratumWithoutLabelsBorrowsThoseOfAll(t *testing.T) {
	a := Stratum{"a", binned(t, []float64{10, 60}, []float64{90, 40}), []float64{100, 100}}
	b := Stratum{"b", binned(t, []float64{0, 0}, []float64{0, 0}), []float64{50, 50}}
	p, err := CBPE([]Stratum{a, b}, Options{Threshold: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "borrowed", float64(p.BorrowedStrata), 1, 0)
	near(t, "precision", p.Precision.Value, 0.6, 1e-12)
	near(t, "true positives", p.TP.Value, 90, 1e-9)
}

// Traffic moved to a segment in which the same scores mean less: one map for all is wrong, one per segment is right.
func TestStrataAccountForTrafficThatMoves(t *testing.T) {
	a := binned(t, []float64{100, 700}, []float64{900, 300})
	b := binned(t, []float64{10, 40}, []float64{90, 60})
	p, err := CBPE([]Stratum{{"a", a, []float64{100, 100}}, {"b", b, []float64{1000, 1000}}}, Options{Threshold: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "precision", p.Precision.Value, (70+400)/1100.0, 1e-12)
}

func TestDispersionWidensTheIntervals(t *testing.T) {
	s := []Stratum{{"", binned(t, []float64{10, 60}, []float64{90, 40}), []float64{100, 100}}}
	plain, _ := CBPE(s, Options{Threshold: 0.05})
	clustered, _ := CBPE(s, Options{Threshold: 0.05, Dispersion: 4})
	near(t, "standard error", clustered.Accuracy.StandardError, 2*plain.Accuracy.StandardError, 1e-12)
}

func TestAConfusionMatrixWithoutInformationIsRefused(t *testing.T) {
	for _, c := range []struct {
		name              string
		counts, predicted []float64
		reason            string
	}{
		{"predictions that do not depend on the class", []float64{50, 50, 50, 50}, []float64{10, 10}, "tell its classes apart too little"},
		{"a difference within the noise", []float64{12, 8, 9, 11}, []float64{10, 10}, "tell its classes apart too little"},
		{"a class without labels", []float64{50, 50, 0, 0}, []float64{10, 10}, `class "1"`},
		{"no current rows", []float64{50, 5, 5, 50}, []float64{0, 0}, "no current rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := BBSE(classify.Confusion{Classes: []string{"0", "1"}, Counts: c.counts}, c.predicted, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			for _, share := range p.Shares {
				if share.Defined() || !strings.Contains(share.Reason, c.reason) {
					t.Errorf("the share is %g, because %q", share.Value, share.Reason)
				}
			}
		})
	}
	if _, err := BBSE(classify.Confusion{Classes: []string{"0", "1"}, Counts: []float64{1, 0, 0, 1}}, []float64{1}, 0.95); err == nil {
		t.Error("one count for two classes is no error")
	}
}

func TestSharesBelowZeroAreNoise(t *testing.T) {
	p, err := BBSE(classify.Confusion{Classes: []string{"0", "1"}, Counts: []float64{900, 100, 100, 900}}, []float64{950, 50}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Shares[1]; s.Value != 0 || s.Lower != 0 || !(s.Upper >= 0) || s.Reason == "" {
		t.Errorf("the share is %+v", s)
	}
	near(t, "the other share", p.Shares[0].Value, 1, 1e-12)
}

func TestMixturesOfEqualClassesAreRefused(t *testing.T) {
	p, err := SaerensBinary(binned(t, []float64{10, 20, 30}, []float64{20, 40, 60}), []float64{5, 10, 15}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if p.Shares[0].Defined() || !strings.Contains(p.Shares[0].Reason, "tell its classes apart") {
		t.Errorf("the share is %+v", p.Shares[0])
	}
	if _, err := Saerens([]string{"a"}, [][]float64{{1}}, []float64{1}, 0.95); err == nil {
		t.Error("one class is no error")
	}
	if _, err := Saerens([]string{"a", "b"}, [][]float64{{1}, {1, 2}}, []float64{1}, 0.95); err == nil {
		t.Error("different cells are no error")
	}
}

func TestACurrentCellThatNoClassHasDoesNotBreakTheMixture(t *testing.T) {
	p, err := SaerensBinary(binned(t, []float64{0, 20, 30}, []float64{0, 80, 20}), []float64{5, 100, 100}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, s := range p.Shares {
		if !s.Defined() {
			t.Fatalf("undefined: %s", s.Reason)
		}
		sum += s.Value
	}
	near(t, "sum of the shares", sum, 1, 1e-9)
}

func TestCorrectionChangesNothingWhereAllLabelsAreThere(t *testing.T) {
	c := classify.Confusion{Classes: []string{"0", "1"}, Counts: []float64{90, 10, 5, 45}}
	v, err := Verify(c, []float64{95, 55})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"accuracy", "recall", "mcc", "f1", "precision", "kappa", "balanced_accuracy", "business_value"} {
		s := classify.Selection{Positive: "1", Level: 0.95, Values: []float64{1, -5, -2, 10}}
		got, err := v.Metric(name, s)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := c.Select(name, s)
		near(t, name, got.Value, plain.Value, 1e-12)
		if width, was := got.Upper-got.Lower, plain.Upper-plain.Lower; !(math.Abs(width-was) < 0.1*was) {
			t.Errorf("the interval of %s has width %g, without correction %g", name, width, was)
		}
	}
}

func TestAPredictedClassWithoutLabelsCannotBeCorrected(t *testing.T) {
	c := classify.Confusion{Classes: []string{"0", "1"}, Counts: []float64{0, 10, 0, 45}}
	v, err := Verify(c, []float64{100, 55})
	if err != nil {
		t.Fatal(err)
	}
	e, err := v.Metric("recall", classify.Selection{Positive: "1", Level: 0.95})
	if err != nil {
		t.Fatal(err)
	}
	if e.Defined() || !strings.Contains(e.Reason, `none of the 100 rows predicted as "0"`) {
		t.Errorf("the recall is %g, because %q", e.Value, e.Reason)
	}
	if _, err := v.Metric("loveliness", classify.Selection{Level: 0.95}); err == nil {
		t.Error("an unknown metric is no error")
	}
	if _, err := Verify(c, []float64{1}); err == nil {
		t.Error("one count for two classes is no error")
	}
}

func TestMaturityIsExactAtEdgesAndBoundedBetweenThem(t *testing.T) {
	delays := histogram.New([]float64{60, 120, 240}, []float64{10, 20, 50, 20})
	for _, c := range []struct {
		name                string
		age                 float64
		share, lower, upper float64
	}{
		{"before any", -1, 0, 0, 0},
		{"at an edge", 120, 0.3, 0.3, 0.3},
		{"inside a bucket", 180, 0.55, 0.3, 0.8},
		{"in the first bucket, which begins at 0", 30, 0.05, 0, 0.1},
		{"beyond the last edge", 1000, 0.8, 0.8, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Maturity(delays, c.age, 0.95)
			near(t, "share", m.Share, c.share, 1e-12)
			near(t, "lower bound", m.BoundLower, c.lower, 1e-12)
			near(t, "upper bound", m.BoundUpper, c.upper, 1e-12)
			if m.Lower > m.BoundLower || m.Upper < m.BoundUpper {
				t.Error("the interval does not include the bounds")
			}
		})
	}
	if curve := MaturityCurve(delays, 0.95); len(curve) != 3 || curve[2].Share != 0.8 {
		t.Errorf("the curve is %v", curve)
	}
	if _, lower, upper := MatureAfter(delays, 0.5); lower != 120 || upper != 240 {
		t.Errorf("half of the labels are there after %g to %g", lower, upper)
	}
	if m := Maturity(histogram.New([]float64{1}, []float64{0, 0}), 1, 0.95); !math.IsNaN(m.Share) {
		t.Errorf("without delays the share is %g", m.Share)
	}
}

func TestLabelsDueByNowAverageTheMaturityOverTheAges(t *testing.T) {
	delays := histogram.New([]float64{60, 120, 240}, []float64{10, 20, 50, 20})
	batches := []Batch{{100, 0, 120}, {300, 90, 300}, {0, 5, 5}}
	due, err := DueByNow(delays, batches, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	sum, low, high := 0.0, 0.0, 0.0
	const steps = 84000
	for _, b := range batches[:2] {
		for i := range steps {
			m := Maturity(delays, b.Youngest+(b.Oldest-b.Youngest)*(float64(i)+0.5)/steps, 0.95)
			sum += b.Predictions / 400 * m.Share / steps
			low += b.Predictions / 400 * m.BoundLower / steps
			high += b.Predictions / 400 * m.BoundUpper / steps
		}
	}
	near(t, "share due", due.Share, sum, 1e-6)
	near(t, "lower bound", due.BoundLower, low, 1e-6)
	near(t, "upper bound", due.BoundUpper, high, 1e-6)
	if _, err := DueByNow(delays, []Batch{{1, 5, 2}}, 0.95); err == nil {
		t.Error("ages that descend are no error")
	}
	if none, err := DueByNow(delays, nil, 0.95); err != nil || none.Reason == "" || !math.IsNaN(none.Share) {
		t.Errorf("without predictions: %+v, %v", none, err)
	}
}

func TestCoverageBeyondAllSaysSo(t *testing.T) {
	if c := Coverage(120, 100, 0.95); c.Value != 1 || !strings.Contains(c.Reason, "made earlier") {
		t.Errorf("the coverage is %+v", c)
	}
	if c := Coverage(0, 0, 0.95); c.Defined() || c.Reason == "" {
		t.Errorf("the coverage is %+v", c)
	}
	near(t, "coverage", Coverage(30, 120, 0.95).Value, 0.25, 0)
}
