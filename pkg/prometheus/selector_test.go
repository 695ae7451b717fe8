package prometheus

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSelectorString(t *testing.T) {
	tests := []struct {
		name     string
		selector Selector
		want     string
	}{
		{"a metric alone needs no braces", Selector{Metric: "up"}, `up`},
		{"matchers keep their order", Selector{"up", []Matcher{{"b", Equal, "1"}, {"a", Unlike, "x.*"}, {"c", NotEqual, ""}, {"d", Like, "y"}}},
			`up{b="1",a!~"x.*",c!="",d=~"y"}`},
		{"quotes, backslashes and line breaks stay inside the value", Selector{"m", []Matcher{{"a", Equal, "\"} or {b=\"\\\n\t\x00"}}},
			`m{a="\"} or {b=\"\\\n\t\x00"}`},
		{"bytes that are no UTF-8 stay bytes in a value", Selector{"m", []Matcher{{"a", Equal, "x\xffy"}}}, `m{a="x\xffy"}`},
		{"bytes that are no UTF-8 become U+FFFD in a pattern", Selector{"m", []Matcher{{"a", Like, "x\xff"}}}, "m{a=~\"x\uFFFD\"}"},
		{"other alphabets stay readable", Selector{"m", []Matcher{{"a", Equal, "Zürich 東京"}}}, `m{a="Zürich 東京"}`},
		{"a metric name with a colon needs no quotes", Selector{Metric: "job:x:rate5m"}, `job:x:rate5m`},
		{"a UTF-8 metric name becomes a matcher", Selector{"model.score", []Matcher{{"a", Equal, "b"}}}, `{__name__="model.score",a="b"}`},
		{"a metric name cannot break out", Selector{Metric: `m{} or vector(1) #"`}, `{__name__="m{} or vector(1) #\""}`},
		{"a UTF-8 label name is quoted", Selector{"m", []Matcher{{"my label", Equal, "b"}}}, `m{"my label"="b"}`},
		{"a label name cannot break out", Selector{"m", []Matcher{{`a="",b`, Equal, "c"}}}, `m{"a=\"\",b"="c"}`},
		{"a keyword becomes a matcher", Selector{Metric: "Sum"}, `{__name__="Sum"}`},
		{"a number of PromQL becomes a matcher", Selector{Metric: "inf"}, `{__name__="inf"}`},
		{"a second condition on the name takes the first into the braces", Selector{"m", []Matcher{{NameLabel, NotEqual, "x"}}}, `{__name__="m",__name__!="x"}`},
		{"nothing at all selects all, as PromQL wants it written", Selector{}, `{__name__!=""}`},
		{"a condition that accepts an absent label gets company", Selector{Matchers: []Matcher{{"a", Equal, ""}, {"b", Like, "x|"}, {"c", NotEqual, "y"}}},
			`{a="",b=~"x|",c!="y",__name__!=""}`},
		{"a condition that refuses an absent label stays alone", Selector{Matchers: []Matcher{{"b", Unlike, "x|"}}}, `{b!~"x|"}`},
		{"an unknown comparison is read as equality", Selector{"m", []Matcher{{"a", "or", "b"}}}, `m{a="b"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.selector.String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestWithLeavesTheSelectorAsItWas(t *testing.T) {
	s := Selector{"m", make([]Matcher, 0, 4)}
	a, b := s.With(Matcher{"a", Equal, "1"}), s.With(Matcher{"b", Equal, "2"})
	if a.String() != `m{a="1"}` || b.String() != `m{b="2"}` || s.String() != "m" {
		t.Error(a, b, s)
	}
}

func TestAnyOf(t *testing.T) {
	tests := []struct {
		name    string
		values  []string
		want    string
		matches []string
		refuses []string
	}{
		{"one value is an equality", []string{"a.b"}, `l="a.b"`, nil, nil},
		{"one value twice is one value", []string{"a", "a"}, `l="a"`, nil, nil},
		{"several values are literal alternatives in order", []string{"b|c", "a.b"}, `l=~"a\\.b|b\\|c"`, []string{"a.b", "b|c"}, []string{"axb", "b", "c", "a.b|b|c", ""}},
		{"an empty value is an absent label", []string{"", "a"}, `l=~"|a"`, []string{"", "a"}, []string{"b"}},
		{"brackets, line breaks and other bytes are literal", []string{"(x\n", "\xff]"}, "l=~\"\\\\(x\\n|\uFFFD\\\\]\"", []string{"(x\n", "\xff]"}, []string{"x"}},
		{"no values match nothing", nil, `l=~"[^\\x00-\\x{10FFFF}]"`, nil, []string{"", "a", "\n", "\xff"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.values)
			m := AnyOf("l", test.values)
			if m.String() != test.want {
				t.Errorf("got %s, want %s", m, test.want)
			}
			if !slices.Equal(test.values, before) {
				t.Error("the values given were changed")
			}
			if m.Op == Equal {
				return
			}
			re := regexp.MustCompile("^(?s:" + m.Value + ")$")
			for _, v := range test.matches {
				if !re.MatchString(v) {
					t.Errorf("%s does not match %q", m, v)
				}
			}
			for _, v := range test.refuses {
				if re.MatchString(v) {
					t.Errorf("%s matches %q", m, v)
				}
			}
		})
	}
}

func TestParseSelector(t *testing.T) {
	tests := []struct {
		name, text string
		want       Selector
	}{
		{"a name", " up ", Selector{Metric: "up"}},
		{"a name with empty braces", "up{}", Selector{Metric: "up"}},
		{"all comparisons, space and a last comma", "m { a = \"1\" ,\n b!='2', c=~`3\\d`,d !~ \"4\", }", Selector{"m", []Matcher{
			{"a", Equal, "1"}, {"b", NotEqual, "2"}, {"c", Like, `3\d`}, {"d", Unlike, "4"}}}},
		{"escapes", `m{a="\"\\\n\u00e9\xff'",b='\'"'}`, Selector{"m", []Matcher{{"a", Equal, "\"\\\né\xff'"}, {"b", Equal, `'"`}}}},
		{"a quoted name in the braces", `{"model.score", "my label"="x"}`, Selector{"model.score", []Matcher{{"my label", Equal, "x"}}}},
		{"a name as a matcher", `{a="b",__name__="m"}`, Selector{"m", []Matcher{{"a", Equal, "b"}}}},
		{"a pattern for the name", `{__name__=~"a|b"}`, Selector{"", []Matcher{{NameLabel, Like, "a|b"}}}},
		{"a second condition on the name", `{__name__="m",__name__!~"x"}`, Selector{"m", []Matcher{{NameLabel, Unlike, "x"}}}},
		{"keywords inside the braces", `m{by="x",offset="y"}`, Selector{"m", []Matcher{{"by", Equal, "x"}, {"offset", Equal, "y"}}}},
		{"a colon in the name", "a:b{}", Selector{Metric: "a:b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseSelector(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if got.Metric != test.want.Metric || !slices.Equal(got.Matchers, test.want.Matchers) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestParseSelectorRefuses(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"nothing", "  ", "it is empty"},
		{"everything", "{}", "it selects every series"},
		{"conditions that accept absent labels only", `{a=~".*"}`, "it selects every series"},
		{"a range", "m[5m]", `the range "[5m]" does not belong to it`},
		{"a range behind braces", `m{a="b"}[5m]`, "does not belong to it"},
		{"an offset", "m offset 5m", `"offset 5m" follows the selector`},
		{"a time", "m @ 123", "follows the selector"},
		{"an operator", `m{a="b"} or n`, `"or n" follows the selector`},
		{"a function", "rate(m[5m])", "it is a function call"},
		{"a keyword", "sum", `write the metric as {__name__="sum"}`},
		{"a number", "1+1", "does not begin a metric name"},
		{"a missing brace", `m{a="b"`, "it ends where a comma or } is expected"},
		{"a missing quote", `m{a="b}`, "is not closed"},
		{"a missing value", `m{a=}`, `a quoted value of label "a" is expected`},
		{"a value without quotes", `m{a=b}`, `a quoted value of label "a" is expected`},
		{"a missing comparison", `m{a "b"}`, "=, !=, =~ or !~ is expected"},
		{"a wrong comparison", `m{a=="b"}`, "a quoted value"},
		{"a missing comma", `m{a="b" c="d"}`, "a comma or } is expected"},
		{"two commas", `m{a="b",,c="d"}`, "a label name is expected"},
		{"a bad pattern", `m{a=~"("}`, "is not a regular expression"},
		{"a bad escape", `m{a="\d"}`, "backslash"},
		{"two names", `m{"n"}`, "two metric names"},
		{"a name before the braces and inside", `m{__name__=~"n"}`, "before the braces and again"},
		{"an empty label", `m{""="x"}`, "has no label"},
		{"an empty name", `{""}`, "the metric name is empty"},
		{"text that is no UTF-8", "m{a=\"\xff\"}", "not UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseSelector(test.text)
			if err == nil {
				t.Fatalf("it is read as %s", got)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
		})
	}
}

func TestValidateSaysWhatAServerWouldRefuse(t *testing.T) {
	for _, test := range []struct {
		selector Selector
		says     string
	}{
		{Selector{"m", []Matcher{{"", Equal, "x"}}}, "has no label"},
		{Selector{"m", []Matcher{{"a", "~", "x"}}}, `comparison "~" of label "a" is unknown`},
		{Selector{"m", []Matcher{{"a", Like, "x["}}}, `pattern "x["`},
		{Selector{"m", []Matcher{{"\xff", Equal, "x"}}}, "not UTF-8"},
	} {
		if err := test.selector.Validate(); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: %v does not say %q", test.selector, err, test.says)
		}
	}
	if err := (Selector{"m", []Matcher{{"a", Like, "x.*"}, {"ü", NotEqual, ""}}}).Validate(); err != nil {
		t.Error(err)
	}
}

func FuzzSelectorRoundTrip(f *testing.F) {
	f.Add("up", "a", uint8(0), "b", "c", uint8(2), "d.*")
	f.Add("", "a", uint8(1), "", "__name__", uint8(3), "x\xff")
	f.Add("sum", "a b", uint8(0), "\"}\n", "", uint8(0), "`'")
	f.Add("a.b", "__name__", uint8(0), "c", "__name__", uint8(0), "d")
	f.Fuzz(func(t *testing.T, metric, l1 string, op1 uint8, v1, l2 string, op2 uint8, v2 string) {
		ops := []MatchOp{Equal, NotEqual, Like, Unlike}
		s := Selector{metric, []Matcher{{l1, ops[op1%4], v1}, {l2, ops[op2%4], v2}}}
		if s.Validate() != nil {
			_ = s.String()
			return
		}
		text := s.String()
		back, err := ParseSelector(text)
		if err != nil {
			t.Fatalf("%#v is written as %s, which cannot be read: %v", s, text, err)
		}
		if !slices.Equal(conditions(back), conditions(s)) {
			t.Fatalf("%#v is written as %s, which is read as %#v", s, text, back)
		}
		if back.String() != text && metric != "" {
			t.Fatalf("%s is written again as %s", text, back)
		}
	})
}

// conditions lists what a selector demands, for comparison: the name as a
// matcher like others, sorted, without what PromQL demands only for form.
func conditions(s Selector) []Matcher {
	all := slices.Clone(s.Matchers)
	if s.Metric != "" {
		all = append(all, Matcher{NameLabel, Equal, s.Metric})
	}
	for i := range all {
		if all[i].Op == Like || all[i].Op == Unlike {
			all[i].Value = strings.ToValidUTF8(all[i].Value, string(utf8.RuneError))
		}
	}
	all = slices.DeleteFunc(all, func(m Matcher) bool { return m == Matcher{NameLabel, NotEqual, ""} })
	slices.SortFunc(all, func(a, b Matcher) int { return strings.Compare(a.String(), b.String()) })
	return all
}
