package analysis

import (
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// The label of ml_ranking_quality that names what was measured is called as the
// label that every answer carries; in answers it stands as "quality".
const qualityKind profile.Label = "metric"

const rankingLabel = "quality"

func init() {
	style("ranking_quality", unitless(infinite, infinite, "Mean ranking quality per query, of the kind in the label quality."))
	style("ranking_quality_quantile", unitless(infinite, infinite, "The ranking quality that the share of the queries in the label lies at or below."))
	style("ranking_quality_below", described(share, "Share of the queries whose ranking quality is at or below the limit in the label."))
	style("ranking_quality_change", unitless(infinite, infinite, "Mean ranking quality less the baseline's."))
	style("ranking_quality_adjusted_p_value", unitless(0, 1, "p-value of \"the mean fell by no more than is tolerated\", adjusted for the number of kinds."))

	register(Analysis{
		Name: "ranking", Title: "Ranking quality", Group: "Performance", Icon: "list-ol", NeedsModel: true,
		Summary:   "How good the rankings are: NDCG, MRR, MAP and whatever else the model server measures per query, as means and quantiles, with intervals, and against a baseline.",
		NeedsText: "Ranking quality per query (ml_ranking_quality by metric, such as ndcg_at_10), observed when the truth becomes known.",
		Formats:   []FormatInfo{asSeries, asNumbers},
		Baseline:  BaselineOptional, Baselines: liveBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: []Option{
			{
				Name: "metrics", Type: TypeStrings, Title: "Metrics", Help: "What to compute. None means the mean over time, and all as numbers; with a baseline its change too.",
				Enum: choices(
					"ranking_quality", "Mean", "exact where the sum is exported",
					"ranking_quality_quantile", "Quantiles", "those of the option quantiles",
					"ranking_quality_below", "Share below", "share of the queries at or below the option limit",
					"ranking_quality_change", "Change", "of the mean against the baseline",
					"ranking_quality_adjusted_p_value", "Adjusted p-value", "of the mean having fallen by no more than is tolerated",
				),
			},
			{Name: "qualities", Type: TypeStrings, Title: "Kinds", Help: "Which kinds of quality to give, such as ndcg_at_10: the values of the label metric of ml_ranking_quality; none means all."},
			{Name: "quantiles", Type: TypeStrings, Title: "Quantiles", Default: []string{"0.1", "0.5"}, Help: "The quantiles to give, each between 0 and 1."},
			{Name: "limit", Type: TypeNumber, Title: "Limit", Default: 0.5, Help: "The quality at or below which a query counts as badly ranked; exact when it is a bucket edge."},
			{Name: "tolerated", Type: TypeNumber, Title: "Tolerated fall", Default: 0.02, Min: at(0), Help: "The largest fall of the mean that is of no concern, in units of the quality."},
			intervalOption(), boundsOption(), confidenceOption(),
		},
		Roles:    []RoleNeed{{Name: profile.RankingQuality, Required: true}},
		Reserved: []string{rankingLabel, "quantile", "limit"},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			if _, err := quantilesOf(o); err != nil {
				return nil, err
			}
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			requests := []counts.Request{narrow(request(q, profile.RankingQuality, w, qualityKind), qualityKind, o.Strings("qualities"))}
			if q.Baseline == nil {
				return requests, nil
			}
			return withBaseline(q, requests)
		},
		Compute: ranking,
	})
}

// liveBaselines are the kinds for roles that no reference ships.
var liveBaselines = []query.BaselineKind{query.BaselineOffset, query.BaselinePreceding, query.BaselinePeriod, query.BaselineVersion}

// rankedKind is one kind of quality of one group over the windows.
type rankedKind struct {
	labels            map[string]string
	group             string
	current, baseline *counts.HistogramGroup
	falls             []fallen // per window; nil without a baseline
}

// fallen is a change of the mean with the p-value of "it fell by no more than is tolerated".
type fallen struct {
	change      point
	p, adjusted float64
}

func ranking(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	quantiles, err := quantilesOf(o)
	if err != nil {
		return nil, err
	}
	var before []counts.HistogramGroup
	if q.Baseline != nil {
		before = data[1].Histograms
	}
	level := o.Number("confidence")
	var kinds []rankedKind
	for _, p := range pair(q, data[0].Request.By, data[0].Histograms, before, histogramLabels, &said) {
		if p.current == nil {
			continue
		}
		labels := with(p.labels, rankingLabel, p.labels[string(qualityKind)])
		delete(labels, string(qualityKind))
		k := rankedKind{labels: labels, group: key(p.labels, groupLabels(q)), current: p.current, baseline: p.baseline}
		if !slices.ContainsFunc(p.current.Counts, func(n float64) bool { return n > 0 }) {
			continue
		}
		if q.Baseline != nil {
			k.compare(w.Number, o.Number("tolerated"), level)
			if p.baseline == nil {
				noBaseline(q, labels, &said)
			}
		}
		kinds = append(kinds, k)
	}
	if len(kinds) == 0 {
		said.missing(q, data[0])
		said.warning("there are no ranked queries in the window: the truth may not be known yet, choose a longer or an earlier time range")
		return nothing(q, "Ranking quality", w, said), nil
	}
	adjustFalls(kinds, w.Number)
	metrics := o.Strings("metrics")
	if len(metrics) == 0 {
		metrics = []string{"ranking_quality"}
		if q.Format == query.FormatNumbers {
			metrics = append(metrics, "ranking_quality_quantile", "ranking_quality_below")
		}
		if q.Baseline != nil {
			metrics = append(metrics, "ranking_quality_change")
			if q.Format == query.FormatNumbers {
				metrics = append(metrics, "ranking_quality_adjusted_p_value")
			}
		}
	}
	var ms []measure
	for _, k := range kinds {
		ms = append(ms, k.measures(metrics, quantiles, o, w.Number)...)
	}
	if len(ms) == 0 {
		said.warning("a change needs a baseline: choose one, for instance the offset 7d")
		return nothing(q, "Ranking quality", w, said), nil
	}
	return answerMeasures(q, "Ranking quality", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

// qualityMoments is a window of a group; qualities by the customary measures lie
// between 0 and 1, which closes the lowest bucket of such a histogram.
func qualityMoments(g *counts.HistogramGroup, k int) windowMoments {
	if g != nil && probabilityEdges(g.Edges) {
		g = fromZero(g)
	}
	return describe(g, math.NaN(), k, 1)
}

// compare subtracts the baseline's mean: the error of a difference of two
// independent means (Welch), in a normal interval.
func (r *rankedKind) compare(windows int, tolerated, level float64) {
	r.falls = make([]fallen, windows)
	for k := range r.falls {
		r.falls[k] = fallen{absent(), math.NaN(), math.NaN()}
		now, then := qualityMoments(r.current, k), qualityMoments(r.baseline, k)
		if !(now.n > 1) || !(then.n > 1) {
			continue
		}
		standardError := math.Sqrt(now.sample.Variance/(now.n-1) + then.sample.Variance/(then.n-1))
		reach := infer.Z(level) * standardError
		c := valueOnly(now.moments.Mean-then.moments.Mean, now.n)
		c.least, c.most = orNaN(now.moments.MeanLower-then.moments.MeanUpper), orNaN(now.moments.MeanUpper-then.moments.MeanLower)
		c.lower, c.upper = orElse(c.least, c.value)-reach, orElse(c.most, c.value)+reach
		r.falls[k].change = c
		if standardError > 0 {
			r.falls[k].p = infer.NormalSF((-c.value - tolerated) / standardError)
		}
	}
}

// adjustFalls adjusts the p-values of the kinds of one group in one window.
func adjustFalls(kinds []rankedKind, windows int) {
	members := make(map[string][]int)
	for i, k := range kinds {
		if k.falls != nil {
			members[k.group] = append(members[k.group], i)
		}
	}
	for _, list := range members {
		p := make([]float64, len(list))
		for k := range windows {
			for j, i := range list {
				p[j] = kinds[i].falls[k].p
			}
			for j, adjusted := range infer.BenjaminiHochberg(p) {
				kinds[list[j]].falls[k].adjusted = adjusted
			}
		}
	}
}

func (r rankedKind) measures(metrics []string, quantiles []float64, o Options, windows int) []measure {
	level := o.Number("confidence")
	moments := make([]windowMoments, windows)
	for k := range moments {
		moments[k] = qualityMoments(r.current, k)
	}
	var ms []measure
	add := func(metric string, labels map[string]string, at func(k int) point) {
		m := newMeasure(metric, labels, windows)
		for k := range m.points {
			if moments[k].n > 0 {
				m.points[k] = at(k)
			}
		}
		ms = append(ms, m)
	}
	for _, metric := range metrics {
		switch metric {
		case "ranking_quality_quantile":
			for _, q := range quantiles {
				add(metric, with(r.labels, "quantile", strconv.FormatFloat(q, 'g', -1, 64)), func(k int) point { return moments[k].quantile(q, level) })
			}
		case "ranking_quality_below":
			limit := o.Number("limit")
			add(metric, with(r.labels, "limit", strconv.FormatFloat(limit, 'g', -1, 64)), func(k int) point {
				p := shareAbove(moments[k].h, limit, level)
				return point{value: 1 - p.value, lower: 1 - p.upper, upper: 1 - p.lower, least: 1 - p.most, most: 1 - p.least, n: p.n}
			})
		case "ranking_quality_change":
			if r.falls != nil {
				add(metric, r.labels, func(k int) point { return r.falls[k].change })
			}
		case "ranking_quality_adjusted_p_value":
			if r.falls != nil {
				add(metric, r.labels, func(k int) point { return valueOnly(r.falls[k].adjusted, moments[k].n) })
			}
		default:
			add(metric, r.labels, func(k int) point { return moments[k].moment("mean", level) })
		}
	}
	return ms
}
