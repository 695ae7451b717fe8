package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// oneBucket is the fleet with every histogram in a single bucket.
func oneBucket() world {
	w := fleet()
	for i := range w {
		if len(w[i].rates) > 1 {
			total := 0.0
			for _, r := range w[i].rates {
				total += r
			}
			w[i].rates, w[i].edges = []float64{total}, nil
		}
	}
	return w
}

// unknownSums is the fleet with sums of observations that are not numbers.
func unknownSums() world {
	w := fleet()
	for i := range w {
		w[i].mean = math.NaN()
	}
	return w
}

// gappy is the fleet that only came to life in the last hours of the day.
func gappy() world {
	w := fleet()
	for i := range w {
		w[i].since = dayStart.Add(20 * time.Hour)
	}
	return w
}

// twoSegments is the fleet with a copy of the fraud model's series in another segment.
func twoSegments() world {
	w := fleet()
	for _, s := range fleet() {
		if s.labels["segment"] != "" {
			s.labels = with(s.labels, "segment", "south")
			w = append(w, s)
		}
	}
	return w
}

func everyBaseline() []*query.Baseline {
	return []*query.Baseline{
		nil,
		{Kind: query.BaselineOffset, Offset: 24 * time.Hour},
		{Kind: query.BaselinePreceding},
		{Kind: query.BaselinePreceding, Width: 72 * time.Hour},
		{Kind: query.BaselinePeriod, From: dayStart.Add(-72 * time.Hour), To: dayStart.Add(-24 * time.Hour)},
		{Kind: query.BaselineReference},
		{Kind: query.BaselineReference, Reference: "training"},
		{Kind: query.BaselineVersion, Version: []string{"v1"}},
		{Kind: query.BaselineVersion, Matchers: []query.Matcher{{Label: "segment", Op: "=", Values: []string{"north"}}}},
	}
}

// richest sets every boolean option, and what else makes an answer longer.
func richest(a Analysis) map[string]json.RawMessage {
	raw := map[string]json.RawMessage{}
	for _, o := range a.Options {
		switch {
		case o.Type == TypeBoolean:
			raw[o.Name] = json.RawMessage("true")
		case o.Type == TypeStrings && len(o.Enum) > 0:
			var all []string
			for _, e := range o.Enum {
				if e.Value != "business_value" {
					all = append(all, e.Value)
				}
			}
			raw[o.Name], _ = json.Marshal(all)
		}
	}
	return raw
}

// modelsFor are the models of the fleet that an analysis is tried on: one that has
// what it needs and one that may not.
func modelsFor(a Analysis) []string {
	if a.Name == "regression" {
		return []string{"fraud", "prices"}
	}
	return []string{"fraud", "animals"}
}

func TestEveryAnalysisAnswersInEveryFormatWithEveryBaseline(t *testing.T) {
	worlds := map[string]world{"full": fleet(), "empty": nil, "one bucket": oneBucket(), "sums are NaN": unknownSums(), "gaps": gappy(), "two segments": twoSegments()}
	for _, a := range All() {
		for _, f := range a.Formats {
			for name, w := range worlds {
				for i, b := range everyBaseline() {
					if a.Baseline == BaselineNone && i > 1 {
						break // the others are ignored just as much
					}
					for _, m := range modelsFor(a) {
						for _, options := range []map[string]json.RawMessage{nil, richest(a)} {
							q := dayQuery(a.Name, f.Name)
							q.Model, q.Version, q.Baseline, q.Options = []string{m}, nil, b, options
							if i == 0 {
								q.GroupBy = []profile.Label{"segment"}
							}
							what := fmt.Sprintf("%s %s of %s, world %s, baseline %d, %d options", a.Name, f.Name, m, name, i, len(options))
							out, err := tryRun(w, q)
							if err != nil {
								if _, clear := err.(*query.Error); !clear || name == "full" && b == nil {
									t.Errorf("%s: %v", what, err)
								}
								continue
							}
							if len(out) == 0 {
								t.Errorf("%s: no result at all, not even an empty one", what)
							}
							for _, r := range out {
								checkResult(t, what, f.Name, r)
							}
						}
					}
				}
			}
		}
	}
}

// checkResult holds what panels and alert rules rely on.
func checkResult(t *testing.T, what string, f query.Format, r result.Result) {
	t.Helper()
	var m result.Meta
	empty := false
	switch r := r.(type) {
	case result.Numbers:
		m, empty = r.Meta, len(r.Values) == 0
		sets := make([]map[string]string, len(r.Values))
		for i, v := range r.Values {
			sets[i] = v.Labels
		}
		checkLabels(t, what, sets)
	case result.Series:
		m, empty = r.Meta, len(r.Lines) == 0
		checkLines(t, what, r.Times, r.Lines)
	case result.Grid:
		m, empty = r.Meta, len(r.Rows) == 0
		checkLines(t, what, r.Times, r.Rows)
	case result.Table:
		m, empty = r.Meta, len(r.Columns) == 0
		checkColumns(t, what, r.Columns)
	case result.Matrix:
		m, empty = r.Meta, len(r.Rows) == 0
		if len(r.Values) != len(r.Rows)*len(r.Columns) {
			t.Errorf("%s: matrix of %d values for %d rows and %d columns", what, len(r.Values), len(r.Rows), len(r.Columns))
		}
	case result.Curve:
		m, empty = r.Meta, len(r.Fields) == 0
		checkCurve(t, what, r)
	case result.Distribution:
		m, empty = r.Meta, len(r.Intervals) == 0
		checkDistribution(t, what, r)
	case result.Events:
		m, empty = r.Meta, len(r.Events) == 0
		for i, e := range r.Events {
			if e.Title == "" || i > 0 && e.Time.Before(r.Events[i-1].Time) || !e.End.IsZero() && e.End.Before(e.Time) {
				t.Errorf("%s: event %d has no title or is out of order: %+v", what, i, e)
			}
		}
	default:
		t.Errorf("%s: unexpected shape %T", what, r)
	}
	if empty && len(m.Notices) == 0 {
		t.Errorf("%s: an empty answer does not say why", what)
	}
	for i, n := range m.Notices {
		if n.Text == "" || strings.Contains(n.Text, "%!") || slices.Contains(m.Notices[:i], n) {
			t.Errorf("%s: notice %q is empty, malformed or repeated", what, n.Text)
		}
	}
	if _, err := json.Marshal(m.Custom); err != nil {
		t.Errorf("%s: custom cannot be written as JSON: %v", what, err)
	}
	if m.Name == "" {
		t.Errorf("%s: an answer without a name", what)
	}
	_ = f
}

func checkLabels(t *testing.T, what string, sets []map[string]string) {
	t.Helper()
	seen := make(map[string]bool)
	for _, labels := range sets {
		if labels["metric"] == "" {
			t.Errorf("%s: labels without metric: %v", what, labels)
		}
		raw, _ := json.Marshal(labels)
		if seen[string(raw)] {
			t.Errorf("%s: labels twice: %s", what, raw)
		}
		seen[string(raw)] = true
	}
}

func checkLines(t *testing.T, what string, times []time.Time, lines []result.Line) {
	t.Helper()
	if !slices.IsSortedFunc(times, time.Time.Compare) {
		t.Errorf("%s: times are not ascending", what)
	}
	sets := make([]map[string]string, len(lines))
	names := make(map[string]bool)
	for _, l := range lines {
		if names[l.Name] || l.Name == "" {
			t.Errorf("%s: the name %q is empty or taken", what, l.Name)
		}
		names[l.Name] = true
	}
	for i, l := range lines {
		sets[i] = l.Labels
		if len(l.Values) != len(times) {
			t.Errorf("%s: %d values at %d times", what, len(l.Values), len(times))
		}
		if l.FillBelowTo != "" && !names[l.FillBelowTo] {
			t.Errorf("%s: filled down to %q, which there is not", what, l.FillBelowTo)
		}
	}
	checkLabels(t, what, sets)
}

func checkColumns(t *testing.T, what string, columns []result.Column) {
	t.Helper()
	names := make(map[string]bool)
	for _, c := range columns {
		if names[c.Name] {
			t.Errorf("%s: column %q twice", what, c.Name)
		}
		names[c.Name] = true
		rows := func(c result.Column) int { return len(c.Texts) + len(c.Numbers) + len(c.Times) }
		if rows(c) != rows(columns[0]) {
			t.Errorf("%s: column %q has %d rows, %q has %d", what, c.Name, rows(c), columns[0].Name, rows(columns[0]))
		}
		if c.Gauge && (math.IsNaN(c.Style.Min) || math.IsNaN(c.Style.Max)) {
			t.Errorf("%s: column %q is a gauge without limits", what, c.Name)
		}
	}
}

func checkCurve(t *testing.T, what string, c result.Curve) {
	t.Helper()
	for i, f := range c.Fields {
		if (i == 0) != (f.Role == result.RoleX) {
			t.Errorf("%s: field %d has the role %q: x comes first, once", what, i, f.Role)
		}
		if len(f.Values) != len(c.Fields[0].Values) {
			t.Errorf("%s: fields of %d and %d points", what, len(f.Values), len(c.Fields[0].Values))
		}
	}
	if c.Trend && len(c.Fields) > 0 {
		x := c.Fields[0].Values
		for i := 1; i < len(x); i++ {
			if !(x[i] > x[i-1]) {
				t.Errorf("%s: x does not ascend strictly: %v", what, x)
			}
		}
	}
}

func checkDistribution(t *testing.T, what string, d result.Distribution) {
	t.Helper()
	if len(d.Current) != len(d.Intervals) || d.Baseline != nil && len(d.Baseline) != len(d.Intervals) {
		t.Errorf("%s: %d intervals, %d current and %d baseline shares", what, len(d.Intervals), len(d.Current), len(d.Baseline))
	}
	for _, shares := range [][]float64{d.Current, d.Baseline} {
		total := 0.0
		for _, s := range shares {
			total += s
		}
		if len(shares) > 0 && !math.IsNaN(total) && math.Abs(total-1) > 1e-9 {
			t.Errorf("%s: shares sum to %g", what, total)
		}
	}
	names := make(map[string]bool)
	for _, n := range d.Intervals {
		if names[n] {
			t.Errorf("%s: interval %q twice", what, n)
		}
		names[n] = true
	}
}
