package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// healthRule raises a status when any of its alternatives holds; an alternative
// holds when all of its conditions do.
type healthRule struct {
	status healthStatus
	any    [][]healthCondition
}

// healthCondition compares the values of one metric with a number.
type healthCondition struct {
	limit            string // "lower" or "upper" for a limit of the interval, "" for the value
	analysis, metric string
	labels           []healthLabel // in the order of the rule
	op               string
	threshold        float64
}

// healthLabel is a label that a value must carry.
type healthLabel struct{ name, value string }

// healthOperators are the comparisons and how they read.
var healthOperators = map[string]string{
	">": "above", ">=": "at least", "<": "below", "<=": "at most", "==": "exactly", "!=": "not",
}

// quantity is what the condition is about, as a rule writes it.
func (c healthCondition) quantity() string {
	text := c.analysis + "." + c.metric
	if len(c.labels) > 0 {
		parts := make([]string, len(c.labels))
		for i, l := range c.labels {
			parts[i] = l.name + "=" + strconv.Quote(l.value)
		}
		text += "{" + strings.Join(parts, ",") + "}"
	}
	if c.limit != "" {
		text = c.limit + "(" + text + ")"
	}
	return text
}

// String is the condition as a rule writes it.
func (c healthCondition) String() string {
	return c.quantity() + " " + c.op + " " + strconv.FormatFloat(c.threshold, 'g', -1, 64)
}

// String is the rule as it is written; parsing it gives the rule again.
func (r healthRule) String() string {
	alternatives := make([]string, len(r.any))
	for i, all := range r.any {
		parts := make([]string, len(all))
		for j, c := range all {
			parts[j] = c.String()
		}
		alternatives[i] = strings.Join(parts, " and ")
	}
	return strings.ToLower(r.status.String()) + ": " + strings.Join(alternatives, " or ")
}

// holds compares a value, which must not be NaN, with the threshold.
func (c healthCondition) holds(value float64) bool {
	switch c.op {
	case ">":
		return value > c.threshold
	case ">=":
		return value >= c.threshold
	case "<":
		return value < c.threshold
	case "<=":
		return value <= c.threshold
	case "==":
		return value == c.threshold
	}
	return value != c.threshold
}

// parseHealthRules reads rules, one per line or separated by semicolons. Empty
// lines and what follows # are passed over. The grammar of a rule:
//
//	rule      = ("warning" | "critical") ":" all { "or" all }
//	all       = condition { "and" condition }
//	condition = ( quantity | ("lower" | "upper") "(" quantity ")" ) operator number
//	quantity  = analysis "." metric [ "{" label "=" string { "," label "=" string } "}" ]
//	operator  = ">" | ">=" | "<" | "<=" | "==" | "!="
func parseHealthRules(text string) ([]healthRule, error) {
	var rules []healthRule
	for i, line := range strings.Split(text, "\n") {
		p := healthParser{line: i + 1, rest: line}
		for {
			for p.next(); p.token == ";"; p.next() {
			}
			if p.token == "" && p.problem == "" {
				break
			}
			rule := p.rule()
			if p.problem == "" && p.token != "" && p.token != ";" {
				p.fail("%s does not belong there: join conditions by and or or, and rules by a semicolon or a new line", p.found())
			}
			if p.problem != "" {
				return nil, &query.Error{Field: "options.rules", Message: fmt.Sprintf("line %d of the rules: %s", p.line, p.problem)}
			}
			rules = append(rules, rule)
			if p.token == "" {
				break
			}
		}
	}
	if len(rules) == 0 {
		return nil, &query.Error{Field: "options.rules", Message: "the rules hold no rule: write one such as " + `"critical: drift.drifted_share >= 0.5"` + ", or leave the option empty for the usual rules"}
	}
	return rules, nil
}

// healthParser reads one line. Its token is the present one, "" at the end; the
// first problem stays.
type healthParser struct {
	line        int
	rest, token string
	problem     string
}

func (p *healthParser) fail(format string, args ...any) {
	if p.problem == "" {
		p.problem = fmt.Sprintf(format, args...)
	}
	p.rest, p.token = "", ""
}

// found names the present token in a sentence.
func (p *healthParser) found() string {
	if p.token == "" {
		return "the end of the line"
	}
	return strconv.Quote(shorten(p.token))
}

func isWordPart(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// next reads the next token: a word or number, a quoted string, an operator or a
// single mark.
func (p *healthParser) next() {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
	if p.rest == "" || p.rest[0] == '#' {
		p.rest, p.token = "", ""
		return
	}
	size := 0
	first, width := utf8.DecodeRuneInString(p.rest)
	switch {
	case first == '"':
		quoted, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			p.fail("the quotation mark in %q is not closed: write values as in {feature=\"amount\"}", shorten(p.rest))
			return
		}
		size = len(quoted)
	case first == '-' || first == '+' || unicode.IsDigit(first) || first == '.' && len(p.rest) > 1 && p.rest[1] >= '0' && p.rest[1] <= '9':
		size = numberLength(p.rest)
	case isWordPart(first):
		size = strings.IndexFunc(p.rest, func(r rune) bool { return !isWordPart(r) })
		if size < 0 {
			size = len(p.rest)
		}
	case len(p.rest) > 1 && p.rest[1] == '=' && strings.ContainsRune("<>=!", first):
		size = 2
	default:
		size = width
	}
	p.token, p.rest = p.rest[:size], p.rest[size:]
}

// numberLength is how far a number reaches: digits, points and exponents with
// their signs. Whether it is one, strconv decides.
func numberLength(s string) int {
	for i := 1; i < len(s); i++ {
		signed := (s[i] == '-' || s[i] == '+') && (s[i-1] == 'e' || s[i-1] == 'E')
		if !signed && !strings.ContainsRune(".%", rune(s[i])) && (s[i] >= utf8.RuneSelf || !isWordPart(rune(s[i]))) {
			return i
		}
	}
	return len(s)
}

func (p *healthParser) expect(token, where string) {
	if p.token != token {
		p.fail("%s stands where %q is missing %s: write rules as in %s", p.found(), token, where, healthExample)
		return
	}
	p.next()
}

const healthExample = `critical: drift.drifted_share >= 0.5`

func (p *healthParser) word(what string) string {
	word := p.token
	if first, _ := utf8.DecodeRuneInString(word); word == "" || first != '_' && !unicode.IsLetter(first) {
		p.fail("%s stands where %s is missing: write rules as in %s", p.found(), what, healthExample)
		return ""
	}
	p.next()
	return word
}

func (p *healthParser) rule() healthRule {
	var r healthRule
	name := p.token
	switch name {
	case "warning":
		r.status = statusWarning
	case "critical":
		r.status = statusCritical
	default:
		p.fail("a rule begins with %s: begin it with \"warning:\" or \"critical:\"", p.found())
	}
	if p.problem == "" {
		p.next()
		p.expect(":", "after "+name)
	}
	for {
		all := []healthCondition{p.condition()}
		for p.token == "and" {
			p.next()
			all = append(all, p.condition())
		}
		r.any = append(r.any, all)
		if p.token != "or" {
			return r
		}
		p.next()
	}
}

func (p *healthParser) condition() healthCondition {
	var c healthCondition
	c.analysis = p.word("the name of an analysis")
	if (c.analysis == "lower" || c.analysis == "upper") && p.token == "(" {
		c.limit = c.analysis
		p.next()
		c.analysis = p.word("the name of an analysis")
	}
	p.expect(".", "between the analysis and its metric")
	c.metric = p.word("the name of a metric")
	if p.token == "{" {
		p.labels(&c)
	}
	if c.limit != "" {
		p.expect(")", "after what "+c.limit+" is taken of")
	}
	if p.problem != "" {
		return c
	}
	if _, known := healthOperators[p.token]; !known {
		p.fail("%s is no comparison: use one of >, >=, <, <=, ==, !=", p.found())
		return c
	}
	c.op = p.token
	p.next()
	number, err := strconv.ParseFloat(p.token, 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		p.fail("%s is no number to compare with: use one such as 0.5", p.found())
		return c
	}
	c.threshold = number
	p.next()
	return c
}

func (p *healthParser) labels(c *healthCondition) {
	for p.token = ","; p.token == ","; {
		p.next()
		name := p.word("the name of a label")
		p.expect("=", "after the label "+strconv.Quote(name))
		value, err := strconv.Unquote(p.token)
		if err != nil || !strings.HasPrefix(p.token, `"`) {
			p.fail("%s is no value of the label %s: write it in quotation marks, as in {feature=\"amount\"}", p.found(), name)
			return
		}
		if slices.ContainsFunc(c.labels, func(l healthLabel) bool { return l.name == name }) {
			p.fail("the label %q stands twice in one condition: leave one out", name)
			return
		}
		c.labels = append(c.labels, healthLabel{name, value})
		p.next()
	}
	p.expect("}", "after the labels")
}
