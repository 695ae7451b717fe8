package axis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
)

// Range is an axis from Low to High.
type Range struct{ Low, High float64 }

// Share is where x lies on the axis: 0 at Low, 1 at High.
func (r Range) Share(x float64) float64 { return (x - r.Low) / (r.High - r.Low) }

// Of is the axes that hold all lines: 0 to 1 for curves of shares, else
// what the values need with a margin.
func Of(p picture.Plot) (x, y Range) {
	x, y = empty(), empty()
	for _, line := range p.Lines {
		for i := range line.X {
			if !math.IsNaN(line.Y[i]) {
				x.hold(line.X[i])
				y.hold(line.Y[i])
			}
			if line.Lower != nil {
				y.hold(line.Lower[i])
				y.hold(line.Upper[i])
			}
		}
	}
	if !p.Timed && x.Low >= 0 && x.High <= 1 && y.Low >= 0 && y.High <= 1 {
		return Range{0, 1}, Range{0, 1}
	}
	x.finish(0)
	y.finish(0.05)
	return x, y
}

func empty() Range { return Range{math.Inf(1), math.Inf(-1)} }

func (r *Range) hold(x float64) {
	if !math.IsNaN(x) && !math.IsInf(x, 0) {
		r.Low, r.High = min(r.Low, x), max(r.High, x)
	}
}

func (r *Range) finish(margin float64) {
	if r.Low > r.High {
		*r = Range{0, 1}
		return
	}
	nonNegative := r.Low >= 0
	extra := margin * (r.High - r.Low)
	if r.High == r.Low {
		extra = max(math.Abs(r.High)*0.1, 1e-6)
	}
	r.Low, r.High = r.Low-extra, r.High+extra
	if nonNegative {
		r.Low = max(r.Low, 0)
	}
}

// Ticks are up to about n round values within the axis.
func (r Range) Ticks(n int) []float64 {
	raw := (r.High - r.Low) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= raw {
			step = m * power
			break
		}
	}
	var ticks []float64
	for k := math.Ceil(r.Low/step - 1e-9); k*step <= r.High+1e-9*step; k++ {
		ticks = append(ticks, k*step)
	}
	return ticks
}
