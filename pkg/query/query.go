package query

import (
	"encoding/json"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// Version is the query model's version; older queries are migrated by Parse.
const Version = 1

// Format names the shape of an answer.
type Format string

// The formats.
const (
	FormatSeries       Format = "series"
	FormatHeatmap      Format = "heatmap"
	FormatTable        Format = "table"
	FormatMatrix       Format = "matrix"
	FormatCurve        Format = "curve"
	FormatNumbers      Format = "numbers"
	FormatDistribution Format = "distribution"
	FormatEvents       Format = "events"
)

// TimeLike tells whether the format has points over time; the others answer for
// one window.
func (f Format) TimeLike() bool { return f == FormatSeries || f == FormatHeatmap }

// Query is a parsed and validated query.
type Query struct {
	RefID    string
	Analysis string
	// Format is empty when the query leaves the choice to the analysis.
	Format Format
	// Model and Version are the chosen values; empty means any.
	Model, Version []string
	Matchers       []Matcher
	GroupBy        []profile.Label
	Window         Window
	// Baseline is nil when the query names none.
	Baseline *Baseline
	// Options are the analysis's own; it validates them against its schema.
	Options map[string]json.RawMessage
	// Roles override the profile's metrics for this query.
	Roles map[string]string

	Context
}

// Context is what Grafana says beside the query.
type Context struct {
	From, To      time.Time
	Interval      time.Duration
	MaxDataPoints int64
}

// Matcher is one label condition. Several values match as alternatives.
type Matcher struct {
	Label  profile.Label
	Op     string
	Values []string
}

// WindowKind says how a window is meant.
type WindowKind string

// The kinds of window.
const (
	WindowAuto     WindowKind = "auto"
	WindowRange    WindowKind = "range"
	WindowDuration WindowKind = "duration"
)

// Window is the width over which counts are taken.
type Window struct {
	Kind     WindowKind
	Duration time.Duration // for WindowDuration
}

// BaselineKind says what "normal" is.
type BaselineKind string

// The kinds of baseline.
const (
	BaselineOffset    BaselineKind = "offset"
	BaselinePreceding BaselineKind = "preceding"
	BaselinePeriod    BaselineKind = "period"
	BaselineReference BaselineKind = "reference"
	BaselineVersion   BaselineKind = "version"
)

// Baseline is what the current windows are compared with.
type Baseline struct {
	Kind BaselineKind
	// Offset shifts the windows back (offset).
	Offset time.Duration
	// Width of the stretch before each window (preceding); zero means as wide as
	// the window.
	Width time.Duration
	// From and To bound a fixed stretch (period).
	From, To time.Time
	// Reference names the reference that ships with the model; empty means the
	// only one (reference).
	Reference string
	// Version and Matchers choose the other version, environment or segment
	// (version).
	Version  []string
	Matchers []Matcher
}
