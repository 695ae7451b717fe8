package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// planTable has the longest windows on top; on them depends how long a window for
// everything has to be.
func planTable(q *query.Query, o Options, w counts.Windows, all []planned, said notes) result.Table {
	dispersion := o.Number("dispersion")
	seconds := func(p planned) float64 {
		if d, ok := p.window(w, dispersion); ok {
			return d.Seconds()
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(all, func(a, b planned) int {
		return cmp.Or(cmp.Compare(seconds(b), seconds(a)), strings.Compare(a.what, b.what))
	})
	var s sheet
	n := 0.0
	for _, p := range all {
		n = math.Max(n, orElse(p.n, 0))
		s.row()
		s.labels(p.labels, groupLabels(q))
		if class := p.labels[string(profile.Class)]; class != "" {
			s.text("Class", class)
		}
		s.text("What", p.what)
		s.text("Kind", p.kind)
		s.text("Goal", p.goal)
		window := ""
		if d, ok := p.window(w, dispersion); ok {
			window = wordy(d.Seconds())
		}
		s.text("Window needed", window)
		s.number("Seconds needed", orNaN(seconds(p)), result.Style{Unit: result.Seconds, Min: 0, Max: math.NaN()})
		s.number("Rows needed", orNaN(p.needed*dispersion), described(amount, "of the metric's denominator, or observations of the feature"))
		s.number("Rows per hour", p.n/w.Width.Hours(), described(amount, "at the traffic of the window"))
		s.number("Value now", p.value, plain)
		s.text("Reason", p.reason)
	}
	said.info("rows and windows are for the traffic and the values of the last %s, with rows that are %s", query.FormatDuration(w.Width), clusteredText(dispersion))
	return result.Table{Meta: meta(q, "Window planner", w, n, said), Columns: s.done()}
}

func clusteredText(dispersion float64) string {
	if dispersion > 1 {
		return fmt.Sprintf("clustered by a dispersion of %g", dispersion)
	}
	return "independent"
}
