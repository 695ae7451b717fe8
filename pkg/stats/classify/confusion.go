package classify

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Confusion is a confusion matrix: how often a row of each actual class was predicted to be of each class.
type Confusion struct {
	Classes []string
	Counts  []float64 // actual-major, k·k: Counts[a*k+p] rows of actual class a were predicted as class p
}

// NewConfusion checks the classes (unique, at least one) and the counts (k·k, finite, none negative). The slices are
// kept, not copied.
func NewConfusion(classes []string, counts []float64) (Confusion, error) {
	k := len(classes)
	if k == 0 {
		return Confusion{}, fmt.Errorf("a confusion matrix needs at least one class")
	}
	if len(counts) != k*k {
		return Confusion{}, fmt.Errorf("a confusion matrix of %d classes has %d counts, not %d", k, k*k, len(counts))
	}
	for i, name := range classes {
		if slices.Contains(classes[:i], name) {
			return Confusion{}, fmt.Errorf("class %q is named twice: give each class one name", name)
		}
	}
	for i, count := range counts {
		if !(count >= 0) || math.IsInf(count, 1) {
			return Confusion{}, fmt.Errorf("count %q of actual %q, predicted %q is not a number of rows: counts are finite and not negative",
				strconv.FormatFloat(count, 'g', -1, 64), classes[i/k], classes[i%k])
		}
	}
	return Confusion{Classes: classes, Counts: counts}, nil
}

// Total is the number of rows.
func (c Confusion) Total() float64 {
	return sum(c.Counts)
}

// Correct is the number of rows on the diagonal.
func (c Confusion) Correct() float64 {
	k := len(c.Classes)
	correct := 0.0
	for i := range k {
		correct += c.Counts[i*k+i]
	}
	return correct
}

// Margins are the rows per actual class (the support) and per predicted class.
func (c Confusion) Margins() (actual, predicted []float64) {
	k := len(c.Classes)
	margins := make([]float64, 2*k)
	actual, predicted = margins[:k:k], margins[k:]
	for a := range k {
		for p, count := range c.Counts[a*k : (a+1)*k] {
			actual[a] += count
			predicted[p] += count
		}
	}
	return actual, predicted
}

// Class is class i against the rest.
func (c Confusion) Class(i int) Binary {
	return tabulate(c).binary(i)
}

// ClassIndex finds a class by its name; the error lists the classes there are.
func (c Confusion) ClassIndex(name string) (int, error) {
	if i := slices.Index(c.Classes, name); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("class %q is not among the classes of the outcomes: choose one of %s", name, quoted(c.Classes))
}

// positiveNames are what the positive class of a two-class model is commonly called.
var positiveNames = []string{"1", "1.0", "true", "yes", "y", "t", "positive", "pos"}

// PositiveClass guesses which of two classes is the positive one by its customary names (1, true, yes, positive), and
// says whether there is exactly one such class.
func PositiveClass(classes []string) (string, bool) {
	found := ""
	for _, class := range classes {
		if slices.Contains(positiveNames, strings.ToLower(class)) {
			if found != "" {
				return "", false
			}
			found = class
		}
	}
	return found, found != "" && len(classes) <= 2
}

// Normalize gives the matrix as counts ("none") or as shares "actual" (each row sums to 1: the diagonal is recall),
// "predicted" (each column sums to 1: the diagonal is precision) or "all" (everything sums to 1). Shares of an empty
// row, column or matrix are NaN.
func (c Confusion) Normalize(by string) ([]float64, error) {
	k := len(c.Classes)
	actual, predicted := c.Margins()
	total := c.Total()
	var denominator func(a, p int) float64
	switch by {
	case "actual":
		denominator = func(a, _ int) float64 { return actual[a] }
	case "predicted":
		denominator = func(_, p int) float64 { return predicted[p] }
	case "all":
		denominator = func(_, _ int) float64 { return total }
	case "none", "":
		return slices.Clone(c.Counts), nil
	default:
		return nil, fmt.Errorf(`normalisation %q is not known: use "none", "actual", "predicted" or "all"`, by)
	}
	shares := make([]float64, len(c.Counts))
	for a := range k {
		for p := range k {
			shares[a*k+p] = c.Counts[a*k+p] / denominator(a, p)
		}
	}
	return shares, nil
}

// sum adds with compensation (Neumaier 1974), so that totals of many fractional counts agree however they are split.
func sum(values []float64) float64 {
	total, lost := 0.0, 0.0
	for _, v := range values {
		next := total + v
		if math.Abs(total) >= math.Abs(v) {
			lost += (total - next) + v
		} else {
			lost += (v - next) + total
		}
		total = next
	}
	return total + lost
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return strings.Join(out, ", ")
}
