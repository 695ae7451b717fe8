package report

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// drawing collects the elements of one SVG image.
type drawing struct {
	strings.Builder
}

// newDrawing begins an image of a size with a description for those who cannot
// see it.
func newDrawing(width, height float64, description string) *drawing {
	d := &drawing{}
	fmt.Fprintf(d, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, html.EscapeString(description))
	return d
}

func (d *drawing) done() string {
	d.WriteString("</svg>")
	return d.String()
}

// text writes a label; anchor is start, middle or end, class may be empty.
func (d *drawing) text(x, y float64, anchor, class, content string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" text-anchor="%s"`, x, y, anchor)
	if class != "" {
		fmt.Fprintf(d, ` class="%s"`, class)
	}
	fmt.Fprintf(d, `>%s</text>`, html.EscapeString(content))
}

// rect draws a filled rectangle; title shows under the pointer.
func (d *drawing) rect(x, y, width, height float64, fill, title string) {
	fmt.Fprintf(d, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" style="fill:%s">`, x, y, width, height, fill)
	if title != "" {
		fmt.Fprintf(d, `<title>%s</title>`, html.EscapeString(title))
	}
	d.WriteString(`</rect>`)
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(d, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// path connects points; a missing point (NaN) interrupts the line.
func (d *drawing) path(x, y []float64, attributes string) {
	var p strings.Builder
	pen := "M"
	for i := range x {
		if math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&p, "%s%.1f %.1f", pen, x[i], y[i])
		pen = "L"
	}
	if p.Len() > 0 {
		fmt.Fprintf(d, `<path d="%s" %s/>`, p.String(), attributes)
	}
}

// lineColor is the colour of the i-th line.
func lineColor(i int) string { return fmt.Sprintf("var(--line%d)", i%6) }

// heatColor goes from calm green over yellow to red as the share goes from 0 to 1.
func heatColor(share float64) string {
	share = min(max(share, 0), 1)
	return fmt.Sprintf("hsl(%.0f 65%% %.0f%%)", 150-150*math.Pow(share, 0.8), 42+8*share)
}
