package analysis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// commonBuckets brings scores with and without labels to the same buckets: those
// of which all have the edges.
type commonBuckets struct {
	all          []histogram.Histogram
	lower, upper float64 // the outer edges
	closed       bool    // labelled scores have been seen
	inner        []float64
}

// histogram takes part in choosing the edges.
func (c *commonBuckets) histogram(h histogram.Histogram) { c.all = append(c.all, h) }

// binned takes part too; the outer edges stay known where all labelled scores know them.
func (c *commonBuckets) binned(b classify.Binned) {
	last := len(b.Edges) - 1
	c.all = append(c.all, inside(b, b.Positives))
	if !c.closed {
		c.lower, c.upper, c.closed = b.Edges[0], b.Edges[last], true
		return
	}
	c.lower, c.upper = math.Min(c.lower, b.Edges[0]), math.Max(c.upper, b.Edges[last])
}

// edges are the common edges, outer ones included, and a maker of scores without rows.
func (c *commonBuckets) edges() (edges []float64, empty func() classify.Binned) {
	c.inner, _ = histogram.Common(c.all...)
	for len(c.inner) > 0 && c.inner[0] <= c.lower {
		c.inner = c.inner[1:]
	}
	for n := len(c.inner); n > 0 && c.inner[n-1] >= c.upper; n-- {
		c.inner = c.inner[:n-1]
	}
	edges = append(append(append(make([]float64, 0, len(c.inner)+2), c.lower), c.inner...), c.upper)
	return edges, func() classify.Binned {
		nan := math.NaN()
		return classify.Binned{
			Edges: edges, Positives: make([]float64, len(edges)-1), Negatives: make([]float64, len(edges)-1),
			PositiveSum: nan, NegativeSum: nan, SquaredSum: nan, LogLossSum: nan,
		}
	}
}

// spread is a histogram's counts in the common buckets.
func (c *commonBuckets) spread(h histogram.Histogram) ([]float64, error) {
	out, err := histogram.Coarsen(h, c.inner)
	return out.Counts, err
}

// add adds labelled scores to others in the common buckets.
func (c *commonBuckets) add(into *classify.Binned, b classify.Binned) error {
	for _, side := range []struct{ into, from []float64 }{{into.Positives, b.Positives}, {into.Negatives, b.Negatives}} {
		counts, err := c.spread(inside(b, side.from))
		if err != nil {
			return err
		}
		for i, n := range counts {
			side.into[i] += n
		}
	}
	return nil
}

// inside is one side of binned scores as a histogram.
func inside(b classify.Binned, counts []float64) histogram.Histogram {
	return histogram.New(b.Edges[1:len(b.Edges)-1], counts)
}
