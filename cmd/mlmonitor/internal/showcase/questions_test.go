package showcase

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

var now = time.Date(2026, 5, 8, 0, 0, 0, 0, time.UTC)

func questions() []Question {
	from := now.Add(-7 * day)
	return Questions(Times{From: from, Now: now, Fleet: from, Flights: func(month time.Month, d int) time.Time {
		played := time.Date(2001, month, d, 0, 0, 0, 0, time.UTC).Sub(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC))
		return from.Add(played / 24)
	}})
}

func TestQuestionsAreValidQueries(t *testing.T) {
	for _, q := range questions() {
		if _, err := query.Parse(json.RawMessage(q.Query), "A", query.Context{From: q.From, To: q.To, Interval: time.Hour, MaxDataPoints: 100}); err != nil {
			t.Errorf("%s: %v", q.Title, err)
		}
		if q.From.Before(now.Add(-7*day)) || q.To.After(now) {
			t.Errorf("%s: %s to %s is outside of the week", q.Title, q.From, q.To)
		}
	}
}

func TestEveryAnalysisIsAsked(t *testing.T) {
	asked := map[string]bool{}
	for _, q := range questions() {
		var named struct{ Analysis string }
		if err := json.Unmarshal([]byte(q.Query), &named); err != nil {
			t.Fatal(err)
		}
		asked[named.Analysis] = true
	}
	for _, a := range analysis.All() {
		if !asked[a.Name] {
			t.Errorf("the tour does not show the analysis %q", a.Name)
		}
	}
}
