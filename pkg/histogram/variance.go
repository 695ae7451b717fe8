package histogram

import "math"

// varianceBounds bounds the variance when the mean is not known.
func varianceBounds(cells []cell, n float64) (lower, upper float64) {
	center := nearestCenter(cells)
	for _, c := range cells {
		d := clamp(center, c.lower, c.upper) - center
		lower += c.count * d * d / n
	}
	for _, c := range cells {
		if c.open() {
			return lower, math.Inf(1)
		}
	}
	// Start with every observation at its bucket's lower end and move buckets to
	// the upper end from the top down. Moving mass from l to u gains (u−l)(u+l) in
	// Σx², and costs in (Σx)²/n: worth it while l + u exceeds twice the mean.
	shift := cells[0].lower // keeps the squares small
	var sum, squares float64
	for _, c := range cells {
		l := c.lower - shift
		sum += c.count * l
		squares += c.count * l * l
	}
	for i := len(cells) - 1; i >= 0; i-- {
		l, u, count := cells[i].lower-shift, cells[i].upper-shift, cells[i].count
		full := count * (u - l)
		if full == 0 {
			continue
		}
		best := n*(l+u)/2 - sum // where the marginal gain reaches zero
		moved := clamp(best, 0, full)
		sum += moved
		squares += moved * (l + u)
		if moved < full {
			break
		}
	}
	mean := sum / n
	return lower, math.Max(lower, squares/n-mean*mean)
}

// nearestCenter minimises Σ n_k·dist(c, bucket k)², convex in c, by bisection on
// its derivative.
func nearestCenter(cells []cell) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range cells {
		for _, end := range [2]float64{c.lower, c.upper} {
			if !math.IsInf(end, 0) {
				low, high = math.Min(low, end), math.Max(high, end)
			}
		}
	}
	if low > high {
		return 0
	}
	return bisect(low, high, func(center float64) float64 {
		var slope float64
		for _, c := range cells {
			slope += c.count * (center - clamp(center, c.lower, c.upper))
		}
		return slope
	})
}

// varianceBoundsAround bounds the variance when the mean is known. A mean that
// the buckets do not allow (extrapolated counts) is first moved to the nearest
// one they do.
func varianceBoundsAround(cells []cell, n, mean float64) (lower, upper float64) {
	meanLower, meanUpper, low, high := 0.0, 0.0, mean, mean
	open := false
	for _, c := range cells {
		meanLower += c.count * c.lower / n
		meanUpper += c.count * c.upper / n
		open = open || c.open()
		for _, end := range [2]float64{c.lower, c.upper} {
			if !math.IsInf(end, 0) {
				low, high = math.Min(low, end), math.Max(high, end)
			}
		}
	}
	mean = clamp(mean, meanLower, meanUpper)

	// The smallest Σx² for a given Σx puts every observation as near to one
	// centre as its bucket allows. With open buckets the centre may lie beyond all
	// edges, by at most n times their span.
	reach := (high - low + 1) * math.Max(1, n)
	center := bisect(low-reach, high+reach, func(center float64) float64 {
		var sum float64
		for _, c := range cells {
			sum += c.count * (clamp(center, c.lower, c.upper) - mean)
		}
		return sum
	})
	for _, c := range cells {
		d := clamp(center, c.lower, c.upper) - mean
		lower += c.count * d * d / n
	}
	if open {
		return lower, math.Inf(1)
	}

	// The greatest Σx² for a given Σx: lower ends below, upper ends above, one
	// bucket split.
	need := (mean - meanLower) * n
	for i := len(cells) - 1; i >= 0; i-- {
		l, u := cells[i].lower-mean, cells[i].upper-mean
		full := cells[i].count * (u - l)
		moved := clamp(need, 0, full)
		need -= moved
		upper += cells[i].count*l*l + moved*(l+u)
	}
	return lower, math.Max(lower, upper/n)
}

// bisect finds where an ascending function changes sign.
func bisect(low, high float64, f func(float64) float64) float64 {
	for range 200 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if f(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return low + (high-low)/2
}

func clamp(x, lower, upper float64) float64 { return math.Min(math.Max(x, lower), upper) }
