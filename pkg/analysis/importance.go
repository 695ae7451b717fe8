package analysis

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/rank"
)

// changeBaselines are the kinds for what no reference is exported of.
var changeBaselines = []query.BaselineKind{query.BaselineOffset, query.BaselinePreceding, query.BaselinePeriod, query.BaselineVersion}

func init() {
	style("importance", unitless(math.Inf(-1), infinite, "Importance of the feature, as exported."))
	style("importance_share", described(share, "Importance of the feature over that of all features, in absolute values."))
	style("importance_rank", unitless(1, infinite, "Place of the feature: 1 is the most important."))
	style("importance_ndcg", unitless(0, 1, "Normalised discounted cumulative gain of the order against the baseline's: 1 is the same, exchanges at the top cost most."))
	style("importance_kendall_tau", unitless(-1, 1, "Kendall's tau-b of the importances with the baseline's: 1 is the same order, -1 its reverse."))
	style("importance_spearman", unitless(-1, 1, "Spearman's correlation of the importances with the baseline's."))
	overTime := []query.Format{query.FormatHeatmap, query.FormatSeries, query.FormatNumbers}
	measured := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "importance", Title: "Feature importance", Group: "Drift", Icon: "list-ol", NeedsModel: true,
		Summary:   "Which features the model relies on, and whether that has changed: ranking, shares, places won and lost against the baseline, and how alike the two orders are.",
		NeedsText: "Importances (ml_feature_importance by feature).",
		Formats:   []FormatInfo{asTable, asHeatmap, asSeries, asNumbers},
		Baseline:  BaselineOptional, Baselines: changeBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "7d"},
		Options: []Option{
			{Name: "show", Type: TypeEnum, Title: "Show", Default: "importance", Formats: overTime, Help: "What is given per feature.",
				Enum: choices("importance", "Importance", "as exported", "importance_share", "Share", "of the importance of all features", "importance_rank", "Place", "1 is the most important")},
			featuresOption(),
			topOption("Rows", "Show the most important features; 0 shows all.", 30, query.FormatTable, query.FormatHeatmap, query.FormatSeries),
			{Name: "depth", Type: TypeInteger, Title: "Places", Default: 0.0, Min: at(0), Max: at(10000), Formats: measured, Advanced: true, Help: "How many of the first places the NDCG looks at; 0 looks at all."},
			intervalOption(measured...), confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.FeatureImportance, Required: true}},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			r := narrow(request(q, profile.FeatureImportance, w, profile.Feature), profile.Feature, o.Strings("features"))
			if q.Baseline == nil {
				return []counts.Request{r}, nil
			}
			return withBaseline(q, []counts.Request{r})
		},
		Compute: importance,
	})
}

// weighed is one feature with its importances over the windows.
type weighed struct {
	labels            map[string]string
	current, baseline []float64 // per window
}

func (f weighed) feature() string { return f.labels[string(profile.Feature)] }

// rankedModel is the features of one group, the most important of the last window first.
type rankedModel struct {
	labels   map[string]string
	features []weighed
}

func importance(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	var baseline []counts.GaugeGroup
	if len(data) > 1 {
		baseline = data[1].Gauges
	}
	models := rankedModels(q, w, data[0], baseline, &said)
	if len(models) == 0 {
		said.missing(q, data[0])
		said.warning("no importances are exported in the window: choose another time range")
		return nothing(q, "Feature importance", w, said), nil
	}
	if q.Baseline != nil && data[1].Empty() {
		said.missing(q, data[1])
	}
	switch q.Format {
	case query.FormatTable:
		return []result.Result{importanceTable(q, o, w, models, said)}, nil
	case query.FormatHeatmap:
		var ms []measure
		for _, m := range models {
			ms = append(ms, m.measures(o, w.Number, &said)...)
		}
		grid := result.Grid{Meta: meta(q, "Feature importance", w, math.NaN(), said), Times: w.Times(), Interval: w.Step, Rows: gridRows(ms)}
		return []result.Result{grid}, nil
	}
	var ms []measure
	for _, m := range models {
		if q.Baseline != nil {
			of, err := m.likeness(o, w.Number)
			if err != nil {
				return nil, err
			}
			ms = append(ms, of...)
		}
		ms = append(ms, m.measures(o, w.Number, &said)...)
	}
	return answerMeasures(q, "Feature importance", w, ms, limits{interval: o.Bool("interval")}, said), nil
}

func gaugeLabels(g *counts.GaugeGroup) map[string]string { return g.Labels }

// gaugeValues are a gauge's values in n windows; a fixed baseline answers its one
// value for every window.
func gaugeValues(g *counts.GaugeGroup, n int) []float64 {
	out := missingValues(n)
	if g == nil {
		return out
	}
	for k := range out {
		switch {
		case len(g.Values) == 1:
			out[k] = g.Values[0]
		case k < len(g.Values):
			out[k] = g.Values[k]
		}
	}
	return out
}

func rankedModels(q *query.Query, w counts.Windows, d counts.Data, baseline []counts.GaugeGroup, said *notes) []rankedModel {
	var features []weighed
	for _, p := range pair(q, d.Request.By, d.Gauges, baseline, gaugeLabels, said) {
		if p.labels[string(profile.Feature)] != "" {
			features = append(features, weighed{p.labels, gaugeValues(p.current, w.Number), gaugeValues(p.baseline, w.Number)})
		}
	}
	by := groupLabels(q)
	var out []rankedModel
	for _, cluster := range clusters(features, by, func(f weighed) map[string]string { return f.labels }) {
		slices.SortStableFunc(cluster, func(a, b weighed) int {
			return cmp.Or(cmp.Compare(lastKnown(b.current), lastKnown(a.current)), strings.Compare(a.feature(), b.feature()))
		})
		out = append(out, rankedModel{only(cluster[0].labels, by), cluster})
	}
	return out
}

// lastKnown is the last value that is not missing; -Inf without one.
func lastKnown(values []float64) float64 {
	for _, v := range slices.Backward(values) {
		if !math.IsNaN(v) {
			return v
		}
	}
	return math.Inf(-1)
}

// column are the importances of all features in window k.
func (m rankedModel) column(k int, of func(weighed) []float64) []float64 {
	out := make([]float64, len(m.features))
	for i, f := range m.features {
		out[i] = of(f)[k]
	}
	return out
}

func currently(f weighed) []float64 { return f.current }
func before(f weighed) []float64    { return f.baseline }

// shares are importances over the sum of their sizes.
func shares(values []float64) []float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Abs(orElse(v, 0))
	}
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = math.NaN()
		if sum > 0 {
			out[i] = math.Abs(v) / sum
		}
	}
	return out
}

// measures are what is shown per feature, the most important ones.
func (m rankedModel) measures(o Options, windows int, said *notes) []measure {
	show := o.String("show")
	ms := make([]measure, len(m.features))
	for i, f := range m.features {
		ms[i] = newMeasure(show, f.labels, windows)
	}
	for k := range windows {
		values := m.column(k, currently)
		switch show {
		case "importance_share":
			values = shares(values)
		case "importance_rank":
			values = rank.Ranks(values)
		}
		for i, v := range values {
			ms[i].points[k] = valueOnly(v, math.NaN())
		}
	}
	return ms[:m.shown(o, said)]
}

// shown is how many features are shown.
func (m rankedModel) shown(o Options, said *notes) int {
	top := o.Integer("top")
	if top < 1 || len(m.features) <= top {
		return len(m.features)
	}
	said.info("%d of %d features are shown, the most important: option top shows more", top, len(m.features))
	return top
}

// likeness says how alike the order is to the baseline's.
func (m rankedModel) likeness(o Options, windows int) ([]measure, error) {
	level := o.Number("confidence")
	gain, tau, rho := newMeasure("importance_ndcg", m.labels, windows), newMeasure("importance_kendall_tau", m.labels, windows), newMeasure("importance_spearman", m.labels, windows)
	for k := range windows {
		now, then := m.column(k, currently), m.column(k, before)
		if allMissing(now) || allMissing(then) {
			continue
		}
		g, err := rank.NDCG(then, now, o.Integer("depth"))
		if err != nil {
			return nil, err
		}
		gain.points[k] = valueOnly(g, float64(len(now)))
		for _, c := range []struct {
			into *measure
			of   func(x, y []float64, level float64) (rank.Correlation, error)
		}{{&tau, rank.KendallTau}, {&rho, rank.Spearman}} {
			e, err := c.of(then, now, level)
			if err != nil {
				return nil, err
			}
			c.into.points[k] = valueOnly(e.Value, e.N)
			c.into.points[k].lower, c.into.points[k].upper = e.Lower, e.Upper
		}
	}
	return []measure{gain, tau, rho}, nil
}

func allMissing(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return !math.IsNaN(v) })
}

func importanceTable(q *query.Query, o Options, w counts.Windows, models []rankedModel, said notes) result.Table {
	var s sheet
	for _, m := range models {
		now, then := m.column(w.Number-1, currently), m.column(w.Number-1, before)
		ranks, ranksThen, parts := rank.Ranks(now), rank.Ranks(then), shares(now)
		for i, f := range m.features[:m.shown(o, &said)] {
			s.row()
			s.labels(m.labels, groupLabels(q))
			s.text("Feature", f.feature())
			s.number("Place", ranks[i], styleOf("importance_rank"))
			s.number("Importance", now[i], plain)
			s.gauge("Share", parts[i], share)
			if q.Baseline == nil {
				continue
			}
			s.number("Baseline place", ranksThen[i], styleOf("importance_rank"))
			s.number("Baseline importance", then[i], plain)
			s.number("Change", now[i]-then[i], plain)
			s.number("Places won", ranksThen[i]-ranks[i], described(plain, "positive where the feature has become more important than others"))
		}
	}
	return result.Table{Meta: meta(q, "Feature importance", w, math.NaN(), said), Columns: s.done()}
}
