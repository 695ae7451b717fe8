package compat

import (
	_ "embed"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type goldenCase struct {
	Edges, Ref, Cur []float64
	Want            map[string]float64
}

type goldenFile struct {
	Numeric, Categorical []goldenCase
	Unions               []struct {
		Edges, Ref []float64
		CurEdges   []float64 `json:"cur_edges"`
		Cur        []float64
		JS         float64
	}
	Chunks struct {
		Values    []float64
		Threshold float64
	}
}

func golden(t *testing.T) goldenFile {
	t.Helper()
	var g goldenFile
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Max(1e-12, math.Abs(want))
}

func TestEveryRuleIsThatOfItsTool(t *testing.T) {
	g := golden(t)
	checked := map[string]bool{}
	check := func(c goldenCase, numeric bool, compare func(Tool, drift.Method) (Answer, error)) {
		for _, r := range rules {
			if numeric && !r.numeric || !numeric && !r.categorical {
				continue
			}
			name := string(r.tool) + " " + string(r.method)
			want, ok := c.Want[name]
			if !ok {
				continue
			}
			checked[name] = true
			a, err := compare(r.tool, r.method)
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1e-9
			if r.method == drift.KS || r.method == drift.Wasserstein {
				tolerance = 1e-5 // p to six digits; area by steps
			}
			if !near(a.Value, want, tolerance) {
				t.Errorf("%v against %v: %s is %.12g, want %.12g", c.Ref, c.Cur, name, a.Value, want)
			}
			if limit, ok := c.Want[string(r.tool)+" limit"]; ok && !near(a.Threshold, limit, 1e-9) {
				t.Errorf("%s compares with %g, want %g", name, a.Threshold, limit)
			}
			if p, ok := c.Want[name+" p"]; ok && !near(a.P, p, tolerance) {
				t.Errorf("%s has p = %g, want %g", name, a.P, p)
			}
		}
	}
	for _, c := range g.Numeric {
		check(c, true, func(tool Tool, m drift.Method) (Answer, error) {
			return Numeric(tool, m, histogram.New(c.Edges, c.Ref), histogram.New(c.Edges, c.Cur))
		})
	}
	for _, c := range g.Categorical {
		check(c, false, func(tool Tool, m drift.Method) (Answer, error) { return Categorical(tool, m, c.Ref, c.Cur) })
	}
	for _, r := range rules {
		if name := string(r.tool) + " " + string(r.method); !checked[name] {
			t.Errorf("no golden value was compared with %s", name)
		}
	}
}

func TestTFDVSplitsBucketsOnTheUnionOfTheEdges(t *testing.T) {
	for _, c := range golden(t).Unions {
		a, err := Numeric(TFDV, drift.JensenShannon, histogram.New(c.Edges, c.Ref), histogram.New(c.CurEdges, c.Cur))
		if err != nil || !near(a.Value, c.JS, 1e-9) {
			t.Errorf("JS divergence %.12g, want %.12g, %v", a.Value, c.JS, err)
		}
	}
}

func TestNannyMLsThresholdIsThreeDeviationsAboveTheChunks(t *testing.T) {
	c := golden(t).Chunks
	if got := ChunkThreshold(c.Values, 10); !near(got, c.Threshold, 1e-12) {
		t.Errorf("threshold %g, want %g", got, c.Threshold)
	}
	if got := ChunkThreshold(c.Values, 1); got != 1 {
		t.Errorf("a threshold beyond the metric's range is %g", got)
	}
	if got := ChunkThreshold(c.Values[:1], 1); !math.IsNaN(got) {
		t.Errorf("one chunk gives %g", got)
	}
}

// The numbers are (0.05 − 0.0001)·ln(0.05/0.0001) and alike, by hand.
func TestOneEmptyCellByHand(t *testing.T) {
	ref, cur := []float64{950, 50}, []float64{1000, 0}
	rest := (0.95 - 1) * math.Log(0.95)
	for _, c := range []struct {
		tool Tool
		want float64
	}{
		{Evidently, (0.05-0.0001)*math.Log(0.05/0.0001) + rest},
		{Deepchecks, (0.05-0.01)*math.Log(0.05/0.01) + rest},
		{Fiddler, (951.0/1002-1001.0/1002)*math.Log(951.0/1001) + (51.0/1002-1.0/1002)*math.Log(51)},
	} {
		if a, err := Categorical(c.tool, drift.PSI, ref, cur); err != nil || !near(a.Value, c.want, 1e-12) {
			t.Errorf("%s: PSI %g, want %g, %v", c.tool, a.Value, c.want, err)
		}
	}
}

func TestFlagsAreThoseOfTheTools(t *testing.T) {
	ref := []float64{500, 500}
	for _, c := range []struct {
		name  string
		tool  Tool
		m     drift.Method
		cur   []float64
		drift bool
	}{
		{"Evidently's chi-square flags a new category", Evidently, drift.ChiSquare, []float64{500, 499, 1}, true},
		{"Evidently's chi-square does not flag equal shares", Evidently, drift.ChiSquare, []float64{50, 50, 0}, false},
		{"Deepchecks tolerates V below 0.2", Deepchecks, drift.ChiSquare, []float64{560, 440, 0}, false},
		{"TFDV flags a share that moved by more than 0.3", TFDV, drift.LInfinity, []float64{820, 180, 0}, true},
		{"Scouter flags a small PSI in a large window", Scouter, drift.PSI, []float64{51000, 49000, 0}, true},
		{"a tool without a threshold flags nothing", Fiddler, drift.PSI, []float64{900, 100, 0}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a, err := Categorical(c.tool, c.m, append(ref, 0)[:len(c.cur)], c.cur); err != nil || a.Drift != c.drift {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
	a, err := Categorical(Fiddler, drift.PSI, ref, []float64{900, 100})
	if err != nil || !a.Against(0.25).Drift || a.Against(5).Drift {
		t.Errorf("%+v against a threshold of one's own, %v", a, err)
	}
}

func TestWhatIsNotThereIsAnErrorThatNamesWhatIs(t *testing.T) {
	h := histogram.New([]float64{1}, []float64{5, 5})
	for want, call := range map[string]func() (Answer, error){
		"NannyML has no method \"psi\" for numeric features here: use js": func() (Answer, error) { return Numeric(NannyML, drift.PSI, h, h) },
		"compatibility \"x\" is unknown":                                  func() (Answer, error) { return Numeric("x", drift.PSI, h, h) },
		"0 observations against 3":                                        func() (Answer, error) { return Categorical(Fiddler, drift.PSI, []float64{0}, []float64{3}) },
		"1 reference categories against 2":                                func() (Answer, error) { return Categorical(Fiddler, drift.PSI, []float64{1}, []float64{3, 2}) },
		"\"NaN\"":                                                         func() (Answer, error) { return Categorical(Fiddler, drift.PSI, []float64{math.NaN()}, []float64{3}) },
	} {
		if _, err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
}

func TestEveryToolHasMethodsForCategoriesOrNumbers(t *testing.T) {
	for _, tool := range Tools() {
		if len(Methods(tool.Name, true))+len(Methods(tool.Name, false)) == 0 || tool.Title == "" || tool.Help == "" {
			t.Errorf("%+v", tool)
		}
		if _, err := Lookup(tool.Name); err != nil {
			t.Error(err)
		}
	}
}
