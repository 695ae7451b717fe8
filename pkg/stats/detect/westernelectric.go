package detect

// westernElectric looks for four patterns on one side of the mean: a point
// beyond 3σ, two of three beyond 2σ, four of five beyond 1σ, eight in a row. An
// alarm needs the newest point to take part. Points before an alarm take part in
// no pattern after it.
type westernElectric struct {
	direction Direction
	recent    []float64 // the last points, newest last
	indices   []int
}

// pattern is Needed of the last Of points beyond Beyond standard deviations.
type pattern struct {
	name       string
	beyond     float64
	needed, of int
}

var patterns = []pattern{
	{"one point beyond 3σ", 3, 1, 1},
	{"two of three points beyond 2σ", 2, 2, 3},
	{"four of five points beyond 1σ", 1, 4, 5},
	{"eight points in a row on one side", 0, 8, 8},
}

const longestPattern = 8

// Mean numbers of points to a false alarm: Champ and Woodall (1987) for both
// directions; for one, from simulation, which the tests repeat.
const (
	westernElectricRunLength = 91.75
	westernElectricOneSided  = 183.6
)

func startWesternElectric(o Options) detector { return &westernElectric{direction: o.Direction} }

func (w *westernElectric) next(index int, z float64) reading {
	if len(w.recent) == longestPattern {
		w.recent, w.indices = append(w.recent[:0], w.recent[1:]...), append(w.indices[:0], w.indices[1:]...)
	}
	w.recent, w.indices = append(w.recent, z), append(w.indices, index)
	r := reading{rise: z, fall: -z}
	for _, side := range []Direction{Up, Down} {
		if w.direction != Both && w.direction != side {
			continue
		}
		for _, p := range patterns {
			if onset, seen := w.seen(p, side); seen {
				r.direction, r.onset, r.rule = side, onset, p.name
				w.recent, w.indices = w.recent[:0], w.indices[:0]
				return r
			}
		}
	}
	return r
}

// seen says whether a pattern ends at the newest point, and where it began.
func (w *westernElectric) seen(p pattern, side Direction) (onset int, seen bool) {
	sign, hits, newest := 1.0, 0, len(w.recent)-1
	if side == Down {
		sign = -1
	}
	if sign*w.recent[newest] <= p.beyond {
		return 0, false
	}
	for i := newest; i >= 0 && i > newest-p.of; i-- {
		if sign*w.recent[i] > p.beyond {
			hits++
			onset = w.indices[i]
		}
	}
	return onset, hits >= p.needed
}
