package detect

// pageHinkley is Page and Hinkley's test against the running mean z̄ of the
// points since the last alarm:
//
//	m = Σ (z − z̄ − δ),  alarm when m − min m exceeds λ
//
// and its mirror image for a fall, each kept as a sum that cannot fall below 0,
// which is the same. The onset is the point after the minimum.
type pageHinkley struct {
	sums  cusum
	count float64
	mean  float64
}

func startPageHinkley(o Options) detector {
	return &pageHinkley{sums: cusum{slack: o.Slack, limit: o.Limit, direction: o.Direction}}
}

func (p *pageHinkley) next(index int, z float64) reading {
	p.count++
	p.mean += (z - p.mean) / p.count
	r := p.sums.next(index, z-p.mean)
	if r.direction != "" {
		p.count, p.mean = 0, 0
	}
	return r
}

// Mean numbers of points to a false alarm of Page and Hinkley's test with the
// default slack and limit, from simulation; the tests simulate them again.
const (
	pageHinkleyRunLength = 380
	pageHinkleyOneSided  = 753
)
