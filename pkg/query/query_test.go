package query

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

var lastHour = Context{From: now.Add(-time.Hour), To: now, Interval: 30 * time.Second, MaxDataPoints: 1000}

func TestParseReadsEveryField(t *testing.T) {
	q, err := Parse([]byte(`{
		"refId": "A", "datasource": {"type": "x", "uid": "y"}, "intervalMs": 15000, "maxDataPoints": 100, "hide": false,
		"analysis": "drift", "model": "fraud", "version": ["v2", "v3"],
		"matchers": [{"label": "environment", "op": "!=", "value": "dev"}, {"label": "zone", "op": "=~", "value": ["a.*", "b"]}],
		"groupBy": ["segment"], "window": "1h30m", "format": "heatmap",
		"baseline": {"kind": "offset", "offset": "7d"},
		"options": {"method": "psi", "tolerated": 0.1}, "roles": {"featureValue": "my_histogram"}
	}`), "A", lastHour)
	if err != nil {
		t.Fatal(err)
	}
	want := &Query{
		RefID: "A", Analysis: "drift", Format: FormatHeatmap, Model: []string{"fraud"}, Version: []string{"v2", "v3"},
		Matchers: []Matcher{{"environment", "!=", []string{"dev"}}, {"zone", "=~", []string{"a.*", "b"}}},
		GroupBy:  q.GroupBy, Window: Window{WindowDuration, 90 * time.Minute},
		Baseline: &Baseline{Kind: BaselineOffset, Offset: 7 * 24 * time.Hour},
		Options:  map[string]json.RawMessage{"method": json.RawMessage(`"psi"`), "tolerated": json.RawMessage(`0.1`)},
		Roles:    map[string]string{"featureValue": "my_histogram"}, Context: lastHour,
	}
	if !reflect.DeepEqual(q, want) || len(q.GroupBy) != 1 || q.GroupBy[0] != "segment" {
		t.Errorf("got  %+v\nwant %+v", q, want)
	}
}

func TestParseSaysWhatIsWrongInWhichField(t *testing.T) {
	for _, c := range []struct{ name, query, field, message string }{
		{"an unknown field is named", `{"analysis": "drift", "modle": "m"}`, "modle", `field "modle" is not known`},
		{"an unknown field of the baseline is named", `{"baseline": {"kind": "offset", "offset": "1d", "shift": "2d"}}`, "baseline.shift", `field "baseline.shift" is not known`},
		{"something that is no object", `[1]`, "", "not a JSON object"},
		{"a number where a string belongs", `{"analysis": 3}`, "analysis", `field "analysis" is a number: use a string`},
		{"a number as model", `{"model": 3}`, "", "neither a string nor a list of strings"},
		{"a window that is no duration", `{"window": "soon"}`, "window", `"soon" is not a duration: use 30m, 24h, 7d`},
		{"a window without a unit", `{"window": "15"}`, "window", `"15" is not a duration`},
		{"an endless window", `{"window": "9999999y"}`, "window", "longer than 20 years"},
		{"a window of nothing", `{"window": "0h"}`, "window", "no time at all"},
		{"a negative window", `{"window": "-1h"}`, "window", "not a duration"},
		{"an offset that is no duration", `{"baseline": {"kind": "offset", "offset": "7x"}}`, "baseline.offset", `baseline offset "7x" is not a duration: use 30m, 24h, 7d`},
		{"an offset that is missing", `{"baseline": {"kind": "offset"}}`, "baseline.offset", "baseline offset is missing"},
		{"a baseline without a kind", `{"baseline": {}}`, "baseline.kind", "baseline kind is missing"},
		{"a baseline of an unknown kind", `{"baseline": {"kind": "yesterday"}}`, "baseline.kind", `baseline kind "yesterday" is not known: use one of offset`},
		{"a baseline that is no object", `{"baseline": "7d"}`, "baseline", "is a string"},
		{"a period that ends before it starts", `{"baseline": {"kind": "period", "from": "2026-05-02T00:00:00Z", "to": "2026-05-01T00:00:00Z"}}`, "baseline.to", "choose a later end"},
		{"a period without an end", `{"baseline": {"kind": "period", "from": "now-7d"}}`, "baseline.to", "baseline end is missing"},
		{"a period with a wrong time", `{"baseline": {"kind": "period", "from": "last week", "to": "now"}}`, "baseline.from", `"last week" is not a time`},
		{"a version baseline without a version", `{"baseline": {"kind": "version"}}`, "baseline.version", "names no version"},
		{"a variable that nobody replaced", `{"model": "$model"}`, "model", "alert rules cannot use dashboard variables"},
		{"a matcher on something that is no label", `{"matchers": [{"label": "a-b", "value": "x"}]}`, "matchers[0].label", `"a-b" is not a label name`},
		{"a matcher with an unknown operator", `{"matchers": [{"label": "a", "op": "==", "value": "x"}]}`, "matchers[0].op", `"==" is not known`},
		{"a matcher with a broken expression", `{"matchers": [{"label": "a", "op": "=~", "value": "(x"}]}`, "matchers[0].value", `"(x" is not a regular expression`},
		{"grouping by buckets", `{"groupBy": ["le"]}`, "groupBy[0]", `"le" is not a label to group by`},
		{"a query of the future", `{"queryVersion": 99}`, "queryVersion", "update the plugin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.query), "A", lastHour)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an error of the query", err)
			}
			if e.Field != c.field || !strings.Contains(e.Message, c.message) {
				t.Errorf("field %q: %s\nwant field %q: ...%s...", e.Field, e.Message, c.field, c.message)
			}
		})
	}
}

func TestParseRefusesAnEmptyTimeRange(t *testing.T) {
	if _, err := Parse([]byte(`{}`), "A", Context{From: now, To: now}); err == nil || !strings.Contains(err.Error(), "time range is empty") {
		t.Errorf("got %v", err)
	}
}

func TestValuesKeepWhatUsersChose(t *testing.T) {
	for _, value := range []string{`quote " and \ backslash`, "new\nline", `.*`, `a|b`, `{x="y"}`, `$notvar end`, "", "ünï"} {
		raw, _ := json.Marshal(map[string]any{"model": value, "matchers": []any{map[string]any{"label": "l", "value": value}}})
		q, err := Parse(raw, "A", lastHour)
		if err != nil {
			t.Fatal(err)
		}
		if value != "" && (len(q.Model) != 1 || q.Model[0] != value) {
			t.Errorf("model %q became %q", value, q.Model)
		}
		if q.Matchers[0].Values[0] != value {
			t.Errorf("matcher value %q became %q", value, q.Matchers[0].Values)
		}
	}
}

func TestTimeMacrosAreExpanded(t *testing.T) {
	for macro, want := range map[string]time.Duration{
		"$__interval": 30 * time.Second, "${__interval}": 30 * time.Second, "$__range": time.Hour, "${__range_s}s": time.Hour,
		"${__range_ms}ms": time.Hour, "$__rate_interval": time.Minute, "${__interval_ms}ms": 30 * time.Second,
	} {
		raw, _ := json.Marshal(map[string]any{"window": macro})
		q, err := Parse(raw, "A", lastHour)
		if err != nil || q.Window.Duration != want {
			t.Errorf("window %s: got %v, %v, want %v", macro, q, err, want)
		}
	}
	q, err := Parse([]byte(`{"baseline": {"kind": "period", "from": "now-14d", "to": "$__from"}, "options": {"lag": "$__interval"}}`), "A", lastHour)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Baseline.From.Equal(now.Add(-14*24*time.Hour)) || !q.Baseline.To.Equal(lastHour.From) {
		t.Errorf("baseline is %v to %v", q.Baseline.From, q.Baseline.To)
	}
	if string(q.Options["lag"]) != `"30s"` {
		t.Errorf("option became %s", q.Options["lag"])
	}
}

func TestParseTimeReadsAllSpellings(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-05-01T00:00:00Z": time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), "1777593600000": time.UnixMilli(1777593600000).UTC(),
		"1777593600": time.Unix(1777593600, 0).UTC(), "now": now, "now-7d": now.Add(-7 * 24 * time.Hour), "now+1h": now.Add(time.Hour),
	} {
		if got, err := ParseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "now-", "now7d", "nowhere", "-5"} {
		if got, err := ParseTime(text, now); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func FuzzDurationsSurviveTheRoundTrip(f *testing.F) {
	for _, seed := range []string{"30m", "1d12h", "7d", "500ms", "1y", "0s", "m", "9223372036854775807ms", "1h1h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if d <= 0 || d > maxDuration {
			t.Fatalf("%q was read as %v", text, d)
		}
		if again, err := ParseDuration(FormatDuration(d)); err != nil || again != d {
			t.Fatalf("%q was read as %v, written as %q and read as %v, %v", text, d, FormatDuration(d), again, err)
		}
	})
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add([]byte(`{"analysis": "drift", "model": ["a"], "baseline": {"kind": "offset", "offset": "7d"}, "options": {"x": null}}`))
	f.Add([]byte(`{"window": "$__range", "matchers": [{}], "groupBy": [""]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := Parse(raw, "A", lastHour)
		if (q == nil) == (err == nil) {
			t.Fatalf("got %v and %v", q, err)
		}
	})
}
