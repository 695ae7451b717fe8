package analysis

import (
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// paired is a group of a read, histogram or tally, with what it is compared
// with. Either side may be missing.
type paired[G any] struct {
	labels            map[string]string
	current, baseline *G
}

// pair finds the baseline of every current group. Where current and baseline
// groups are told apart by the same labels, what only the baseline has is listed
// too, without a current side, if its model and version are among the current ones:
// a feature that is no longer sent must not vanish from the answer.
func pair[G any](q *query.Query, by []profile.Label, current, baseline []G, labels func(*G) map[string]string, said *notes) []paired[G] {
	if q.Baseline == nil {
		out := make([]paired[G], len(current))
		for i := range current {
			out[i] = paired[G]{labels: known(labels(&current[i])), current: &current[i]}
		}
		return out
	}
	on := pairingLabels(q, by)
	base := make(map[string]*G, len(baseline))
	names := make(map[string]bool)
	for i := range baseline {
		k := key(labels(&baseline[i]), on)
		if base[k] != nil {
			names[labels(base[k])[string(profile.Reference)]] = true
			names[labels(&baseline[i])[string(profile.Reference)]] = true
		}
		base[k] = &baseline[i] // groups are sorted, so the last reference by name stays
	}
	if len(names) > 1 {
		list := make([]string, 0, len(names))
		for n := range names {
			list = append(list, n)
		}
		slices.Sort(list)
		said.warning("there are several references, %s: the last by name was taken, choose one by baseline.reference", several(list))
	}
	group := groupLabels(q)
	var out []paired[G]
	taken := make(map[string]bool, len(current))
	groups := make(map[string]bool)
	for i := range current {
		if isOwnBaseline(q, labels(&current[i])) {
			continue
		}
		k := key(labels(&current[i]), on)
		taken[k] = true
		groups[key(labels(&current[i]), group)] = true
		out = append(out, paired[G]{labels: known(labels(&current[i])), current: &current[i], baseline: base[k]})
	}
	if len(out) == 0 && len(current) > 0 {
		said.warning("the baseline (%s) is what the query itself asks for, so it would be compared with itself: choose another version or other matchers", describeBaseline(q))
	}
	if len(on) < len(by) {
		return out
	}
	for i := range baseline {
		l := labels(&baseline[i])
		k := key(l, on)
		if taken[k] || !groups[key(l, group)] {
			continue
		}
		taken[k] = true
		out = append(out, paired[G]{labels: only(l, on), baseline: base[k]})
	}
	slices.SortStableFunc(out, func(a, b paired[G]) int { return strings.Compare(key(a.labels, by), key(b.labels, by)) })
	return out
}

func histogramLabels(g *counts.HistogramGroup) map[string]string { return g.Labels }
func tallyLabels(g *counts.TallyGroup) map[string]string         { return g.Labels }

// histogramAt is window k of a group; false where there is none. A group with
// one window, a fixed baseline, answers it for every k.
func histogramAt(g *counts.HistogramGroup, k int) (histogram.Histogram, bool) {
	if g == nil {
		return histogram.Histogram{}, false
	}
	if len(g.Counts) == 1 {
		k = 0
	}
	if k >= len(g.Counts) || !g.Has(k) {
		return histogram.Histogram{}, false
	}
	return g.At(k), true
}

// tallyWindows is the number of windows of a tally.
func tallyWindows(g *counts.TallyGroup) int {
	if len(g.Keys) == 0 {
		return 0
	}
	return len(g.Cells) / len(g.Keys)
}

// tallyAt is window k of a group, as histogramAt.
func tallyAt(g *counts.TallyGroup, k int) ([]float64, bool) {
	if g == nil {
		return nil, false
	}
	if tallyWindows(g) == 1 {
		k = 0
	}
	if k >= tallyWindows(g) || !g.Has(k) {
		return nil, false
	}
	return g.At(k), true
}

// cells brings two tallies to the same cells: the union of both sides' keys, in
// order, with the place of each side's cells in it.
type cells struct {
	names             []string
	current, baseline []int
}

func commonCells(current, baseline *counts.TallyGroup) cells {
	var out cells
	for _, g := range []*counts.TallyGroup{current, baseline} {
		if g == nil {
			continue
		}
		for _, k := range g.Keys {
			out.names = append(out.names, strings.Join(k, " "))
		}
	}
	out.names = sortedClasses(out.names)
	place := make(map[string]int, len(out.names))
	for i, n := range out.names {
		place[n] = i
	}
	at := func(g *counts.TallyGroup) []int {
		if g == nil {
			return nil
		}
		to := make([]int, len(g.Keys))
		for i, k := range g.Keys {
			to[i] = place[strings.Join(k, " ")]
		}
		return to
	}
	out.current, out.baseline = at(current), at(baseline)
	return out
}

// spread puts one side's counts onto the common cells.
func (c cells) spread(counts []float64, to []int) []float64 {
	out := make([]float64, len(c.names))
	for i, n := range counts {
		if n > 0 {
			out[to[i]] += n
		}
	}
	return out
}
