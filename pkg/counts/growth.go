package counts

import (
	"context"
	"slices"
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
	lead   int // the row that tells when the set is there: the count, else the largest bucket
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

func fullKey(l prometheus.Labels) string { return string(l.AppendKey(nil)) }

func setKey(l prometheus.Labels) string {
	return string(l.AppendKey(nil, prometheus.NameLabel, leLabel))
}
