package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
)

// blues are the backgrounds of matrix cells, from empty to full; reds those of
// negative values.
var (
	blues = []int{231, 195, 153, 117, 75, 33, 27, 20}
	reds  = []int{231, 224, 217, 210, 203, 196, 160, 124}
)

// Matrix draws a table with cells coloured by their value.
func (s Screen) Matrix(m picture.Matrix) {
	label, cell := utf8.RuneCountInString(m.Corner), 7
	for _, row := range m.Rows {
		label = max(label, utf8.RuneCountInString(row))
	}
	for _, column := range m.Columns {
		cell = max(cell, min(12, utf8.RuneCountInString(column)+1))
	}
	center := func(text string) string {
		text = clip(text, cell)
		left := (cell - utf8.RuneCountInString(text)) / 2
		return pad(strings.Repeat(" ", left)+text, cell)
	}
	var head strings.Builder
	head.WriteString(pad(m.Corner, label) + " ")
	for _, column := range m.Columns {
		head.WriteString(center(column))
	}
	fmt.Fprintln(s, s.paint(gray, head.String()))
	for r, row := range m.Rows {
		var line strings.Builder
		line.WriteString(pad(row, label) + " ")
		for c := range m.Columns {
			x := m.Values[r][c]
			colors, strength := blues, m.Strength(x)
			if strength < 0 {
				colors, strength = reds, -strength
			}
			line.WriteString(s.fill(colors[int(strength*float64(len(colors)-1)+0.5)], strength > 0.6, center(m.Text(x))))
		}
		fmt.Fprintln(s, line.String())
	}
}
