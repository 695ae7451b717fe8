package terminal

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/axis"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// Size of a plot in characters; a character holds 2 × 4 Braille dots.
const (
	plotWidth  = 60
	plotHeight = 14
)

// brailleDots are the bits of the dots of a Braille character, by row and column.
var brailleDots = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// canvas holds the dots of a plot and, per character, the line drawn there last.
type canvas struct {
	dots  [plotHeight][plotWidth]rune
	owner [plotHeight][plotWidth]int
}

func (c *canvas) dot(x, y float64, owner int) {
	column, row := int(x*(2*plotWidth-1)+0.5), int((1-y)*(4*plotHeight-1)+0.5)
	if column < 0 || row < 0 || column >= 2*plotWidth || row >= 4*plotHeight {
		return
	}
	c.dots[row/4][column/2] |= brailleDots[row%4][column%2]
	c.owner[row/4][column/2] = owner
}

// trace draws a line; where there is no value it is interrupted.
func (c *canvas) trace(xAxis, yAxis axis.Range, x, y []float64, dashed bool, owner int) {
	for k := range x {
		if k == 0 || math.IsNaN(y[k]) || math.IsNaN(y[k-1]) {
			if !math.IsNaN(y[k]) {
				c.dot(xAxis.Share(x[k]), yAxis.Share(y[k]), owner)
			}
			continue
		}
		const parts = 240
		for part := range parts + 1 {
			if dashed && part/8%2 == 1 {
				continue
			}
			t := float64(part) / parts
			c.dot(xAxis.Share(x[k-1]+t*(x[k]-x[k-1])), yAxis.Share(y[k-1]+t*(y[k]-y[k-1])), owner)
		}
	}
}

// Plot draws lines with Braille dots: a ROC curve, a reliability diagram, a
// metric over time.
func (s Screen) Plot(p picture.Plot) {
	x, y := axis.Of(p)
	var c canvas
	colors := lineColorsOf(p)
	for i, line := range p.Lines {
		c.trace(x, y, line.X, line.Y, line.Dashed, i)
		if line.Lower != nil {
			c.trace(x, y, line.X, line.Lower, true, i)
			c.trace(x, y, line.X, line.Upper, true, i)
		}
	}
	margin := max(utf8.RuneCountInString(sheet.Short(y.Low)), utf8.RuneCountInString(sheet.Short(y.High)))
	for r := range plotHeight {
		label := ""
		switch r {
		case 0:
			label = sheet.Short(y.High)
		case plotHeight - 1:
			label = sheet.Short(y.Low)
		}
		var line strings.Builder
		for k := range plotWidth {
			owner := c.owner[r][k]
			text := string(rune(0x2800) + c.dots[r][k])
			switch {
			case c.dots[r][k] == 0:
				line.WriteString(text)
			default:
				line.WriteString(s.paint(colors[owner], text))
			}
		}
		fmt.Fprintf(s, "%*s %s%s\n", margin, label, s.paint(gray, "│"), line.String())
	}
	low, high := axisText(p, x.Low), axisText(p, x.High)
	middle := p.XName
	gap := max(2, plotWidth-len(low)-len(high)-len(middle))
	fmt.Fprintf(s, "%*s %s\n", margin, "", s.paint(gray, "└"+strings.Repeat("─", plotWidth)))
	fmt.Fprintf(s, "%*s  %s%s%s%s%s\n", margin, "", low, strings.Repeat(" ", gap/2), middle, strings.Repeat(" ", gap-gap/2), high)
	for i, line := range p.Lines {
		mark := "──"
		if line.Dashed {
			mark = "╌╌"
		}
		fmt.Fprintf(s, "%*s  %s %s%s\n", margin, "", s.paint(colors[i], mark), line.Name, lastOf(p, line))
	}
}

// lineColorsOf gives each line its colour: gray to those to compare with.
func lineColorsOf(p picture.Plot) []int {
	colors, colored := make([]int, len(p.Lines)), 0
	for i, line := range p.Lines {
		colors[i] = gray
		if !line.Dashed {
			colors[i] = lineColors[colored%len(lineColors)]
			colored++
		}
	}
	return colors
}

func lastOf(p picture.Plot, line picture.Line) string {
	if !p.Timed {
		return ""
	}
	for i := len(line.Y) - 1; i >= 0; i-- {
		if !math.IsNaN(line.Y[i]) {
			return ": now " + sheet.Short(line.Y[i])
		}
	}
	return ": no value"
}

func axisText(p picture.Plot, x float64) string {
	if p.Timed {
		return time.Unix(int64(x), 0).UTC().Format("Jan 2 15:04")
	}
	return sheet.Short(x)
}
