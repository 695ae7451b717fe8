package analysis

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// fairnessMetrics name the fairness measures, in the order of compare.FairnessMetrics.
var fairnessMetrics = []quality{
	{name: "statistical_parity_difference", title: "Statistical parity difference", help: "Share predicted positive, less that of the rest: 0 is equal."},
	{name: "disparate_impact", title: "Disparate impact", help: "Share predicted positive, over that of the rest: the four-fifths rule tolerates 0.8 to 1.25."},
	{name: "equal_opportunity_difference", title: "Equal opportunity difference", help: "Recall, less that of the rest: 0 is equal."},
	{name: "average_odds_difference", title: "Average odds difference", help: "Mean of the differences of recall and of false positive rate: 0 is equal."},
	{name: "predictive_parity_difference", title: "Predictive parity difference", help: "Precision, less that of the rest: 0 is equal."},
}

func init() {
	for _, m := range fairnessMetrics {
		style(m.name, unitless(math.Inf(-1), math.Inf(1), m.help))
	}
	style("segments", described(amount, "Segments with outcomes."))
	style("segments_worse", described(amount, "Pairs of segment and metric with the verdict worse or unfair."))
	metrics := qualityChoices()
	for _, m := range fairnessMetrics {
		metrics = append(metrics, EnumValue{Value: m.name, Label: m.title, Description: m.help})
	}
	overTime := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "segments", Title: "Segments and fairness", Group: "Performance", Icon: "users-alt", NeedsModel: true,
		Summary:   "In which segments the model is worse than in the rest, worst first, and whether it treats them alike: any metric per value of a label, fairness differences, verdicts adjusted for the number of segments.",
		NeedsText: "Outcomes (ml_outcomes_total) with a label for the segment; for AUC, average precision, KS and Brier score outcome scores (ml_outcome_score) with that label.",
		Formats:   []FormatInfo{asTable, asNumbers, asSeries},
		Options: []Option{
			{Name: "label", Type: TypeString, Title: "Segment label", Default: "segment", Values: "labels", Help: "The label whose values are the segments."},
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: metrics, Help: "What to compute. None means the accuracy."},
			{Name: "against", Type: TypeString, Title: "Compare with", Help: "The segment that the others are compared with; left empty, each is compared with all the rest."},
			{Name: "show", Type: TypeEnum, Title: "Show", Default: "value", Formats: overTime, Help: "What is given per segment; fairness measures always are differences.",
				Enum: choices("value", "Value", "of the segment", "difference", "Difference", "from what it is compared with", "adjusted_p_value", "Adjusted p-value", "of the difference being within the tolerated one")},
			{Name: "tolerated", Type: TypeNumber, Title: "Tolerated difference", Default: 0.05, Min: at(0), Max: at(1), Help: "The largest difference that is of no concern, in the metric's unit."},
			{Name: "toleratedRatio", Type: TypeNumber, Title: "Tolerated ratio", Default: 0.8, Min: at(0.01), Max: at(0.999), Advanced: true, Help: "The smallest disparate impact that is of no concern, and its inverse the largest: 0.8 is the four-fifths rule."},
			positiveClassOption(), classOption(),
			topOption("Rows", "Show the worst segments; 0 shows all.", 50, query.FormatTable, query.FormatSeries),
			{Name: "minimum", Type: TypeInteger, Title: "Least outcomes", Default: 1.0, Min: at(1), Advanced: true, Help: "Segments with fewer outcomes in a window are left empty there."},
			intervalOption(overTime...), confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.Outcomes}, {Name: profile.OutcomeScore}},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			split, _, err := segmented(q, profile.Label(o.String("label")))
			if err != nil {
				return nil, err
			}
			outcomes, scores := segmentSources(o)
			var requests []counts.Request
			if outcomes {
				requests = append(requests, outcomesRequest(split, w))
			}
			if scores {
				requests = append(requests, scoredRequest(split, w))
			}
			return requests, nil
		},
		Reserved: []string{"of", "show"},
		Compute:  segments,
	})
}

// segmentMetrics are the metrics asked for: of quality, and of fairness.
func segmentMetrics(o Options) (of []quality, fairness []string) {
	names := o.Strings("metrics")
	if len(names) == 0 {
		names = []string{"accuracy"}
	}
	for _, n := range names {
		if slices.Contains(compare.FairnessMetrics(), n) {
			fairness = append(fairness, n)
		}
	}
	return chosenQualities(names), fairness
}

// segmentSources tells which metrics have to be read.
func segmentSources(o Options) (outcomes, scores bool) {
	of, fairness := segmentMetrics(o)
	outcomes = len(fairness) > 0
	for _, m := range of {
		outcomes, scores = outcomes || !m.scored, scores || m.scored
	}
	return outcomes, scores
}

// segmentResult is one metric of one segment in every window.
type segmentResult struct {
	within      string // key of the group that is compared within
	labels      map[string]string
	segment     string
	metric      quality
	fair        bool              // a fairness measure: the difference is the value
	own         []compare.Measure // the segment's value itself, but for fairness measures
	differences []compare.Difference
	verdicts    []string
}

// newSegmentResult has no value in any window yet.
func newSegmentResult(within string, labels map[string]string, segment string, m quality, windows int) segmentResult {
	r := segmentResult{within: within, labels: labels, segment: segment, metric: m,
		own: make([]compare.Measure, windows), differences: make([]compare.Difference, windows), verdicts: make([]string, windows)}
	for k := range windows {
		r.own[k] = unmeasured("too few outcomes")
		r.differences[k] = incomparable("too few outcomes")
	}
	return r
}

// compare compares the segment with what it is held against in window k.
func (s *segmentResult) compare(k int, current, reference compare.Measure, o Options) error {
	var err error
	s.own[k] = current
	s.differences[k], err = compare.Measures(reference, current, compare.Options{
		Level: o.Number("confidence"), Margin: o.Number("tolerated"), LowerIsBetter: s.metric.lowerIsBetter,
	})
	return err
}

// last is the comparison in the last window.
func (s segmentResult) last() compare.Difference { return s.differences[len(s.differences)-1] }

func segments(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	label := profile.Label(o.String("label"))
	split, within, err := segmented(q, label)
	if err != nil {
		return nil, err
	}
	var all []segmentResult
	for _, d := range data {
		var some []segmentResult
		if d.Request.Role == profile.Outcomes {
			some, err = segmentsOfOutcomes(o, d, label, within, &said)
		} else {
			some, err = segmentsOfScores(split, o, d, label, within, &said)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		said.missing(q, data...)
		said.warning("no outcomes carry the label %s in the window: choose a label that the outcomes have by the option label, or a longer time range", label)
		return nothing(q, "Segments", w, said), nil
	}
	if against := o.String("against"); against != "" {
		said.info("each segment is compared with the segment %s; one without outcomes of it has no verdict", against)
	} else {
		said.info("each segment is compared with all the others together")
	}
	adjustSegments(all, w.Number, o.Number("confidence"))
	worstSegmentsFirst(all)
	if q.Format == query.FormatTable {
		return []result.Result{segmentTable(q, o, w, label, within, all, said)}, nil
	}
	ms := segmentMeasures(q, o, w, within, all, &said)
	return answerMeasures(q, "Segments", w, ms, limits{interval: o.Bool("interval")}, said), nil
}

// others are the groups that a segment is compared with: the chosen one, or all
// but itself.
func others[G any](groups []G, i int, against string, segment func(G) string) []G {
	var out []G
	for j, g := range groups {
		if j != i && (against == "" || segment(g) == against) {
			out = append(out, g)
		}
	}
	return out
}

// clusters sorts groups into those that are compared with one another.
func clusters[G any](groups []G, within []profile.Label, labels func(G) map[string]string) [][]G {
	place := make(map[string]int)
	var out [][]G
	for _, g := range groups {
		k := key(labels(g), within)
		i, ok := place[k]
		if !ok {
			i = len(out)
			place[k] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], g)
	}
	return out
}

func segmentsOfOutcomes(o Options, d counts.Data, label profile.Label, within []profile.Label, said *notes) ([]segmentResult, error) {
	of, fairness := segmentMetrics(o)
	against, level, windows := o.String("against"), o.Number("confidence"), d.Request.Windows.Number
	segment := func(g counts.TallyGroup) string { return g.Labels[string(label)] }
	labelled := slices.DeleteFunc(slices.Clone(d.Tallies), func(g counts.TallyGroup) bool { return segment(g) == "" })
	var out []segmentResult
	for _, cluster := range clusters(labelled, within, func(g counts.TallyGroup) map[string]string { return g.Labels }) {
		whole := merged(cluster)
		classes := classesOf(whole)
		positive := positiveOf(sortedClasses(slices.Clone(classes)), o.String("positiveClass"))
		sides := make([][2]confusions, len(cluster))
		for i, g := range cluster {
			own, err := confusionsOf(g, windows, said, classes...)
			if err != nil {
				return nil, err
			}
			rest, err := confusionsOf(merged(others(cluster, i, against, segment)), windows, said, classes...)
			if err != nil {
				return nil, err
			}
			sides[i] = [2]confusions{own, rest}
			if against != "" && segment(g) == against {
				continue
			}
			for _, m := range of {
				if m.scored {
					continue
				}
				r := newSegmentResult(key(g.Labels, within), only(g.Labels, d.Request.By), segment(g), m, windows)
				for k := range windows {
					if !own.has[k] || own.windows[k].Total() < float64(o.Integer("minimum")) {
						continue
					}
					current, err := m.of(own.windows[k], positive, level)
					if err != nil {
						return nil, err
					}
					reference := unmeasured("there is nothing to compare with")
					if rest.has[k] && rest.windows[k].Total() > 0 {
						if reference, err = m.of(rest.windows[k], positive, level); err != nil {
							return nil, err
						}
					}
					if err := r.compare(k, current, reference, o); err != nil {
						return nil, err
					}
				}
				out = append(out, r)
			}
		}
		if len(fairness) == 0 {
			continue
		}
		if positive == "" {
			said.warning("fairness is about one favourable class: name it by the option positiveClass, one of %s", several(classes))
			continue
		}
		treated, err := segmentFairness(o, fairness, positive, cluster, sides, label, within, d)
		if err != nil {
			return nil, err
		}
		out = append(out, treated...)
	}
	return out, nil
}

// segmentFairness gives the fairness measures of the segments of one cluster.
func segmentFairness(o Options, metrics []string, positive string, cluster []counts.TallyGroup, sides [][2]confusions, label profile.Label, within []profile.Label, d counts.Data) ([]segmentResult, error) {
	windows := d.Request.Windows.Number
	var out []segmentResult
	place := make(map[string]int)
	for _, g := range cluster {
		for i, name := range compare.FairnessMetrics() {
			if slices.Contains(metrics, name) {
				place[g.Labels[string(label)]+"\x00"+name] = len(out)
				r := newSegmentResult(key(g.Labels, within), only(g.Labels, d.Request.By), g.Labels[string(label)], fairnessMetrics[i], windows)
				r.fair = true
				out = append(out, r)
			}
		}
	}
	for k := range windows {
		var groups []compare.Group
		for i, g := range cluster {
			c := sides[i][0]
			if !c.has[k] || c.windows[k].Total() < float64(o.Integer("minimum")) {
				continue
			}
			at, err := c.windows[k].ClassIndex(positive)
			if err != nil {
				return nil, &query.Error{Field: "options.positiveClass", Message: err.Error()}
			}
			groups = append(groups, compare.Group{Name: g.Labels[string(label)], Binary: c.windows[k].Class(at)})
		}
		against := o.String("against")
		if len(groups) < 2 || against != "" && !slices.ContainsFunc(groups, func(g compare.Group) bool { return g.Name == against }) {
			continue
		}
		treated, err := compare.Fairness(groups, compare.FairnessOptions{
			Level: o.Number("confidence"), Reference: against, TolerateDifference: math.Max(o.Number("tolerated"), 1e-12), TolerateRatio: o.Number("toleratedRatio"),
		})
		if err != nil {
			return nil, err
		}
		for _, t := range treated {
			for _, disparity := range t.Disparities {
				if i, ok := place[t.Name+"\x00"+disparity.Metric]; ok {
					out[i].differences[k] = ofDisparity(disparity)
					out[i].verdicts[k] = string(disparity.Verdict)
				}
			}
		}
	}
	if against := o.String("against"); against != "" {
		out = slices.DeleteFunc(out, func(r segmentResult) bool { return r.segment == against })
	}
	return out, nil
}

// ofDisparity is a fairness measure in the shape of a difference.
func ofDisparity(d compare.Disparity) compare.Difference {
	out := incomparable("")
	out.Champion, out.Challenger, out.Value, out.Lower, out.Upper = d.Reference, d.Group, d.Value, d.Lower, d.Upper
	out.P, out.PMinimumEffect, out.AdjustedP = d.P, d.P, d.AdjustedP
	out.NChampion, out.NChallenger, out.Reason = d.NReference, d.NGroup, d.Reason
	switch d.Verdict {
	case compare.Unfair:
		out.Decision = compare.Worse
	case compare.Fair:
		out.Decision = compare.Equivalent
	case compare.Uncertain:
		out.Decision = compare.Undecided
	}
	return out
}

func segmentsOfScores(split *query.Query, o Options, d counts.Data, label profile.Label, within []profile.Label, said *notes) ([]segmentResult, error) {
	of, _ := segmentMetrics(o)
	against, level := o.String("against"), o.Number("confidence")
	d.Histograms = slices.DeleteFunc(slices.Clone(d.Histograms), func(g counts.HistogramGroup) bool { return g.Labels[string(label)] == "" })
	groups, err := scoresOf(split, o, d, said)
	if err != nil {
		return nil, err
	}
	var out []segmentResult
	for _, cluster := range clusters(groups, append(slices.Clip(within), profile.Class), func(s scored) map[string]string { return s.labels }) {
		for _, g := range cluster {
			segment := g.labels[string(label)]
			if segment == against {
				continue
			}
			rest, err := scoresBeside(o, d, g, label, within, said)
			if err != nil {
				return nil, err
			}
			for _, m := range of {
				if !m.scored {
					continue
				}
				r := newSegmentResult(key(g.labels, within), g.labels, segment, m, len(g.has))
				for k, b := range g.binned {
					p, n := b.Totals()
					if !g.has[k] || p+n < float64(o.Integer("minimum")) {
						continue
					}
					current, err := m.ofScores(b, level)
					if err != nil {
						return nil, err
					}
					reference := unmeasured("there is nothing to compare with")
					if rest.has != nil && rest.has[k] {
						if reference, err = m.ofScores(rest.binned[k], level); err != nil {
							return nil, err
						}
					}
					if err := r.compare(k, current, reference, o); err != nil {
						return nil, err
					}
				}
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// scoresBeside are the scores of what a segment is compared with, of the same class.
func scoresBeside(o Options, d counts.Data, g scored, label profile.Label, within []profile.Label, said *notes) (scored, error) {
	rest := scored{class: g.class}
	segment, against := g.labels[string(label)], o.String("against")
	var list []*counts.HistogramGroup
	for i := range d.Histograms {
		h := &d.Histograms[i]
		own := h.Labels[string(label)]
		if key(h.Labels, within) == key(g.labels, within) && own != segment && (against == "" || own == against) {
			list = append(list, h)
		}
	}
	if len(list) == 0 {
		return rest, nil
	}
	err := rest.bin(list, d.Request.Windows.Number, said)
	return rest, err
}

// adjustSegments takes all segments and metrics of one group in one window as one
// family, and words the verdicts. Fairness has been adjusted already.
func adjustSegments(all []segmentResult, windows int, level float64) {
	families := make(map[string][]int)
	var order []string
	for i, r := range all {
		if r.fair {
			continue
		}
		if families[r.within] == nil {
			order = append(order, r.within)
		}
		families[r.within] = append(families[r.within], i)
	}
	for _, name := range order {
		for k := range windows {
			family := make([]compare.Difference, len(families[name]))
			for j, i := range families[name] {
				family[j] = all[i].differences[k]
			}
			compare.Adjust(family, 1-level)
			for j, i := range families[name] {
				all[i].differences[k] = family[j]
			}
		}
	}
	for i, r := range all {
		for k := range r.verdicts {
			if !r.fair {
				all[i].verdicts[k] = r.metric.verdict(r.differences[k].Decision)
			} else if r.verdicts[k] == "" {
				all[i].verdicts[k] = string(compare.Unknown)
			}
		}
	}
}

// worstSegmentsFirst sorts by verdict of the last window, then by how much worse
// the segment is for certain, then by how much worse it seems.
func worstSegmentsFirst(all []segmentResult) {
	rank := []compare.Decision{compare.Worse, compare.Undecided, compare.Equivalent, compare.Better, compare.Insufficient}
	// loss is what a difference is worth to those who look for the worst.
	loss := func(r segmentResult, x, centre float64) float64 {
		switch {
		case math.IsNaN(x):
			return math.Inf(-1)
		case r.fair || r.metric.neutral:
			return math.Abs(x - centre)
		case r.metric.lowerIsBetter:
			return x
		}
		return -x
	}
	slices.SortStableFunc(all, func(a, b segmentResult) int {
		da, db := a.last(), b.last()
		centre := func(r segmentResult) float64 {
			if r.metric.name == "disparate_impact" {
				return 1
			}
			return 0
		}
		return cmp.Or(
			cmp.Compare(slices.Index(rank, da.Decision), slices.Index(rank, db.Decision)),
			cmp.Compare(loss(b, db.Value, centre(b)), loss(a, da.Value, centre(a))),
			strings.Compare(a.metric.name, b.metric.name),
			strings.Compare(a.segment, b.segment),
		)
	})
}

func segmentTable(q *query.Query, o Options, w counts.Windows, label profile.Label, within []profile.Label, all []segmentResult, said notes) result.Table {
	var s sheet
	n := 0.0
	top := o.Integer("top")
	for i, r := range all {
		if top > 0 && i >= top {
			said.info("%d of %d rows are shown, the worst: option top shows more", top, len(all))
			break
		}
		d := r.last()
		n = math.Max(n, d.NChallenger)
		s.row()
		s.labels(r.labels, within)
		if r.labels[string(profile.Class)] != "" {
			s.text("Class", r.labels[string(profile.Class)])
		}
		s.text(heading(string(label)), r.segment)
		s.text("Metric", r.metric.title)
		s.mark("Verdict", r.verdicts[len(r.verdicts)-1], comparisonColors)
		s.number("Value", d.Challenger, described(plain, "of the segment; for fairness measures the rate that is compared"))
		s.number("Rest", d.Champion, described(plain, "of what the segment is compared with"))
		s.number("Difference", d.Value, described(plain, "segment less rest; the ratio for the disparate impact"))
		s.text("Interval", span(d.Lower, d.Upper))
		s.number("Lower", d.Lower, plain)
		s.number("Upper", d.Upper, plain)
		s.number("Adjusted p", d.AdjustedP, unitless(0, 1, "of the difference being within the tolerated one, adjusted for all segments and metrics"))
		s.number("n", d.NChallenger, described(amount, "outcomes behind the segment's value"))
		s.number("Rest n", d.NChampion, described(amount, "outcomes behind the value that it is compared with"))
		s.number("More needed", orNaN(d.MoreChallenger), described(amount, "further outcomes of the segment that would decide, if the difference is as it seems and the rest grows alike"))
		s.text("Reason", d.Reason)
	}
	return result.Table{Meta: meta(q, "Segments", w, n, said), Columns: s.done()}
}

// segmentMeasures are the values of series and numbers; as numbers also how many
// segments there are and how many are worse.
func segmentMeasures(q *query.Query, o Options, w counts.Windows, within []profile.Label, all []segmentResult, said *notes) []measure {
	show := o.String("show")
	var ms []measure
	if q.Format == query.FormatNumbers {
		for _, cluster := range clusters(all, within, func(r segmentResult) map[string]string { return r.labels }) {
			labels := only(cluster[0].labels, within)
			names := make(map[string]bool)
			worse, n := 0.0, 0.0
			for _, r := range cluster {
				names[r.segment] = true
				n += r.last().NChallenger
				if r.last().Decision == compare.Worse && !r.metric.neutral {
					worse++
				}
			}
			for metric, v := range map[string]float64{"segments": float64(len(names)), "segments_worse": worse} {
				m := newMeasure(metric, labels, 1)
				m.points[0] = valueOnly(v, n)
				ms = append(ms, m)
			}
		}
		slices.SortStableFunc(ms, func(a, b measure) int { return strings.Compare(a.labels["metric"], b.labels["metric"]) })
	}
	top := o.Integer("top")
	for i, r := range all {
		if q.Format == query.FormatSeries && top > 0 && i >= top {
			said.info("%d of %d lines are shown, the worst: option top shows more", top, len(all))
			break
		}
		ms = append(ms, segmentMeasure(r, show, w.Number))
	}
	return ms
}

func segmentMeasure(r segmentResult, show string, windows int) measure {
	labels := r.labels
	switch {
	case show == "adjusted_p_value":
		labels = with(labels, "of", r.metric.name)
	case show == "difference" && !r.fair:
		labels = with(labels, "show", show)
	}
	m := newMeasure(r.metric.name, labels, windows)
	if show == "adjusted_p_value" {
		m = newMeasure(show, labels, windows)
	}
	if show == "difference" && !r.fair {
		m.style = r.metric.differenceStyle()
	}
	for k, d := range r.differences {
		switch {
		case show == "adjusted_p_value":
			m.points[k] = valueOnly(d.AdjustedP, d.NChallenger)
		case show == "difference" || r.fair:
			m.points[k] = valueOnly(d.Value, d.NChallenger)
			m.points[k].lower, m.points[k].upper = d.Lower, d.Upper
		default:
			own := r.own[k]
			m.points[k] = point{value: own.Value, lower: own.Lower, upper: own.Upper, least: own.BoundLower, most: own.BoundUpper, n: own.N}
		}
	}
	return m
}
