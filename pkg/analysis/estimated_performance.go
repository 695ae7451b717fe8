package analysis

import (
	"slices"

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
