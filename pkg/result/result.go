package result

import "time"

// Result is one answer of an analysis: exactly one of Numbers, Series, Grid,
// Table, Matrix, Curve, Distribution or Events.
type Result interface{ shape() }

// Severity ranks a Notice.
type Severity string

// The severities that Grafana shows.
const (
	Info    Severity = "info"
	Warning Severity = "warning"
)

// Notice tells the reader of a panel about an approximation, a repair or a
// reason why something is missing.
type Notice struct {
	Severity Severity
	Text     string
}

// Meta goes with every shape.
type Meta struct {
	// Name titles the frame, for instance "Drift (PSI)".
	Name string
	// Notices holds every approximation, repair and warning, without repeats.
	Notices []Notice
	// N is the number of observations that the answer rests on; NaN when that
	// has no meaning.
	N float64
	// Custom is extra machine-readable context (window, baseline, method).
	Custom map[string]any
}

// Unit is a Grafana unit id, such as "percentunit", "short" or "s".
type Unit string

// The units in use.
const (
	None    Unit = ""
	Percent Unit = "percentunit"
	Count   Unit = "short"
	Seconds Unit = "s"
)

// Style is how one value field wants to be shown. Min and Max are NaN where the
// statistic has no bound.
type Style struct {
	Unit        Unit
	Min, Max    float64
	Decimals    *int
	Description string
}

// Number is one value of one labelled thing. Labels always hold "metric".
// A NaN value is missing: encoded as null.
type Number struct {
	Labels map[string]string
	Value  float64
	Style  Style
}

// Numbers is what alert rules and Stat panels take: one value per labelled
// thing. Labels are unique within it.
type Numbers struct {
	Meta
	At     time.Time
	Values []Number
}

// Line is one labelled series over the times of its parent; NaN is missing.
type Line struct {
	// Name is what a legend shows; empty means made from the labels.
	Name   string
	Labels map[string]string
	Values []float64
	Style  Style
	// FillBelowTo names the line (its Name) down to which the area below this
	// line is filled: set on the upper limit of a band.
	FillBelowTo string
	// Bound marks a limit of an interval ("lower" or "upper"), drawn thin.
	Bound string
}

// Series is a set of lines over common, ascending times.
type Series struct {
	Meta
	Times    []time.Time
	Interval time.Duration
	Lines    []Line
}

// Grid is rows × time for a heatmap; Rows[0] is the worst and drawn on top.
type Grid struct {
	Meta
	Times    []time.Time
	Interval time.Duration
	Rows     []Line
}

// Column is one column of a Table. Exactly one of Texts, Numbers and Times is
// set, with one entry per row. NaN numbers and zero times are missing.
type Column struct {
	Name    string
	Texts   []string
	Numbers []float64
	Times   []time.Time
	Style   Style
	// Colors maps a text to a Grafana colour name ("green", "red", ...); set on
	// verdict columns, which are then drawn with a coloured background.
	Colors map[string]string
	// Gauge asks for a bar inside the cell (needs Style.Min and Style.Max).
	Gauge bool
}

// Table is ranked rows, one per thing.
type Table struct {
	Meta
	Columns []Column
}

// Matrix is named rows × named columns, such as a confusion matrix.
type Matrix struct {
	Meta
	// Corner heads the column of row names, for instance "actual \ predicted".
	Corner  string
	Rows    []string
	Columns []string
	// Values is row-major: Values[r*len(Columns)+c].
	Values []float64
	Style  Style
	// Diverging colours values around zero (correlations) instead of from zero up.
	Diverging bool
}

// Role says what a field of a Curve is for.
type Role string

// The roles of curve fields.
const (
	RoleX         Role = "x"
	RoleY         Role = "y"
	RoleLower     Role = "lower"
	RoleUpper     Role = "upper"
	RoleReference Role = "reference"
	RoleExtra     Role = "extra"
)

// CurveField is one column of points of a Curve.
type CurveField struct {
	Name   string
	Role   Role
	Labels map[string]string
	Values []float64
	Style  Style
}

// Curve is one set of points. With Trend true it is meant for Grafana's Trend
// panel (x strictly ascending, all lines in one frame); otherwise for XY chart.
type Curve struct {
	Meta
	Trend  bool
	Fields []CurveField
}

// Distribution compares shares per bucket or category.
type Distribution struct {
	Meta
	Labels map[string]string
	// Intervals names each bucket ("< 5", "5 – 10", "> 10") or category.
	Intervals []string
	// Lower and Upper are the bucket's limits (infinite at the open ends); both
	// nil for categories.
	Lower, Upper []float64
	// Baseline is nil when there is none.
	Baseline, Current []float64
	// BaselineCounts and CurrentCounts are the counts behind the shares.
	BaselineCounts, CurrentCounts []float64
	// Density asks for share/width with stepped lines (Trend) instead of bars.
	Density bool
}

// Event is one annotation; End is zero for a point in time.
type Event struct {
	Time, End   time.Time
	Title, Text string
	Tags        []string
}

// Events is a set of annotations, ascending in time.
type Events struct {
	Meta
	Events []Event
}

func (Numbers) shape()      {}
func (Series) shape()       {}
func (Grid) shape()         {}
func (Table) shape()        {}
func (Matrix) shape()       {}
func (Curve) shape()        {}
func (Distribution) shape() {}
func (Events) shape()       {}
