package analysis

import (
	"errors"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// fallingAccuracy is a model with an accuracy of 0.9 whose errors become many 16 hours into
// the day: 0.9 of 200 rows an hour, then 0.6 of 300.
func fallingAccuracy() world {
	l := named2("model", "fraud", "version", "v1")
	add := func(actual, predicted string, rate float64, since time.Time, instance string) stream {
		return stream{role: profile.Outcomes, labels: with(l, "actual", actual, "predicted", predicted, "instance", instance), rates: []float64{rate}, since: since}
	}
	return world{
		add("1", "1", 90, time.Time{}, "a"), add("0", "0", 90, time.Time{}, "a"),
		add("1", "0", 10, time.Time{}, "a"), add("0", "1", 10, time.Time{}, "a"),
		add("1", "0", 100, dayStart.Add(16*time.Hour), "b"),
	}
}

func TestAFallIsDetectedWhenItHappens(t *testing.T) {
	q := withOptions(dayQuery("detect", query.FormatEvents), `{"of":"classification","metric":"accuracy"}`)
	e := run(t, fallingAccuracy(), q)[0].(result.Events)
	if len(e.Events) != 1 || !e.Events[0].Time.Equal(dayStart.Add(17*time.Hour)) {
		t.Fatalf("got %+v, want one fall in the window that ends at 17:00", e.Events)
	}
	if first := e.Events[0]; first.Title != "accuracy fell" || !first.End.Equal(dayStart.Add(24*time.Hour)) || first.Text != "accuracy fraud v1: 0.6 on average, 0.9 before (CUSUM)" || first.Tags[0] != "detection" {
		t.Errorf("got %+v", first)
	}
	if !noticed(e.Meta, "raises a false alarm every 465 windows") {
		t.Errorf("notices: %v", e.Notices)
	}
}

func TestAlarmsAsASeries(t *testing.T) {
	q := withOptions(dayQuery("detect", query.FormatSeries), `{"of":"classification","metric":"accuracy","show":"alarm","method":"shewhart"}`)
	s := run(t, fallingAccuracy(), q)[0].(result.Series)
	if len(s.Lines) != 1 || s.Lines[0].Labels["metric"] != "alarm" || s.Lines[0].Labels["of"] != "accuracy" {
		t.Fatalf("got %+v", s.Lines)
	}
	near(t, "before the fall", s.Lines[0].Values[15], 0, 0)
	near(t, "at the fall", s.Lines[0].Values[16], 1, 0)
}

func TestValuesWithWhatTheyAreHeldAgainst(t *testing.T) {
	q := withOptions(dayQuery("detect", query.FormatSeries), `{"of":"classification","metric":"accuracy"}`)
	s := run(t, fallingAccuracy(), q)[0].(result.Series)
	if len(s.Lines) != 3 || s.Lines[2].FillBelowTo != s.Lines[1].Name {
		t.Fatalf("got %+v", s.Lines)
	}
	near(t, "value", s.Lines[0].Values[20], 0.6, 1e-12)
	near(t, "target", (s.Lines[1].Values[12]+s.Lines[2].Values[12])/2, 0.9, 1e-9)
}

func TestAMetricThatTheWatchedAnalysisLacksIsRefused(t *testing.T) {
	var wrong *query.Error
	_, err := tryRun(fallingAccuracy(), withOptions(dayQuery("detect", query.FormatSeries), `{"of":"classification","metric":"acuracy"}`))
	if !errors.As(err, &wrong) || wrong.Field != "options.metric" {
		t.Errorf("got %v", err)
	}
}
