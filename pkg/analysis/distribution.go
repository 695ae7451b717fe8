package analysis

import (
	"cmp"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// source is something whose distribution can be looked at.
type source struct {
	name, title, help string
	role              profile.Role
	further           []profile.Label // what tells its distributions apart
	over              []profile.Label // of a counter: its cells
}

var sources = []source{
	{"feature", "Feature", "a numeric or categorical feature", profile.FeatureValue, []profile.Label{profile.Feature}, nil},
	{"score", "Score", "predicted scores, per class", profile.Score, []profile.Label{profile.Class}, nil},
	{"prediction", "Predicted class", "predictions by class", profile.Predictions, nil, []profile.Label{profile.Predicted}},
	{"actual", "Actual class", "outcomes by the class that came true", profile.Outcomes, nil, []profile.Label{profile.Actual}},
	{"outcome_score", "Score by outcome", "scores of labelled predictions, by the class that came true", profile.OutcomeScore, []profile.Label{profile.Class, profile.Actual}, nil},
	{"residual", "Residual", "actual minus predicted value", profile.Residual, nil, nil},
	{"anomaly_score", "Anomaly score", "scores of an outlier detector", profile.AnomalyScore, nil, nil},
	{"prediction_duration", "Prediction time", "time taken per prediction", profile.PredictionDuration, nil, nil},
	{"outcome_delay", "Label delay", "time from prediction to label", profile.OutcomeDelay, nil, nil},
	{"batch_size", "Batch size", "rows per batch", profile.BatchSize, nil, nil},
}

func init() {
	style("share", described(share, "Share of the observations in the bucket or of the category."))
	style("count", described(amount, "Observations in the bucket."))
	var of []EnumValue
	roles := []RoleNeed{{Name: profile.FeatureCategory}}
	for _, s := range sources {
		of = append(of, EnumValue{Value: s.name, Label: s.title, Description: s.help})
		roles = append(roles, RoleNeed{Name: s.role})
	}
	register(Analysis{
		Name: "distribution", Title: "Distribution", Group: "Drift", Icon: "graph-bar", NeedsModel: true,
		Summary:   "A feature, a score, classes or any other histogram now against the baseline, in the same buckets.",
		NeedsText: "The histogram or counter to look at: ml_feature_value, ml_feature_category_total, ml_score, ml_predictions_total, ...",
		Formats:   []FormatInfo{asDistribution, asTable},
		Baseline:  BaselineOptional, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: []Option{
			{Name: "of", Type: TypeEnum, Title: "Distribution of", Default: "feature", Enum: of, Help: "What to look at."},
			{Name: "feature", Type: TypeString, Title: "Feature", Values: "features", Help: "The feature to look at; left empty, every feature gets a frame of its own."},
			topOption("Categories", "Keep the most frequent categories and fold the rest into one; 0 keeps all.", 20),
			{Name: "bins", Type: TypeInteger, Title: "Buckets", Default: 0.0, Min: at(0), Max: at(1000), Help: "Merge fine histograms to about this many buckets of equal mass; 0 keeps the buckets."},
			{Name: "density", Type: TypeBoolean, Title: "Density", Default: false, Formats: []query.Format{query.FormatDistribution}, Help: "Draw share per unit of the value as steps on a true axis, for the Trend panel, rather than one bar per bucket."},
			confidenceOption(),
		},
		Roles: roles,
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			current := distributionSources(q, o, w)
			if q.Baseline == nil {
				return current, nil
			}
			return withBaseline(q, current)
		},
		Compute: distribution,
	})
}

func sourceOf(o Options) source {
	i := slices.IndexFunc(sources, func(s source) bool { return s.name == o.String("of") })
	return sources[max(i, 0)]
}

// distributionSources are the reads, current ones only; a feature may be numeric
// or categorical, so both are asked for.
func distributionSources(q *query.Query, o Options, w counts.Windows) []counts.Request {
	s := sourceOf(o)
	r := request(q, s.role, w, s.further...)
	r.Over = s.over
	if s.role != profile.FeatureValue {
		return []counts.Request{r}
	}
	category := request(q, profile.FeatureCategory, w, profile.Feature)
	category.Over = []profile.Label{profile.Category}
	var features []string
	if f := o.String("feature"); f != "" {
		features = []string{f}
	}
	r, category = narrow(r, profile.Feature, features), narrow(category, profile.Feature, features)
	r.Optional, category.Optional = true, true
	return []counts.Request{r, category}
}

func distribution(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	name := "Distribution of " + sourceOf(o).help
	reads := len(distributionSources(q, o, w))
	current, baseline := data[:reads], make([]counts.Data, reads)
	if q.Baseline != nil {
		baseline = data[reads:]
	}
	var all []result.Distribution
	for i, d := range current {
		by := d.Request.By
		base := foldCells(baseline[i], d.Request.Over)
		for _, p := range pair(q, by, d.Histograms, base.Histograms, histogramLabels, &said) {
			one, err := histogramDistribution(q, o, p, &said)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		for _, p := range pair(q, by, d.Tallies, base.Tallies, tallyLabels, &said) {
			all = append(all, tallyDistribution(q, o, p, &said))
		}
	}
	all = slices.DeleteFunc(all, func(d result.Distribution) bool { return len(d.Intervals) == 0 })
	if len(all) == 0 {
		said.missing(q, current...)
		said.warning("there are no observations in the window: choose a longer time range")
		return nothing(q, name, w, said), nil
	}
	slices.SortStableFunc(all, func(a, b result.Distribution) int {
		return cmp.Compare(title(a.Labels, labelNames(a.Labels)), title(b.Labels, labelNames(b.Labels)))
	})
	if q.Format == query.FormatTable {
		return []result.Result{distributionTable(q, o, name, w, all, current[0].Request.By, said)}, nil
	}
	sets := make([]map[string]string, len(all))
	for i, d := range all {
		sets[i] = d.Labels
	}
	names := varying(sets)
	if len(all) == 1 {
		names = []string{string(profile.Feature)}
	}
	answers := make([]result.Result, len(all))
	for i, d := range all {
		n := total(d.CurrentCounts)
		d.Meta = meta(q, named("Distribution", d.Labels, names), w, n, said)
		d.Custom["labels"] = d.Labels
		if d.BaselineCounts != nil {
			d.Custom["baselineN"] = total(d.BaselineCounts)
		}
		d.Density = o.Bool("density") && d.Lower != nil
		answers[i] = d
	}
	return answers, nil
}

func total(counts []float64) float64 {
	sum := 0.0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// sharesOf are counts over their total; NaN when there is nothing.
func sharesOf(counts []float64) []float64 {
	out := make([]float64, len(counts))
	n := total(counts)
	for i, c := range counts {
		out[i] = c / n
	}
	return out
}

// distributionTable has a row per bucket or category, each share with its Wilson
// interval and the difference with Newcombe's.
func distributionTable(q *query.Query, o Options, name string, w counts.Windows, all []result.Distribution, by []profile.Label, said notes) result.Table {
	var s sheet
	level := o.Number("confidence")
	n := 0.0
	for _, d := range all {
		nCur, nRef := total(d.CurrentCounts), total(d.BaselineCounts)
		n = math.Max(n, nCur)
		for i, interval := range d.Intervals {
			s.row()
			s.labels(d.Labels, by)
			s.text("Interval", interval)
			if d.Lower != nil {
				s.number("From", orNaN(d.Lower[i]), plain)
				s.number("To", orNaN(d.Upper[i]), plain)
			}
			s.number("Current share", d.Current[i], share)
			limits := infer.Wilson(d.CurrentCounts[i], nCur, level)
			s.text("Interval of the share", span(limits.Lower, limits.Upper))
			if d.Baseline != nil {
				s.number("Baseline share", d.Baseline[i], share)
				s.number("Difference", d.Current[i]-d.Baseline[i], result.Style{Unit: result.Percent, Min: -1, Max: 1})
				change := infer.NewcombeDifference(d.CurrentCounts[i], nCur, d.BaselineCounts[i], nRef, level)
				s.number("Lower", change.Lower, result.Style{Unit: result.Percent, Min: -1, Max: 1, Description: "of the difference"})
				s.number("Upper", change.Upper, result.Style{Unit: result.Percent, Min: -1, Max: 1, Description: "of the difference"})
				s.number("Baseline count", d.BaselineCounts[i], amount)
			}
			s.number("Count", d.CurrentCounts[i], amount)
		}
	}
	return result.Table{Meta: meta(q, name, w, n, said), Columns: s.done()}
}
