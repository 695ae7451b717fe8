package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// standardPlan are the metrics that a window is planned for when the query names none.
var standardPlan = []string{"accuracy", "precision", "recall", "f1", "auc"}

func init() {
	var methods []EnumValue
	for _, m := range drift.Methods() {
		if m.Numeric && m.Categorical {
			methods = append(methods, EnumValue{Value: string(m.Name), Label: m.Title, Description: m.Help})
		}
	}
	register(Analysis{
		Name: "plan", Title: "Window planner", Group: "Models", Icon: "calculator-alt", NeedsModel: true,
		Summary:   "How long a window has to be: the rows, and at today's traffic the time, after which a metric is known to the wanted precision and noise alone stays within the tolerated drift of a feature.",
		NeedsText: "Outcomes (ml_outcomes_total) and outcome scores (ml_outcome_score) for metrics; feature histograms (ml_feature_value) and category counters (ml_feature_category_total) for drift. Whatever there is.",
		Formats:   []FormatInfo{asTable},
		Options: []Option{
			{Name: "precision", Type: TypeNumber, Title: "Precision", Default: 0.02, Min: at(0.0001), Max: at(0.5), Help: "The wanted half-width of the interval of metrics."},
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: qualityChoices(), Help: "The metrics to plan for. None means accuracy, precision, recall, F1 and AUC."},
			{Name: "method", Type: TypeEnum, Title: "Drift by", Default: string(drift.PSI), Enum: methods, Help: "The distance or test by which features are to be watched."},
			{Name: "tolerated", Type: TypeNumber, Title: "Tolerated drift", Min: at(0), Help: "The largest drift that is of no concern; left empty or 0, the method's customary limit."},
			featuresOption(), positiveClassOption(), classOption(), confidenceOption(),
			{Name: "dispersion", Type: TypeNumber, Title: "Dispersion", Default: 1.0, Min: at(1), Max: at(1000), Advanced: true, Help: "By how much counts vary more than independent observations would, because they come in clusters (users, batches): it takes so many times as many rows."},
		},
		Roles: []RoleNeed{{Name: profile.Outcomes}, {Name: profile.OutcomeScore}, {Name: profile.FeatureValue}, {Name: profile.FeatureCategory}},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			if err != nil {
				return nil, err
			}
			categories := narrow(request(q, profile.FeatureCategory, w, profile.Feature), profile.Feature, o.Strings("features"))
			categories.Over = []profile.Label{profile.Category}
			requests := []counts.Request{
				outcomesRequest(q, w), scoredRequest(q, w),
				narrow(request(q, profile.FeatureValue, w, profile.Feature), profile.Feature, o.Strings("features")), categories,
			}
			for i := range requests {
				requests[i].Optional = true
			}
			return requests, nil
		},
		Compute: plan,
	})
}

// planned is what one metric or feature takes.
type planned struct {
	labels     map[string]string
	what, kind string
	goal       string
	value      float64 // of the metric now
	n, needed  float64 // rows in the window, and rows that it takes
	reason     string
}

// window is the smallest window with the rows that it takes; false where there is none.
func (p planned) window(w counts.Windows, dispersion float64) (time.Duration, bool) {
	if !(p.n > 0) || !(p.needed >= 0) {
		return 0, false
	}
	return compare.Window(p.needed, p.n/w.Width.Hours(), dispersion)
}

func plan(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	all, err := plannedMetrics(q, o, data[0], data[1], &said)
	if err != nil {
		return nil, err
	}
	features, err := plannedFeatures(o, data[2], data[3])
	if err != nil {
		return nil, err
	}
	all = append(all, features...)
	if len(all) == 0 {
		said.missing(q, data...)
		said.warning("there is nothing to plan for in the window: it takes outcomes or features of the model")
		return nothing(q, "Window planner", w, said), nil
	}
	return []result.Result{planTable(q, o, w, all, said)}, nil
}

// plannedMetrics are the rows that metrics take.
func plannedMetrics(q *query.Query, o Options, outcomes, scores counts.Data, said *notes) ([]planned, error) {
	names := o.Strings("metrics")
	if len(names) == 0 {
		names = standardPlan
	}
	level, half := o.Number("confidence"), o.Number("precision")
	goal := fmt.Sprintf("± %g", half)
	var out []planned
	for _, g := range outcomes.Tallies {
		c, err := confusionsOf(g, 1, said)
		if err != nil {
			return nil, err
		}
		if !c.has[0] || c.windows[0].Total() == 0 {
			continue
		}
		positive := positiveOf(c.classes, o.String("positiveClass"))
		if positive != "" && !slices.Contains(c.classes, positive) {
			said.warning("class %q does not occur among the outcomes, whose classes are %s", positive, several(c.classes))
			continue
		}
		for _, m := range chosenQualities(names) {
			if m.scored {
				continue
			}
			e, err := m.of(c.windows[0], positive, level)
			if err != nil {
				return nil, err
			}
			p, err := plannedMetric(m, e, half, level)
			if err != nil {
				return nil, err
			}
			p.labels, p.goal = c.labels, goal
			out = append(out, p)
		}
	}
	if scores.Empty() {
		return out, nil
	}
	groups, err := scoresOf(q, o, scores, said)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		positives, negatives := g.binned[0].Totals()
		for _, m := range chosenQualities(names) {
			if !m.scored || !g.has[0] || positives+negatives == 0 {
				continue
			}
			e, err := m.ofScores(g.binned[0], level)
			if err != nil {
				return nil, err
			}
			p, err := plannedMetric(m, e, half, level)
			if err != nil {
				return nil, err
			}
			p.labels, p.goal = g.labels, goal
			out = append(out, p)
		}
	}
	return out, nil
}

// rates are the metrics that are shares of rows, for which the rows follow from the
// value alone.
var rates = []string{"accuracy", "precision", "recall", "specificity", "fpr", "fnr", "npv", "prevalence", "predicted_share"}

// plannedMetric is the rows that one metric takes: of its denominator for a rate.
func plannedMetric(m quality, e compare.Measure, half, level float64) (planned, error) {
	p := planned{what: m.title, kind: "metric", value: e.Value, n: e.N, needed: math.NaN(), reason: e.Reason}
	if math.IsNaN(e.Value) || !(e.N > 0) {
		return p, nil
	}
	var err error
	if slices.Contains(rates, m.name) {
		p.needed, err = compare.RateSize(e.Value, half, level)
		return p, err
	}
	se := (e.Upper - e.Lower) / (2 * infer.Z(level))
	if !(se > 0) || math.IsInf(se, 1) {
		p.reason = "its error is not known"
		return p, nil
	}
	p.needed, err = compare.ScaledSize(se, e.N, half, level)
	return p, err
}

// plannedFeatures are the rows at which noise alone stays within the tolerated drift,
// with the window as the reference.
func plannedFeatures(o Options, values, categories counts.Data) ([]planned, error) {
	method := drift.Method(o.String("method"))
	info, err := drift.Lookup(method)
	if err != nil {
		return nil, err
	}
	options := drift.Options{Level: o.Number("confidence"), Tolerated: o.Number("tolerated")}
	tolerated := options.Tolerated
	if !(tolerated > 0) {
		tolerated = info.DefaultTolerated
	}
	goal := fmt.Sprintf("%s ≤ %g", info.Title, tolerated)
	var out []planned
	add := func(labels map[string]string, kind string, n float64, size func() (float64, error)) error {
		p := planned{labels: labels, what: labels[string(profile.Feature)], kind: kind, goal: goal, value: math.NaN(), n: n}
		var err error
		if p.needed, err = size(); math.IsInf(p.needed, 1) {
			p.needed, p.reason = math.NaN(), "the window holds too few rows to be a baseline: choose a longer one"
		}
		out = append(out, p)
		return err
	}
	for i := range values.Histograms {
		g := &values.Histograms[i]
		h, ok := histogramAt(g, 0)
		if !ok || h.Total() == 0 {
			continue
		}
		if err := add(g.Labels, "numeric feature", h.Total(), func() (float64, error) { return compare.DriftSize(method, h, options) }); err != nil {
			return nil, err
		}
	}
	for i := range categories.Tallies {
		g := &categories.Tallies[i]
		cells, ok := tallyAt(g, 0)
		if !ok || total(cells) == 0 {
			continue
		}
		if err := add(g.Labels, "categorical feature", total(cells), func() (float64, error) { return compare.DriftCategoriesSize(method, cells, options) }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// planTable has the longest windows on top; on them depends how long a window for
// everything has to be.
func planTable(q *query.Query, o Options, w counts.Windows, all []planned, said notes) result.Table {
	dispersion := o.Number("dispersion")
	seconds := func(p planned) float64 {
		if d, ok := p.window(w, dispersion); ok {
			return d.Seconds()
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(all, func(a, b planned) int {
		return cmp.Or(cmp.Compare(seconds(b), seconds(a)), strings.Compare(a.what, b.what))
	})
	var s sheet
	n := 0.0
	for _, p := range all {
		n = math.Max(n, orElse(p.n, 0))
		s.row()
		s.labels(p.labels, groupLabels(q))
		if class := p.labels[string(profile.Class)]; class != "" {
			s.text("Class", class)
		}
		s.text("What", p.what)
		s.text("Kind", p.kind)
		s.text("Goal", p.goal)
		window := ""
		if d, ok := p.window(w, dispersion); ok {
			window = wordy(d.Seconds())
		}
		s.text("Window needed", window)
		s.number("Seconds needed", orNaN(seconds(p)), result.Style{Unit: result.Seconds, Min: 0, Max: math.NaN()})
		s.number("Rows needed", orNaN(p.needed*dispersion), described(amount, "of the metric's denominator, or observations of the feature"))
		s.number("Rows per hour", p.n/w.Width.Hours(), described(amount, "at the traffic of the window"))
		s.number("Value now", p.value, plain)
		s.text("Reason", p.reason)
	}
	said.info("rows and windows are for the traffic and the values of the last %s, with rows that are %s", query.FormatDuration(w.Width), clusteredText(dispersion))
	return result.Table{Meta: meta(q, "Window planner", w, n, said), Columns: s.done()}
}

func clusteredText(dispersion float64) string {
	if dispersion > 1 {
		return fmt.Sprintf("clustered by a dispersion of %g", dispersion)
	}
	return "independent"
}
