package infer

import (
	"math"
	"slices"
)

// BenjaminiHochberg adjusts p-values for many tests: the adjusted value is the
// smallest false discovery rate at which the test is a discovery,
// min over j ≥ i of p_(j)·M/j. A NaN means "not tested": it stays NaN and does not
// count in M. The input is left alone; the output has its order.
//
// Valid for independent or positively dependent tests.
//
// Reference: Benjamini and Hochberg (1995), JRSS B 57.
func BenjaminiHochberg(p []float64) []float64 { return stepUp(p, 1) }

// BenjaminiYekutieli adjusts like BenjaminiHochberg and is valid under any
// dependence, at the price of a factor Σ 1/i.
//
// Reference: Benjamini and Yekutieli (2001), Annals of Statistics 29.
func BenjaminiYekutieli(p []float64) []float64 {
	var harmonic float64
	for i := range len(tested(p)) {
		harmonic += 1 / float64(i+1)
	}
	return stepUp(p, harmonic)
}

// Holm adjusts p-values so that the chance of even one false discovery is
// bounded, under any dependence. NaN as for BenjaminiHochberg.
//
// Reference: Holm (1979), Scandinavian Journal of Statistics 6.
func Holm(p []float64) []float64 {
	adjusted := slices.Clone(p)
	order := tested(p)
	highest := 0.0
	for rank, i := range order {
		highest = math.Max(highest, p[i]*float64(len(order)-rank))
		adjusted[i] = math.Min(1, highest)
	}
	return adjusted
}

func stepUp(p []float64, factor float64) []float64 {
	adjusted := slices.Clone(p)
	order := tested(p)
	lowest := 1.0
	for rank := len(order) - 1; rank >= 0; rank-- {
		i := order[rank]
		lowest = math.Min(lowest, p[i]*factor*float64(len(order))/float64(rank+1))
		adjusted[i] = lowest
	}
	return adjusted
}

// tested lists the indexes of p-values that are not NaN, ascending by p.
func tested(p []float64) []int {
	order := make([]int, 0, len(p))
	for i, value := range p {
		if !math.IsNaN(value) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	return order
}
