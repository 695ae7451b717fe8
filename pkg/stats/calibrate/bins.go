package calibrate

import "math"

// bin is a run of buckets: what a reliability diagram shows as one point.
type bin struct {
	lower, upper     float64
	n, positives     float64
	sum              float64 // of the scores, known or estimated
	sumLeast, sumMax float64 // hard bounds of that sum
}

func (b bin) observed() float64 { return b.positives / b.n }
func (b bin) mean() float64     { return b.sum / b.n }

// gap bounds |observed - mean score| of the rows in the bin.
func (b bin) gap() (value, least, most float64) {
	o := b.observed()
	low, high := b.sumLeast/b.n, b.sumMax/b.n
	return math.Abs(o - b.mean()), math.Max(0, math.Max(low-o, o-high)), math.Max(math.Abs(o-low), math.Abs(o-high))
}

func (b *bin) add(k bucket) {
	b.upper = k.upper
	b.n += k.n()
	b.positives += k.positives
	if math.IsNaN(k.sum) {
		b.sum += k.positives*k.meanPositive + k.negatives*k.meanNegative
		b.sumLeast += k.n() * k.lower
		b.sumMax += k.n() * k.upper
		return
	}
	b.sum += k.sum
	b.sumLeast += k.sum
	b.sumMax += k.sum
}

// equalWidth merges the buckets into at most the given number of bins of [0, 1], bounded by the bucket edges nearest
// to equal steps: exactly equal where the edges allow it. Less than 1 keeps the buckets.
func (s scores) equalWidth(bins int) []bin {
	out := make([]bin, 0, len(s.buckets))
	last := -1
	for i, k := range s.buckets {
		if k.n() == 0 && k.upper == k.lower {
			continue // lies outside [0, 1]
		}
		place := i
		if bins >= 1 {
			// Rounding the position of the middle puts a bucket into the step that holds most of it.
			place = min(bins-1, int(k.middle()*float64(bins)))
		}
		if place != last {
			out = append(out, bin{lower: k.lower, upper: k.lower})
			last = place
		}
		out[len(out)-1].add(k)
	}
	return out
}

// equalMass merges adjacent buckets into at most the given number of bins that hold about as many rows each.
func (s scores) equalMass(bins int) []bin {
	if bins < 1 {
		bins = 10
	}
	var out []bin
	open, rows, n := true, 0.0, s.n()
	for _, k := range s.buckets {
		if open {
			out = append(out, bin{lower: k.lower, upper: k.lower})
			open = false
		}
		out[len(out)-1].add(k)
		rows += k.n()
		if rows >= n*float64(filled(out))/float64(bins)*(1-1e-12) && out[len(out)-1].n > 0 {
			open = true
		}
	}
	return out
}

func filled(bins []bin) int {
	count := 0
	for _, b := range bins {
		if b.n > 0 {
			count++
		}
	}
	return count
}
