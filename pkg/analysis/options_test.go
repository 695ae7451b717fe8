package analysis

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// everyType is an analysis with an option of every type.
var everyType = Analysis{Name: "everything", Options: []Option{
	{Name: "number", Type: TypeNumber, Default: 0.5, Min: at(0), Max: at(1)},
	{Name: "free", Type: TypeNumber},
	{Name: "integer", Type: TypeInteger, Default: 3.0},
	{Name: "boolean", Type: TypeBoolean, Default: true},
	{Name: "string", Type: TypeString},
	{Name: "enum", Type: TypeEnum, Default: "a", Enum: choices("a", "A", "", "b", "B", "")},
	{Name: "strings", Type: TypeStrings},
	{Name: "chosen", Type: TypeStrings, Enum: choices("a", "A", "", "b", "B", "")},
	{Name: "duration", Type: TypeDuration, Default: "1d"},
}}

func TestOptionValues(t *testing.T) {
	tests := []struct {
		name, raw string
		check     func(Options) bool
	}{
		{"what is not given has its default", `{}`, func(o Options) bool {
			return o.Number("number") == 0.5 && o.Integer("integer") == 3 && o.Bool("boolean") && o.String("enum") == "a" &&
				o.Duration("duration") == 24*time.Hour && math.IsNaN(o.Number("free")) && !o.Set("free") && o.Strings("strings") == nil
		}},
		{"null is not given", `{"number": null, "duration": null}`, func(o Options) bool { return o.Number("number") == 0.5 && o.Duration("duration") == 24*time.Hour }},
		{"an empty text is not given where no text is wanted", `{"number": "", "enum": "", "boolean": ""}`,
			func(o Options) bool { return o.Number("number") == 0.5 && o.String("enum") == "a" && o.Bool("boolean") }},
		{"a variable's number or switch is text", `{"number": "0.25", "integer": "7", "boolean": "false"}`,
			func(o Options) bool {
				return o.Number("number") == 0.25 && o.Integer("integer") == 7 && !o.Bool("boolean")
			}},
		{"a variable's list may be one text", `{"strings": "amount"}`, func(o Options) bool { return slices.Equal(o.Strings("strings"), []string{"amount"}) }},
		{"empty entries of a list are dropped", `{"strings": ["", "amount"]}`, func(o Options) bool { return slices.Equal(o.Strings("strings"), []string{"amount"}) }},
		{"false is a value", `{"boolean": false}`, func(o Options) bool { return !o.Bool("boolean") && o.Set("boolean") }},
		{"a duration is read", `{"duration": "90m"}`, func(o Options) bool { return o.Duration("duration") == 90*time.Minute }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var raw map[string]json.RawMessage
			if err := json.Unmarshal([]byte(tt.raw), &raw); err != nil {
				t.Fatal(err)
			}
			o, err := everyType.ParseOptions(raw)
			if err != nil || !tt.check(o) {
				t.Errorf("got %+v, %v", o, err)
			}
		})
	}
}

func TestOptionMistakesAreSentencesWithTheRemedy(t *testing.T) {
	for raw, want := range map[string]string{
		`{"number": 2}`:           "option number is 2: use at most 1",
		`{"number": -1}`:          "option number is -1: use at least 0",
		`{"number": "many"}`:      `option number is "many": use a number`,
		`{"number": "NaN"}`:       `option number is "NaN": use a number`,
		`{"number": [1]}`:         "option number is [1]: use a number",
		`{"integer": 1.5}`:        "option integer is 1.5: use a whole number",
		`{"boolean": "maybe"}`:    `option boolean is "maybe": use true or false`,
		`{"string": 7}`:           "option string is 7: use a string",
		`{"enum": "c"}`:           `option enum is "c": use one of a, b`,
		`{"chosen": ["a", "c"]}`:  `option chosen is "c": use one of a, b`,
		`{"strings": {"a": 1}}`:   `option strings is {"a": 1}: use a list of strings`,
		`{"duration": "7 weeks"}`: `option duration: "7 weeks" is not a duration: use 30m, 24h, 7d`,
		`{"nmber": 1}`:            `option "nmber" is not known to the analysis everything: it takes boolean, chosen,`,
	} {
		var values map[string]json.RawMessage
		if err := json.Unmarshal([]byte(raw), &values); err != nil {
			t.Fatal(err)
		}
		if _, err := everyType.ParseOptions(values); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
	}
}

func TestAnOptionThatTheSchemaLacksIsFoundAtOnce(t *testing.T) {
	o, err := everyType.ParseOptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	o.Number("other")
}

func FuzzParseOptions(f *testing.F) {
	f.Add(`{"number": 1, "strings": ["a"], "duration": "1h"}`)
	f.Add(`{"enum": "", "chosen": "a", "boolean": null}`)
	f.Fuzz(func(t *testing.T, text string) {
		var raw map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &raw) != nil {
			return
		}
		o, err := everyType.ParseOptions(raw)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if n := o.Number("number"); !(n >= 0 && n <= 1) {
			t.Errorf("%s: the number %g is out of its bounds", text, n)
		}
		if e := o.String("enum"); e != "a" && e != "b" {
			t.Errorf("%s: the choice is %q", text, e)
		}
	})
}
