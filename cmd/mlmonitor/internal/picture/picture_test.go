package picture

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/frames"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

var (
	start    = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	twoTimes = []time.Time{start, start.Add(time.Hour)}
)

func TestOf(t *testing.T) {
	labels := func(name, value string) map[string]string { return map[string]string{"metric": "x", name: value} }
	for _, c := range []struct {
		name, format string
		results      []result.Result
		want         []Picture
	}{
		{"an empty answer has no picture", "series", nil, nil},
		{"numbers have no picture", "numbers", []result.Result{result.Numbers{Values: []result.Number{{Labels: labels("a", "b"), Value: 1}}}}, nil},
		{
			"the first row of a heatmap is on top", "heatmap",
			[]result.Result{result.Grid{Times: twoTimes, Rows: []result.Line{
				{Name: "worst", Labels: labels("feature", "worst"), Values: []float64{0.5, 0.6}},
				{Name: "best", Labels: labels("feature", "best"), Values: []float64{0, 0.1}},
			}}},
			[]Picture{Heatmap{Rows: []string{"worst", "best"}, Times: twoTimes, Values: [][]float64{{0.5, 0.6}, {0, 0.1}}}},
		},
		{
			"a matrix of shares says so", "matrix",
			[]result.Result{result.Matrix{Corner: "actual", Rows: []string{"0", "1"}, Columns: []string{"0", "1"}, Values: []float64{0.9, 0.1, 0.3, 0.7}, Style: result.Style{Unit: result.Percent}}},
			[]Picture{Matrix{Corner: "actual", Rows: []string{"0", "1"}, Columns: []string{"0", "1"}, Values: [][]float64{{0.9, 0.1}, {0.3, 0.7}}, Share: true, Max: 1}},
		},
		{
			"a matrix of correlations has a sign", "matrix",
			[]result.Result{result.Matrix{Corner: "feature", Rows: []string{"a"}, Columns: []string{"a", "b"}, Values: []float64{1, -0.25}}},
			[]Picture{Matrix{Corner: "feature", Rows: []string{"a"}, Columns: []string{"a", "b"}, Values: [][]float64{{1, -0.25}}, Decimals: 2, Max: 1}},
		},
		{
			"a distribution has its baseline", "distribution",
			[]result.Result{result.Distribution{Meta: result.Meta{Name: "amount"}, Intervals: []string{"< 5", "> 5"}, Baseline: []float64{0.5, 0.5}, Current: []float64{0.4, 0.6}}},
			[]Picture{Bars{Name: "amount", Intervals: []string{"< 5", "> 5"}, Baseline: []float64{0.5, 0.5}, Current: []float64{0.4, 0.6}}},
		},
		{
			"a reliability diagram has a band and a diagonal", "curve",
			[]result.Result{result.Curve{Trend: true, Fields: []result.CurveField{
				{Name: "Predicted", Role: result.RoleX, Values: []float64{0.1, 0.9}},
				{Name: "Observed", Role: result.RoleY, Values: []float64{0.2, 0.8}},
				{Name: "Lower", Role: result.RoleLower, Values: []float64{0.1, 0.7}},
				{Name: "Upper", Role: result.RoleUpper, Values: []float64{0.3, 0.9}},
				{Name: "Perfect", Role: result.RoleReference, Values: []float64{0.1, 0.9}},
				{Name: "n", Role: result.RoleExtra, Values: []float64{10, 20}},
			}}},
			[]Picture{Plot{XName: "Predicted", YName: "Observed", Lines: []Line{
				{Name: "Observed", X: []float64{0.1, 0.9}, Y: []float64{0.2, 0.8}, Lower: []float64{0.1, 0.7}, Upper: []float64{0.3, 0.9}},
				{Name: "Perfect", X: []float64{0.1, 0.9}, Y: []float64{0.1, 0.9}, Dashed: true},
			}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			encoded, err := frames.Encode(c.results, frames.Answer{Format: c.format})
			if err != nil {
				t.Fatal(err)
			}
			if got := Of(c.format, encoded); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestSeriesKeepGapsAndTakeLimitsForABand(t *testing.T) {
	encoded, err := frames.Encode([]result.Result{result.Series{Times: twoTimes, Lines: []result.Line{
		{Name: "accuracy", Labels: map[string]string{"metric": "accuracy"}, Values: []float64{math.NaN(), 0.8}},
		{Name: "lower", Labels: map[string]string{"metric": "accuracy", "bound": "lower"}, Values: []float64{math.NaN(), 0.7}, Bound: "lower"},
		{Name: "upper", Labels: map[string]string{"metric": "accuracy", "bound": "upper"}, Values: []float64{math.NaN(), 0.9}, Bound: "upper"},
		{Name: "hard", Labels: map[string]string{"metric": "accuracy", "bound": "hard_upper"}, Values: []float64{math.NaN(), 1}, Bound: "upper"},
		{Name: "recall", Labels: map[string]string{"metric": "recall"}, Values: []float64{0.1, 0.2}},
	}}}, frames.Answer{Format: "series"})
	if err != nil {
		t.Fatal(err)
	}
	pictures := Of("series", encoded)
	if len(pictures) != 1 {
		t.Fatalf("pictures %+v", pictures)
	}
	plot := pictures[0].(Plot)
	if !plot.Timed || len(plot.Lines) != 2 || !math.IsNaN(plot.Lines[0].Y[0]) || plot.Lines[0].Y[1] != 0.8 || plot.Lines[0].X[1] != float64(twoTimes[1].Unix()) {
		t.Fatalf("plot %+v", plot)
	}
	if line := plot.Lines[0]; line.Lower[1] != 0.7 || line.Upper[1] != 0.9 {
		t.Errorf("the band is %v to %v", line.Lower, line.Upper)
	}
	if line := plot.Lines[1]; line.Lower != nil || line.Upper != nil {
		t.Errorf("the line without limits has the band %v to %v", line.Lower, line.Upper)
	}
}

func TestCellsOfAMatrixAreWrittenAsWhatTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		matrix   Matrix
		x        float64
		text     string
		strength float64
	}{
		"a count":                  {Matrix{Max: 8}, 2, "2", 0.25},
		"a share":                  {Matrix{Max: 1, Share: true}, 0.5, "50.0 %", 0.5},
		"a correlation":            {Matrix{Max: 1, Decimals: 2}, -0.5, "-0.50", -0.5},
		"a correlation of 1":       {Matrix{Max: 1, Decimals: 2}, 1, "1.00", 1},
		"nothing":                  {Matrix{Max: 1}, math.NaN(), "–", 0},
		"a matrix of only nothing": {Matrix{}, 0, "0", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if text, strength := c.matrix.Text(c.x), c.matrix.Strength(c.x); text != c.text || strength != c.strength {
				t.Errorf("%q with strength %v, want %q with %v", text, strength, c.text, c.strength)
			}
		})
	}
}
