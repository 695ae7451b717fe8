package prometheus

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseSelector reads a selector that a user wrote: name{label="value",...}, or
// with the name in quotes inside the braces. It takes what PromQL takes as an instant vector selector,
// without modifiers, and nothing else, so that further matchers can
// be added to the result; text is never put together.
//
// A condition __name__="x" becomes the selector's Metric.
func ParseSelector(text string) (Selector, error) {
	p := selectorParser{text: text}
	s, err := p.selector()
	if err != nil {
		return Selector{}, fmt.Errorf("selector %q cannot be read: %w", shorten(text, 200), err)
	}
	return s, nil
}

const selectorRemedy = `write it as name{label="value"}`

// selectorParser reads a selector from left to right.
type selectorParser struct {
	text string
	pos  int
}

func (p *selectorParser) selector() (Selector, error) {
	var s Selector
	if !utf8.ValidString(p.text) {
		return s, fmt.Errorf("it is not UTF-8 text")
	}
	p.space()
	s.Metric = p.word(true)
	p.space()
	switch {
	case p.take('{'):
		if err := p.matchers(&s); err != nil {
			return s, err
		}
	case p.done() && s.Metric == "":
		return s, fmt.Errorf("it is empty; %s", selectorRemedy)
	case p.done() && keywords[strings.ToLower(s.Metric)]:
		return s, fmt.Errorf("%q is a word of PromQL; write the metric as {__name__=%q}", s.Metric, s.Metric)
	}
	if p.space(); !p.done() {
		return s, p.surplus()
	}
	if err := s.Validate(); err != nil {
		return s, err
	}
	for _, m := range s.Matchers {
		if s.Metric != "" || m.refusesEmpty() {
			return s, nil
		}
	}
	if s.Metric == "" {
		return s, fmt.Errorf("it selects every series: name a metric, or give a matcher that does not accept an absent label")
	}
	return s, nil
}

// surplus explains what follows the selector.
func (p *selectorParser) surplus() error {
	rest := shorten(p.text[p.pos:], 40)
	switch {
	case p.text[p.pos] == '[':
		return fmt.Errorf("the range %q does not belong to it: the window of the query is used; %s", rest, selectorRemedy)
	case p.text[p.pos] == '(':
		return fmt.Errorf("it is a function call, not a selector; %s", selectorRemedy)
	case p.pos == 0:
		return fmt.Errorf("%q does not begin a metric name; %s", rest, selectorRemedy)
	default:
		return fmt.Errorf("%q follows the selector; %s, without modifiers, operators or functions", rest, selectorRemedy)
	}
}

// matchers reads what stands between the braces, and the closing one.
func (p *selectorParser) matchers(s *Selector) error {
	for {
		if p.space(); p.take('}') {
			return nil
		}
		if err := p.matcher(s); err != nil {
			return err
		}
		p.space()
		if !p.take(',') {
			p.space()
			if !p.take('}') {
				return p.expected("a comma or }")
			}
			return nil
		}
	}
}

// matcher reads one condition, or the quoted name of the metric.
func (p *selectorParser) matcher(s *Selector) error {
	var m Matcher
	var err error
	quoted := p.atQuote()
	if quoted {
		m.Label, err = p.quoted()
	} else if m.Label = p.word(false); m.Label == "" {
		err = p.expected("a label name")
	}
	if err != nil {
		return err
	}
	p.space()
	if quoted && (p.at(',') || p.at('}')) {
		return p.setMetric(s, m.Label)
	}
	for _, op := range []MatchOp{Like, Unlike, NotEqual, Equal} {
		if strings.HasPrefix(p.text[p.pos:], string(op)) {
			m.Op = op
			p.pos += len(op)
			break
		}
	}
	if m.Op == "" {
		return p.expected("=, !=, =~ or !~")
	}
	p.space()
	if !p.atQuote() {
		return p.expected(fmt.Sprintf("a quoted value of label %q", m.Label))
	}
	if m.Value, err = p.quoted(); err != nil {
		return err
	}
	if m.Label == NameLabel && m.Op == Equal && m.Value != "" && s.Metric == "" {
		return p.setMetric(s, m.Value)
	}
	if m.Label == NameLabel && s.Metric != "" && p.nameOutside() {
		return fmt.Errorf("the metric name is given before the braces and again as __name__; give one of them")
	}
	s.Matchers = append(s.Matchers, m)
	return nil
}

// nameOutside says that the selector began with a metric name, as opposed to a brace.
func (p *selectorParser) nameOutside() bool {
	return !strings.HasPrefix(strings.TrimLeft(p.text, " \t\r\n"), "{")
}

func (p *selectorParser) setMetric(s *Selector, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the metric name is empty")
	case s.Metric != "":
		return fmt.Errorf("there are two metric names, %q and %q; give one of them", s.Metric, name)
	}
	s.Metric = name
	return nil
}

// quoted reads a string in any of PromQL's three kinds of quotes.
func (p *selectorParser) quoted() (string, error) {
	begin := p.pos
	quote := p.text[begin]
	if quote == '`' {
		end := strings.IndexByte(p.text[begin+1:], '`')
		if end < 0 {
			return "", fmt.Errorf("the quote %s is not closed", shorten(p.text[begin:], 40))
		}
		p.pos = begin + end + 2
		return p.text[begin+1 : begin+1+end], nil
	}
	var b []byte
	for rest := p.text[begin+1:]; ; {
		if rest == "" || rest[0] == '\n' {
			return "", fmt.Errorf("the quote %s is not closed", shorten(p.text[begin:], 40))
		}
		if rest[0] == quote {
			p.pos = len(p.text) - len(rest) + 1
			return string(b), nil
		}
		c, wide, tail, err := strconv.UnquoteChar(rest, quote)
		if err != nil {
			return "", fmt.Errorf("%s holds a backslash with no meaning: write a backslash itself as \\\\", shorten(p.text[begin:], 40))
		}
		if wide || c < utf8.RuneSelf {
			b = utf8.AppendRune(b, c)
		} else {
			b = append(b, byte(c)) // \xff is a byte
		}
		rest = tail
	}
}

// word reads a plain name of a metric (colons allowed) or a label.
func (p *selectorParser) word(metric bool) string {
	begin := p.pos
	for p.pos < len(p.text) {
		if c := p.text[p.pos]; !isWordByte(c, p.pos == begin) && (!metric || c != ':') {
			break
		}
		p.pos++
	}
	return p.text[begin:p.pos]
}

func (p *selectorParser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *selectorParser) done() bool { return p.pos == len(p.text) }

func (p *selectorParser) at(c byte) bool { return p.pos < len(p.text) && p.text[p.pos] == c }

func (p *selectorParser) atQuote() bool { return p.at('"') || p.at('\'') || p.at('`') }

func (p *selectorParser) take(c byte) bool {
	if p.at(c) {
		p.pos++
		return true
	}
	return false
}

func (p *selectorParser) expected(what string) error {
	if p.done() {
		return fmt.Errorf("it ends where %s is expected; %s", what, selectorRemedy)
	}
	return fmt.Errorf("%s is expected at %q; %s", what, shorten(p.text[p.pos:], 40), selectorRemedy)
}
