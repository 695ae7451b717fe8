package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// model is a query's own fields as they stand in JSON.
type model struct {
	QueryVersion int                        `json:"queryVersion"`
	Analysis     string                     `json:"analysis"`
	Model        values                     `json:"model"`
	Version      values                     `json:"version"`
	Matchers     []matcher                  `json:"matchers"`
	GroupBy      []string                   `json:"groupBy"`
	Window       string                     `json:"window"`
	Format       string                     `json:"format"`
	Baseline     json.RawMessage            `json:"baseline"`
	Options      map[string]json.RawMessage `json:"options"`
	Roles        map[string]string          `json:"roles"`
}

// ownFields and baselineFields list what a query may hold; grafanaFields is what
// Grafana adds to the queries of every data source.
var (
	ownFields      = []string{"queryVersion", "analysis", "model", "version", "matchers", "groupBy", "window", "format", "baseline", "options", "roles"}
	grafanaFields  = []string{"refId", "datasource", "datasourceId", "datasourceUid", "hide", "key", "queryType", "intervalMs", "maxDataPoints", "interval", "timeRange", "resultAssertions", "querySource", "queryCachingTTL"}
	baselineFields = map[BaselineKind][]string{
		BaselineOffset:    {"offset"},
		BaselinePreceding: {"width"},
		BaselinePeriod:    {"from", "to"},
		BaselineReference: {"reference"},
		BaselineVersion:   {"version", "matchers"},
	}
	baselineKinds = []BaselineKind{BaselineOffset, BaselinePreceding, BaselinePeriod, BaselineReference, BaselineVersion}
)

type matcher struct {
	Label string `json:"label"`
	Op    string `json:"op"`
	Value values `json:"value"`
}

// values is a string, or a list of strings as a multi-value variable gives it.
type values []string

func (v *values) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*v = nil
		if one != "" {
			*v = values{one}
		}
		return nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return fmt.Errorf("%s is neither a string nor a list of strings", clip(string(raw)))
	}
	*v = many
	return nil
}

// Parse reads and validates a query. Its errors are of type *Error: sentences
// that name the field and say what to do.
func Parse(raw []byte, refID string, ctx Context) (*Query, error) {
	if !ctx.To.After(ctx.From) {
		return nil, fail("timeRange", "the time range is empty: choose an end after its start")
	}
	if err := checkFields(raw, "", ownFields, grafanaFields); err != nil {
		return nil, err
	}
	var m model
	if err := decode(raw, &m); err != nil {
		return nil, err
	}
	if m.QueryVersion > Version {
		return nil, fail("queryVersion", "the query is of version %d, this plugin reads up to %d: update the plugin", m.QueryVersion, Version)
	}
	q := &Query{
		RefID: refID, Context: ctx,
		Analysis: strings.TrimSpace(m.Analysis),
		Format:   Format(m.Format),
		Options:  make(map[string]json.RawMessage, len(m.Options)),
		Roles:    m.Roles,
	}
	for name, value := range m.Options {
		q.Options[name] = json.RawMessage(ctx.expand(string(value)))
	}
	var err error
	if q.Model, err = ctx.chosen("model", m.Model); err != nil {
		return nil, err
	}
	if q.Version, err = ctx.chosen("version", m.Version); err != nil {
		return nil, err
	}
	if q.Matchers, err = ctx.matchers("matchers", m.Matchers); err != nil {
		return nil, err
	}
	if q.GroupBy, err = groupBy(m.GroupBy); err != nil {
		return nil, err
	}
	if q.Window, err = parseWindow(ctx.expand(m.Window)); err != nil {
		return nil, err
	}
	if q.Baseline, err = ctx.parseBaseline(m.Baseline); err != nil {
		return nil, err
	}
	return q, nil
}

func fail(field, format string, args ...any) error {
	return &Error{Field: field, Message: fmt.Sprintf(format, args...)}
}

// checkFields finds fields that nothing reads: most often a typing mistake, and
// silence would answer another question than the author asked.
func checkFields(raw []byte, path string, known ...[]string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return fail(strings.TrimSuffix(path, "."), "the query is not a JSON object: %v", err)
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if slices.ContainsFunc(known, func(list []string) bool { return slices.Contains(list, name) }) {
			continue
		}
		return fail(path+name, "field %q is not known: a query takes %s", path+name, strings.Join(known[0], ", "))
	}
	return nil
}

func decode(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	err := dec.Decode(into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return fail(wrong.Field, "field %q is a %s: use a %s", wrong.Field, wrong.Value, kindName(wrong.Type.Kind().String()))
	default:
		return fail("", "the query cannot be read: %v", err)
	}
}

func kindName(kind string) string {
	switch kind {
	case "slice":
		return "list"
	case "struct", "map":
		return "object"
	case "int":
		return "whole number"
	}
	return kind
}

// leftover finds a dashboard variable that nobody replaced. Alert rules cannot
// use variables, and a variable's name would silently match no series.
var leftover = regexp.MustCompile(`^(\$\w+|\$\{\w+(:\w+)?\}|\[\[\w+(:\w+)?\]\])$`)

func (c Context) chosen(field string, vs values) ([]string, error) {
	var out []string
	for _, v := range vs {
		v = c.expand(v)
		if leftover.MatchString(v) {
			return nil, fail(field, "%s is the variable %s, which has no value here: alert rules cannot use dashboard variables, so choose a value", field, v)
		}
		if v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out, nil
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func (c Context) matchers(field string, ms []matcher) ([]Matcher, error) {
	var out []Matcher
	for i, m := range ms {
		at := fmt.Sprintf("%s[%d]", field, i)
		if !labelName.MatchString(m.Label) {
			return nil, fail(at+".label", "matcher label %q is not a label name: use letters, digits and underscores", m.Label)
		}
		if m.Op == "" {
			m.Op = "="
		}
		if !slices.Contains([]string{"=", "!=", "=~", "!~"}, m.Op) {
			return nil, fail(at+".op", "matcher operator %q is not known: use =, !=, =~ or !~", m.Op)
		}
		chosen, err := c.chosen(at+".value", m.Value)
		if err != nil {
			return nil, err
		}
		if len(chosen) == 0 {
			chosen = []string{""}
		}
		if strings.HasSuffix(m.Op, "~") {
			for _, v := range chosen {
				if _, err := regexp.Compile(v); err != nil {
					return nil, fail(at+".value", "matcher value %q is not a regular expression: %v", v, err)
				}
			}
		}
		out = append(out, Matcher{Label: profile.Label(m.Label), Op: m.Op, Values: chosen})
	}
	return out, nil
}

func groupBy(names []string) ([]profile.Label, error) {
	var out []profile.Label
	for i, name := range names {
		if !labelName.MatchString(name) || name == "le" {
			return nil, fail(fmt.Sprintf("groupBy[%d]", i), "groupBy %q is not a label to group by: use a label name such as segment", name)
		}
		if l := profile.Label(name); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, nil
}

func parseWindow(text string) (Window, error) {
	switch text {
	case "", string(WindowAuto):
		return Window{Kind: WindowAuto}, nil
	case string(WindowRange):
		return Window{Kind: WindowRange}, nil
	}
	d, err := ParseDuration(text)
	if err != nil {
		return Window{}, fail("window", "window %v, auto or range", err)
	}
	return Window{Kind: WindowDuration, Duration: d}, nil
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}
