package counts

import (
	"fmt"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// grid is a run of steps between edges: step j is (edge(j), edge(j+1)]. Times
// are Unix milliseconds.
type grid struct {
	start, step int64
	steps       int
}

func (g grid) edge(j int) int64 { return g.start + int64(j)*g.step }

// edges is the range query that reads every edge.
func (g grid) edges(expr string) prometheus.Range {
	return prometheus.Range{
		Expr: expr, Start: time.UnixMilli(g.start), End: time.UnixMilli(g.edge(g.steps)),
		Step: time.Duration(g.step) * time.Millisecond,
	}
}

// ends is the range query that reads the end of every step.
func (g grid) ends(expr string) prometheus.Range {
	r := g.edges(expr)
	r.Start = time.UnixMilli(g.edge(1))
	return r
}

// within divides step j into parts; the parts cover at least the step's end and
// never reach beyond it.
func (g grid) within(j, parts int) grid {
	step := g.step / int64(parts)
	return grid{start: g.edge(j+1) - step*int64(parts), step: step, steps: parts}
}

// gridOf lays the coarsest grid whose edges hold every window's ends. Window k
// is made of the steps from first(k), per steps long.
func gridOf(w Windows, maxSteps int) (g grid, first func(k int) int, per int, err error) {
	width, step := w.Width.Milliseconds(), w.Step.Milliseconds()
	unit := gcd(width, step)
	per = int(width / unit)
	stride := int(step / unit)
	steps := per + stride*(w.Number-1)
	if steps > maxSteps {
		return grid{}, nil, 0, &LimitError{What: "window edges", Got: steps, Limit: maxSteps,
			Remedy: "choose a shorter time range, a longer interval, or a window that is a multiple of the interval"}
	}
	g = grid{start: w.End(0).UnixMilli() - width, step: unit, steps: steps}
	return g, func(k int) int { return k * stride }, per, nil
}

// check refuses windows that cannot be read.
func (w Windows) check(most int) error {
	if w.Number < 1 || w.Width < time.Millisecond || w.Number > 1 && w.Step < time.Millisecond {
		return fmt.Errorf("%d windows of %v every %v cannot be read: choose a longer window", w.Number, w.Width, w.Step)
	}
	if w.Number > most {
		return &LimitError{What: "windows", Got: w.Number, Limit: most, Remedy: "choose a shorter time range or a longer interval"}
	}
	return nil
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
