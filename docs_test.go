package mlmonitor_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

func page(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("docs", "analyses", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// rows are the lines of a page's tables, by the text in their first cell.
func rows(text string) map[string]string {
	out := make(map[string]string)
	for _, line := range strings.Split(text, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			out[strings.Trim(cells[1], " `")] = line
		}
	}
	return out
}

func TestEveryAnalysisHasAPageThatAgreesWithTheRegistry(t *testing.T) {
	index := page(t, "README.md")
	for _, a := range analysis.All() {
		text := page(t, a.Name+".md")
		if want := fmt.Sprintf("# %s (`%s`)\n", a.Title, a.Name); !strings.HasPrefix(text, want) {
			t.Errorf("%s.md does not begin with %q", a.Name, want)
		}
		table := rows(text)
		var formats []string
		for _, f := range a.Formats {
			formats = append(formats, "`"+string(f.Name)+"`")
			if line := table[string(f.Name)]; !strings.Contains(line, f.Panel) {
				t.Errorf("%s.md does not list the format %s with its panel %s", a.Name, f.Name, f.Panel)
			}
		}
		for _, o := range a.Options {
			line, ok := table[o.Name]
			if !ok || !strings.Contains(line, "| "+string(o.Type)+" |") {
				t.Errorf("%s.md does not list the option %s of type %s", a.Name, o.Name, o.Type)
			}
			for _, e := range o.Enum {
				if e.Value != "" && !strings.Contains(line, "`"+e.Value+"`") {
					t.Errorf("%s.md: the option %s does not name its value %s", a.Name, o.Name, e.Value)
				}
			}
		}
		line := fmt.Sprintf("| [`%s`](%s.md) | %s | %s | %s |", a.Name, a.Name, a.Title, strings.Join(formats, ", "), a.Baseline)
		if !strings.Contains(index, line) {
			t.Errorf("docs/analyses/README.md lacks the row %q", line)
		}
	}
}

func TestThePagesNameNoOptionThatThereIsNot(t *testing.T) {
	for _, a := range analysis.All() {
		known := make(map[string]bool)
		for _, o := range a.Options {
			known[o.Name] = true
		}
		_, options, found := strings.Cut(page(t, a.Name+".md"), "\n## Options\n")
		if found != (len(a.Options) > 0) {
			t.Errorf("%s.md: the section of options is there: %v, options: %d", a.Name, found, len(a.Options))
		}
		options, _, _ = strings.Cut(options, "\n## ")
		for name := range rows(options) {
			if name != "Option" && !strings.HasPrefix(name, "---") && !known[name] {
				t.Errorf("%s.md lists the option %q, which there is not", a.Name, name)
			}
		}
	}
}

func TestTheExamplesOfThePagesAreQueries(t *testing.T) {
	now := time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)
	for _, a := range analysis.All() {
		_, example, found := strings.Cut(page(t, a.Name+".md"), "```json\n")
		example, _, closed := strings.Cut(example, "\n```")
		if !found || !closed || !json.Valid([]byte(example)) {
			t.Errorf("%s.md has no example that is JSON", a.Name)
			continue
		}
		q, err := query.Parse([]byte(example), "A", query.Context{From: now.Add(-24 * time.Hour), To: now, Interval: time.Minute, MaxDataPoints: 500})
		if err != nil {
			t.Errorf("%s.md: the example is no query: %v", a.Name, err)
			continue
		}
		o, err := a.ParseOptions(q.Options)
		if err == nil {
			_, err = a.Needs(q, o)
		}
		if err != nil || q.Analysis != a.Name {
			t.Errorf("%s.md: the example is not answered by %s: %v", a.Name, a.Name, err)
		}
	}
}
