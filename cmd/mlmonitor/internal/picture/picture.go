package picture

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// Picture is one of Heatmap, Matrix, Plot and Bars.
type Picture interface{ picture() }

// Heatmap is rows × time; Values[r][t] is NaN where there is none.
type Heatmap struct {
	Rows   []string
	Times  []time.Time
	Values [][]float64
}

// Matrix is named rows × named columns.
type Matrix struct {
	Corner        string
	Rows, Columns []string
	Values        [][]float64
	// Share tells that the values are shares, not counts.
	Share bool
	// Max is the largest value, or 1 for shares; where there are negative ones, as
	// in correlations, the largest without its sign.
	Max float64
	// Decimals is with how many decimals values that are no shares are written: 0
	// for counts.
	Decimals int
}

// Text is a value as it is written in its cell.
func (m Matrix) Text(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case m.Share:
		return Percent(x)
	}
	return strconv.FormatFloat(x, 'f', m.Decimals, 64)
}

// Strength is how strong the colour of a value is, from 0 to 1, below 0 in the
// colour of negative values.
func (m Matrix) Strength(x float64) float64 {
	if !(m.Max > 0) || math.IsNaN(x) {
		return 0
	}
	return min(max(x/m.Max, -1), 1)
}

// Percent writes a share.
func Percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// Line is one line of a Plot.
type Line struct {
	Name string
	X, Y []float64
	// Lower and Upper are the limits of a band around the line; nil without.
	Lower, Upper []float64
	// Dashed marks a line to compare with, such as a diagonal.
	Dashed bool
}

// Plot is lines over a common x, which is Unix seconds if Timed.
type Plot struct {
	XName, YName string
	Timed        bool
	Lines        []Line
}

// Bars compares shares per interval or category.
type Bars struct {
	Name              string
	Intervals         []string
	Baseline, Current []float64 // Baseline is nil without one
}

func (Heatmap) picture() {}
func (Matrix) picture()  {}
func (Plot) picture()    {}
func (Bars) picture()    {}

// Of reads the pictures in the frames of an answer of the given format. Numbers
// and tables have none.
func Of(format string, frames data.Frames) []Picture {
	var drawn data.Frames
	for _, frame := range frames {
		if len(frame.Fields) >= 2 && frame.Rows() > 0 {
			drawn = append(drawn, frame)
		}
	}
	if len(drawn) == 0 {
		return nil
	}
	var pictures []Picture
	switch format {
	case "heatmap":
		for _, frame := range drawn {
			pictures = append(pictures, heatmap(frame))
		}
	case "matrix":
		for _, frame := range drawn {
			pictures = append(pictures, matrix(frame))
		}
	case "distribution":
		for _, frame := range drawn {
			pictures = append(pictures, bars(frame))
		}
	case "series":
		pictures = append(pictures, series(drawn))
	case "curve":
		pictures = append(pictures, curve(drawn))
	}
	return pictures
}

func heatmap(frame *data.Frame) Heatmap {
	h := Heatmap{Times: times(frame.Fields[0])}
	// The frame's last field is the row on top.
	for i := len(frame.Fields) - 1; i > 0; i-- {
		h.Rows = append(h.Rows, display(frame.Fields[i]))
		h.Values = append(h.Values, numbers(frame.Fields[i]))
	}
	return h
}

func matrix(frame *data.Frame) Matrix {
	m := Matrix{Corner: frame.Fields[0].Name, Values: make([][]float64, frame.Rows())}
	for r := range frame.Rows() {
		m.Rows = append(m.Rows, sheet.Cell(frame.Fields[0], r, sheet.Short))
	}
	for _, field := range frame.Fields[1:] {
		m.Columns = append(m.Columns, display(field))
		for r, x := range numbers(field) {
			m.Values[r] = append(m.Values[r], x)
			if !math.IsNaN(x) {
				m.Max = max(m.Max, math.Abs(x))
				if x != math.Trunc(x) {
					m.Decimals = 2
				}
			}
		}
		if field.Config != nil && field.Config.Unit == "percentunit" {
			m.Share, m.Max, m.Decimals = true, 1, 0
		}
	}
	return m
}

func bars(frame *data.Frame) Bars {
	b := Bars{Name: frame.Name}
	for i := range frame.Rows() {
		b.Intervals = append(b.Intervals, sheet.Cell(frame.Fields[0], i, sheet.Short))
	}
	for _, field := range frame.Fields[1:] {
		switch field.Name {
		case "baseline":
			b.Baseline = numbers(field)
		case "current":
			b.Current = numbers(field)
		}
	}
	return b
}

// series draws a line per value; the limits of an interval become the band
// around the value that has the same labels.
func series(frames data.Frames) Plot {
	p := Plot{Timed: true}
	type limits struct{ lower, upper []float64 }
	bands := map[string]*limits{} // by labels
	var keys []string             // of the lines
	for _, frame := range frames {
		var x []float64
		for _, field := range frame.Fields {
			if field.Type().Time() {
				for _, t := range times(field) {
					x = append(x, float64(t.Unix()))
				}
			}
		}
		for _, field := range frame.Fields {
			if field.Type().Time() {
				continue
			}
			about := maps.Clone(field.Labels)
			delete(about, "bound")
			key := about.String()
			if bands[key] == nil {
				bands[key] = &limits{}
			}
			switch field.Labels["bound"] {
			case "":
				name := frame.Name
				if len(frame.Fields) > 2 || name == "" {
					name = display(field)
				}
				p.Lines = append(p.Lines, Line{Name: name, X: x, Y: numbers(field)})
				keys = append(keys, key)
			case "lower":
				bands[key].lower = numbers(field)
			case "upper":
				bands[key].upper = numbers(field)
			}
		}
	}
	for i, key := range keys {
		line, band := &p.Lines[i], bands[key]
		if len(band.lower) == len(line.Y) && len(band.upper) == len(line.Y) {
			line.Lower, line.Upper = band.lower, band.upper
		}
	}
	return p
}

// curve reads what a field is for from how the frame styles it.
func curve(frames data.Frames) Plot {
	var p Plot
	for _, frame := range frames {
		x := numbers(frame.Fields[0])
		if p.XName == "" {
			p.XName = display(frame.Fields[0])
		}
		band := Line{}
		first := len(p.Lines)
		for _, field := range frame.Fields[1:] {
			if !field.Type().Numeric() {
				continue
			}
			y := numbers(field)
			switch roleOf(field) {
			case lower:
				band.Lower = y
			case upper:
				band.Upper = y
			case reference:
				if slices.ContainsFunc(p.Lines, func(l Line) bool { return l.Dashed && slices.Equal(l.X, x) && slices.Equal(l.Y, y) }) {
					continue // each group brings the same diagonal
				}
				p.Lines = append(p.Lines, Line{Name: display(field), X: x, Y: y, Dashed: true})
			case value:
				p.Lines = append(p.Lines, Line{Name: display(field), X: x, Y: y})
			}
		}
		if band.Lower != nil && band.Upper != nil {
			for i := first; i < len(p.Lines); i++ {
				if !p.Lines[i].Dashed {
					p.Lines[i].Lower, p.Lines[i].Upper = band.Lower, band.Upper
					break
				}
			}
		}
	}
	p.YName = commonWords(p.Lines)
	return p
}

// commonWords are the words with which the names of all lines begin.
func commonWords(lines []Line) string {
	var common []string
	first := true
	for _, line := range lines {
		if line.Dashed {
			continue
		}
		words := strings.Fields(line.Name)
		if first {
			common, first = words, false
			continue
		}
		k := 0
		for k < len(common) && k < len(words) && common[k] == words[k] {
			k++
		}
		common = common[:k]
	}
	return strings.Join(common, " ")
}

type role int

const (
	value role = iota
	lower
	upper
	reference
	hidden
)

func roleOf(field *data.Field) role {
	if field.Config == nil {
		return value
	}
	custom := field.Config.Custom
	hide, _ := custom["hideFrom"].(map[string]any)
	switch {
	case custom["lineStyle"] != nil:
		return reference
	case hide["viz"] == true:
		return hidden
	case custom["fillBelowTo"] != nil:
		return upper
	case hide["legend"] == true:
		if strings.Contains(strings.ToLower(field.Name), "upper") {
			return upper
		}
		return lower
	}
	return value
}

func display(field *data.Field) string {
	if field.Config != nil && field.Config.DisplayNameFromDS != "" {
		return field.Config.DisplayNameFromDS
	}
	return field.Name
}

func numbers(field *data.Field) []float64 {
	out := make([]float64, field.Len())
	for i := range out {
		out[i] = sheet.Number(field, i)
	}
	return out
}

func times(field *data.Field) []time.Time {
	out := make([]time.Time, field.Len())
	for i := range out {
		if t, ok := field.ConcreteAt(i); ok {
			out[i], _ = t.(time.Time)
		}
	}
	return out
}
