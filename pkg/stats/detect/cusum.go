package detect

// cusum is the tabular two-sided cumulative sum:
//
//	S⁺ = max(0, S⁺ + z − k),  S⁻ = max(0, S⁻ − z − k),  alarm beyond h
//
// The onset is the point after the sum was last zero. Both sums start again after
// an alarm.
type cusum struct {
	slack, limit   float64
	direction      Direction
	rise, fall     float64
	riseAt, fallAt int // where the running sum began
	running        [2]bool
}

func startCUSUM(o Options) detector {
	return &cusum{slack: o.Slack, limit: o.Limit, direction: o.Direction}
}

func (c *cusum) next(index int, z float64) reading {
	c.rise = accumulate(c.rise, z-c.slack, index, &c.riseAt, &c.running[0])
	c.fall = accumulate(c.fall, -z-c.slack, index, &c.fallAt, &c.running[1])
	r := c.direction.alarm(c.rise, c.fall, c.limit)
	switch r.direction {
	case Up:
		r.onset = c.riseAt
	case Down:
		r.onset = c.fallAt
	default:
		return r
	}
	c.rise, c.fall, c.running = 0, 0, [2]bool{}
	return r
}

// accumulate adds to a sum that cannot fall below 0 and notes where it left 0.
func accumulate(sum, step float64, index int, began *int, running *bool) float64 {
	if sum+step <= 0 {
		*running = false
		return 0
	}
	if !*running {
		*running, *began = true, index
	}
	return sum + step
}

// alarm compares the two statistics with a limit, where their side counts.
func (d Direction) alarm(rise, fall, limit float64) reading {
	r := reading{rise: rise, fall: fall}
	if d != Down && rise > limit {
		r.direction = Up
	}
	if d != Up && fall > limit && (r.direction == "" || fall > rise) {
		r.direction = Down
	}
	return r
}
