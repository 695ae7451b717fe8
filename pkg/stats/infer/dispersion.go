package infer

import "math"

// Dispersion estimates by how much counts vary more than independent
// observations would, because observations come in clusters (users, batches,
// retries). windows[w][k] is the count of cell k in sub-window w:
//
//	φ̂ = Σ_w Σ_k (c_wk − c_w·p̂_k)² / (c_w·p̂_k) / ((W−1)(B−1))
//
// Divide test statistics by max(1, φ̂) and sample sizes likewise. Use at least
// 12 sub-windows. A daily rhythm raises φ̂, which errs on the safe side.
//
// Sub-windows and cells without any count are left out. NaN when fewer than two
// of either are left.
//
// Reference: Rao and Scott (1981), JASA 76, to first order.
func Dispersion(windows [][]float64) float64 {
	var cells []float64
	var total float64
	for _, window := range windows {
		for k, count := range window {
			if k == len(cells) {
				cells = append(cells, 0)
			}
			cells[k] += count
			total += count
		}
	}
	filledWindows, filledCells := 0, 0
	for _, c := range cells {
		if c > 0 {
			filledCells++
		}
	}
	var chi2 float64
	for _, window := range windows {
		var n float64
		for _, count := range window {
			n += count
		}
		if n == 0 {
			continue
		}
		filledWindows++
		for k, c := range cells {
			if c == 0 {
				continue
			}
			var count float64
			if k < len(window) {
				count = window[k]
			}
			expected := n * c / total
			chi2 += (count - expected) * (count - expected) / expected
		}
	}
	if filledWindows < 2 || filledCells < 2 {
		return math.NaN()
	}
	return chi2 / float64((filledWindows-1)*(filledCells-1))
}

// DeltaVariance is the delta method's variance of a smooth function of
// multinomial shares, estimated from n observations:
//
//	[Σ π_k·g_k² − (Σ π_k·g_k)²] / n
//
// where g is the function's gradient at the shares π. NaN when n is not positive.
//
// Reference: Agresti, Categorical Data Analysis, 3rd ed., section 16.1.
func DeltaVariance(shares, gradient []float64, n float64) float64 {
	if !(n > 0) {
		return math.NaN()
	}
	var mean, squares float64
	for k, share := range shares {
		mean += share * gradient[k]
		squares += share * gradient[k] * gradient[k]
	}
	return math.Max(0, squares-mean*mean) / n
}
