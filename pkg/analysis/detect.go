package analysis

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/detect"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// detectable are the analyses over whose series changes are looked for.
func detectable() []EnumValue {
	return choices(
		"classification", "Classification quality", "metric names one of its metrics, such as recall",
		"ranking_power", "Ranking power", "such as auc",
		"calibration", "Calibration", "such as ece or brier",
		"scores", "Scores", "such as mean_score or share_above",
		"drift", "Drift", "metric names a method, such as js",
		"estimated_performance", "Estimated performance", "such as accuracy",
	)
}

func init() {
	style("statistic", unitless(math.Inf(-1), infinite, "The detector's statistic in standard deviations, rises positive and falls negative: an alarm is raised beyond the limit."))
	style("alarm", unitless(0, 1, "1 in a window that raises an alarm, 0 in one that does not."))
	var methods []EnumValue
	for _, m := range detect.Methods() {
		methods = append(methods, EnumValue{Value: string(m.Name), Label: m.Title, Description: m.Help})
	}
	series := []query.Format{query.FormatSeries}
	register(Analysis{
		Name: "detect", Title: "Detected changes", Group: "Drift", Icon: "bell", NeedsModel: true,
		Summary:   "When a series changed: CUSUM, Page-Hinkley, EWMA, Shewhart, Western Electric rules or ADWIN over any metric, each point standardised by its own error, with a stated rate of false alarms; as annotations too.",
		NeedsText: "What the watched analysis needs: for classification ml_outcomes_total, for ranking and calibration ml_outcome_score, for scores ml_score, for drift ml_feature_value.",
		Formats:   []FormatInfo{asSeries, asEvents},
		Baseline:  BaselineOptional, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "7d"},
		Options: []Option{
			{Name: "of", Type: TypeEnum, Title: "Watch", Default: "classification", Enum: detectable(), Help: "The analysis whose series is watched."},
			{Name: "metric", Type: TypeString, Title: "Metric", Help: "The metric of that analysis; left empty, those that it gives by itself."},
			{Name: "method", Type: TypeEnum, Title: "Detector", Default: string(detect.CUSUM), Enum: methods, Help: "How a change is looked for."},
			{Name: "direction", Type: TypeEnum, Title: "Direction", Default: string(detect.Both), Help: "Which changes count.",
				Enum: choices(string(detect.Both), "Both", "", string(detect.Up), "Rises", "", string(detect.Down), "Falls", "")},
			{Name: "show", Type: TypeEnum, Title: "Show", Default: "value", Formats: series, Help: "What is drawn.",
				Enum: choices(
					"value", "Value", "the series, with what it is held against and three standard deviations to either side",
					"statistic", "Statistic", "the detector's statistic and its limits",
					"alarm", "Alarms", "1 in a window that raises an alarm, else 0: for alert rules",
				)},
			{Name: "learn", Type: TypeInteger, Title: "Learn from", Unit: "windows", Default: 0.0, Min: at(0), Max: at(10000), Help: "How many windows at the start are taken for normal; 0 takes a third of them."},
			{Name: "target", Type: TypeNumber, Title: "Target", Help: "The value when nothing is wrong; left empty, it is learnt from the first windows."},
			{Name: "slack", Type: TypeNumber, Title: "Slack", Min: at(0), Max: at(10), Advanced: true, Help: "Half the change, in standard deviations, that CUSUM and Page-Hinkley find fastest; left empty, the method's own."},
			{Name: "limit", Type: TypeNumber, Title: "Limit", Min: at(0), Max: at(1000), Advanced: true, Help: "The statistic beyond which an alarm is raised; left empty, the method's own. A higher one makes fewer false alarms."},
			featuresOption(), positiveClassOption(), classOption(), confidenceOption(),
		},
		Roles: []RoleNeed{
			{Name: profile.Outcomes}, {Name: profile.OutcomeScore}, {Name: profile.Score}, {Name: profile.FeatureValue}, {Name: profile.FeatureCategory},
		},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			watched, own, options, err := watchedQuery(q, o)
			if err != nil {
				return nil, err
			}
			return watched.Needs(own, options)
		},
		Compute: detectChanges,
	})
}

// watchedQuery is the analysis that is watched, and the query that it is asked.
func watchedQuery(q *query.Query, o Options) (Analysis, *query.Query, Options, error) {
	a, err := Lookup(o.String("of"))
	if err != nil {
		return a, nil, Options{}, err
	}
	raw := map[string]json.RawMessage{}
	set := func(name string, value any) {
		if slices.ContainsFunc(a.Options, func(have Option) bool { return have.Name == name }) {
			// Strings, lists of them, numbers and booleans can always be written.
			raw[name], _ = json.Marshal(value)
		}
	}
	set("interval", true)
	set("top", 0)
	if metric := o.String("metric"); metric != "" && a.Name == "drift" {
		set("method", metric)
	} else if metric != "" {
		set("metrics", []string{metric})
	}
	set("features", o.Strings("features"))
	set("positiveClass", o.String("positiveClass"))
	set("class", o.String("class"))
	set("confidence", o.Number("confidence"))
	options, err := a.ParseOptions(raw)
	if e, ok := err.(*query.Error); ok {
		e.Field = "options.metric"
	}
	own := *q
	own.Analysis, own.Format, own.Options = a.Name, query.FormatSeries, raw
	return a, &own, options, err
}

// watched is one line with its points' standard errors, nil where it has none, and
// what the detector says.
type watched struct {
	line result.Line
	detect.Result
}

func detectChanges(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	a, own, options, err := watchedQuery(q, o)
	if err != nil {
		return nil, err
	}
	answers, err := a.Compute(own, options, data)
	if err != nil {
		return nil, err
	}
	w := data[0].Request.Windows
	var said notes
	var found []watched
	var series result.Series
	for _, r := range answers {
		s, ok := r.(result.Series)
		if !ok {
			continue
		}
		for _, n := range s.Notices {
			said.add(n.Severity, "%s", n.Text)
		}
		series = s
		limits := limitsOf(s.Lines)
		for _, line := range s.Lines {
			if line.Bound != "" {
				continue
			}
			run, err := detect.Run(detect.Series{Values: line.Values, Errors: standardErrors(line, limits, o.Number("confidence"))}, detectOptions(o, len(line.Values)))
			if err != nil {
				return nil, &query.Error{Field: "options", Message: err.Error()}
			}
			if run.Reason != "" {
				said.info("%s is not watched: %s", line.Name, run.Reason)
				continue
			}
			found = append(found, watched{line, run})
		}
	}
	if len(found) == 0 {
		said.warning("there is no series to watch: choose a longer time range or shorter windows")
		return nothing(q, "Detected changes", w, said), nil
	}
	if w.Width > w.Step {
		said.warning("the windows overlap, so neighbouring points are alike and false alarms come sooner than stated: let the window be as long as the step")
	}
	if length := found[0].RunLength; !math.IsNaN(length) && !math.IsInf(length, 0) {
		said.info("while nothing changes, each line raises a false alarm every %.0f windows on average, if points are independent", length)
	}
	if q.Format == query.FormatEvents {
		return []result.Result{detections(q, o, w, series, found, said)}, nil
	}
	return []result.Result{result.Series{Meta: meta(q, "Detected changes", w, series.N, said), Times: series.Times, Interval: series.Interval, Lines: detectorLines(o, found)}}, nil
}

// limitsOf are the limits of a series' intervals by the name of their line, which is
// that of the values and the limit's.
func limitsOf(lines []result.Line) map[string][]float64 {
	out := make(map[string][]float64)
	for _, l := range lines {
		if l.Bound != "" {
			out[l.Name] = l.Values
		}
	}
	return out
}

// standardErrors are those of a line's points, from the limits of their intervals;
// nil where it has no limits.
func standardErrors(line result.Line, limits map[string][]float64, level float64) []float64 {
	lower, upper := limits[line.Name+" lower"], limits[line.Name+" upper"]
	if lower == nil || upper == nil {
		return nil
	}
	out := make([]float64, len(lower))
	for k := range out {
		out[k] = (upper[k] - lower[k]) / (2 * infer.Z(level))
	}
	return out
}

func detectOptions(o Options, points int) detect.Options {
	out := detect.Options{Method: detect.Method(o.String("method")), Direction: detect.Direction(o.String("direction"))}
	if o.Set("target") {
		target := o.Number("target")
		out.Target = &target
	}
	learn := o.Integer("learn")
	if learn == 0 {
		learn = points / 3
	}
	out.Baseline = detect.Stretch{From: 0, To: min(learn, points)}
	out.Slack, out.Limit = orElse(o.Number("slack"), 0), orElse(o.Number("limit"), 0)
	return out
}
