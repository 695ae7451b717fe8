package analysis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

const outcomeScoresText = "Outcome scores (ml_outcome_score by class and actual), observed when the truth becomes known, with the buckets of ml_score."

func init() {
	curve := []query.Format{query.FormatCurve}
	options := []Option{positiveClassOption(), classOption(), intervalOption(curve...), boundsOption(curve...), confidenceOption()}
	needs := func(q *query.Query, _ Options) ([]counts.Request, error) {
		w, err := windowsFor(q)
		return []counts.Request{scoredRequest(q, w)}, err
	}
	roles := []RoleNeed{{Name: profile.OutcomeScore, Required: true}}
	register(Analysis{
		Name: "roc", Title: "ROC curve", Group: "Performance", Icon: "chart-line", NeedsModel: true,
		Summary:   "True positive rate against false positive rate over all thresholds, exact at the bucket edges, with intervals, bounds and the area under it.",
		NeedsText: outcomeScoresText, Formats: []FormatInfo{asXY.named("ROC curve")}, Options: options, Roles: roles, Needs: needs,
		Compute: func(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
			return thresholdCurves(q, o, data[0], rocKind)
		},
	})
	register(Analysis{
		Name: "precision_recall", Title: "Precision-recall curve", Group: "Performance", Icon: "chart-line", NeedsModel: true,
		Summary:   "Precision against recall over all thresholds, exact at the bucket edges, with intervals, bounds and the average precision: the curve to read when positives are rare.",
		NeedsText: outcomeScoresText, Formats: []FormatInfo{asXY.named("Precision-recall curve")}, Options: options, Roles: roles, Needs: needs,
		Compute: func(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
			return thresholdCurves(q, o, data[0], precisionRecallKind)
		},
	})
}

// curveKind is what sets a curve over the thresholds apart from another.
type curveKind struct {
	name, x, y string
	summary    string // the metric that sums the curve up
	points     func(b classify.Binned, level float64) []curvePoint
	area       func(b classify.Binned, level float64) classify.RankEstimate
	// chance is the curve without skill, at x = 0 and at x = 1.
	chance func(b classify.Binned) (at0, at1 float64)
}

// curvePoint is a point at a threshold, with the limits of y, and the bounds of y
// on the way to the next point.
type curvePoint struct {
	threshold, x, y      float64
	lower, upper         float64
	stepLower, stepUpper float64
}

var rocKind = curveKind{
	name: "ROC curve", x: "False positive rate", y: "True positive rate", summary: "auc",
	points: func(b classify.Binned, level float64) []curvePoint {
		var out []curvePoint
		for _, p := range b.ROC(level) {
			out = append(out, curvePoint{p.Threshold, p.FPR, p.TPR, p.TPRLower, p.TPRUpper, p.StepLower, p.StepUpper})
		}
		return out
	},
	area:   classify.Binned.AUC,
	chance: func(classify.Binned) (float64, float64) { return 0, 1 },
}

var precisionRecallKind = curveKind{
	name: "Precision-recall curve", x: "Recall", y: "Precision", summary: "average_precision",
	points: func(b classify.Binned, level float64) []curvePoint {
		var out []curvePoint
		for _, p := range b.PrecisionRecall(level) {
			out = append(out, curvePoint{p.Threshold, p.Recall, p.Precision, p.Lower, p.Upper, p.StepLower, p.StepUpper})
		}
		return out
	},
	area: classify.Binned.AveragePrecision,
	chance: func(b classify.Binned) (float64, float64) {
		p, n := b.Totals()
		return p / (p + n), p / (p + n)
	},
}

// thresholdCurves gives one curve per model, version, group and class, and the
// curve without skill beside it.
func thresholdCurves(q *query.Query, o Options, d counts.Data, kind curveKind) ([]result.Result, error) {
	var said notes
	said.read(d)
	w := d.Request.Windows
	groups, err := scoresOf(q, o, d, &said)
	if err != nil {
		return nil, err
	}
	level := o.Number("confidence")
	sets := make([]map[string]string, len(groups))
	for i, g := range groups {
		sets[i] = g.labels
	}
	names := varying(sets)
	var answers []result.Result
	chances := make(map[[2]float64]bool)
	for _, g := range groups {
		b := g.binned[0]
		points := kind.points(b, level)
		area := kind.area(b, level)
		if len(points) == 0 {
			said.warning("there is no %s%s: %s", kind.name, suffix(g.labels, names), area.Reason)
			continue
		}
		c := curveOf(points, kind, g.labels, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")})
		c.Meta = meta(q, named(kind.name, g.labels, names), w, area.N, said)
		c.Custom["labels"] = g.labels
		c.Custom["positiveClass"] = g.class
		c.Custom["positives"] = area.Positives
		c.Custom[kind.summary] = summaryOf(area)
		answers = append(answers, c)
		at0, at1 := kind.chance(b)
		if !chances[[2]float64{at0, at1}] {
			chances[[2]float64{at0, at1}] = true
			answers = append(answers, chanceCurve(q, kind, w, at0, at1))
		}
	}
	if len(answers) == 0 {
		noScores(q, d, &said)
		return nothing(q, kind.name, w, said), nil
	}
	return answers, nil
}

func suffix(labels map[string]string, names []string) string {
	if t := title(labels, names); t != "" {
		return " of " + t
	}
	return ""
}

// summaryOf writes an estimate for a frame's metadata.
func summaryOf(e classify.RankEstimate) map[string]any {
	return map[string]any{
		"value": finite(e.Value), "lower": finite(e.Lower), "upper": finite(e.Upper),
		"hardLower": finite(e.BoundLower), "hardUpper": finite(e.BoundUpper),
	}
}

// curveOf lays points out for XY chart. With hard bounds every step between two
// points is drawn at both its ends, since the bounds jump there.
func curveOf(points []curvePoint, kind curveKind, labels map[string]string, show limits) result.Curve {
	if show.bounds {
		steps := make([]curvePoint, 0, 2*len(points))
		for i, p := range points {
			steps = append(steps, p)
			if i+1 < len(points) {
				next := points[i+1]
				next.stepLower, next.stepUpper = p.stepLower, p.stepUpper
				steps = append(steps, next)
			}
		}
		points = steps
	}
	column := func(of func(curvePoint) float64) []float64 {
		out := make([]float64, len(points))
		for i, p := range points {
			out[i] = orNaN(of(p))
		}
		return out
	}
	c := result.Curve{Fields: []result.CurveField{
		{Name: kind.x, Role: result.RoleX, Style: share, Values: column(func(p curvePoint) float64 { return p.x })},
		{Name: kind.y, Role: result.RoleY, Labels: labels, Style: share, Values: column(func(p curvePoint) float64 { return p.y })},
	}}
	add := func(name, bound string, role result.Role, of func(curvePoint) float64) {
		c.Fields = append(c.Fields, result.CurveField{Name: name, Role: role, Labels: with(labels, "bound", bound), Style: share, Values: column(of)})
	}
	if show.interval {
		add("Lower", "lower", result.RoleLower, func(p curvePoint) float64 { return p.lower })
		add("Upper", "upper", result.RoleUpper, func(p curvePoint) float64 { return p.upper })
	}
	if show.bounds {
		add("Least", "hard_lower", result.RoleLower, func(p curvePoint) float64 { return p.stepLower })
		add("Most", "hard_upper", result.RoleUpper, func(p curvePoint) float64 { return p.stepUpper })
	}
	c.Fields = append(c.Fields, result.CurveField{
		Name: "Threshold", Role: result.RoleExtra, Labels: labels, Values: column(func(p curvePoint) float64 { return p.threshold }),
		Style: described(plain, "the score above which a row is called positive"),
	})
	return c
}

// chanceCurve is the straight line of a model without skill.
func chanceCurve(q *query.Query, kind curveKind, w counts.Windows, at0, at1 float64) result.Curve {
	return result.Curve{
		Meta: meta(q, "No skill", w, math.NaN(), notes{}),
		Fields: []result.CurveField{
			{Name: kind.x, Role: result.RoleX, Style: share, Values: []float64{0, 1}},
			{Name: "No skill", Role: result.RoleReference, Style: share, Values: []float64{at0, at1}},
		},
	}
}
