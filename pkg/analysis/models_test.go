package analysis

import (
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func TestTheInventory(t *testing.T) {
	q := dayQuery("models", query.FormatTable)
	q.Model, q.Version = nil, nil
	table := run(t, fleet(), q)[0].(result.Table)
	type row struct{ model, version, task, owner, analyses string }
	want := []row{
		{"animals", "7", "classification", "", "scores, classification, ranking and calibration"},
		{"fraud", "v1", "classification", "risk", "drift, scores, classification, ranking and calibration"},
		{"fraud", "v2", "classification", "risk", "drift, scores, classification, ranking and calibration"},
	}
	for i, w := range want {
		got := row{
			cell(t, table, "Model", i).(string), cell(t, table, "Version", i).(string), cell(t, table, "Task", i).(string),
			cell(t, table, "Owner", i).(string), cell(t, table, "Can be analysed", i).(string),
		}
		if got != w {
			t.Errorf("row %d is %+v, want %+v", i, got, w)
		}
	}
	near(t, "v1's predictions in 24 h", cell(t, table, "Predictions", 1).(float64), 24*500, 0)
	near(t, "v2's predictions since noon", cell(t, table, "Predictions", 2).(float64), 12*500, 0)
	near(t, "label coverage", cell(t, table, "Label coverage", 1).(float64), 1, 1e-12)
	if first := cell(t, table, "First seen", 2).(time.Time); first.Sub(dayStart.Add(12*time.Hour)).Abs() > 24*time.Minute {
		t.Errorf("v2 was first seen %v", first)
	}
	if last := cell(t, table, "Last seen", 2).(time.Time); !last.Equal(dayStart.Add(24 * time.Hour)) {
		t.Errorf("v2 was last seen %v", last)
	}
}

func TestTheInventoryInNumbers(t *testing.T) {
	q := dayQuery("models", query.FormatNumbers)
	q.Model, q.Version = nil, nil
	out := run(t, fleet(), q)
	near(t, "models", value(t, out, "metric", "models"), 3, 0)
	near(t, "versions", value(t, out, "metric", "model_versions"), 4, 0)
	near(t, "predictions", value(t, out, "metric", "predictions", "model", "fraud", "version", "v1"), 12000, 0)
	near(t, "age", value(t, out, "metric", "seconds_since_seen", "model", "fraud", "version", "v1"), 0, 0)
}
