package report

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/axis"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// width of every chart, in the units of its view box.
const width = 820

const letter = 7.0 // a letter's mean width

// room is the space that labels need on the left.
func room(labels []string) float64 {
	longest := 0
	for _, l := range labels {
		longest = max(longest, utf8.RuneCountInString(l))
	}
	return min(float64(longest)*letter+14, 220)
}

func heatmap(h picture.Heatmap, title string, top float64) string {
	const row = 20.0
	left := room(h.Rows)
	cell := (width - left - 4) / float64(max(1, len(h.Times)))
	bottom := row * float64(len(h.Rows))
	d := newDrawing(width, bottom+58, title)
	for r, name := range h.Rows {
		y := row * float64(r)
		d.text(left-8, y+14, "end", "", name)
		for c, x := range h.Values[r] {
			fill, said := "var(--none)", "no value"
			if !math.IsNaN(x) {
				fill, said = heatColor(x/top), sheet.Short(x)
			}
			d.rect(left+cell*float64(c), y+1, math.Max(cell-0.6, 0.4), row-2, fill, fmt.Sprintf("%s, %s: %s", name, clock(h.Times[c]), said))
		}
	}
	if n := len(h.Times); n > 0 {
		for _, k := range []int{0, n / 4, n / 2, 3 * n / 4, n - 1} {
			anchor := "middle"
			switch k {
			case 0:
				anchor = "start"
			case n - 1:
				anchor = "end"
			}
			d.text(left+cell*(float64(k)+0.5), bottom+15, anchor, "quiet", clock(h.Times[k]))
		}
	}
	for i := range 40 {
		d.rect(left+float64(i)*4, bottom+32, 4, 10, heatColor(float64(i)/39), "")
	}
	d.text(left, bottom+56, "start", "quiet", "0")
	d.text(left+160, bottom+56, "middle", "quiet", tick(top)+" or more")
	return d.done()
}

func clock(t time.Time) string { return t.UTC().Format("Jan 2 15:04") }

func matrix(m picture.Matrix, title string) string {
	left := math.Max(room(m.Rows), room([]string{m.Corner}))
	cell := min(110, (width-left)/float64(max(1, len(m.Columns))))
	const row = 44.0
	d := newDrawing(width, row*float64(len(m.Rows))+30, title)
	d.text(left-8, 18, "end", "quiet", m.Corner)
	for c, name := range m.Columns {
		d.text(left+cell*(float64(c)+0.5), 18, "middle", "", name)
	}
	for r, name := range m.Rows {
		y := 28 + row*float64(r)
		d.text(left-8, y+row/2+4, "end", "", name)
		for c, column := range m.Columns {
			x := m.Values[r][c]
			color, strength, text := "var(--line0)", m.Strength(x), m.Text(x)
			if strength < 0 {
				color, strength = "var(--line3)", -strength
			}
			left := left + cell*float64(c)
			d.rect(left, y, cell-2, row-2, "var(--none)", "")
			d.rect(left, y, cell-2, row-2, fmt.Sprintf("color-mix(in srgb, %s %.0f%%, transparent)", color, 85*strength),
				fmt.Sprintf("%s %s, %s: %s", m.Corner, name, column, text))
			d.text(left+cell/2-1, y+row/2+4, "middle", "", text)
		}
	}
	return d.done()
}

func plot(p picture.Plot, title string) string {
	xAxis, yAxis := axis.Of(p)
	const left, top, bottom = 64.0, 8.0, 40.0
	inside, high := width-left-16, 300.0
	if !p.Timed {
		inside, high = 460, 380
	}
	legend := 20 * float64(len(p.Lines))
	legendLeft, legendTop, total := left, top+high+bottom+8, top+high+bottom+legend+8
	if !p.Timed { // there is room beside a square chart
		legendLeft, legendTop, total = left+inside+20, top+8, top+high+bottom
	}
	d := newDrawing(width, total, title)
	px := func(x float64) float64 { return left + inside*xAxis.Share(x) }
	py := func(y float64) float64 { return top + high*(1-yAxis.Share(y)) }

	for _, y := range yAxis.Ticks(5) {
		d.line(left, py(y), left+inside, py(y), "grid")
		d.text(left-6, py(y)+4, "end", "quiet", tick(y))
	}
	if p.Timed {
		for i := range 5 {
			x := xAxis.Low + (xAxis.High-xAxis.Low)*float64(i)/4
			anchor := [...]string{"start", "middle", "middle", "middle", "end"}[i]
			d.text(px(x), top+high+16, anchor, "quiet", clock(time.Unix(int64(x), 0)))
		}
	} else {
		for _, x := range xAxis.Ticks(5) {
			d.line(px(x), top, px(x), top+high, "grid")
			d.text(px(x), top+high+16, "middle", "quiet", tick(x))
		}
	}
	fmt.Fprintf(d, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="frame"/>`, left, top, inside, high)
	if p.XName != "" {
		d.text(left+inside/2, top+high+34, "middle", "", p.XName)
	}
	if p.YName != "" {
		fmt.Fprintf(d, `<g transform="translate(14 %.1f) rotate(-90)">`, top+high/2)
		d.text(0, 0, "middle", "", p.YName)
		d.WriteString("</g>")
	}
	colored := 0
	for i, line := range p.Lines {
		color := lineColor(colored)
		if !line.Dashed {
			colored++
		}
		if line.Lower != nil {
			d.band(line, px, py, color)
		}
		x, y := make([]float64, len(line.X)), make([]float64, len(line.Y))
		for k := range line.X {
			x[k], y[k] = px(line.X[k]), py(line.Y[k])
		}
		if line.Dashed {
			d.path(x, y, `class="dashed"`)
		} else {
			d.path(x, y, fmt.Sprintf(`style="fill:none;stroke:%s;stroke-width:2;stroke-linejoin:round"`, color))
		}
		if line.Lower != nil {
			for k := range x {
				if !math.IsNaN(y[k]) {
					fmt.Fprintf(d, `<circle cx="%.1f" cy="%.1f" r="3" style="fill:%s"><title>%s</title></circle>`, x[k], y[k], color,
						fmt.Sprintf("%s: %s (%s to %s)", place(p, line.X[k]), sheet.Short(line.Y[k]), sheet.Short(line.Lower[k]), sheet.Short(line.Upper[k])))
				}
			}
		}
		ly := legendTop + 20*float64(i) + 6
		if line.Dashed {
			d.line(legendLeft, ly, legendLeft+22, ly, "dashed")
		} else {
			d.rect(legendLeft, ly-2, 22, 4, color, "")
		}
		d.text(legendLeft+28, ly+4, "start", "", line.Name)
	}
	return d.done()
}

// place writes where on the x axis a point is.
func place(p picture.Plot, x float64) string {
	if p.Timed {
		return clock(time.Unix(int64(x), 0))
	}
	return sheet.Short(x)
}

// band fills the area between the limits of a line.
func (d *drawing) band(line picture.Line, px, py func(float64) float64, color string) {
	var x, y []float64
	for k := range line.X {
		if !math.IsNaN(line.Upper[k]) {
			x, y = append(x, px(line.X[k])), append(y, py(line.Upper[k]))
		}
	}
	for k := len(line.X) - 1; k >= 0; k-- {
		if !math.IsNaN(line.Lower[k]) {
			x, y = append(x, px(line.X[k])), append(y, py(line.Lower[k]))
		}
	}
	d.path(x, y, fmt.Sprintf(`style="fill:%s;fill-opacity:.18;stroke:none"`, color))
}

// tick writes the value of a tick; adding 0 turns -0 into 0.
func tick(x float64) string { return strconv.FormatFloat(math.Round(x*1e9)/1e9+0, 'g', 6, 64) }

func bars(b picture.Bars, title string) string {
	left := room(b.Intervals)
	row := 26.0
	if b.Baseline == nil {
		row = 18
	}
	top := 0.0
	for i := range b.Intervals {
		top = max(top, shareAt(b.Current, i), shareAt(b.Baseline, i))
	}
	if top == 0 {
		top = 1
	}
	scale := (width - left - 60) / top
	bottom := row * float64(len(b.Intervals))
	d := newDrawing(width, bottom+30, title)
	for i, name := range b.Intervals {
		y := row * float64(i)
		d.text(left-8, y+row/2+4, "end", "", name)
		x := shareAt(b.Current, i)
		d.rect(left, y+2, x*scale, 10, lineColor(0), fmt.Sprintf("%s, current: %s", name, picture.Percent(x)))
		d.text(left+x*scale+4, y+11, "start", "quiet", picture.Percent(x))
		if b.Baseline != nil {
			x := shareAt(b.Baseline, i)
			d.rect(left, y+13, x*scale, 8, "var(--quiet)", fmt.Sprintf("%s, baseline: %s", name, picture.Percent(x)))
		}
	}
	d.rect(left, bottom+12, 22, 8, lineColor(0), "")
	d.text(left+28, bottom+20, "start", "", "current")
	if b.Baseline != nil {
		d.rect(left+100, bottom+12, 22, 8, "var(--quiet)", "")
		d.text(left+128, bottom+20, "start", "", "baseline")
	}
	return d.done()
}

func shareAt(values []float64, i int) float64 {
	if values == nil || math.IsNaN(values[i]) {
		return 0
	}
	return values[i]
}
