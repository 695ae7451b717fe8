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
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

var verdictColors = map[string]string{
	string(drift.OK): "green", string(drift.Uncertain): "yellow", string(drift.Drift): "red", string(drift.Insufficient): "blue",
}

// severity ranks verdicts, worst first.
func severity(v drift.Verdict) int {
	return slices.Index([]drift.Verdict{drift.Drift, drift.Uncertain, drift.OK, drift.Insufficient}, v)
}

// shownPoint is what a format over time shows of a result.
func shownPoint(r drift.Result, show string, hide bool) point {
	if r.N == 0 && r.NRef == 0 || hide && r.Verdict == drift.Insufficient {
		p := absent()
		p.n = r.N
		return p
	}
	switch show {
	case "lower":
		return valueOnly(r.Lower, r.N)
	case "adjusted_p_value":
		return valueOnly(r.AdjustedP, r.N)
	}
	return point{value: r.Value, lower: r.Lower, upper: r.Upper, least: orNaN(r.BoundLower), most: orNaN(r.BoundUpper), n: r.N}
}

// shownMeasure is one feature over the windows.
func shownMeasure(c compared, show string, hide bool) measure {
	metric, bound := string(c.method), ""
	switch show {
	case "lower":
		bound = "lower"
	case "adjusted_p_value":
		metric = show
	}
	m := newMeasure(metric, with(c.labels, "bound", bound), len(c.results))
	for k, r := range c.results {
		m.points[k] = shownPoint(r, show, hide)
	}
	return m
}

// worstFirst sorts by the most drift that is certain in any window, then by the
// largest value, then by name.
func worstFirst(things []compared) {
	rank := make(map[string][2]float64, len(things))
	id := func(c compared) string { return title(c.labels, labelNames(c.labels)) }
	for _, c := range things {
		worst := [2]float64{math.Inf(-1), math.Inf(-1)}
		for _, r := range c.results {
			if r.Verdict == drift.Insufficient {
				continue
			}
			worst[0] = math.Max(worst[0], -orElse(-r.Lower, math.Inf(1)))
			worst[1] = math.Max(worst[1], -orElse(-r.Value, math.Inf(1)))
		}
		rank[id(c)] = worst
	}
	slices.SortStableFunc(things, func(a, b compared) int {
		ra, rb := rank[id(a)], rank[id(b)]
		return cmp.Or(cmp.Compare(rb[0], ra[0]), cmp.Compare(rb[1], ra[1]), strings.Compare(id(a), id(b)))
	})
}

func orElse(x, otherwise float64) float64 {
	if math.IsNaN(x) {
		return otherwise
	}
	return x
}

func labelNames(labels map[string]string) []string {
	names := make([]string, 0, len(labels))
	for n := range labels {
		names = append(names, n)
	}
	return ordered(names)
}

// topOf keeps the first rows and says that others were left out.
func topOf(things []compared, top int, said *notes) []compared {
	if top < 1 || len(things) <= top {
		return things
	}
	said.info("%d of %d are shown, those that drifted most: option top shows more", top, len(things))
	return things[:top]
}

// driftMeasures are the values of series and numbers: what all features say
// together, then the features, worst first.
func driftMeasures(q *query.Query, o Options, w counts.Windows, things []compared, families []family, said *notes) []measure {
	show := o.String("show")
	var ms []measure
	if q.Format == query.FormatNumbers || show == "drifted_share" || o.Bool("importance") {
		for _, f := range families {
			of := f.measures(q, o, w)
			if show == "drifted_share" { // alone: an alert rule's threshold is meant for it
				of = of[:1]
			}
			ms = append(ms, of...)
		}
	}
	if show == "drifted_share" {
		return ms
	}
	worstFirst(things)
	if q.Format == query.FormatSeries {
		things = topOf(things, o.Integer("top"), said)
	}
	hide := o.String("insufficient") == "hide"
	for _, c := range things {
		ms = append(ms, shownMeasure(c, show, hide))
	}
	return ms
}

// measures are the share and number of drifted features and their combined
// p-value; the weighted drift where importance was asked for.
func (f family) measures(q *query.Query, o Options, w counts.Windows) []measure {
	drifted := newMeasure("drifted_share", f.labels, w.Number)
	number := newMeasure("drifted_features", f.labels, w.Number)
	p := newMeasure("dataset_p_value", f.labels, w.Number)
	weighted := newMeasure("importance_weighted_drift", f.labels, w.Number)
	for k := range w.Number {
		if f.tested[k] > 0 {
			drifted.points[k] = valueOnly(f.drifted[k]/f.tested[k], f.tested[k])
			number.points[k] = valueOnly(f.drifted[k], f.tested[k])
			p.points[k] = valueOnly(f.p[k], f.tested[k])
			weighted.points[k] = valueOnly(f.weighted[k], f.tested[k])
		}
	}
	ms := []measure{drifted}
	if q.Format == query.FormatNumbers {
		ms = append(ms, number, p)
	}
	if o.Bool("importance") {
		ms = append(ms, weighted)
	}
	return ms
}

func driftHeatmap(q *query.Query, o Options, name string, w counts.Windows, things []compared, families []family, said notes) result.Grid {
	show := o.String("show")
	var ms []measure
	if show == "drifted_share" {
		for _, f := range families {
			ms = append(ms, f.measures(q, o, w)[0])
		}
	} else {
		worstFirst(things)
		for _, c := range topOf(things, o.Integer("top"), &said) {
			ms = append(ms, shownMeasure(c, show, o.String("insufficient") == "hide"))
		}
	}
	return result.Grid{Meta: meta(q, name, w, observations(ms), said), Times: w.Times(), Interval: w.Step, Rows: gridRows(ms)}
}

// gridRows names every row by what tells it from the others, a single one by
// the thing it is about. The metric is only part of the names where they would
// be alike without it.
func gridRows(ms []measure) []result.Line {
	rows := lines(ms, limits{})
	sets := make([]map[string]string, len(ms))
	for i, m := range ms {
		sets[i] = m.labels
	}
	names := slices.DeleteFunc(varying(sets), func(n string) bool { return n == "metric" })
	if len(ms) == 1 {
		names = []string{"target", string(profile.Feature), string(profile.Class)}
	}
	taken := make(map[string]bool, len(ms))
	short := make([]string, len(ms))
	for i, m := range ms {
		short[i] = title(m.labels, names)
		if short[i] == "" || taken[short[i]] {
			return rows
		}
		taken[short[i]] = true
	}
	for i := range rows {
		rows[i].Name = short[i]
	}
	return rows
}

// driftTable has one row per feature, score or set of classes, worst first: by
// verdict, then by the drift that is certain.
func driftTable(q *query.Query, o Options, name string, w counts.Windows, things []compared, said notes) result.Table {
	slices.SortStableFunc(things, func(a, b compared) int {
		ra, rb := a.last(), b.last()
		return cmp.Or(
			cmp.Compare(severity(ra.Verdict), severity(rb.Verdict)),
			cmp.Compare(orElse(rb.Lower, -1), orElse(ra.Lower, -1)),
			cmp.Compare(orElse(rb.Value, -1), orElse(ra.Value, -1)),
			strings.Compare(a.name(), b.name()),
		)
	})
	hasTarget, hasClass := o.String("of") != ofFeatures, o.String("of") == ofScores || o.String("of") == ofAll
	gauge := gaugeStyle(things)
	var s sheet
	n := math.NaN()
	for _, c := range topOf(things, o.Integer("top"), &said) {
		r := c.last()
		if !(r.N <= n) {
			n = r.N
		}
		s.row()
		s.labels(c.labels, groupLabels(q))
		if hasTarget {
			s.text("Target", cmp.Or(c.labels["target"], "feature"))
		}
		s.text("Feature", c.labels[string(profile.Feature)])
		if hasClass {
			s.text("Class", c.labels[string(profile.Class)])
		}
		s.text("Kind", kindOf(c))
		s.mark("Verdict", string(r.Verdict), verdictColors)
		s.gauge("Drift", r.Value, gauge)
		s.text("Method", string(c.method))
		s.number("Lower", r.Lower, plain)
		s.number("Upper", r.Upper, plain)
		s.number("Hard lower", orNaN(r.BoundLower), described(plain, "the least that the values inside the buckets could give"))
		s.number("Hard upper", orNaN(r.BoundUpper), described(plain, "the most that the values inside the buckets could give"))
		s.number("Tolerated", r.Tolerated, plain)
		s.number("Adjusted p", r.AdjustedP, styleOf("adjusted_p_value"))
		s.number("p of no difference", r.P, unitless(0, 1, "says nothing about size: with many observations every difference is significant"))
		s.number("Noise floor", r.NoiseFloor, described(plain, "what noise alone can reach with these numbers of observations"))
		s.number("n", r.N, described(amount, "observations in the window"))
		s.number("Baseline n", r.NRef, described(amount, "observations in the baseline"))
		s.number("n needed", orNaN(r.MinimumN), described(amount, "observations at which noise alone stays within the tolerated drift"))
		s.text("New categories", several(c.appeared))
		s.text("Vanished categories", several(c.vanished))
		if o.Bool("importance") {
			s.number("Importance", c.importance, plain)
		}
		s.text("Reason", r.Reason)
	}
	return result.Table{Meta: meta(q, name, w, n, said), Columns: s.done()}
}

func kindOf(c compared) string {
	if c.numeric {
		return "numeric"
	}
	return "categorical"
}

// gaugeStyle scales the bars in the cells to the larger of the worst drift and
// twice the tolerated one, so that a bar past its middle is past the limit when
// nothing is worse.
func gaugeStyle(things []compared) result.Style {
	most := 0.0
	for _, c := range things {
		most = math.Max(most, math.Max(2*c.last().Tolerated, orElse(c.last().Value, 0)))
	}
	return unitless(0, most, "the distance, less what noise alone adds where that is known")
}
