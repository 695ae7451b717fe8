package reading

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// checkSelector parses a selector with the real parser: it must be one vector selector
// that holds exactly the given matchers.
func checkSelector(t *testing.T, s prometheus.Selector) {
	t.Helper()
	if s.Validate() != nil {
		return // text that every server refuses
	}
	text := s.String()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%#v became %s: %v", s, text, err)
	}
	vector, ok := expr.(*parser.VectorSelector)
	if !ok {
		t.Fatalf("%#v became %s, a %T", s, text, expr)
	}
	var got, want []string
	put := func(into *[]string, name, op, value string) {
		if name == prometheus.NameLabel && op == "!=" && value == "" {
			return // true of every series; it makes an unconditional selector legal
		}
		*into = append(*into, name+"\x00"+op+"\x00"+value)
	}
	for _, m := range vector.LabelMatchers {
		put(&got, m.Name, m.Type.String(), m.Value)
	}
	if s.Metric != "" {
		put(&want, prometheus.NameLabel, "=", s.Metric)
	}
	for _, m := range s.Matchers {
		value := m.Value
		if m.Op == prometheus.Like || m.Op == prometheus.Unlike {
			value = strings.ToValidUTF8(value, "\uFFFD")
		}
		put(&want, m.Label, string(m.Op), value)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%s means %q, want %q", text, got, want)
	}
	if _, err := prometheus.ParseSelector(text); err != nil {
		t.Fatalf("our own parser refuses %s: %v", text, err)
	}
}

func TestKeywordsAndFunctionsCanBeNames(t *testing.T) {
	names := []string{}
	for _, keyword := range parser.ItemTypeStr {
		names = append(names, keyword, strings.ToUpper(keyword))
	}
	for function := range parser.Functions {
		names = append(names, function)
	}
	for _, name := range names {
		checkSelector(t, prometheus.Selector{Metric: name})
		checkSelector(t, prometheus.Selector{Metric: name, Matchers: []prometheus.Matcher{{Label: name, Op: prometheus.Like, Value: "x"}}})
	}
}

func FuzzSelectorsMeanOnlyTheirMatchers(f *testing.F) {
	f.Add("up", "a", uint8(0), "b", "c", uint8(2), "d.*")
	f.Add("", "a", uint8(1), "", "__name__", uint8(3), "x\xff")
	f.Add("sum", "a b", uint8(0), "\"}\n", "", uint8(0), "`'\\")
	f.Fuzz(func(t *testing.T, metric, label1 string, op1 uint8, value1, label2 string, op2 uint8, value2 string) {
		ops := []prometheus.MatchOp{prometheus.Equal, prometheus.NotEqual, prometheus.Like, prometheus.Unlike}
		checkSelector(t, prometheus.Selector{Metric: metric, Matchers: []prometheus.Matcher{
			{Label: label1, Op: ops[op1%4], Value: value1}, {Label: label2, Op: ops[op2%4], Value: value2},
		}})
	})
}

func FuzzWhatWeParseTheServerParsesToo(f *testing.F) {
	f.Add(`up{a="b",'c d'!~"x"}`)
	f.Add("{`x`,__name__!=\"\"}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := prometheus.ParseSelector(text)
		if err != nil {
			return
		}
		if _, err := parser.NewParser(parser.Options{}).ParseExpr(text); err != nil {
			t.Fatalf("%q is accepted as %s, the server says: %v", text, s, err)
		}
		checkSelector(t, s)
	})
}
