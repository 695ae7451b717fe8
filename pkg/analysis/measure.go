package analysis

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// point is one value of a statistic with what is known about its error: the
// sampling interval, the hard bounds that the buckets leave, and the number of
// observations. What does not exist is NaN.
type point struct {
	value        float64
	lower, upper float64
	least, most  float64
	n            float64
}

// valueOnly is a value without a known error.
func valueOnly(value, n float64) point {
	nan := math.NaN()
	return point{value, nan, nan, nan, nan, n}
}

// absent is what a window without data answers.
func absent() point { return valueOnly(math.NaN(), 0) }

// measure is one statistic of one labelled thing over the windows.
type measure struct {
	labels map[string]string // holds "metric"
	style  result.Style
	points []point
}

// newMeasure has no value in any of the windows yet.
func newMeasure(metric string, labels map[string]string, windows int) measure {
	m := measure{labels: with(labels, "metric", metric), style: styleOf(metric), points: make([]point, windows)}
	for k := range m.points {
		m.points[k] = absent()
	}
	return m
}

// limits says which limits go with the values.
type limits struct{ interval, bounds bool }

// bound is one limit of a measure: the value of its "bound" label, the side that
// it is drawn on, and where it is found.
type bound struct {
	label, side string
	of          func(point) float64
}

func (l limits) chosen() []bound {
	var out []bound
	if l.interval {
		out = append(out,
			bound{"lower", "lower", func(p point) float64 { return p.lower }},
			bound{"upper", "upper", func(p point) float64 { return p.upper }})
	}
	if l.bounds {
		out = append(out,
			bound{"hard_lower", "lower", func(p point) float64 { return p.least }},
			bound{"hard_upper", "upper", func(p point) float64 { return p.most }})
	}
	return out
}

// has tells whether a measure has the limit in any window.
func (b bound) has(m measure) bool {
	return slices.ContainsFunc(m.points, func(p point) bool { return !math.IsNaN(b.of(p)) })
}

// lines draws measures as series, each with its limits after it.
func lines(ms []measure, show limits) []result.Line {
	sets := make([]map[string]string, len(ms))
	for i, m := range ms {
		sets[i] = m.labels
	}
	names := varying(sets)
	var out []result.Line
	for _, m := range ms {
		name := title(m.labels, names)
		if name == "" {
			name = title(m.labels, []string{"metric"})
		}
		line := result.Line{Name: name, Labels: m.labels, Style: m.style, Values: make([]float64, len(m.points))}
		for k, p := range m.points {
			line.Values[k] = p.value
		}
		out = append(out, line)
		lower := ""
		for _, b := range show.chosen() {
			if !b.has(m) {
				continue
			}
			limit := result.Line{
				Name: name + " " + b.label, Labels: with(m.labels, "bound", b.label), Style: m.style,
				Values: make([]float64, len(m.points)), Bound: b.side,
			}
			for k, p := range m.points {
				limit.Values[k] = b.of(p)
			}
			if b.side == "lower" {
				lower = limit.Name
			} else {
				limit.FillBelowTo, lower = lower, ""
			}
			out = append(out, limit)
		}
	}
	return out
}

// numbers answers measures of one window as values, each with its limits after
// it, and the number of observations behind each.
func numbers(ms []measure, show limits) (values []result.Number, n []float64) {
	add := func(m measure, labels map[string]string, value float64) {
		values = append(values, result.Number{Labels: labels, Value: value, Style: m.style})
		n = append(n, finite(m.points[0].n))
	}
	for _, m := range ms {
		p := m.points[0]
		add(m, m.labels, p.value)
		for _, b := range show.chosen() {
			if b.has(m) {
				add(m, with(m.labels, "bound", b.label), b.of(p))
			}
		}
	}
	return values, n
}

// finite makes a number fit for JSON.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// observations is the largest number of observations behind any measure in any
// window; NaN without measures.
func observations(ms []measure) float64 {
	most := math.NaN()
	for _, m := range ms {
		for _, p := range m.points {
			if !math.IsNaN(p.n) && !(p.n <= most) {
				most = p.n
			}
		}
	}
	return most
}

// missingValues are n values, none of which is known yet.
func missingValues(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}
