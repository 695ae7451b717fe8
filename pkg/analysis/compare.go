package analysis

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// standardComparison are the metrics that are compared when the query names none.
var standardComparison = []string{"accuracy", "precision", "recall", "f1", "auc", "brier", "latency_mean"}

// latencies are the metrics of the time that predictions take.
var latencies = []quality{
	{name: "latency_mean", title: "Mean latency", help: "Mean time of a prediction.", lowerIsBetter: true},
	{name: "latency_p95", title: "Latency, 95 %", help: "Time that 95 % of the predictions take at most.", lowerIsBetter: true},
}

// verdictCounts are how many metrics have each verdict.
var verdictCounts = []struct {
	metric   string
	decision compare.Decision
}{
	{"metrics_better", compare.Better}, {"metrics_worse", compare.Worse}, {"metrics_equivalent", compare.Equivalent}, {"metrics_undecided", compare.Undecided},
}

func init() {
	metrics := qualityChoices()
	for _, m := range latencies {
		style(m.name, described(result.Style{Unit: result.Seconds, Min: 0, Max: math.NaN()}, m.help))
		metrics = append(metrics, EnumValue{Value: m.name, Label: m.title, Description: m.help})
	}
	for _, v := range verdictCounts {
		style(v.metric, described(amount, fmt.Sprintf("Number of metrics with the verdict %s.", v.decision)))
	}
	asked := []query.Format{query.FormatNumbers}
	register(Analysis{
		Name: "compare", Title: "Compare", Group: "Performance", Icon: "code-branch", NeedsModel: true,
		Summary:   "Whether the challenger is better than the champion: the difference of each metric between two versions, segments or times, its interval, a decision, and how much more data a decision takes; also as a test that may be looked at every minute.",
		NeedsText: "Outcomes (ml_outcomes_total), outcome scores (ml_outcome_score) or latencies (ml_prediction_duration_seconds) of both sides, whatever there is.",
		Formats:   []FormatInfo{asTable, asNumbers},
		Baseline:  BaselineRequired, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "7d"},
		Options: []Option{
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: metrics, Help: "What to compare. None means accuracy, precision, recall, F1, AUC, Brier score and mean latency, as far as there are data."},
			{Name: "tolerated", Type: TypeNumber, Title: "Smallest difference that matters", Default: 0.01, Min: at(0), Max: at(1), Help: "Below it two values are equivalent, in the metric's unit; 0 makes any difference count."},
			{Name: "toleratedLatency", Type: TypeNumber, Title: "The same of latency", Unit: "s", Default: 0.005, Min: at(0), Help: "Below it two latencies are equivalent, in seconds."},
			{Name: "sequential", Type: TypeBoolean, Title: "May be looked at any time", Default: false, Help: "Widen the intervals so that they hold at all looks at once (a confidence sequence): one may stop as soon as there is a decision. The window has to begin at a fixed time: set Since."},
			{Name: "since", Type: TypeString, Title: "Since", Help: "The fixed start of the experiment, such as 2026-05-01T00:00:00Z; left empty, the window is the query's own."},
			positiveClassOption(), classOption(),
			{Name: "adjust", Type: TypeBoolean, Title: "Adjust", Default: true, Advanced: true, Help: "Allow for the number of metrics in the verdicts, by Benjamini and Hochberg's method."},
			{Name: "dispersion", Type: TypeNumber, Title: "Dispersion", Default: 1.0, Min: at(1), Max: at(1000), Advanced: true, Help: "By how much counts vary more than independent observations would, because they come in clusters (users, batches)."},
			intervalOption(asked...), confidenceOption(),
		},
		Roles: []RoleNeed{
			{Name: profile.Outcomes}, {Name: profile.OutcomeScore}, {Name: profile.PredictionDuration},
			{Name: profile.ReferenceOutcomes}, {Name: profile.ReferenceOutcomeScore},
		},
		Reserved: []string{"value"},
		Needs:    compareNeeds,
		Compute:  compareAll,
	})
}

// comparedMetrics are the metrics asked for, those of latency too.
func comparedMetrics(o Options) []quality {
	names := o.Strings("metrics")
	if len(names) == 0 {
		names = standardComparison
	}
	var out []quality
	for _, n := range names {
		if i := slices.IndexFunc(latencies, func(m quality) bool { return m.name == n }); i >= 0 {
			out = append(out, latencies[i])
			continue
		}
		out = append(out, chosenQualities([]string{n})...)
	}
	return out
}

func (m quality) latency() bool {
	return slices.ContainsFunc(latencies, func(l quality) bool { return l.name == m.name })
}

// compareNeeds reads outcomes, outcome scores and latencies, as far as metrics need
// them, and the same of the baseline.
func compareNeeds(q *query.Query, o Options) ([]counts.Request, error) {
	if o.Bool("sequential") && o.Number("tolerated") == 0 {
		return nil, &query.Error{Field: "options.tolerated", Message: "a sequential comparison needs the size of the difference that it should find, not 0: use 0.01 for rates"}
	}
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	if since := o.String("since"); since != "" {
		from, err := time.Parse(time.RFC3339, since)
		if err != nil {
			return nil, &query.Error{Field: "options.since", Message: fmt.Sprintf("since %q is not a time: use 2026-05-01T00:00:00Z", since)}
		}
		if !from.Before(q.To) {
			return nil, &query.Error{Field: "options.since", Message: fmt.Sprintf("since %q is not before the end of the time range: choose an earlier start", since)}
		}
		w = counts.Single(from, q.To)
	}
	var current []counts.Request
	add := func(r counts.Request, asked func(quality) bool) {
		if slices.ContainsFunc(comparedMetrics(o), asked) {
			r.Optional = true
			current = append(current, r)
		}
	}
	add(outcomesRequest(q, w), func(m quality) bool { return !m.scored && !m.latency() })
	add(scoredRequest(q, w), func(m quality) bool { return m.scored })
	if q.Baseline.Kind != query.BaselineReference {
		add(request(q, profile.PredictionDuration, w), quality.latency)
	}
	if len(current) == 0 {
		return nil, &query.Error{Field: "options.metrics", Message: "a reference has no latencies: choose another baseline or other metrics"}
	}
	return withBaseline(q, current)
}
