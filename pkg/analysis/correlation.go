package analysis

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/rank"
)

// otherFeature is the label for the second feature of a product.
const otherFeature profile.Label = "other"

// What is correlated.
const (
	ofWindows = "windows"
	ofRows    = "rows"
)

func init() {
	register(Analysis{
		Name: "correlation", Title: "Correlation", Group: "Drift", Icon: "link", NeedsModel: true,
		Summary:   "Which features move together: the correlation of their means over windows, said to be that, or of the rows where products of features are exported.",
		NeedsText: "Feature histograms (ml_feature_value); for rows ml_feature_product_sum_total and ml_feature_squared_sum_total too; beside features ml_score, ml_predictions_total and ml_outcomes_total.",
		Formats:   []FormatInfo{asMatrix},
		Options: []Option{
			{Name: "of", Type: TypeEnum, Title: "Correlate", Default: ofWindows, Help: "What a pair of values is.",
				Enum: choices(
					ofWindows, "Windows", "the means of two features in the same window: a shared rhythm correlates features whose rows are independent",
					ofRows, "Rows", "the values of two features in the same row, from exported sums of their products",
				)},
			featuresOption(),
			{Name: "also", Type: TypeStrings, Title: "Beside features", Help: "What else to correlate over windows.",
				Enum: choices("mean_score", "Mean score", "", "predictions", "Predictions", "their number", "accuracy", "Accuracy", "of the labels that arrived in the window")},
			{Name: "method", Type: TypeEnum, Title: "Method", Default: string(rank.PearsonMethod), Help: "Of windows; rows are always correlated by Pearson's coefficient.",
				Enum: choices(string(rank.PearsonMethod), "Pearson", "of the values", string(rank.SpearmanMethod), "Spearman", "of their ranks: robust against outliers")},
			{Name: "windows", Type: TypeInteger, Title: "Windows", Default: 48.0, Min: at(8), Max: at(1000), Help: "How many windows the time range is divided into."},
			{Name: "changes", Type: TypeBoolean, Title: "Changes only", Default: false, Help: "Correlate the changes from each window to the next, so that a shared trend does not count."},
			{Name: "show", Type: TypeEnum, Title: "Show", Default: "value", Help: "What a cell of the matrix shows.",
				Enum: choices("value", "Correlation", "", "certain", "Certain correlation", "the correlation, left empty where it may be chance", "adjusted_p_value", "Adjusted p-value", "of no correlation, adjusted for the number of pairs", "lower", "Lower limit", "of the interval", "upper", "Upper limit", "of the interval")},
			confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.FeatureValue}, {Name: profile.FeatureSquaredSum}, {Name: profile.FeatureProductSum}, {Name: profile.Score}, {Name: profile.Predictions}, {Name: profile.Outcomes}},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			if _, err := windowsFor(q); err != nil {
				return nil, err
			}
			w := stretches(q, o.Integer("windows"))
			if o.String("of") == ofRows {
				w = counts.Single(w.Begin(0), w.End(w.Number-1))
				squares, products := request(q, profile.FeatureSquaredSum, w, profile.Feature), request(q, profile.FeatureProductSum, w, profile.Feature, otherFeature)
				squares.Optional, products.Optional = true, true
				return []counts.Request{narrow(request(q, profile.FeatureValue, w, profile.Feature), profile.Feature, o.Strings("features")), squares, products}, nil
			}
			values := narrow(request(q, profile.FeatureValue, w, profile.Feature), profile.Feature, o.Strings("features"))
			values.Optional = true
			requests := []counts.Request{values}
			for _, also := range o.Strings("also") {
				var r counts.Request
				switch also {
				case "mean_score":
					r = request(q, profile.Score, w, profile.Class)
				case "predictions":
					r = request(q, profile.Predictions, w)
				default:
					r = outcomesRequest(q, w)
				}
				r.Optional = true
				requests = append(requests, r)
			}
			return requests, nil
		},
		Compute: correlation,
	})
}

// correlated is the named series of one group.
type correlated struct {
	labels map[string]string
	names  []string
	series [][]float64
}

func correlation(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	if o.String("of") == ofRows {
		return rowCorrelations(q, o, w, data, said)
	}
	var out []result.Result
	groups := correlatedSeries(q, o, data, &said)
	var sets []map[string]string
	for _, g := range groups {
		sets = append(sets, g.labels)
	}
	names := varying(sets)
	said.info("correlation of values in the same %d windows of %s, not of rows: what shares a rhythm or a trend correlates, however independent the rows are; intervals and p-values allow for windows that resemble their neighbours", w.Number, query.FormatDuration(w.Width))
	for _, g := range groups {
		if len(g.names) < 2 {
			continue
		}
		all, err := rank.Matrix(g.series, rank.Method(o.String("method")), o.Number("confidence"))
		if err != nil {
			return nil, err
		}
		m := correlationMatrix(o, g.names, all)
		m.Meta = meta(q, named("Correlation", g.labels, names), w, float64(w.Number), said)
		m.Custom["labels"] = g.labels
		m.Custom["effectiveN"] = effectiveNumbers(all)
		out = append(out, m)
	}
	if len(out) == 0 {
		said.missing(q, data...)
		said.warning("there are not two things to correlate in the window: it takes the histograms of two features, or one and another metric")
		return nothing(q, "Correlation", w, said), nil
	}
	return out, nil
}

// correlatedSeries are the window means of features, and what is asked for beside.
func correlatedSeries(q *query.Query, o Options, data []counts.Data, said *notes) []correlated {
	by := groupLabels(q)
	windows := data[0].Request.Windows.Number
	place := make(map[string]int)
	var out []correlated
	add := func(labels map[string]string, name string, value func(k int) (float64, bool)) {
		k := key(labels, by)
		if _, ok := place[k]; !ok {
			place[k] = len(out)
			out = append(out, correlated{labels: only(labels, by)})
		}
		series := missingValues(windows)
		for i := range series {
			if v, ok := value(i); ok {
				series[i] = v
			}
		}
		if o.Bool("changes") {
			for i := len(series) - 1; i > 0; i-- {
				series[i] -= series[i-1]
			}
			series[0] = math.NaN()
		}
		g := &out[place[k]]
		if !slices.Contains(g.names, name) {
			g.names, g.series = append(g.names, name), append(g.series, series)
		}
	}
	for i := range data[0].Histograms {
		g := &data[0].Histograms[i]
		add(g.Labels, g.Labels[string(profile.Feature)], meanOf(g))
	}
	for _, d := range data[1:] {
		switch d.Request.Role {
		case profile.Score:
			for _, g := range scoreClasses(q, d) {
				name := "mean score"
				if class := g.labels[string(profile.Class)]; class != "" {
					name += " " + class
				}
				add(g.labels, name, meanOf(g.HistogramGroup))
			}
		case profile.Predictions:
			for i := range d.Tallies {
				g := &d.Tallies[i]
				add(g.Labels, "predictions", func(k int) (float64, bool) { return countAt(g, k) })
			}
		default:
			for _, g := range d.Tallies {
				c, err := confusionsOf(g, windows, said)
				if err != nil {
					said.warning("%v", err)
					continue
				}
				add(g.Labels, "accuracy", func(k int) (float64, bool) {
					return orNaN(c.windows[k].Correct() / c.windows[k].Total()), c.has[k] && c.windows[k].Total() > 0
				})
			}
		}
	}
	return out
}

// meanOf is a histogram's mean per window.
func meanOf(g *counts.HistogramGroup) func(k int) (float64, bool) {
	return func(k int) (float64, bool) {
		h, ok := histogramAt(g, k)
		if !ok || h.Total() == 0 {
			return 0, false
		}
		return h.Moments().Mean, true
	}
}

// scoreClasses are the scores of each class; of a two-class model those of the
// positive one.
func scoreClasses(q *query.Query, d counts.Data) []scoreGroup {
	by := groupLabels(q)
	var out []scoreGroup
	groups := make([]*counts.HistogramGroup, len(d.Histograms))
	for i := range d.Histograms {
		groups[i] = &d.Histograms[i]
	}
	for _, cluster := range clusters(groups, by, histogramLabels) {
		var classes []string
		for _, g := range cluster {
			classes = append(classes, g.Labels[string(profile.Class)])
		}
		want := positiveOf(sortedClasses(slices.Clone(classes)), "")
		for _, g := range cluster {
			labels := only(g.Labels, by)
			class := g.Labels[string(profile.Class)]
			if len(cluster) == 2 && class != want {
				continue
			}
			if len(cluster) > 2 {
				labels = with(labels, string(profile.Class), class)
			}
			out = append(out, scoreGroup{labels, g})
		}
	}
	return out
}

// correlationMatrix shows what is asked for of each pair.
func correlationMatrix(o Options, names []string, all [][]rank.Correlation) result.Matrix {
	show, alpha := o.String("show"), 1-o.Number("confidence")
	m := result.Matrix{Corner: "feature", Rows: names, Columns: names, Diverging: true, Style: unitless(-1, 1, "1 moves together, -1 in opposite directions, 0 is no linear relation")}
	if show == "adjusted_p_value" {
		m.Diverging, m.Style = false, styleOf(show)
	}
	for i := range names {
		for j := range names {
			c := all[i][j]
			v := c.Value
			switch {
			case show == "adjusted_p_value":
				v = c.AdjustedP
			case i == j:
				v = 1
			case show == "lower":
				v = c.Lower
			case show == "upper":
				v = c.Upper
			case show == "certain" && !(c.AdjustedP < alpha):
				v = math.NaN()
			}
			m.Values = append(m.Values, v)
		}
	}
	return m
}

// effectiveNumbers are the independent pairs that would tell as much, of each pair
// of names, row by row; 0 where it is not known.
func effectiveNumbers(all [][]rank.Correlation) []float64 {
	var out []float64
	for _, row := range all {
		for _, c := range row {
			out = append(out, finite(c.EffectiveN))
		}
	}
	return out
}

// rowCorrelations are those of the pairs whose products are exported.
func rowCorrelations(q *query.Query, o Options, w counts.Windows, data []counts.Data, said notes) ([]result.Result, error) {
	by := groupLabels(q)
	var out []result.Result
	products := clusters(data[2].Tallies, by, func(g counts.TallyGroup) map[string]string { return g.Labels })
	var sets []map[string]string
	for _, p := range products {
		sets = append(sets, only(p[0].Labels, by))
	}
	titles := varying(sets)
	for i, pairs := range products {
		group := key(pairs[0].Labels, by)
		sums := func(feature string) (s rank.Sums) {
			s = rank.Sums{N: math.NaN(), X: math.NaN(), XX: math.NaN()}
			for j := range data[0].Histograms {
				g := &data[0].Histograms[j]
				if h, ok := histogramAt(g, 0); ok && key(g.Labels, by) == group && g.Labels[string(profile.Feature)] == feature {
					s.N, s.X = h.Total(), h.Sum
				}
			}
			for j := range data[1].Tallies {
				g := &data[1].Tallies[j]
				if n, ok := countAt(g, 0); ok && key(g.Labels, by) == group && g.Labels[string(profile.Feature)] == feature {
					s.XX = n
				}
			}
			return s
		}
		var names []string
		for _, p := range pairs {
			names = append(names, p.Labels[string(profile.Feature)], p.Labels[string(otherFeature)])
		}
		slices.Sort(names)
		names = slices.Compact(slices.DeleteFunc(names, func(n string) bool {
			chosen := o.Strings("features")
			return n == "" || len(chosen) > 0 && !slices.Contains(chosen, n)
		}))
		all := make([][]rank.Correlation, len(names))
		for a := range names {
			all[a] = make([]rank.Correlation, len(names))
			for b := range names {
				all[a][b] = rank.Correlation{Value: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), P: math.NaN(), AdjustedP: math.NaN()}
			}
		}
		n := 0.0
		for p := range pairs {
			a := slices.Index(names, pairs[p].Labels[string(profile.Feature)])
			b := slices.Index(names, pairs[p].Labels[string(otherFeature)])
			product, ok := countAt(&pairs[p], 0)
			if a < 0 || b < 0 || a == b || !ok {
				continue
			}
			x, y := sums(names[a]), sums(names[b])
			if math.Abs(x.N-y.N) > 0.001*math.Max(x.N, y.N) {
				said.warning("%s and %s are not observed in the same rows (%.0f and %.0f): their correlation is left empty", names[a], names[b], x.N, y.N)
				continue
			}
			c := rank.Rows(rank.Sums{N: math.Min(x.N, y.N), X: x.X, XX: x.XX, Y: y.X, YY: y.XX, XY: product}, 1, o.Number("confidence"))
			if !c.Defined() {
				said.info("the correlation of %s and %s is not defined: %s", names[a], names[b], c.Reason)
			}
			all[a][b], all[b][a] = c, c
			n = math.Max(n, orElse(c.N, 0))
		}
		if len(names) < 2 {
			continue
		}
		adjustPairs(all)
		m := correlationMatrix(o, names, all)
		m.Meta = meta(q, named("Correlation of rows", sets[i], titles), w, n, said)
		m.Custom["labels"] = sets[i]
		out = append(out, m)
	}
	if len(out) == 0 {
		said.missing(q, data...)
		said.warning("no products of features are exported, so rows cannot be correlated: export ml_feature_product_sum_total for chosen pairs, or correlate windows")
		return nothing(q, "Correlation of rows", w, said), nil
	}
	return out, nil
}

// adjustPairs takes all pairs as one family.
func adjustPairs(all [][]rank.Correlation) {
	var family []float64
	for i := range all {
		for j := range i {
			family = append(family, all[i][j].P)
		}
	}
	adjusted := infer.BenjaminiHochberg(family)
	at := 0
	for i := range all {
		for j := range i {
			all[i][j].AdjustedP, all[j][i].AdjustedP = adjusted[at], adjusted[at]
			at++
		}
	}
}
