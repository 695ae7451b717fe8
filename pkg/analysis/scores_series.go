package analysis

import (
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// scoreSeries gives the metrics of the scores and of the predicted classes.
func scoreSeries(q *query.Query, o Options, w counts.Windows, data []counts.Data, groups []scoreGroup, said notes) []result.Result {
	metrics := o.Strings("metrics")
	if len(metrics) == 0 {
		metrics = standardScoreSeries
	}
	level, threshold := o.Number("confidence"), o.Number("threshold")
	var ms []measure
	for _, g := range groups {
		for _, metric := range metrics {
			if metric == "class_share" || metric == "imbalance" {
				continue
			}
			if metric == "entropy" && !probabilityEdges(g.Edges) {
				said.warning("the buckets of the scores do not lie between 0 and 1, so their entropy is unknown: export probabilities")
				continue
			}
			labels := g.labels
			if metric == "share_above" || metric == "share_below" {
				labels = with(labels, "threshold", strconv.FormatFloat(threshold, 'g', -1, 64))
			}
			m := newMeasure(metric, labels, w.Number)
			for k := range w.Number {
				if h, ok := histogramAt(g.HistogramGroup, k); ok && h.Total() > 0 {
					m.points[k] = scorePoint(metric, h, threshold, level)
				}
			}
			ms = append(ms, m)
		}
	}
	if len(data) > 1 {
		for i := range data[1].Tallies {
			ms = append(ms, classMeasures(&data[1].Tallies[i], metrics, w.Number, level)...)
		}
		if data[1].Empty() {
			said.missing(q, data[1])
		}
	}
	if len(ms) == 0 {
		noScoresYet(q, data[0], &said)
		return nothing(q, "Scores", w, said)
	}
	return answerMeasures(q, "Scores", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said)
}

func scorePoint(metric string, h histogram.Histogram, threshold, level float64) point {
	switch metric {
	case "share_above":
		return shareAbove(h, threshold, level)
	case "share_below":
		p := shareAbove(h, threshold, level)
		return point{value: 1 - p.value, lower: 1 - p.upper, upper: 1 - p.lower, least: 1 - p.most, most: 1 - p.least, n: p.n}
	case "entropy":
		return meanEntropy(h, level)
	}
	return meanScore(h, level)
}

// shareAbove is the share of the scores above a threshold: exact at a bucket
// edge, else linear inside the bucket, whose counts on either side are the hard
// bounds. The interval is Wilson's at both bounds. NaN without edges to tell.
func shareAbove(h histogram.Histogram, threshold, level float64) point {
	n := h.Total()
	least, most, value := 0.0, 0.0, 0.0
	for k, count := range h.Counts {
		lower, upper := h.Bounds(k)
		switch {
		case lower >= threshold || near9(lower, threshold):
			least, most, value = least+count, most+count, value+count
		case upper > threshold && !near9(upper, threshold):
			most += count
			if width := upper - lower; !math.IsInf(width, 0) {
				value += count * (upper - threshold) / width
			} else {
				value += count / 2
			}
		}
	}
	return point{
		value: value / n, least: least / n, most: most / n, n: n,
		lower: infer.Wilson(least, n, level).Lower, upper: infer.Wilson(most, n, level).Upper,
	}
}

// near9 takes an edge that differs by rounding alone for the same.
func near9(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

// meanScore is the mean with its normal interval; exact where the sum of the
// scores is known.
func meanScore(h histogram.Histogram, level float64) point {
	lowest, highest := math.Inf(-1), math.Inf(1)
	if probabilityEdges(h.Edges) {
		lowest, highest = 0, 1
	}
	m := h.MomentsWithin(lowest, highest)
	p := valueOnly(m.Mean, h.Total())
	p.least, p.most = orNaN(m.MeanLower), orNaN(m.MeanUpper)
	half := infer.Z(level) * h.StdWithin(lowest, highest) / math.Sqrt(h.Total())
	p.lower, p.upper = orElse(p.least, p.value)-half, orElse(p.most, p.value)+half
	return p
}

// meanEntropy is the mean of −s·log₂ s − (1−s)·log₂(1−s) over the predictions of a
// two-class model, with the scores spread evenly inside their buckets; the least
// and greatest entropy inside each bucket give the hard bounds.
func meanEntropy(h histogram.Histogram, level float64) point {
	n := h.Total()
	var value, squares, least, most float64
	for k, count := range h.Counts {
		if count == 0 {
			continue
		}
		lower, upper := h.Bounds(k)
		lower, upper = math.Max(lower, 0), math.Min(upper, 1)
		if lower > upper { // above an edge at 1, where no probability is
			lower = upper
		}
		a, b := entropyBits(lower), entropyBits(upper)
		// Simpson's rule over four parts; exact enough for a bucket's mean.
		mean := 0.0
		for i, weight := range []float64{1, 4, 2, 4, 1} {
			mean += weight / 12 * entropyBits(lower+(upper-lower)*float64(i)/4)
		}
		value += count * mean
		squares += count * mean * mean
		least += count * math.Min(a, b)
		if lower <= 0.5 && upper >= 0.5 {
			most += count
		} else {
			most += count * math.Max(a, b)
		}
	}
	mean := value / n
	half := infer.Z(level) * math.Sqrt(math.Max(0, squares/n-mean*mean)/n)
	return point{value: mean, least: least / n, most: most / n, lower: math.Max(0, mean-half), upper: math.Min(1, mean+half), n: n}
}

func entropyBits(p float64) float64 {
	if p <= 0 || p >= 1 {
		return 0
	}
	return -p*math.Log2(p) - (1-p)*math.Log2(1-p)
}

// classMeasures are the shares of the predicted classes of one group and how
// unequal they are.
func classMeasures(g *counts.TallyGroup, metrics []string, windows int, level float64) []measure {
	labels := known(g.Labels)
	var classes []int
	for i, k := range g.Keys {
		if k[0] != "" {
			classes = append(classes, i)
		}
	}
	var ms []measure
	if slices.Contains(metrics, "class_share") {
		for _, i := range classes {
			m := newMeasure("class_share", with(labels, string(profile.Class), g.Keys[i][0]), windows)
			for k := range windows {
				cells, ok := tallyAt(g, k)
				if n := total(cells); ok && n > 0 {
					m.points[k] = valueOnly(cells[i]/n, n)
					limits := infer.Wilson(cells[i], n, level)
					m.points[k].lower, m.points[k].upper = limits.Lower, limits.Upper
				}
			}
			ms = append(ms, m)
		}
	}
	if slices.Contains(metrics, "imbalance") && len(classes) > 1 {
		m := newMeasure("imbalance", labels, windows)
		for k := range windows {
			cells, ok := tallyAt(g, k)
			if n := total(cells); ok && n > 0 {
				m.points[k] = valueOnly(imbalance(cells, n), n)
			}
		}
		ms = append(ms, m)
	}
	return ms
}

// imbalance is 1 − H/ln k with H the entropy of the shares of k classes.
func imbalance(cells []float64, n float64) float64 {
	entropy := 0.0
	for _, c := range cells {
		if c > 0 {
			entropy -= c / n * math.Log(c/n)
		}
	}
	return math.Min(1, math.Max(0, 1-entropy/math.Log(float64(len(cells)))))
}
