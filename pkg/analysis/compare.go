package analysis

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// standardComparison are the metrics that are compared when the query names none.
var standardComparison = []string{"accuracy", "precision", "recall", "f1", "auc", "brier", "latency_mean"}

// latencies are the metrics of the time that predictions take.
var latencies = []quality{
	{name: "latency_mean", title: "Mean latency", help: "Mean time of a prediction.", lowerIsBetter: true},
	{name: "latency_p95", title: "Latency, 95 %", help: "Time that 95 % of the predictions take at most.", lowerIsBetter: true},
}

// verdictCounts are how many metrics have each verdict.
var verdictCounts = []struct {
	metric   string
	decision compare.Decision
}{
	{"metrics_better", compare.Better}, {"metrics_worse", compare.Worse}, {"metrics_equivalent", compare.Equivalent}, {"metrics_undecided", compare.Undecided},
}

func init() {
	metrics := qualityChoices()
	for _, m := range latencies {
		style(m.name, described(result.Style{Unit: result.Seconds, Min: 0, Max: math.NaN()}, m.help))
		metrics = append(metrics, EnumValue{Value: m.name, Label: m.title, Description: m.help})
	}
	for _, v := range verdictCounts {
		style(v.metric, described(amount, fmt.Sprintf("Number of metrics with the verdict %s.", v.decision)))
	}
	asked := []query.Format{query.FormatNumbers}
	register(Analysis{
		Name: "compare", Title: "Compare", Group: "Performance", Icon: "code-branch", NeedsModel: true,
		Summary:   "Whether the challenger is better than the champion: the difference of each metric between two versions, segments or times, its interval, a decision, and how much more data a decision takes; also as a test that may be looked at every minute.",
		NeedsText: "Outcomes (ml_outcomes_total), outcome scores (ml_outcome_score) or latencies (ml_prediction_duration_seconds) of both sides, whatever there is.",
		Formats:   []FormatInfo{asTable, asNumbers},
		Baseline:  BaselineRequired, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "7d"},
		Options: []Option{
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: metrics, Help: "What to compare. None means accuracy, precision, recall, F1, AUC, Brier score and mean latency, as far as there are data."},
			{Name: "tolerated", Type: TypeNumber, Title: "Smallest difference that matters", Default: 0.01, Min: at(0), Max: at(1), Help: "Below it two values are equivalent, in the metric's unit; 0 makes any difference count."},
			{Name: "toleratedLatency", Type: TypeNumber, Title: "The same of latency", Unit: "s", Default: 0.005, Min: at(0), Help: "Below it two latencies are equivalent, in seconds."},
			{Name: "sequential", Type: TypeBoolean, Title: "May be looked at any time", Default: false, Help: "Widen the intervals so that they hold at all looks at once (a confidence sequence): one may stop as soon as there is a decision. The window has to begin at a fixed time: set Since."},
			{Name: "since", Type: TypeString, Title: "Since", Help: "The fixed start of the experiment, such as 2026-05-01T00:00:00Z; left empty, the window is the query's own."},
			positiveClassOption(), classOption(),
			{Name: "adjust", Type: TypeBoolean, Title: "Adjust", Default: true, Advanced: true, Help: "Allow for the number of metrics in the verdicts, by Benjamini and Hochberg's method."},
			{Name: "dispersion", Type: TypeNumber, Title: "Dispersion", Default: 1.0, Min: at(1), Max: at(1000), Advanced: true, Help: "By how much counts vary more than independent observations would, because they come in clusters (users, batches)."},
			intervalOption(asked...), confidenceOption(),
		},
		Roles: []RoleNeed{
			{Name: profile.Outcomes}, {Name: profile.OutcomeScore}, {Name: profile.PredictionDuration},
			{Name: profile.ReferenceOutcomes}, {Name: profile.ReferenceOutcomeScore},
		},
		Reserved: []string{"value"},
		Needs:    compareNeeds,
		Compute:  compareAll,
	})
}

// comparedMetrics are the metrics asked for, those of latency too.
func comparedMetrics(o Options) []quality {
	names := o.Strings("metrics")
	if len(names) == 0 {
		names = standardComparison
	}
	var out []quality
	for _, n := range names {
		if i := slices.IndexFunc(latencies, func(m quality) bool { return m.name == n }); i >= 0 {
			out = append(out, latencies[i])
			continue
		}
		out = append(out, chosenQualities([]string{n})...)
	}
	return out
}

func (m quality) latency() bool {
	return slices.ContainsFunc(latencies, func(l quality) bool { return l.name == m.name })
}

// compareNeeds reads outcomes, outcome scores and latencies, as far as metrics need
// them, and the same of the baseline.
func compareNeeds(q *query.Query, o Options) ([]counts.Request, error) {
	if o.Bool("sequential") && o.Number("tolerated") == 0 {
		return nil, &query.Error{Field: "options.tolerated", Message: "a sequential comparison needs the size of the difference that it should find, not 0: use 0.01 for rates"}
	}
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	if since := o.String("since"); since != "" {
		from, err := time.Parse(time.RFC3339, since)
		if err != nil {
			return nil, &query.Error{Field: "options.since", Message: fmt.Sprintf("since %q is not a time: use 2026-05-01T00:00:00Z", since)}
		}
		if !from.Before(q.To) {
			return nil, &query.Error{Field: "options.since", Message: fmt.Sprintf("since %q is not before the end of the time range: choose an earlier start", since)}
		}
		w = counts.Single(from, q.To)
	}
	var current []counts.Request
	add := func(r counts.Request, asked func(quality) bool) {
		if slices.ContainsFunc(comparedMetrics(o), asked) {
			r.Optional = true
			current = append(current, r)
		}
	}
	add(outcomesRequest(q, w), func(m quality) bool { return !m.scored && !m.latency() })
	add(scoredRequest(q, w), func(m quality) bool { return m.scored })
	if q.Baseline.Kind != query.BaselineReference {
		add(request(q, profile.PredictionDuration, w), quality.latency)
	}
	if len(current) == 0 {
		return nil, &query.Error{Field: "options.metrics", Message: "a reference has no latencies: choose another baseline or other metrics"}
	}
	return withBaseline(q, current)
}

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

// inOrder sorts by group and then in the order of the metrics, and takes the metrics
// of a group as one family.
func inOrder(all []contest, metrics []quality, by []profile.Label, adjust bool, rate float64) []contest {
	var out []contest
	for _, group := range clusters(all, by, func(c contest) map[string]string { return c.labels }) {
		slices.SortStableFunc(group, func(a, b contest) int {
			place := func(c contest) int {
				return slices.IndexFunc(metrics, func(m quality) bool { return m.name == c.metric.name })
			}
			return place(a) - place(b)
		})
		if adjust {
			family := make([]compare.Difference, len(group))
			for i, c := range group {
				family[i] = c.Difference
			}
			compare.Adjust(family, rate)
			for i := range group {
				group[i].Difference = family[i]
			}
		}
		out = append(out, group...)
	}
	return out
}

func comparisonTable(q *query.Query, w counts.Windows, all []contest, said notes) result.Table {
	var s sheet
	n := 0.0
	for _, c := range all {
		n = math.Max(n, c.NChallenger)
		s.row()
		s.labels(c.labels, groupLabels(q))
		if class := c.labels[string(profile.Class)]; class != "" {
			s.text("Class", class)
		}
		s.text("Metric", c.metric.title)
		s.mark("Verdict", c.verdict(), comparisonColors)
		s.number("Challenger", c.Challenger, plain)
		s.number("Champion", c.Champion, plain)
		s.number("Difference", c.Value, described(plain, "challenger less champion"))
		s.text("Interval", span(c.Lower, c.Upper))
		s.number("Lower", c.Lower, plain)
		s.number("Upper", c.Upper, plain)
		s.number("p", c.PMinimumEffect, unitless(0, 1, "of the difference being within the smallest that matters"))
		s.number("Adjusted p", c.AdjustedP, unitless(0, 1, "the same, adjusted for the number of metrics"))
		s.number("n", c.NChallenger, described(amount, "observations of the challenger"))
		s.number("Champion n", c.NChampion, described(amount, "observations of the champion"))
		s.number("More needed", orNaN(c.MoreChallenger), described(amount, "further observations of the challenger, and of the champion in proportion, that would decide with a chance of four in five if the difference is as it seems"))
		s.text("Decided in about", remaining(c.Difference, w.Width))
		s.text("Reason", c.Reason)
	}
	return result.Table{Meta: meta(q, "Comparison", w, n, said), Columns: s.done()}
}

// remaining is how long the further observations take at the pace of the window.
func remaining(d compare.Difference, width time.Duration) string {
	if d.Decision != compare.Undecided || !(d.NChallenger > 0) || math.IsInf(d.MoreChallenger, 0) || math.IsNaN(d.MoreChallenger) {
		return ""
	}
	return wordy(d.MoreChallenger / d.NChallenger * width.Seconds())
}

// comparisonMeasures give each difference and both its sides, and how many metrics
// have each verdict.
func comparisonMeasures(all []contest, by []profile.Label) []measure {
	var ms []measure
	for _, group := range clusters(all, by, func(c contest) map[string]string { return c.labels }) {
		n := 0.0
		for _, c := range group {
			n = math.Max(n, orElse(c.NChallenger, 0))
		}
		for _, v := range verdictCounts {
			m := newMeasure(v.metric, only(group[0].labels, by), 1)
			having := 0.0
			for _, c := range group {
				if c.Decision == v.decision && !c.metric.neutral {
					having++
				}
			}
			m.points[0] = valueOnly(having, n)
			ms = append(ms, m)
		}
		for _, c := range group {
			add := func(which string, p point) {
				m := newMeasure(c.metric.name, with(c.labels, "value", which), 1)
				if which == "difference" {
					m.style = c.metric.differenceStyle()
				}
				m.points[0] = p
				ms = append(ms, m)
			}
			difference := valueOnly(c.Value, c.NChallenger)
			difference.lower, difference.upper = c.Lower, c.Upper
			add("difference", difference)
			add("challenger", valueOnly(c.Challenger, c.NChallenger))
			add("champion", valueOnly(c.Champion, c.NChampion))
		}
	}
	return ms
}
