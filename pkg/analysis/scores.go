package analysis

import (
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// standardScoreSeries are the metrics that are given when the query names none.
var standardScoreSeries = []string{"mean_score", "share_above"}

func init() {
	style("mean_score", unitless(infinite, infinite, "Mean score."))
	style("share_above", described(share, "Share of the predictions whose score is above the threshold in the label."))
	style("share_below", described(share, "Share of the predictions whose score is at most the threshold in the label."))
	style("entropy", unitless(0, 1, "Mean entropy of a prediction in bits: 0 is certain of every row, 1 is undecided on every row."))
	style("class_share", described(share, "Share of the predictions that are of the class."))
	style("imbalance", unitless(0, 1, "1 less the entropy of the predicted classes over its maximum: 0 for equal shares, 1 when all predictions are of one class."))

	series, heatmap := []query.Format{query.FormatSeries}, []query.Format{query.FormatHeatmap}
	register(Analysis{
		Name: "scores", Title: "Scores", Group: "Scores", Icon: "percentage", NeedsModel: true,
		Summary:   "How confident the model is: the distribution of its scores, now and over time, their mean and entropy, the share above the threshold, and the shares of the predicted classes.",
		NeedsText: "Scores (ml_score by class); for class shares predictions (ml_predictions_total by predicted).",
		Formats:   []FormatInfo{asDistribution, asHeatmap, asSeries},
		Baseline:  BaselineOptional, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: []Option{
			{
				Name: "metrics", Type: TypeStrings, Title: "Metrics", Formats: series, Help: "What to compute. None means the mean score and the share above the threshold.",
				Enum: choices(
					"mean_score", "Mean score", "",
					"share_above", "Share above the threshold", "",
					"share_below", "Share below the threshold", "",
					"entropy", "Entropy", "mean entropy of a prediction of a two-class model, in bits",
					"class_share", "Class shares", "share of each predicted class",
					"imbalance", "Imbalance", "how unequal the predicted classes are",
				),
			},
			{Name: "threshold", Type: TypeNumber, Title: "Threshold", Default: 0.5, Formats: series, Help: "The score above which a row is called positive; exact when it is a bucket edge."},
			positiveClassOption(), classOption(),
			{Name: "cells", Type: TypeEnum, Title: "Cells", Default: "share", Formats: heatmap, Help: "What a cell of the heatmap shows.",
				Enum: choices("share", "Share of the window", "windows of different volume look alike", "count", "Count", "predictions in the window")},
			{Name: "bins", Type: TypeInteger, Title: "Buckets", Default: 0.0, Min: at(0), Max: at(1000), Formats: []query.Format{query.FormatHeatmap, query.FormatDistribution}, Help: "Merge fine histograms to about this many buckets of equal mass; 0 keeps the buckets."},
			{Name: "density", Type: TypeBoolean, Title: "Density", Default: false, Formats: []query.Format{query.FormatDistribution}, Help: "Draw share per unit of the score as steps on a true axis, for the Trend panel."},
			intervalOption(series...), boundsOption(series...), confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.Score, Required: true}, {Name: profile.Predictions}, {Name: profile.ReferenceScore}},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			scores := request(q, profile.Score, w, profile.Class)
			switch {
			case q.Format == query.FormatSeries && aboutClasses(o):
				scores.Optional = true
				predictions := request(q, profile.Predictions, w)
				predictions.Over = []profile.Label{profile.Predicted}
				predictions.Optional = true
				return []counts.Request{scores, predictions}, nil
			case q.Format == query.FormatDistribution && q.Baseline != nil:
				return withBaseline(q, []counts.Request{scores})
			}
			return []counts.Request{scores}, nil
		},
		Compute: scoreAnswers,
	})
}

// aboutClasses tells whether predicted classes are asked for.
func aboutClasses(o Options) bool {
	return slices.Contains(o.Strings("metrics"), "class_share") || slices.Contains(o.Strings("metrics"), "imbalance")
}

func scoreAnswers(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	groups := scoreGroupsOf(q, o, data[0], &said)
	switch q.Format {
	case query.FormatHeatmap:
		return scoreHeatmaps(q, o, w, data[0], groups, said)
	case query.FormatSeries:
		return scoreSeries(q, o, w, data, groups, said), nil
	}
	var baseline []counts.HistogramGroup
	if len(data) > 1 {
		baseline = data[1].Histograms
	}
	return scoreDistributions(q, o, w, data[0], baseline, groups, said)
}

// scoreGroup is the scores of one class of one model, version and group.
type scoreGroup struct {
	labels map[string]string // holds "class" when there are several
	*counts.HistogramGroup
}

// scoreGroupsOf picks the classes to look at: of a two-class model the positive
// one, since the other is its mirror image; else all, or the one asked for.
func scoreGroupsOf(q *query.Query, o Options, d counts.Data, said *notes) []scoreGroup {
	by := groupLabels(q)
	classes := make(map[string][]string)
	for _, g := range d.Histograms {
		k := key(g.Labels, by)
		classes[k] = append(classes[k], g.Labels[string(profile.Class)])
	}
	chosen := o.String("class")
	if chosen == "" {
		chosen = o.String("positiveClass")
	}
	var out []scoreGroup
	for i := range d.Histograms {
		g := &d.Histograms[i]
		class := g.Labels[string(profile.Class)]
		all := sortedClasses(slices.Clone(classes[key(g.Labels, by)]))
		want := chosen
		if want == "" && len(all) == 2 {
			want = positiveOf(all, "")
		}
		if want != "" && len(all) > 1 && class != want {
			if chosen != "" && !slices.Contains(all, chosen) {
				said.warning("class %q does not occur among the scores, whose classes are %s", chosen, several(all))
			}
			continue
		}
		labels := only(g.Labels, by)
		if len(all) > 2 {
			labels = with(labels, string(profile.Class), class)
		}
		out = append(out, scoreGroup{labels, g})
	}
	return out
}

func noScoresYet(q *query.Query, d counts.Data, said *notes) {
	said.missing(q, d)
	said.warning("there are no scores in the window: choose a longer time range")
}

func scoreDistributions(q *query.Query, o Options, w counts.Windows, d counts.Data, baseline []counts.HistogramGroup, groups []scoreGroup, said notes) ([]result.Result, error) {
	var current []counts.HistogramGroup
	classes := make(map[string]bool)
	labels := make(map[string]map[string]string)
	for _, g := range groups {
		current = append(current, *g.HistogramGroup)
		classes[g.Labels[string(profile.Class)]] = true
		labels[key(g.Labels, d.Request.By)] = g.labels
	}
	baseline = slices.DeleteFunc(slices.Clone(baseline), func(g counts.HistogramGroup) bool { return !classes[g.Labels[string(profile.Class)]] })
	var all []result.Distribution
	var sets []map[string]string
	for _, p := range pair(q, d.Request.By, current, baseline, histogramLabels, &said) {
		one, err := histogramDistribution(q, o, p, &said)
		if err != nil {
			return nil, err
		}
		if total(one.CurrentCounts)+total(one.BaselineCounts) == 0 {
			continue
		}
		if l := labels[key(p.labels, d.Request.By)]; l != nil {
			one.Labels = l
		}
		all, sets = append(all, withoutEmptyEnds(one)), append(sets, one.Labels)
	}
	if len(all) == 0 {
		noScoresYet(q, d, &said)
		return nothing(q, "Scores", w, said), nil
	}
	names := varying(sets)
	answers := make([]result.Result, len(all))
	for i, one := range all {
		one.Meta = meta(q, named("Scores", one.Labels, names), w, total(one.CurrentCounts), said)
		one.Custom["labels"] = one.Labels
		if one.BaselineCounts != nil {
			one.Custom["baselineN"] = total(one.BaselineCounts)
		}
		one.Density = o.Bool("density")
		answers[i] = one
	}
	return answers, nil
}

// withoutEmptyEnds drops the open buckets that hold nothing, such as the one
// above 1 of probabilities.
func withoutEmptyEnds(d result.Distribution) result.Distribution {
	empty := func(i int) bool {
		return d.CurrentCounts[i] == 0 && (d.BaselineCounts == nil || d.BaselineCounts[i] == 0)
	}
	from, to := 0, len(d.Intervals)
	if to > 1 && empty(to-1) {
		to--
	}
	if to > 1 && empty(0) && d.Upper[0] <= 0 {
		from++
	}
	cut := func(values []float64) []float64 {
		if values == nil {
			return nil
		}
		return values[from:to]
	}
	d.Intervals = d.Intervals[from:to]
	d.Lower, d.Upper, d.Current, d.CurrentCounts = cut(d.Lower), cut(d.Upper), cut(d.Current), cut(d.CurrentCounts)
	d.Baseline, d.BaselineCounts = cut(d.Baseline), cut(d.BaselineCounts)
	return d
}

// scoreHeatmaps gives one heatmap per group: the highest scores on top, time to
// the right.
func scoreHeatmaps(q *query.Query, o Options, w counts.Windows, d counts.Data, groups []scoreGroup, said notes) ([]result.Result, error) {
	sets := make([]map[string]string, len(groups))
	for i, g := range groups {
		sets[i] = g.labels
	}
	names := varying(sets)
	var answers []result.Result
	for _, g := range groups {
		grid, err := scoreHeatmap(o, w, g)
		if err != nil {
			return nil, err
		}
		if len(grid.Rows) == 0 {
			continue
		}
		grid.Meta = meta(q, named("Scores", g.labels, names), w, grid.N, said)
		answers = append(answers, grid)
	}
	if len(answers) == 0 {
		noScoresYet(q, d, &said)
		return nothing(q, "Scores", w, said), nil
	}
	return answers, nil
}

func scoreHeatmap(o Options, w counts.Windows, g scoreGroup) (result.Grid, error) {
	pooled := histogram.New(g.Edges, make([]float64, len(g.Edges)+1))
	for k := range w.Number {
		if h, ok := histogramAt(g.HistogramGroup, k); ok {
			for i, n := range h.Counts {
				pooled.Counts[i] += n
			}
		}
	}
	out := result.Grid{Times: w.Times(), Interval: w.Step}
	out.N = pooled.Total()
	if out.N == 0 {
		return out, nil
	}
	edges := g.Edges
	if bins := o.Integer("bins"); bins > 1 {
		edges = histogram.MergeQuantileBins(pooled, bins)
	}
	rows := make([]result.Line, len(edges)+1)
	for i := range rows {
		lower, upper := histogram.New(edges, make([]float64, len(edges)+1)).Bounds(i)
		name := intervalName(lower, upper)
		metric := "share"
		if o.String("cells") == "count" {
			metric = "count"
		}
		rows[i] = result.Line{Name: name, Labels: with(g.labels, "metric", metric, "bucket", name), Values: missingValues(w.Number), Style: styleOf(metric)}
	}
	for k := range w.Number {
		h, ok := histogramAt(g.HistogramGroup, k)
		if !ok || h.Total() == 0 {
			continue
		}
		h, err := histogram.Coarsen(h, edges)
		if err != nil {
			return out, err
		}
		values := h.Counts
		if o.String("cells") != "count" {
			values = h.Shares()
		}
		for i, v := range values {
			rows[i].Values[k] = v
		}
	}
	// The bucket above an edge at 1 is there only to be empty.
	if last := len(rows) - 1; last > 0 && pooled.Counts[len(pooled.Counts)-1] == 0 && len(edges) == len(g.Edges) {
		rows = rows[:last]
	}
	slices.Reverse(rows)
	out.Rows = rows
	return out, nil
}
