package terminal

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
)

// eighths are bars of one to eight eighths of a character.
var eighths = []rune("▏▎▍▌▋▊▉█")

// Bars draws the current share of each interval and, under it, the baseline's.
func (s Screen) Bars(b picture.Bars) {
	label, top := 0, 0.0
	for i, interval := range b.Intervals {
		label = max(label, min(24, utf8.RuneCountInString(interval)))
		top = max(top, orZero(b.Current, i), orZero(b.Baseline, i))
	}
	if top == 0 {
		top = 1
	}
	const width = 50
	for i, interval := range b.Intervals {
		fmt.Fprintf(s, "%s %s %.1f %%\n", pad(clip(interval, label), label), s.paint(lineColors[0], bar(orZero(b.Current, i)/top*width)), 100*orZero(b.Current, i))
		if b.Baseline != nil {
			fmt.Fprintf(s, "%s %s %s\n", pad("", label), s.paint(gray, strings.Repeat("▒", int(orZero(b.Baseline, i)/top*width+0.5))), s.paint(gray, fmt.Sprintf("%.1f %%", 100*b.Baseline[i])))
		}
	}
	if b.Baseline != nil {
		fmt.Fprintf(s, "%s %s current   %s baseline\n", pad("", label), s.paint(lineColors[0], "█"), s.paint(gray, "▒"))
	}
}

func orZero(values []float64, i int) float64 {
	if values == nil || math.IsNaN(values[i]) {
		return 0
	}
	return values[i]
}

func bar(length float64) string {
	whole := int(length)
	text := strings.Repeat("█", whole)
	if rest := int((length - float64(whole)) * 8); rest > 0 {
		text += string(eighths[rest-1])
	}
	return text
}
