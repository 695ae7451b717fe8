package analysis

import (
	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/calibrate"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// The metrics that are given when the query names none.
var (
	standardCalibrationSeries  = []string{"ece", "ece_noise_floor"}
	standardCalibrationNumbers = []string{"ece", "ece_noise_floor", "mce", "brier", "brier_skill", "log_loss", "calibration_slope", "calibration_intercept"}
)

func init() {
	var metrics []EnumValue
	for _, m := range calibrationMetrics {
		style(m.name, unitless(m.lower, m.upper, m.help))
		metrics = append(metrics, EnumValue{Value: m.name, Label: m.title, Description: m.help})
	}
	overTime := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "calibration", Title: "Calibration", Group: "Performance", Icon: "crosshair", NeedsModel: true,
		Summary:   "Whether a predicted probability of 0.7 comes true 7 times in 10: reliability diagram, calibration errors with their noise floor, Brier score, log loss, slope and tests.",
		NeedsText: outcomeScoresText + " Sums of squares and log losses (ml_score_squared_sum_total, ml_log_loss_sum_total) make Brier score and log loss exact.",
		Formats:   []FormatInfo{asTrend.named("Reliability diagram"), asSeries, asNumbers},
		Options: []Option{
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: metrics, Formats: overTime, Help: "What to compute. None means the ECE and its noise floor over time, and the usual ones as numbers."},
			{Name: "bins", Type: TypeInteger, Title: "Bins", Default: 10.0, Min: at(0), Max: at(1000), Help: "Bins of equal width that buckets are merged to, as far as their edges allow; 0 keeps the buckets."},
			{Name: "band", Type: TypeEnum, Title: "Band", Default: "interval", Formats: []query.Format{query.FormatCurve}, Help: "The band of the diagram.",
				Enum: choices(
					"interval", "Interval of the observed share", "the perfect line should cross it",
					"consistency", "Consistency", "where the observed share would lie if the scores were right: points should lie in it",
				)},
			positiveClassOption(), classOption(),
			intervalOption(overTime...), boundsOption(overTime...), confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.OutcomeScore, Required: true}, {Name: profile.ScoreSquaredSum}, {Name: profile.LogLossSum}},
		Needs: func(q *query.Query, _ Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			requests := []counts.Request{scoredRequest(q, w)}
			if q.Format != query.FormatCurve {
				squares, losses := request(q, profile.ScoreSquaredSum, w), request(q, profile.LogLossSum, w)
				squares.Optional, losses.Optional = true, true
				requests = append(requests, squares, losses)
			}
			return requests, err
		},
		Compute: calibration,
	})
}

func calibration(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	d := data[0]
	w := d.Request.Windows
	groups, err := scoresOf(q, o, d, &said)
	if err != nil {
		return nil, err
	}
	if len(data) > 1 {
		addSums(q, groups, data[1], func(b *classify.Binned, sum float64) { b.SquaredSum = sum })
		addSums(q, groups, data[2], func(b *classify.Binned, sum float64) { b.LogLossSum = sum })
	}
	usable := groups[:0]
	for _, g := range groups {
		if err := probabilities(g); err != nil {
			said.warning("%s: %v", named("calibration", g.labels, labelNames(g.labels)), err)
			continue
		}
		usable = append(usable, g)
	}
	if len(usable) == 0 {
		if len(groups) == 0 {
			noScores(q, d, &said)
		}
		return nothing(q, "Calibration", w, said), nil
	}
	if q.Format == query.FormatCurve {
		return reliabilityDiagrams(q, o, w, usable, said)
	}
	names := o.Strings("metrics")
	if len(names) == 0 {
		names = standardCalibrationNumbers
		if q.Format == query.FormatSeries {
			names = standardCalibrationSeries
		}
	}
	var ms []measure
	for _, g := range usable {
		for _, name := range names {
			m, err := calibrationMeasure(g, name, o)
			if err != nil {
				return nil, err
			}
			ms = append(ms, m)
		}
	}
	noteNoise(q, ms, &said)
	return answerMeasures(q, "Calibration", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

// addSums gives every window the sum of a counter over the rows. Models with more
// than two classes do not export it per class, so it is left out there.
func addSums(q *query.Query, groups []scored, d counts.Data, set func(*classify.Binned, float64)) {
	by := groupLabels(q)
	for _, g := range groups {
		if g.labels[string(profile.Class)] != "" {
			continue
		}
		for i := range d.Tallies {
			t := &d.Tallies[i]
			if key(t.Labels, by) != g.group {
				continue
			}
			for k := range g.binned {
				cells, ok := tallyAt(t, k)
				if !ok || !g.has[k] {
					continue
				}
				sum := 0.0
				for _, c := range cells {
					sum += c
				}
				set(&g.binned[k], sum)
			}
		}
	}
}

// probabilities tells what keeps a group's scores from being probabilities.
func probabilities(g scored) error {
	for k, b := range g.binned {
		if g.has[k] {
			if _, err := calibrate.Reliability(b, 0, 0.95); err != nil {
				return err
			}
		}
	}
	return nil
}

func calibrationMeasure(g scored, name string, o Options) (measure, error) {
	m := newMeasure(name, g.labels, len(g.binned))
	for _, metric := range calibrationMetrics {
		if metric.name != name {
			continue
		}
		for k, b := range g.binned {
			if !g.has[k] {
				continue
			}
			p, err := metric.compute(b, o.Integer("bins"), o.Number("confidence"))
			if err != nil {
				return m, err
			}
			m.points[k] = p
		}
	}
	return m, nil
}

// noteNoise says where the calibration error is no more than chance makes it.
func noteNoise(q *query.Query, ms []measure, said *notes) {
	if q.Format != query.FormatNumbers {
		return
	}
	var ece point
	for _, m := range ms {
		switch m.labels["metric"] {
		case "ece":
			ece = m.points[0]
		case "ece_noise_floor":
			floor := m.points[0]
			if ece.n == floor.n && ece.value > 0 && ece.value <= floor.upper {
				said.info("the expected calibration error %.3g of %.0f outcomes is within what chance alone makes of right scores (up to %.3g)", ece.value, ece.n, floor.upper)
			}
		}
	}
}

// reliabilityDiagrams gives one diagram per group for the Trend panel.
func reliabilityDiagrams(q *query.Query, o Options, w counts.Windows, groups []scored, said notes) ([]result.Result, error) {
	sets := make([]map[string]string, len(groups))
	for i, g := range groups {
		sets[i] = g.labels
	}
	names := varying(sets)
	level := o.Number("confidence")
	var answers []result.Result
	for _, g := range groups {
		bins, err := calibrate.Reliability(g.binned[0], o.Integer("bins"), level)
		if err != nil {
			return nil, err
		}
		if len(bins) == 0 {
			continue
		}
		ece, err := calibrate.ECE(g.binned[0], o.Integer("bins"), level)
		if err != nil {
			return nil, err
		}
		c := reliabilityDiagram(bins, g.labels, o.String("band") == "consistency")
		c.Meta = meta(q, named("Reliability", g.labels, names), w, ece.N, said)
		c.Custom["labels"] = g.labels
		c.Custom["positiveClass"] = g.class
		c.Custom["ece"] = summaryOf(ece.Estimate)
		c.Custom["eceNoiseFloor"] = finite(ece.Floor)
		answers = append(answers, c)
	}
	if len(answers) == 0 {
		said.warning("there are no scored outcomes in the window: labels may not have arrived yet, choose a longer or an earlier time range")
		return nothing(q, "Reliability", w, said), nil
	}
	return answers, nil
}

func reliabilityDiagram(bins []calibrate.Bin, labels map[string]string, consistency bool) result.Curve {
	column := func(of func(calibrate.Bin) float64) []float64 {
		out := make([]float64, len(bins))
		for i, b := range bins {
			out[i] = of(b)
		}
		return out
	}
	lower, upper := func(b calibrate.Bin) float64 { return b.Interval.Lower }, func(b calibrate.Bin) float64 { return b.Interval.Upper }
	if consistency {
		lower, upper = func(b calibrate.Bin) float64 { return b.Consistency.Lower }, func(b calibrate.Bin) float64 { return b.Consistency.Upper }
	}
	predicted := column(func(b calibrate.Bin) float64 { return b.MeanPredicted })
	return result.Curve{Trend: true, Fields: []result.CurveField{
		{Name: "Predicted", Role: result.RoleX, Style: share, Values: predicted},
		{Name: "Observed", Role: result.RoleY, Labels: labels, Style: described(share, "share of the rows that came true"), Values: column(func(b calibrate.Bin) float64 { return b.Observed })},
		{Name: "Lower", Role: result.RoleLower, Labels: labels, Style: share, Values: column(lower)},
		{Name: "Upper", Role: result.RoleUpper, Labels: labels, Style: share, Values: column(upper)},
		{Name: "Perfect", Role: result.RoleReference, Style: share, Values: predicted},
		{Name: "n", Role: result.RoleExtra, Labels: labels, Style: described(amount, "rows in the bin"), Values: column(func(b calibrate.Bin) float64 { return b.N })},
	}}
}
