package axis

import (
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
)

func TestOf(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		plot picture.Plot
		x, y Range
	}{
		{"curves of shares fill the unit square", picture.Plot{Lines: []picture.Line{{X: []float64{0, 0.5}, Y: []float64{0.1, 0.9}}}}, Range{0, 1}, Range{0, 1}},
		{"an empty plot is the unit square", picture.Plot{Timed: true}, Range{0, 1}, Range{0, 1}},
		{"missing values need no room", picture.Plot{Timed: true, Lines: []picture.Line{{X: []float64{10, 20, 30}, Y: []float64{2, nan, 4}}}}, Range{10, 30}, Range{1.9, 4.1}},
		{"one value gets some room", picture.Plot{Timed: true, Lines: []picture.Line{{X: []float64{10, 20}, Y: []float64{5, 5}}}}, Range{10, 20}, Range{4.5, 5.5}},
		{"what is not negative starts at zero at the lowest", picture.Plot{Timed: true, Lines: []picture.Line{{X: []float64{0, 1}, Y: []float64{0, 10}}}}, Range{0, 1}, Range{0, 10.5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, y := Of(c.plot)
			if !close(x, c.x) || !close(y, c.y) {
				t.Errorf("got %v and %v, want %v and %v", x, y, c.x, c.y)
			}
		})
	}
}

func close(a, b Range) bool {
	return math.Abs(a.Low-b.Low) < 1e-9 && math.Abs(a.High-b.High) < 1e-9
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		axis Range
		want []float64
	}{
		{Range{0, 1}, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{Range{-0.3, 0.9}, []float64{-0.25, 0, 0.25, 0.5, 0.75}},
		{Range{1.9, 4.1}, []float64{2, 2.5, 3, 3.5, 4}},
	} {
		got := c.axis.Ticks(5)
		if len(got) != len(c.want) {
			t.Errorf("%v: %v, want %v", c.axis, got, c.want)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-9 {
				t.Errorf("%v: %v, want %v", c.axis, got, c.want)
			}
		}
	}
}
