package analysis

import (
	"cmp"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// stream is one kind of observation of a made-up fleet: so many per hour in each
// bucket or cell.
type stream struct {
	role   profile.Role
	labels map[string]string
	edges  []float64 // of a histogram
	rates  []float64 // per hour: one per bucket, or one for a tally's cell
	mean   float64   // of a histogram's observations
	since  time.Time // zero: always there
	gauge  float64
}

// world answers requests from streams, as the reader would from a server: what
// grows is added up, and of what is static the fullest series stands for all.
type world []stream

func (w world) read(requests []counts.Request) []counts.Data {
	data := make([]counts.Data, len(requests))
	for i, r := range requests {
		data[i] = w.answer(r)
	}
	return data
}

func (w world) answer(r counts.Request) counts.Data {
	d := counts.Data{Request: r}
	info, _ := profile.Info(r.Role)
	grouped := make(map[string][]stream)
	for _, s := range w {
		if s.role == r.Role && s.matches(r.Matchers) {
			k := key(s.labels, r.By)
			grouped[k] = append(grouped[k], s)
		}
	}
	keys := make([]string, 0, len(grouped))
	for k := range grouped {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	static := info.Type == profile.StaticCounter || info.Type == profile.StaticHistogram
	for _, k := range keys {
		streams := grouped[k]
		labels := make(map[string]string)
		for _, l := range r.By {
			labels[string(l)] = streams[0].labels[string(l)]
		}
		switch info.Type {
		case profile.Gauge:
			g := counts.GaugeGroup{Labels: labels}
			for n := range r.Windows.Number {
				g.Values = append(g.Values, streams[0].gauge)
				if streams[0].since.After(r.Windows.End(n)) {
					g.Values[n] = math.NaN()
				}
			}
			d.Gauges = append(d.Gauges, g)
		case profile.Histogram, profile.StaticHistogram:
			d.Histograms = append(d.Histograms, histogramsOf(streams, labels, r.Windows, static))
		default:
			d.Tallies = append(d.Tallies, talliesOf(streams, labels, r, static))
		}
	}
	return d
}

func (s stream) matches(matchers []counts.Matcher) bool {
	for _, m := range matchers {
		v := s.labels[string(m.Label)]
		found := slices.Contains(m.Values, v)
		if strings.HasSuffix(m.Op, "~") {
			found = slices.ContainsFunc(m.Values, func(p string) bool { return regexp.MustCompile("^(?:" + p + ")$").MatchString(v) })
		}
		if found == strings.HasPrefix(m.Op, "!") {
			return false
		}
	}
	return true
}

// hours is how long a stream ran within window k; a reference is as 1000 hours.
func (s stream) hours(w counts.Windows, k int, static bool) float64 {
	if static {
		return 1000
	}
	from := w.Begin(k)
	if s.since.After(from) {
		from = s.since
	}
	return max(0, w.End(k).Sub(from).Hours())
}

func histogramsOf(streams []stream, labels map[string]string, w counts.Windows, static bool) counts.HistogramGroup {
	if static {
		streams = []stream{slices.MaxFunc(streams, func(a, b stream) int { return cmp.Compare(total(a.rates), total(b.rates)) })}
	}
	g := counts.HistogramGroup{Labels: labels, Edges: streams[0].edges}
	for k := range w.Number {
		cells := make([]float64, len(g.Edges)+1)
		sum, count := 0.0, math.NaN()
		for _, s := range streams {
			h := s.hours(w, k, static)
			if h == 0 {
				continue
			}
			if math.IsNaN(count) {
				count = 0
			}
			for i, rate := range s.rates {
				n := math.Round(rate * h)
				cells[i] += n
				count += n
				sum += n * s.mean
			}
		}
		g.Cells = append(g.Cells, cells...)
		g.Sums = append(g.Sums, sum)
		g.Counts = append(g.Counts, count)
	}
	return g
}

func talliesOf(streams []stream, labels map[string]string, r counts.Request, static bool) counts.TallyGroup {
	g := counts.TallyGroup{Labels: labels}
	cell := func(s stream) []string {
		out := make([]string, len(r.Over))
		for i, l := range r.Over {
			out[i] = s.labels[string(l)]
		}
		return out
	}
	for _, s := range streams {
		if k := cell(s); !slices.ContainsFunc(g.Keys, func(have []string) bool { return slices.Equal(have, k) }) {
			g.Keys = append(g.Keys, k)
		}
	}
	slices.SortFunc(g.Keys, slices.Compare)
	for k := range r.Windows.Number {
		row := make([]float64, len(g.Keys))
		any := false
		for _, s := range streams {
			h := s.hours(r.Windows, k, static)
			if h == 0 {
				continue
			}
			any = true
			i := slices.IndexFunc(g.Keys, func(have []string) bool { return slices.Equal(have, cell(s)) })
			n := math.Round(s.rates[0] * h)
			if static {
				row[i] = max(row[i], n)
			} else {
				row[i] += n
			}
		}
		if !any {
			for i := range row {
				row[i] = math.NaN()
			}
		}
		g.Cells = append(g.Cells, row...)
	}
	return g
}

func named2(pairs ...string) map[string]string { return with(nil, pairs...) }

var (
	dayStart = time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)
	tenths   = []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}
)

// fleet is a fraud model in two versions, the second since noon, with features,
// scores, outcomes and references, and a model of three classes.
func fleet() world {
	var w world
	for _, version := range []string{"v1", "v2"} {
		since := time.Time{}
		if version == "v2" {
			since = dayStart.Add(12 * time.Hour)
		}
		base := named2("model", "fraud", "version", version, "segment", "north")
		add := func(role profile.Role, rates []float64, edges []float64, pairs ...string) {
			w = append(w, stream{role: role, labels: with(base, pairs...), rates: rates, edges: edges, mean: 0.3, since: since})
		}
		w = append(w, stream{role: profile.ModelInfo, labels: with(base, "task", "classification", "owner", "risk"), gauge: 1, since: since})
		for _, prefix := range []bool{false, true} {
			value, category, score, outcomeScore, outcomes := profile.FeatureValue, profile.FeatureCategory, profile.Score, profile.OutcomeScore, profile.Outcomes
			var ref []string
			if prefix {
				value, category, score = profile.ReferenceFeatureValue, profile.ReferenceCategory, profile.ReferenceScore
				outcomeScore, outcomes = profile.ReferenceOutcomeScore, profile.ReferenceOutcomes
				ref = []string{"reference", "training"}
			}
			with := func(pairs ...string) []string { return append(pairs, ref...) }
			add(value, []float64{50, 100, 200, 100, 50}, []float64{1, 5, 10, 20}, with("feature", "amount")...)
			add(value, []float64{100, 100, 100}, []float64{30, 50}, with("feature", "age")...)
			for i, c := range []string{"card", "cash", "wire"} {
				add(category, []float64{float64(100 + 50*i)}, nil, with("feature", "kind", "category", c)...)
			}
			add(score, []float64{200, 100, 50, 40, 30, 20, 20, 20, 10, 10, 0}, tenths, with("class", "1")...)
			add(outcomeScore, []float64{4, 6, 8, 9, 10, 9, 12, 14, 8, 9, 0}, tenths, with("class", "1", "actual", "1")...)
			add(outcomeScore, []float64{196, 94, 42, 31, 20, 11, 8, 6, 2, 1, 0}, tenths, with("class", "1", "actual", "0")...)
			add(outcomes, []float64{383}, nil, with("actual", "0", "predicted", "0")...)
			add(outcomes, []float64{28}, nil, with("actual", "0", "predicted", "1")...)
			add(outcomes, []float64{37}, nil, with("actual", "1", "predicted", "0")...)
			add(outcomes, []float64{52}, nil, with("actual", "1", "predicted", "1")...)
		}
		add(profile.Predictions, []float64{420}, nil, "predicted", "0")
		add(profile.Predictions, []float64{80}, nil, "predicted", "1")
		add(profile.FeatureObservations, []float64{500}, nil, "feature", "amount")
		add(profile.FeatureObservations, []float64{500}, nil, "feature", "age")
		add(profile.FeatureSquaredSum, []float64{4000}, nil, "feature", "age")
		add(profile.FeatureMissing, []float64{5}, nil, "feature", "amount")
		add(profile.FeatureInvalid, []float64{1}, nil, "feature", "amount")
		add(profile.FeatureOutOfRange, []float64{2}, nil, "feature", "age")
		add(profile.FeatureObservations, []float64{450}, nil, "feature", "kind")
		add(profile.FeatureUnseen, []float64{0}, nil, "feature", "kind")
		add(profile.AnomalyScore, []float64{480, 15, 5}, []float64{0.5, 0.9})
		w = append(w, stream{role: profile.FeatureLastObserved, labels: with(base, "feature", "amount"), gauge: float64(dayStart.Add(24*time.Hour).Unix()) - 30, since: since})
		for _, kind := range []string{"mrr", "ndcg_at_10"} {
			add(profile.RankingQuality, []float64{10, 10, 20, 30, 0}, []float64{0.25, 0.5, 0.75, 1}, "metric", kind)
		}
		add(profile.PredictionDuration, []float64{100, 300, 90, 10}, []float64{0.01, 0.1, 1})
		add(profile.BatchSize, []float64{10, 20, 5}, []float64{8, 32})
		add(profile.BatchDuration, []float64{10, 20, 5}, []float64{0.1, 1})
		add(profile.PredictionErrors, []float64{4}, nil, "type", "timeout", "severity", "critical")
		add(profile.PredictionErrors, []float64{6}, nil, "type", "invalid_input", "severity", "warning")
		for _, role := range []profile.Role{profile.PredictionsInFlight, profile.QueueDepth, profile.MemoryBytes, profile.GPUUtilization} {
			w = append(w, stream{role: role, labels: base, gauge: 0.5, since: since})
		}
		w = append(w, stream{role: profile.FeatureImportance, labels: with(base, "feature", "amount"), gauge: 0.7, since: since})
		add(profile.OutcomeDelay, []float64{100, 250, 120, 30}, []float64{600, 3600, 21600})
	}
	prices := named2("model", "prices", "version", "3")
	w = append(w, stream{role: profile.Residual, labels: prices, edges: []float64{-2, -1, 1, 2}, rates: []float64{5, 20, 50, 20, 5}, mean: 0.3})
	for role, rate := range map[profile.Role]float64{
		profile.RegressionOutcomes: 100, profile.AbsoluteErrorSum: 90, profile.SquaredErrorSum: 150, profile.AbsolutePctErrorSum: 8,
		profile.ActualSum: 1000, profile.ActualSquaredSum: 10900,
	} {
		w = append(w, stream{role: role, labels: prices, rates: []float64{rate}})
	}
	classes := []string{"bird", "cat", "dog"}
	for i, actual := range classes {
		for j, predicted := range classes {
			rate := 5.0
			if i == j {
				rate = 60
			}
			w = append(w, stream{role: profile.Outcomes, labels: named2("model", "animals", "version", "7", "actual", actual, "predicted", predicted), rates: []float64{rate}})
		}
		for _, class := range classes {
			rates := []float64{20, 15, 10, 5, 4, 3, 2, 1, 1, 0, 0}
			if class == actual {
				slices.Reverse(rates[:10])
			}
			l := named2("model", "animals", "version", "7", "actual", actual, "class", class)
			w = append(w, stream{role: profile.OutcomeScore, labels: l, rates: rates, edges: tenths, mean: 0.4})
			if actual == "cat" {
				w = append(w, stream{role: profile.Score, labels: named2("model", "animals", "version", "7", "class", class), rates: rates, edges: tenths, mean: 0.4})
			}
		}
		w = append(w, stream{role: profile.Predictions, labels: named2("model", "animals", "version", "7", "predicted", actual), rates: []float64{70}})
	}
	return w
}

// dayQuery asks about the fraud model on 10 May.
func dayQuery(analysis string, format query.Format) *query.Query {
	return &query.Query{
		RefID: "A", Analysis: analysis, Format: format, Model: []string{"fraud"}, Version: []string{"v1"},
		Window:  query.Window{Kind: query.WindowAuto},
		Options: map[string]json.RawMessage{},
		Context: query.Context{From: dayStart, To: dayStart.Add(24 * time.Hour), Interval: time.Hour, MaxDataPoints: 500},
	}
}

func withOptions(q *query.Query, raw string) *query.Query {
	if err := json.Unmarshal([]byte(raw), &q.Options); err != nil {
		panic(err)
	}
	return q
}

// run answers a query from a world, as the plugin does.
func run(t *testing.T, w world, q *query.Query) []result.Result {
	t.Helper()
	out, err := tryRun(w, q)
	if err != nil {
		t.Fatalf("%s %s: %v", q.Analysis, q.Format, err)
	}
	return out
}

func tryRun(w world, q *query.Query) ([]result.Result, error) {
	a, err := Lookup(q.Analysis)
	if err != nil {
		return nil, err
	}
	o, err := a.ParseOptions(q.Options)
	if err != nil {
		return nil, err
	}
	requests, err := a.Needs(q, o)
	if err != nil {
		return nil, err
	}
	return a.Compute(q, o, w.read(requests))
}

// value finds the one number with exactly these labels.
func value(t *testing.T, out []result.Result, pairs ...string) float64 {
	t.Helper()
	want := named2(pairs...)
	for _, r := range out {
		for _, n := range r.(result.Numbers).Values {
			if sameLabels(n.Labels, want) {
				return n.Value
			}
		}
	}
	t.Fatalf("no number is labelled %v in %+v", want, out)
	return 0
}

func sameLabels(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %g, want %g within %g", what, got, want, tolerance)
	}
}

// cell finds a table's cell by the column's name.
func cell(t *testing.T, table result.Table, column string, row int) any {
	t.Helper()
	for _, c := range table.Columns {
		if c.Name != column {
			continue
		}
		switch {
		case c.Texts != nil:
			return c.Texts[row]
		case c.Times != nil:
			return c.Times[row]
		}
		return c.Numbers[row]
	}
	t.Fatalf("the table has no column %q", column)
	return nil
}

func noticed(r result.Meta, part string) bool {
	return slices.ContainsFunc(r.Notices, func(n result.Notice) bool { return strings.Contains(n.Text, part) })
}
