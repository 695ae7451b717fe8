package estimate

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type golden struct {
	Estimates []struct {
		Name                                  string
		Positives, Negatives, Current, Shares []float64
		Values, Errors, Truth                 map[string]float64
	}
	Shifts []struct {
		Name                   string
		Classes                []string
		Counts, Predicted, Raw []float64
		Condition              float64
	}
	Mixtures []struct {
		Name            string
		Reference       [][]float64
		Current, Shares []float64
	}
	Checks []struct {
		Name                    string
		First, Second           [][]float64
		Statistic, DF, P, Shift float64
	}
	Corrections []struct {
		Name              string
		Counts, Predicted []float64
		Values, Errors    map[string]float64
	}
	Actual []struct {
		Name   string
		Shares []float64
	}
}

func load(t testing.TB) golden {
	t.Helper()
	var g golden
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

// steps are equal edges from 0 to 1 of so many twentieths as there are counts.
func binned(t testing.TB, positives, negatives []float64) classify.Binned {
	t.Helper()
	edges := make([]float64, len(positives)+1)
	for i := range edges {
		edges[i] = float64(i) / 20
	}
	b, err := classify.NewBinned(edges, positives, negatives)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEstimatesWithoutLabelsAgreeWithScikitLearn(t *testing.T) {
	for _, want := range load(t).Estimates {
		t.Run(want.Name, func(t *testing.T) {
			reference := binned(t, want.Positives, want.Negatives)
			share, ok, err := shares(reference)
			if err != nil || !ok {
				t.Fatal(err)
			}
			for k := range share {
				near(t, "share of positives", share[k], want.Shares[k], 1e-12)
			}
			p, err := CBPE([]Stratum{{"", reference, want.Current}}, Options{Threshold: 0.5})
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range want.Values {
				e, err := p.Metric(name)
				if err != nil {
					t.Fatal(err)
				}
				near(t, name, e.Value, value, 1e-10)
				near(t, "standard error of "+name, e.StandardError, want.Errors[name], 1e-6*want.Errors[name])
			}
			near(t, "sum of the cells", p.TP.Value+p.FP.Value+p.FN.Value+p.TN.Value, p.N, 1e-6)
		})
	}
}

// In January the flights were as in training, so the estimates have to hold the truth that the labels showed. In other
// months the same scores meant other chances, which the next test has to notice.
func TestEstimatesHoldTheTruthOfFlightsLikeTheReference(t *testing.T) {
	for _, month := range load(t).Estimates {
		if month.Name != "flights Jan" {
			continue
		}
		p, err := CBPE([]Stratum{{"", binned(t, month.Positives, month.Negatives), month.Current}}, Options{Threshold: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		truth := month.Truth
		for _, c := range []struct {
			e     Estimate
			truth float64
		}{
			{p.Accuracy, truth["accuracy"]}, {p.Recall, truth["recall"]}, {p.F1, truth["f1"]}, {p.AUC, truth["roc_auc"]},
			{p.BalancedAccuracy, truth["balanced_accuracy"]}, {p.TP, truth["tp"]}, {p.FN, truth["fn"]},
			{p.Prevalence, truth["positives"] / truth["rows"]}, {p.Precision, truth["precision"]},
		} {
			if !(c.e.Lower <= c.truth && c.truth <= c.e.Upper) {
				t.Errorf("%g lies outside of [%g, %g]", c.truth, c.e.Lower, c.e.Upper)
			}
		}
	}
}

func TestMeaningOfScoresAgreesWithContingencyTables(t *testing.T) {
	for _, want := range load(t).Checks {
		t.Run(want.Name, func(t *testing.T) {
			m, err := SameMeaning(binned(t, want.First[0], want.First[1]), binned(t, want.Second[0], want.Second[1]), 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "statistic", m.Statistic, want.Statistic, 1e-9)
			near(t, "degrees of freedom", m.DF, want.DF, 0)
			near(t, "p", m.P, want.P, 1e-9*want.P)
			near(t, "shift", m.Shift.Value, want.Shift, 1e-12)
			if m.Shift.Lower > want.Shift || m.Shift.Upper < want.Shift || m.Shift.Lower*m.Shift.Upper < 0 {
				t.Errorf("the shift's interval [%g, %g] is not around it, apart from 0", m.Shift.Lower, m.Shift.Upper)
			}
		})
	}
}

func TestBlackBoxShiftEstimationAgreesWithALinearSolver(t *testing.T) {
	g := load(t)
	for _, want := range g.Shifts {
		t.Run(want.Name, func(t *testing.T) {
			c, err := classify.NewConfusion(want.Classes, want.Counts)
			if err != nil {
				t.Fatal(err)
			}
			p, err := BBSE(c, want.Predicted, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "condition", p.Condition, want.Condition, 1e-8*want.Condition)
			for a, share := range p.Shares {
				near(t, "share of "+want.Classes[a], share.Value, want.Raw[a], 1e-10)
				for _, actual := range g.Actual {
					if actual.Name != want.Name || want.Name == "flights May" {
						continue
					}
					if truth := actual.Shares[a]; truth < share.Lower || truth > share.Upper {
						t.Errorf("the true share of %s is %g, outside of [%g, %g]", want.Classes[a], truth, share.Lower, share.Upper)
					}
				}
			}
		})
	}
}

func TestMaximumLikelihoodOfSharesAgreesWithAnOptimiser(t *testing.T) {
	for _, want := range load(t).Mixtures {
		t.Run(want.Name, func(t *testing.T) {
			names := make([]string, len(want.Reference))
			for i := range names {
				names[i] = string(rune('a' + i))
			}
			p, err := Saerens(names, want.Reference, want.Current, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			for a, share := range p.Shares {
				near(t, "share of "+names[a], share.Value, want.Shares[a], 2e-5)
			}
		})
	}
}

// Fewer flights were late in May than the scores say, and not because classes were mixed differently: label shift is
// the wrong explanation, and the test of fit says so. In January it fits.
func TestTheFlightsOfMayAreNoMixOfThoseInTraining(t *testing.T) {
	for _, month := range load(t).Mixtures[:2] {
		p, err := SaerensBinary(binned(t, month.Reference[1], month.Reference[0]), month.Current, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case month.Name == "flights May" && !(p.Fit.P < 0.01):
			t.Errorf("May fits with p = %g", p.Fit.P)
		case month.Name == "flights Jan" && !(p.Fit.P > 0.01):
			t.Errorf("January does not fit, with p = %g", p.Fit.P)
		case month.Name == "flights Jan" && (p.Shares[1].Lower > 0.207624 || p.Shares[1].Upper < 0.207624):
			t.Errorf("the share of late flights in January lies outside of [%g, %g]", p.Shares[1].Lower, p.Shares[1].Upper)
		}
	}
}

func TestCorrectedRatesAgreeWithTheLikelihood(t *testing.T) {
	for _, want := range load(t).Corrections {
		t.Run(want.Name, func(t *testing.T) {
			c, err := classify.NewConfusion([]string{"0", "1"}, want.Counts)
			if err != nil {
				t.Fatal(err)
			}
			v, err := Verify(c, want.Predicted)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range want.Values {
				e, err := v.Metric(name, classify.Selection{Positive: "1", Level: 0.95})
				if err != nil {
					t.Fatal(err)
				}
				near(t, name, e.Value, value, 1e-6)
				_, variance, err := v.spread(name, classify.Selection{Positive: "1", Level: 0.95})
				if err != nil {
					t.Fatal(err)
				}
				// Half a row is added to each predicted class, which shows where ten rows decide.
				near(t, "standard error of "+name, math.Sqrt(variance), want.Errors[name], 0.03*want.Errors[name])
			}
		})
	}
}
