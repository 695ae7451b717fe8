package analysis

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// contest is one metric of a challenger against its champion.
type contest struct {
	labels map[string]string
	metric quality
	compare.Difference
}

func (c contest) verdict() string { return c.metric.verdict(c.Decision) }

func compareAll(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	half := len(data) / 2
	var all []contest
	for i := range half {
		champion := oneReference(data[half+i], &said)
		var some []contest
		var err error
		switch data[i].Request.Role {
		case profile.Outcomes:
			some, err = contestsOfOutcomes(q, o, data[i], champion, &said)
		case profile.OutcomeScore:
			some, err = contestsOfScores(q, o, data[i], champion, &said)
		default:
			some, err = contestsOfLatency(q, o, data[i], champion, &said)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		said.missing(q, data...)
		said.warning("there is nothing to compare with the baseline (%s) in the window: choose another version, or a longer time range", describeBaseline(q))
		return nothing(q, "Comparison", w, said), nil
	}
	all = inOrder(all, comparedMetrics(o), groupLabels(q), o.Bool("adjust"), 1-o.Number("confidence"))
	said.info("differences are challenger less champion; the champion is %s", describeBaseline(q))
	switch {
	case o.Bool("sequential") && o.String("since") == "":
		said.warning("the verdicts hold at every look only if the window begins at a fixed time: set since, or use an absolute time range")
	case !o.Bool("sequential"):
		said.info("the verdicts are those of one look: who looks again and again until there is one should set sequential")
	}
	if q.Format == query.FormatTable {
		return []result.Result{comparisonTable(q, w, all, said)}, nil
	}
	return answerMeasures(q, "Comparison", w, comparisonMeasures(all, groupLabels(q)), limits{interval: o.Bool("interval")}, said), nil
}

func (m quality) options(o Options) compare.Options {
	out := compare.Options{
		Level: o.Number("confidence"), Margin: o.Number("tolerated"), LowerIsBetter: m.lowerIsBetter,
		Sequential: o.Bool("sequential"), Dispersion: o.Number("dispersion"),
	}
	if m.latency() {
		out.Margin = o.Number("toleratedLatency")
		out.Scale = math.Max(out.Margin, 0.001)
	}
	return out
}

func contestsOfOutcomes(q *query.Query, o Options, current, baseline counts.Data, said *notes) ([]contest, error) {
	baseline = foldCells(baseline, current.Request.Over)
	level := o.Number("confidence")
	var out []contest
	for _, p := range pair(q, current.Request.By, current.Tallies, baseline.Tallies, tallyLabels, said) {
		if p.current == nil {
			continue
		}
		classes := classesOf(*p.current)
		if p.baseline != nil {
			classes = append(classes, classesOf(*p.baseline)...)
		}
		challenger, err := confusionsOf(*p.current, 1, said, slices.Clone(classes)...)
		if err != nil {
			return nil, err
		}
		var champion confusions
		if p.baseline != nil {
			if champion, err = confusionsOf(*p.baseline, 1, said, slices.Clone(classes)...); err != nil {
				return nil, err
			}
		}
		positive := positiveOf(challenger.classes, o.String("positiveClass"))
		if positive != "" && !slices.Contains(challenger.classes, positive) {
			said.warning("class %q does not occur among the outcomes, whose classes are %s", positive, several(challenger.classes))
			continue
		}
		for _, m := range comparedMetrics(o) {
			if m.scored || m.latency() {
				continue
			}
			sides := [2]compare.Measure{unmeasured("there are no outcomes"), unmeasured("there are no outcomes")}
			for i, c := range []confusions{champion, challenger} {
				if len(c.has) > 0 && c.has[0] && c.windows[0].Total() > 0 {
					if sides[i], err = m.of(c.windows[0], positive, level); err != nil {
						return nil, err
					}
				}
			}
			d, err := compare.Measures(sides[0], sides[1], m.options(o))
			if err != nil {
				return nil, err
			}
			out = append(out, contest{p.labels, m, d})
		}
	}
	return out, nil
}

func contestsOfScores(q *query.Query, o Options, current, baseline counts.Data, said *notes) ([]contest, error) {
	challengers, err := scoresOf(q, o, current, said)
	if err != nil {
		return nil, err
	}
	champions, err := scoresOf(q, o, baseline, said)
	if err != nil {
		return nil, err
	}
	on := pairingLabels(q, groupLabels(q))
	level := o.Number("confidence")
	var out []contest
	for _, c := range challengers {
		if isOwnBaseline(q, c.labels) || !c.has[0] {
			continue
		}
		i := slices.IndexFunc(champions, func(s scored) bool { return s.class == c.class && key(s.labels, on) == key(c.labels, on) })
		for _, m := range comparedMetrics(o) {
			if !m.scored {
				continue
			}
			challenger, err := m.ofScores(c.binned[0], level)
			if err != nil {
				return nil, err
			}
			champion := unmeasured("there are no scored outcomes")
			if i >= 0 {
				if champion, err = m.ofScores(champions[i].binned[0], level); err != nil {
					return nil, err
				}
			}
			d, err := compare.Measures(champion, challenger, m.options(o))
			if m.name == "auc" && i >= 0 {
				d, err = compare.AUC(champions[i].binned[0], c.binned[0], m.options(o))
			}
			if err != nil {
				return nil, err
			}
			out = append(out, contest{c.labels, m, d})
		}
	}
	return out, nil
}

func contestsOfLatency(q *query.Query, o Options, current, baseline counts.Data, said *notes) ([]contest, error) {
	var out []contest
	for _, p := range pair(q, current.Request.By, current.Histograms, baseline.Histograms, histogramLabels, said) {
		challenger, ok := histogramAt(p.current, 0)
		if !ok {
			continue
		}
		champion, _ := histogramAt(p.baseline, 0)
		for _, m := range comparedMetrics(o) {
			if !m.latency() {
				continue
			}
			var d compare.Difference
			var err error
			if m.name == "latency_mean" {
				d, err = compare.Means(meanLatency(champion), meanLatency(challenger), m.options(o))
			} else {
				level := o.Number("confidence")
				d, err = compare.Measures(quantileMeasure(champion, 0.95, level), quantileMeasure(challenger, 0.95, level), m.options(o))
			}
			if err != nil {
				return nil, err
			}
			out = append(out, contest{p.labels, m, d})
		}
	}
	return out, nil
}

// meanLatency is the mean of times, exact where their sum is known, and their spread.
func meanLatency(h histogram.Histogram) compare.Sample {
	if h.Total() == 0 {
		return compare.Sample{}
	}
	return compare.Sample{Mean: h.MomentsWithin(0, math.Inf(1)).Mean, StandardDeviation: h.StdWithin(0, math.Inf(1)), N: h.Total()}
}

// quantileMeasure is a quantile of times with its interval, whose bucket is the bounds.
func quantileMeasure(h histogram.Histogram, quantile, level float64) compare.Measure {
	if h.Total() == 0 {
		return unmeasured("there are no latencies")
	}
	m := compare.Measure{N: h.Total()}
	m.Value, m.BoundLower, m.BoundUpper = h.Quantile(quantile)
	m.Lower, m.Upper = h.QuantileInterval(quantile, level)
	m.Lower, m.BoundLower = math.Max(0, m.Lower), math.Max(0, m.BoundLower)
	return m
}
