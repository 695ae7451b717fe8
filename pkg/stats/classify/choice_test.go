package classify

import (
	"math"
	"math/rand/v2"
	"testing"
)

func meanValue(c Binary) float64 { return (c.TP - c.FP) / c.Total() }

func TestTheDifferenceOfTwoThresholdsIsThatOfTheRowsBetween(t *testing.T) {
	b, err := NewBinned([]float64{0, 0.25, 0.5, 0.75, 1}, []float64{10, 20, 30, 40}, []float64{400, 300, 150, 50})
	if err != nil {
		t.Fatal(err)
	}
	high, _ := b.At(0.75)
	low, _ := b.At(0.25)
	e := b.Compare(high, low, meanValue, 0.95)
	// Between them lie 50 positives, worth 1 each, and 450 negatives, worth −1 each: the higher
	// threshold is better by 400 of 1000 rows. Per row the worth between is 0 or ±1, so its
	// variance is 0.5 − 0.4² = 0.34 and the error √(0.34/1000) = 0.01844.
	if math.Abs(e.Value-0.4) > 1e-12 || math.Abs(e.Upper-e.Value-1.96*0.01844) > 2e-4 || math.Abs(e.Value-e.Lower-1.96*0.01844) > 2e-4 {
		t.Errorf("got %+v", e)
	}
	back := b.Compare(low, high, meanValue, 0.95)
	if math.Abs(back.Value+e.Value) > 1e-12 || math.Abs(back.Lower+e.Upper) > 1e-9 {
		t.Errorf("the other way round %+v", back)
	}
	if same := b.Compare(high, high, meanValue, 0.95); same.Value != 0 || same.Lower > 0 || same.Upper < 0 {
		t.Errorf("a threshold differs from itself: %+v", same)
	}
}

func TestTheRangeOfIndistinctThresholdsShrinksWithTheRows(t *testing.T) {
	positives, negatives := []float64{1, 1, 2, 4, 6, 8}, []float64{60, 12, 5, 3, 1, 0}
	edges := []float64{0, 0.1, 0.2, 0.4, 0.6, 0.8, 1}
	scale := func(by float64) (lower, upper float64) {
		p, n := make([]float64, 6), make([]float64, 6)
		for i := range p {
			p[i], n[i] = by*positives[i], by*negatives[i]
		}
		b, err := NewBinned(edges, p, n)
		if err != nil {
			t.Fatal(err)
		}
		best, _ := b.BestF1()
		return b.Indistinct(best, func(c Binary) float64 { return 2 * c.TP / (2*c.TP + c.FP + c.FN) }, 0.95)
	}
	lower, upper := scale(1)
	sharpLower, sharpUpper := scale(1000)
	if !(lower < sharpLower) || !(upper >= sharpUpper) || sharpLower != sharpUpper {
		t.Errorf("%g to %g with few rows, %g to %g with many", lower, upper, sharpLower, sharpUpper)
	}
}

// Two thresholds that are equally good are told apart no more often than the level allows.
func TestEquallyGoodThresholdsAreRarelyToldApart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const runs, rows = 2000, 400
	wrong := 0
	for range runs {
		p, n := make([]float64, 3), make([]float64, 3)
		for range rows {
			// Positives: 20 %, of which 25 % between the thresholds; negatives there are as many.
			switch u := r.Float64(); {
			case u < 0.10:
				p[2]++
			case u < 0.15:
				p[1]++
			case u < 0.20:
				p[0]++
			case u < 0.25:
				n[1]++
			case u < 0.30:
				n[2]++
			default:
				n[0]++
			}
		}
		b, err := NewBinned([]float64{0, 0.4, 0.7, 1}, p, n)
		if err != nil {
			t.Fatal(err)
		}
		high, _ := b.At(0.7)
		low, _ := b.At(0.4)
		if e := b.Compare(high, low, meanValue, 0.95); e.Lower > 0 || e.Upper < 0 {
			wrong++
		}
	}
	// 5 % are expected; four standard errors of 2000 runs are 2 %.
	if rate := float64(wrong) / runs; rate < 0.03 || rate > 0.07 {
		t.Errorf("told apart in %.1f %% of the runs", 100*rate)
	}
}
