package mlmonitor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// dashboard is what the tests read of a dashboard.
type dashboard struct {
	UID        string
	Templating struct{ List []struct{ Name string } }
	Panels     []struct {
		ID                                      int
		Type, Title, Description, PluginVersion string
		GridPos                                 struct{ X, Y, W, H int }
		Targets                                 []json.RawMessage
	}
}

var variable = regexp.MustCompile(`\$\{?(\w+)\}?`)

// chosen are values that the dashboards' variables may have.
var chosen = map[string]string{
	"datasource": "mlmonitor", "model": "fraud", "version": "v1", "feature": "amount", "class": "1",
	"window": "1d", "baseline": "reference", "offset": "7d",
}

func TestBundledDashboardsAskWhatTheAnalysesAnswer(t *testing.T) {
	files, err := filepath.Glob("src/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var names []string
		for _, v := range d.Templating.List {
			names = append(names, v.Name)
		}
		seen := map[int]bool{}
		for _, p := range d.Panels {
			if seen[p.ID] {
				t.Errorf("%s: two panels have the id %d", file, p.ID)
			}
			seen[p.ID] = true
			if p.GridPos.X+p.GridPos.W > 24 {
				t.Errorf("%s: panel %q is wider than the dashboard", file, p.Title)
			}
			if p.Type == "row" {
				continue
			}
			if p.Description == "" || p.PluginVersion == "" {
				t.Errorf("%s: panel %q lacks its description or its pluginVersion, without which Grafana migrates it", file, p.Title)
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s: panel %q asks nothing", file, p.Title)
			}
			for _, target := range p.Targets {
				filled := variable.ReplaceAllFunc(target, func(found []byte) []byte {
					name := string(variable.FindSubmatch(found)[1])
					if !slices.Contains(names, name) {
						t.Errorf("%s: panel %q uses the variable %q, which the dashboard lacks", file, p.Title, name)
					}
					return []byte(chosen[name])
				})
				if err := understood(filled); err != nil {
					t.Errorf("%s: panel %q: %v\n%s", file, p.Title, err, filled)
				}
			}
		}
	}
}

// understood tells whether the plugin would accept a query.
func understood(raw []byte) error {
	to := time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)
	q, err := query.Parse(raw, "A", query.Context{From: to.Add(-24 * time.Hour), To: to, Interval: time.Hour, MaxDataPoints: 100})
	if err != nil {
		return err
	}
	a, err := analysis.Lookup(q.Analysis)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(a.Formats, func(f analysis.FormatInfo) bool { return f.Name == q.Format }) {
		return &query.Error{Field: "format", Message: "the analysis " + a.Name + " has no format " + string(q.Format)}
	}
	options, err := a.ParseOptions(q.Options)
	if err != nil {
		return err
	}
	_, err = a.Needs(q, options)
	return err
}
