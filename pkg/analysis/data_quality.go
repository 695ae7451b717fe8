package analysis

import (
	"math"
	"slices"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	dataquality "github.com/mlmonitor/mlmonitor-datasource/pkg/stats/quality"
)

// qualityCheck is something that can be wrong with data, and its metric.
type qualityCheck struct {
	name, metric, title, help string
	// role is the counter of a check that is a share of the observations.
	role  profile.Role
	style result.Style
}

var qualityChecks = []qualityCheck{
	{"missing", "missing_share", "Missing", "values that are absent", profile.FeatureMissing, described(share, "Share of the observations that are missing.")},
	{"invalid", "invalid_share", "Invalid", "values that cannot be read", profile.FeatureInvalid, described(share, "Share of the observations that are invalid.")},
	{"out_of_range", "out_of_range_share", "Out of range", "values outside the training range", profile.FeatureOutOfRange, described(share, "Share of the observations outside the training range.")},
	{"unseen", "unseen_share", "Unseen category", "categories that the training data lacks", profile.FeatureUnseen, described(share, "Share of the observations whose category the training data lacks.")},
	{"outliers", "outlier_share", "Outliers", "values outside Tukey's fences, from the baseline's quartiles", "", described(share, "Share of the values outside Tukey's fences, taken from the baseline's quartiles.")},
	{"new_categories", "new_category_share", "New category", "categories that the baseline lacks", "", described(share, "Share of the observations whose category the baseline lacks.")},
	{"anomalies", "anomaly_share", "Anomalies", "rows whose anomaly score is above the option anomalyLimit", "", described(share, "Share of the rows whose anomaly score is above the limit.")},
	{"freshness", "age_seconds", "Freshness", "time since the feature was last observed", "", atLeastZero(result.Seconds, "Time since the feature was last observed, at the window's end.")},
	{"volume", "volume_ratio", "Volume", "predictions against the same hours of the seasons before", "", unitless(0, infinite, "Predictions over what the same hours of the seasons before lead to expect.")},
}

func checkNamed(name string) qualityCheck {
	return qualityChecks[slices.IndexFunc(qualityChecks, func(c qualityCheck) bool { return c.name == name })]
}

func init() {
	style("failed_checks", described(amount, "Checks of the data that failed for certain, adjusted for the number of checks."))
	style("judged_checks", described(amount, "Checks of the data that had enough observations to judge."))
	style("share_rise", unitless(-1, 1, "Share less the baseline's."))
	var checks []EnumValue
	for _, c := range qualityChecks {
		style(c.metric, c.style)
		checks = append(checks, EnumValue{Value: c.name, Label: c.title, Description: c.help})
	}
	overTime := []query.Format{query.FormatHeatmap, query.FormatSeries}
	register(Analysis{
		Name: "data_quality", Title: "Data quality", Group: "Data", Icon: "clipboard-alt", NeedsModel: true,
		Summary:   "Missing, invalid, out-of-range and outlying values, unseen and new categories, freshness, and volume against its season, with intervals and verdicts.",
		NeedsText: "ml_feature_observations_total and any of ml_feature_missing_total, ml_feature_invalid_total, ml_feature_out_of_range_total, ml_feature_unseen_category_total; for outliers ml_feature_value, for volume ml_predictions_total.",
		Formats:   []FormatInfo{asHeatmap, asTable, asSeries, asNumbers},
		Baseline:  BaselineOptional, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: []Option{
			{Name: "checks", Type: TypeStrings, Title: "Checks", Enum: checks, Help: "What to check. None means all that the metrics, the baseline and the options allow."},
			featuresOption(),
			{Name: "tolerated", Type: TypeNumber, Title: "Tolerated rise", Default: 0.02, Min: at(0.000001), Max: at(1), Help: "The largest rise of a share above the baseline's that is of no concern; without a baseline the largest share."},
			{
				Name: "show", Type: TypeEnum, Title: "Show", Default: "value", Formats: overTime, Help: "What is drawn.",
				Enum: choices("value", "Share", "the share itself", "rise", "Rise", "the share less the baseline's"),
			},
			topOption("Rows", "Show the rows that are worst; 0 shows all.", 50, query.FormatHeatmap, query.FormatTable, query.FormatSeries),
			{Name: "fence", Type: TypeNumber, Title: "Fences", Default: 1.5, Min: at(0.1), Max: at(100), Advanced: true, Help: "How many interquartile ranges outside the baseline's quartiles a value is an outlier."},
			{Name: "anomalyLimit", Type: TypeNumber, Title: "Anomaly limit", Advanced: true, Help: "The anomaly score above which a row is an anomaly; left empty, anomaly scores are not checked."},
			{Name: "maximumAge", Type: TypeDuration, Title: "Oldest", Advanced: true, Help: "How long ago a feature may have been last observed; left empty, what its own rate leads to expect."},
			{Name: "lag", Type: TypeDuration, Title: "Lag", Default: "5m", Advanced: true, Help: "How old a value is by scraping alone; added to the age that a feature's own rate leads to expect."},
			{Name: "season", Type: TypeDuration, Title: "Season", Default: "1d", Advanced: true, Help: "After which time volume repeats itself: 1d or 7d."},
			{Name: "seasons", Type: TypeInteger, Title: "Seasons", Default: 7.0, Min: at(3), Max: at(60), Advanced: true, Help: "How many seasons before volume is compared with."},
			{Name: "toleratedVolume", Type: TypeNumber, Title: "Tolerated change of volume", Default: 0.5, Min: at(0.001), Max: at(1000), Advanced: true, Help: "The largest relative change of volume that is of no concern."},
			intervalOption(query.FormatSeries, query.FormatNumbers), confidenceOption(),
			{Name: "dispersion", Type: TypeNumber, Title: "Dispersion", Default: 1.0, Min: at(1), Max: at(1000), Advanced: true,
				Help: "By how much counts vary more than independent observations would, because they come in clusters (users, batches): sample sizes are divided by it."},
		},
		Roles: []RoleNeed{
			{Name: profile.FeatureObservations}, {Name: profile.FeatureMissing}, {Name: profile.FeatureInvalid}, {Name: profile.FeatureOutOfRange}, {Name: profile.FeatureUnseen},
			{Name: profile.FeatureValue}, {Name: profile.FeatureCategory}, {Name: profile.AnomalyScore}, {Name: profile.FeatureLastObserved}, {Name: profile.Predictions},
			{Name: profile.ReferenceFeatureValue}, {Name: profile.ReferenceCategory},
		},
		Reserved: []string{"check"},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			reads, err := qualityReads(q, o)
			requests := make([]counts.Request, len(reads))
			for i, r := range reads {
				requests[i] = r.request
			}
			return requests, err
		},
		Compute: dataQuality,
	})
}

// qualityOptions are the options of the statistics.
func qualityOptions(o Options) dataquality.Options {
	return dataquality.Options{Level: o.Number("confidence"), Tolerated: o.Number("tolerated"), Dispersion: o.Number("dispersion")}
}

// qualityRead is one read: of the query's own windows (season 0), of the
// baseline, or of the same windows some seasons before.
type qualityRead struct {
	request  counts.Request
	baseline bool
	season   int
}

// checks tells whether a check is asked for.
func checks(o Options, name string) bool {
	chosen := o.Strings("checks")
	return len(chosen) == 0 || slices.Contains(chosen, name)
}

// judges tells whether the format gives verdicts; over time there are only values.
func judges(q *query.Query) bool { return !q.Format.TimeLike() }

func qualityReads(q *query.Query, o Options) ([]qualityRead, error) {
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	perFeature := func(role profile.Role) counts.Request {
		return narrow(request(q, role, w, profile.Feature), profile.Feature, o.Strings("features"))
	}
	var reads []qualityRead
	// What a reference ships with it are values and categories; counters have no
	// twin there and are held against the tolerated share.
	add := func(r counts.Request, compared bool) error {
		r.Optional = true
		reads = append(reads, qualityRead{request: r})
		if q.Baseline == nil || !compared || q.Baseline.Kind == query.BaselineReference && references[r.Role] == "" {
			return nil
		}
		base, err := baselineRequest(q, r)
		reads = append(reads, qualityRead{request: base, baseline: true})
		return err
	}
	if err := add(perFeature(profile.FeatureObservations), true); err != nil {
		return nil, err
	}
	for _, c := range qualityChecks {
		if c.role != "" && checks(o, c.name) {
			if err := add(perFeature(c.role), true); err != nil {
				return nil, err
			}
		}
	}
	if q.Baseline != nil && checks(o, "outliers") {
		if err := add(perFeature(profile.FeatureValue), true); err != nil {
			return nil, err
		}
	}
	if q.Baseline != nil && checks(o, "new_categories") {
		categories := perFeature(profile.FeatureCategory)
		categories.Over = []profile.Label{profile.Category}
		if err := add(categories, true); err != nil {
			return nil, err
		}
	}
	if o.Set("anomalyLimit") && checks(o, "anomalies") {
		if err := add(request(q, profile.AnomalyScore, w), true); err != nil {
			return nil, err
		}
	}
	// Ages and volume are not shares, so a heatmap leaves them out.
	if q.Format != query.FormatHeatmap && checks(o, "freshness") {
		if err := add(perFeature(profile.FeatureLastObserved), false); err != nil {
			return nil, err
		}
	}
	if q.Format != query.FormatHeatmap && checks(o, "volume") {
		volume := request(q, profile.Predictions, w)
		volume.Optional = true
		reads = append(reads, qualityRead{request: volume})
		for j := range o.Integer("seasons") {
			before := volume
			before.Windows = w.Shift(-time.Duration(j+1) * seasonFor(o, w))
			reads = append(reads, qualityRead{request: before, season: j + 1})
		}
	}
	return reads, nil
}

// seasonFor is the smallest number of whole seasons that a window fits in, so
// that the windows before it do not overlap.
func seasonFor(o Options, w counts.Windows) time.Duration {
	season := max(o.Duration("season"), time.Second)
	return (w.Width + season - 1) / season * season
}

// qualityData is what was read, by role.
type qualityData struct {
	current, baseline map[profile.Role]counts.Data
	seasons           []counts.Data // of the predictions
}

func gatherQuality(q *query.Query, o Options, data []counts.Data) (qualityData, error) {
	d := qualityData{current: make(map[profile.Role]counts.Data), baseline: make(map[profile.Role]counts.Data)}
	reads, err := qualityReads(q, o)
	for i, r := range reads {
		switch {
		case r.season > 0:
			d.seasons = append(d.seasons, data[i])
		case r.baseline:
			// The role of a reference's read is its own; what it is compared with comes before it.
			d.baseline[reads[i-1].request.Role] = data[i]
		default:
			d.current[r.request.Role] = data[i]
		}
	}
	return d, err
}

func dataQuality(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	read, err := gatherQuality(q, o, data)
	if err != nil {
		return nil, err
	}
	rows, err := checkData(q, o, w, read, &said)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		said.missing(q, read.current[profile.FeatureObservations])
		said.warning("there is nothing to check in the window: choose a longer time range, and see which metrics the checks need")
		return nothing(q, "Data quality", w, said), nil
	}
	switch q.Format {
	case query.FormatTable:
		judgeTogether(rows, o)
		return []result.Result{qualityTable(q, o, w, rows, said)}, nil
	case query.FormatNumbers:
		families := judgeTogether(rows, o)
		ms := append(families, qualityMeasures(rows, "value")...)
		return answerMeasures(q, "Data quality", w, ms, limits{interval: o.Bool("interval")}, said), nil
	}
	show := o.String("show")
	if show == "rise" && q.Baseline == nil {
		said.warning("a rise needs a baseline: choose one, for instance the offset 7d; the shares are shown instead")
		show = "value"
	}
	rows = worstChecks(rows, show)
	if top := o.Integer("top"); top > 0 && len(rows) > top {
		said.info("%d of %d checks are shown, the worst: option top shows more", top, len(rows))
		rows = rows[:top]
	}
	ms := qualityMeasures(rows, show)
	if q.Format == query.FormatHeatmap {
		return []result.Result{result.Grid{Meta: meta(q, "Data quality", w, observations(ms), said), Times: w.Times(), Interval: w.Step, Rows: lines(ms, limits{})}}, nil
	}
	return answerMeasures(q, "Data quality", w, ms, limits{interval: o.Bool("interval")}, said), nil
}

// worstChecks sorts by the largest value in any window; ages and volumes, which
// are no shares, come last.
func worstChecks(rows []checked, show string) []checked {
	worst := func(c checked) float64 {
		if !c.isShare() {
			return -2
		}
		most := -1.0
		for _, p := range c.points(show) {
			if p.value > most {
				most = p.value
			}
		}
		return most
	}
	rank := make([]float64, len(rows))
	order := make([]int, len(rows))
	for i := range rows {
		rank[i], order[i] = worst(rows[i]), i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rank[a] > rank[b]:
			return -1
		case rank[a] < rank[b]:
			return 1
		}
		return 0
	})
	out := make([]checked, len(rows))
	for i, j := range order {
		out[i] = rows[j]
	}
	return out
}

func qualityMeasures(rows []checked, show string) []measure {
	var ms []measure
	for _, c := range rows {
		metric := c.check.metric
		labels := c.labels
		if show == "rise" && c.isShare() {
			metric, labels = "share_rise", with(labels, "check", c.check.name)
		}
		m := newMeasure(metric, labels, len(c.windows))
		copy(m.points, c.points(show))
		ms = append(ms, m)
	}
	return ms
}

// isNumber tells that a value is known.
func isNumber(x float64) bool { return !math.IsNaN(x) }
