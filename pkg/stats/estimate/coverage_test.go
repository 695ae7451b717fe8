package estimate

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

var full = flag.Bool("full", false, "run simulations at full length")

func trials() int {
	if *full {
		return 10000
	}
	return 600
}

// covers checks a coverage against [least, most] with three standard errors of the simulation to either side.
func covers(t *testing.T, what string, hits, trials int, least, most float64) {
	t.Helper()
	share := float64(hits) / float64(trials)
	t.Logf("%-60s %.2f %%", what, 100*share)
	if slack := 3 * math.Sqrt(0.05*0.95/float64(trials)); share < least-slack || share > most+slack {
		t.Errorf("%s: %.4f of %d trials, want %.3f to %.3f within %.4f", what, share, trials, least, most, slack)
	}
}

// draw fills counts with n draws from shares, bucket by bucket.
func draw(random *rand.Rand, n float64, shares, counts []float64) {
	left := 1.0
	for k, share := range shares {
		counts[k] = 0
		if n > 0 && share > 0 {
			counts[k] = distuv.Binomial{N: n, P: math.Min(1, share/left), Src: random}.Rand()
			n -= counts[k]
		}
		left -= share
	}
}

// population is a score distribution over 20 buckets, and how often each bucket is positive.
func population(a, b float64) (scores, positive []float64) {
	law := distuv.Beta{Alpha: a, Beta: b}
	for k := range 20 {
		lower, upper := float64(k)/20, float64(k+1)/20
		scores = append(scores, law.CDF(upper)-law.CDF(lower))
		positive = append(positive, (lower+upper)/2)
	}
	return scores, positive
}

func label(random *rand.Rand, rows, positive, positives, negatives []float64) {
	for k, n := range rows {
		positives[k] = 0
		if n > 0 {
			positives[k] = distuv.Binomial{N: n, P: positive[k], Src: random}.Rand()
		}
		negatives[k] = n - positives[k]
	}
}

// The intervals cover what the labels of the current rows show, also where there are many more of them than labelled
// rows. Without the calibration part, the last setting would be covered in 57 % of all cases. The hits of the AUC
// are counted without the bounds.
func TestIntervalsOfEstimatesWithoutLabelsCover(t *testing.T) {
	for _, s := range []struct {
		labelled, current float64
		a, b              float64
		shiftA, shiftB    float64 // of the current scores
	}{
		{2000, 2000, 1, 3, 1, 3},
		{300, 300, 1, 3, 1, 3},
		{2000, 10000, 1, 3, 1.5, 2.5},
		{5000, 500, 0.5, 8, 0.5, 6},
		{2000, 10000, 2, 2, 2, 2},
	} {
		scores, positive := population(s.a, s.b)
		now, _ := population(s.shiftA, s.shiftB)
		random := rand.New(rand.NewPCG(3, uint64(s.current)))
		rows, p, n := make([]float64, 20), make([]float64, 20), make([]float64, 20)
		current, cp, cn := make([]float64, 20), make([]float64, 20), make([]float64, 20)
		names := Metrics()
		hits, defined := make(map[string]int), make(map[string]int)
		for range trials() {
			draw(random, s.labelled, scores, rows)
			label(random, rows, positive, p, n)
			draw(random, s.current, now, current)
			label(random, current, positive, cp, cn)
			estimate, err := CBPE([]Stratum{{"", binned(t, p, n), current}}, Options{Threshold: 0.5})
			if err != nil {
				t.Fatal(err)
			}
			truth := binned(t, cp, cn)
			confusion := outcomeOf(cp, cn)
			for _, name := range names {
				e, _ := estimate.Metric(name)
				actual := 0.0
				if name == "auc" {
					actual = truth.AUC(0.95).Value
					e.Lower, e.Upper = e.Lower+(e.Value-e.BoundLower), e.Upper-(e.BoundUpper-e.Value)
				} else {
					c, err := confusion.Select(name, classify.Selection{Positive: "1", Level: 0.95})
					if name == "predicted_share" || err != nil {
						continue
					}
					actual = c.Value
				}
				if !e.Defined() || math.IsNaN(actual) {
					continue
				}
				defined[name]++
				if e.Lower <= actual+1e-12 && actual-1e-12 <= e.Upper {
					hits[name]++
				}
			}
		}
		for _, name := range names {
			if defined[name] > trials()/2 {
				// With few rows above the threshold (one or two of 500) the labels show coarse steps: intervals reach further.
				covers(t, fmt.Sprintf("%g labelled, %g current, Beta(%g, %g): %s", s.labelled, s.current, s.a, s.b, name), hits[name], defined[name], 0.94, 1)
			}
		}
	}
}

func outcomeOf(positives, negatives []float64) classify.Confusion {
	counts := make([]float64, 4)
	for k := range positives {
		above := 0
		if k >= 10 {
			above = 1
		}
		counts[above] += negatives[k]
		counts[2+above] += positives[k]
	}
	return classify.Confusion{Classes: []string{"0", "1"}, Counts: counts}
}

func TestTheCheckOfMeaningHoldsItsLevelAndItsShiftCovers(t *testing.T) {
	for _, s := range []struct{ labelled, recent float64 }{{2000, 2000}, {5000, 300}, {400, 200}} {
		scores, positive := population(1, 3)
		now, _ := population(1.5, 2.5)
		random := rand.New(rand.NewPCG(5, uint64(s.recent)))
		rows, p, n := make([]float64, 20), make([]float64, 20), make([]float64, 20)
		rp, rn := make([]float64, 20), make([]float64, 20)
		rejected, covered := 0, 0
		for range trials() {
			draw(random, s.labelled, scores, rows)
			label(random, rows, positive, p, n)
			draw(random, s.recent, now, rows)
			label(random, rows, positive, rp, rn)
			m, err := SameMeaning(binned(t, p, n), binned(t, rp, rn), 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if m.P < 0.05 {
				rejected++
			}
			if m.Shift.Lower <= 0 && 0 <= m.Shift.Upper {
				covered++
			}
		}
		covers(t, fmt.Sprintf("%g labelled, %g recent: false alarms", s.labelled, s.recent), rejected, trials(), 0.03, 0.065)
		covers(t, fmt.Sprintf("%g labelled, %g recent: shift", s.labelled, s.recent), covered, trials(), 0.935, 0.97)
	}
}

func TestIntervalsOfClassSharesUnderLabelShiftCover(t *testing.T) {
	binary := [][]float64{make([]float64, 20), make([]float64, 20)}
	scores, positive := population(1, 2)
	for k := range scores {
		binary[0][k], binary[1][k] = scores[k]*(1-positive[k]), scores[k]*positive[k]
	}
	for _, s := range []struct {
		name              string
		density           [][]float64 // of each class
		reference, shares []float64
		current           float64
	}{
		{"two classes, more positives", binary, []float64{1000, 500}, []float64{0.4, 0.6}, 2000},
		{"two classes, few positives", binary, []float64{1000, 500}, []float64{0.95, 0.05}, 5000},
		{"three classes", [][]float64{{8, 1.5, 0.5}, {1, 7, 2}, {0.5, 0.5, 9}}, []float64{100, 200, 300}, []float64{0.2, 0.5, 0.3}, 1000},
	} {
		classCount, cells := len(s.density), len(s.density[0])
		density := make([][]float64, classCount)
		mix := make([]float64, cells)
		for a := range density {
			sum := total(s.density[a])
			density[a] = make([]float64, cells)
			for k := range cells {
				density[a][k] = s.density[a][k] / sum
				mix[k] += s.shares[a] * density[a][k]
			}
		}
		random := rand.New(rand.NewPCG(9, uint64(s.current)))
		names := []string{"a", "b", "c"}[:classCount]
		reference, current := make([][]float64, classCount), make([]float64, cells)
		for a := range reference {
			reference[a] = make([]float64, cells)
		}
		hits, black, misfits, defined := 0, 0, 0, 0
		for range trials() {
			for a := range reference {
				draw(random, s.reference[a], density[a], reference[a])
			}
			draw(random, s.current, mix, current)
			p, err := Saerens(names, reference, current, 0.95)
			if classCount == 2 {
				p, err = SaerensBinary(binned(t, reference[1], reference[0]), current, 0.95)
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Shares[1].Lower <= s.shares[1] && s.shares[1] <= p.Shares[1].Upper {
				hits++
			}
			if p.Fit.P < 0.05 {
				misfits++
			}
			counts, predicted := matrix(reference, current)
			b, err := BBSE(classify.Confusion{Classes: names, Counts: counts}, predicted, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if b.Shares[1].Defined() {
				defined++
				if b.Shares[1].Lower <= s.shares[1] && s.shares[1] <= b.Shares[1].Upper {
					black++
				}
			}
		}
		// The likelihood takes the classes' noisy distributions as known, which biases it where there are many times more
		// current rows than labelled ones and one class is rare.
		covers(t, s.name+": by EM", hits, trials(), 0.91, 0.975)
		covers(t, s.name+": by BBSE", black, defined, 0.935, 0.975)
		if classCount == 2 {
			covers(t, s.name+": false alarms of the fit", misfits, trials(), 0.02, 0.065)
		}
	}
}

// matrix takes cells as predictions: of two classes the upper half of the buckets.
func matrix(reference [][]float64, current []float64) (counts, predicted []float64) {
	k := len(reference)
	class := func(cell int) int { return cell * k / len(current) }
	counts, predicted = make([]float64, k*k), make([]float64, k)
	for cell, n := range current {
		predicted[class(cell)] += n
		for a := range reference {
			counts[a*k+class(cell)] += reference[a][cell]
		}
	}
	return counts, predicted
}

// One in ten of the rows predicted negative gets its label, and most of the others: without correction the recall
// would be far off in every trial.
func TestIntervalsOfCorrectedRatesCover(t *testing.T) {
	truth := []float64{0.80, 0.04, 0.06, 0.10} // actual-major
	for _, s := range []struct {
		n        float64
		verified [2]float64 // share of rows with labels, by prediction
	}{{5000, [2]float64{0.1, 0.8}}, {600, [2]float64{0.5, 1}}} {
		random := rand.New(rand.NewPCG(13, uint64(s.n)))
		rows, seen := make([]float64, 4), make([]float64, 4)
		names := []string{"recall", "accuracy", "f1", "prevalence", "mcc", "precision"}
		hits := make([]int, len(names))
		population := classify.Confusion{Classes: []string{"0", "1"}, Counts: truth}
		selection := classify.Selection{Positive: "1", Level: 0.95}
		for range trials() {
			draw(random, s.n, truth, rows)
			for i, n := range rows {
				seen[i] = 0
				if n > 0 {
					seen[i] = distuv.Binomial{N: n, P: s.verified[i%2], Src: random}.Rand()
				}
			}
			v, err := Verify(classify.Confusion{Classes: population.Classes, Counts: seen}, []float64{rows[0] + rows[2], rows[1] + rows[3]})
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range names {
				e, err := v.Metric(name, selection)
				if err != nil {
					t.Fatal(err)
				}
				want, _ := population.Select(name, selection)
				if e.Lower <= want.Value && want.Value <= e.Upper {
					hits[i]++
				}
			}
		}
		for i, name := range names {
			covers(t, fmt.Sprintf("%g rows: corrected %s", s.n, name), hits[i], trials(), 0.935, 0.975)
		}
	}
}
