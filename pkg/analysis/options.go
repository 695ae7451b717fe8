package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// OptionType is the type of an option's value.
type OptionType string

// The option types.
const (
	TypeNumber   OptionType = "number"
	TypeInteger  OptionType = "integer"
	TypeBoolean  OptionType = "boolean"
	TypeString   OptionType = "string"
	TypeEnum     OptionType = "enum"
	TypeStrings  OptionType = "strings"
	TypeDuration OptionType = "duration"
)

// Option describes one option of an analysis: the schema that the editor draws
// and that queries are validated against.
type Option struct {
	Name     string         `json:"name"`
	Type     OptionType     `json:"type"`
	Title    string         `json:"title"`
	Help     string         `json:"help"`
	Unit     string         `json:"unit,omitempty"`
	Default  any            `json:"default,omitempty"` // float64, bool, string or []string
	Min      *float64       `json:"min,omitempty"`
	Max      *float64       `json:"max,omitempty"`
	Enum     []EnumValue    `json:"enum,omitempty"`
	Values   string         `json:"values,omitempty"`  // kind of the values resource that suggests values
	Formats  []query.Format `json:"formats,omitempty"` // the formats it applies to; none means all
	Advanced bool           `json:"advanced,omitempty"`
}

// EnumValue is one choice of an enum option.
type EnumValue struct {
	Value       string `json:"value"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
}

// Options are validated option values with defaults filled in. A getter for a
// name that the schema lacks panics: a mistake in the analysis, found by the
// test that runs every analysis.
type Options struct{ values map[string]any }

// Number is the option's value; NaN when it has neither value nor default.
func (o Options) Number(name string) float64 {
	if v, ok := o.get(name).(float64); ok {
		return v
	}
	return math.NaN()
}

// Integer is the option's value; 0 when it has neither value nor default.
func (o Options) Integer(name string) int {
	if v, ok := o.get(name).(float64); ok {
		return int(v)
	}
	return 0
}

// Bool is the option's value.
func (o Options) Bool(name string) bool {
	v, _ := o.get(name).(bool)
	return v
}

// String is the value of a string or enum option.
func (o Options) String(name string) string {
	v, _ := o.get(name).(string)
	return v
}

// Strings is the value of a list option.
func (o Options) Strings(name string) []string {
	v, _ := o.get(name).([]string)
	return v
}

// Duration is the value of a duration option; 0 when it has none.
func (o Options) Duration(name string) time.Duration {
	v, _ := o.get(name).(time.Duration)
	return v
}

// Set tells whether the query gave the option a value, or it has a default.
func (o Options) Set(name string) bool { return o.get(name) != nil }

func (o Options) get(name string) any {
	v, ok := o.values[name]
	if !ok {
		panic("analysis reads the option " + name + ", which its schema lacks")
	}
	return v
}

// ParseOptions validates raw option values against the analysis's schema and
// fills in the defaults. JSON null means "not given", and so does the empty string
// where no text is wanted: what an emptied field or variable leaves behind.
func (a Analysis) ParseOptions(raw map[string]json.RawMessage) (Options, error) {
	values := make(map[string]any, len(a.Options))
	names := make([]string, 0, len(a.Options))
	for _, opt := range a.Options {
		names = append(names, opt.Name)
		value, given := raw[opt.Name]
		if !given || string(value) == "null" || string(value) == `""` && opt.Type != TypeString {
			v, err := opt.defaultValue()
			if err != nil {
				return Options{}, err
			}
			values[opt.Name] = v
			continue
		}
		v, err := opt.parse(value)
		if err != nil {
			return Options{}, &query.Error{Field: "options." + opt.Name, Message: err.Error()}
		}
		values[opt.Name] = v
	}
	unknown := make([]string, 0)
	for name := range raw {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		sort.Strings(names)
		return Options{}, &query.Error{
			Field:   "options." + unknown[0],
			Message: fmt.Sprintf("option %q is not known to the analysis %s: it takes %s", unknown[0], a.Name, strings.Join(names, ", ")),
		}
	}
	return Options{values}, nil
}

func (opt Option) defaultValue() (any, error) {
	if opt.Type == TypeDuration && opt.Default != nil {
		return query.ParseDuration(opt.Default.(string))
	}
	return opt.Default, nil
}

func (opt Option) parse(raw json.RawMessage) (any, error) {
	quoted := shorten(string(raw))
	switch opt.Type {
	case TypeNumber, TypeInteger:
		return opt.parseNumber(raw, quoted)
	case TypeBoolean:
		var v bool
		if err := json.Unmarshal([]byte(strings.Trim(string(raw), `"`)), &v); err != nil {
			return nil, fmt.Errorf("option %s is %s: use true or false", opt.Name, quoted)
		}
		return v, nil
	case TypeStrings:
		var v []string
		if err := json.Unmarshal(raw, &v); err != nil {
			var one string
			if err := json.Unmarshal(raw, &one); err != nil {
				return nil, fmt.Errorf("option %s is %s: use a list of strings", opt.Name, quoted)
			}
			if one != "" {
				v = []string{one}
			}
		}
		v = slices.DeleteFunc(v, func(s string) bool { return s == "" })
		return v, opt.checkChoices(v)
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, fmt.Errorf("option %s is %s: use a string", opt.Name, quoted)
	}
	switch opt.Type {
	case TypeEnum:
		return text, opt.checkChoices([]string{text})
	case TypeDuration:
		d, err := query.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("option %s: %w", opt.Name, err)
		}
		return d, nil
	}
	return text, nil
}

// checkChoices tells whether all values are among those of the enumeration; an
// option without one takes any.
func (opt Option) checkChoices(values []string) error {
	if len(opt.Enum) == 0 {
		return nil
	}
	allowed := make([]string, len(opt.Enum))
	for i, e := range opt.Enum {
		allowed[i] = e.Value
	}
	for _, v := range values {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("option %s is %q: use one of %s", opt.Name, v, strings.Join(allowed, ", "))
		}
	}
	return nil
}

// parseNumber also takes a number written as a string, which is what a dashboard
// variable becomes.
func (opt Option) parseNumber(raw json.RawMessage, quoted string) (any, error) {
	text := strings.Trim(string(raw), `"`)
	var v float64
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, fmt.Errorf("option %s is %s: use a number", opt.Name, quoted)
	}
	if opt.Type == TypeInteger && v != math.Trunc(v) {
		return nil, fmt.Errorf("option %s is %s: use a whole number", opt.Name, quoted)
	}
	if opt.Min != nil && v < *opt.Min {
		return nil, fmt.Errorf("option %s is %s: use at least %g", opt.Name, quoted, *opt.Min)
	}
	if opt.Max != nil && v > *opt.Max {
		return nil, fmt.Errorf("option %s is %s: use at most %g", opt.Name, quoted, *opt.Max)
	}
	return v, nil
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}
