package counts

import (
	"math"
	"slices"
	"sort"
	"strings"
)

// window gives the answer for windows from..from+number−1 only. It shares the
// memory of d.
func (d Data) window(from, number int) Data {
	out := d
	out.Request.Windows.Start = d.Request.Windows.End(from)
	out.Request.Windows.Number = number
	out.Histograms = make([]HistogramGroup, len(d.Histograms))
	for i, g := range d.Histograms {
		n := len(g.Edges) + 1
		out.Histograms[i] = HistogramGroup{Labels: g.Labels, Edges: g.Edges,
			Cells: cut(g.Cells, from, number, n), Sums: cut(g.Sums, from, number, 1), Counts: cut(g.Counts, from, number, 1)}
	}
	out.Tallies = make([]TallyGroup, len(d.Tallies))
	for i, g := range d.Tallies {
		out.Tallies[i] = TallyGroup{Labels: g.Labels, Keys: g.Keys, Cells: cut(g.Cells, from, number, len(g.Keys))}
	}
	out.Gauges = make([]GaugeGroup, len(d.Gauges))
	for i, g := range d.Gauges {
		out.Gauges[i] = GaugeGroup{Labels: g.Labels, Values: cut(g.Values, from, number, 1)}
	}
	return out
}

func cut(values []float64, from, number, width int) []float64 {
	return values[from*width : (from+number)*width : (from+number)*width]
}

// join puts answers to the same request for windows that follow one another
// together.
func join(parts ...Data) Data {
	if len(parts) == 1 {
		return parts[0]
	}
	out := Data{Request: parts[0].Request}
	out.Request.Windows.Number = 0
	offsets := make([]int, len(parts))
	for i, p := range parts {
		offsets[i] = out.Request.Windows.Number
		out.Request.Windows.Number += p.Request.Windows.Number
		for _, n := range p.Notices {
			if !slices.Contains(out.Notices, n) {
				out.Notices = append(out.Notices, n)
			}
		}
		for _, q := range p.Queries {
			if !slices.Contains(out.Queries, q) {
				out.Queries = append(out.Queries, q)
			}
		}
	}
	number := out.Request.Windows.Number
	out.Histograms = joinGroups(parts, func(d Data) []HistogramGroup { return d.Histograms }, HistogramGroup.labels,
		func(groups []*HistogramGroup) HistogramGroup { return joinHistograms(groups, parts, offsets, number) })
	out.Tallies = joinGroups(parts, func(d Data) []TallyGroup { return d.Tallies }, TallyGroup.labels,
		func(groups []*TallyGroup) TallyGroup { return joinTallies(groups, parts, offsets, number) })
	out.Gauges = joinGroups(parts, func(d Data) []GaugeGroup { return d.Gauges }, GaugeGroup.labels,
		func(groups []*GaugeGroup) GaugeGroup {
			values := missing(number)
			for i, g := range groups {
				if g != nil {
					copy(values[offsets[i]:], g.Values)
				}
			}
			return GaugeGroup{Labels: first(groups).Labels, Values: values}
		})
	return out
}

func (g HistogramGroup) labels() map[string]string { return g.Labels }
func (g TallyGroup) labels() map[string]string     { return g.Labels }
func (g GaugeGroup) labels() map[string]string     { return g.Labels }

// joinGroups lines up the groups of the parts by their labels; a part without
// the group has nil. Groups stay sorted.
func joinGroups[G any](parts []Data, of func(Data) []G, labels func(G) map[string]string, put func([]*G) G) []G {
	index := map[string]int{}
	var keys []string
	var lined [][]*G
	for p, d := range parts {
		groups := of(d)
		for i := range groups {
			key := groupKey(labels(groups[i]))
			at, ok := index[key]
			if !ok {
				at = len(lined)
				index[key] = at
				keys = append(keys, key)
				lined = append(lined, make([]*G, len(parts)))
			}
			lined[at][p] = &groups[i]
		}
	}
	sort.Strings(keys)
	out := make([]G, len(keys))
	for i, key := range keys {
		out[i] = put(lined[index[key]])
	}
	return out
}

func groupKey(labels map[string]string) string {
	names := make([]string, 0, len(labels))
	for name := range labels {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + "\x00" + labels[name] + "\x00")
	}
	return b.String()
}

// joinHistograms keeps an edge that every part either has, or could have: where
// it falls into a cell that is empty in all of the part's windows. That is exact.
func joinHistograms(groups []*HistogramGroup, parts []Data, offsets []int, number int) HistogramGroup {
	var edges []float64
	for _, g := range groups {
		if g != nil {
			edges = append(edges, g.Edges...)
		}
	}
	sort.Float64s(edges)
	edges = slices.Compact(edges)
	edges = slices.DeleteFunc(edges, func(e float64) bool {
		return slices.ContainsFunc(groups, func(g *HistogramGroup) bool { return g != nil && !g.allows(e) })
	})
	width := len(edges) + 1
	out := HistogramGroup{Labels: first(groups).Labels, Edges: edges,
		Cells: make([]float64, width*number), Sums: make([]float64, number), Counts: missing(number)}
	for i, g := range groups {
		if g == nil {
			continue
		}
		copy(out.Sums[offsets[i]:], g.Sums)
		copy(out.Counts[offsets[i]:], g.Counts)
		cellOf := make([]int, len(g.Edges)+1)
		for c := range cellOf {
			cellOf[c] = width - 1
			if c < len(g.Edges) {
				cellOf[c], _ = slices.BinarySearch(edges, g.Edges[c])
			}
		}
		for k := range parts[i].Request.Windows.Number {
			into := out.Cells[(offsets[i]+k)*width:]
			for c, v := range g.Cells[k*len(cellOf) : (k+1)*len(cellOf)] {
				into[cellOf[c]] += v
			}
		}
	}
	return out
}

func (g *HistogramGroup) allows(edge float64) bool {
	at, has := slices.BinarySearch(g.Edges, edge)
	if has {
		return true
	}
	width := len(g.Edges) + 1
	for c := at; c < len(g.Cells); c += width {
		if g.Cells[c] != 0 {
			return false
		}
	}
	return true
}

func joinTallies(groups []*TallyGroup, parts []Data, offsets []int, number int) TallyGroup {
	var keys [][]string
	for _, g := range groups {
		if g != nil {
			keys = append(keys, g.Keys...)
		}
	}
	slices.SortFunc(keys, slices.Compare[[]string])
	keys = slices.CompactFunc(keys, slices.Equal[[]string])
	width := len(keys)
	out := TallyGroup{Labels: first(groups).Labels, Keys: keys, Cells: missing(width * number)}
	for i, g := range groups {
		if g == nil {
			continue
		}
		for k := range parts[i].Request.Windows.Number {
			if !g.Has(k) {
				continue
			}
			into := out.Cells[(offsets[i]+k)*width : (offsets[i]+k+1)*width]
			clear(into)
			for c, v := range g.At(k) {
				at, _ := slices.BinarySearchFunc(keys, g.Keys[c], slices.Compare[[]string])
				into[at] = v
			}
		}
	}
	return out
}

func first[G any](groups []*G) *G {
	for _, g := range groups {
		if g != nil {
			return g
		}
	}
	return nil
}

func missing(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}
