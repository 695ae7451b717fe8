package classify

import (
	"cmp"
	"slices"
)

// Other names the class into which TopK folds the classes that it does not keep.
const Other = "other"

// TopK keeps the k classes with most rows, in their order, and folds the rest into one class named "other"; a class
// of that name is always part of the rest. Rates of kept classes stay exactly what they were. With k classes or
// fewer, or k < 1, the matrix is returned as it is.
func (c Confusion) TopK(k int) Confusion {
	size := len(c.Classes)
	if k < 1 || size <= k {
		return c
	}
	actual, predicted := c.Margins()
	order := make([]int, 0, size)
	for i, name := range c.Classes {
		if name != Other {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(actual[j], actual[i]), cmp.Compare(predicted[j], predicted[i]))
	})
	kept := order[:k]
	slices.Sort(kept)

	place := make([]int, size)
	for i := range place {
		place[i] = k
	}
	folded := Confusion{Classes: make([]string, 0, k+1), Counts: make([]float64, (k+1)*(k+1))}
	for to, from := range kept {
		place[from] = to
		folded.Classes = append(folded.Classes, c.Classes[from])
	}
	folded.Classes = append(folded.Classes, Other)
	for a := range size {
		for p := range size {
			folded.Counts[place[a]*(k+1)+place[p]] += c.Counts[a*size+p]
		}
	}
	return folded
}

// Confused is a pair of classes that the model mixes up.
type Confused struct {
	Actual, Predicted string
	Count             float64 // rows of the one predicted as the other
	ShareOfActual     float64 // of the rows of the actual class
	ShareOfPredicted  float64 // of the rows predicted as the other class
	ShareOfErrors     float64 // of all wrong predictions
}

// MostConfused lists the n most frequent confusions (all with n < 1), most frequent first, in the order of the matrix
// where equally frequent. Pairs that never occur are not listed.
func (c Confusion) MostConfused(n int) []Confused {
	k := len(c.Classes)
	actual, predicted := c.Margins()
	wrong := c.Total() - c.Correct()
	var pairs []Confused
	for a := range k {
		for p := range k {
			count := c.Counts[a*k+p]
			if a == p || count <= 0 {
				continue
			}
			pairs = append(pairs, Confused{
				Actual: c.Classes[a], Predicted: c.Classes[p], Count: count,
				ShareOfActual: count / actual[a], ShareOfPredicted: count / predicted[p], ShareOfErrors: count / wrong,
			})
		}
	}
	slices.SortStableFunc(pairs, func(x, y Confused) int { return cmp.Compare(y.Count, x.Count) })
	if n >= 1 && n < len(pairs) {
		pairs = pairs[:n]
	}
	return pairs
}
