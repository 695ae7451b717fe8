package analysis

import (
	"embed"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

//go:embed *.go
var sourceFiles embed.FS

func TestEveryOptionThatTheCodeReadsIsInASchema(t *testing.T) {
	var known []string
	for _, a := range All() {
		for _, o := range a.Options {
			known = append(known, o.Name)
		}
	}
	getter := regexp.MustCompile(`\bo\.(?:Number|Integer|Bool|String|Strings|Duration|Set)\("(\w+)"\)`)
	entries, err := sourceFiles.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := sourceFiles.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range getter.FindAllStringSubmatch(string(text), -1) {
			found++
			if !slices.Contains(known, m[1]) {
				t.Errorf("%s reads the option %q, which no schema has", e.Name(), m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d reads of options were found: the pattern has gone stale", found)
	}
}

func TestTheRegistryIsComplete(t *testing.T) {
	want := []string{
		"calibration",
		"classification",
		"compare",
		"confusion_matrix",
		"correlation",
		"data_quality",
		"detect",
		"distribution",
		"drift",
		"estimated_performance",
		"events",
		"feature_statistics",
		"health",
		"importance",
		"labels",
		"models",
		"plan",
		"precision_recall",
		"ranking",
		"ranking_power",
		"regression",
		"roc",
		"scores",
		"segments",
		"service",
		"threshold",
	}
	var names []string
	for _, a := range All() {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, want) {
		t.Errorf("registered are %v, want %v", names, want)
	}
	if _, err := Lookup("drft"); err == nil || !strings.Contains(err.Error(), "choose one of calibration, classification") {
		t.Errorf("unknown analysis: %v", err)
	}
}

func TestEveryEntryDescribesItself(t *testing.T) {
	for _, a := range All() {
		if a.Title == "" || a.Summary == "" || a.NeedsText == "" || a.Icon == "" || !slices.Contains(groups, a.Group) || len(a.Formats) == 0 {
			t.Errorf("%s lacks a description", a.Name)
		}
		for _, r := range a.Roles {
			if _, ok := profile.Info(r.Name); !ok {
				t.Errorf("%s needs the role %q, which there is not", a.Name, r.Name)
			}
		}
		for _, f := range a.Formats {
			if f.Title == "" || f.Panel == "" {
				t.Errorf("%s: format %s lacks a title or a panel", a.Name, f.Name)
			}
		}
		names := make(map[string]bool)
		for _, o := range a.Options {
			if names[o.Name] || o.Title == "" || o.Help == "" {
				t.Errorf("%s: option %q is named twice or lacks a title or help", a.Name, o.Name)
			}
			names[o.Name] = true
			if o.Type == TypeEnum && len(o.Enum) == 0 {
				t.Errorf("%s: option %q has nothing to choose from", a.Name, o.Name)
			}
			if o.Default == nil {
				continue
			}
			raw, err := json.Marshal(o.Default)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.ParseOptions(map[string]json.RawMessage{o.Name: raw}); err != nil {
				t.Errorf("%s: the default of %q is not valid: %v", a.Name, o.Name, err)
			}
		}
	}
}

func TestTheRegistryAsJSON(t *testing.T) {
	raw, err := json.Marshal(Describe())
	if err != nil {
		t.Fatal(err)
	}
	var registry struct {
		QueryVersion int
		Analyses     []map[string]any
	}
	if err := json.Unmarshal(raw, &registry); err != nil {
		t.Fatal(err)
	}
	if registry.QueryVersion != query.Version || len(registry.Analyses) != len(All()) {
		t.Errorf("version %d, %d analyses", registry.QueryVersion, len(registry.Analyses))
	}
	for _, a := range registry.Analyses {
		for _, field := range []string{"name", "title", "group", "icon", "summary", "needs", "docs", "formats", "groupBy", "baseline", "options", "roles"} {
			if a[field] == nil {
				t.Errorf("%v has no %s", a["name"], field)
			}
		}
		if a["baseline"] != BaselineNone && (a["baselines"] == nil || a["defaultBaseline"] == nil) {
			t.Errorf("%v takes a baseline, but has no kinds or no default", a["name"])
		}
	}
}

func TestQueriesThatNoAnalysisCanAnswer(t *testing.T) {
	tests := []struct {
		name, field, message string
		change               func(*query.Query)
	}{
		{"a format that the analysis lacks", "format", `format "matrix" is not one that drift answers in: use heatmap, table, series, numbers`,
			func(q *query.Query) { q.Format = query.FormatMatrix }},
		{"no model", "model", "the model is missing", func(q *query.Query) { q.Model = nil }},
		{"grouping by a label of the answer's own", "groupBy[0]", `groupBy "feature" is a label that drift uses itself`,
			func(q *query.Query) { q.GroupBy = []profile.Label{profile.Feature} }},
		{"an unknown option", "options.metod", `option "metod" is not known`, func(q *query.Query) { withOptions(q, `{"metod":"ks"}`) }},
		{"an unknown method", "options.method", `option method is "kss": use one of psi, js`, func(q *query.Query) { withOptions(q, `{"method":"kss"}`) }},
		{"a negative limit", "options.tolerated", "use at least 0", func(q *query.Query) { withOptions(q, `{"tolerated":-1}`) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := dayQuery("drift", query.FormatTable)
			tt.change(q)
			_, err := tryRun(fleet(), q)
			var wrong *query.Error
			if !errors.As(err, &wrong) || wrong.Field != tt.field || !strings.Contains(wrong.Message, tt.message) {
				t.Errorf("got %v, want field %s and %q", err, tt.field, tt.message)
			}
		})
	}
	t.Run("a matcher on the model stands for the model", func(t *testing.T) {
		q := dayQuery("drift", query.FormatTable)
		q.Model, q.Matchers = nil, []query.Matcher{{Label: profile.Model, Op: "=~", Values: []string{"fr.*"}}}
		run(t, fleet(), q)
	})
	t.Run("an unknown choice in a list", func(t *testing.T) {
		q := withOptions(dayQuery("classification", query.FormatNumbers), `{"metrics":["accurracy"]}`)
		if _, err := tryRun(fleet(), q); err == nil || !strings.Contains(err.Error(), `option metrics is "accurracy": use one of accuracy`) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAPanicInParallelWorkReachesTheCaller(t *testing.T) {
	defer func() {
		if p := recover(); p != "here" {
			t.Errorf("recovered %v", p)
		}
	}()
	_ = parallel(10, func(i int) error {
		if i == 7 {
			panic("here")
		}
		return nil
	})
}
