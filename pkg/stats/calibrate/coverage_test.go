package calibrate

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

var full = flag.Bool("full", false, "run simulations at full length")

// trials of a simulation: few by default, so that the tests stay quick.
func trials() int {
	if *full {
		return 20000
	}
	return 1000
}

// share checks how often something happened against [least, most], with three standard errors to either side.
func share(t *testing.T, what string, hits int, least, most float64) {
	t.Helper()
	got := float64(hits) / float64(trials())
	t.Logf("%-60s %.2f %%", what, 100*got)
	edge := math.Max(math.Min(least, 1-least), math.Min(most, 1-most))
	if slack := 3 * math.Sqrt(edge*(1-edge)/float64(trials())); got < least-slack || got > most+slack {
		t.Errorf("%s: %.4f, want %.3f to %.3f within %.4f", what, got, least, most, slack)
	}
}

// model draws a score, and says how likely the row is positive.
type model struct {
	name  string
	score func(*rand.Rand) float64
	truth func(score float64) float64
}

func uniform(r *rand.Rand) float64 { return r.Float64() }

// low draws mostly small scores, with mean 1/5, as rare classes have.
func low(r *rand.Rand) float64 { return 1 - math.Pow(r.Float64(), 0.25) }

func right(s float64) float64 { return s }

// extreme scores should be nearer to one half.
func extreme(s float64) float64 { return 0.2 + 0.6*s }

func high(s float64) float64 { return 0.8 * s }

// fill draws n rows into equal buckets, with all sums.
func (m model) fill(r *rand.Rand, n, buckets int) classify.Binned {
	edges := make([]float64, buckets+1)
	for i := range edges {
		edges[i] = float64(i) / float64(buckets)
	}
	b := classify.Binned{Edges: edges, Positives: make([]float64, buckets), Negatives: make([]float64, buckets), BucketSums: make([]float64, buckets)}
	for range n {
		s := m.score(r)
		k := min(buckets-1, int(s*float64(buckets)))
		b.BucketSums[k] += s
		b.SquaredSum += s * s
		if r.Float64() < m.truth(s) {
			b.Positives[k]++
			b.PositiveSum += s
		} else {
			b.Negatives[k]++
			b.NegativeSum += s
		}
	}
	return b
}

// onlyClassSums is what a score histogram per class tells by itself.
func onlyClassSums(b classify.Binned) classify.Binned {
	b.BucketSums, b.SquaredSum = nil, math.NaN()
	return b
}

// population gives the true values, by integration over evenly drawn scores.
func (m model) population(buckets int) (ece, brier, skill float64) {
	r := rand.New(rand.NewPCG(99, 1))
	const n = 400000
	observed, predicted := make([]float64, buckets), make([]float64, buckets)
	overall := 0.0
	for range n {
		s := m.score(r)
		p := m.truth(s)
		k := min(buckets-1, int(s*float64(buckets)))
		observed[k] += p / n
		predicted[k] += s / n
		brier += (p*(1-s)*(1-s) + (1-p)*s*s) / n
		overall += p / n
	}
	for k := range observed {
		ece += math.Abs(observed[k] - predicted[k])
	}
	return ece, brier, 1 - brier/(overall*(1-overall))
}

func TestTheNoiseFloorIsTheErrorOfRightScores(t *testing.T) {
	for _, setting := range []struct {
		score      func(*rand.Rand) float64
		name       string
		n, buckets int
		floor      float64 // 0: not stated
	}{
		{uniform, "even scores", 1000, 10, 0.032},
		{uniform, "even scores", 1000, 15, 0.039},
		{uniform, "even scores", 200, 10, 0.071},
		{low, "low scores", 2000, 10, 0},
	} {
		m := model{setting.name, setting.score, right}
		r := rand.New(rand.NewPCG(5, uint64(setting.n+setting.buckets)))
		var value, floor, squared, squared2 float64
		above := 0
		for range trials() {
			b := m.fill(r, setting.n, setting.buckets)
			e := must[Expected](t)(ECE(b, 0, 0.95))
			value += e.Value / float64(trials())
			floor += e.Floor / float64(trials())
			if e.Value > e.FloorUpper {
				above++
			}
			d := must[Estimate](t)(SquaredError(b, 0, 0.95))
			squared += d.Value / float64(trials())
			squared2 += d.Value * d.Value / float64(trials())
		}
		t.Logf("%s, n %d, %d buckets: mean ECE %.5f, floor %.5f, squared error %.2g", setting.name, setting.n, setting.buckets, value, floor, squared)
		if setting.floor > 0 {
			near(t, "floor", floor, setting.floor, 0.001)
		}
		// The normal approximation of a bucket's error: within 2 % where a bucket has a hundred rows, 4 % at twenty
		// or near 0 and 1.
		near(t, "mean ECE over floor", value/floor, 1, 0.04)
		share(t, setting.name+": ECE above the floor's upper limit", above, 0.02, 0.045)
		near(t, "mean squared error", squared, 0, 4*math.Sqrt(squared2/float64(trials())))
	}
}

// The interval of the ECE errs on the safe side about the lift by noise, so it covers more than its level. Those of
// Brier score and skill include the bounds of the buckets.
func TestIntervalsOfCalibrationCover(t *testing.T) {
	for _, m := range []model{
		{"right even scores", uniform, right},
		{"extreme scores", uniform, extreme},
		{"right low scores", low, right},
		{"low scores too high", low, high},
	} {
		ece, brier, skill := m.population(20)
		for _, n := range []int{200, 2000} {
			r := rand.New(rand.NewPCG(6, uint64(n)))
			var eces, bins, briers, exact, skills, slopes int
			hit := func(count *int, truth float64, e Estimate, err error) {
				if err != nil {
					t.Fatal(err)
				}
				if e.Lower <= truth && truth <= e.Upper {
					*count++
				}
			}
			for range trials() {
				b := m.fill(r, n, 20)
				e, err := ECE(b, 0, 0.95)
				hit(&eces, ece, e.Estimate, err)
				brierExact, err := Brier(b, 0.95)
				hit(&exact, brier, brierExact, err)
				b = onlyClassSums(b)
				e, err = ECE(b, 0, 0.95)
				hit(&bins, ece, e.Estimate, err)
				brierBinned, err := Brier(b, 0.95)
				hit(&briers, brier, brierBinned, err)
				skillBinned, err := Skill(b, 0.95)
				hit(&skills, skill, skillBinned, err)
				line := must[Line](t)(Regress(b, 0.95))
				if line.Slope.Lower <= 1 && 1 <= line.Slope.Upper {
					slopes++
				}
			}
			what := m.name + map[int]string{200: ", n 200", 2000: ", n 2000"}[n]
			share(t, what+": ECE covered", eces, 0.95, 1)
			share(t, what+": ECE covered without bucket sums", bins, 0.95, 1)
			share(t, what+": Brier covered, sums exact", exact, 0.94, 0.97)
			share(t, what+": Brier covered", briers, 0.95, 1)
			share(t, what+": skill covered", skills, 0.95, 1)
			if m.name[:5] == "right" {
				share(t, what+": slope 1 covered", slopes, 0.94, 0.97)
			}
		}
	}
}

// Right scores, known by their buckets and class sums alone, are refused about as often as promised.
func TestTestsOfCalibrationHoldTheirLevel(t *testing.T) {
	for _, m := range []model{{"even scores", uniform, right}, {"low scores", low, right}} {
		r := rand.New(rand.NewPCG(8, 9))
		var z, h, exact int
		for range trials() {
			b := m.fill(r, 2000, 20)
			if must[Test](t)(HosmerLemeshow(b, 10, false)).P < 0.05 {
				exact++
			}
			b = onlyClassSums(b)
			if must[Test](t)(Spiegelhalter(b)).P < 0.05 {
				z++
			}
			if must[Test](t)(HosmerLemeshow(b, 10, false)).P < 0.05 {
				h++
			}
		}
		share(t, m.name+": Spiegelhalter below 0.05", z, 0.045, 0.055)
		share(t, m.name+": Hosmer-Lemeshow below 0.05, bucket sums known", exact, 0.045, 0.06)
		share(t, m.name+": Hosmer-Lemeshow below 0.05", h, 0.04, 0.06)
	}
}
