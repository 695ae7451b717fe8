package counts

import (
	"context"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// server is what the reader needs of a Prometheus-compatible server.
type server interface {
	QueryRange(context.Context, prometheus.Range) (*prometheus.Answer, error)
	QueryInstant(ctx context.Context, expr string, at time.Time) (*prometheus.Answer, error)
	QueryRaw(ctx context.Context, expr string, at time.Time) (*prometheus.Raw, error)
}

// The exact read takes cumulative values at the edges of windows and differences
// them per series here, which is exact and cheap as long as a series lives and
// grows through a step. Where it does not (it restarts, appears, vanishes), the
// step is looked at more closely: in parts, and at last sample by sample.
const (
	// staleness is how long a server takes a sample to be current: a reset may
	// hide that long before an edge.
	staleness = 5 * time.Minute
	// lookBack is how far before the first edge a series is searched that appears
	// later: found, its absence was a gap; not found, it is new and starts at zero.
	lookBack = 6 * time.Hour
	// finest is the longest step that is read sample by sample, and parts is into
	// how many a longer one is divided.
	finest = time.Hour
	parts  = 24
	// atOnce bounds the requests for details that run side by side.
	atOnce = 4
)

// growth is how much every series of a family grew in each step of a grid.
type growth struct {
	family family
	grid   grid
	sets   []*set
	// fresh counts series that appeared and were counted from zero, gaps those
	// that came back, coarse the steps whose details were beyond the limit.
	fresh, gaps, coarse int
	warnings            []string
	queries             []string
}

// set is one counter, or one histogram with its parts: the series that one
// process exports at once and that restart together.
type set struct {
	labels prometheus.Labels // with the name and "le" of some member
	rows   []row
	lead   int // the row whose fall is a restart: the count, else the largest bucket
	native []*prometheus.NativeSample
	// odd are the steps that need a closer look, ascending.
	odd []int
	// born is the step at whose end the set is first seen, if it is absent at the
	// first edge and nothing was found in between; else -1.
	born int
	// had marks the steps in which the set had a sample at either edge or between.
	had []bool
	// terms are the native histogram's growth, by step.
	terms [][]term
}

// row is one float series of a set. Values has one entry per edge; grew one per
// step and may share its memory.
type row struct {
	labels prometheus.Labels
	part   part
	le     float64
	values []float64
	grew   []float64
	// partial marks a bucket that is absent at an edge where the lead is present:
	// the layout changed in between, and the bucket says nothing of all windows.
	partial bool
}

// term is one summand of a native histogram's growth.
type term struct {
	sample *prometheus.NativeSample
	sign   float64
}

// segment is what a closer look at one series in one step found: its first and
// last value in the step, and its growth between them.
type segment struct {
	first, inner, last float64
	// the same for a native histogram
	firstNative, lastNative *prometheus.NativeSample
	innerNative             []term
}

// exact reads growth from a server.
type exact struct {
	server server
	// details is how many more closer looks a read may take.
	details *atomic.Int64
}

// read reads the growth of every series over the grid.
func (x exact) read(ctx context.Context, f family, g grid) (*growth, error) {
	out, err := x.edges(ctx, f, g)
	if err != nil {
		return nil, err
	}
	before, err := x.lookBefore(ctx, out)
	if err != nil {
		return nil, err
	}
	for _, s := range out.sets {
		if s.born >= 0 && before.knows(s) { // not born, but back: from which value?
			s.odd = append([]int{s.born}, s.odd...)
		}
	}
	looks, err := x.lookCloser(ctx, out)
	if err != nil {
		return nil, err
	}
	for _, s := range out.sets {
		out.resolve(s, looks, before)
	}
	return out, nil
}

// edges reads the values at the edges and finds the steps that need a closer look.
func (x exact) edges(ctx context.Context, f family, g grid) (*growth, error) {
	out := &growth{family: f, grid: g}
	var values, resets *prometheus.Answer
	group, groupCtx := errgroup.WithContext(ctx)
	ask := func(into **prometheus.Answer, r prometheus.Range) {
		out.queries = append(out.queries, r.Expr)
		group.Go(func() (err error) {
			*into, err = x.queryRange(groupCtx, r)
			return err
		})
	}
	ask(&values, g.edges(f.all()))
	ask(&resets, g.ends(f.resets(g.step+staleness.Milliseconds())))
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out.warn(values.Warnings, values.Infos, resets.Warnings, resets.Infos)
	index := out.index(values)
	out.findOdd(index, resets)
	return out, nil
}

// splitFrom is from how many points on a range is read in two halves side by
// side: a server evaluates one query on one core.
const splitFrom = 96

func (x exact) queryRange(ctx context.Context, r prometheus.Range) (*prometheus.Answer, error) {
	points := int(r.End.Sub(r.Start)/r.Step) + 1
	if points < splitFrom {
		return x.server.QueryRange(ctx, r)
	}
	early, late := r, r
	late.Start = r.Start.Add(time.Duration(points/2) * r.Step)
	early.End = late.Start.Add(-r.Step)
	halves := make([]*prometheus.Answer, 2)
	group, groupCtx := errgroup.WithContext(ctx)
	for i, half := range []prometheus.Range{early, late} {
		group.Go(func() (err error) {
			halves[i], err = x.server.QueryRange(groupCtx, half)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return prometheus.Join(halves...), nil
}

func (g *growth) warn(lists ...[]string) {
	for _, list := range lists {
		for _, w := range list {
			if !slices.Contains(g.warnings, w) {
				g.warnings = append(g.warnings, w)
			}
		}
	}
}

// index gathers the series of an answer into sets, by their labels without name
// and bucket.
func (g *growth) index(a *prometheus.Answer) map[string]*set {
	sets := make(map[string]*set, len(a.Series)/8+1)
	key := make([]byte, 0, 256)
	bySeries := make([]*set, len(a.Series))
	for i, labels := range a.Series {
		key = labels.AppendKey(key[:0], prometheus.NameLabel, leLabel)
		s, ok := sets[string(key)]
		if !ok {
			s = g.newSet(labels)
			sets[string(key)] = s
		}
		bySeries[i] = s
		if values := a.Row(i); slices.ContainsFunc(values, func(v float64) bool { return !prometheus.IsAbsent(v) }) {
			s.add(g.family, labels, values)
		}
	}
	for i := range a.Histograms {
		h := &a.Histograms[i]
		s := bySeries[h.Series]
		if s.native == nil {
			s.native = make([]*prometheus.NativeSample, g.grid.steps+1)
		}
		s.native[h.Step] = h
	}
	for _, s := range g.sets {
		s.prepare()
		s.markPartial()
	}
	return sets
}

func (g *growth) newSet(labels prometheus.Labels) *set {
	s := &set{labels: labels}
	g.sets = append(g.sets, s)
	return s
}

func (s *set) add(f family, labels prometheus.Labels, values []float64) {
	s.addPart(f.part(labels), labels, values)
}

func (s *set) addPart(p part, labels prometheus.Labels, values []float64) {
	r := row{labels: labels, part: p, values: values}
	if r.part == partBucket {
		le, err := parseLe(labels.Get(leLabel))
		if err != nil {
			return // not a bucket that anything could read
		}
		r.le = le
	}
	s.rows = append(s.rows, r)
}

// prepare settles which of classic and native a set is read from, and its lead.
// A set exported both ways is read as classic: its edges stay as they are.
func (s *set) prepare() {
	if slices.ContainsFunc(s.rows, func(r row) bool { return r.part == partBucket }) {
		s.native = nil
	}
	if s.native != nil {
		s.rows = nil
	}
	sort.SliceStable(s.rows, func(i, j int) bool {
		if s.rows[i].part != s.rows[j].part {
			return s.rows[i].part < s.rows[j].part
		}
		return s.rows[i].le < s.rows[j].le
	})
	s.lead = 0
	for i, r := range s.rows {
		if r.part == partBucket {
			s.lead = i // the largest bucket, unless there is a count
		}
		if r.part == partCount {
			s.lead = i
			break
		}
	}
}

func (s *set) markPartial() {
	if len(s.rows) == 0 {
		return
	}
	lead := s.rows[s.lead].values
	for i := range s.rows {
		r := &s.rows[i]
		if r.part != partBucket {
			continue
		}
		for j, v := range r.values {
			if prometheus.IsAbsent(v) != prometheus.IsAbsent(lead[j]) {
				r.partial = true
				break
			}
		}
	}
}

// at is the lead's value at an edge; absent when there is none.
func (s *set) at(edge int) float64 {
	if s.native != nil {
		if h := s.native[edge]; h != nil {
			return h.Count
		}
		return prometheus.Absent()
	}
	if len(s.rows) == 0 || s.rows[s.lead].values == nil {
		return prometheus.Absent()
	}
	return s.rows[s.lead].values[edge]
}

// findOdd marks the steps in which a set restarted, appeared, vanished or lived
// only in between.
func (g *growth) findOdd(index map[string]*set, resets *prometheus.Answer) {
	key := make([]byte, 0, 256)
	answered := make(map[*set][]float64, len(resets.Series))
	for i, labels := range resets.Series {
		key = labels.AppendKey(key[:0], prometheus.NameLabel, leLabel)
		s, ok := index[string(key)]
		if !ok { // it lived between edges only
			s = g.newSet(labels)
			index[string(key)] = s
		}
		answered[s] = resets.Row(i)
	}
	for _, s := range g.sets {
		s.had = make([]bool, g.grid.steps)
		row := answered[s]
		from := s.at(0)
		seen := !prometheus.IsAbsent(from)
		s.born = -1
		for j := range g.grid.steps {
			to := s.at(j + 1)
			in := prometheus.Absent() // resets in the step; absent: no sample in it
			if row != nil {
				in = row[j]
			}
			lived, lives := !prometheus.IsAbsent(from), !prometheus.IsAbsent(to)
			s.had[j] = lived || lives
			switch {
			case in > 0, // restarted, or so little before that it must be looked at
				lived && lives && to < from,
				!lives && !prometheus.IsAbsent(in), // has samples, but not at the end
				!lived && lives && seen:            // back after a gap: from which value?
				s.odd = append(s.odd, j)
			case !lived && lives:
				s.born = j
			}
			seen = seen || lives || !prometheus.IsAbsent(in)
			from = to
		}
	}
}

// resolve turns a set's values into growth.
func (g *growth) resolve(s *set, looks closer, before past) {
	for _, j := range s.odd {
		if looks.found(s, j) {
			s.had[j] = true
		}
	}
	s.addGhostRows(g.family, looks)
	if s.native != nil {
		base := s.native[0]
		if base == nil {
			base = before.sets[setKey(s.labels)]
		}
		s.terms = make([][]term, g.grid.steps)
		s.walkNative(g.grid.steps, looks, base, func(j int, terms []term, first *prometheus.NativeSample) {
			g.note(s, j, first == nil)
			if first != nil { // new: it counts from zero
				terms = append(terms, term{first, 1})
			}
			s.terms[j] = terms
		})
		return
	}
	base := func(r *row) float64 {
		if old, ok := before.series[fullKey(r.labels)]; ok && prometheus.IsAbsent(r.values[0]) {
			return old
		}
		return r.values[0]
	}
	s.eachRow(g.grid.steps, base, looks, func(r *row, base float64, restarts []bool, leads bool) {
		r.grew = r.values[:g.grid.steps] // the walk has read what is written over
		s.walkRow(r, g.grid.steps, looks, base, restarts, func(j int, grew, first float64, _ bool) {
			if leads && s.had[j] {
				g.note(s, j, prometheus.IsAbsent(first))
			}
			if !prometheus.IsAbsent(first) {
				grew += first
			}
			r.grew[j] = grew
		})
	})
}

// addGhostRows gives a set that was never seen at an edge the rows that the
// closer looks found.
func (s *set) addGhostRows(f family, looks closer) {
	if len(s.rows) > 0 || s.native != nil {
		return
	}
	if looks.native(s) {
		s.native = make([]*prometheus.NativeSample, len(s.had)+1)
		return
	}
	for _, labels := range looks.labels(s) {
		values := make([]float64, len(s.had)+1)
		for i := range values {
			values[i] = prometheus.Absent()
		}
		s.add(f, labels, values)
	}
	s.prepare()
}

// eachRow visits the rows, the lead first. A set restarts as a whole, where any
// of its rows but the sum falls: in sets that were looked at closely or came back
// after a gap, the count alone may have grown past what it was.
func (s *set) eachRow(steps int, base func(*row) float64, looks closer, visit func(r *row, base float64, restarts []bool, leads bool)) {
	if len(s.rows) == 0 {
		return
	}
	restarts := make([]bool, steps)
	bases := make([]float64, len(s.rows))
	for i := range s.rows {
		r := &s.rows[i]
		bases[i] = base(r)
		if r.part == partSum || len(s.odd) == 0 && !slices.Contains(s.had, false) && !prometheus.IsAbsent(r.values[0]) {
			continue
		}
		s.walkRow(r, steps, looks, bases[i], nil, func(j int, _, _ float64, fell bool) {
			restarts[j] = restarts[j] || fell
		})
	}
	visit(&s.rows[s.lead], bases[s.lead], restarts, true)
	for i := range s.rows {
		if i != s.lead {
			visit(&s.rows[i], bases[i], restarts, false)
		}
	}
}

// walkRow goes through a row's steps with the last value that is known and says
// for every step how much the row grew. Where no value is known before, the
// growth is that since the step's first value, which is then given too; else
// first is absent. A sum may fall without a restart, so it relies on the restarts
// given. It returns the last value.
func (s *set) walkRow(r *row, steps int, looks closer, base float64, restarts []bool, emit func(j int, grew, first float64, fell bool)) float64 {
	odd := s.odd
	for j := range steps {
		next := r.values[j+1]
		seg := segment{first: next, last: next}
		if len(odd) > 0 && odd[0] == j {
			odd = odd[1:]
			if looks.took(j) {
				seg = looks.segment(r.labels, j)
			}
		}
		if prometheus.IsAbsent(seg.first) {
			emit(j, 0, prometheus.Absent(), false)
			continue
		}
		fell := seg.first < base && r.part != partSum // false for an absent base
		switch {
		case prometheus.IsAbsent(base):
			emit(j, seg.inner, seg.first, false)
		case fell || restarts != nil && restarts[j]:
			emit(j, seg.inner+seg.first, prometheus.Absent(), fell)
		default:
			emit(j, seg.inner+seg.first-base, prometheus.Absent(), false)
		}
		base = seg.last
	}
	return base
}

// walkNative is walkRow for a native histogram.
func (s *set) walkNative(steps int, looks closer, base *prometheus.NativeSample, emit func(j int, terms []term, first *prometheus.NativeSample)) *prometheus.NativeSample {
	odd := s.odd
	for j := range steps {
		seg := segment{firstNative: s.native[j+1], lastNative: s.native[j+1]}
		if len(odd) > 0 && odd[0] == j {
			odd = odd[1:]
			if looks.took(j) {
				seg = looks.nativeSegment(s, j)
			}
		}
		if seg.firstNative == nil {
			continue
		}
		terms := slices.Clone(seg.innerNative)
		switch {
		case base == nil:
			emit(j, terms, seg.firstNative)
		case fell(base, seg.firstNative):
			emit(j, append(terms, term{seg.firstNative, 1}), nil)
		default:
			emit(j, append(terms, term{seg.firstNative, 1}, term{base, -1}), nil)
		}
		base = seg.lastNative
	}
	return base
}

// fell tells whether a native histogram restarted: its count or any bucket holds
// less. A bucket that a wider one took in (the resolution fell) says nothing.
func fell(base, next *prometheus.NativeSample) bool {
	if next.Count < base.Count {
		return true
	}
	j := 0
	for _, b := range base.Buckets {
		for j < len(next.Buckets) && next.Buckets[j].Upper < b.Upper {
			j++
		}
		if j == len(next.Buckets) || next.Buckets[j].Lower > b.Lower {
			return true
		}
		if n := next.Buckets[j]; n.Lower == b.Lower && n.Upper == b.Upper && n.Count < b.Count {
			return true
		}
	}
	return false
}

// note counts a set that is new in step j, or back after a gap.
func (g *growth) note(s *set, j int, known bool) {
	switch {
	case !known:
		g.fresh++
	case j > 0 && s.had[j] && !s.had[j-1]:
		g.gaps++
	}
}

func fullKey(l prometheus.Labels) string { return string(l.AppendKey(nil)) }

func setKey(l prometheus.Labels) string {
	return string(l.AppendKey(nil, prometheus.NameLabel, leLabel))
}
