package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compat"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

// What drift is looked for in.
const (
	ofFeatures    = "features"
	ofScores      = "scores"
	ofPredictions = "predictions"
	ofAll         = "all"
)

func init() {
	for _, m := range drift.Methods() {
		style(string(m.Name), unitless(m.Min, m.Max, m.Help))
	}
	style("drifted_share", described(share, "Share of the features with the verdict drift, of those with enough data."))
	style("drifted_features", described(amount, "Number of features with the verdict drift."))
	style("dataset_p_value", unitless(0, 1, "p-value of \"no feature drifted by more than is tolerated\", combined by Simes' method."))
	style("adjusted_p_value", unitless(0, 1, "p-value of \"the drift is within the tolerated effect\", adjusted for the number of features."))
	style("importance_weighted_drift", unitless(0, math.Inf(1), "Mean drift, weighted by the features' importance."))

	register(Analysis{
		Name: "drift", Title: "Drift", Group: "Drift", Icon: "exchange-alt", NeedsModel: true,
		Summary:   "How far features, scores or predicted classes have moved from the baseline, with intervals and verdicts that noise alone does not set off.",
		NeedsText: "Feature histograms (ml_feature_value) or category counters (ml_feature_category_total); for scores ml_score, for predicted classes ml_predictions_total.",
		Formats:   []FormatInfo{asHeatmap, asTable, asSeries, asNumbers},
		Baseline:  BaselineRequired, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: driftOptions(),
		Roles: []RoleNeed{
			{Name: profile.FeatureValue}, {Name: profile.FeatureCategory}, {Name: profile.Score}, {Name: profile.Predictions}, {Name: profile.FeatureImportance},
			{Name: profile.ReferenceFeatureValue}, {Name: profile.ReferenceCategory}, {Name: profile.ReferenceScore}, {Name: profile.ReferenceOutcomes},
		},
		Needs:   driftNeeds,
		Compute: computeDrift,
	})
}

// allBaselines are the kinds that every comparing analysis takes.
var allBaselines = []query.BaselineKind{
	query.BaselineOffset, query.BaselinePreceding, query.BaselinePeriod, query.BaselineReference, query.BaselineVersion,
}

// driftSources are the reads, current ones only, in the order in which they are sent.
func driftSources(q *query.Query, o Options, w counts.Windows) []counts.Request {
	var out []counts.Request
	of := o.String("of")
	if of == ofFeatures || of == ofAll {
		category := narrow(request(q, profile.FeatureCategory, w, profile.Feature), profile.Feature, o.Strings("features"))
		category.Over = []profile.Label{profile.Category}
		out = append(out, narrow(request(q, profile.FeatureValue, w, profile.Feature), profile.Feature, o.Strings("features")), category)
	}
	if of == ofScores || of == ofAll {
		out = append(out, request(q, profile.Score, w, profile.Class))
	}
	if of == ofPredictions || of == ofAll {
		predictions := request(q, profile.Predictions, w)
		predictions.Over = []profile.Label{profile.Predicted}
		out = append(out, predictions)
	}
	for i := range out {
		out[i].Optional = true
	}
	return out
}

func driftNeeds(q *query.Query, o Options) ([]counts.Request, error) {
	if _, err := comparisonOf(o); err != nil {
		return nil, err
	}
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	requests, err := withBaseline(q, driftSources(q, o, w))
	if err != nil {
		return nil, err
	}
	if o.Bool("importance") {
		importance := request(q, profile.FeatureImportance, counts.Single(w.Begin(0), w.End(w.Number-1)), profile.Feature)
		importance.Optional = true
		requests = append(requests, importance)
	}
	return requests, nil
}

// compared is one feature, score or set of predicted classes over the windows.
type compared struct {
	labels  map[string]string
	group   string // key of its model, version and group
	numeric bool
	method  drift.Method
	results []drift.Result // one per window
	left    float64        // share outside a tool's arithmetic
	// The categories that came or went, in the last window.
	appeared, vanished []string
	importance         float64 // NaN where unknown
}

// name is what the thing is called in a sentence.
func (c compared) name() string {
	for _, l := range []string{string(profile.Feature), "target"} {
		if v := c.labels[l]; v != "" {
			return v
		}
	}
	return "?"
}

// last is the result in the last window.
func (c compared) last() drift.Result { return c.results[len(c.results)-1] }

// comparison settles the options for both kinds of data.
type comparison struct {
	numeric, categorical drift.Method
	options              drift.Options
	adjust               string
	fdr                  float64
	tool                 compat.Tool // whose arithmetic; none means our own
}

func comparisonOf(o Options) (comparison, error) {
	c := comparison{
		numeric: drift.Method(o.String("method")), categorical: drift.Method(o.String("categoricalMethod")),
		adjust: o.String("adjust"), fdr: 1 - o.Number("confidence"),
		options: drift.Options{
			Level: o.Number("confidence"), Tolerated: o.Number("tolerated"), Base: o.String("base"), Pseudocount: o.Number("smoothing"),
			Dispersion: o.Number("dispersion"), MaxBins: o.Integer("bins"), Scale: o.String("scale"),
		},
	}
	info, err := drift.Lookup(c.numeric)
	if err != nil {
		return c, &query.Error{Field: "options.method", Message: err.Error()}
	}
	if c.categorical == "" {
		c.categorical = c.numeric
		if !info.Categorical {
			c.categorical = drift.ChiSquare
		}
	}
	return c, c.as(compat.Tool(o.String("compatibility")))
}

func computeDrift(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	how, err := comparisonOf(o)
	if err != nil {
		return nil, err
	}
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	sources := len(driftSources(q, o, w))
	things, err := compareSources(q, how, w, data[:sources], data[sources:2*sources], &said)
	if err != nil {
		return nil, err
	}
	name := driftName(how.numeric)
	if len(things) == 0 {
		said.missing(q, data[:sources]...)
		return nothing(q, name, w, said), nil
	}
	if o.Bool("importance") {
		weigh(things, data[2*sources], &said)
	}
	families := adjustWithin(things, w.Number, how)
	how.note(things, &said)
	noteComparisons(q, things, data[sources:2*sources], &said)
	switch q.Format {
	case query.FormatTable:
		return []result.Result{driftTable(q, o, name, w, things, said)}, nil
	case query.FormatHeatmap:
		return []result.Result{driftHeatmap(q, o, name, w, things, families, said)}, nil
	}
	ms := driftMeasures(q, o, w, things, families, &said)
	return answerMeasures(q, name, w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}

func driftName(m drift.Method) string {
	info, err := drift.Lookup(m)
	if err != nil {
		return "Drift"
	}
	return fmt.Sprintf("Drift (%s)", info.Title)
}

// weigh gives every feature its importance, at the end of the range.
func weigh(things []compared, d counts.Data, said *notes) {
	if d.Empty() {
		said.warning("no data for the role %s (ml_feature_importance): the drift cannot be weighed by importance", profile.FeatureImportance)
	}
	for i := range things {
		things[i].importance = math.NaN()
		by := d.Request.By
		for _, g := range d.Gauges {
			if len(g.Values) > 0 && key(g.Labels, by) == key(things[i].labels, by) {
				things[i].importance = g.Values[len(g.Values)-1]
			}
		}
	}
}

// noteComparisons says what the reader of the answer must know about its inputs.
func noteComparisons(q *query.Query, things []compared, baselines []counts.Data, said *notes) {
	var lost, alone, gone []string
	few, all, need := 0, 0, 0.0
	reason := ""
	sets := make([]map[string]string, len(things))
	for i, c := range things {
		sets[i] = c.labels
	}
	names := slices.DeleteFunc(varying(sets), func(n string) bool { return n == "metric" })
	for _, c := range things {
		name := cmp.Or(title(c.labels, names), c.name())
		edges := 0
		noBase, noCurrent := true, true
		for _, r := range c.results {
			edges = max(edges, r.LostEdges)
			noBase = noBase && !(r.NRef > 0)
			noCurrent = noCurrent && !(r.N > 0)
			if r.NRef > 0 && r.N > 0 {
				all++
				if r.Verdict == drift.Insufficient {
					few++
					if !math.IsInf(r.MinimumN, 0) && r.MinimumN > need {
						need = r.MinimumN
					}
					if reason == "" {
						reason = r.Reason
					}
				}
			}
		}
		if edges > 0 {
			lost = append(lost, fmt.Sprintf("%s (%d)", name, edges))
		}
		switch {
		case noCurrent:
			gone = append(gone, name)
		case noBase:
			alone = append(alone, name)
		}
	}
	if len(lost) > 0 {
		said.info("bucket layouts differ between baseline and current for %s: compared on the edges they share, the number of edges lost is in brackets", several(unique(lost)))
	}
	if len(alone) > 0 {
		said.warning("no baseline (%s) for %s: choose another baseline or wait until there is one", describeBaseline(q), several(unique(alone)))
		for _, d := range baselines {
			if d.Empty() && d.Request.Role != "" {
				said.info("%s", missingText(q, d.Request))
			}
		}
	}
	if len(gone) > 0 {
		said.warning("in the baseline but not in the current windows: %s", several(unique(gone)))
	}
	switch {
	case few > 0 && need > 0:
		said.warning("%d of %d comparisons rest on too few observations to tell; %.0f per window would be enough for all. %s", few, all, need, reason)
	case few > 0:
		said.warning("%d of %d comparisons cannot be judged. %s", few, all, reason)
	}
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
