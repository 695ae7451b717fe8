package analysis

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
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

// histogramDistribution brings both sides to the buckets that they share.
func histogramDistribution(q *query.Query, o Options, p paired[counts.HistogramGroup], said *notes) (result.Distribution, error) {
	out := result.Distribution{Labels: p.labels}
	cur, hasCurrent := histogramAt(p.current, 0)
	ref, hasBaseline := histogramAt(p.baseline, 0)
	switch {
	case !hasCurrent && !hasBaseline:
		return out, nil
	case !hasCurrent:
		cur = histogram.New(ref.Edges, make([]float64, len(ref.Counts)))
	case hasBaseline:
		var lost int
		var err error
		if ref, cur, lost, err = histogram.Align(ref, cur); err != nil {
			return out, err
		}
		if lost > 0 {
			said.info("bucket layouts of %s differ between baseline and current: %d edges that only one of them has are left out", thingName(p.labels), lost)
		}
	}
	if bins := o.Integer("bins"); bins > 1 && len(cur.Counts) > bins {
		from := cur
		if hasBaseline {
			from = ref
		}
		edges := histogram.MergeQuantileBins(from, bins)
		var err error
		if cur, err = histogram.Coarsen(cur, edges); err != nil {
			return out, err
		}
		if hasBaseline {
			if ref, err = histogram.Coarsen(ref, edges); err != nil {
				return out, err
			}
		}
	}
	for k := range cur.Counts {
		lower, upper := cur.Bounds(k)
		out.Intervals = append(out.Intervals, intervalName(lower, upper))
		out.Lower, out.Upper = append(out.Lower, lower), append(out.Upper, upper)
	}
	out.Current, out.CurrentCounts = sharesOf(cur.Counts), cur.Counts
	if hasBaseline {
		out.Baseline, out.BaselineCounts = sharesOf(ref.Counts), ref.Counts
	} else if q.Baseline != nil {
		noBaseline(q, p.labels, said)
	}
	return out, nil
}

func noBaseline(q *query.Query, labels map[string]string, said *notes) {
	said.warning("no baseline (%s) for %s: choose another baseline or wait until there is one", describeBaseline(q), thingName(labels))
}

// thingName is a distribution's name in a sentence.
func thingName(labels map[string]string) string {
	if f := labels[string(profile.Feature)]; f != "" {
		return f
	}
	return title(labels, labelNames(labels))
}

// intervalName writes a bucket: "≤ 5", "5 – 10", "> 10".
func intervalName(lower, upper float64) string {
	switch {
	case math.IsInf(lower, -1) && math.IsInf(upper, 1):
		return "all values"
	case math.IsInf(lower, -1):
		return "≤ " + edgeText(upper)
	case math.IsInf(upper, 1):
		return "> " + edgeText(lower)
	}
	return edgeText(lower) + " – " + edgeText(upper)
}

// edgeText writes an edge with ten significant digits at most, so that 0.1 + 0.2
// reads 0.3 and edges stay apart.
func edgeText(x float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 10, 64), 64)
	if err != nil {
		rounded = x
	}
	if size := math.Abs(rounded); size == 0 || size >= 1e-4 && size < 1e9 {
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return strconv.FormatFloat(rounded, 'g', -1, 64)
}

// otherCategories is what rare categories are folded into.
const otherCategories = "(other categories)"

// tallyDistribution brings both sides to the same categories, the most frequent
// ones by themselves.
func tallyDistribution(q *query.Query, o Options, p paired[counts.TallyGroup], said *notes) result.Distribution {
	out := result.Distribution{Labels: p.labels}
	current, hasCurrent := tallyAt(p.current, 0)
	baseline, hasBaseline := tallyAt(p.baseline, 0)
	if !hasCurrent && !hasBaseline {
		return out
	}
	common := commonCells(p.current, p.baseline)
	cur := common.spread(current, common.current)
	ref := common.spread(baseline, common.baseline)
	names := slices.Clone(common.names)
	for i, name := range names {
		if name == "" {
			names[i] = "(none)"
		}
	}
	if top := o.Integer("top"); top > 0 && len(names) > top {
		names, cur, ref = foldRare(names, cur, ref, top)
		said.info("%d categories of %s are folded into %q: option top keeps more", len(common.names)-top, thingName(p.labels), otherCategories)
	}
	out.Intervals, out.Current, out.CurrentCounts = names, sharesOf(cur), cur
	if hasBaseline {
		out.Baseline, out.BaselineCounts = sharesOf(ref), ref
	} else if q.Baseline != nil {
		noBaseline(q, p.labels, said)
	}
	return out
}

// foldRare keeps the categories with the largest share on either side, in their
// order, and adds the others up.
func foldRare(names []string, cur, ref []float64, top int) (kept []string, keptCur, keptRef []float64) {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	weight := func(i int) float64 {
		return math.Max(orElse(cur[i]/total(cur), 0), orElse(ref[i]/total(ref), 0))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight(b), weight(a)) })
	keep := make([]bool, len(names))
	for _, i := range order[:top] {
		keep[i] = true
	}
	restCur, restRef := 0.0, 0.0
	for i, name := range names {
		if !keep[i] {
			restCur += cur[i]
			restRef += ref[i]
			continue
		}
		kept, keptCur, keptRef = append(kept, name), append(keptCur, cur[i]), append(keptRef, ref[i])
	}
	return append(kept, otherCategories), append(keptCur, restCur), append(keptRef, restRef)
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
