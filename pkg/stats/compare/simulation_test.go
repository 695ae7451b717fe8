package compare

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

func trials(short, long int) int {
	if *full {
		return long
	}
	return short
}

// share checks a share of trials against [least, most] with three standard errors of the simulation to either side.
func share(t *testing.T, what string, hits, trials int, least, most float64) {
	t.Helper()
	got := float64(hits) / float64(trials)
	t.Logf("%-60s %.2f %%", what, 100*got)
	if slack := 3 * math.Sqrt(0.05*0.95/float64(trials)); got < least-slack || got > most+slack {
		t.Errorf("%s: %.4f of %d trials, want %.3f to %.3f within %.4f", what, got, trials, least, most, slack)
	}
}

func binomial(random *rand.Rand, n, p float64) float64 {
	return distuv.Binomial{N: n, P: p, Src: random}.Rand()
}

// Looked at 150 to 500 times: with both versions alike the sequence must not call
// either of them better more often than in 5 % of all histories, over all looks together. The single-look test, beside
// it, does so in about half of them.
func TestSequencesHoldTheirLevelOverAllLooks(t *testing.T) {
	looks := trials(150, 500)
	for _, s := range []struct{ rate, step, scale float64 }{
		{0.5, 20, 0.02}, {0.1, 20, 0.02}, {0.02, 50, 0.01}, {0.9, 5, 0.05}, {0.3, 1, 0.2},
	} {
		random := rand.New(rand.NewPCG(17, uint64(1000*s.rate)))
		histories := trials(120, 3000)
		sequential, single, missed := 0, 0, 0
		o := Options{Sequential: true, Scale: s.scale}
		for range histories {
			var a, b Rate
			wrong, naive, outside := false, false, false
			for range looks {
				a.K += binomial(random, s.step, s.rate)
				b.K += binomial(random, s.step, s.rate)
				a.N += s.step
				b.N += s.step
				d, err := Rates(a, b, o)
				if err != nil {
					t.Fatal(err)
				}
				wrong = wrong || d.Decision == Better || d.Decision == Worse
				if i := RateSequence(a.K, a.N, 0.95); !outside && !i.Contains(s.rate) {
					outside = true
				}
				if !naive {
					once, err := Rates(a, b, Options{})
					if err != nil {
						t.Fatal(err)
					}
					naive = once.Decision != Undecided
				}
			}
			if wrong {
				sequential++
			}
			if naive {
				single++
			}
			if outside {
				missed++
			}
		}
		name := fmt.Sprintf("rate %g, %d looks of %g rows", s.rate, looks, s.step)
		share(t, name+": sequence decides wrongly", sequential, histories, 0, 0.05)
		share(t, name+": sequence of one rate misses", missed, histories, 0, 0.05)
		share(t, name+": single look decides wrongly", single, histories, 0.2, 0.7)
	}
}

func TestASequenceFindsATrueDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 1))
	found, histories := 0, trials(200, 2000)
	for range histories {
		var a, b Rate
		for range 200 {
			a.K, a.N = a.K+binomial(random, 100, 0.80), a.N+100
			b.K, b.N = b.K+binomial(random, 100, 0.83), b.N+100
			d, err := Rates(a, b, Options{Sequential: true, Scale: 0.03})
			if err != nil {
				t.Fatal(err)
			}
			if d.Decision == Better {
				found++
				break
			}
		}
	}
	share(t, "3 % better, within 20000 rows", found, histories, 0.98, 1)
}

func TestIntervalsOfDifferencesCover(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 1))
	edges := make([]float64, 21)
	for i := range edges {
		edges[i] = float64(i) / 20
	}
	draw := func(n int, a, b float64, counts []float64) {
		clear(counts)
		law := distuv.Beta{Alpha: a, Beta: b, Src: random}
		for range n {
			counts[min(19, int(law.Rand()*20))]++
		}
	}
	areaOf := func(a1, b1, a2, b2 float64) float64 {
		p, n := distuv.Beta{Alpha: a1, Beta: b1}, distuv.Beta{Alpha: a2, Beta: b2}
		area := 0.0
		for k := range 20 {
			mass := p.CDF(float64(k+1)/20) - p.CDF(float64(k)/20)
			area += mass * (n.CDF(float64(k)/20) + n.CDF(float64(k+1)/20)) / 2
		}
		return area
	}
	truth := areaOf(3, 2, 2, 3) - areaOf(2.5, 2, 2, 2.5)
	n := trials(1500, 20000)
	areas, f1s, means, rates, pairs := 0, 0, 0, 0, 0
	covered := func(d Difference, err error, truth float64) int {
		if err != nil {
			t.Fatal(err)
		}
		if d.Lower <= truth && truth <= d.Upper {
			return 1
		}
		return 0
	}
	f1 := func(b classify.Binary) Measure { return FromEstimate(b.F1(0.95)) }
	one, two := classify.Binary{TP: 0.1, FP: 0.05, FN: 0.1, TN: 0.75}, classify.Binary{TP: 0.13, FP: 0.06, FN: 0.07, TN: 0.74}
	for range n {
		p1, n1, p2, n2 := make([]float64, 20), make([]float64, 20), make([]float64, 20), make([]float64, 20)
		draw(60, 2.5, 2, p1)
		draw(100, 2, 2.5, n1)
		draw(80, 3, 2, p2)
		draw(60, 2, 3, n2)
		a, _ := classify.NewBinned(edges, p1, n1)
		b, _ := classify.NewBinned(edges, p2, n2)
		d, err := AUC(a, b, Options{})
		areas += covered(d, err, truth)

		d, err = Measures(f1(sample(random, one, 300)), f1(sample(random, two, 200)), Options{})
		f1s += covered(d, err, f1(two).Value-f1(one).Value)

		d, err = Rates(Rate{binomial(random, 80, 0.9), 80}, Rate{binomial(random, 50, 0.8), 50}, Options{})
		rates += covered(d, err, -0.1)

		d, err = Means(drawn(random, 12, 5, 2), drawn(random, 20, 6, 4), Options{})
		means += covered(d, err, 1)

		both := sample(random, classify.Binary{TP: 0.7, FP: 0.05, FN: 0.12, TN: 0.13}, 100)
		d, err = McNemar(Paired{both.TP, both.FP, both.FN, both.TN}, Options{})
		pairs += covered(d, err, 0.07)
	}
	share(t, "AUC", areas, n, 0.94, 0.965)
	share(t, "F1", f1s, n, 0.94, 0.97)
	share(t, "rates", rates, n, 0.94, 0.97)
	share(t, "means", means, n, 0.94, 0.965)
	share(t, "paired", pairs, n, 0.94, 0.97)
}

func sample(random *rand.Rand, shares classify.Binary, n float64) classify.Binary {
	tp := binomial(random, n, shares.TP)
	fp := binomial(random, n-tp, shares.FP/(1-shares.TP))
	fn := binomial(random, n-tp-fp, shares.FN/(1-shares.TP-shares.FP))
	return classify.Binary{TP: tp, FP: fp, FN: fn, TN: n - tp - fp - fn}
}

func drawn(random *rand.Rand, n int, mean, deviation float64) Sample {
	sum, squares := 0.0, 0.0
	for range n {
		x := mean + deviation*random.NormFloat64()
		sum += x
		squares += x * x
	}
	m := sum / float64(n)
	return Sample{m, math.Sqrt((squares - float64(n)*m*m) / float64(n-1)), float64(n)}
}

func TestFairnessHoldsItsLevelAtTheToleratedRatio(t *testing.T) {
	random := rand.New(rand.NewPCG(29, 1))
	n, covered, unfair := trials(1500, 20000), 0, 0
	for range n {
		group, reference := Rate{binomial(random, 300, 0.2), 300}, Rate{binomial(random, 500, 0.25), 500}
		i := Koopman(group, reference, 0.95)
		if i.Contains(0.8) {
			covered++
		}
		d := FairnessOptions{Level: 0.95, TolerateRatio: 0.8, Dispersion: 1}.ratio("disparate_impact", group, reference)
		if d.Verdict == Unfair {
			unfair++
		}
	}
	share(t, "ratio of rates", covered, n, 0.945, 0.965)
	share(t, "unfair at the tolerated ratio", unfair, n, 0.015, 0.035)
}
