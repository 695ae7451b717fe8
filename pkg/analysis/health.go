package analysis

import (
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// healthStatus is what the rules say of a model, and its value in numbers.
type healthStatus int

const (
	statusHealthy healthStatus = iota
	statusWarning
	statusCritical
	statusNoData
)

var (
	healthStatuses = []string{statusHealthy: "HEALTHY", statusWarning: "WARNING", statusCritical: "CRITICAL", statusNoData: "NO DATA"}
	healthColors   = map[string]string{"HEALTHY": "green", "WARNING": "orange", "CRITICAL": "red", "NO DATA": "blue"}
)

// String is the status as tables show it.
func (s healthStatus) String() string { return healthStatuses[s] }

// metric counts the model versions with the status.
func (s healthStatus) metric() string {
	return "models_" + strings.ReplaceAll(strings.ToLower(s.String()), " ", "_")
}

// usualRules need no configuration: they hold what is certain against limits that
// suit any model, and say nothing where there are too few data. 0.0025 is a root
// mean squared calibration error of 0.05.
const usualRules = `critical: drift.drifted_share >= 0.5
warning: drift.drifted_share > 0
warning: data_quality.failed_checks > 0
warning: lower(calibration.squared_calibration_error) > 0.0025`

func init() {
	style("health", unitless(0, 2, "0 is healthy, 1 a warning, 2 critical; empty without data."))
	for s, text := range healthStatuses {
		style(healthStatus(s).metric(), described(amount, "Model versions whose status is "+text+"."))
	}
	register(Analysis{
		Name: "health", Title: "Health", Group: "Models", Icon: "heart",
		Summary:   "One verdict per model and version, HEALTHY, WARNING, CRITICAL or NO DATA, with its reasons in words: rules over any analyses, joined by and and or.",
		NeedsText: "What the analyses in the rules need; by itself ml_predictions_total. The usual rules take ml_feature_value, ml_feature_category_total, the counters of data quality and ml_outcome_score, each if it is there.",
		Formats:   []FormatInfo{asTable, asNumbers, asSeries},
		Baseline:  BaselineOptional, Baselines: allBaselines, DefaultBaseline: map[string]string{"kind": string(query.BaselineOffset), "offset": "1d"},
		Options: []Option{
			{Name: "rules", Type: TypeString, Title: "Rules", Default: strings.ReplaceAll(usualRules, "\n", "; "),
				Help: "One rule per line, or separated by semicolons, such as: warning: lower(calibration.ece) > 0.05 and classification.accuracy < 0.8. Left empty, the usual rules."},
			confidenceOption(),
		},
		Roles: []RoleNeed{
			{Name: profile.Predictions}, {Name: profile.FeatureValue}, {Name: profile.FeatureCategory}, {Name: profile.FeatureObservations}, {Name: profile.FeatureMissing},
			{Name: profile.FeatureInvalid}, {Name: profile.FeatureOutOfRange}, {Name: profile.FeatureUnseen}, {Name: profile.FeatureLastObserved}, {Name: profile.OutcomeScore},
		},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			plan, err := healthPlanOf(q, o)
			return plan.requests, err
		},
		Compute: health,
	})
}

// healthPlan is what a query takes: the predictions, then what every part reads.
type healthPlan struct {
	query    *query.Query // with the baseline settled
	windows  counts.Windows
	rules    []healthRule
	parts    []healthPart
	requests []counts.Request
	// volumes is how many of the requests read predictions; ends is where each
	// part's requests end.
	volumes int
	ends    []int
}

func healthPlanOf(q *query.Query, o Options) (healthPlan, error) {
	p := healthPlan{query: q}
	if q.Baseline == nil {
		a, err := Lookup("health")
		if err != nil {
			return p, err
		}
		b, err := a.defaultBaseline()
		if err != nil {
			return p, err
		}
		based := *q
		based.Baseline, p.query = b, &based
	}
	text := o.String("rules")
	if strings.TrimSpace(text) == "" {
		text = usualRules
	}
	var err error
	if p.windows, err = windowsFor(q); err != nil {
		return p, err
	}
	if p.rules, err = parseHealthRules(text); err != nil {
		return p, err
	}
	if p.parts, err = healthParts(p.rules, o); err != nil {
		return p, err
	}
	volume := request(p.query, profile.Predictions, p.windows)
	volume.Optional = true
	p.requests = []counts.Request{volume}
	// Models that have fallen silent are known from the time before.
	switch p.query.Baseline.Kind {
	case query.BaselineOffset, query.BaselinePreceding, query.BaselinePeriod:
		before := volume
		before.Windows = baselineWindows(p.query, p.windows)
		p.requests = append(p.requests, before)
	}
	p.volumes = len(p.requests)
	for i := range p.parts {
		requests, err := p.parts[i].needs(p.query, p.windows)
		if err != nil {
			return p, err
		}
		p.requests = append(p.requests, requests...)
		p.ends = append(p.ends, len(p.requests))
	}
	return p, nil
}

// monitored is one model, version and group with a verdict per window.
type monitored struct {
	labels   map[string]string
	verdicts []healthVerdict
}

// last is the verdict in the last window, the only one of tables and numbers.
func (m monitored) last() healthVerdict { return m.verdicts[len(m.verdicts)-1] }

func health(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	plan, err := healthPlanOf(q, o)
	if err != nil {
		return nil, err
	}
	var said notes
	said.read(data...)
	w, windows := plan.windows, plan.windows.Number
	answers := make([]map[string][]observed, len(plan.parts)*windows)
	notices := make([][]result.Notice, len(answers))
	err = parallel(len(answers), func(i int) error {
		part, k := i/windows, i%windows
		begin := plan.volumes
		if part > 0 {
			begin = plan.ends[part-1]
		}
		var err error
		answers[i], notices[i], err = plan.parts[part].answer(plan.query, w, k, data[begin:plan.ends[part]])
		return err
	})
	if err != nil {
		return nil, err
	}
	found := plan.judge(data[:plan.volumes], answers)
	if len(found) == 0 {
		said.missing(q, data[0])
		said.warning("no model was seen in the window: check the model's name, the time range and the matchers")
		return nothing(plan.query, "Health", w, said), nil
	}
	if windows == 1 {
		for i, p := range plan.parts {
			for _, n := range notices[i] {
				if !slices.ContainsFunc(said.list, func(have result.Notice) bool { return have.Text == n.Text }) {
					said.info("%s: %s", p.analysis.Title, n.Text)
				}
			}
		}
	}
	plan.noteUnknown(found, &said)
	if q.Format == query.FormatTable {
		return []result.Result{healthTable(plan.query, w, found, said)}, nil
	}
	return answerMeasures(plan.query, "Health", w, healthMeasures(plan.query, windows, found), limits{}, said), nil
}

// judge finds the models there are, sorted, and their verdicts.
func (p healthPlan) judge(volumes []counts.Data, answers []map[string][]observed) []monitored {
	by := groupLabels(p.query)
	groups := make(map[string]map[string]string)
	for _, d := range volumes {
		for _, g := range d.Tallies {
			groups[key(g.Labels, by)] = only(g.Labels, by)
		}
	}
	for _, a := range answers {
		for k, values := range a {
			// A value of all models together is of none.
			if labels := only(values[0].Labels, by); groups[k] == nil && len(labels) > 0 {
				groups[k] = labels
			}
		}
	}
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	predictions := totalsOf(volumes[0])
	found := make([]monitored, len(keys))
	for i, k := range keys {
		m := monitored{labels: groups[k], verdicts: make([]healthVerdict, p.windows.Number)}
		predicted := predictions(m.labels)
		for n := range m.verdicts {
			values := make([][]observed, len(p.parts))
			for j := range p.parts {
				values[j] = answers[j*p.windows.Number+n][k]
			}
			m.verdicts[n] = p.verdict(predicted(n), values)
		}
		found[i] = m
	}
	return found
}

// noteUnknown says what the rules ask for is not known, and of how many models.
func (p healthPlan) noteUnknown(found []monitored, said *notes) {
	unknown := make(map[string]int)
	var order []string
	judged := 0
	for _, m := range found {
		if m.last().silent {
			continue
		}
		judged++
		for _, u := range m.last().unknown {
			if unknown[u.quantity] == 0 {
				order = append(order, u.quantity)
			}
			unknown[u.quantity]++
		}
	}
	when := ""
	if p.windows.Number > 1 {
		when = " in the last window"
	}
	for _, c := range order {
		said.info("%s is not known of %d of %d model versions%s: too few data, or what it needs is not exported", c, unknown[c], judged, when)
	}
}

// healthMeasures are the statuses as values; as numbers, how many models have
// each status too.
func healthMeasures(q *query.Query, windows int, found []monitored) []measure {
	var ms []measure
	if q.Format == query.FormatNumbers {
		number := make([]float64, len(healthStatuses))
		for _, m := range found {
			number[m.last().status]++
		}
		for s := range healthStatuses {
			m := newMeasure(healthStatus(s).metric(), nil, 1)
			m.points[0] = valueOnly(number[s], float64(len(found)))
			ms = append(ms, m)
		}
	}
	for _, f := range found {
		m := newMeasure("health", f.labels, windows)
		for k, v := range f.verdicts {
			m.points[k].n = v.predictions
			if v.status != statusNoData {
				m.points[k].value = float64(v.status)
			}
		}
		ms = append(ms, m)
	}
	return ms
}

// healthTable has a row per model and version, the worst first.
func healthTable(q *query.Query, w counts.Windows, found []monitored, said notes) result.Table {
	var s sheet
	all := math.NaN()
	rank := func(m monitored) int {
		return slices.Index([]healthStatus{statusCritical, statusWarning, statusNoData, statusHealthy}, m.last().status)
	}
	slices.SortStableFunc(found, func(a, b monitored) int { return rank(a) - rank(b) })
	for _, m := range found {
		v := m.last()
		if isNumber(v.predictions) {
			all = orElse(all, 0) + v.predictions
		}
		s.row()
		s.labels(m.labels, groupLabels(q))
		s.mark("Status", v.status.String(), healthColors)
		s.text("Reasons", strings.Join(v.reasons, "; "))
		s.text("Worst feature", v.worst)
		unknown := make([]string, len(v.unknown))
		for i, u := range v.unknown {
			unknown[i] = u.quantity + " (" + u.why + ")"
		}
		s.text("Not known", strings.Join(unknown, "; "))
		s.number("Predictions", v.predictions, styleOf("predictions"))
	}
	return result.Table{Meta: meta(q, "Health", w, all, said), Columns: s.done()}
}
