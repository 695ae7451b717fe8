package detect

import "math"

// adwin keeps a window that it cuts in two in every way, into n0 and n1 points
// with means m0 and m1. The points have variance 1, so a difference is beyond
// chance when
//
//	|m1 − m0| > √(2·(1/n0 + 1/n1)·ln(2n/δ))
//
// which is Bifet and Gavaldà's cut for normal points: the term for bounded ones
// falls away. Each statistic is the largest difference on its side over its cut,
// so the limit is 1; the onset is the first point after the cut, from where on
// the window is kept.
type adwin struct {
	delta, limit float64
	direction    Direction
	values       []float64
	indices      []int
}

// adwinWindow is the most points that are kept: the cuts of every new point are
// all looked at.
const adwinWindow = 1000

func startADWIN(o Options) detector {
	return &adwin{delta: o.Delta, limit: o.Limit, direction: o.Direction}
}

func (a *adwin) next(index int, z float64) reading {
	if len(a.values) == adwinWindow {
		a.values, a.indices = a.values[1:], a.indices[1:]
	}
	a.values, a.indices = append(a.values, z), append(a.indices, index)
	n := float64(len(a.values))
	total := 0.0
	for _, value := range a.values {
		total += value
	}
	var head, up, down float64
	cutUp, cutDown := 0, 0
	for i, value := range a.values[:len(a.values)-1] {
		head += value
		before := float64(i + 1)
		after := n - before
		// (m1 − m0)/√(1/n0 + 1/n1) squared, with its sign
		difference := (total-head)/after - head/before
		square := difference * math.Abs(difference) * before * after / n
		if square > up {
			up, cutUp = square, i+1
		}
		if -square > down {
			down, cutDown = -square, i+1
		}
	}
	chance := 2 * math.Log(2*n/a.delta)
	r := a.direction.alarm(math.Sqrt(up/chance), math.Sqrt(down/chance), a.limit)
	cut := cutUp
	switch r.direction {
	case "":
		return r
	case Down:
		cut = cutDown
	}
	r.onset = a.indices[cut]
	a.values, a.indices = a.values[cut:], a.indices[cut:]
	return r
}
