package analysis

import (
	"fmt"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// MaxWindows is the largest number of windows that one query may ask for: the
// number of points per series that Prometheus answers at most.
const MaxWindows = 11000

// windowsFor lays the query's windows.
//
// Formats over time get windows whose ends are multiples of the step since the
// Unix epoch, so that the same windows come back at every refresh and can be
// shared between panels: the first end is after From, the last not after To. The
// step is the panel's interval or, where that would make more points than the
// panel draws, the next longer usual one. With a window of its own width the
// step divides the width or is a multiple of it, so that windows share edges.
//
// The other formats get one window that ends at To: the whole range or the last
// stretch of the given width.
func windowsFor(q *query.Query) (counts.Windows, error) {
	if !q.To.After(q.From) {
		return counts.Windows{}, &query.Error{Field: "timeRange", Message: "the time range is empty: choose an end after its start"}
	}
	if q.Window.Kind == query.WindowRange || !q.Format.TimeLike() && q.Window.Kind != query.WindowDuration {
		return counts.Single(q.From, q.To), nil
	}
	if !q.Format.TimeLike() {
		return counts.Single(q.To.Add(-q.Window.Duration), q.To), nil
	}
	step := panelStep(q)
	width := step
	if q.Window.Kind == query.WindowDuration {
		width = q.Window.Duration
		step = commensurate(step, width)
	}
	return aligned(q.From, q.To, step, width)
}

// usualSteps are the steps that a range is divided into when the panel's
// interval is too short for its width.
var usualSteps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour,
}

// defaultPoints is the number of points for a caller that names neither an
// interval nor a number of points.
const defaultPoints = 100

// panelStep is the larger of the panel's interval and the range per point.
func panelStep(q *query.Query) time.Duration {
	points := q.MaxDataPoints
	if points <= 0 {
		points = MaxWindows
		if q.Interval <= 0 {
			points = defaultPoints
		}
	}
	least := q.To.Sub(q.From) / time.Duration(points)
	step := q.Interval.Round(time.Millisecond)
	if step >= least && step > 0 {
		return step
	}
	for _, usual := range usualSteps {
		if usual >= least {
			return usual
		}
	}
	return least.Truncate(time.Hour) + time.Hour
}

// commensurate is the shortest step, not shorter than the given one, that
// divides the width or is a multiple of it. Steps stay whole seconds where the
// width is, and whole milliseconds otherwise.
func commensurate(step, width time.Duration) time.Duration {
	if step >= width {
		return (step + width - 1) / width * width
	}
	grain := time.Second
	if width%grain != 0 {
		grain = time.Millisecond
	}
	units := int64(width / grain)
	for parts := int64(width / step); parts > 1; parts-- {
		if units%parts == 0 {
			return width / time.Duration(parts)
		}
	}
	return width
}

// aligned are the windows with ends at multiples of step in (from, to]; when
// there is none, the last before to, so that a short range is not empty.
func aligned(from, to time.Time, step, width time.Duration) (counts.Windows, error) {
	unit := step.Milliseconds()
	first := floorDiv(from.UnixMilli(), unit) + 1
	last := floorDiv(to.UnixMilli(), unit)
	first = min(first, last)
	number := last - first + 1
	if number > MaxWindows {
		return counts.Windows{}, &query.Error{
			Field:   "window",
			Message: fmt.Sprintf("the query asks for %d windows, more than %d: choose a shorter time range, a longer interval or a longer window", number, MaxWindows),
		}
	}
	return counts.Windows{Start: time.UnixMilli(first * unit).UTC(), Step: step, Width: width, Number: int(number)}, nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && a < 0 {
		q--
	}
	return q
}

// stretches divides the time range into windows of equal width, for an
// inventory that asks when something was first and last seen.
func stretches(q *query.Query, number int) counts.Windows {
	whole := counts.Single(q.From, q.To)
	if q.Window.Kind == query.WindowDuration {
		whole = counts.Single(q.To.Add(-q.Window.Duration), q.To)
	}
	width := (whole.Width / time.Duration(number)).Truncate(time.Millisecond)
	if width < time.Second {
		return whole
	}
	return counts.Windows{
		Start: whole.Start.Add(-time.Duration(number-1) * width),
		Step:  width, Width: width, Number: number,
	}
}

// baselineWindows are the windows of what the given windows are compared with,
// one for each or a single one for all.
func baselineWindows(q *query.Query, w counts.Windows) counts.Windows {
	b := q.Baseline
	switch b.Kind {
	case query.BaselineOffset:
		return w.Shift(-b.Offset)
	case query.BaselinePreceding:
		width := b.Width
		if width <= 0 {
			width = w.Width
		}
		before := w.Shift(-w.Width)
		before.Width = width
		if before.Number == 1 {
			before.Step = width
		}
		return before
	case query.BaselinePeriod:
		return counts.Single(b.From, b.To)
	case query.BaselineReference:
		// A reference is the same at all times: its value at the end serves every window.
		return counts.Single(w.Begin(0), w.End(w.Number-1))
	}
	return w
}
