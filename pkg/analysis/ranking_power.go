package analysis

import (
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// The metrics that are given when the query names none.
var (
	standardRankingSeries  = []string{"auc"}
	standardRankingNumbers = []string{"auc", "gini", "ks", "average_precision", "gain", "lift"}
)

func init() {
	style("auc", unitless(0, 1, "Area under the ROC curve: the chance that a random positive row scores above a random negative one. 0.5 is no skill."))
	style("gini", unitless(-1, 1, "2·AUC − 1: 0 is no skill, 1 is perfect order."))
	style("ks", unitless(0, 1, "Largest difference between two distribution functions: of a feature now and in the baseline, or of the scores of both classes."))
	style("average_precision", unitless(0, 1, "Area under the precision-recall curve. The prevalence is no skill."))
	style("gain", described(share, "Share of the positives found among the rows with the highest scores, at the depth in the label."))
	style("lift", unitless(0, infinite, "How many times more positives the rows with the highest scores hold than as many random rows, at the depth in the label."))

	overTime := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "ranking_power", Title: "Ranking power", Group: "Performance", Icon: "sort-amount-down", NeedsModel: true,
		Summary:   "How well the score puts positives before negatives: AUC, Gini, KS separation, average precision, lift and gain, with intervals and hard bounds.",
		NeedsText: outcomeScoresText,
		Formats:   []FormatInfo{asSeries, asNumbers, asXY.named("Gain curve")},
		Options: []Option{
			{
				Name: "metrics", Type: TypeStrings, Title: "Metrics", Formats: overTime, Help: "What to compute. None means the AUC over time, and all of them as numbers.",
				Enum: choices(
					"auc", "AUC", "area under the ROC curve",
					"gini", "Gini", "2·AUC − 1",
					"ks", "KS separation", "largest distance between true and false positive rate",
					"average_precision", "Average precision", "area under the precision-recall curve",
					"gain", "Gain", "share of the positives at the depth",
					"lift", "Lift", "gain divided by the depth",
				),
			},
			{Name: "depth", Type: TypeNumber, Title: "Depth", Default: 0.1, Min: at(0.0001), Max: at(1), Formats: overTime, Help: "Share of the rows, those with the highest scores, that gain and lift look at."},
			positiveClassOption(), classOption(),
			{Name: "averages", Type: TypeStrings, Title: "Averages", Formats: overTime, Advanced: true, Help: "With more than two classes, give the averages of the AUC over the classes too, labelled with average.",
				Enum: choices("macro", "Macro", "the plain mean over the classes", "weighted", "Weighted", "the mean weighted by the rows of each class")},
			intervalOption(), boundsOption(overTime...), confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.OutcomeScore, Required: true}},
		Needs: func(q *query.Query, _ Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			return []counts.Request{scoredRequest(q, w)}, err
		},
		Compute: rankingPower,
	})
}

func rankingPower(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	if q.Format == query.FormatCurve {
		return thresholdCurves(q, o, data[0], gainKind)
	}
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
		return nothing(q, "Ranking power", w, said), nil
	}
	metrics := o.Strings("metrics")
	if len(metrics) == 0 {
		metrics = standardRankingNumbers
		if q.Format == query.FormatSeries {
			metrics = standardRankingSeries
		}
	}
	var ms []measure
	for first := 0; first < len(groups); {
		last := first + 1
		for last < len(groups) && groups[last].group == groups[first].group {
			last++
		}
		averaged, err := averagedAUC(groups[first:last], metrics, o)
		if err != nil {
			return nil, err
		}
		ms = append(ms, averaged...)
		for _, g := range groups[first:last] {
			of, err := rankingMeasures(g, metrics, o, &said)
			if err != nil {
				return nil, err
			}
			ms = append(ms, of...)
		}
		first = last
	}
	return answerMeasures(q, "Ranking power", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

// rankingMeasures are the metrics of one class against the rest.
func rankingMeasures(g scored, metrics []string, o Options, said *notes) ([]measure, error) {
	level, depth := o.Number("confidence"), o.Number("depth")
	var ms []measure
	for _, metric := range metrics {
		labels := g.labels
		if metric == "gain" || metric == "lift" {
			labels = with(labels, "depth", strconv.FormatFloat(depth, 'g', -1, 64))
		}
		m := newMeasure(metric, labels, len(g.binned))
		for k, b := range g.binned {
			if !g.has[k] {
				continue
			}
			e, err := rankingMetric(b, metric, depth, level)
			if err != nil {
				return nil, err
			}
			m.points[k] = rankPoint(e)
			if !e.Defined() && len(g.binned) == 1 {
				said.info("%s is not defined: %s", title(m.labels, labelNames(m.labels)), e.Reason)
			}
		}
		ms = append(ms, m)
	}
	return ms, nil
}

func rankingMetric(b classify.Binned, metric string, depth, level float64) (classify.RankEstimate, error) {
	switch metric {
	case "gini":
		return b.Gini(level), nil
	case "ks":
		return b.Separation(level), nil
	case "average_precision":
		return b.AveragePrecision(level), nil
	case "gain":
		return b.Gain(depth, level)
	case "lift":
		return b.Lift(depth, level)
	}
	return b.AUC(level), nil
}

// averagedAUC is the mean area over the classes of a model with more than two:
// the plain value is the macro average.
func averagedAUC(classes []scored, metrics []string, o Options) ([]measure, error) {
	if len(classes) < 2 || !slices.Contains(metrics, "auc") {
		return nil, nil
	}
	labels := with(classes[0].labels)
	delete(labels, string(profile.Class))
	var ms []measure
	add := func(average, label string) error {
		m := newMeasure("auc", with(labels, "average", label), len(classes[0].binned))
		for k := range m.points {
			var all []classify.Binned
			for _, c := range classes {
				if c.has[k] {
					all = append(all, c.binned[k])
				}
			}
			if len(all) == 0 {
				continue
			}
			e, err := classify.MeanAUC(all, average, o.Number("confidence"))
			if err != nil {
				return err
			}
			m.points[k] = rankPoint(e)
		}
		ms = append(ms, m)
		return nil
	}
	if err := add("macro", ""); err != nil {
		return nil, err
	}
	for _, average := range o.Strings("averages") {
		if err := add(average, average); err != nil {
			return nil, err
		}
	}
	return ms, nil
}

// gainKind is the cumulative gain over the depth.
var gainKind = curveKind{
	name: "Gain curve", x: "Share of rows taken", y: "Share of positives found", summary: "gini",
	points: func(b classify.Binned, level float64) []curvePoint {
		points := b.GainCurve(level)
		out := make([]curvePoint, len(points))
		for i, g := range points {
			next := points[min(i+1, len(points)-1)]
			// On the way to the next edge the curve climbs somewhere between the two gains.
			out[i] = curvePoint{g.Threshold, g.Depth, g.Gain, g.Lower, g.Upper, g.Gain, next.Gain}
		}
		return out
	},
	area:   classify.Binned.Gini,
	chance: func(classify.Binned) (float64, float64) { return 0, 1 },
}
