package analysis

import (
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
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
