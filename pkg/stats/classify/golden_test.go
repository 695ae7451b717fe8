package classify

import (
	_ "embed"
	"encoding/json"
	"math"
	"strconv"
	"testing"
)

// Made by testdata/make_golden.py with scikit-learn, SciPy and statsmodels from real rows.
//
//go:embed testdata/golden.json
var goldenJSON []byte

type golden struct {
	Confusions []struct {
		Name                      string
		Classes                   []string
		Counts                    []float64
		Total, Accuracy           float64
		AccuracyWilson            [2]float64 `json:"accuracy_wilson"`
		BalancedAccuracy          float64    `json:"balanced_accuracy"`
		Kappa, MCC                float64
		KappaVariance             float64 `json:"kappa_variance"`
		MCCVariance               float64 `json:"mcc_variance"`
		MacroF1Variance           float64 `json:"macro_f1_variance"`
		MacroSpecificityVariance  float64 `json:"macro_specificity_variance"`
		WeightedPrecisionVariance float64 `json:"weighted_precision_variance"`
		Class                     map[string][]float64
		Average                   map[string]map[string]float64
		RecallWilson              [][2]float64 `json:"recall_wilson"`
		JaccardWilson             [][2]float64 `json:"jaccard_wilson"`
	}
	Rankings []ranking
	Digits   []struct {
		AUC   float64 `json:"roc_auc_ovr_macro"`
		Facts map[string]float64
	}
}

type ranking struct {
	Name                   string
	Positives, Negatives   []float64
	AUC                    float64
	AUCBinned              float64 `json:"auc_binned"`
	AUCErrorBinned         float64 `json:"auc_error_binned"`
	AveragePrecision       float64 `json:"average_precision"`
	AveragePrecisionBinned float64 `json:"average_precision_binned"`
	KS                     float64
	KSBinned               float64 `json:"ks_binned"`
	Gain                   map[string]float64
	FPR, TPR               []float64
	Precision, Recall      []float64
	BestF1                 float64 `json:"best_f1"`
	BestF1Threshold        float64 `json:"best_f1_threshold"`
	Facts                  map[string]float64
}

func loadGolden(t testing.TB) golden {
	t.Helper()
	var g golden
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func twentieths() []float64 {
	edges := make([]float64, 21)
	for i := range edges {
		edges[i] = float64(i) / 20
	}
	return edges
}

func (r ranking) binned(t testing.TB) Binned {
	t.Helper()
	b, err := NewBinned(twentieths(), r.Positives, r.Negatives)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

func within(t *testing.T, what string, truth, lower, upper float64) {
	t.Helper()
	if !(truth >= lower-1e-12 && truth <= upper+1e-12) {
		t.Errorf("%s: %.12g lies outside [%.12g, %.12g]", what, truth, lower, upper)
	}
}

func TestConfusionMetricsAgreeWithScikitLearn(t *testing.T) {
	const tolerance = 1e-9
	for _, want := range loadGolden(t).Confusions {
		t.Run(want.Name, func(t *testing.T) {
			c, err := NewConfusion(want.Classes, want.Counts)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "total", c.Total(), want.Total, 0)
			accuracy := c.Accuracy(0.95)
			near(t, "accuracy", accuracy.Value, want.Accuracy, tolerance)
			near(t, "accuracy lower", accuracy.Lower, want.AccuracyWilson[0], tolerance)
			near(t, "accuracy upper", accuracy.Upper, want.AccuracyWilson[1], tolerance)
			near(t, "balanced accuracy", c.BalancedAccuracy(0.95).Value, want.BalancedAccuracy, tolerance)
			near(t, "kappa", c.Kappa(0.95).Value, want.Kappa, tolerance)
			near(t, "mcc", c.MCC(0.95).Value, want.MCC, tolerance)
			for metric, values := range want.Class {
				for i, value := range values {
					got, err := c.Select(metric, Selection{Positive: c.Classes[i], Beta: 2, Level: 0.95})
					if err != nil {
						t.Fatal(err)
					}
					near(t, metric+" of "+c.Classes[i], got.Value, value, tolerance)
					within(t, metric+" of "+c.Classes[i], got.Value, got.Lower, got.Upper)
				}
			}
			for i := range c.Classes {
				recall, jaccard := c.Class(i).Recall(0.95), c.Class(i).Jaccard(0.95)
				near(t, "recall lower", recall.Lower, want.RecallWilson[i][0], tolerance)
				near(t, "recall upper", recall.Upper, want.RecallWilson[i][1], tolerance)
				near(t, "jaccard lower", jaccard.Lower, want.JaccardWilson[i][0], tolerance)
				near(t, "jaccard upper", jaccard.Upper, want.JaccardWilson[i][1], tolerance)
				f1 := c.Class(i).F1(0.95)
				near(t, "f1 lower", f1.Lower, 2*jaccard.Lower/(1+jaccard.Lower), tolerance)
				near(t, "f1 upper", f1.Upper, 2*jaccard.Upper/(1+jaccard.Upper), tolerance)
			}
			for metric, kinds := range want.Average {
				for kind, value := range kinds {
					got, err := c.Select(metric, Selection{Average: kind, Beta: 2, Level: 0.95})
					if err != nil {
						t.Fatal(err)
					}
					near(t, kind+" "+metric, got.Value, value, tolerance)
					within(t, kind+" "+metric, got.Value, got.Lower, got.Upper)
				}
			}
		})
	}
}

func TestDeltaMethodVariancesAgreeWithNumericalDerivatives(t *testing.T) {
	for _, want := range loadGolden(t).Confusions {
		c := Confusion{want.Classes, want.Counts}
		counts := tabulate(c)
		use := make([]bool, counts.k)
		for i := range use {
			use[i] = true
		}
		average := func(metric string, byRows bool) statistic {
			return func(t table, gradient []float64) float64 {
				return averageRate(t, classRates[metric].ratio(1), use, byRows, gradient)
			}
		}
		for name, f := range map[string]struct {
			statistic statistic
			variance  float64
		}{
			"kappa":              {kappa, want.KappaVariance},
			"mcc":                {mcc, want.MCCVariance},
			"macro f1":           {average("f1", false), want.MacroF1Variance},
			"macro specificity":  {average("specificity", false), want.MacroSpecificityVariance},
			"weighted precision": {average("precision", true), want.WeightedPrecisionVariance},
		} {
			gradient := make([]float64, len(c.Counts))
			f.statistic(counts, gradient)
			near(t, want.Name+": variance of "+name, counts.variance(gradient), f.variance, 1e-5*f.variance)
		}
	}
}

func TestDigitsAgreeWithTheirFacts(t *testing.T) {
	g := loadGolden(t)
	c := Confusion{g.Confusions[0].Classes, g.Confusions[0].Counts}
	macro, _ := c.Average("macro", "f1", 0.95)
	weighted, _ := c.Average("weighted", "f1", 0.95)
	micro, _ := c.Average("micro", "f1", 0.95)
	for name, got := range map[string]float64{
		"accuracy": c.Accuracy(0.95).Value, "balanced_accuracy": c.BalancedAccuracy(0.95).Value,
		"f1_macro": macro.Value, "f1_weighted": weighted.Value,
		"mcc": c.MCC(0.95).Value, "kappa": c.Kappa(0.95).Value,
	} {
		near(t, name, got, g.Digits[0].Facts[name], 1e-9)
	}
	if micro != c.Accuracy(0.95) {
		t.Errorf("micro F1 %v is not the accuracy %v", micro, c.Accuracy(0.95))
	}

	var classes []Binned
	for _, r := range g.Rankings {
		if len(r.Name) == len("digit 0") && r.Name[:5] == "digit" {
			classes = append(classes, r.binned(t))
		}
	}
	area, err := MeanAUC(classes, "macro", 0.95)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "macro AUC", g.Digits[0].AUC, area.BoundLower, area.BoundUpper)
	within(t, "macro AUC interval", g.Digits[0].AUC, area.Lower, area.Upper)
}

func TestRankingQualityOfBucketsAgreesWithScikitLearn(t *testing.T) {
	for _, r := range loadGolden(t).Rankings {
		t.Run(r.Name, func(t *testing.T) {
			b := r.binned(t)
			area := b.AUC(0.95)
			near(t, "auc of the buckets", area.Value, r.AUCBinned, 1e-9)
			near(t, "DeLong's error of the buckets", area.StandardError, r.AUCErrorBinned, 1e-9)
			within(t, "auc of the rows", r.AUC, area.BoundLower, area.BoundUpper)
			within(t, "auc of the rows and its interval", r.AUC, area.Lower, area.Upper)
			near(t, "gini", b.Gini(0.95).Value, 2*r.AUCBinned-1, 1e-9)

			precision := b.AveragePrecision(0.95)
			within(t, "average precision of the rows", r.AveragePrecision, precision.BoundLower, precision.BoundUpper)
			within(t, "average precision of the buckets", r.AveragePrecisionBinned, precision.BoundLower, precision.BoundUpper)
			within(t, "average precision", precision.Value, precision.BoundLower, precision.BoundUpper)

			separation := b.Separation(0.95)
			near(t, "separation of the buckets", separation.Value, r.KSBinned, 1e-9)
			within(t, "separation of the rows", r.KS, separation.BoundLower, separation.BoundUpper)

			for depth, truth := range r.Gain {
				share, _ := strconv.ParseFloat(depth, 64)
				gain, err := b.Gain(share, 0.95)
				if err != nil {
					t.Fatal(err)
				}
				within(t, "gain at "+depth, truth, gain.BoundLower, gain.BoundUpper)
			}
			best, _ := b.BestF1()
			near(t, "best F1 at an edge", best.F1(0.95).Value, r.BestF1, 1e-9)
			near(t, "threshold of the best F1", best.Threshold, r.BestF1Threshold, 0)
		})
	}
}

func TestCurvesAgreeWithScikitLearn(t *testing.T) {
	for _, r := range loadGolden(t).Rankings {
		t.Run(r.Name, func(t *testing.T) {
			b := r.binned(t)
			// scikit-learn has no point for a bucket without rows.
			var fpr, tpr []float64
			for _, p := range b.ROC(0.95) {
				if n := len(fpr); n > 0 && p.FPR == fpr[n-1] && p.TPR == tpr[n-1] {
					continue
				}
				fpr, tpr = append(fpr, p.FPR), append(tpr, p.TPR)
			}
			same(t, "false positive rates", fpr, r.FPR)
			same(t, "true positive rates", tpr, r.TPR)
			var precision, recall []float64
			for i, p := range b.PrecisionRecall(0.95) {
				if n := len(precision); i > 0 && p.Precision == precision[n-1] && p.Recall == recall[n-1] {
					continue
				}
				precision, recall = append(precision, p.Precision), append(recall, p.Recall)
			}
			same(t, "precision", precision, r.Precision)
			same(t, "recall", recall, r.Recall)
		})
	}
}

func same(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d points, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		near(t, what, got[i], want[i], 1e-9)
	}
}

func TestFactsOfTheRowsLieInTheBounds(t *testing.T) {
	for _, r := range loadGolden(t).Rankings {
		b := r.binned(t)
		for fact, estimate := range map[string]RankEstimate{
			"roc_auc": b.AUC(0.95), "average_precision": b.AveragePrecision(0.95), "ks_separation": b.Separation(0.95),
		} {
			if truth, known := r.Facts[fact]; known {
				// Facts have nine digits.
				within(t, r.Name+" "+fact, truth, estimate.BoundLower-1e-9, estimate.BoundUpper+1e-9)
			}
		}
		if truth, known := r.Facts["tp"]; known {
			at, ok := b.At(0.5)
			if !ok {
				t.Fatal("0.5 is an edge")
			}
			// The rows are called positive from 0.5 on, buckets hold their upper edge.
			near(t, r.Name+" true positives above 0.5", at.TP, truth, 2)
			near(t, r.Name+" false positives above 0.5", at.FP, r.Facts["fp"], 2)
		}
	}
}
