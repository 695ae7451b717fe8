package analysis

import (
	"errors"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

func clock(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWindows(t *testing.T) {
	auto := query.Window{Kind: query.WindowAuto}
	wide := func(d time.Duration) query.Window { return query.Window{Kind: query.WindowDuration, Duration: d} }
	day := clock("2026-05-10 00:00:00")
	tests := []struct {
		name     string
		format   query.Format
		window   query.Window
		from, to time.Time
		interval time.Duration
		points   int64
		want     counts.Windows
	}{
		{
			name:   "a series has windows as wide as the panel's interval, with ends at multiples of it in the range",
			format: query.FormatSeries, window: auto, from: clock("2026-05-10 00:10:00"), to: clock("2026-05-10 03:20:00"), interval: time.Hour, points: 100,
			want: counts.Windows{Start: clock("2026-05-10 01:00:00"), Step: time.Hour, Width: time.Hour, Number: 3},
		},
		{
			name:   "an end at the range's start belongs to the range before, one at its end to this range",
			format: query.FormatSeries, window: auto, from: day, to: day.Add(2 * time.Hour), interval: time.Hour, points: 100,
			want: counts.Windows{Start: clock("2026-05-10 01:00:00"), Step: time.Hour, Width: time.Hour, Number: 2},
		},
		{
			name:   "an interval too short for the panel gives way to the next usual step",
			format: query.FormatHeatmap, window: auto, from: day, to: day.Add(24 * time.Hour), interval: time.Second, points: 100,
			want: counts.Windows{Start: clock("2026-05-10 00:15:00"), Step: 15 * time.Minute, Width: 15 * time.Minute, Number: 96}, // 24 h / 100 = 14.4 min
		},
		{
			name:   "a window wider than the step slides in steps that divide it",
			format: query.FormatSeries, window: wide(time.Hour), from: day, to: day.Add(2 * time.Hour), interval: 7 * time.Minute, points: 1000,
			want: counts.Windows{Start: clock("2026-05-10 00:07:30"), Step: 450 * time.Second, Width: time.Hour, Number: 16}, // 60/7 = 8.6, and 8 parts of 7.5 min divide it
		},
		{
			name:   "a window narrower than the step leaves steps that are a multiple of it",
			format: query.FormatSeries, window: wide(25 * time.Minute), from: day, to: day.Add(4 * time.Hour), interval: time.Hour, points: 1000,
			// The day begins 29639520 min after the epoch, 45 min after a multiple of 75.
			want: counts.Windows{Start: clock("2026-05-10 00:30:00"), Step: 75 * time.Minute, Width: 25 * time.Minute, Number: 3},
		},
		{
			name:   "a range shorter than the step has the last window before its end",
			format: query.FormatSeries, window: auto, from: clock("2026-05-10 10:20:00"), to: clock("2026-05-10 10:40:00"), interval: time.Hour, points: 100,
			want: counts.Windows{Start: clock("2026-05-10 10:00:00"), Step: time.Hour, Width: time.Hour, Number: 1},
		},
		{
			name:   "a series over the whole range has one window",
			format: query.FormatSeries, window: query.Window{Kind: query.WindowRange}, from: day, to: day.Add(90 * time.Minute), interval: time.Hour, points: 100,
			want: counts.Single(day, day.Add(90*time.Minute)),
		},
		{
			name:   "a table covers exactly the range",
			format: query.FormatTable, window: auto, from: day.Add(7 * time.Second), to: day.Add(90 * time.Minute), interval: time.Hour, points: 100,
			want: counts.Single(day.Add(7*time.Second), day.Add(90*time.Minute)),
		},
		{
			name:   "a number over a duration covers the last stretch of the range",
			format: query.FormatNumbers, window: wide(30 * time.Minute), from: day, to: day.Add(90 * time.Minute), interval: time.Hour, points: 100,
			want: counts.Single(day.Add(60*time.Minute), day.Add(90*time.Minute)),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := &query.Query{Format: tt.format, Window: tt.window, Context: query.Context{From: tt.from, To: tt.to, Interval: tt.interval, MaxDataPoints: tt.points}}
			got, err := windowsFor(q)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Start.Equal(tt.want.Start) || got.Step != tt.want.Step || got.Width != tt.want.Width || got.Number != tt.want.Number {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestTooManyWindowsAreAnErrorThatSaysHowMany(t *testing.T) {
	day := clock("2026-05-10 00:00:00")
	q := &query.Query{Format: query.FormatSeries, Window: query.Window{Kind: query.WindowAuto}, Context: query.Context{From: day, To: day.Add(24 * time.Hour), Interval: time.Second}}
	w, err := windowsFor(q)
	if err != nil || w.Number > MaxWindows {
		t.Errorf("an interval of a second over a day must give way: %v windows, %v", w.Number, err)
	}
	q.MaxDataPoints = 1e6
	_, err = windowsFor(q)
	var wrong *query.Error
	if !errors.As(err, &wrong) || wrong.Message != "the query asks for 86400 windows, more than 11000: choose a shorter time range, a longer interval or a longer window" {
		t.Errorf("got %v", err)
	}
	q.From = q.To
	if _, err := windowsFor(q); err == nil {
		t.Error("an empty range must be an error")
	}
}

func TestBaselineWindows(t *testing.T) {
	day := clock("2026-05-10 00:00:00")
	hourly := counts.Windows{Start: day.Add(time.Hour), Step: time.Hour, Width: 2 * time.Hour, Number: 24}
	tests := []struct {
		name     string
		baseline query.Baseline
		want     counts.Windows
	}{
		{"an offset shifts every window back", query.Baseline{Kind: query.BaselineOffset, Offset: 24 * time.Hour},
			counts.Windows{Start: day.Add(-23 * time.Hour), Step: time.Hour, Width: 2 * time.Hour, Number: 24}},
		{"the preceding stretch ends where each window begins", query.Baseline{Kind: query.BaselinePreceding, Width: 24 * time.Hour},
			counts.Windows{Start: day.Add(-time.Hour), Step: time.Hour, Width: 24 * time.Hour, Number: 24}},
		{"the preceding stretch is as wide as the window unless said", query.Baseline{Kind: query.BaselinePreceding},
			counts.Windows{Start: day.Add(-time.Hour), Step: time.Hour, Width: 2 * time.Hour, Number: 24}},
		{"a period is one window for all", query.Baseline{Kind: query.BaselinePeriod, From: day.Add(-72 * time.Hour), To: day.Add(-48 * time.Hour)},
			counts.Single(day.Add(-72*time.Hour), day.Add(-48*time.Hour))},
		{"another version has the same windows", query.Baseline{Kind: query.BaselineVersion, Version: []string{"v1"}}, hourly},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := baselineWindows(&query.Query{Baseline: &tt.baseline}, hourly)
			if !got.Start.Equal(tt.want.Start) || got.Step != tt.want.Step || got.Width != tt.want.Width || got.Number != tt.want.Number {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	ref := baselineWindows(&query.Query{Baseline: &query.Baseline{Kind: query.BaselineReference}}, hourly)
	if ref.Number != 1 || !ref.End(0).Equal(hourly.End(23)) {
		t.Errorf("a reference is read once, at the end: got %+v", ref)
	}
}

func TestEveryStepSharesItsEdgesWithTheWidth(t *testing.T) {
	for _, width := range []time.Duration{time.Second, 7 * time.Second, 90 * time.Second, time.Minute, 61 * time.Minute, 1500 * time.Millisecond, 24 * time.Hour} {
		for step := time.Second; step <= 3*24*time.Hour; step = step*3/2 + time.Second {
			got := commensurate(step, width)
			if got < min(step, width) || width%got != 0 && got%width != 0 {
				t.Errorf("width %v, step %v: got %v", width, step, got)
			}
		}
	}
}
