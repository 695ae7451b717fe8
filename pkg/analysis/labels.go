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
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/estimate"
)

// labelQuantiles are the quantiles of the delay that are given.
var labelQuantiles = []float64{0.5, 0.9, 0.99}

func init() {
	seconds := result.Style{Unit: result.Seconds, Min: 0, Max: math.NaN()}
	style("label_delay", described(seconds, "Time from prediction to label of the labels that arrived: the quantile in the label."))
	style("labels_due", described(share, "Share of the labels of the window's predictions that should be there by now, if they take as long as others did."))
	style("mature_after", described(seconds, "Age of a prediction by which the share of the labels in the label has arrived."))

	var rates []EnumValue
	for _, m := range qualities() {
		if !m.scored {
			rates = append(rates, EnumValue{Value: m.name, Label: m.title, Description: m.help})
		}
	}
	overTime := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "labels", Title: "Labels", Group: "Performance", Icon: "tag-alt", NeedsModel: true,
		Summary:   "How many labels have arrived, how long they take, how many should be there by now, and what the rates are once it is allowed for that labels come more often for some predictions.",
		NeedsText: "Predictions (ml_predictions_total) and outcomes (ml_outcomes_total or ml_regression_outcomes_total) for the coverage; delays (ml_outcome_delay_seconds) for everything about time.",
		Formats:   []FormatInfo{asSeries, asNumbers, asTrend.named("Maturity curve")},
		Options: []Option{
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Formats: overTime, Help: "What to compute. None means all of them.",
				Enum: choices(
					"label_coverage", "Coverage", "outcomes that arrived per prediction made in the window",
					"label_delay", "Delay", "its median, 90 % and 99 % quantile",
					"labels_due", "Due by now", "share of the labels of the window's predictions that should be there",
					"mature_after", "Mature after", "age by which most labels are there",
				)},
			{Name: "rates", Type: TypeStrings, Title: "Corrected rates", Enum: rates, Formats: overTime, Help: "Rates to correct for labels that arrive more often for some predicted classes than for others, labelled basis=corrected, beside those of the labels alone, labelled basis=labelled."},
			positiveClassOption(),
			{Name: "perClass", Type: TypeBoolean, Title: "Per class", Default: false, Formats: overTime, Help: "Give the coverage of each predicted class too, labelled with class."},
			{Name: "mature", Type: TypeNumber, Title: "Mature means", Default: 0.95, Min: at(0.01), Max: at(0.9999), Formats: overTime, Help: "Share of the labels that have arrived once predictions count as mature."},
			intervalOption(overTime...), boundsOption(overTime...), confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.Predictions}, {Name: profile.Outcomes}, {Name: profile.OutcomeDelay}, {Name: profile.RegressionOutcomes}},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			whole := counts.Single(w.Begin(0), w.End(w.Number-1))
			delays := request(q, profile.OutcomeDelay, whole)
			if q.Format == query.FormatCurve {
				return []counts.Request{delays}, nil
			}
			predictions := request(q, profile.Predictions, w)
			predictions.Over = []profile.Label{profile.Predicted}
			requests := []counts.Request{predictions, outcomesRequest(q, w), request(q, profile.RegressionOutcomes, w), request(q, profile.OutcomeDelay, w), delays}
			for i := range requests {
				requests[i].Optional = true
			}
			return requests, nil
		},
		Reserved: []string{"quantile", "share", "basis"},
		Compute:  labels,
	})
}

// labelled is what is known of the labels of one group. Any part may be missing.
type labelled struct {
	labels                            map[string]string
	predictions, outcomes, regression *counts.TallyGroup
	delays, allDelays                 *counts.HistogramGroup
}

func labels(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	if q.Format == query.FormatCurve {
		return maturityCurves(q, o, data[0], said), nil
	}
	groups := labelledGroups(q, data)
	metrics := o.Strings("metrics")
	if len(metrics) == 0 {
		metrics = []string{"label_coverage", "label_delay", "labels_due", "mature_after"}
	}
	var ms []measure
	for _, g := range groups {
		for _, metric := range metrics {
			of, err := g.measures(q, o, metric, w, &said)
			if err != nil {
				return nil, err
			}
			ms = append(ms, of...)
		}
		of, err := g.corrected(o, w.Number, &said)
		if err != nil {
			return nil, err
		}
		ms = append(ms, of...)
	}
	if len(ms) == 0 {
		said.missing(q, data[0], data[1], data[3])
		said.warning("nothing is known about labels in the window: it takes predictions and outcomes, or delays")
		return nothing(q, "Labels", w, said), nil
	}
	for _, g := range groups {
		g.warn(w, &said)
	}
	return answerMeasures(q, "Labels", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

// labelledGroups joins what the reads say about each group, sorted.
func labelledGroups(q *query.Query, data []counts.Data) []labelled {
	by := groupLabels(q)
	place := make(map[string]int)
	var out []labelled
	of := func(labels map[string]string) *labelled {
		k := key(labels, by)
		if _, ok := place[k]; !ok {
			place[k] = len(out)
			out = append(out, labelled{labels: only(labels, by)})
		}
		return &out[place[k]]
	}
	for i := range data[0].Tallies {
		of(data[0].Tallies[i].Labels).predictions = &data[0].Tallies[i]
	}
	for i := range data[1].Tallies {
		of(data[1].Tallies[i].Labels).outcomes = &data[1].Tallies[i]
	}
	for i := range data[2].Tallies {
		of(data[2].Tallies[i].Labels).regression = &data[2].Tallies[i]
	}
	for i := range data[3].Histograms {
		of(data[3].Histograms[i].Labels).delays = &data[3].Histograms[i]
	}
	for i := range data[4].Histograms {
		of(data[4].Histograms[i].Labels).allDelays = &data[4].Histograms[i]
	}
	slices.SortStableFunc(out, func(a, b labelled) int {
		switch ka, kb := key(a.labels, by), key(b.labels, by); {
		case ka < kb:
			return -1
		case ka > kb:
			return 1
		}
		return 0
	})
	return out
}

// countAt is the total of a tally in window k; false where there is none.
func countAt(g *counts.TallyGroup, k int) (float64, bool) {
	cells, ok := tallyAt(g, k)
	return total(cells), ok
}

// outcomesAt is the number of labels that arrived in window k.
func (g labelled) outcomesAt(k int) (float64, bool) {
	classes, a := countAt(g.outcomes, k)
	numbers, b := countAt(g.regression, k)
	if !a {
		classes = 0
	}
	if !b {
		numbers = 0
	}
	return classes + numbers, a || b
}

func (g labelled) measures(q *query.Query, o Options, metric string, w counts.Windows, said *notes) ([]measure, error) {
	level := o.Number("confidence")
	switch metric {
	case "label_coverage":
		return g.coverage(o, w.Number, said), nil
	case "label_delay":
		if g.delays == nil {
			return nil, nil
		}
		var ms []measure
		for _, quantile := range labelQuantiles {
			m := newMeasure(metric, with(g.labels, "quantile", strconv.FormatFloat(quantile, 'g', -1, 64)), w.Number)
			for k := range w.Number {
				if h, ok := histogramAt(g.delays, k); ok && h.Total() > 0 {
					m.points[k] = delayPoint(h, quantile, level)
				}
			}
			ms = append(ms, m)
		}
		return ms, nil
	case "labels_due":
		return g.due(q, level, w)
	}
	if g.delays == nil {
		return nil, nil
	}
	mature := o.Number("mature")
	m := newMeasure(metric, with(g.labels, "share", strconv.FormatFloat(mature, 'g', -1, 64)), w.Number)
	for k := range w.Number {
		if h, ok := histogramAt(g.delays, k); ok && h.Total() > 0 {
			m.points[k] = delayPoint(h, mature, level)
		}
	}
	return []measure{m}, nil
}

// delayPoint is a quantile of the delays, which are never negative.
func delayPoint(h histogram.Histogram, quantile, level float64) point {
	p := valueOnly(math.NaN(), h.Total())
	p.value, p.least, p.most = h.Quantile(quantile)
	p.lower, p.upper = h.QuantileInterval(quantile, level)
	p.least, p.lower, p.most, p.upper = math.Max(0, p.least), math.Max(0, p.lower), orNaN(p.most), orNaN(p.upper)
	if p.value < 0 {
		p.value = 0
	}
	return p
}

// coverage is the share of predictions with a label, of all and per predicted class.
func (g labelled) coverage(o Options, windows int, said *notes) []measure {
	if g.predictions == nil {
		return nil
	}
	level := o.Number("confidence")
	m := newMeasure("label_coverage", g.labels, windows)
	ms := []measure{m}
	more := 0
	for k := range windows {
		predictions, ok := countAt(g.predictions, k)
		outcomes, _ := g.outcomesAt(k)
		if !ok || predictions == 0 {
			continue
		}
		if outcomes > predictions {
			more++
		}
		m.points[k] = estimatePoint(estimate.Coverage(outcomes, predictions, level))
	}
	if more > 0 {
		said.info("in %d of %d windows more labels arrived than predictions were made: those are of earlier predictions, and the coverage is given as 100 %%", more, windows)
	}
	if !o.Bool("perClass") || g.outcomes == nil {
		return ms
	}
	for _, class := range sortedClasses(predictedClasses(g.predictions)) {
		m := newMeasure("label_coverage", with(g.labels, string(profile.Class), class), windows)
		for k := range windows {
			cells, ok := tallyAt(g.predictions, k)
			if !ok {
				continue
			}
			made := predictedCounts(g.predictions, cells, []string{class})[0]
			arrived := 0.0
			if cells, ok := tallyAt(g.outcomes, k); ok {
				for i, key := range g.outcomes.Keys {
					if key[1] == class {
						arrived += cells[i]
					}
				}
			}
			if made > 0 {
				m.points[k] = estimatePoint(estimate.Coverage(arrived, made, level))
			}
		}
		ms = append(ms, m)
	}
	return ms
}

// due is the share of the labels of each window's predictions that should be there
// at the end of the time range.
func (g labelled) due(q *query.Query, level float64, w counts.Windows) ([]measure, error) {
	delays, ok := histogramAt(g.allDelays, 0)
	if !ok || delays.Total() == 0 || g.predictions == nil {
		return nil, nil
	}
	m := newMeasure("labels_due", g.labels, w.Number)
	for k := range w.Number {
		predictions, ok := countAt(g.predictions, k)
		if !ok || predictions == 0 {
			continue
		}
		batch := estimate.Batch{
			Predictions: predictions,
			Youngest:    math.Max(0, q.To.Sub(w.End(k)).Seconds()), Oldest: math.Max(0, q.To.Sub(w.Begin(k)).Seconds()),
		}
		d, err := estimate.DueByNow(delays, []estimate.Batch{batch}, level)
		if err != nil {
			return nil, err
		}
		m.points[k] = point{value: d.Share, lower: d.Lower, upper: d.Upper, least: d.BoundLower, most: d.BoundUpper, n: d.Predictions}
	}
	return []measure{m}, nil
}
