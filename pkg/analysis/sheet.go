package analysis

import (
	"fmt"
	"math"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// sheet builds a table row by row. Columns stand in the order in which the first
// rows name them; a cell that a row does not name is missing.
type sheet struct {
	columns []result.Column
	place   map[string]int
	rows    int
}

// row starts the next row.
func (s *sheet) row() { s.rows++ }

// column finds or adds a column and fills it up to the row before the present one.
func (s *sheet) column(name string, like result.Column) *result.Column {
	i, ok := s.place[name]
	if !ok {
		if s.place == nil {
			s.place = make(map[string]int)
		}
		i = len(s.columns)
		s.place[name] = i
		like.Name = name
		s.columns = append(s.columns, like)
	}
	c := &s.columns[i]
	s.pad(c, s.rows-1)
	return c
}

func (s *sheet) pad(c *result.Column, rows int) {
	switch {
	case c.Texts != nil:
		for len(c.Texts) < rows {
			c.Texts = append(c.Texts, "")
		}
	case c.Times != nil:
		for len(c.Times) < rows {
			c.Times = append(c.Times, time.Time{})
		}
	default:
		for len(c.Numbers) < rows {
			c.Numbers = append(c.Numbers, math.NaN())
		}
	}
}

func (s *sheet) text(name, value string) {
	c := s.column(name, result.Column{Texts: []string{}, Style: plain})
	c.Texts = append(c.Texts, value)
}

// mark is a text drawn on a colour.
func (s *sheet) mark(name, value string, colors map[string]string) {
	c := s.column(name, result.Column{Texts: []string{}, Style: plain, Colors: colors})
	c.Texts = append(c.Texts, value)
}

func (s *sheet) number(name string, value float64, style result.Style) {
	c := s.column(name, result.Column{Numbers: []float64{}, Style: style})
	c.Numbers = append(c.Numbers, value)
}

// gauge is a number with a bar inside its cell; the style needs both limits.
func (s *sheet) gauge(name string, value float64, style result.Style) {
	c := s.column(name, result.Column{Numbers: []float64{}, Style: style, Gauge: true})
	c.Numbers = append(c.Numbers, value)
}

func (s *sheet) time(name string, value time.Time) {
	c := s.column(name, result.Column{Times: []time.Time{}, Style: plain})
	c.Times = append(c.Times, value)
}

// labels writes one column per label.
func (s *sheet) labels(labels map[string]string, by []profile.Label) {
	for _, l := range by {
		s.text(heading(string(l)), labels[string(l)])
	}
}

// done returns the columns, all of the same length.
func (s *sheet) done() []result.Column {
	for i := range s.columns {
		s.pad(&s.columns[i], s.rows)
	}
	return s.columns
}

// heading writes a name as the head of a column.
func heading(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

// span writes an interval as text, "0.71 to 0.74"; empty where there is none.
func span(lower, upper float64) string {
	if math.IsNaN(lower) || math.IsNaN(upper) {
		return ""
	}
	return fmt.Sprintf("%.3g to %.3g", lower, upper)
}
