package frames_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/frames"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func TestEveryFrameKeepsTheRulesOfPanelsAndAlertRules(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			made, err := frames.Encode(sample.results, sample.answer)
			if err != nil {
				t.Fatal(err)
			}
			for _, frame := range made {
				if _, err := frame.MarshalArrow(); err != nil {
					t.Errorf("the frame cannot be sent: %v", err)
				}
				if frame.Meta.PreferredVisualizationPluginID == "" {
					t.Error("no core panel is named to draw the frame")
				}
				for _, field := range frame.Fields {
					if typ := field.Type(); typ == data.FieldTypeBool || typ == data.FieldTypeNullableBool {
						t.Errorf("field %q is boolean, which alert rules refuse", field.Name)
					}
					if field.Config != nil && field.Config.DisplayName != "" {
						t.Errorf("field %q sets displayName, which takes the panel's choice away", field.Name)
					}
				}
			}
		})
	}
}

func TestAnEmptyAnswerIsATypedFrameWithoutFieldsThatSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name, format string
		results      []result.Result
		frameType    data.FrameType
	}{
		{"no results at all", "numbers", nil, data.FrameTypeNumericWide},
		{"numbers without values", "numbers", []result.Result{result.Numbers{}}, data.FrameTypeNumericWide},
		{"series without lines", "series", []result.Result{result.Series{}}, data.FrameTypeTimeSeriesMulti},
		{"a grid without rows", "heatmap", []result.Result{result.Grid{}}, "heatmap-rows"},
		{"a table without rows", "table", []result.Result{result.Table{Columns: []result.Column{{Name: "model"}}}}, data.FrameTypeTable},
		{"a matrix without names", "matrix", []result.Result{result.Matrix{}}, data.FrameTypeTable},
		{"a curve without fields", "curve", []result.Result{result.Curve{}}, ""},
		{"a distribution without buckets", "distribution", []result.Result{result.Distribution{}}, ""},
		{"no events", "events", []result.Result{result.Events{}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, err := frames.Encode(c.results, frames.Answer{Format: c.format})
			if err != nil {
				t.Fatal(err)
			}
			if len(made) != 1 || len(made[0].Fields) != 0 {
				t.Fatalf("got %d frames, the first with %d fields; want one without fields", len(made), len(made[0].Fields))
			}
			if made[0].Meta.Type != c.frameType {
				t.Errorf("typed %q, want %q", made[0].Meta.Type, c.frameType)
			}
			if len(made[0].Meta.Notices) == 0 {
				t.Error("nothing says why the answer is empty")
			}
		})
	}
}

func TestAMistakeOfAnAnalysisIsAnErrorAndNoPanic(t *testing.T) {
	psi := labels("metric", "psi")
	for _, c := range []struct {
		name    string
		results []result.Result
		want    string
	}{
		{"two numbers with the same labels", []result.Result{result.Numbers{Values: []result.Number{{Labels: psi}, {Labels: psi}}}}, "same labels"},
		{"two lines with the same labels", []result.Result{result.Series{Lines: []result.Line{{Name: "a", Labels: psi}, {Name: "b", Labels: psi}}}}, "same labels"},
		{"times that do not ascend", []result.Result{result.Series{Times: append(hours(1), hours(1)...), Lines: []result.Line{{Labels: psi, Values: []float64{1, 2}}}}}, "does not come after"},
		{"a line shorter than its times", []result.Result{result.Series{Times: hours(2), Lines: []result.Line{{Name: "x", Labels: psi, Values: []float64{1}}}}}, "has 1 values where 2 are due"},
		{"a band that ends nowhere", []result.Result{result.Series{Times: hours(1), Lines: []result.Line{{Labels: psi, Values: []float64{1}, FillBelowTo: "lower"}}}}, "is no line"},
		{"two rows of one name", []result.Result{result.Grid{Times: hours(1), Rows: []result.Line{{Name: "a", Labels: psi, Values: []float64{1}}, {Name: "a", Labels: labels("metric", "js"), Values: []float64{1}}}}}, `two rows are named "a"`},
		{"columns of different lengths", []result.Result{result.Table{Columns: []result.Column{{Name: "a", Texts: []string{"x"}}, {Name: "b", Numbers: []float64{1, 2}}}}}, "has 2 values where 1 are due"},
		{"a matrix that is not full", []result.Result{result.Matrix{Rows: []string{"a"}, Columns: []string{"b"}}}, "has 0 values where 1 are due"},
		{"a curve without x", []result.Result{result.Curve{Fields: []result.CurveField{{Name: "y", Role: result.RoleY}}}}, "has no x"},
		{"a distribution without shares", []result.Result{result.Distribution{Intervals: []string{"a"}}}, "has 0 values where 1 are due"},
		{"results of two shapes", []result.Result{result.Table{}, result.Matrix{}}, "mixed in one answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := frames.Encode(c.results, frames.Answer{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got the error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestNoticesOfOneSeverityAreShownTogetherAndOnce(t *testing.T) {
	made, err := frames.Encode(
		[]result.Result{
			result.Table{Meta: result.Meta{Notices: []result.Notice{{Severity: result.Warning, Text: "Reset."}}}, Columns: []result.Column{{Name: "a", Texts: []string{"x"}}}},
			result.Table{Meta: result.Meta{Notices: []result.Notice{{Severity: result.Warning, Text: "Gap."}}}, Columns: []result.Column{{Name: "a", Texts: []string{"x"}}}},
		},
		frames.Answer{Notices: []result.Notice{{Severity: result.Warning, Text: "Reset."}, {Severity: result.Info, Text: "Aligned."}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	got := made[0].Meta.Notices
	if len(got) != 2 || got[0].Text != "Reset.\nGap." || got[1].Text != "Aligned." {
		t.Errorf("got %v", got)
	}
}

func TestMetadataThatJSONCannotHoldBecomesNull(t *testing.T) {
	made, err := frames.Encode([]result.Result{result.Numbers{
		Meta:   result.Meta{N: 3, Custom: map[string]any{"bound": math.NaN(), "range": []float64{1, math.Inf(1)}, "inner": map[string]float64{"x": math.NaN()}}},
		Values: []result.Number{{Labels: labels("metric", "psi"), Value: 1}},
	}}, frames.Answer{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(made[0].Meta.Custom)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"bound":null,"inner":{"x":null},"n":3,"range":[1,null]}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnInfiniteNumberStaysSoThatItsAlertFires(t *testing.T) {
	made, err := frames.Encode([]result.Result{result.Numbers{Values: []result.Number{{Labels: labels("metric", "psi"), Value: math.Inf(1)}}}}, frames.Answer{})
	if err != nil {
		t.Fatal(err)
	}
	if v := made[0].Fields[0].At(0).(*float64); v == nil || !math.IsInf(*v, 1) {
		t.Errorf("got %v", v)
	}
}

func TestATrendCurveAscendsStrictly(t *testing.T) {
	made, err := frames.Encode([]result.Result{result.Curve{Trend: true, Fields: []result.CurveField{
		{Name: "x", Role: result.RoleX, Values: []float64{0.5, 0.25, 0.5, math.NaN()}},
		{Name: "y", Role: result.RoleY, Values: []float64{1, 2, 3, 4}},
	}}}, frames.Answer{})
	if err != nil {
		t.Fatal(err)
	}
	if x, y := numbersOf(made[0].Fields[0]), numbersOf(made[0].Fields[1]); !slices.Equal(x, []float64{0.25, 0.5}) || !slices.Equal(y, []float64{2, 3}) {
		t.Errorf("x %v, y %v", x, y)
	}
}

func numbersOf(f *data.Field) []float64 {
	out := make([]float64, f.Len())
	for i := range out {
		out[i] = *f.At(i).(*float64)
	}
	return out
}

func TestADisplayNameHoldsWhatTellsThingsApart(t *testing.T) {
	number := func(pairs ...string) result.Number { return result.Number{Labels: labels(pairs...)} }
	for _, c := range []struct {
		name   string
		values []result.Number
		want   []string
	}{
		{"one value is named by its metric", []result.Number{number("metric", "average_precision", "model", "fraud")}, []string{"average precision"}},
		{"features of one metric are named by the feature", []result.Number{number("metric", "psi", "feature", "age"), number("metric", "psi", "feature", "amount")}, []string{"age", "amount"}},
		{"the plain value beside those per class", []result.Number{number("metric", "f1"), number("metric", "f1", "class", "yes")}, []string{"f1", "yes"}},
		{"several labels in a fixed order", []result.Number{number("segment", "eu", "metric", "f1", "version", "v1"), number("segment", "us", "metric", "recall", "version", "v2")}, []string{"f1 v1 eu", "recall v2 us"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, err := frames.Encode([]result.Result{result.Numbers{Values: c.values}}, frames.Answer{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range made[0].Fields {
				got = append(got, f.Config.DisplayNameFromDS)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCurvesOfSeveralGroupsAreNamedApart(t *testing.T) {
	roc := func(version string) result.Curve {
		return result.Curve{Fields: []result.CurveField{
			{Name: "false positive rate", Role: result.RoleX, Values: []float64{0, 1}},
			{Name: "true positive rate", Role: result.RoleY, Labels: labels("version", version), Values: []float64{0, 1}},
		}}
	}
	made, err := frames.Encode([]result.Result{roc("v1"), roc("v2")}, frames.Answer{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := made[0].Fields[1].Name, made[1].Fields[1].Name; a != "true positive rate v1" || b != "true positive rate v2" {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestADivergingMatrixIsColouredAlikeBelowAndAboveZero(t *testing.T) {
	made, err := frames.Encode([]result.Result{result.Matrix{Rows: []string{"a"}, Columns: []string{"b", "c"}, Values: []float64{-2, 1}, Style: result.Style{Min: math.NaN(), Max: math.NaN()}, Diverging: true}}, frames.Answer{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made[0].Fields[1:] {
		if *f.Config.Min != -2 || *f.Config.Max != 2 {
			t.Errorf("column %s is coloured from %v to %v, want -2 to 2", f.Name, *f.Config.Min, *f.Config.Max)
		}
	}
}
