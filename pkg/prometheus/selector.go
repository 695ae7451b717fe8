package prometheus

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MatchOp is how a Matcher compares a label with its value.
type MatchOp string

// The four comparisons of PromQL. The regular expressions are RE2, anchored at
// both ends by the server.
const (
	Equal    MatchOp = "="
	NotEqual MatchOp = "!="
	Like     MatchOp = "=~"
	Unlike   MatchOp = "!~"
)

// NameLabel is the label that holds a metric's name.
const NameLabel = "__name__"

// matchNothing is a pattern that no text matches, the empty text included.
const matchNothing = `[^\x00-\x{10FFFF}]`

// Matcher is one condition on one label. A label that a series lacks counts as
// the empty string, as everywhere in Prometheus.
type Matcher struct {
	Label string
	Op    MatchOp
	Value string
}

// Selector names a set of series: a metric (may be empty) and conditions that
// all hold.
type Selector struct {
	Metric   string
	Matchers []Matcher
}

// With returns the selector with further matchers, leaving the receiver (and
// its backing array) as it was.
func (s Selector) With(more ...Matcher) Selector {
	s.Matchers = slices.Concat(s.Matchers, more)
	return s
}

// String is the selector as PromQL. Whatever the metric, labels and values
// hold, the text parses as one vector selector and every matcher stays one
// matcher; what cannot be written at all (see Validate) is text that a server
// refuses, never text that selects more.
//
// A metric name goes before the braces where every server understands it there,
// else (UTF-8 names, keywords of PromQL, a second condition on the name) into a
// matcher on __name__, which servers without UTF-8 syntax understand too. A
// selector whose conditions all accept an absent label, which PromQL forbids,
// gets the neutral condition __name__!="".
func (s Selector) String() string {
	return string(s.append(nil))
}

func (s Selector) append(b []byte) []byte {
	bare := isBareMetric(s.Metric) && !slices.ContainsFunc(s.Matchers, func(m Matcher) bool { return m.Label == NameLabel })
	if bare {
		b = append(b, s.Metric...)
		if len(s.Matchers) == 0 {
			return b
		}
	}
	b = append(b, '{')
	first := true
	add := func(m Matcher) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = m.append(b)
	}
	if !bare && s.Metric != "" {
		add(Matcher{NameLabel, Equal, s.Metric})
	}
	for _, m := range s.Matchers {
		add(m)
	}
	if s.Metric == "" && !slices.ContainsFunc(s.Matchers, Matcher.refusesEmpty) {
		add(Matcher{NameLabel, NotEqual, ""})
	}
	return append(b, '}')
}

// String is the matcher as PromQL, as it stands between the braces.
func (m Matcher) String() string {
	return string(m.append(nil))
}

func (m Matcher) append(b []byte) []byte {
	b = append(b, LabelName(m.Label)...)
	value := m.Value
	switch m.Op {
	case Like, Unlike:
		// A pattern has to be UTF-8 to compile. Text that is not reads as U+FFFD in RE2.
		value = strings.ToValidUTF8(value, "\uFFFD")
		b = append(b, m.Op...)
	case NotEqual:
		b = append(b, m.Op...)
	default:
		b = append(b, Equal...)
	}
	return append(b, Quote(value)...)
}

// LabelName writes the name of a label as PromQL, for matchers and for lists
// such as "by (...)": as it is where that is possible, else (UTF-8 names) in quotes.
func LabelName(name string) string {
	if isLabelName(name) {
		return name
	}
	return Quote(strings.ToValidUTF8(name, "\uFFFD"))
}

// Quote writes any text as a PromQL string. It is the one way by which values
// that users choose enter an expression.
//
// PromQL takes Go's escapes, so quotes, backslashes, line breaks, control
// characters and bytes that are no UTF-8 all stay inside the string.
func Quote(text string) string {
	return strconv.Quote(text)
}

// EscapeRegex returns an RE2 pattern that matches the text literally, for
// patterns that are put together from values. Bytes that are no UTF-8, which a
// pattern cannot hold, become U+FFFD: RE2 reads them as that.
func EscapeRegex(value string) string {
	return regexp.QuoteMeta(strings.ToValidUTF8(value, "\uFFFD"))
}

// AnyOf matches a label that has any of the values: by "=" if there is one, by
// alternatives if there are several (sorted, without repetition, so that equal
// sets give equal text). No values match nothing.
func AnyOf(label string, values []string) Matcher {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	switch len(sorted) {
	case 0:
		return Matcher{label, Like, matchNothing}
	case 1:
		return Matcher{label, Equal, sorted[0]}
	}
	for i, v := range sorted {
		sorted[i] = EscapeRegex(v)
	}
	return Matcher{label, Like, strings.Join(sorted, "|")}
}

// Validate says what a server would refuse: no label, an unknown comparison, a
// pattern that is no regular expression.
func (m Matcher) Validate() error {
	switch {
	case m.Label == "":
		return fmt.Errorf("matcher %s has no label: name the label that it compares", m)
	case !utf8.ValidString(m.Label):
		return fmt.Errorf("label %q is not UTF-8 text", m.Label)
	}
	switch m.Op {
	case Equal, NotEqual:
	case Like, Unlike:
		if _, err := compilePattern(m.Value); err != nil {
			return fmt.Errorf("pattern %q of label %q is not a regular expression (RE2): %s", m.Value, m.Label, patternFault(err))
		}
	default:
		return fmt.Errorf("comparison %q of label %q is unknown: use =, !=, =~ or !~", m.Op, m.Label)
	}
	return nil
}

// Validate says what a server would refuse in any of the matchers.
func (s Selector) Validate() error {
	for _, m := range s.Matchers {
		if err := m.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// refusesEmpty says that the matcher is certain to refuse an absent label.
func (m Matcher) refusesEmpty() bool {
	switch m.Op {
	case NotEqual:
		return m.Value == ""
	case Like, Unlike:
		re, err := compilePattern(strings.ToValidUTF8(m.Value, "\uFFFD"))
		return err == nil && re.MatchString("") == (m.Op == Unlike)
	default:
		return m.Value != ""
	}
}

func compilePattern(pattern string) (*regexp.Regexp, error) {
	return regexp.Compile("^(?s:" + pattern + ")$")
}

// patternFault drops the text around the pattern from the message of regexp.
func patternFault(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// isBareMetric says that a metric name may stand before the braces.
func isBareMetric(name string) bool {
	return isMetricName(name) && name[0] != ':' && !keywords[strings.ToLower(name)]
}

// isMetricName says that a name needs no quotes: [a-zA-Z_:][a-zA-Z0-9_:]*.
func isMetricName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if !isWordByte(name[i], i == 0) && name[i] != ':' {
			return false
		}
	}
	return true
}

// isLabelName says that a name needs no quotes: [a-zA-Z_][a-zA-Z0-9_]*.
func isLabelName(name string) bool {
	return isMetricName(name) && !strings.Contains(name, ":")
}

func isWordByte(c byte, first bool) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || !first && c >= '0' && c <= '9'
}

// keywords are words of PromQL and MetricsQL, in lower case. Some of them can
// stand for a metric in some versions; as a __name__ matcher all of them do in all.
var keywords = wordSet(`
	and or unless atan2 offset smoothed anchored by without on ignoring group_left group_right bool start end step range
	sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio
	inf nan fill fill_left fill_right if ifnot default limit keep_metric_names with prefix infix`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
