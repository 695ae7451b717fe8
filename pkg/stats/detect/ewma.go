package detect

import "math"

// ewma is the exponentially weighted moving average e = λz + (1−λ)e, in units of
// its own standard deviation √(λ/(2−λ)) in the long run. It starts again at 0
// after an alarm. The onset is the point after the average last crossed 0
// (Nishina 1992, Quality and Reliability Engineering International 8).
//
// With λ = 0.1 the limit of 2.814 gives a false alarm every 500 points. The 2.7 that
// is often named with that number gives one every 370.
type ewma struct {
	weight, scale, limit float64
	direction            Direction
	average              float64
	began                int // where the average came to its present side
	fresh                bool
}

func startEWMA(o Options) detector {
	return &ewma{weight: o.Weight, scale: math.Sqrt(o.Weight / (2 - o.Weight)), limit: o.Limit, direction: o.Direction, fresh: true}
}

func (e *ewma) next(index int, z float64) reading {
	before := e.average
	e.average += e.weight * (z - e.average)
	if e.fresh || before*e.average <= 0 {
		e.began, e.fresh = index, false
	}
	r := e.direction.alarm(e.average/e.scale, -e.average/e.scale, e.limit)
	if r.direction != "" {
		r.onset = e.began
		e.average, e.fresh = 0, true
	}
	return r
}
