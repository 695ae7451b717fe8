package terminal

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// heatColors go from nothing to worst: dark blue over green and yellow to red.
var heatColors = []int{17, 24, 30, 35, 71, 143, 179, 208, 202, 196, 160}

// heatShades say the same without colours.
var heatShades = []rune(" ·░▒▓█")

// Heatmap draws a row per thing and a block per time; top is the value of the
// strongest colour.
func (s Screen) Heatmap(h picture.Heatmap, top float64) {
	label := 0
	for _, row := range h.Rows {
		label = max(label, utf8.RuneCountInString(row))
	}
	label = min(label, 28)
	columns := min(len(h.Times), max(10, s.Width-label-12))
	for r, name := range h.Rows {
		var line strings.Builder
		line.WriteString(pad(clip(name, label), label) + " ")
		for c := range columns {
			line.WriteString(s.block(worstOf(h.Values[r], c, columns), top))
		}
		fmt.Fprintf(s, "%s %s\n", line.String(), s.paint(gray, "max "+sheet.Short(largest(h.Values[r]))))
	}
	if len(h.Times) > 0 {
		from, to := h.Times[0].UTC().Format("Jan 2 15:04"), h.Times[len(h.Times)-1].UTC().Format("Jan 2 15:04")
		gap := max(1, columns-len(from)-len(to))
		fmt.Fprintf(s, "%s %s\n", pad("", label), s.paint(gray, from+strings.Repeat(" ", gap)+to))
	}
	var scale strings.Builder
	for i := range 11 {
		scale.WriteString(s.block(float64(i)/10*top, top))
	}
	fmt.Fprintf(s, "%s 0 %s %g or more\n", pad("", label), scale.String(), top)
}

// block is one cell; a missing value is a space.
func (s Screen) block(x, top float64) string {
	if math.IsNaN(x) {
		return " "
	}
	share := min(max(x/top, 0), 1)
	if s.Color {
		return s.paint(heatColors[int(share*float64(len(heatColors)-1)+0.5)], "█")
	}
	return string(heatShades[int(share*float64(len(heatShades)-1)+0.5)])
}

// worstOf is the largest of the values that share column c of so many.
func worstOf(values []float64, c, columns int) float64 {
	return largest(values[c*len(values)/columns : max((c+1)*len(values)/columns, c*len(values)/columns+1)])
}

func largest(values []float64) float64 {
	worst := math.NaN()
	for _, x := range values {
		if math.IsNaN(worst) || x > worst {
			worst = x
		}
	}
	return worst
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

func clip(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}
