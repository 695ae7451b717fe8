package classify

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func mustBinned(t testing.TB, edges, positives, negatives []float64) Binned {
	t.Helper()
	b, err := NewBinned(edges, positives, negatives)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewBinnedRefusesWhatIsNotAHistogram(t *testing.T) {
	for _, test := range []struct {
		name                        string
		edges, positives, negatives []float64
		says                        string
	}{
		{"no bucket", []float64{0}, nil, nil, "at least one bucket"},
		{"an edge too few", []float64{0, 1}, []float64{1, 2}, []float64{1, 2}, "2 edges bound 1 buckets"},
		{"negatives of another size", []float64{0, 1}, []float64{1}, []float64{1, 2}, "2 for negatives"},
		{"edges that fall", []float64{0, 1, 0.5}, []float64{1, 2}, []float64{1, 2}, `bucket edge "0.5"`},
		{"an edge NaN", []float64{0, math.NaN()}, []float64{1}, []float64{1}, `bucket edge "NaN"`},
		{"a count NaN", []float64{0, 1}, []float64{math.NaN()}, []float64{1}, `count "NaN" in bucket (0, 1]`},
		{"a negative count", []float64{0, 1}, []float64{1}, []float64{-2}, `count "-2"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := NewBinned(test.edges, test.positives, test.negatives); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v does not say %q", err, test.says)
			}
		})
	}
}

func TestRankingNeedsBothClasses(t *testing.T) {
	edges := []float64{0, 0.5, 1}
	none, some := []float64{0, 0}, []float64{1, 2}
	for _, test := range []struct {
		name                 string
		positives, negatives []float64
		says                 string
	}{
		{"no rows", none, none, "no scored outcomes"},
		{"no positives", none, some, "no row is of the positive class"},
		{"no negatives", some, none, "every row is of the positive class"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := mustBinned(t, edges, test.positives, test.negatives)
			for _, e := range []RankEstimate{b.AUC(0.95), b.Gini(0.95), b.Separation(0.95)} {
				if e.Defined() || e.Reason != "there are no scored outcomes" && !strings.Contains(e.Reason, test.says) || !math.IsNaN(e.BoundUpper) {
					t.Errorf("%+v", e)
				}
			}
			if b.ROC(0.95) != nil {
				t.Error("there is a ROC curve")
			}
			if _, ok := b.Youden(); ok {
				t.Error("there is a best threshold")
			}
		})
	}
	all := mustBinned(t, edges, some, none)
	if e := all.AveragePrecision(0.95); e.Value != 1 || e.Reason == "" {
		t.Errorf("average precision of positives alone is %+v", e)
	}
	if e := mustBinned(t, edges, none, some).AveragePrecision(0.95); e.Defined() {
		t.Errorf("average precision without positives is %+v", e)
	}
}

func TestASingleBucketKnowsNothingOfTheOrder(t *testing.T) {
	b := mustBinned(t, []float64{math.Inf(-1), math.Inf(1)}, []float64{10}, []float64{30})
	area := b.AUC(0.95)
	if area.Value != 0.5 || area.BoundLower != 0 || area.BoundUpper != 1 || area.Lower != 0 || area.Upper != 1 {
		t.Errorf("AUC %+v", area)
	}
	separation := b.Separation(0.95)
	if separation.Value != 0 || separation.BoundUpper != 1 {
		t.Errorf("separation %+v", separation)
	}
	precision := b.AveragePrecision(0.95)
	if precision.BoundUpper != 1 || !(precision.BoundLower < 0.25 && precision.Value > 0.2 && precision.Value < 0.35) {
		t.Errorf("average precision %+v, prevalence 0.25", precision)
	}
}

func TestPerfectSeparationStillHasAnInterval(t *testing.T) {
	b := mustBinned(t, []float64{0, 0.5, 1}, []float64{0, 20}, []float64{30, 0})
	for name, e := range map[string]RankEstimate{"AUC": b.AUC(0.95), "average precision": b.AveragePrecision(0.95), "separation": b.Separation(0.95)} {
		if math.Abs(e.Value-1) > 1e-15 || e.Upper != 1 || !(e.Lower < 0.95 && e.Lower > 0.6) {
			t.Errorf("%s of 20 above 30 is %+v", name, e)
		}
	}
	best, ok := b.Youden()
	if !ok || best.Threshold != 0.5 || best.TP != 20 || best.FP != 0 {
		t.Errorf("best threshold %+v", best)
	}
}

func TestThresholdsAreExactAtEdges(t *testing.T) {
	b := mustBinned(t, []float64{0, 0.25, 0.5, 0.75, 1}, []float64{1, 2, 3, 4}, []float64{10, 5, 2, 1})
	at, ok := b.At(0.5)
	if !ok || at.Binary != (Binary{TP: 7, FP: 3, FN: 3, TN: 15}) {
		t.Errorf("at 0.5: %+v, %v", at, ok)
	}
	if _, ok := b.At(0.6); ok {
		t.Error("0.6 lies inside a bucket")
	}
	// Missing a positive costs 10, a false alarm 1: call positive wherever the odds are above 1 to 10.
	best, _ := b.BestValue(Binary{FP: -1, FN: -10})
	if best.Threshold != 0.25 {
		t.Errorf("threshold of the best value is %v", best.Threshold)
	}
	roc := b.ROC(0.95)
	if first, last := roc[0], roc[len(roc)-1]; first.FPR != 0 || first.TPR != 0 || last.FPR != 1 || last.TPR != 1 {
		t.Errorf("the curve runs from %+v to %+v", first, last)
	}
}

func TestLiftAndGain(t *testing.T) {
	b := mustBinned(t, []float64{0, 0.5, 0.9, 1}, []float64{2, 3, 5}, []float64{78, 7, 5})
	gain, err := b.Gain(0.1, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if gain.Value != 0.5 || gain.BoundLower != 0.5 || gain.BoundUpper != 0.5 {
		t.Errorf("gain at an edge is %+v", gain)
	}
	lift, _ := b.Lift(0.1, 0.95)
	near(t, "lift", lift.Value, 5, 1e-12)
	inside, _ := b.Gain(0.15, 0.95)
	near(t, "gain in the middle of a bucket", inside.Value, 0.65, 1e-12)
	near(t, "its lower bound", inside.BoundLower, 0.5, 1e-12)
	near(t, "its upper bound", inside.BoundUpper, 0.8, 1e-12)
	for _, depth := range []float64{0, -1, 1.5, math.NaN()} {
		if _, err := b.Gain(depth, 0.95); err == nil {
			t.Errorf("depth %v is taken", depth)
		}
	}
}

// Rows drawn at random, with ties, against the bounds of their buckets.
func TestHardBoundsHoldForAnyRows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for trial := range 400 {
		n, grain := 5+random.IntN(80), float64(3+random.IntN(200))
		type row struct {
			score    float64
			positive bool
		}
		rows := make([]row, n)
		positives, negatives := make([]float64, 20), make([]float64, 20)
		for i := range rows {
			score := math.Ceil(grain*math.Pow(random.Float64(), 2)) / grain
			rows[i] = row{score, random.Float64() < score}
			k := min(19, max(0, int(math.Ceil(score*20-1e-9))-1))
			if rows[i].positive {
				positives[k]++
			} else {
				negatives[k]++
			}
		}
		b := mustBinned(t, twentieths(), positives, negatives)
		p, m := b.Totals()
		if p == 0 || m == 0 {
			continue
		}
		slices.SortFunc(rows, func(x, y row) int {
			switch {
			case x.score > y.score:
				return -1
			case x.score < y.score:
				return 1
			}
			return 0
		})
		var auc, ap, ks, tp, fp float64
		for i := 0; i < n; {
			j, dp, dm := i, 0.0, 0.0
			for ; j < n && rows[j].score == rows[i].score; j++ {
				if rows[j].positive {
					dp++
				} else {
					dm++
				}
			}
			auc += dm * (tp + dp/2)
			tp, fp = tp+dp, fp+dm
			ap += dp * tp / (tp + fp)
			ks = math.Max(ks, math.Abs(tp/p-fp/m))
			i = j
		}
		area, precision, separation := b.AUC(0.95), b.AveragePrecision(0.95), b.Separation(0.95)
		within(t, "AUC", auc/(p*m), area.BoundLower, area.BoundUpper)
		within(t, "average precision", ap/p, precision.BoundLower, precision.BoundUpper)
		within(t, "separation", ks, separation.BoundLower, separation.BoundUpper)
		for _, e := range []RankEstimate{area, precision, separation} {
			if !(e.Lower <= e.BoundLower && e.BoundLower <= e.Value && e.Value <= e.BoundUpper && e.BoundUpper <= e.Upper) {
				t.Fatalf("trial %d: out of order: %+v", trial, e)
			}
		}
	}
}

// The delta method's variance against numerical derivatives of the average precision of evenly spread rows.
func TestVarianceOfAveragePrecisionAgreesWithNumericalDerivatives(t *testing.T) {
	b := mustBinned(t, []float64{0, 1, 2, 3, 4, 5}, []float64{50, 0, 900, 300, 250}, []float64{4000, 700, 2000, 0, 60})
	area := func(p, n []float64) float64 {
		total, t, f, sum := 0.0, 0.0, 0.0, 0.0
		for i := len(p) - 1; i >= 0; i-- {
			const steps = 20000
			for s := range steps {
				u := (float64(s) + 0.5) / steps
				if p[i] > 0 {
					sum += p[i] / steps * (t + p[i]*u) / (t + f + (p[i]+n[i])*u)
				}
			}
			t, f, total = t+p[i], f+n[i], total+p[i]
		}
		return sum / total
	}
	square, n := 0.0, 0.0
	for _, counts := range [][]float64{b.Positives, b.Negatives} {
		for i, c := range counts {
			if c == 0 {
				continue
			}
			h := 1e-3 * c
			counts[i] = c + h
			up := area(b.Positives, b.Negatives)
			counts[i] = c - h
			down := area(b.Positives, b.Negatives)
			counts[i] = c
			g := (up - down) / (2 * h)
			square += c * g * g
			n += c
		}
	}
	positives, _ := b.Totals()
	near(t, "variance", b.precisionVariance(positives, n), square, 1e-4*square)
}
