package rank

import (
	"fmt"
	"math"
	"slices"
)

// Ranks gives each value its place from the largest down: 1 is the most important. Equal values share the mean of their
// places. NaN comes last, and stays NaN.
func Ranks(values []float64) []float64 {
	ranks := ascending(values)
	known := 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			known++
		}
	}
	for i := range ranks {
		ranks[i] = known + 1 - ranks[i]
	}
	return ranks
}

// ascending ranks from the smallest up, ties sharing their mean, NaN left out.
func ascending(values []float64) []float64 {
	order := make([]int, 0, len(values))
	ranks := make([]float64, len(values))
	for i, v := range values {
		ranks[i] = math.NaN()
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return ranks
}

// NDCG is the normalised discounted cumulative gain of a ranking by current importances when the baseline's importances
// are what each place is worth (Järvelin and Kekäläinen 2002):
//
//	Σ_i baseline of the feature in place i / log₂(i + 1),   divided by the same for the baseline's own ranking.
//
// 1 says that the order is the baseline's; exchanges at the top cost most. Equal current importances share the mean of
// what they are worth. Only the first k places count; k < 1 counts all. Baseline importances below 0 are worth nothing,
// and so is a NaN; a current NaN is least important. NaN where the baseline has no importance above 0 or there are no
// features; an error where the two have not the same features.
func NDCG(baseline, current []float64, k int) (float64, error) {
	if len(baseline) != len(current) {
		return 0, fmt.Errorf("%d importances in the baseline and %d now are not of the same features: match them by name first", len(baseline), len(current))
	}
	worth, now := make([]float64, len(baseline)), make([]float64, len(current))
	for i := range worth {
		worth[i] = math.Max(0, baseline[i])
		if math.IsNaN(baseline[i]) {
			worth[i] = 0
		}
		now[i] = current[i]
		if math.IsNaN(now[i]) {
			now[i] = math.Inf(-1)
		}
	}
	if k < 1 || k > len(worth) {
		k = len(worth)
	}
	return gain(worth, now, k) / gain(worth, worth, k), nil
}

// gain is the discounted gain of the ranking by the key, ties taken as in random order.
func gain(worth, key []float64, k int) float64 {
	order := make([]int, len(key))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case key[a] > key[b]:
			return -1
		case key[a] < key[b]:
			return 1
		}
		return 0
	})
	sum := 0.0
	for from := 0; from < len(order) && from < k; {
		to, mean := from, 0.0
		for to < len(order) && key[order[to]] == key[order[from]] {
			mean += worth[order[to]]
			to++
		}
		mean /= float64(to - from)
		for place := from; place < to && place < k; place++ {
			sum += mean / math.Log2(float64(place)+2)
		}
		from = to
	}
	return sum
}
