package classify

import (
	"flag"
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

var full = flag.Bool("full", false, "run simulations at full length")

// trials of a simulation: few by default, so that the tests stay quick.
func trials() int {
	if *full {
		return 20000
	}
	return 1000
}

// covers checks a coverage against [least, most] with three standard errors of the simulation to either side.
func covers(t *testing.T, what string, hits, trials int, least, most float64) {
	t.Helper()
	share := float64(hits) / float64(trials)
	t.Logf("%-40s covers %.2f %%", what, 100*share)
	if slack := 3 * math.Sqrt(0.05*0.95/float64(trials)); share < least-slack || share > most+slack {
		t.Errorf("%s covers %.4f of %d trials, want %.3f to %.3f within %.4f", what, share, trials, least, most, slack)
	}
}

// draw fills counts with n draws from a distribution given by its cumulative shares.
func draw(random *rand.Rand, n int, cumulative, counts []float64) {
	clear(counts)
	for range n {
		counts[min(len(counts)-1, sort.SearchFloat64s(cumulative, random.Float64()))]++
	}
}

func cumulate(shares []float64) []float64 {
	out, total := make([]float64, len(shares)), 0.0
	for i, share := range shares {
		total += share
		out[i] = total
	}
	for i := range out {
		out[i] /= total
	}
	return out
}

// evenErrors is a matrix of shares: class shares fall by the factor, errors go to all other classes alike.
func evenErrors(classes int, accuracy, factor float64) []float64 {
	out := make([]float64, classes*classes)
	for a := range classes {
		share := math.Pow(factor, float64(a))
		for p := range classes {
			if a == p {
				out[a*classes+p] = share * accuracy
			} else {
				out[a*classes+p] = share * (1 - accuracy) / float64(classes-1)
			}
		}
	}
	return out
}

// The intervals of rates hold 95 % from about 10 expected errors and hits on. Known shortfalls, in "least":
//   - Wilson's coverage of a share oscillates around its level with the discrete counts;
//   - with a dozen rows in a class (rare at 100, skewed at 300), the delta method's linear form and the few counts cost up to 3 %;
//   - the skill's majority class is chosen by the same rows, which costs 3.5 % where three classes of 60 rows are equally frequent.
func TestIntervalsOfConfusionMetricsCover(t *testing.T) {
	for _, setting := range []struct {
		name   string
		shares []float64
		n      int
		least  float64 // of the delta-method metrics
	}{
		{"balanced, 80 % right", []float64{40, 10, 10, 40}, 100, 0.94},
		{"balanced, 80 % right", []float64{40, 10, 10, 40}, 500, 0.945},
		{"one in ten positive", []float64{87, 3, 5, 5}, 100, 0.92},
		{"one in ten positive", []float64{87, 3, 5, 5}, 500, 0.935},
		{"97 % right", []float64{50, 2, 1, 47}, 100, 0.95},
		{"worse than chance", []float64{55, 20, 20, 5}, 500, 0.935},
		{"three classes", evenErrors(3, 0.85, 1), 60, 0.935},
		{"ten classes", evenErrors(10, 0.94, 1), 900, 0.935},
		{"ten skewed classes", evenErrors(10, 0.7, 0.74), 300, 0.915},
		{"ten skewed classes", evenErrors(10, 0.7, 0.74), 900, 0.94},
	} {
		k := int(math.Sqrt(float64(len(setting.shares))))
		names := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}[:k]
		truth := Confusion{names, setting.shares}
		random := rand.New(rand.NewPCG(7, uint64(setting.n)))
		cumulative, counts := cumulate(setting.shares), make([]float64, k*k)
		metrics := []struct {
			name  string
			of    func(Confusion) Estimate
			least float64
		}{
			{"accuracy", func(c Confusion) Estimate { return c.Accuracy(0.95) }, 0.935},
			{"precision", func(c Confusion) Estimate { return c.Class(1).Precision(0.95) }, 0.93},
			{"f1", func(c Confusion) Estimate { return c.Class(1).F1(0.95) }, 0.935},
			{"f_beta", func(c Confusion) Estimate { return c.Class(1).FBeta(2, 0.95) }, setting.least},
			{"balanced_accuracy", func(c Confusion) Estimate { return c.BalancedAccuracy(0.95) }, setting.least},
			{"mcc", func(c Confusion) Estimate { return c.MCC(0.95) }, setting.least},
			{"kappa", func(c Confusion) Estimate { return c.Kappa(0.95) }, setting.least},
			{"macro f1", func(c Confusion) Estimate { return average(c, "macro", "f1") }, setting.least},
			{"weighted precision", func(c Confusion) Estimate { return average(c, "weighted", "precision") }, setting.least},
			{"skill", func(c Confusion) Estimate { return c.Skill(0.95) }, math.Min(setting.least, 0.915)},
		}
		hits, defined := make([]int, len(metrics)), make([]int, len(metrics))
		truths := make([]float64, len(metrics))
		for i, m := range metrics {
			truths[i] = m.of(truth).Value
		}
		for range trials() {
			draw(random, setting.n, cumulative, counts)
			for i, m := range metrics {
				e := m.of(Confusion{names, counts})
				if e.Defined() {
					defined[i]++
					if e.Lower <= truths[i] && truths[i] <= e.Upper {
						hits[i]++
					}
				}
			}
		}
		for i, m := range metrics {
			covers(t, setting.name+": "+m.name, hits[i], defined[i], m.least, 0.985)
		}
	}
}

func average(c Confusion, kind, metric string) Estimate {
	e, _ := c.Average(kind, metric, 0.95)
	return e
}

// binormal is a score whose logit is normal with variance 1, centred shift higher for positives, in equal buckets.
type binormal struct {
	shift, prevalence    float64
	positives, negatives []float64 // cumulative shares of the buckets
	edges                []float64
}

func newBinormal(shift, prevalence float64, buckets int) binormal {
	m := binormal{shift: shift, prevalence: prevalence, edges: make([]float64, buckets+1)}
	for i := range m.edges {
		m.edges[i] = float64(i) / float64(buckets)
		if i > 0 {
			x := math.Log(m.edges[i]/(1-m.edges[i])) + shift/2
			m.positives = append(m.positives, distuv.UnitNormal.CDF(x-shift))
			m.negatives = append(m.negatives, distuv.UnitNormal.CDF(x))
		}
	}
	m.positives[buckets-1], m.negatives[buckets-1] = 1, 1
	return m
}

// averagePrecision of the whole population, by integration over the threshold.
func (m binormal) averagePrecision() float64 {
	total := 0.0
	const step = 1e-3
	for x := -9.0; x < 9+m.shift; x += step {
		tpr, fpr := infer.NormalSF(x-m.shift), infer.NormalSF(x)
		precision := m.prevalence * tpr / (m.prevalence*tpr + (1-m.prevalence)*fpr)
		total += step * distuv.UnitNormal.Prob(x-m.shift) * precision
	}
	return total
}

// The intervals include the bounds of the buckets, so they cover a population's value at more than their level;
// without the bounds they cover the area of the binned population at it. Separation is found at a threshold that the
// same rows chose, which the bounds make up for.
func TestIntervalsOfRankingQualityCover(t *testing.T) {
	for _, setting := range []struct {
		name                 string
		shift                float64
		positives, negatives int
	}{
		{"AUC 0.76, 150 and 600", 1, 150, 600},
		{"AUC 0.92, 150 and 600", 2, 150, 600},
		{"AUC 0.76, 30 and 30", 1, 30, 30},
		{"AUC 0.98, 40 and 400", 2.9, 40, 400},
	} {
		random := rand.New(rand.NewPCG(11, uint64(setting.positives)))
		n := setting.positives + setting.negatives
		m := newBinormal(setting.shift, float64(setting.positives)/float64(n), 20)
		area, precision := distuv.UnitNormal.CDF(setting.shift/math.Sqrt2), m.averagePrecision()
		separation := 2*distuv.UnitNormal.CDF(setting.shift/2) - 1
		binnedArea, below, last := 0.0, 0.0, 0.0
		for i := range m.positives {
			p := m.positives[i] - last
			binnedArea += p * (below + m.negatives[i]) / 2
			last, below = m.positives[i], m.negatives[i]
		}
		b := mustBinned(t, m.edges, make([]float64, 20), make([]float64, 20))
		var areas, binned, precisions, separations int
		for range trials() {
			// Labels are drawn too: the prevalence is part of what sampling leaves open.
			positives := int(distuv.Binomial{N: float64(n), P: m.prevalence, Src: random}.Rand())
			draw(random, positives, m.positives, b.Positives)
			draw(random, n-positives, m.negatives, b.Negatives)
			hit := func(truth float64, e RankEstimate) int {
				if e.Lower <= truth && truth <= e.Upper {
					return 1
				}
				return 0
			}
			e := b.AUC(0.95)
			areas += hit(area, e)
			e.Lower, e.Upper = e.Lower+(e.Value-e.BoundLower), e.Upper-(e.BoundUpper-e.Value)
			binned += hit(binnedArea, e)
			precisions += hit(precision, b.AveragePrecision(0.95))
			separations += hit(separation, b.Separation(0.95))
		}
		covers(t, setting.name+": AUC", areas, trials(), 0.95, 1)
		covers(t, setting.name+": AUC of the buckets", binned, trials(), 0.945, 0.985)
		covers(t, setting.name+": average precision", precisions, trials(), 0.95, 1)
		covers(t, setting.name+": separation", separations, trials(), 0.94, 1)
	}
}
