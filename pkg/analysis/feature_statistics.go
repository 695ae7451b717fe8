package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// changeMetrics are those that take a baseline.
var changeMetrics = []string{"mean_change", "std_ratio", "mean_change_adjusted_p_value"}

func init() {
	style("mean", unitless(infinite, infinite, "Mean of the values."))
	style("std", unitless(0, infinite, "Standard deviation of the values."))
	style("skewness", unitless(infinite, infinite, "Skewness of the values: 0 is symmetric, positive has a long upper tail."))
	style("kurtosis", unitless(infinite, infinite, "Excess kurtosis of the values: 0 as for a normal distribution, positive has heavier tails."))
	style("quantile", unitless(infinite, infinite, "The value that the share in the label lies at or below."))
	style("mean_change", unitless(infinite, infinite, "Difference of the means in standard deviations of the baseline."))
	style("std_ratio", unitless(0, infinite, "Standard deviation over that of the baseline."))
	style("mean_change_adjusted_p_value", unitless(0, 1, "p-value of \"the mean changed by no more than is tolerated\", adjusted for the number of features."))

	measured := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "feature_statistics", Title: "Feature statistics", Group: "Data", Icon: "calculator-alt", NeedsModel: true,
		Summary:   "Mean, standard deviation, skewness, kurtosis and quantiles of the features, with intervals and hard bounds, over time and against a baseline.",
		NeedsText: "Feature histograms (ml_feature_value); ml_feature_squared_sum_total, where exported, makes the standard deviation exact.",
		Formats:   []FormatInfo{asSeries, asTable, asNumbers},
		Baseline:  BaselineOptional, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: []Option{
			{
				Name: "metrics", Type: TypeStrings, Title: "Metrics", Formats: measured,
				Help: "What to compute. None means mean and standard deviation over time and all as numbers; with a baseline, the changes.",
				Enum: choices(
					"mean", "Mean", "exact where the sum of the values is exported",
					"std", "Standard deviation", "exact where the sum of the squares is exported",
					"skewness", "Skewness", "from the middles of the buckets",
					"kurtosis", "Kurtosis", "in excess of the normal distribution's, from the middles of the buckets",
					"quantile", "Quantiles", "those of the option quantiles",
					"mean_change", "Change of the mean", "in standard deviations of the baseline",
					"std_ratio", "Ratio of the standard deviations", "to the baseline's",
					"mean_change_adjusted_p_value", "Adjusted p-value", "of the mean having changed by no more than is tolerated",
				),
			},
			{Name: "quantiles", Type: TypeStrings, Title: "Quantiles", Default: []string{"0.05", "0.5", "0.95"}, Help: "The quantiles to give, each between 0 and 1."},
			featuresOption(),
			{Name: "tolerated", Type: TypeNumber, Title: "Tolerated change", Default: 0.1, Min: at(0.0001), Help: "The largest change of the mean, in standard deviations of the baseline, that is of no concern."},
			topOption("Rows", "Show the features that changed most, without a baseline the first by name; 0 shows all.", 50, query.FormatTable),
			intervalOption(measured...), boundsOption(measured...), confidenceOption(),
			{Name: "dispersion", Type: TypeNumber, Title: "Dispersion", Default: 1.0, Min: at(1), Max: at(1000), Advanced: true,
				Help: "By how much counts vary more than independent observations would, because they come in clusters (users, batches): sample sizes are divided by it."},
		},
		Roles:    []RoleNeed{{Name: profile.FeatureValue, Required: true}, {Name: profile.FeatureSquaredSum}, {Name: profile.ReferenceFeatureValue}},
		Reserved: []string{"quantile"},
		Needs:    featureStatisticsNeeds,
		Compute:  featureStatistics,
	})
}

// featureStatisticsNeeds reads the values and the sums of squares, and both of the
// baseline; a reference has no sums of squares.
func featureStatisticsNeeds(q *query.Query, o Options) ([]counts.Request, error) {
	if _, err := quantilesOf(o); err != nil {
		return nil, err
	}
	if q.Baseline == nil {
		if i := slices.IndexFunc(o.Strings("metrics"), func(m string) bool { return slices.Contains(changeMetrics, m) }); i >= 0 && len(o.Strings("metrics")) == 1 {
			return nil, &query.Error{Field: "baseline", Message: fmt.Sprintf("%s needs a baseline: choose one, for instance the offset 7d", o.Strings("metrics")[i])}
		}
	}
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	values := narrow(request(q, profile.FeatureValue, w, profile.Feature), profile.Feature, o.Strings("features"))
	squares := values
	squares.Role, squares.Optional = profile.FeatureSquaredSum, true
	requests := []counts.Request{values, squares}
	switch {
	case q.Baseline == nil:
		return requests, nil
	case q.Baseline.Kind == query.BaselineReference:
		base, err := baselineRequest(q, values)
		return append(requests, base), err
	}
	return withBaseline(q, requests)
}

// quantilesOf reads the shares of the option.
func quantilesOf(o Options) ([]float64, error) {
	var out []float64
	for _, text := range o.Strings("quantiles") {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return nil, &query.Error{Field: "options.quantiles", Message: fmt.Sprintf("quantile %q is not a number between 0 and 1: use 0.5, 0.95", text)}
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// describedFeature is one feature over the windows, each with its baseline's.
type describedFeature struct {
	labels  map[string]string
	group   string
	current []windowMoments
	changes []meanChange // nil without a baseline
}

func (f describedFeature) last() windowMoments { return f.current[len(f.current)-1] }

func featureStatistics(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	quantiles, err := quantilesOf(o)
	if err != nil {
		return nil, err
	}
	var baseline, baseSquares counts.Data
	if q.Baseline != nil {
		baseline = data[2]
		if len(data) > 3 {
			baseSquares = data[3]
		}
	}
	squares, squaresBefore := totalsOf(data[1]), totalsOf(baseSquares)
	level, dispersion := o.Number("confidence"), o.Number("dispersion")
	pairs := pair(q, data[0].Request.By, data[0].Histograms, baseline.Histograms, histogramLabels, &said)
	features := make([]describedFeature, len(pairs))
	err = parallel(len(pairs), func(i int) error {
		p := pairs[i]
		f := describedFeature{labels: p.labels, group: key(p.labels, groupLabels(q)), current: make([]windowMoments, w.Number)}
		now, before := noTotal, noTotal
		if p.current != nil {
			now = squares(p.current.Labels)
		}
		if p.baseline != nil {
			before = squaresBefore(p.baseline.Labels)
		}
		for k := range w.Number {
			f.current[k] = describe(p.current, now(k), k, dispersion)
		}
		if q.Baseline != nil {
			f.changes = make([]meanChange, w.Number)
			for k := range w.Number {
				f.changes[k] = changeOf(f.current[k], describe(p.baseline, before(k), k, dispersion), o.Number("tolerated"), level)
			}
		}
		features[i] = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	features = slices.DeleteFunc(features, func(f describedFeature) bool {
		return !slices.ContainsFunc(f.current, func(d windowMoments) bool { return d.n > 0 }) &&
			!slices.ContainsFunc(f.changes, func(c meanChange) bool { return c.baseline.n > 0 })
	})
	if len(features) == 0 {
		said.missing(q, data[0])
		said.warning("there are no values of numeric features in the window: choose a longer time range")
		return nothing(q, "Feature statistics", w, said), nil
	}
	adjustChanges(features, w.Number, level)
	noteFeatures(q, features, &said)
	if q.Format == query.FormatTable {
		return []result.Result{featureTable(q, o, w, features, quantiles, said)}, nil
	}
	metrics := o.Strings("metrics")
	if len(metrics) == 0 {
		switch {
		case q.Baseline != nil && q.Format == query.FormatSeries:
			metrics = changeMetrics[:2]
		case q.Format == query.FormatSeries:
			metrics = []string{"mean", "std"}
		default:
			metrics = []string{"mean", "std", "skewness", "kurtosis", "quantile"}
			if q.Baseline != nil {
				metrics = append(metrics, changeMetrics...)
			}
		}
	}
	of := make([][]measure, len(features))
	err = parallel(len(features), func(i int) error {
		of[i] = features[i].measures(metrics, quantiles, level)
		return nil
	})
	if err != nil {
		return nil, err
	}
	ms := slices.Concat(of...)
	if len(ms) == 0 {
		said.warning("%s needs a baseline: choose one, for instance the offset 7d", several(metrics))
		return nothing(q, "Feature statistics", w, said), nil
	}
	return answerMeasures(q, "Feature statistics", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

// adjustChanges adjusts the p-values of the features of one model, version and
// group in one window, and takes verdicts back that do not survive.
func adjustChanges(features []describedFeature, windows int, level float64) {
	members := make(map[string][]int)
	for i, f := range features {
		if f.changes != nil {
			members[f.group] = append(members[f.group], i)
		}
	}
	for _, list := range members {
		p := make([]float64, len(list))
		for k := range windows {
			for j, i := range list {
				p[j] = features[i].changes[k].p
				if features[i].changes[k].verdict == drift.Insufficient {
					p[j] = math.NaN()
				}
			}
			for j, adjusted := range infer.BenjaminiHochberg(p) {
				c := &features[list[j]].changes[k]
				c.adjusted = adjusted
				if c.verdict == drift.Drift && adjusted > 1-level {
					c.verdict = drift.Uncertain
				}
			}
		}
	}
}

func (f describedFeature) measures(metrics []string, quantiles []float64, level float64) []measure {
	var ms []measure
	add := func(metric string, labels map[string]string, at func(k int) point) {
		m := newMeasure(metric, labels, len(f.current))
		for k := range m.points {
			if f.current[k].n > 0 {
				m.points[k] = at(k)
			}
		}
		ms = append(ms, m)
	}
	for _, metric := range metrics {
		switch {
		case slices.Contains(changeMetrics, metric):
			if f.changes != nil {
				add(metric, f.labels, func(k int) point { return f.changes[k].point(metric) })
			}
		case metric == "quantile":
			for _, share := range quantiles {
				add(metric, with(f.labels, "quantile", strconv.FormatFloat(share, 'g', -1, 64)), func(k int) point { return f.current[k].quantile(share, level) })
			}
		default:
			add(metric, f.labels, func(k int) point { return f.current[k].moment(metric, level) })
		}
	}
	return ms
}
