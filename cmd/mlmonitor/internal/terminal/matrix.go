package terminal

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
)

// blues are the backgrounds of matrix cells, from empty to full.
var blues = []int{231, 195, 153, 117, 75, 33, 27, 20}

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
			text := "–"
			if !math.IsNaN(x) {
				text = CellText(x, m.Share)
			}
			share := 0.0
			if m.Max > 0 && !math.IsNaN(x) {
				share = min(max(x/m.Max, 0), 1)
			}
			line.WriteString(s.fill(blues[int(share*float64(len(blues)-1)+0.5)], share > 0.6, center(text)))
		}
		fmt.Fprintln(s, line.String())
	}
}

// CellText writes a share in percent, or a count.
func CellText(x float64, share bool) string {
	if share {
		return fmt.Sprintf("%.1f %%", 100*x)
	}
	return fmt.Sprintf("%.0f", x)
}
