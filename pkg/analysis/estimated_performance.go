package analysis

import (
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/estimate"
)

// The metrics that are given when the query names none.
var (
	standardEstimatesSeries  = []string{"accuracy", "precision", "recall", "f1"}
	standardEstimatesNumbers = []string{"accuracy", "precision", "recall", "f1", "auc", "prevalence", "prevalence_em", "meaning_shift", "meaning_p_value"}
)

// What is estimated or tested beside the metrics of estimate.Performance.
const (
	prevalenceEM   = "prevalence_em"
	prevalenceBBSE = "prevalence_bbse"
	meaningShift   = "meaning_shift"
	meaningP       = "meaning_p_value"
)

func init() {
	style(prevalenceEM, described(share, "Share of the positive class if only the class shares have changed, by maximum likelihood from the scores."))
	style(prevalenceBBSE, described(share, "Share of the class if only the class shares have changed, from the predicted classes."))
	style(meaningShift, result.Style{Unit: result.Percent, Min: -1, Max: 1, Description: "By how much rows whose label has arrived are more often positive than rows with these scores were: what the estimates get wrong about the prevalence."})
	style(meaningP, unitless(0, 1, "p-value of \"rows with equal scores are positive as often as they were\", on the labels that have arrived."))
	var metrics []EnumValue
	for _, name := range estimate.Metrics() {
		v := EnumValue{Value: name, Label: "AUC"}
		for _, m := range classify.MetricNames() {
			if m.Name == name {
				v.Label, v.Description = m.Title, m.Help
			}
		}
		metrics = append(metrics, v)
	}
	metrics = append(metrics, choices(
		prevalenceEM, "Prevalence under label shift (EM)", "if only the class shares have changed: Saerens, Latinne and Decaestecker (2002), from the scores",
		prevalenceBBSE, "Prevalence under label shift (BBSE)", "the same per class from the predicted classes: Lipton, Wang and Smola (2018)",
		meaningShift, "Shift of the meaning of scores", "what the labels that have arrived say about the assumption",
		meaningP, "p-value of that shift", "small where the assumption is contradicted",
	)...)
	register(Analysis{
		Name: "estimated_performance", Title: "Estimated performance", Group: "Performance", Icon: "eye", NeedsModel: true,
		Summary:   "How good the model probably is before its labels are there: accuracy, precision, recall, F1 and AUC from the scores alone, the prevalence under label shift, and a check against the labels that have arrived.",
		NeedsText: "Scores now (ml_score by class) and outcome scores of the baseline (ml_outcome_score by class and actual) or of the reference (ml_reference_outcome_score), with the same buckets. For the prevalence by BBSE predictions and outcomes by class.",
		Formats:   []FormatInfo{asSeries, asNumbers},
		Baseline:  BaselineRequired, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselinePreceding), "width": "7d"},
		Options: []Option{
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: metrics, Help: "What to estimate. None means accuracy, precision, recall and F1 over time, and AUC, prevalence and the check besides as numbers."},
			{Name: "threshold", Type: TypeNumber, Title: "Threshold", Default: 0.5, Help: "The score above which a row is called positive; exact when it is a bucket edge."},
			positiveClassOption(), classOption(),
			{Name: "stratify", Type: TypeString, Title: "Stratify by", Values: "labels", Help: "A label such as segment: each of its values is estimated from its own labelled rows and the expected counts are added, so that traffic that moves between segments is accounted for."},
			{Name: "labelled", Type: TypeBoolean, Title: "Beside labels", Default: false, Help: "Give beside each estimate what the labels that arrived in the window show, labelled basis=labelled."},
			intervalOption(), boundsOption(), confidenceOption(),
			{Name: "dispersion", Type: TypeNumber, Title: "Dispersion", Default: 1.0, Min: at(1), Max: at(1000), Advanced: true, Help: "By how much counts vary more than independent observations would, because they come in clusters (users, batches)."},
		},
		Roles: []RoleNeed{
			{Name: profile.Score, Required: true}, {Name: profile.OutcomeScore}, {Name: profile.ReferenceOutcomeScore},
			{Name: profile.Predictions}, {Name: profile.Outcomes}, {Name: profile.ReferenceOutcomes},
		},
		Needs:    estimateNeeds,
		Reserved: []string{"basis"},
		Compute:  estimatedPerformance,
	})
}

// estimateQuery is the query with its groups split by the strata.
func estimateQuery(q *query.Query, o Options) (split *query.Query, within []profile.Label, err error) {
	label := o.String("stratify")
	if label == "" {
		return q, groupLabels(q), nil
	}
	if q.Baseline.Kind == query.BaselineReference {
		return nil, nil, &query.Error{Field: "options.stratify", Message: "a reference has no strata: choose the baseline offset, preceding or period to stratify"}
	}
	split, within, err = segmented(q, profile.Label(label))
	if e, ok := err.(*query.Error); ok {
		e.Field = "options.stratify"
	}
	return split, within, err
}

func estimateMetrics(q *query.Query, o Options) []string {
	if names := o.Strings("metrics"); len(names) > 0 {
		return names
	}
	if q.Format == query.FormatSeries {
		return standardEstimatesSeries
	}
	return standardEstimatesNumbers
}

// estimateNeeds reads the scores now, the labelled scores of the baseline, those
// that have arrived now and, for BBSE, predictions now and outcomes then.
func estimateNeeds(q *query.Query, o Options) ([]counts.Request, error) {
	split, _, err := estimateQuery(q, o)
	if err != nil {
		return nil, err
	}
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	labelled, err := baselineRequest(split, scoredRequest(split, w))
	if err != nil {
		return nil, err
	}
	arrived := scoredRequest(split, w)
	arrived.Optional = true
	requests := []counts.Request{request(split, profile.Score, w, profile.Class), labelled, arrived}
	if slices.Contains(estimateMetrics(q, o), prevalenceBBSE) {
		predictions := request(q, profile.Predictions, w)
		predictions.Over = []profile.Label{profile.Predicted}
		outcomes, err := baselineRequest(q, outcomesRequest(q, w))
		if err != nil {
			return nil, err
		}
		requests = append(requests, predictions, outcomes)
	}
	return requests, nil
}

func estimatedPerformance(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	split, within, err := estimateQuery(q, o)
	if err != nil {
		return nil, err
	}
	labelled, err := scoresOf(split, o, oneReference(data[1], &said), &said)
	if err != nil {
		return nil, err
	}
	arrived, err := scoresOf(split, o, data[2], &said)
	if err != nil {
		return nil, err
	}
	var ms []measure
	for _, subject := range estimateSubjects(split, within, data[0].Histograms, labelled, arrived) {
		of, err := subject.measures(q, o, w.Number, &said)
		if err != nil {
			return nil, err
		}
		ms = append(ms, of...)
	}
	if len(data) > 4 {
		of, err := bbseMeasures(q, o, data[3], foldCells(oneReference(data[4], &said), data[3+1].Request.Over), &said)
		if err != nil {
			return nil, err
		}
		ms = append(ms, of...)
	}
	if len(ms) == 0 {
		said.missing(q, data[0], data[1])
		said.warning("performance is estimated from scores now and labelled scores of the baseline (%s), and one of them is missing", describeBaseline(q))
		return nothing(q, "Estimated performance", w, said), nil
	}
	said.info("estimated from the scores alone, with the labelled rows of %s: it holds if rows with equal scores come true as often as they did then; a change of that kind shows only in labels (meaning_shift)", describeBaseline(q))
	return answerMeasures(q, "Estimated performance", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

// oneReference keeps the last reference by name where a model ships several.
func oneReference(d counts.Data, said *notes) counts.Data {
	var names []string
	collect := func(labels map[string]string) {
		if n := labels[string(profile.Reference)]; n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, g := range d.Histograms {
		collect(g.Labels)
	}
	for _, g := range d.Tallies {
		collect(g.Labels)
	}
	if len(names) < 2 {
		return d
	}
	slices.Sort(names)
	last := names[len(names)-1]
	said.warning("there are several references, %s: the last by name was taken, choose one by baseline.reference", several(names))
	d.Histograms = slices.DeleteFunc(slices.Clone(d.Histograms), func(g counts.HistogramGroup) bool { return g.Labels[string(profile.Reference)] != last })
	d.Tallies = slices.DeleteFunc(slices.Clone(d.Tallies), func(g counts.TallyGroup) bool { return g.Labels[string(profile.Reference)] != last })
	return d
}

// stratum is a part of the traffic with its scores now, its labelled past, and
// the labels that have arrived now; each but the first may be missing.
type stratum struct {
	current           *counts.HistogramGroup
	labelled, arrived *scored
}

// subject is one class of one group whose performance is estimated.
type subject struct {
	labels map[string]string
	strata []stratum
}

// estimateSubjects finds the labelled past of the current scores.
func estimateSubjects(split *query.Query, within []profile.Label, current []counts.HistogramGroup, labelled, arrived []scored) []subject {
	on := pairingLabels(split, within)
	all := pairingLabels(split, groupLabels(split))
	var out []subject
	for _, cluster := range clusters(current, within, func(g counts.HistogramGroup) map[string]string { return g.Labels }) {
		for _, past := range clusters(labelled, []profile.Label{profile.Class}, func(s scored) map[string]string { return s.labels }) {
			past = slices.DeleteFunc(slices.Clone(past), func(s scored) bool { return key(s.labels, on) != key(cluster[0].Labels, on) })
			if len(past) == 0 {
				continue
			}
			class := past[0].class
			labels := with(only(cluster[0].Labels, within), string(profile.Class), past[0].labels[string(profile.Class)])
			sub := subject{labels: labels}
			for i := range cluster {
				g := &cluster[i]
				if own := g.Labels[string(profile.Class)]; own != class && own != "" {
					continue
				}
				s := stratum{current: g}
				if j := slices.IndexFunc(past, func(p scored) bool { return key(p.labels, all) == key(g.Labels, all) }); j >= 0 {
					s.labelled = &past[j]
				}
				same := func(p scored) bool {
					return p.class == class && key(p.labels, groupLabels(split)) == key(g.Labels, groupLabels(split))
				}
				if j := slices.IndexFunc(arrived, same); j >= 0 {
					s.arrived = &arrived[j]
				}
				sub.strata = append(sub.strata, s)
			}
			if len(sub.strata) > 0 {
				out = append(out, sub)
			}
		}
	}
	return out
}

// at is window k of scored rows; a fixed baseline answers its one window for every k.
func (s *scored) at(k int) (classify.Binned, bool) {
	if s == nil {
		return classify.Binned{}, false
	}
	if len(s.has) == 1 {
		k = 0
	}
	if k >= len(s.has) || !s.has[k] {
		return classify.Binned{}, false
	}
	return s.binned[k], true
}

func (s subject) measures(q *query.Query, o Options, windows int, said *notes) ([]measure, error) {
	names := slices.DeleteFunc(slices.Clone(estimateMetrics(q, o)), func(n string) bool { return n == prevalenceBBSE })
	ms := make([]measure, len(names))
	for i, name := range names {
		ms[i] = newMeasure(name, with(s.labels, "basis", "estimated"), windows)
		if name == meaningShift || name == meaningP {
			ms[i] = newMeasure(name, s.labels, windows)
		}
	}
	threshold := o.Number("threshold")
	contradicted, tested, inside, borrowed, any := 0, 0, false, 0, false
	for k := range windows {
		seen, err := s.at(k)
		if err != nil {
			return nil, err
		}
		if seen == nil {
			continue
		}
		p, err := estimate.CBPE(seen.strata, estimate.Options{Level: o.Number("confidence"), Threshold: threshold, Dispersion: o.Number("dispersion")})
		if err != nil {
			return nil, err
		}
		any = true
		inside, borrowed = inside || p.Inside, max(borrowed, p.BorrowedStrata)
		if p.Unseen > 0.05 && windows == 1 {
			said.warning("%.0f %% of the scores are in buckets without labelled rows: the estimate is a guess there, choose a longer baseline", 100*p.Unseen)
		}
		meaning, err := seen.meaning(o.Number("confidence"))
		if err != nil {
			return nil, err
		}
		if !math.IsNaN(meaning.P) {
			tested++
			if meaning.P < (1-o.Number("confidence"))/float64(windows) {
				contradicted++
			}
		}
		for i, name := range names {
			switch name {
			case prevalenceEM:
				e, err := estimate.SaerensBinary(seen.labelled, seen.current, o.Number("confidence"))
				if err != nil {
					return nil, err
				}
				ms[i].points[k] = prevalencePoint(e, 1, windows, said)
			case meaningShift:
				ms[i].points[k] = rankPoint(meaning.Shift)
			case meaningP:
				ms[i].points[k] = valueOnly(meaning.P, meaning.N)
			default:
				e, err := p.Metric(name)
				if err != nil {
					return nil, err
				}
				ms[i].points[k] = rankPoint(e)
				if !e.Defined() && windows == 1 {
					said.info("%s is not defined: %s", name, e.Reason)
				}
			}
		}
	}
	if !any {
		return nil, nil
	}
	if inside {
		said.info("the threshold %g lies inside a bucket of scores: the bounds hold for every order of the rows in it", threshold)
	}
	if borrowed > 0 {
		said.info("%d strata have no labelled rows and were given those of all", borrowed)
	}
	if s.labels[string(profile.Class)] != "" {
		said.info("the model has more than two classes: each is judged against the rest, at the threshold %g", threshold)
	}
	s.judgeMeaning(contradicted, tested, windows, said)
	if !o.Bool("labelled") {
		return ms, nil
	}
	beside, err := s.besides(names, o, windows, said)
	return append(ms, beside...), err
}

// judgeMeaning says what the labels that have arrived say about the assumption.
func (s subject) judgeMeaning(contradicted, tested, windows int, said *notes) {
	name := title(s.labels, labelNames(s.labels))
	switch {
	case tested == 0:
		said.info("no or too few labels have arrived in the window to check the estimate of %s against", name)
	case contradicted > 0 && windows == 1:
		said.warning("the labels that have arrived contradict the estimate of %s: rows with these scores come true at another rate than they did (see meaning_shift)", name)
	case contradicted > 0:
		said.warning("in %d of %d windows the labels that have arrived contradict the estimate of %s: rows with these scores come true at another rate than they did (see meaning_shift)", contradicted, tested, name)
	default:
		said.info("the labels that have arrived do not contradict the estimate of %s", name)
	}
}

// seenWindow is one window of a subject, all in the same buckets.
type seenWindow struct {
	strata   []estimate.Stratum
	labelled classify.Binned // of all strata
	arrived  classify.Binned
	current  []float64
}

// at brings one window of all strata to the same buckets; nil without current or
// labelled rows.
func (s subject) at(k int) (*seenWindow, error) {
	var buckets commonBuckets
	some := false
	for _, part := range s.strata {
		if h, ok := histogramAt(part.current, k); ok && h.Total() > 0 {
			buckets.histogram(h)
			b, labelled := part.labelled.at(k)
			some = some || labelled
			if labelled {
				buckets.binned(b)
			}
			if b, ok := part.arrived.at(k); ok {
				buckets.binned(b)
			}
		}
	}
	if !some {
		return nil, nil
	}
	edges, empty := buckets.edges()
	out := &seenWindow{labelled: empty(), arrived: empty(), current: make([]float64, len(edges)-1)}
	for i, part := range s.strata {
		h, ok := histogramAt(part.current, k)
		if !ok || h.Total() == 0 {
			continue
		}
		current, err := buckets.spread(h)
		if err != nil {
			return nil, err
		}
		reference := empty()
		if b, ok := part.labelled.at(k); ok {
			if err := buckets.add(&reference, b); err != nil {
				return nil, err
			}
		}
		for _, side := range []struct {
			into *classify.Binned
			from *scored
		}{{&out.labelled, part.labelled}, {&out.arrived, part.arrived}} {
			if b, ok := side.from.at(k); ok {
				if err := buckets.add(side.into, b); err != nil {
					return nil, err
				}
			}
		}
		for j, n := range current {
			out.current[j] += n
		}
		out.strata = append(out.strata, estimate.Stratum{Name: strconv.Itoa(i), Reference: reference, Current: current})
	}
	return out, nil
}

// meaning tests the assumption on the labels that have arrived.
func (s *seenWindow) meaning(level float64) (estimate.Meaning, error) {
	if p, n := s.arrived.Totals(); p+n == 0 {
		nan := math.NaN()
		return estimate.Meaning{
			Test:  estimate.Test{Statistic: nan, P: nan},
			Shift: estimate.Estimate{Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan},
		}, nil
	}
	return estimate.SameMeaning(s.labelled, s.arrived, level)
}

// besides are the metrics that the labels which arrived in the window show.
func (s subject) besides(names []string, o Options, windows int, said *notes) ([]measure, error) {
	level := o.Number("confidence")
	var ms []measure
	for _, name := range names {
		if !slices.Contains(estimate.Metrics(), name) {
			continue
		}
		m := newMeasure(name, with(s.labels, "basis", "labelled"), windows)
		for k := range windows {
			seen, err := s.at(k)
			if err != nil {
				return nil, err
			}
			if seen == nil {
				continue
			}
			if name == "auc" {
				m.points[k] = rankPoint(seen.arrived.AUC(level))
				continue
			}
			at, exact := seen.arrived.At(o.Number("threshold"))
			if !exact {
				said.info("the threshold %g lies inside a bucket of scores, so what the labels show at it is not known", o.Number("threshold"))
				continue
			}
			c, err := classify.NewConfusion([]string{"rest", "class"}, []float64{at.TN, at.FP, at.FN, at.TP})
			if err != nil {
				return nil, err
			}
			e, err := c.Select(name, classify.Selection{Positive: "class", Level: level})
			if err != nil {
				return nil, err
			}
			m.points[k] = estimatePoint(e)
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// prevalencePoint is the share of class i, and says where the data contradict
// what the method assumes.
func prevalencePoint(p estimate.Prevalence, i, windows int, said *notes) point {
	if i >= len(p.Shares) {
		return absent()
	}
	if windows == 1 && p.Fit.P < 0.01 {
		said.warning("the scores now are no mix of those of the labelled classes (p = %.2g): not only the class shares have changed, so the prevalence under label shift is wrong", p.Fit.P)
	}
	if e := p.Shares[i]; !e.Defined() && windows == 1 {
		said.info("the prevalence under label shift is not defined: %s", e.Reason)
	}
	return estimatePoint(p.Shares[i])
}

// bbseMeasures are the class shares under label shift from predicted classes.
func bbseMeasures(q *query.Query, o Options, predictions, outcomes counts.Data, said *notes) ([]measure, error) {
	windows := predictions.Request.Windows.Number
	var ms []measure
	own := *q
	for _, p := range pair(&own, predictions.Request.By, predictions.Tallies, outcomes.Tallies, tallyLabels, said) {
		if p.current == nil || p.baseline == nil {
			continue
		}
		reference, err := confusionsOf(*p.baseline, tallyWindows(p.baseline), said, predictedClasses(p.current)...)
		if err != nil {
			return nil, err
		}
		of := make([]measure, len(reference.classes))
		for i, class := range reference.classes {
			of[i] = newMeasure(prevalenceBBSE, with(p.labels, string(profile.Class), class, "basis", "estimated"), windows)
		}
		for k := range windows {
			cells, ok := tallyAt(p.current, k)
			at := min(k, len(reference.has)-1)
			if !ok || total(cells) == 0 || at < 0 || !reference.has[at] || reference.windows[at].Total() == 0 {
				continue
			}
			e, err := estimate.BBSE(reference.windows[at], predictedCounts(p.current, cells, reference.classes), o.Number("confidence"))
			if err != nil {
				return nil, err
			}
			for i := range of {
				of[i].points[k] = prevalencePoint(e, i, windows, said)
			}
		}
		ms = append(ms, of...)
	}
	return ms, nil
}

// predictedClasses are the classes of a tally over the predicted class alone.
func predictedClasses(g *counts.TallyGroup) []string {
	var out []string
	for _, k := range g.Keys {
		if k[0] != "" {
			out = append(out, k[0])
		}
	}
	return out
}

// predictedCounts puts a tally's cells into the order of the classes.
func predictedCounts(g *counts.TallyGroup, cells []float64, classes []string) []float64 {
	out := make([]float64, len(classes))
	for i, k := range g.Keys {
		if j := slices.Index(classes, k[0]); j >= 0 && cells[i] > 0 {
			out[j] += cells[i]
		}
	}
	return out
}
