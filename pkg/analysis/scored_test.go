package analysis

import (
	"math"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// outcomeScores is one window of scores in the buckets ≤ 0.25, 0.5, 0.75, 1 and
// above, per actual class.
func outcomeScores(class string, sums map[string]float64, byActual map[string][]float64) counts.Data {
	var d counts.Data
	for _, actual := range []string{"0", "1", "bird", "cat", "dog"} {
		cells, ok := byActual[actual]
		if !ok {
			continue
		}
		sum, known := sums[actual]
		if !known {
			sum = math.NaN()
		}
		d.Histograms = append(d.Histograms, counts.HistogramGroup{
			Labels: map[string]string{"model": "fraud", "version": "v1", "class": class, "actual": actual},
			Edges:  []float64{0.25, 0.5, 0.75, 1}, Cells: cells, Sums: []float64{sum}, Counts: []float64{total(cells)},
		})
	}
	return d
}

// eight rows: negatives at 0.1, 0.3, 0.4, 0.9 and positives at 0.2, 0.6, 0.7, 0.8.
func eightRows() counts.Data {
	return outcomeScores("1", map[string]float64{"0": 1.7, "1": 2.3}, map[string][]float64{
		"0": {1, 2, 0, 1, 0},
		"1": {1, 0, 2, 1, 0},
	})
}

func TestRankingPowerHoldsTheTruthOfTheRows(t *testing.T) {
	q := withOptions(dayQuery("ranking_power", query.FormatNumbers), `{"bounds":true,"interval":true,"depth":0.5}`)
	out := answer(t, q, eightRows())
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "fraud", "version", "v1", "metric", metric}, more...)...)
	}
	// Of 16 pairs the rows have 11 in order: 0.2 above 0.1; 0.6, 0.7 and 0.8 above three each, and
	// 0.8 below 0.9. In buckets: 3+3 pairs for 0.6 and 0.7, 3 for 0.8, and two ties of one pair each.
	near(t, "AUC", at("auc"), (9+2*0.5)/16, 1e-12)
	near(t, "least AUC", at("auc", "bound", "hard_lower"), 9.0/16, 1e-12)
	near(t, "most AUC", at("auc", "bound", "hard_upper"), 11.0/16, 1e-12)
	near(t, "Gini", at("gini"), 2*10.0/16-1, 1e-12)
	// At 0.5: three of four positives above, one of four negatives.
	near(t, "KS", at("ks"), 0.5, 1e-12)
	near(t, "gain of the upper half", at("gain", "depth", "0.5"), 0.75, 1e-12)
	near(t, "lift of the upper half", at("lift", "depth", "0.5"), 1.5, 1e-12)
	if lower, upper := at("auc", "bound", "lower"), at("auc", "bound", "upper"); !(lower < 9.0/16 && upper > 11.0/16) {
		t.Errorf("the interval %g to %g does not hold the bounds", lower, upper)
	}
}

func TestROCCurve(t *testing.T) {
	out := answer(t, dayQuery("roc", query.FormatCurve), eightRows())
	c := out[0].(result.Curve)
	wantX, wantY := []float64{0, 0.25, 0.25, 0.75, 1}, []float64{0, 0.25, 0.75, 0.75, 1}
	for i := range wantX {
		near(t, "FPR", c.Fields[0].Values[i], wantX[i], 1e-12)
		near(t, "TPR", c.Fields[1].Values[i], wantY[i], 1e-12)
	}
	if c.Trend || len(c.Fields) != 3 || len(out) != 2 || out[1].(result.Curve).Fields[1].Role != result.RoleReference {
		t.Errorf("got %d curves, the first of %d fields", len(out), len(c.Fields))
	}
	near(t, "AUC beside the curve", c.Custom["auc"].(map[string]any)["value"].(float64), 0.625, 1e-12)
}

func TestPrecisionRecallCurveHasThePrevalenceAsReference(t *testing.T) {
	d := outcomeScores("1", nil, map[string][]float64{"0": {3, 2, 0, 1, 0}, "1": {0, 0, 1, 1, 0}})
	out := answer(t, dayQuery("precision_recall", query.FormatCurve), d)
	near(t, "prevalence", out[1].(result.Curve).Fields[1].Values[0], 0.25, 1e-12)
	near(t, "precision at the highest edge", out[0].(result.Curve).Fields[1].Values[0], 0.5, 1e-12)
}

func TestGainCurve(t *testing.T) {
	c := answer(t, dayQuery("ranking_power", query.FormatCurve), eightRows())[0].(result.Curve)
	near(t, "depth", c.Fields[0].Values[2], 0.5, 1e-12)
	near(t, "gain", c.Fields[1].Values[2], 0.75, 1e-12)
}

func TestReliabilityDiagram(t *testing.T) {
	d := outcomeScores("1", nil, map[string][]float64{"0": {90, 30, 20, 5, 0}, "1": {10, 20, 30, 45, 0}})
	c := answer(t, withOptions(dayQuery("calibration", query.FormatCurve), `{"bins":0}`), d)[0].(result.Curve)
	if !c.Trend || len(c.Fields) != 6 {
		t.Fatalf("got %+v", c)
	}
	for i, want := range []struct{ predicted, observed, n float64 }{{0.125, 0.1, 100}, {0.375, 0.4, 50}, {0.625, 0.6, 50}, {0.875, 0.9, 50}} {
		near(t, "predicted", c.Fields[0].Values[i], want.predicted, 1e-12)
		near(t, "observed", c.Fields[1].Values[i], want.observed, 1e-12)
		near(t, "n", c.Fields[5].Values[i], want.n, 0)
		if !(c.Fields[2].Values[i] < want.observed && want.observed < c.Fields[3].Values[i]) {
			t.Errorf("bin %d: the band %g to %g does not hold the point", i, c.Fields[2].Values[i], c.Fields[3].Values[i])
		}
	}
}

func TestCalibrationNumbers(t *testing.T) {
	d := outcomeScores("1", nil, map[string][]float64{"0": {90, 30, 20, 5, 0}, "1": {10, 20, 30, 45, 0}})
	out := answer(t, withOptions(dayQuery("calibration", query.FormatNumbers), `{"bins":0}`), d, counts.Data{}, counts.Data{})
	at := func(metric string) float64 {
		return value(t, out, "model", "fraud", "version", "v1", "metric", metric)
	}
	near(t, "ECE", at("ece"), 0.025, 1e-12) // every bin is off by 0.025
	near(t, "MCE", at("mce"), 0.025, 1e-12)
	floor := (100*math.Sqrt(2*0.125*0.875/math.Pi/100) + 2*50*math.Sqrt(2*0.375*0.625/math.Pi/50) + 50*math.Sqrt(2*0.875*0.125/math.Pi/50)) / 250
	near(t, "noise floor", at("ece_noise_floor"), floor, 1e-12)
	if n := out[0].(result.Numbers); !noticed(n.Meta, "within what chance alone makes") {
		t.Errorf("notices: %v", n.Notices)
	}
}

func TestExactSumsMakeTheBrierScoreExact(t *testing.T) {
	tally := func(cells ...float64) counts.Data {
		return counts.Data{Tallies: []counts.TallyGroup{{Labels: map[string]string{"model": "fraud", "version": "v1"}, Keys: [][]string{{}}, Cells: cells}}}
	}
	// Negatives 0.1, 0.3, 0.4, 0.9: squares 0.01+0.09+0.16+0.81; positives 0.2, 0.6, 0.7, 0.8: 0.04+0.36+0.49+0.64.
	squares := 1.07 + 1.53
	q := withOptions(dayQuery("calibration", query.FormatNumbers), `{"metrics":["brier"],"bounds":true}`)
	out := answer(t, q, eightRows(), tally(squares), counts.Data{})
	brier := (1.07 + 0.64 + 0.16 + 0.09 + 0.04) / 8
	for _, bound := range []string{"", "hard_lower", "hard_upper"} {
		near(t, "Brier "+bound, value(t, out, "model", "fraud", "version", "v1", "metric", "brier", "bound", bound), brier, 1e-9)
	}
	without := answer(t, q, eightRows(), counts.Data{}, counts.Data{})
	lower := value(t, without, "model", "fraud", "version", "v1", "metric", "brier", "bound", "hard_lower")
	upper := value(t, without, "model", "fraud", "version", "v1", "metric", "brier", "bound", "hard_upper")
	if !(lower < brier && brier < upper) {
		t.Errorf("without the squares the bounds are %g to %g, the truth %g", lower, upper, brier)
	}
}

func TestScoresThatAreNoProbabilitiesAreRefusedWithAReason(t *testing.T) {
	d := eightRows()
	for i := range d.Histograms {
		d.Histograms[i].Edges = []float64{1, 2, 3, 4}
	}
	n := answer(t, dayQuery("calibration", query.FormatNumbers), d, counts.Data{}, counts.Data{})[0].(result.Numbers)
	if len(n.Values) != 0 || !noticed(n.Meta, "probabilities between 0 and 1") {
		t.Errorf("got %+v", n)
	}
	// Ranks need no probabilities.
	near(t, "AUC", value(t, answer(t, dayQuery("ranking_power", query.FormatNumbers), d), "model", "fraud", "version", "v1", "metric", "auc"), 0.625, 1e-12)
}

func TestWithThreeClassesEachIsJudgedAgainstTheRest(t *testing.T) {
	out := run(t, fleet(), func() *query.Query {
		q := dayQuery("ranking_power", query.FormatNumbers)
		q.Model, q.Version = []string{"animals"}, nil
		return q
	}())
	sum := 0.0
	for _, class := range []string{"bird", "cat", "dog"} {
		sum += value(t, out, "model", "animals", "version", "7", "metric", "auc", "class", class)
	}
	near(t, "the plain value is the macro average", value(t, out, "model", "animals", "version", "7", "metric", "auc"), sum/3, 1e-12)
}

func TestTheClassToJudge(t *testing.T) {
	tests := []struct {
		name, options, class string
		actuals              string
		want                 string // class, or a part of the notice
	}{
		{"the only class that scores are of", `{}`, "1", "0 1", "1"},
		{"the positive class when scores carry none", `{}`, "", "0 1", "1"},
		{"the chosen positive class when scores carry none", `{"positiveClass":"0"}`, "", "0 1", "0"},
		{"no class when three came true and scores carry none", `{}`, "", "bird cat dog", "positiveClass"},
		{"no class when the chosen one does not occur", `{"class":"cow"}`, "1", "0 1", `class "cow" does not occur`},
		{"no class when the chosen one has no scores", `{"class":"0"}`, "1", "0 1", `no scores of class "0"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			byActual := make(map[string][]float64)
			for _, a := range strings.Fields(tt.actuals) {
				byActual[a] = []float64{1, 2, 3, 4, 0}
			}
			out := answer(t, withOptions(dayQuery("roc", query.FormatCurve), tt.options), outcomeScores(tt.class, nil, byActual))[0].(result.Curve)
			if len(tt.want) == 1 {
				if out.Custom["positiveClass"] != tt.want {
					t.Errorf("judged %v, want %q", out.Custom["positiveClass"], tt.want)
				}
				return
			}
			if len(out.Fields) != 0 || !noticed(out.Meta, tt.want) {
				t.Errorf("want a notice with %q, got %v", tt.want, out.Notices)
			}
		})
	}
}

func TestOutcomeScoresOfDifferentLayoutsUseTheEdgesTheyShare(t *testing.T) {
	d := eightRows()
	d.Histograms[0].Edges = []float64{0.25, 0.5, 0.8, 1}
	n := answer(t, withOptions(dayQuery("ranking_power", query.FormatNumbers), `{"metrics":["ks"]}`), d)[0].(result.Numbers)
	near(t, "KS at 0.5 is still exact", n.Values[0].Value, 0.5, 1e-12)
	if !noticed(n.Meta, "bucket layouts of the scores differ") {
		t.Errorf("notices: %v", n.Notices)
	}
}
