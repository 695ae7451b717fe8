package analysis

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// inventoryStretches is into how many windows the range is divided, to tell when
// a model was first and last seen.
const inventoryStretches = 60

// infoLabels are the labels of ml_model_info, in the order of the columns.
var infoLabels = []profile.Label{profile.Task, profile.Owner, "framework", "trained_at", "runbook_url"}

var servingColors = map[string]string{"serving": "green", "not seen": "orange"}

func init() {
	style("models", described(amount, "Models seen in the window."))
	style("model_versions", described(amount, "Model versions seen in the window."))
	style("predictions", described(amount, "Predictions made in the window."))
	style("predictions_per_second", result.Style{Unit: "reqps", Min: 0, Max: math.NaN(), Description: "Predictions per second, the mean over the window."})
	style("outcomes", described(amount, "Labelled predictions in the window."))
	style("label_coverage", described(share, "Outcomes that arrived per prediction made in the window."))
	style("features", described(amount, "Features observed in the window."))
	style("seconds_since_seen", result.Style{Unit: result.Seconds, Min: 0, Max: math.NaN(), Description: "Time since the model was last seen."})
	register(Analysis{
		Name: "models", Title: "Models", Group: "Models", Icon: "cube",
		Summary:   "The models there are: versions, task, owner, first and last seen, volume, and what can be analysed.",
		NeedsText: "ml_model_info, or any metric of a model; every metric is optional.",
		Formats:   []FormatInfo{asTable, asNumbers},
		Roles: []RoleNeed{
			{Name: profile.ModelInfo}, {Name: profile.Predictions}, {Name: profile.Outcomes}, {Name: profile.FeatureObservations},
			{Name: profile.Score}, {Name: profile.OutcomeScore}, {Name: profile.RegressionOutcomes},
		},
		Needs: func(q *query.Query, _ Options) ([]counts.Request, error) {
			over := stretches(q, inventoryStretches)
			whole := counts.Single(over.Begin(0), over.End(over.Number-1))
			features := request(q, profile.FeatureObservations, whole)
			features.Over = []profile.Label{profile.Feature}
			requests := []counts.Request{
				request(q, profile.ModelInfo, over, infoLabels...),
				request(q, profile.Predictions, over),
				request(q, profile.Outcomes, whole),
				features,
				request(q, profile.Score, whole),
				request(q, profile.OutcomeScore, whole),
				request(q, profile.RegressionOutcomes, whole),
			}
			for i := range requests {
				requests[i].Optional = true
			}
			return requests, nil
		},
		Compute: models,
	})
}

// inventoried is what is known of one model version.
type inventoried struct {
	labels                          map[string]string
	info                            map[string]string
	seen                            []bool // per stretch
	predictions, outcomes, features float64
	metrics                         map[profile.Role]bool
}

// first and last are the ends of the first and the last stretch in which the
// model was seen; zero times when it was not.
func (m inventoried) first(w counts.Windows) time.Time {
	if k := slices.Index(m.seen, true); k >= 0 {
		return w.End(k)
	}
	return time.Time{}
}

func (m inventoried) last(w counts.Windows) time.Time {
	for k := len(m.seen) - 1; k >= 0; k-- {
		if m.seen[k] {
			return w.End(k)
		}
	}
	return time.Time{}
}

// serving tells that the model was there at the end of the window.
func (m inventoried) serving() bool { return len(m.seen) > 0 && m.seen[len(m.seen)-1] }

// analyses lists what the metrics that were found are enough for.
func (m inventoried) analyses() []string {
	var out []string
	for _, a := range []struct {
		role profile.Role
		what string
	}{
		{profile.FeatureObservations, "drift"},
		{profile.Score, "scores"},
		{profile.Outcomes, "classification"},
		{profile.OutcomeScore, "ranking and calibration"},
		{profile.RegressionOutcomes, "regression"},
	} {
		if m.metrics[a.role] {
			out = append(out, a.what)
		}
	}
	return out
}

// task is the exported one or, without it, what the metrics suggest.
func (m inventoried) task() string {
	switch {
	case m.info[string(profile.Task)] != "":
		return m.info[string(profile.Task)]
	case m.metrics[profile.RegressionOutcomes]:
		return "regression"
	case m.metrics[profile.Outcomes]:
		return "classification"
	}
	return ""
}

func models(q *query.Query, _ Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w := data[0].Request.Windows
	found := takeInventory(q, data)
	if len(found) == 0 {
		said.warning("no model was seen in the window: check the time range, the matchers and the profile of the data source")
		return nothing(q, "Models", w, said), nil
	}
	if data[0].Empty() {
		said.info("no series of the role %s: tasks and owners are unknown", profile.ModelInfo)
	}
	if q.Format == query.FormatNumbers {
		return answerMeasures(q, "Models", w, inventoryMeasures(q, w, found), limits{}, said), nil
	}
	return []result.Result{inventoryTable(q, w, found, said)}, nil
}

// takeInventory joins what every role knows of each model version, sorted.
func takeInventory(q *query.Query, data []counts.Data) []inventoried {
	by := groupLabels(q)
	w := data[0].Request.Windows
	all := make(map[string]*inventoried)
	of := func(labels map[string]string) *inventoried {
		k := key(labels, by)
		if all[k] == nil {
			all[k] = &inventoried{labels: only(labels, by), info: map[string]string{}, seen: make([]bool, w.Number), metrics: map[profile.Role]bool{}}
		}
		return all[k]
	}
	for _, d := range data {
		for _, g := range d.Gauges {
			m := of(g.Labels)
			for _, l := range infoLabels {
				if v := g.Labels[string(l)]; v != "" && m.info[string(l)] == "" {
					m.info[string(l)] = v
				}
			}
			for k, v := range g.Values {
				m.seen[k] = m.seen[k] || !math.IsNaN(v)
			}
		}
		for _, g := range d.Tallies {
			m := of(g.Labels)
			for k := range len(g.Cells) / max(1, len(g.Keys)) {
				if g.Has(k) {
					m.count(d.Request, k, g.At(k))
				}
			}
		}
		for _, g := range d.Histograms {
			if g.Has(0) {
				of(g.Labels).metrics[d.Request.Role] = true
			}
		}
	}
	keys := make([]string, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]inventoried, len(keys))
	for i, k := range keys {
		out[i] = *all[k]
	}
	return out
}

// count adds one window of a tally.
func (m *inventoried) count(r counts.Request, window int, cells []float64) {
	m.metrics[r.Role] = true
	total := 0.0
	for _, n := range cells {
		total += n
	}
	switch r.Role {
	case profile.Predictions:
		m.predictions += total
		m.seen[window] = true
	case profile.Outcomes, profile.RegressionOutcomes:
		m.outcomes += total
	case profile.FeatureObservations:
		m.features = float64(len(cells))
	}
}

func inventoryMeasures(q *query.Query, w counts.Windows, found []inventoried) []measure {
	one := func(metric string, labels map[string]string, value, n float64) measure {
		m := newMeasure(metric, labels, 1)
		m.points[0] = valueOnly(value, n)
		return m
	}
	distinct := make(map[string]bool)
	total := 0.0
	for _, m := range found {
		distinct[m.labels[string(profile.Model)]] = true
		total += m.predictions
	}
	ms := []measure{
		one("models", nil, float64(len(distinct)), total),
		one("model_versions", nil, float64(len(found)), total),
	}
	seconds := w.End(w.Number - 1).Sub(w.Begin(0)).Seconds()
	for _, m := range found {
		n := m.predictions
		if m.metrics[profile.Predictions] {
			ms = append(ms, one("predictions", m.labels, n, n), one("predictions_per_second", m.labels, n/seconds, n))
		}
		if m.metrics[profile.Outcomes] || m.metrics[profile.RegressionOutcomes] {
			ms = append(ms, one("outcomes", m.labels, m.outcomes, m.outcomes))
			if n > 0 {
				ms = append(ms, one("label_coverage", m.labels, m.outcomes/n, n))
			}
		}
		if m.metrics[profile.FeatureObservations] {
			ms = append(ms, one("features", m.labels, m.features, n))
		}
		if last := m.last(w); !last.IsZero() {
			ms = append(ms, one("seconds_since_seen", m.labels, q.To.Sub(last).Seconds(), n))
		}
	}
	return ms
}

func inventoryTable(q *query.Query, w counts.Windows, found []inventoried, said notes) result.Table {
	var s sheet
	total := 0.0
	seconds := w.End(w.Number - 1).Sub(w.Begin(0)).Seconds()
	for _, m := range found {
		total += m.predictions
		s.row()
		s.labels(m.labels, groupLabels(q))
		state := "not seen"
		if m.serving() {
			state = "serving"
		}
		s.mark("State", state, servingColors)
		s.text("Task", m.task())
		s.text("Owner", m.info[string(profile.Owner)])
		s.text("Framework", m.info["framework"])
		s.text("Trained at", m.info["trained_at"])
		s.time("First seen", m.first(w))
		s.time("Last seen", m.last(w))
		predictions, coverage := math.NaN(), math.NaN()
		if m.metrics[profile.Predictions] {
			predictions = m.predictions
		}
		s.number("Predictions", predictions, styleOf("predictions"))
		s.number("Per second", predictions/seconds, styleOf("predictions_per_second"))
		outcomes := math.NaN()
		if m.metrics[profile.Outcomes] || m.metrics[profile.RegressionOutcomes] {
			outcomes = m.outcomes
			if m.predictions > 0 {
				coverage = outcomes / m.predictions
			}
		}
		s.number("Outcomes", outcomes, styleOf("outcomes"))
		s.number("Label coverage", coverage, styleOf("label_coverage"))
		features := math.NaN()
		if m.metrics[profile.FeatureObservations] {
			features = m.features
		}
		s.number("Features", features, styleOf("features"))
		s.text("Can be analysed", strings.Join(m.analyses(), ", "))
		s.text("Runbook", m.info["runbook_url"])
	}
	said.info("first and last seen are within %s of the truth", query.FormatDuration(w.Width))
	return result.Table{Meta: meta(q, "Models", w, total, said), Columns: s.done()}
}
