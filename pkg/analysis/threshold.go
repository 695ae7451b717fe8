package analysis

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// standardThresholdMetrics are given when the query names none; with values of
// the outcomes the business value comes too.
var standardThresholdMetrics = []string{"precision", "recall", "f1", "predicted_share"}

// thresholdMetrics are the metrics of a confusion matrix that a threshold moves.
var thresholdMetrics = []string{
	"precision", "recall", "f1", "predicted_share", "accuracy", "balanced_accuracy", "specificity", "fpr", "fnr", "npv", "jaccard", "mcc", "kappa", "business_value",
}

// What makes a threshold the best.
const (
	criterionAuto   = "auto"
	criterionF1     = "f1"
	criterionYouden = "youden"
	criterionValue  = "value"
)

func init() {
	style("best_threshold", unitless(infinite, infinite, "The threshold with the largest gain; its interval holds the thresholds that the rows cannot tell from it."))
	style("threshold_gain", unitless(infinite, infinite, "How much better the best threshold is than the one in use, by what is to be largest."))

	var metrics []EnumValue
	for _, m := range classify.MetricNames() {
		if slices.Contains(thresholdMetrics, m.Name) {
			metrics = append(metrics, EnumValue{Value: m.Name, Label: m.Title, Description: m.Help})
		}
	}
	options := []Option{
		{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: metrics, Help: "What to show against the threshold. None means precision, recall, F1 and the predicted share, and the business value where values are given."},
		{
			Name: "criterion", Type: TypeEnum, Title: "Best by", Default: criterionAuto, Help: "What the best threshold makes largest.",
			Enum: choices(
				criterionAuto, "Value, else F1", "the mean value where values of the outcomes are given, else F1",
				criterionF1, "F1", "the harmonic mean of precision and recall",
				criterionYouden, "Youden", "true positive rate less false positive rate",
				criterionValue, "Value", "the mean value of a prediction, from the values of the outcomes",
			),
		},
		{Name: "threshold", Type: TypeNumber, Title: "Threshold in use", Default: 0.5, Formats: []query.Format{query.FormatNumbers}, Help: "The score above which rows are called positive today, to compare with the best."},
		positiveClassOption(), classOption(), intervalOption(), confidenceOption(),
	}
	options = append(options, worthOptions()...)
	register(Analysis{
		Name: "threshold", Title: "Threshold", Group: "Performance", Icon: "sliders-v-alt", NeedsModel: true,
		Summary:   "Precision, recall, F1, volume and value at every threshold of the score, and which threshold is the best, with the range that cannot be told from it.",
		NeedsText: outcomeScoresText,
		Formats:   []FormatInfo{asTrend.named("Metrics by threshold"), asNumbers},
		Options:   options,
		Roles:     []RoleNeed{{Name: profile.OutcomeScore, Required: true}},
		Reserved:  []string{"at"},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			if !given(o, worth...) && (o.String("criterion") == criterionValue || slices.Contains(o.Strings("metrics"), "business_value")) {
				return nil, &query.Error{Field: "options." + worth[0], Message: "the business value needs the value of each outcome: set valueTruePositive, valueFalsePositive, valueFalseNegative, valueTrueNegative"}
			}
			w, err := windowsFor(q)
			return []counts.Request{scoredRequest(q, w)}, err
		},
		Compute: thresholds,
	})
}

// criterion is what the best threshold makes largest.
type criterion struct {
	title string
	gain  func(classify.Binary) float64
	best  func(classify.Binned) (classify.Operating, bool)
}

func criterionOf(o Options) criterion {
	name := o.String("criterion")
	if name == criterionAuto {
		name = criterionF1
		if given(o, worth...) {
			name = criterionValue
		}
	}
	switch name {
	case criterionYouden:
		return criterion{"TPR − FPR", func(c classify.Binary) float64 { return c.TP/(c.TP+c.FN) - c.FP/(c.FP+c.TN) }, classify.Binned.Youden}
	case criterionValue:
		v := outcomeValues(o)
		return criterion{"mean value", func(c classify.Binary) float64 {
			return (v.TP*c.TP + v.FP*c.FP + v.FN*c.FN + v.TN*c.TN) / c.Total()
		}, func(b classify.Binned) (classify.Operating, bool) { return b.BestValue(v) }}
	}
	return criterion{"F1", func(c classify.Binary) float64 { return 2 * c.TP / (2*c.TP + c.FP + c.FN) }, classify.Binned.BestF1}
}

// outcomeValues is what each outcome is worth; values that are not given are 0.
func outcomeValues(o Options) classify.Binary {
	number := func(i int) float64 {
		if !o.Set(worth[i]) {
			return 0
		}
		return o.Number(worth[i])
	}
	return classify.Binary{TP: number(0), FP: number(1), FN: number(2), TN: number(3)}
}

func thresholds(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	d := data[0]
	said.read(d)
	w := d.Request.Windows
	groups, err := scoresOf(q, o, d, &said)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		noScores(q, d, &said)
		return nothing(q, "Threshold", w, said), nil
	}
	metrics := o.Strings("metrics")
	if len(metrics) == 0 {
		metrics = standardThresholdMetrics
		if given(o, worth...) {
			metrics = append(slices.Clone(metrics), "business_value")
		}
	} else if !given(o, worth...) {
		metrics = slices.DeleteFunc(slices.Clone(metrics), func(m string) bool { return m == "business_value" })
	}
	if q.Format == query.FormatNumbers {
		ms, err := thresholdNumbers(o, groups, metrics, &said)
		if err != nil {
			return nil, err
		}
		return answerMeasures(q, "Threshold", w, ms, limits{interval: o.Bool("interval")}, said), nil
	}
	sets := make([]map[string]string, len(groups))
	for i, g := range groups {
		sets[i] = g.labels
	}
	names := varying(sets)
	answers := make([]result.Result, len(groups))
	for i, g := range groups {
		if answers[i], err = thresholdCurve(q, o, w, g, metrics, names, said); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// thresholdMetric is a metric of the rule "positive above the threshold".
func thresholdMetric(c classify.Binary, name string, o Options) (classify.Estimate, error) {
	matrix, err := classify.NewConfusion([]string{"0", "1"}, []float64{c.TN, c.FP, c.FN, c.TP})
	if err != nil {
		return classify.Estimate{}, err
	}
	v := outcomeValues(o)
	return matrix.Select(name, classify.Selection{Positive: "1", Level: o.Number("confidence"), Values: []float64{v.TN, v.FP, v.FN, v.TP}})
}

// thresholdCurve is every metric at every bucket edge, for the Trend panel.
func thresholdCurve(q *query.Query, o Options, w counts.Windows, g scored, metrics, names []string, said notes) (result.Curve, error) {
	b := g.binned[0]
	points := b.Operating()
	slices.Reverse(points)
	points = slices.DeleteFunc(points, func(p classify.Operating) bool { return math.IsInf(p.Threshold, 0) })
	positives, negatives := b.Totals()
	at := make([]float64, len(points))
	for i, p := range points {
		at[i] = p.Threshold
	}
	c := result.Curve{Trend: true, Fields: []result.CurveField{
		{Name: "Threshold", Role: result.RoleX, Style: described(plain, "the score above which a row is called positive"), Values: at},
	}}
	titles := make(map[string]string)
	for _, m := range classify.MetricNames() {
		titles[m.Name] = m.Title
	}
	for _, metric := range metrics {
		columns := [3][]float64{missingValues(len(points)), missingValues(len(points)), missingValues(len(points))}
		for i, p := range points {
			e, err := thresholdMetric(p.Binary, metric, o)
			if err != nil {
				return c, err
			}
			columns[0][i], columns[1][i], columns[2][i] = e.Value, e.Lower, e.Upper
		}
		labels := with(g.labels, "metric", metric)
		add := func(name string, role result.Role, labels map[string]string, values []float64) {
			c.Fields = append(c.Fields, result.CurveField{Name: name, Role: role, Labels: labels, Style: styleOf(metric), Values: values})
		}
		add(titles[metric], result.RoleY, labels, columns[0])
		if o.Bool("interval") {
			add(titles[metric]+" lower", result.RoleLower, with(labels, "bound", "lower"), columns[1])
			add(titles[metric]+" upper", result.RoleUpper, with(labels, "bound", "upper"), columns[2])
		}
	}
	how := criterionOf(o)
	best := map[string]any{"by": how.title}
	if p, ok := how.best(b); ok && !math.IsInf(p.Threshold, 0) {
		lower, upper := b.Indistinct(p, how.gain, o.Number("confidence"))
		best["threshold"], best["lower"], best["upper"] = p.Threshold, lower, upper
		said.info("the best threshold by %s is %.4g; the rows cannot tell it from %.4g to %.4g", how.title, p.Threshold, lower, upper)
	}
	c.Meta = meta(q, named("Threshold", g.labels, names), w, positives+negatives, said)
	c.Custom["labels"] = g.labels
	c.Custom["positiveClass"] = g.class
	c.Custom["positives"] = positives
	c.Custom["best"] = best
	return c, nil
}

// thresholdNumbers is the best threshold, what it gives, and what the one in use gives.
func thresholdNumbers(o Options, groups []scored, metrics []string, said *notes) ([]measure, error) {
	how := criterionOf(o)
	level := o.Number("confidence")
	var ms []measure
	for _, g := range groups {
		b := g.binned[0]
		positives, negatives := b.Totals()
		n := positives + negatives
		chosen := newMeasure("best_threshold", g.labels, 1)
		gained := newMeasure("threshold_gain", g.labels, 1)
		best, found := how.best(b)
		if math.IsInf(best.Threshold, 0) {
			found = false
		}
		inUse, exact := nearestEdge(b, o.Number("threshold"))
		if !exact {
			said.warning("the threshold %.4g in use is no bucket edge: %.4g, the nearest, stands for it; export scores with an edge there", o.Number("threshold"), inUse.Threshold)
		}
		if found {
			p := valueOnly(best.Threshold, n)
			p.lower, p.upper = b.Indistinct(best, how.gain, level)
			chosen.points[0] = p
			gained.points[0] = estimatePoint(b.Compare(best, inUse, how.gain, level))
		} else {
			said.warning("there is no best threshold by %s: it takes rows of the class and scores in buckets", how.title)
		}
		ms = append(ms, chosen, gained)
		for _, which := range []string{"best", "current"} {
			point, ok := inUse, true
			if which == "best" {
				point, ok = best, found
			}
			for _, metric := range metrics {
				m := newMeasure(metric, with(g.labels, "at", which), 1)
				if ok {
					e, err := thresholdMetric(point.Binary, metric, o)
					if err != nil {
						return nil, err
					}
					m.points[0] = estimatePoint(e)
				}
				ms = append(ms, m)
			}
		}
	}
	return ms, nil
}

// nearestEdge is the bucket edge that stands for a threshold, and whether it is
// the threshold itself.
func nearestEdge(b classify.Binned, threshold float64) (classify.Operating, bool) {
	if p, ok := b.At(threshold); ok {
		return p, true
	}
	var nearest classify.Operating
	distance := math.Inf(1)
	for _, p := range b.Operating() {
		if d := math.Abs(p.Threshold - threshold); d < distance || math.IsInf(distance, 1) {
			nearest, distance = p, d
		}
	}
	return nearest, false
}
