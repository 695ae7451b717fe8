package counts

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// closer is what the closer looks at odd steps found.
type closer struct {
	// steps has an entry for every step that was looked at.
	steps map[int]look
}

// look is what was found in one step.
type look struct {
	series map[string]segment             // by the series' labels
	sets   map[string]segment             // native histograms, by the set's labels
	labels map[string][]prometheus.Labels // the series of each set
}

func newLook() look {
	return look{series: map[string]segment{}, sets: map[string]segment{}, labels: map[string][]prometheus.Labels{}}
}

func (c closer) took(j int) bool { _, ok := c.steps[j]; return ok }

func (c closer) found(s *set, j int) bool {
	l, ok := c.steps[j]
	if !ok {
		return false
	}
	key := setKey(s.labels)
	_, native := l.sets[key]
	return native || len(l.labels[key]) > 0
}

func (c closer) native(s *set) bool {
	key := setKey(s.labels)
	for _, j := range s.odd {
		if _, ok := c.steps[j].sets[key]; ok {
			return true
		}
	}
	return false
}

// labels lists the series that were found of a set, each once.
func (c closer) labels(s *set) []prometheus.Labels {
	key := setKey(s.labels)
	var out []prometheus.Labels
	for _, j := range s.odd {
		for _, l := range c.steps[j].labels[key] {
			if !slices.ContainsFunc(out, l.Equal) {
				out = append(out, l)
			}
		}
	}
	return out
}

func (c closer) segment(l prometheus.Labels, j int) segment {
	if s, ok := c.steps[j].series[fullKey(l)]; ok {
		return s
	}
	return segment{first: prometheus.Absent(), last: prometheus.Absent()}
}

func (c closer) nativeSegment(s *set, j int) segment { return c.steps[j].sets[setKey(s.labels)] }

// lookCloser reads the odd steps in detail: a long one in parts, a short one
// sample by sample, and only the series in question.
func (x exact) lookCloser(ctx context.Context, g *growth) (closer, error) {
	odd := map[int][]*set{}
	for _, s := range g.sets {
		for _, j := range s.odd {
			odd[j] = append(odd[j], s)
		}
	}
	steps := make([]int, 0, len(odd))
	for j := range odd {
		steps = append(steps, j)
	}
	sort.Ints(steps)
	out := closer{steps: map[int]look{}}
	var mu sync.Mutex
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, j := range steps {
		if x.details.Add(-1) < 0 {
			g.coarse++
			continue
		}
		f := g.family
		f.extra = append(slices.Clone(f.extra), narrow(odd[j])...)
		group.Go(func() error {
			found, err := x.lookAt(groupCtx, f, g, j)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			out.steps[j] = found
			return nil
		})
	}
	return out, group.Wait()
}

func (x exact) lookAt(ctx context.Context, f family, g *growth, j int) (look, error) {
	if time.Duration(g.grid.step)*time.Millisecond <= finest {
		raw, err := x.server.QueryRaw(ctx, f.overRange(g.grid.step), time.UnixMilli(g.grid.edge(j+1)))
		if err != nil {
			return look{}, err
		}
		return samples(f, raw, g.grid.edge(j)), nil
	}
	within, err := x.edges(ctx, f, g.grid.within(j, parts))
	if err != nil {
		return look{}, err
	}
	for _, s := range within.sets {
		if s.born >= 0 { // the caller may know a value before
			s.odd = append([]int{s.born}, s.odd...)
		}
	}
	looks, err := x.lookCloser(ctx, within)
	if err != nil {
		return look{}, err
	}
	out := newLook()
	for _, s := range within.sets {
		within.summarise(s, looks, out)
	}
	return out, nil
}

// summarise puts a set's steps together to one segment per series.
func (g *growth) summarise(s *set, looks closer, into look) {
	s.addGhostRows(g.family, looks)
	key := setKey(s.labels)
	if s.native != nil {
		var seg segment
		seg.lastNative = s.walkNative(g.grid.steps, looks, nil, func(_ int, terms []term, first *prometheus.NativeSample) {
			if first != nil {
				seg.firstNative = first
			}
			seg.innerNative = append(seg.innerNative, terms...)
		})
		if seg.firstNative != nil {
			into.sets[key] = seg
		}
		return
	}
	absent := func(*row) float64 { return prometheus.Absent() }
	s.eachRow(g.grid.steps, absent, looks, func(r *row, base float64, restarts []bool, _ bool) {
		seg := segment{first: prometheus.Absent()}
		seg.last = s.walkRow(r, g.grid.steps, looks, base, restarts, func(_ int, grew, first float64, _ bool) {
			if !prometheus.IsAbsent(first) {
				seg.first = first
			}
			seg.inner += grew
		})
		if !prometheus.IsAbsent(seg.first) {
			into.series[fullKey(r.labels)] = seg
			into.labels[key] = append(into.labels[key], r.labels)
		}
	})
}

// samples sums up raw samples, of which those up to after (ms) are not the step's.
func samples(f family, raw *prometheus.Raw, after int64) look {
	out := newLook()
	sets := map[string][]*prometheus.RawSeries{}
	for i := range raw.Series {
		s := &raw.Series[i]
		key := setKey(s.Labels)
		sets[key] = append(sets[key], s)
	}
	for key, members := range sets {
		restarts := restartTimes(f, members)
		for _, s := range members {
			if seg, ok := nativeSamples(s, after); ok {
				out.sets[key] = seg
			}
			if seg, ok := floatSamples(s, after, restarts); ok {
				out.series[fullKey(s.Labels)] = seg
				out.labels[key] = append(out.labels[key], s.Labels)
			}
		}
	}
	return out
}

// restartTimes are the times at which any series of a set but its sum falls.
func restartTimes(f family, members []*prometheus.RawSeries) map[int64]bool {
	times := map[int64]bool{}
	for _, s := range members {
		if f.part(s.Labels) == partSum {
			continue
		}
		for i := 1; i < len(s.Values); i++ {
			if s.Values[i] < s.Values[i-1] {
				times[s.Times[i]] = true
			}
		}
	}
	return times
}

func floatSamples(s *prometheus.RawSeries, after int64, restarts map[int64]bool) (seg segment, ok bool) {
	for i, v := range s.Values {
		if s.Times[i] <= after {
			continue
		}
		switch {
		case !ok:
			seg.first, ok = v, true
		case restarts[s.Times[i]]:
			seg.inner += v
		default:
			seg.inner += v - seg.last
		}
		seg.last = v
	}
	return seg, ok
}

func nativeSamples(s *prometheus.RawSeries, after int64) (seg segment, ok bool) {
	for i := range s.Histograms {
		if s.HistogramTimes[i] <= after {
			continue
		}
		h := &s.Histograms[i]
		switch {
		case !ok:
			seg.firstNative, ok = h, true
		case fell(seg.lastNative, h):
			seg.innerNative = append(seg.innerNative, term{h, 1})
		default:
			seg.innerNative = append(seg.innerNative, term{h, 1}, term{seg.lastNative, -1})
		}
		seg.lastNative = h
	}
	return seg, ok
}

// past holds the last values that series had before the first edge.
type past struct {
	series map[string]float64                  // by the series' labels
	sets   map[string]*prometheus.NativeSample // native histograms, by the set's labels
}

func (p past) knows(s *set) bool {
	if s.native != nil {
		return p.sets[setKey(s.labels)] != nil
	}
	return slices.ContainsFunc(s.rows, func(r row) bool { _, ok := p.series[fullKey(r.labels)]; return ok })
}

// lookBefore finds the last values of series that are absent at the first edge
// and appear later, so that one that comes back is not taken for a new one.
func (x exact) lookBefore(ctx context.Context, g *growth) (past, error) {
	var late []*set
	for _, s := range g.sets {
		if s.appearsLate() {
			late = append(late, s)
		}
	}
	if len(late) == 0 {
		return past{}, nil
	}
	f := g.family
	f.extra = append(slices.Clone(f.extra), narrow(late)...)
	expr := "last_over_time(" + f.overRange(lookBack.Milliseconds()) + ")"
	answer, err := x.server.QueryInstant(ctx, expr, time.UnixMilli(g.grid.edge(0)))
	if err != nil {
		return past{}, err
	}
	out := past{series: make(map[string]float64, len(answer.Series)), sets: map[string]*prometheus.NativeSample{}}
	for i, labels := range answer.Series {
		if answer.Present(i, 0) {
			out.series[fullKey(labels)] = answer.Value(i, 0)
		}
	}
	for i := range answer.Histograms {
		h := &answer.Histograms[i]
		out.sets[setKey(answer.Series[h.Series])] = h
	}
	return out, nil
}

// appearsLate tells whether a series of the set is absent at the first edge.
func (s *set) appearsLate() bool {
	if s.native != nil {
		return s.native[0] == nil
	}
	return len(s.rows) == 0 || slices.ContainsFunc(s.rows, func(r row) bool { return prometheus.IsAbsent(r.values[0]) })
}

// narrow makes matchers that select the sets, and as few others as is cheap: one
// per label on which they agree to a few values.
func narrow(sets []*set) []prometheus.Matcher {
	const few = 20
	values := map[string][]string{}
	for n, s := range sets {
		for i := range s.labels.Len() {
			name, value := s.labels.At(i)
			if name == prometheus.NameLabel || name == leLabel {
				continue
			}
			have, ok := values[name]
			if !ok && n > 0 {
				have = []string{""} // earlier sets lack the label
			}
			if len(have) <= few && !slices.Contains(have, value) {
				have = append(have, value)
			}
			values[name] = have
		}
		for name, have := range values {
			if s.labels.Get(name) == "" && !slices.Contains(have, "") {
				values[name] = append(have, "")
			}
		}
	}
	names := make([]string, 0, len(values))
	for name, have := range values {
		if len(have) <= few {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	out := make([]prometheus.Matcher, len(names))
	for i, name := range names {
		sort.Strings(values[name])
		out[i] = prometheus.AnyOf(name, values[name])
	}
	return out
}
