package analysis

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/regress"
)

// regressionRoles are the counters of errors, then the histogram of residuals.
var regressionRoles = []profile.Role{
	profile.RegressionOutcomes, profile.AbsoluteErrorSum, profile.SquaredErrorSum, profile.AbsolutePctErrorSum,
	profile.ActualSum, profile.ActualSquaredSum, profile.Residual,
}

func init() {
	var metrics []EnumValue
	for _, m := range regress.Metrics() {
		least := 0.0
		if m.Signed || m.HigherIsBetter {
			least = math.Inf(-1)
		}
		most := math.Inf(1)
		if m.HigherIsBetter {
			most = 1
		}
		style(m.Name, unitless(least, most, m.Help))
		metrics = append(metrics, EnumValue{Value: m.Name, Label: m.Title, Description: m.Help})
	}
	metrics = append(metrics, choices(
		"residual_quantile", "Residual quantiles", "those of the option quantiles",
		"skill", "Skill over a constant", "1 − Σe²/Σ(actual − reference)², against always answering the option reference",
	)...)
	style("residual_quantile", unitless(infinite, infinite, "The error (actual − predicted) that the share of the outcomes in the label lies at or below."))
	style("skill", unitless(infinite, 1, "1 − Σe²/Σ(actual − reference)²: 1 is perfect, 0 no better than always answering the reference."))
	style("change_for_the_worse", unitless(infinite, infinite, "By how much the metric in the label \"of\" got worse than in the baseline: errors relative to it, R² in absolute terms, bias in standard deviations of the residuals."))

	measured := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "regression", Title: "Regression quality", Group: "Performance", Icon: "chart-line", NeedsModel: true,
		Summary:   "Errors of a model that predicts numbers: MAE, RMSE, bias, MAPE, R² and residual quantiles, exact from counters where exported, with intervals, bounds, and verdicts against a baseline.",
		NeedsText: "Residuals (ml_residual) or the counters of errors (ml_regression_outcomes_total, ml_absolute_error_sum_total, ml_squared_error_sum_total, ...), counted when the truth becomes known; R² needs ml_actual_sum_total and ml_actual_squared_sum_total.",
		Formats:   []FormatInfo{asSeries, asTable, asNumbers, asDistribution.named("Residuals")},
		Baseline:  BaselineOptional, Baselines: liveBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: []Option{
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: metrics, Formats: append([]query.Format{query.FormatTable}, measured...), Help: "What to compute. None means MAE and bias over time, and all that the counts allow otherwise."},
			{Name: "quantiles", Type: TypeStrings, Title: "Quantiles", Default: []string{"0.05", "0.5", "0.95"}, Help: "The quantiles of the residuals to give, each between 0 and 1."},
			{Name: "reference", Type: TypeNumber, Title: "Reference", Help: "The constant answer that skill is against, such as the mean of the training data."},
			{Name: "tolerated", Type: TypeNumber, Title: "Tolerated change", Min: at(0), Help: "The largest change for the worse that is of no concern; left empty or 0, 0.1 for errors and the bias (relative, and in standard deviations), 0.2 for MSE, 0.05 for R²."},
			{Name: "change", Type: TypeBoolean, Title: "Change", Default: false, Formats: measured, Help: "With a baseline, give the change for the worse of each metric too, labelled with of."},
			{Name: "lowest", Type: TypeNumber, Title: "Lowest residual", Advanced: true, Help: "The least that a residual can be; closes the lowest bucket."},
			{Name: "highest", Type: TypeNumber, Title: "Highest residual", Advanced: true, Help: "The most that a residual can be; closes the highest bucket."},
			{Name: "bins", Type: TypeInteger, Title: "Buckets", Default: 0.0, Min: at(0), Max: at(1000), Formats: []query.Format{query.FormatDistribution}, Help: "Merge fine histograms to about this many buckets of equal mass; 0 keeps the buckets."},
			{Name: "density", Type: TypeBoolean, Title: "Density", Default: false, Formats: []query.Format{query.FormatDistribution}, Help: "Draw share per unit of the residual as steps on a true axis, for the Trend panel."},
			intervalOption(measured...), boundsOption(measured...), confidenceOption(),
		},
		Roles: func() []RoleNeed {
			var roles []RoleNeed
			for _, r := range regressionRoles {
				roles = append(roles, RoleNeed{Name: r})
			}
			return roles
		}(),
		Reserved: []string{"quantile", "of"},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			if _, err := quantilesOf(o); err != nil {
				return nil, err
			}
			if slices.Contains(o.Strings("metrics"), "skill") && !o.Set("reference") && len(o.Strings("metrics")) == 1 {
				return nil, &query.Error{Field: "options.reference", Message: "skill needs the constant that it is against: set reference, for instance to the mean of the training data"}
			}
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			roles := regressionRoles
			if q.Format == query.FormatDistribution {
				roles = roles[len(roles)-1:]
			}
			var requests []counts.Request
			for _, role := range roles {
				r := request(q, role, w)
				r.Optional = true
				requests = append(requests, r)
			}
			if q.Baseline == nil {
				return requests, nil
			}
			return withBaseline(q, requests)
		},
		Compute: regression,
	})
}

// errorCounts are the errors of one model, version and group over the windows.
type errorCounts struct {
	labels   map[string]string
	current  []regress.Sample
	baseline []regress.Sample // nil without a baseline
}

func regression(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	if q.Format == query.FormatDistribution {
		return residualDistributions(q, o, w, data, said)
	}
	quantiles, err := quantilesOf(o)
	if err != nil {
		return nil, err
	}
	groups := errorGroups(q, o, w, data, &said)
	if len(groups) == 0 {
		noErrors(q, data, &said)
		return nothing(q, "Regression quality", w, said), nil
	}
	if q.Format == query.FormatTable {
		return regressionTable(q, o, w, groups, quantiles, said)
	}
	var ms []measure
	for _, g := range groups {
		for _, metric := range regressionMetrics(q, o) {
			of, err := g.measures(metric, o, quantiles, &said)
			if err != nil {
				return nil, err
			}
			ms = append(ms, of...)
		}
	}
	// What was not asked for by name is given where it can be.
	if len(o.Strings("metrics")) == 0 {
		ms = slices.DeleteFunc(ms, func(m measure) bool {
			return !slices.ContainsFunc(m.points, func(p point) bool { return isNumber(p.value) })
		})
	}
	if len(ms) == 0 {
		noErrors(q, data, &said)
		return nothing(q, "Regression quality", w, said), nil
	}
	return answerMeasures(q, "Regression quality", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

func noErrors(q *query.Query, data []counts.Data, said *notes) {
	said.missing(q, data[len(regressionRoles)-1:len(regressionRoles)]...)
	said.warning("there are no outcomes of a regression in the window: the truth may not be known yet, choose a longer or an earlier time range")
}

// regressionMetrics are the metrics that a query asks for.
func regressionMetrics(q *query.Query, o Options) []string {
	if chosen := o.Strings("metrics"); len(chosen) > 0 {
		return chosen
	}
	if q.Format == query.FormatSeries {
		return []string{"mae", "bias"}
	}
	var all []string
	for _, m := range regress.Metrics() {
		all = append(all, m.Name)
	}
	all = append(all, "residual_quantile")
	if o.Set("reference") {
		all = append(all, "skill")
	}
	return all
}

// errorGroups puts the reads of each group together, in every window.
func errorGroups(q *query.Query, o Options, w counts.Windows, data []counts.Data, said *notes) []errorCounts {
	reads := len(regressionRoles)
	current := samplesOf(data[:reads], w.Number, o)
	by := data[0].Request.By
	var before map[string][]regress.Sample
	on := by
	if q.Baseline != nil {
		before = samplesOf(data[reads:], w.Number, o).samples
		on = data[reads].Request.By
	}
	var out []errorCounts
	for _, k := range sortedKeys(current.samples) {
		g := errorCounts{labels: known(current.labels[k]), current: current.samples[k]}
		if q.Baseline != nil {
			if isOwnBaseline(q, current.labels[k]) {
				continue
			}
			g.baseline = before[key(current.labels[k], on)]
			if g.baseline == nil {
				noBaseline(q, g.labels, said)
				g.baseline = make([]regress.Sample, w.Number)
				for i := range g.baseline {
					g.baseline[i] = regress.New(0)
				}
			}
		}
		if slices.ContainsFunc(g.current, func(s regress.Sample) bool { return s.N > 0 }) {
			out = append(out, g)
		}
	}
	if len(out) == 0 && len(current.samples) > 0 && q.Baseline != nil && q.Baseline.Kind == query.BaselineVersion {
		said.warning("the baseline (%s) is what the query itself asks for, so it would be compared with itself: choose another version or other matchers", describeBaseline(q))
	}
	return out
}

func regressPoint(e regress.Estimate) point {
	return point{value: orNaN(e.Value), lower: orNaN(e.Lower), upper: orNaN(e.Upper), least: orNaN(e.BoundLower), most: orNaN(e.BoundUpper), n: e.N}
}

// regressionEstimate is a metric of one window. A quantile is named by its share.
func regressionEstimate(s regress.Sample, metric string, quantile float64, o Options) (regress.Estimate, error) {
	level := o.Number("confidence")
	switch metric {
	case "residual_quantile":
		if len(s.Residuals.Counts) == 0 {
			s.Residuals = histogram.New(nil, []float64{0})
		}
		return s.Quantile(quantile, level), nil
	case "skill":
		return s.Skill(o.Number("reference"), level)
	}
	return s.Metric(metric, level)
}

func (g errorCounts) measures(metric string, o Options, quantiles []float64, said *notes) ([]measure, error) {
	if metric == "skill" && !o.Set("reference") {
		said.warning("skill needs the constant that it is against: set reference, for instance to the mean of the training data")
		return nil, nil
	}
	shares := []float64{math.NaN()}
	if metric == "residual_quantile" {
		shares = quantiles
	}
	var ms []measure
	for _, q := range shares {
		labels := g.labels
		if metric == "residual_quantile" {
			labels = with(labels, "quantile", strconv.FormatFloat(q, 'g', -1, 64))
		}
		m := newMeasure(metric, labels, len(g.current))
		for k, s := range g.current {
			if !(s.N > 0) {
				continue
			}
			e, err := regressionEstimate(s, metric, q, o)
			if err != nil {
				return nil, err
			}
			m.points[k] = regressPoint(e)
			if e.Reason != "" && len(g.current) == 1 && len(o.Strings("metrics")) > 0 {
				said.info("%s: %s", strings.ReplaceAll(metric, "_", " "), e.Reason)
			}
		}
		ms = append(ms, m)
	}
	if !o.Bool("change") || g.baseline == nil || metric == "residual_quantile" || metric == "skill" {
		return ms, nil
	}
	m := newMeasure("change_for_the_worse", with(g.labels, "of", metric), len(g.current))
	for k := range g.current {
		if !(g.current[k].N > 0) || !(g.baseline[k].N > 0) {
			continue
		}
		c, err := regress.Compare(g.current[k], g.baseline[k], metric, o.Number("confidence"), o.Number("tolerated"))
		if err != nil {
			return nil, err
		}
		m.points[k] = valueOnly(orNaN(c.Worse), g.current[k].N)
		m.points[k].lower, m.points[k].upper = orNaN(c.WorseLower), orNaN(c.WorseUpper)
	}
	return append(ms, m), nil
}
