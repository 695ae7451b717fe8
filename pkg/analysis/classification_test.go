package analysis

import (
	"math"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// answer computes a query from hand-made data.
func answer(t *testing.T, q *query.Query, data ...counts.Data) []result.Result {
	t.Helper()
	a, err := Lookup(q.Analysis)
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.ParseOptions(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Needs(q, o); err != nil {
		t.Fatal(err)
	}
	out, err := a.Compute(q, o, data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// flights are the outcomes of the flights data's version 1: 120000 flights
// (tn 93341, fp 2701, fn 19792, tp 4166).
func flights() counts.Data {
	return counts.Data{Tallies: []counts.TallyGroup{{
		Labels: map[string]string{"model": "flights", "version": "v1"},
		Keys:   [][]string{{"0", "0"}, {"0", "1"}, {"1", "0"}, {"1", "1"}},
		Cells:  []float64{93341, 2701, 19792, 4166},
	}}}
}

func TestClassificationAgreesWithTheRowsOfTheFlights(t *testing.T) {
	q := withOptions(dayQuery("classification", query.FormatNumbers), `{"interval":true,"perClass":true,"averages":["macro","micro"]}`)
	out := answer(t, q, flights())
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "flights", "version", "v1", "metric", metric}, more...)...)
	}
	for metric, want := range map[string]float64{
		"accuracy": 0.812558333, "balanced_accuracy": 0.572882262, "precision": 0.606669579,
		"recall": 0.173887637, "f1": 0.270300081, "mcc": 0.250858916,
	} {
		near(t, metric, at(metric), want, 5e-10)
		if lower, upper := at(metric, "bound", "lower"), at(metric, "bound", "upper"); !(lower < want && want < upper) || upper-lower > 0.03 {
			t.Errorf("%s: the interval %g to %g does not hold the value tightly", metric, lower, upper)
		}
	}
	near(t, "recall of class 0", at("recall", "class", "0"), 93341.0/96042, 1e-12)
	near(t, "macro recall", at("recall", "average", "macro"), 0.572882262, 5e-10)
	near(t, "micro F1 is the accuracy", at("f1", "average", "micro"), 0.812558333, 5e-10)
}

func TestThePositiveClass(t *testing.T) {
	tests := []struct {
		name, classes, chosen, want string
	}{
		{"is the one that is chosen", "0 1", "0", "0"},
		{"is 1 of 0 and 1", "0 1", "", "1"},
		{"is true of true and false", "false true", "", "true"},
		{"is the last by name when no name is customary", "ham spam", "", "spam"},
		{"is none of three", "a b c", "", ""},
		{"is the only class when its name is customary", "1", "", "1"},
		{"is unknown when only another class was seen", "0", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := positiveOf(strings.Fields(tt.classes), tt.chosen); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWithThreeClassesThePlainValueIsTheMacroAverage(t *testing.T) {
	q := withOptions(dayQuery("classification", query.FormatNumbers), `{"metrics":["recall","accuracy"]}`)
	out := answer(t, q, counts.Data{Tallies: []counts.TallyGroup{{
		Labels: map[string]string{"model": "animals"},
		Keys:   [][]string{{"a", "a"}, {"a", "b"}, {"b", "b"}, {"c", "c"}, {"c", "a"}},
		Cells:  []float64{3, 1, 4, 1, 1},
	}}})
	near(t, "recall", value(t, out, "model", "animals", "metric", "recall"), (0.75+1+0.5)/3, 1e-12)
	near(t, "accuracy", value(t, out, "model", "animals", "metric", "accuracy"), 0.8, 1e-12)
}

func TestAWindowWithoutOutcomesIsEmptyAndNotZero(t *testing.T) {
	q := dayQuery("classification", query.FormatSeries)
	q.Interval = 12 * 60 * 60 * 1e9
	d := flights()
	nan := math.NaN()
	d.Tallies[0].Cells = append([]float64{nan, nan, nan, nan}, d.Tallies[0].Cells...)
	out := answer(t, q, d)
	s := out[0].(result.Series)
	if len(s.Lines) != 4 || s.Lines[0].Labels["metric"] != "accuracy" {
		t.Fatalf("got %+v", s.Lines)
	}
	if !math.IsNaN(s.Lines[0].Values[0]) {
		t.Errorf("the first window is %g", s.Lines[0].Values[0])
	}
	near(t, "the second window", s.Lines[0].Values[1], 0.812558333, 5e-10)
}

func TestClassificationSaysWhyItIsEmpty(t *testing.T) {
	out := answer(t, dayQuery("classification", query.FormatNumbers), counts.Data{})
	n := out[0].(result.Numbers)
	if len(n.Values) != 0 || !noticed(n.Meta, "ml_outcomes_total") || !noticed(n.Meta, `model="fraud"`) {
		t.Errorf("got %+v", n)
	}
}

func TestAPositiveClassThatDoesNotOccurIsSaid(t *testing.T) {
	q := withOptions(dayQuery("classification", query.FormatNumbers), `{"metrics":["recall"],"positiveClass":"yes"}`)
	n := answer(t, q, flights())[0].(result.Numbers)
	if !math.IsNaN(n.Values[0].Value) || !noticed(n.Meta, `class "yes" does not occur`) {
		t.Errorf("got %+v", n)
	}
}

func TestBusinessValueIsTheMeanWorthOfAPrediction(t *testing.T) {
	q := withOptions(dayQuery("classification", query.FormatNumbers), `{"metrics":["business_value"],"valueTruePositive":10,"valueFalsePositive":-1,"valueFalseNegative":-5}`)
	out := answer(t, q, flights())
	near(t, "value", value(t, out, "model", "flights", "version", "v1", "metric", "business_value"), (4166*10-2701-19792*5)/120000.0, 1e-12)
	q = withOptions(dayQuery("classification", query.FormatNumbers), `{"metrics":["business_value"]}`)
	if _, err := tryRun(fleet(), q); err == nil || !strings.Contains(err.Error(), "valueTruePositive") {
		t.Errorf("without any value: %v", err)
	}
}

func TestTheReportHasARowPerClassAndPerAverage(t *testing.T) {
	table := answer(t, dayQuery("classification", query.FormatTable), flights())[0].(result.Table)
	if got := cell(t, table, "Row", 1); got != "positive class" {
		t.Errorf("row of class 1 is %q", got)
	}
	near(t, "precision", cell(t, table, "Precision", 1).(float64), 0.606669579, 5e-10)
	near(t, "support", cell(t, table, "Support", 1).(float64), 23958, 0)
	if got := cell(t, table, "Row", 4); got != "weighted average" {
		t.Errorf("the last row is %q", got)
	}
}

func TestTheConfusionMatrixIsNormalisedAsAsked(t *testing.T) {
	for normalize, want := range map[string]float64{"none": 4166, "actual": 4166.0 / 23958, "predicted": 4166.0 / 6867, "all": 4166.0 / 120000} {
		q := withOptions(dayQuery("confusion_matrix", query.FormatMatrix), `{"normalize":"`+normalize+`"}`)
		m := answer(t, q, flights())[0].(result.Matrix)
		near(t, normalize, m.Values[3], want, 1e-12)
		if m.Corner != `actual \ predicted` || m.Rows[1] != "1" || m.N != 120000 {
			t.Errorf("got %+v", m)
		}
	}
}

func TestRareClassesAreFoldedAndSaid(t *testing.T) {
	q := withOptions(dayQuery("confusion_matrix", query.FormatMatrix), `{"top":2,"normalize":"none"}`)
	m := answer(t, q, counts.Data{Tallies: []counts.TallyGroup{{
		Keys:  [][]string{{"10", "10"}, {"9", "9"}, {"9", "10"}, {"2", "2"}, {"2", "1"}, {"1", "1"}},
		Cells: []float64{50, 40, 2, 3, 1, 1},
	}}})[0].(result.Matrix)
	if got := strings.Join(m.Rows, " "); got != "9 10 other" || !noticed(m.Meta, "2 classes are folded") {
		t.Errorf("rows %s, notices %v", got, m.Notices)
	}
	near(t, "the rest taken for the rest", m.Values[8], 5, 0)
}

func TestTheMostConfusedPairsComeFirst(t *testing.T) {
	table := answer(t, dayQuery("confusion_matrix", query.FormatTable), flights())[0].(result.Table)
	if cell(t, table, "Actual", 0) != "1" || cell(t, table, "Predicted", 0) != "0" {
		t.Errorf("got %+v", table.Columns)
	}
	near(t, "share of actual", cell(t, table, "Share of actual", 0).(float64), 19792.0/23958, 1e-12)
	near(t, "share of errors", cell(t, table, "Share of errors", 0).(float64), 19792.0/22493, 1e-12)
}

func TestOutcomesWithoutAClassAreLeftOutAndSaid(t *testing.T) {
	d := flights()
	d.Tallies[0].Keys = append(d.Tallies[0].Keys, []string{"1", ""})
	d.Tallies[0].Cells = append(d.Tallies[0].Cells, 1000)
	n := answer(t, dayQuery("classification", query.FormatNumbers), d)[0].(result.Numbers)
	near(t, "accuracy", n.Values[0].Value, 0.812558333, 5e-10)
	if !noticed(n.Meta, "without an actual or a predicted class") {
		t.Errorf("notices: %v", n.Notices)
	}
}
