package detect

// shewhart looks at one point at a time.
type shewhart struct {
	limit     float64
	direction Direction
}

func startShewhart(o Options) detector { return shewhart{o.Limit, o.Direction} }

func (s shewhart) next(index int, z float64) reading {
	r := s.direction.alarm(z, -z, s.limit)
	r.onset = index
	return r
}
