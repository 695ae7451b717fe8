package classify

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func mustConfusion(t testing.TB, classes []string, counts ...float64) Confusion {
	t.Helper()
	c, err := NewConfusion(classes, counts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewConfusionRefusesWhatIsNotAMatrixOfCounts(t *testing.T) {
	for _, test := range []struct {
		name    string
		classes []string
		counts  []float64
		says    string
	}{
		{"no class", nil, nil, "at least one class"},
		{"a cell too few", []string{"a", "b"}, []float64{1, 2, 3}, "2 classes has 4 counts, not 3"},
		{"a class named twice", []string{"a", "a"}, make([]float64, 4), `class "a" is named twice`},
		{"a NaN", []string{"a", "b"}, []float64{1, math.NaN(), 0, 0}, `count "NaN" of actual "a", predicted "b"`},
		{"an infinite count", []string{"a", "b"}, []float64{1, 0, math.Inf(1), 0}, `count "+Inf" of actual "b", predicted "a"`},
		{"a negative count", []string{"a"}, []float64{-1}, `count "-1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := NewConfusion(test.classes, test.counts); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v does not say %q", err, test.says)
			}
		})
	}
}

func TestWithoutOutcomesEverythingIsUndefinedWithAReason(t *testing.T) {
	c := mustConfusion(t, []string{"0", "1"}, 0, 0, 0, 0)
	for _, metric := range MetricNames() {
		e, err := c.Select(metric.Name, Selection{Positive: "1", Level: 0.95, Values: []float64{1, 2, 3, 4}})
		if err != nil {
			t.Fatal(err)
		}
		if e.Defined() || e.Reason == "" || e.N != 0 {
			t.Errorf("%s of nothing is %+v", metric.Name, e)
		}
		for _, kind := range []string{"micro", "macro", "weighted"} {
			if e, err := c.Average(kind, metric.Name, 0.95); metric.Averaged && (err != nil || e.Defined() || e.Reason == "") {
				t.Errorf("%s %s of nothing is %+v, %v", kind, metric.Name, e, err)
			}
		}
	}
}

func TestAbsentClasses(t *testing.T) {
	noPositives := mustConfusion(t, []string{"0", "1"}, 8, 2, 0, 0)
	positive := noPositives.Class(1)
	if e := positive.Recall(0.95); e.Defined() || e.Reason != "no row is of the class" {
		t.Errorf("recall without rows of the class is %+v", e)
	}
	near(t, "precision without rows of the class", positive.Precision(0.95).Value, 0, 0)
	near(t, "balanced accuracy over the class that has rows", noPositives.BalancedAccuracy(0.95).Value, 0.8, 1e-15)
	if e := noPositives.MCC(0.95); e.Defined() || e.Reason == "" {
		t.Errorf("MCC of one class is %+v", e)
	}
	if e := noPositives.Skill(0.95); e.Defined() || !strings.Contains(e.Reason, `"0"`) {
		t.Errorf("skill over a majority that is everything is %+v", e)
	}

	// Class c is never predicted: its precision is 0/0 and takes no part.
	neverPredicted := mustConfusion(t, []string{"a", "b", "c"}, 8, 2, 0, 1, 9, 0, 3, 1, 0)
	e, err := neverPredicted.Average("macro", "precision", 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "macro precision", e.Value, (8.0/12+9.0/12)/2, 1e-15)
	if !strings.Contains(e.Reason, "left out") || !strings.Contains(e.Reason, "c") {
		t.Errorf("reason %q does not say that c was left out", e.Reason)
	}
	f1, _ := neverPredicted.Average("macro", "f1", 0.95)
	near(t, "macro F1 counts c as 0", f1.Value, (16.0/22+18.0/22)/3, 1e-15)

	// A class without rows and predictions changes nothing.
	known := mustConfusion(t, []string{"a", "b"}, 8, 2, 1, 9)
	extra := mustConfusion(t, []string{"a", "b", "unused"}, 8, 2, 0, 1, 9, 0, 0, 0, 0)
	for _, metric := range []string{"precision", "recall", "f1", "jaccard"} {
		for _, kind := range []string{"micro", "macro", "weighted"} {
			one, _ := known.Average(kind, metric, 0.95)
			two, _ := extra.Average(kind, metric, 0.95)
			near(t, kind+" "+metric, two.Value, one.Value, 1e-15)
			if two.Reason != "" {
				t.Errorf("%s %s: %s", kind, metric, two.Reason)
			}
		}
	}
}

func TestASingleClassIsAllRight(t *testing.T) {
	c := mustConfusion(t, []string{"only"}, 10)
	near(t, "accuracy", c.Accuracy(0.95).Value, 1, 0)
	near(t, "balanced accuracy", c.BalancedAccuracy(0.95).Value, 1, 0)
	for _, e := range []Estimate{c.Kappa(0.95), c.MCC(0.95), c.Skill(0.95)} {
		if e.Defined() || e.Reason == "" {
			t.Errorf("agreement of one class is %+v", e)
		}
	}
	specificity, _ := c.Average("micro", "specificity", 0.95)
	if specificity.Defined() {
		t.Errorf("specificity of one class is %+v", specificity)
	}
}

func TestAllCorrectStillHasAnInterval(t *testing.T) {
	c := mustConfusion(t, []string{"a", "b", "c"}, 10, 0, 0, 0, 10, 0, 0, 0, 10)
	macro, _ := c.Average("macro", "f1", 0.95)
	for name, e := range map[string]Estimate{
		"accuracy": c.Accuracy(0.95), "balanced accuracy": c.BalancedAccuracy(0.95), "kappa": c.Kappa(0.95),
		"mcc": c.MCC(0.95), "macro f1": macro, "skill": c.Skill(0.95),
	} {
		near(t, name, e.Value, 1, 1e-15)
		if !(e.Lower < 0.97 && e.Lower > 0.5) || e.Upper != 1 {
			t.Errorf("30 of 30 right give %s the interval [%v, %v]", name, e.Lower, e.Upper)
		}
	}
}

func TestFractionalCountsGiveWhatTheirMultiplesGive(t *testing.T) {
	whole := mustConfusion(t, []string{"0", "1"}, 60, 10, 5, 25)
	part := mustConfusion(t, []string{"0", "1"}, 6, 1, 0.5, 2.5)
	for _, metric := range MetricNames() {
		s := Selection{Positive: "1", Level: 0.95, Values: []float64{0, -1, -5, 3}}
		a, _ := whole.Select(metric.Name, s)
		b, _ := part.Select(metric.Name, s)
		near(t, metric.Name, b.Value, a.Value, 1e-12)
		if !(b.Upper-b.Lower > a.Upper-a.Lower) {
			t.Errorf("%s: a tenth of the rows has the interval [%v, %v] inside [%v, %v]", metric.Name, b.Lower, b.Upper, a.Lower, a.Upper)
		}
	}
}

func TestMetricSaysWhatIsWrongWithARequest(t *testing.T) {
	two := mustConfusion(t, []string{"cat", "dog"}, 5, 1, 1, 5)
	three := mustConfusion(t, []string{"a", "b", "c"}, 5, 1, 0, 1, 5, 0, 0, 0, 3)
	for _, test := range []struct {
		name    string
		of      Confusion
		metric  string
		s       Selection
		says    string
		instead string
	}{
		{"unknown metric", two, "acuracy", Selection{Level: 0.95}, `"acuracy" is not known`, `"accuracy"`},
		{"unknown positive class", two, "recall", Selection{Positive: "bird", Level: 0.95}, `"bird"`, `"cat", "dog"`},
		{"no positive class", two, "recall", Selection{Level: 0.95}, "name the positive class", `"cat", "dog"`},
		{"no class for the prevalence", three, "prevalence", Selection{Level: 0.95}, "name the positive class", `"a", "b", "c"`},
		{"unknown average", three, "f1", Selection{Average: "mean", Level: 0.95}, `"mean"`, `"macro"`},
		{"level of 95", three, "f1", Selection{Level: 95}, "95", "0.95"},
		{"level NaN", three, "f1", Selection{Level: math.NaN()}, "NaN", "0.95"},
		{"negative beta", three, "f_beta", Selection{Beta: -1, Level: 0.95}, "-1", "use 2"},
		{"values of another size", two, "business_value", Selection{Values: []float64{1}, Level: 0.95}, "1 cells", "need 4"},
		{"a value NaN", two, "business_value", Selection{Values: []float64{1, 2, math.NaN(), 0}, Level: 0.95}, `"dog"`, `"cat"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.of.Select(test.metric, test.s)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), test.instead) {
				t.Errorf("error %v does not name %s and %s", err, test.says, test.instead)
			}
		})
	}
	if _, err := three.Average("macro", "mcc", 0.95); err == nil || !strings.Contains(err.Error(), `"mcc"`) {
		t.Errorf("MCC has no average, but the error is %v", err)
	}
}

func TestThePlainValueOfAPerClassMetric(t *testing.T) {
	two := mustConfusion(t, []string{"0", "1"}, 5, 1, 2, 4)
	plain, err := two.Metric("recall", "", "", 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "recall of the class with the customary positive name", plain.Value, 4.0/6, 1e-15)
	three := mustConfusion(t, []string{"a", "b", "c"}, 5, 1, 0, 1, 5, 0, 0, 0, 3)
	plain, _ = three.Metric("recall", "", "", 0.95)
	macro, _ := three.Average("macro", "recall", 0.95)
	if plain != macro {
		t.Errorf("recall of three classes is %v, not the macro average %v", plain, macro)
	}
	for _, test := range []struct {
		classes  []string
		positive string
	}{
		{[]string{"no", "Yes"}, "Yes"}, {[]string{"false", "true"}, "true"}, {[]string{"1", "0"}, "1"},
		{[]string{"1", "true"}, ""}, {[]string{"0", "1", "2"}, ""}, {[]string{"cat", "dog"}, ""},
	} {
		if got, ok := PositiveClass(test.classes); ok != (test.positive != "") || ok && got != test.positive {
			t.Errorf("positive class of %v is %q, %v", test.classes, got, ok)
		}
	}
}

func TestBusinessValueIsTheMeanOverTheRows(t *testing.T) {
	c := mustConfusion(t, []string{"0", "1"}, 70, 10, 5, 15)
	e, err := c.BusinessValue([]float64{0, -1, -20, 10}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean value", e.Value, (-10.0-100+150)/100, 1e-12)
	if !(e.Lower < e.Value && e.Value < e.Upper && e.Lower >= -20 && e.Upper <= 10) {
		t.Errorf("interval [%v, %v]", e.Lower, e.Upper)
	}
	constant, _ := c.BusinessValue([]float64{2, 2, 2, 2}, 0.95)
	if constant.Value != 2 || constant.Lower != 2 || constant.Upper != 2 {
		t.Errorf("a value that is the same for all outcomes has %+v", constant)
	}
}

func TestSkillComparesWithTheMajorityClass(t *testing.T) {
	near(t, "always the majority", mustConfusion(t, []string{"0", "1"}, 80, 0, 20, 0).Skill(0.95).Value, 0, 1e-15)
	near(t, "half its errors", mustConfusion(t, []string{"0", "1"}, 80, 0, 10, 10).Skill(0.95).Value, 0.5, 1e-15)
	worse := mustConfusion(t, []string{"0", "1"}, 40, 40, 0, 20).Skill(0.95)
	near(t, "twice its errors", worse.Value, -1, 1e-15)
	within(t, "skill", worse.Value, worse.Lower, worse.Upper)
}

func TestNormalize(t *testing.T) {
	c := mustConfusion(t, []string{"a", "b", "c"}, 6, 2, 0, 1, 3, 0, 0, 0, 0)
	for by, want := range map[string][]float64{
		"none": c.Counts, "": c.Counts,
		"actual":    {0.75, 0.25, 0, 0.25, 0.75, 0, math.NaN(), math.NaN(), math.NaN()},
		"predicted": {6.0 / 7, 0.4, math.NaN(), 1.0 / 7, 0.6, math.NaN(), 0, 0, math.NaN()},
		"all":       {0.5, 2.0 / 12, 0, 1.0 / 12, 0.25, 0, 0, 0, 0},
	} {
		got, err := c.Normalize(by)
		if err != nil || !slices.EqualFunc(got, want, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
			t.Errorf("by %q: %v, %v, want %v", by, got, err, want)
		}
	}
	if _, err := c.Normalize("rows"); err == nil || !strings.Contains(err.Error(), `"rows"`) {
		t.Errorf("error %v", err)
	}
}

func TestTopKFoldsTheRest(t *testing.T) {
	c := mustConfusion(t, []string{"a", "b", "c", "d"}, 1, 1, 0, 0, 2, 8, 0, 1, 0, 1, 1, 1, 0, 0, 3, 4)
	folded := c.TopK(2)
	if !slices.Equal(folded.Classes, []string{"b", "d", Other}) {
		t.Fatalf("kept %v", folded.Classes)
	}
	want := []float64{8, 1, 2, 0, 4, 3, 2, 1, 2}
	if !slices.Equal(folded.Counts, want) {
		t.Errorf("counts %v, want %v", folded.Counts, want)
	}
	if folded.Class(0) != c.Class(1) || folded.Class(1) != c.Class(3) {
		t.Error("the rates of kept classes changed")
	}
	if same := c.TopK(4); !slices.Equal(same.Classes, c.Classes) {
		t.Errorf("nothing is left to fold, but classes are %v", same.Classes)
	}
	named := mustConfusion(t, []string{"a", Other, "c"}, 1, 0, 0, 0, 9, 0, 0, 0, 2)
	if got := named.TopK(2).Classes; !slices.Equal(got, []string{"a", "c", Other}) {
		t.Errorf("a class named other is part of the rest, but classes are %v", got)
	}
}

func TestMostConfused(t *testing.T) {
	c := mustConfusion(t, []string{"a", "b", "c"}, 10, 3, 0, 3, 10, 5, 0, 1, 10)
	pairs := c.MostConfused(2)
	want := []Confused{
		{"b", "c", 5, 5.0 / 18, 5.0 / 15, 5.0 / 12},
		{"a", "b", 3, 3.0 / 13, 3.0 / 14, 3.0 / 12},
	}
	if !slices.Equal(pairs, want) {
		t.Errorf("%+v, want %+v", pairs, want)
	}
	if n := len(c.MostConfused(0)); n != 4 {
		t.Errorf("all %d pairs, want 4", n)
	}
}

func TestReportHasClassesThenAverages(t *testing.T) {
	rows := mustConfusion(t, []string{"0", "1"}, 50, 10, 5, 35).Report(0.95, "1")
	var names []string
	for _, row := range rows {
		names = append(names, row.Kind+" "+row.Name)
		if row.Positive != (row.Name == "1") {
			t.Errorf("row %q is marked %v", row.Name, row.Positive)
		}
	}
	if !slices.Equal(names, []string{"class 0", "class 1", "micro micro", "macro macro", "weighted weighted"}) {
		t.Errorf("rows %q", names)
	}
	near(t, "support", rows[1].Support, 40, 0)
	near(t, "predicted", rows[1].Predicted, 45, 0)
	near(t, "weighted recall is the accuracy", rows[4].Recall.Value, 0.85, 1e-15)
	near(t, "micro precision is the accuracy", rows[2].Precision.Value, 0.85, 1e-15)
}
