package counts

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// gauges reads the largest value of each group at the windows' ends.
func (r *Reader) gauges(ctx context.Context, pl plan) (Data, error) {
	expr := "max by (" + names(pl.by.theirs) + ") (" + pl.family.all() + ")"
	w := pl.Windows
	answer, err := r.server.QueryRange(ctx, prometheus.Range{Expr: expr, Start: w.End(0), End: w.End(w.Number - 1), Step: w.Step})
	if err != nil {
		return Data{}, err
	}
	out := Data{Request: pl.Request, Queries: []string{expr}}
	for _, text := range slices.Concat(answer.Warnings, answer.Infos) {
		out.Notices = append(out.Notices, Notice{true, "The server says: " + text})
	}
	for i, labels := range answer.Series {
		values := slices.Clone(answer.Row(i))
		for k, v := range values {
			if prometheus.IsAbsent(v) {
				values[k] = math.NaN()
			}
		}
		out.Gauges = append(out.Gauges, GaugeGroup{Labels: pl.by.labels(pl.by.values(labels)), Values: values})
	}
	sort.Slice(out.Gauges, func(i, j int) bool {
		for _, name := range pl.by.ours {
			if a, b := out.Gauges[i].Labels[name], out.Gauges[j].Labels[name]; a != b {
				return a < b
			}
		}
		return false
	})
	return out, nil
}

// static reads values that do not grow: a reference that ships with a model, at
// the last window's end. Every replica exports the same, so the fullest one
// stands for all. Every window gets the same values.
func (r *Reader) static(ctx context.Context, pl plan) (Data, error) {
	w := pl.Windows
	at := w.End(w.Number - 1)
	expr := pl.family.all()
	answer, err := r.server.QueryInstant(ctx, expr, at)
	if err != nil {
		return Data{}, err
	}
	if len(answer.Series) == 0 {
		// The model may be down, or be scraped more rarely than samples stay current.
		expr = "last_over_time(" + pl.family.overRange(lookBack.Milliseconds()) + ")"
		if answer, err = r.server.QueryInstant(ctx, expr, at); err != nil {
			return Data{}, err
		}
	}
	g := &growth{family: pl.family, queries: []string{expr}}
	g.warn(answer.Warnings, answer.Infos)
	g.index(answer)
	for _, s := range g.sets {
		s.had = []bool{true}
		if s.native != nil {
			s.terms = [][]term{{{s.native[0], 1}}}
		}
		for i := range s.rows {
			s.rows[i].grew = s.rows[i].values
			if prometheus.IsAbsent(s.rows[i].grew[0]) {
				s.rows[i].grew[0] = 0
			}
		}
	}
	g.grid.steps = 1
	g.keepFullest(labelling{ours: slices.Concat(pl.by.ours, pl.over.ours), theirs: slices.Concat(pl.by.theirs, pl.over.theirs)})
	return pl.data(g, layout{number: w.Number, per: 1, first: func(int) int { return 0 }}), nil
}

// keepFullest keeps, of the sets that are alike in the labels, the one with the
// largest count.
func (g *growth) keepFullest(by labelling) {
	var kept []*set
	for _, m := range g.groups(by) {
		kept = append(kept, slices.MaxFunc(m.sets, func(a, b *set) int { return compare(a.size(), b.size()) }))
	}
	g.sets = kept
}

func (s *set) size() float64 {
	if s.terms != nil {
		return s.terms[0][0].sample.Count
	}
	return s.rows[s.lead].grew[0]
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// increase is the fallback where the exact read is larger than the limits: the
// server extrapolates and adds up, and sends one series per group.
func (r *Reader) increase(ctx context.Context, pl plan, why error) (Data, error) {
	w := pl.Windows
	g := &growth{family: pl.family}
	g.grid = grid{start: w.End(0).UnixMilli() - w.Step.Milliseconds(), step: w.Step.Milliseconds(), steps: w.Number}
	sets := map[string]*set{}
	width := w.Width.Milliseconds()
	labels := slices.Concat(pl.by.theirs, pl.over.theirs)
	sum := func(name string, extra ...string) string {
		return "sum by (" + names(slices.Concat(labels, extra)) + ") (increase(" + pl.family.selector(name).String() + rangeOf(width) + "))"
	}
	ask := func(expr string, p part) error {
		answer, err := r.server.QueryRange(ctx, prometheus.Range{Expr: expr, Start: w.End(0), End: w.End(w.Number - 1), Step: w.Step})
		if err != nil {
			return err
		}
		g.queries = append(g.queries, expr)
		g.warn(answer.Warnings, answer.Infos)
		g.addIncrease(sets, answer, p)
		return nil
	}
	name := pl.family.name
	exprs := []string{sum(name)}
	kinds := []part{partWhole}
	if pl.family.histogram {
		exprs = append(exprs, sum(name+"_bucket", leLabel), sum(name+"_count"))
		kinds = append(kinds, partBucket, partCount)
	}
	for i, expr := range exprs {
		if err := ask(expr, kinds[i]); err != nil {
			return Data{}, fmt.Errorf("%w; the smaller read by increase() failed too: %w", why, err)
		}
	}
	for _, s := range g.sets {
		s.prepare()
		for i := range s.rows {
			s.rows[i].grew = s.rows[i].values
		}
	}
	out := pl.data(g, oneToOne(w.Number))
	out.Notices = append(out.Notices, Notice{true, fmt.Sprintf("The exact read is too large (%v), so counts are extrapolated by increase() and may be off by a few percent.", why)})
	return out, nil
}

func (g *growth) addIncrease(sets map[string]*set, answer *prometheus.Answer, p part) {
	of := make([]*set, len(answer.Series))
	for i, labels := range answer.Series {
		key := setKey(labels)
		s, ok := sets[key]
		if !ok {
			s = g.newSet(labels)
			s.had = make([]bool, g.grid.steps)
			sets[key] = s
		}
		of[i] = s
		values, any := answer.Row(i), false
		for k, v := range values {
			if prometheus.IsAbsent(v) {
				values[k] = 0
				continue
			}
			any = true
			s.had[k] = true
		}
		if any {
			s.addPart(p, labels, values)
		}
	}
	for i := range answer.Histograms {
		h := &answer.Histograms[i]
		s := of[h.Series]
		if s.terms == nil {
			s.terms = make([][]term, g.grid.steps)
		}
		s.terms[h.Step] = []term{{h, 1}}
		s.had[h.Step] = true
	}
}

// names lists labels for a "by" clause; profile and query allow plain names only.
func names(labels []string) string {
	return strings.Join(labels, ", ")
}
