package counts

import (
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

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
