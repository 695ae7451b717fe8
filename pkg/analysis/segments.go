package analysis

import (
	"math"
	"slices"

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
