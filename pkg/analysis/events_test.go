package analysis

import (
	"math"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// seenFrom is a version that was seen in the hours of the day for which on is true,
// in windows of two minutes.
func seenFrom(version string, on func(hour float64) bool) counts.GaugeGroup {
	g := counts.GaugeGroup{Labels: map[string]string{"model": "fraud", "version": version}}
	for k := range eventStretches {
		v := math.NaN()
		if on(float64(k+1) / 30) {
			v = 1
		}
		g.Values = append(g.Values, v)
	}
	return g
}

func eventsOf(t *testing.T, options string, versions ...counts.GaugeGroup) []result.Event {
	t.Helper()
	q := withOptions(dayQuery("events", query.FormatEvents), options)
	q.Version = nil
	return answer(t, q, counts.Data{Gauges: versions}, counts.Data{}, counts.Data{})[0].(result.Events).Events
}

func TestADeploymentAndARollback(t *testing.T) {
	got := eventsOf(t, `{}`,
		seenFrom("v1", func(h float64) bool { return h <= 10 || h >= 20 }),
		seenFrom("v2", func(h float64) bool { return h >= 9 && h <= 21 }),
	)
	want := []struct {
		minute int
		title  string
		tag    string
	}{{9 * 60, "fraud v2 deployed", "deployment"}, {10*60 + 2, "fraud v1 retired", "retirement"}, {20 * 60, "fraud v1 returned", "return"}, {21*60 + 2, "fraud v2 retired", "retirement"}}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, w := range want {
		if !got[i].Time.Equal(dayStart.Add(time.Duration(w.minute)*time.Minute)) || got[i].Title != w.title || got[i].Tags[0] != w.tag {
			t.Errorf("event %d is %+v, want %+v", i, got[i], w)
		}
	}
	if only := eventsOf(t, `{"kinds":["deployments"]}`, seenFrom("v1", func(float64) bool { return true }), seenFrom("v2", func(h float64) bool { return h >= 9 })); len(only) != 1 {
		t.Errorf("got %+v", only)
	}
}

func TestARestartIsNoEvent(t *testing.T) {
	got := eventsOf(t, `{}`,
		seenFrom("v1", func(h float64) bool { return h < 5 || h > 8 }), // down, and nothing else was there
		seenFrom("v0", func(h float64) bool { return math.Abs(h-12) > 0.02 && h > 9 || h < 4.9 }),
	)
	for _, e := range got {
		if e.Time.After(dayStart.Add(10 * time.Hour)) {
			t.Errorf("got %+v", e)
		}
	}
}

func TestAVersionWithoutInfoIsSeenByItsPredictions(t *testing.T) {
	q := dayQuery("events", query.FormatEvents)
	q.Version = nil
	w := world{}
	for _, s := range fleet() {
		if s.role == profile.Predictions {
			w = append(w, s)
		}
	}
	got := run(t, w, q)[0].(result.Events)
	if len(got.Events) != 1 || got.Events[0].Title != "fraud v2 deployed" || !noticed(got.Meta, "every 2m") {
		t.Errorf("got %+v", got)
	}
}

func TestExportedEventsAreGivenOnce(t *testing.T) {
	at := dayStart.Add(7*time.Hour + 30*time.Second)
	w := world{
		{role: profile.EventTimestamp, labels: named2("model", "fraud", "version", "v1", "kind", "config_change", "title", "new threshold"), gauge: float64(at.Unix())},
		{role: profile.EventTimestamp, labels: named2("model", "fraud", "version", "v1", "kind", "retraining", "title", "long ago"), gauge: float64(dayStart.Add(-time.Hour).Unix())},
	}
	got := run(t, w, dayQuery("events", query.FormatEvents))[0].(result.Events)
	if len(got.Events) != 1 || !got.Events[0].Time.Equal(at) || got.Events[0].Title != "new threshold" || got.Events[0].Text != "fraud v1 config change" || got.Events[0].Tags[0] != "config_change" {
		t.Errorf("got %+v", got.Events)
	}
}
