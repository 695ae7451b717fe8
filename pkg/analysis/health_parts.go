package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// healthPart is one analysis that the rules ask, once for all of its metrics but
// where a metric is a method, such as the distances of drift.
type healthPart struct {
	analysis   Analysis
	method     string
	metrics    []string
	averages   []string
	interval   bool
	perClass   bool
	conditions []healthCondition
	options    Options
}

func (a Analysis) option(name string) *Option {
	if i := slices.IndexFunc(a.Options, func(o Option) bool { return o.Name == name }); i >= 0 {
		return &a.Options[i]
	}
	return nil
}

// offers tells whether an option has a value to choose.
func (opt *Option) offers(value string) bool {
	return opt != nil && slices.ContainsFunc(opt.Enum, func(e EnumValue) bool { return e.Value == value })
}

// healthParts are the analyses behind the rules, with the options that give the
// metrics and limits that the rules name.
func healthParts(rules []healthRule, o Options) ([]healthPart, error) {
	var parts []healthPart
	for _, r := range rules {
		for _, all := range r.any {
			for _, c := range all {
				if err := addCondition(&parts, c); err != nil {
					return nil, err
				}
			}
		}
	}
	for i := range parts {
		if err := parts[i].settle(o); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func rulesError(format string, args ...any) error {
	return &query.Error{Field: "options.rules", Message: fmt.Sprintf(format, args...)}
}

func addCondition(parts *[]healthPart, c healthCondition) error {
	a, err := Lookup(c.analysis)
	if err != nil || a.Name == "health" || !slices.ContainsFunc(a.Formats, func(f FormatInfo) bool { return f.Name == query.FormatNumbers }) {
		var usable []string
		for _, other := range All() {
			if other.Name != "health" && slices.ContainsFunc(other.Formats, func(f FormatInfo) bool { return f.Name == query.FormatNumbers }) {
				usable = append(usable, other.Name)
			}
		}
		slices.Sort(usable)
		return rulesError("the rule on %s names %q, which is no analysis that rules can ask: use one of %s", c.quantity(), c.analysis, strings.Join(usable, ", "))
	}
	if _, measured := styles[c.metric]; !measured {
		return rulesError("the rule on %s names %q, which is no metric: see the metrics on the page of %s, such as drifted_share of drift", c.quantity(), c.metric, a.Name)
	}
	method := ""
	if by := a.option("method"); by != nil {
		method, _ = by.Default.(string)
		if by.offers(c.metric) {
			method = c.metric
		}
	}
	i := slices.IndexFunc(*parts, func(p healthPart) bool { return p.analysis.Name == a.Name && p.method == method })
	if i < 0 {
		i = len(*parts)
		*parts = append(*parts, healthPart{analysis: a, method: method})
	}
	p := &(*parts)[i]
	p.conditions = append(p.conditions, c)
	if a.option("metrics").offers(c.metric) && !slices.Contains(p.metrics, c.metric) {
		p.metrics = append(p.metrics, c.metric)
	}
	p.interval = p.interval || c.limit != ""
	for _, l := range c.labels {
		p.perClass = p.perClass || l.name == string(profile.Class)
		if l.name == "average" && a.option("averages").offers(l.value) && !slices.Contains(p.averages, l.value) {
			p.averages = append(p.averages, l.value)
		}
	}
	return nil
}

// settle makes the part's options.
func (p *healthPart) settle(o Options) error {
	raw := map[string]json.RawMessage{}
	set := func(name string, value any) {
		if p.analysis.option(name) != nil {
			// Strings, lists of them, numbers and booleans can always be written.
			raw[name], _ = json.Marshal(value)
		}
	}
	set("confidence", o.Number("confidence"))
	set("interval", p.interval)
	set("perClass", p.perClass)
	if p.method != "" {
		set("method", p.method)
	}
	if len(p.metrics) > 0 {
		set("metrics", p.metrics)
	}
	if len(p.averages) > 0 {
		set("averages", p.averages)
	}
	var err error
	p.options, err = p.analysis.ParseOptions(raw)
	return p.wrong(err)
}

// wrong turns an error about an option of the part into one about the rules,
// where the reader can do something about it.
func (p *healthPart) wrong(err error) error {
	var e *query.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Field, "options.") {
		return rulesError("the rule on %s cannot be judged: %s", p.conditions[0].quantity(), e.Message)
	}
	return err
}

// ask is the part's query for one window. A query over all models asks for any
// model by name, which analyses of single models want.
func (p *healthPart) ask(q *query.Query, from, to time.Time) *query.Query {
	own := *q
	own.Analysis, own.Format, own.Options = p.analysis.Name, query.FormatNumbers, nil
	own.Window = query.Window{Kind: query.WindowRange}
	own.From, own.To = from, to
	if len(q.Model) == 0 {
		own.Matchers = append(slices.Clip(q.Matchers), query.Matcher{Label: profile.Model, Op: "=~", Values: []string{".+"}})
	}
	return &own
}

// needs are the part's reads over all windows: those of the first window, each
// moved along. That works for whatever looks at its own stretch of time alone.
func (p *healthPart) needs(q *query.Query, w counts.Windows) ([]counts.Request, error) {
	requests, err := p.analysis.Needs(p.ask(q, w.Begin(0), w.End(0)), p.options)
	if err != nil || w.Number == 1 {
		return requests, p.wrong(err)
	}
	last := w.Number - 1
	final, err := p.analysis.Needs(p.ask(q, w.Begin(last), w.End(last)), p.options)
	if err != nil {
		return nil, p.wrong(err)
	}
	for i := range requests {
		first, end := requests[i].Windows, final[i].Windows
		switch {
		case first.Number == 1 && first.End(0).Equal(end.End(0)): // a fixed period
		case first.Number == 1 && end.End(0).Sub(first.End(0)) == w.End(last).Sub(w.End(0)):
			requests[i].Windows.Step, requests[i].Windows.Number = w.Step, w.Number
		default:
			return nil, rulesError("the rule on %s cannot be judged over time: choose the format table or numbers, or leave the rule out", p.conditions[0].quantity())
		}
	}
	return requests, nil
}

// inWindow cuts one window out of what was read over all.
func inWindow(data []counts.Data, k int) []counts.Data {
	out := slices.Clone(data)
	for i, d := range data {
		if d.Request.Windows.Number == 1 {
			continue
		}
		d.Histograms, d.Tallies, d.Gauges = slices.Clone(d.Histograms), slices.Clone(d.Tallies), slices.Clone(d.Gauges)
		for j, g := range d.Histograms {
			n := len(g.Edges) + 1
			g.Cells, g.Sums, g.Counts = g.Cells[k*n:(k+1)*n:(k+1)*n], g.Sums[k:k+1:k+1], g.Counts[k:k+1:k+1]
			d.Histograms[j] = g
		}
		for j, g := range d.Tallies {
			g.Cells = g.At(k)
			d.Tallies[j] = g
		}
		for j, g := range d.Gauges {
			g.Values = g.Values[k : k+1 : k+1]
			d.Gauges[j] = g
		}
		out[i] = d
	}
	return out
}

// observed is one number that a part gives, with its observations.
type observed struct {
	result.Number
	n float64
}

// answer computes the part in one window: its numbers by model, version and
// group, and what it says beside them.
func (p *healthPart) answer(q *query.Query, w counts.Windows, k int, data []counts.Data) (map[string][]observed, []result.Notice, error) {
	answers, err := p.analysis.Compute(p.ask(q, w.Begin(k), w.End(k)), p.options, inWindow(data, k))
	if err != nil {
		return nil, nil, p.wrong(err)
	}
	by := groupLabels(q)
	out := make(map[string][]observed)
	var said []result.Notice
	for _, a := range answers {
		given, ok := a.(result.Numbers)
		if !ok {
			continue
		}
		said = append(said, given.Notices...)
		n, _ := given.Custom["n"].([]float64)
		for i, number := range given.Values {
			group := key(number.Labels, by)
			o := observed{Number: number}
			if i < len(n) {
				o.n = n[i]
			}
			out[group] = append(out[group], o)
		}
	}
	return out, said, nil
}
