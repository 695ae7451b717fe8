package counts

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// labelling pairs the convention's label names with those on the server.
type labelling struct{ ours, theirs []string }

func newLabelling(labels []profile.Label, p profile.Profile) labelling {
	l := labelling{make([]string, len(labels)), make([]string, len(labels))}
	for i, name := range labels {
		l.ours[i], l.theirs[i] = string(name), p.Label(name)
	}
	return l
}

func (l labelling) values(labels prometheus.Labels) []string {
	out := make([]string, len(l.theirs))
	for i, name := range l.theirs {
		out[i] = labels.Get(name)
	}
	return out
}

func (l labelling) labels(values []string) map[string]string {
	out := make(map[string]string, len(values))
	for i, v := range values {
		out[l.ours[i]] = v
	}
	return out
}

// member is the sets of one group.
type member struct {
	values []string
	sets   []*set
}

func (g *growth) groups(by labelling) []member {
	index := map[string]int{}
	var out []member
	for _, s := range g.sets {
		if len(s.rows) == 0 && s.terms == nil {
			continue
		}
		values := by.values(s.labels)
		key := strings.Join(values, "\x00")
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, member{values: values})
		}
		out[i].sets = append(out[i].sets, s)
	}
	sort.Slice(out, func(i, j int) bool { return slices.Compare(out[i].values, out[j].values) < 0 })
	return out
}

// layout says how the windows are made of steps.
type layout struct {
	number, per int
	first       func(k int) int
}

// oneToOne is the layout in which every step is a window.
func oneToOne(number int) layout {
	return layout{number: number, per: 1, first: func(k int) int { return k }}
}

// window adds up the steps of each window: in has width values per step, out
// width values per window. Sliding windows share steps, so running totals are
// differenced; counts are far from where that loses digits.
func (l layout) window(in, out []float64, width int) {
	if l.per == 1 {
		for k := range l.number {
			copy(out[k*width:(k+1)*width], in[l.first(k)*width:])
		}
		return
	}
	for i := width; i < len(in); i++ {
		in[i] += in[i-width]
	}
	for k := range l.number {
		last, before := (l.first(k)+l.per-1)*width, (l.first(k)-1)*width
		for c := range width {
			out[k*width+c] = in[last+c]
			if before >= 0 {
				out[k*width+c] -= in[before+c]
			}
		}
	}
}

// histograms makes one group per combination of labels; the groups share one
// array of cells.
func (g *growth) histograms(by labelling, l layout) ([]HistogramGroup, []Notice) {
	members := g.groups(by)
	out := make([]HistogramGroup, len(members))
	total, widest, lost := 0, 0, 0
	for i, m := range members {
		var dropped int
		out[i].Labels = by.labels(m.values)
		out[i].Edges, dropped = commonEdges(m.sets)
		if dropped > 0 {
			lost++
		}
		total += len(out[i].Edges) + 3
		widest = max(widest, len(out[i].Edges)+3)
	}
	cells := make([]float64, total*l.number)
	steps := make([]float64, widest*g.grid.steps)
	had := make([]bool, g.grid.steps)
	clipped := false
	for i, m := range members {
		group := &out[i]
		width := len(group.Edges) + 1
		take := func(n int) []float64 {
			part := cells[: n*l.number : n*l.number]
			cells = cells[n*l.number:]
			return part
		}
		group.Cells, group.Sums, group.Counts = take(width), take(1), take(1)
		clear(steps)
		clear(had)
		inCells := steps[:width*g.grid.steps]
		sums := steps[width*g.grid.steps : (width+1)*g.grid.steps]
		observed := steps[(width+1)*g.grid.steps : (width+2)*g.grid.steps]
		for _, s := range m.sets {
			for j, h := range s.had {
				had[j] = had[j] || h
			}
			if s.terms != nil {
				addNative(s, group.Edges, inCells, sums, observed)
			} else if addClassic(s, group.Edges, inCells, sums, observed) {
				clipped = true
			}
		}
		l.window(inCells, group.Cells, width)
		l.total(sums, group.Sums)
		l.window(observed, group.Counts, 1)
		l.blank(had, group.Counts, 1)
	}
	var notices []Notice
	if lost > 0 {
		notices = append(notices, Notice{true, fmt.Sprintf("Bucket layouts differ within %s; only the edges that all of them have are used.", plural(lost, "group"))})
	}
	if clipped {
		notices = append(notices, Notice{false, "Some buckets held less than a smaller one, as happens when a histogram is scraped while it changes; they were set to 0."})
	}
	return out, notices
}

// total adds up the steps of each window one by one: a sum that is NaN in one
// step (a NaN was observed) must not reach windows without that step.
func (l layout) total(in, out []float64) {
	for k := range out {
		out[k] = 0
		for _, v := range in[l.first(k) : l.first(k)+l.per] {
			out[k] += v
		}
	}
}

// blank marks windows without any sample.
func (l layout) blank(had []bool, out []float64, width int) {
	for k := range l.number {
		if !slices.Contains(had[l.first(k):l.first(k)+l.per], true) {
			for c := range width {
				out[k*width+c] = math.NaN()
			}
		}
	}
}

// commonEdges are the finest edges on which every set is exact, and how many
// edges of some set are lost to that.
func commonEdges(sets []*set) (edges []float64, dropped int) {
	var native histogram.CommonEdges
	var buckets []histogram.Bucket
	anyNative, classics := false, 0
	seen := map[float64]int{}
	for _, s := range sets {
		if s.terms != nil {
			anyNative = true
			for _, terms := range s.terms {
				for _, t := range terms {
					buckets = appendBuckets(buckets[:0], t.sample)
					native.Add(buckets)
				}
			}
			continue
		}
		if !s.grewAtAll() && len(sets) > 1 {
			continue
		}
		classics++
		for _, r := range s.rows {
			if r.part != partBucket || math.IsInf(r.le, 1) {
				continue
			}
			if r.partial {
				seen[r.le] += 0
			} else {
				seen[r.le]++
			}
		}
	}
	for le, n := range seen {
		if n == classics {
			edges = append(edges, le)
		} else {
			dropped++
		}
	}
	if classics == 0 && !anyNative && len(sets) > 1 { // all are still at zero
		return commonEdges(sets[:1])
	}
	sort.Float64s(edges)
	if !anyNative {
		return edges, dropped
	}
	nativeEdges := native.Edges()
	if classics == 0 {
		return nativeEdges, 0
	}
	both := make([]float64, 0, len(edges))
	for _, e := range edges {
		if _, found := slices.BinarySearch(nativeEdges, e); found {
			both = append(both, e)
		}
	}
	return both, dropped + len(edges) - len(both)
}

func (s *set) grewAtAll() bool {
	if len(s.rows) == 0 {
		return false
	}
	return slices.ContainsFunc(s.rows[s.lead].grew, func(v float64) bool { return v > 0 })
}

// addClassic adds a classic histogram's growth to a group's cells, sums and
// counts per step. It tells whether a bucket held less than a smaller one.
func addClassic(s *set, edges, cells, sums, observed []float64) (clipped bool) {
	width := len(edges) + 1
	var total, count []float64
	byEdge := make([][]float64, len(edges))
	for _, r := range s.rows {
		switch {
		case r.part == partSum:
			for j, v := range r.grew {
				sums[j] += v
			}
		case r.part == partCount:
			count = r.grew
		case math.IsInf(r.le, 1):
			total = r.grew
		case r.part == partBucket:
			if i, found := slices.BinarySearch(edges, r.le); found {
				byEdge[i] = r.grew
			}
		}
	}
	if total == nil {
		total = count
	}
	if count == nil {
		count = total
	}
	hasSum := s.rows[len(s.rows)-1].part == partSum
	for j, v := range count {
		observed[j] += v
		if !hasSum {
			sums[j] = math.NaN()
		}
	}
	for j := range total {
		below := 0.0
		into := cells[j*width : (j+1)*width]
		for i, row := range byEdge {
			if row == nil { // a set that never grew may lack the group's edges
				continue
			}
			if v := row[j] - below; v >= 0 {
				into[i] += v
				below = row[j]
			} else {
				clipped = true
			}
		}
		if v := total[j] - below; v >= 0 {
			into[width-1] += v
		} else {
			clipped = true
		}
	}
	return clipped
}

// addNative adds a native histogram's growth, whose buckets all lie within cells.
func addNative(s *set, edges, cells, sums, observed []float64) {
	width := len(edges) + 1
	for j, terms := range s.terms {
		into := cells[j*width : (j+1)*width]
		for _, t := range terms {
			sums[j] += t.sign * t.sample.Sum
			observed[j] += t.sign * t.sample.Count
			for _, b := range t.sample.Buckets {
				// The cell (e[i-1], e[i]] that holds the bucket is the one whose upper
				// edge is the first that is not below the bucket's.
				i, _ := slices.BinarySearch(edges, b.Upper)
				into[i] += t.sign * b.Count
			}
		}
		for i, v := range into {
			into[i] = max(v, 0)
		}
	}
}

func appendBuckets(out []histogram.Bucket, h *prometheus.NativeSample) []histogram.Bucket {
	for _, b := range h.Buckets {
		out = append(out, histogram.Bucket{Lower: b.Lower, Upper: b.Upper, Count: b.Count})
	}
	return out
}

// tallies makes one group per combination of labels, with one cell per
// combination of the values of over.
func (g *growth) tallies(by, over labelling, l layout) []TallyGroup {
	members := g.groups(by)
	out := make([]TallyGroup, len(members))
	for i, m := range members {
		keys, cellOf := cellsOf(m.sets, over)
		width := len(keys)
		steps := make([]float64, width*g.grid.steps)
		had := make([]bool, g.grid.steps)
		for n, s := range m.sets {
			for j, v := range s.rows[0].grew {
				steps[j*width+cellOf[n]] += v
				had[j] = had[j] || s.had[j]
			}
		}
		out[i] = TallyGroup{Labels: by.labels(m.values), Keys: keys, Cells: make([]float64, width*l.number)}
		l.window(steps, out[i].Cells, width)
		l.blank(had, out[i].Cells, width)
	}
	return out
}

// cellsOf lists the sorted keys of the sets and which one each set counts to.
func cellsOf(sets []*set, over labelling) (keys [][]string, cellOf []int) {
	ofSet := make([][]string, len(sets))
	for i, s := range sets {
		ofSet[i] = over.values(s.labels)
		if at, found := slices.BinarySearchFunc(keys, ofSet[i], slices.Compare[[]string]); !found {
			keys = slices.Insert(keys, at, ofSet[i])
		}
	}
	cellOf = make([]int, len(sets))
	for i := range sets {
		cellOf[i], _ = slices.BinarySearchFunc(keys, ofSet[i], slices.Compare[[]string])
	}
	return keys, cellOf
}

func parseLe(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
