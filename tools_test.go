package mlmonitor_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compat"
)

func TestEveryToolHasAPageWithAQuery(t *testing.T) {
	folder := filepath.Join("docs", "coming-from")
	index, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	drift, _ := analysis.Lookup("drift")
	now := time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)
	for _, tool := range compat.Tools() {
		raw, err := os.ReadFile(filepath.Join(folder, string(tool.Name)+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(index), fmt.Sprintf("(%s.md) | `%s` |", tool.Name, tool.Name)) {
			t.Errorf("the index lacks %s", tool.Name)
		}
		_, example, _ := strings.Cut(string(raw), "```json\n")
		example, _, _ = strings.Cut(example, "\n```")
		q, err := query.Parse([]byte(example), "A", query.Context{From: now.Add(-24 * time.Hour), To: now, Interval: time.Minute, MaxDataPoints: 500})
		if err != nil {
			t.Errorf("%s: the example is no query: %v", tool.Name, err)
			continue
		}
		o, err := drift.ParseOptions(q.Options)
		if err == nil {
			_, err = drift.Needs(q, o)
		}
		if err != nil || o.String("compatibility") != string(tool.Name) {
			t.Errorf("%s: the example is not answered: %v", tool.Name, err)
		}
	}
}
