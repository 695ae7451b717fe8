package drift

import (
	"flag"
	"math"
	"math/rand/v2"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

// full runs the simulations at full size; by default they are small enough for
// every test run, with tolerances to match.
var full = flag.Bool("full", false, "run simulations at full size")

// repeats is the number of repetitions of one setting.
func repeats() int {
	if *full {
		return 20000
	}
	return 400
}

// allowance is four standard errors of a simulated share.
func allowance(share float64) float64 {
	return 4 * math.Sqrt(share*(1-share)/float64(repeats()))
}

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 20010101)) }

// drawCounts draws n observations from shares, into counts.
func drawCounts(random *rand.Rand, shares, counts []float64, n int) {
	// Walker's alias method: one look-up per draw.
	cells := len(shares)
	keep, alias := make([]float64, cells), make([]int, cells)
	var small, large []int
	for k, share := range shares {
		keep[k] = share * float64(cells)
		alias[k] = k
		if keep[k] < 1 {
			small = append(small, k)
		} else {
			large = append(large, k)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		alias[s] = l
		keep[l] -= 1 - keep[s]
		if keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	clear(counts)
	for range n {
		u := random.Float64() * float64(cells)
		k := int(u)
		if u-float64(k) >= keep[k] {
			k = alias[k]
		}
		counts[k]++
	}
}

// uniformShares are equal shares.
func uniformShares(cells int) []float64 {
	shares := make([]float64, cells)
	for k := range shares {
		shares[k] = 1 / float64(cells)
	}
	return shares
}

// normalShares are the shares of a normal distribution in the cells that the
// edges make.
func normalShares(edges []float64, mean, std float64) []float64 {
	shares := make([]float64, len(edges)+1)
	below := 0.0
	for k := range shares {
		upTo := 1.0
		if k < len(edges) {
			upTo = math.Erfc(-(edges[k]-mean)/std/math.Sqrt2) / 2
		}
		shares[k] = upTo - below
		below = upTo
	}
	return shares
}

// quantileEdges are edges of equal mass under the standard normal.
func quantileEdges(cells int) []float64 {
	edges := make([]float64, cells-1)
	for k := range edges {
		edges[k] = math.Sqrt2 * math.Erfinv(2*float64(k+1)/float64(cells)-1)
	}
	return edges
}

// equalEdges are cells−1 edges at equal distances over [low, high].
func equalEdges(low, high float64, cells int) []float64 {
	edges := make([]float64, cells-1)
	for k := range edges {
		edges[k] = low + (high-low)*float64(k)/float64(cells-2)
	}
	return edges
}

// truth is a method's value when the shares are known, without noise: from
// counts so large that bias and smoothing vanish.
func truth(m Method, edges, p, q []float64, o Options) float64 {
	const many = 1e15
	scale := func(shares []float64) []float64 {
		counts := make([]float64, len(shares))
		for k, share := range shares {
			counts[k] = share * many
		}
		return counts
	}
	r, err := Numeric(m, histogram.New(edges, scale(p)), histogram.New(edges, scale(q)), o)
	if err != nil {
		panic(err)
	}
	return r.Raw
}
