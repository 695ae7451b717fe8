package counts

import (
	"slices"
	"sort"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

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
