package counts

import (
	"math"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// Windows are Number stretches of time of equal Width whose ends are Step apart:
// the k-th window is (Start + k·Step − Width, Start + k·Step].
type Windows struct {
	Start  time.Time
	Step   time.Duration
	Width  time.Duration
	Number int
}

// Single is the one window (from, to].
func Single(from, to time.Time) Windows {
	return Windows{Start: to, Step: to.Sub(from), Width: to.Sub(from), Number: 1}
}

// End is the last moment of window k, which belongs to it.
func (w Windows) End(k int) time.Time { return w.Start.Add(time.Duration(k) * w.Step) }

// Begin is the moment just before window k.
func (w Windows) Begin(k int) time.Time { return w.End(k).Add(-w.Width) }

// Shift moves every window by d.
func (w Windows) Shift(d time.Duration) Windows {
	w.Start = w.Start.Add(d)
	return w
}

// Times are the windows' ends.
func (w Windows) Times() []time.Time {
	times := make([]time.Time, w.Number)
	for k := range times {
		times[k] = w.End(k)
	}
	return times
}

// Matcher narrows a read. Label is the convention's name of a label, or a
// user's own; one value matches by equality, several by alternation.
type Matcher struct {
	Label  profile.Label
	Op     string // "=", "!=", "=~", "!~"
	Values []string
}

// Request asks for one role's counts.
type Request struct {
	// Role decides what is read: a Histogram role answers Histograms, a Counter
	// role Tallies, a Gauge role Gauges; Static roles answer their value at a
	// window's end, one replica's instead of the sum of all.
	Role profile.Role
	// Matchers narrow the series.
	Matchers []Matcher
	// By groups: one group per combination of these labels' values.
	By []profile.Label
	// Over are the labels whose combinations are a tally's cells.
	Over []profile.Label
	// Windows are the stretches of time to count in.
	Windows Windows
	// Optional makes a role that the profile lacks an absent answer rather than
	// an error.
	Optional bool
}

// Notice is something that the reader repaired, approximated or was told by the
// server.
type Notice struct {
	Warning bool
	Text    string
}

// Data answers one Request. Groups are sorted by their labels. At most one of
// Histograms, Tallies and Gauges is set; none when the server has no such
// series in the windows.
type Data struct {
	Request    Request
	Histograms []HistogramGroup
	Tallies    []TallyGroup
	Gauges     []GaugeGroup
	Notices    []Notice
	// Queries is the PromQL that was sent.
	Queries []string
}

// Empty tells that the server had nothing.
func (d Data) Empty() bool {
	return len(d.Histograms) == 0 && len(d.Tallies) == 0 && len(d.Gauges) == 0
}

// HistogramGroup is one group's histograms, all windows on the same edges.
type HistogramGroup struct {
	// Labels holds the values of Request.By, named as in the convention.
	Labels map[string]string
	// Edges are sorted, finite upper bounds; see histogram.Histogram.
	Edges []float64
	// Cells is windows × (len(Edges)+1), row-major by window.
	Cells []float64
	// Sums and Counts are per window; NaN where unknown. A window without any
	// series has a NaN count and zero cells.
	Sums, Counts []float64
}

// Has tells whether any series existed in window k.
func (g HistogramGroup) Has(k int) bool { return !math.IsNaN(g.Counts[k]) }

// At is window k's histogram; it shares the group's memory.
func (g HistogramGroup) At(k int) histogram.Histogram {
	n := len(g.Edges) + 1
	return histogram.Histogram{Edges: g.Edges, Counts: g.Cells[k*n : (k+1)*n : (k+1)*n], Sum: g.Sums[k], Count: g.Counts[k]}
}

// TallyGroup is one group's counts by the values of the Over labels.
type TallyGroup struct {
	// Labels holds the values of Request.By, named as in the convention.
	Labels map[string]string
	// Keys are the cells: the values of Request.Over, in its order; sorted.
	Keys [][]string
	// Cells is windows × len(Keys), row-major by window; all NaN in a window
	// without any series.
	Cells []float64
}

// Has tells whether any series existed in window k.
func (g TallyGroup) Has(k int) bool {
	return len(g.Keys) > 0 && !math.IsNaN(g.Cells[k*len(g.Keys)])
}

// At is window k's counts, in the order of Keys; it shares the group's memory.
func (g TallyGroup) At(k int) []float64 {
	n := len(g.Keys)
	return g.Cells[k*n : (k+1)*n : (k+1)*n]
}

// GaugeGroup is one group's gauge: the largest of its series at each window's
// end; NaN where there was none.
type GaugeGroup struct {
	Labels map[string]string
	Values []float64
}
