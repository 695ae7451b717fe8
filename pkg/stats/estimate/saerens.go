package estimate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

const (
	// mostSteps ends the iteration where classes can hardly be told apart, and with them their shares.
	mostSteps = 20000
	// settled is the change of a share at which the iteration ends, far below any interval's width.
	settled = 1e-12
)

// Saerens estimates class shares under label shift by maximum likelihood with the EM algorithm of Saerens, Latinne
// and Decaestecker (2002), on cells instead of rows: cells are buckets of scores (finer, so more is learnt from them
// than from predicted classes), or any other breakdown of rows that both sides have.
//
// With f_a(k) the share of the reference's rows of class a that lie in cell k, and n_k current rows in it,
//
//	π_a ← Σ_k n_k/n · π_a·f_a(k) / Σ_b π_b·f_b(k)
//
// until it settles, from the reference's own shares. The variance is that of the likelihood (its information) plus
// what the noise of each f_a adds (delta method). It assumes that within a class the rows are spread over the cells
// as they were; Fit tests that with cells minus classes degrees of freedom. Where there are many times more current
// rows than labelled ones and a class is rare, 95 % intervals have been seen to cover 91 %.
//
// reference[a][k] are the labelled rows of class a in cell k; current[k] the rows now. The shares are undefined, with
// a Reason, without current rows or where a class has no labelled rows or cannot be told apart from the others.
func Saerens(classNames []string, reference [][]float64, current []float64, level float64) (Prevalence, error) {
	classCount := len(classNames)
	if classCount < 2 || len(reference) != classCount {
		return Prevalence{}, fmt.Errorf("%d classes have %d rows of reference counts: give one per class, of two classes or more", classCount, len(reference))
	}
	if err := counts(current, "current rows"); err != nil {
		return Prevalence{}, err
	}
	for a, cells := range reference {
		if len(cells) != len(current) {
			return Prevalence{}, fmt.Errorf("class %q has %d cells of labelled rows and there are %d of current ones: bring both to the same cells", classNames[a], len(cells), len(current))
		}
		if err := counts(cells, "labelled rows"); err != nil {
			return Prevalence{}, fmt.Errorf("class %q: %w", classNames[a], err)
		}
	}
	n := total(current)
	out := Prevalence{Classes: classNames, Condition: math.NaN(), Fit: untested(n, "there is nothing to test")}
	for a, cells := range reference {
		if total(cells) <= 0 {
			return out.undefined(n, fmt.Sprintf("no labelled row of the reference is of class %q", classNames[a])), nil
		}
	}
	if n <= 0 {
		return out.undefined(0, "there are no current rows"), nil
	}
	m := newMixture(reference, current)
	pi := m.maximize()
	covariance, ok := m.covariance(pi)
	if !ok {
		return out.undefined(n, "the reference's scores do not tell its classes apart"), nil
	}
	out.Shares = out.bound(pi, func(a int) float64 { return covariance[a] }, n, level)
	out.Fit = m.fit(pi)
	return out, nil
}

// SaerensBinary is Saerens for the classes negative and positive of a score histogram. Neighbouring buckets are merged
// until each holds 5 labelled rows of both classes: likelihoods of fewer are so noisy that they would bias the shares.
func SaerensBinary(reference classify.Binned, current []float64, level float64) (Prevalence, error) {
	if len(current) != len(reference.Positives) {
		return Prevalence{}, fmt.Errorf("there are %d buckets of current rows and %d of labelled ones: bring both to the same edges", len(current), len(reference.Positives))
	}
	var positives, negatives, now []float64
	p, n, c := 0.0, 0.0, 0.0
	for k := range current {
		p, n, c = p+reference.Positives[k], n+reference.Negatives[k], c+current[k]
		if math.Min(p, n) >= leastExpected {
			positives, negatives, now = append(positives, p), append(negatives, n), append(now, c)
			p, n, c = 0, 0, 0
		}
	}
	if last := len(now) - 1; last >= 0 {
		positives[last], negatives[last], now[last] = positives[last]+p, negatives[last]+n, now[last]+c
	} else {
		positives, negatives, now = []float64{p}, []float64{n}, []float64{c}
	}
	return Saerens([]string{"negative", "positive"}, [][]float64{negatives, positives}, now, level)
}

// mixture is a distribution over cells that mixes those of the classes.
type mixture struct {
	density [][]float64 // f_a(k)
	rows    []float64   // labelled rows of each class
	current []float64
	n       float64
}

// newMixture leaves out cells without any rows. Half a row is added to each class, spread as all rows are, so that no
// current row is in a cell that no class has.
func newMixture(reference [][]float64, current []float64) mixture {
	var m mixture
	both, all := make([]float64, len(current)), 0.0
	for k := range current {
		both[k] = current[k]
		for _, cells := range reference {
			both[k] += cells[k]
		}
		all += both[k]
		if both[k] > 0 {
			m.current = append(m.current, current[k])
			m.n += current[k]
		}
	}
	for _, cells := range reference {
		rows := total(cells)
		var density []float64
		for k, count := range cells {
			if both[k] > 0 {
				density = append(density, (count+0.5*both[k]/all)/(rows+0.5))
			}
		}
		m.density = append(m.density, density)
		m.rows = append(m.rows, rows)
	}
	return m
}

func (m mixture) at(pi []float64, k int) float64 {
	sum := 0.0
	for a, share := range pi {
		sum += share * m.density[a][k]
	}
	return sum
}

func (m mixture) maximize() []float64 {
	pi, next := make([]float64, len(m.rows)), make([]float64, len(m.rows))
	all := total(m.rows)
	for a, rows := range m.rows {
		pi[a] = rows / all
	}
	for range mostSteps {
		clear(next)
		for k, count := range m.current {
			if count <= 0 {
				continue
			}
			weight := count / m.n / m.at(pi, k)
			for a := range next {
				next[a] += weight * pi[a] * m.density[a][k]
			}
		}
		change := 0.0
		for a := range pi {
			change = math.Max(change, math.Abs(next[a]-pi[a]))
		}
		pi, next = next, pi
		if change < settled {
			break
		}
	}
	return pi
}

// covariance returns the variance of each share. The last class's share is one minus the others', so the likelihood
// has one parameter less than there are classes.
func (m mixture) covariance(pi []float64) (variances []float64, ok bool) {
	free := len(pi) - 1
	information := mat.NewSymDense(free, nil)
	// The expected information at the fit: no cell is without weight.
	for k := range m.current {
		f := m.at(pi, k)
		for a := range free {
			for b := a; b < free; b++ {
				information.SetSym(a, b, information.At(a, b)+m.n*m.contrast(a, k)*m.contrast(b, k)/f)
			}
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(information) || factor.Cond() > 1e12 {
		return nil, false
	}
	var inverse mat.SymDense
	if factor.InverseTo(&inverse) != nil {
		return nil, false
	}
	variances = make([]float64, len(pi))
	direction := make([]float64, free)
	for a := range pi {
		// The share is this sum of the free ones.
		for i := range direction {
			direction[i] = 0
			for b := range free {
				coefficient := -1.0
				if a < free {
					coefficient = 0
					if a == b {
						coefficient = 1
					}
				}
				direction[i] += coefficient * inverse.At(b, i)
			}
		}
		variances[a] = m.sampling(&inverse, a) + m.referenceNoise(pi, direction)
		if math.IsNaN(variances[a]) || variances[a] > 1 {
			return nil, false
		}
	}
	return variances, true
}

// contrast is how much more often class a is in a cell than the last class.
func (m mixture) contrast(a, k int) float64 {
	return m.density[a][k] - m.density[len(m.density)-1][k]
}

func (m mixture) sampling(inverse *mat.SymDense, a int) float64 {
	free := inverse.SymmetricDim()
	if a < free {
		return inverse.At(a, a)
	}
	sum := 0.0
	for i := range free {
		for j := range free {
			sum += inverse.At(i, j)
		}
	}
	return sum
}

// referenceNoise is the variance that the classes' own distributions bring into a share, by the implicit function of
// the score equations Σ_k n_k·contrast_a(k)/f(k) = 0.
func (m mixture) referenceNoise(pi, direction []float64) float64 {
	variance := 0.0
	gradient := make([]float64, len(m.current))
	last := len(pi) - 1
	for b := range pi {
		for k := range m.current {
			f := m.at(pi, k)
			own, through := 0.0, 0.0
			for a, d := range direction {
				if a == b {
					own += d
				}
				if b == last {
					own -= d
				}
				through += d * m.contrast(a, k)
			}
			// The expected count of the cell stands for the observed one, as in the information.
			gradient[k] = m.n * (own - through*pi[b]/f)
		}
		variance += infer.DeltaVariance(m.density[b], gradient, m.rows[b])
	}
	return variance
}

// fit is the chi-square of the current cells against the mix, with the noise of the classes' distributions in the
// variance. Cells with few expected rows are put together.
func (m mixture) fit(pi []float64) Test {
	statistic, cells := 0.0, 0
	observed, expected, noise := 0.0, 0.0, 0.0
	flush := func() {
		statistic += (observed - expected) * (observed - expected) / (expected + noise)
		cells++
		observed, expected, noise = 0, 0, 0
	}
	for k, count := range m.current {
		observed += count
		expected += m.n * m.at(pi, k)
		for b, share := range pi {
			noise += m.n * m.n * share * share * m.density[b][k] / m.rows[b]
		}
		if expected >= leastExpected {
			flush()
		}
	}
	if expected > 0 && cells > 0 && expected >= 1 {
		flush()
	}
	df := float64(cells - len(pi))
	if df < 1 {
		return untested(m.n, "too few cells hold 5 expected rows: nothing is left to test")
	}
	return Test{Statistic: statistic, DF: df, P: infer.ChiSquareSF(statistic, df), N: m.n}
}
