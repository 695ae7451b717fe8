package infer

import (
	"math"
	"math/rand/v2"
	"testing"
)

func sampleOf(x []float64) Sample {
	n := float64(len(x))
	var mean, second, fourth float64
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		second += (v - mean) * (v - mean) / n
		fourth += math.Pow(v-mean, 4) / n
	}
	return Sample{N: n, Mean: mean, Variance: second, Kurtosis: fourth/(second*second) - 3}
}

func TestTheMeanOfSleepHasStudentsInterval(t *testing.T) {
	// Student's own data (1908), extra sleep with the second drug: R's t.test gives a mean of
	// 2.33 and 0.8976775 to 3.7623225.
	s := sampleOf([]float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4})
	i := s.MeanInterval(0.95)
	if math.Abs(s.Mean-2.33) > 1e-12 || math.Abs(i.Lower-0.8976775) > 1e-6 || math.Abs(i.Upper-3.7623225) > 1e-6 {
		t.Errorf("mean %g, %+v", s.Mean, i)
	}
}

func TestStudentsQuantileIsThatOfTheTables(t *testing.T) {
	// The quantiles of R's qt(0.975, df) and qt(0.9995, df).
	for _, want := range []struct{ level, df, z float64 }{
		{0.95, 9, 2.262157163}, {0.95, 199, 1.971956544}, {0.95, 200, 1.971896224}, {0.95, 1000, 1.962339081}, {0.999, 200, 3.339835406},
	} {
		if got := studentZ(want.level, want.df); math.Abs(got-want.z) > 1e-6 {
			t.Errorf("level %g, %g degrees of freedom: %.9f, want %.9f", want.level, want.df, got, want.z)
		}
	}
}

func TestSamplesThatAreTooSmallHaveNoInterval(t *testing.T) {
	for name, x := range map[string]float64{
		"mean of one":             Sample{N: 1, Variance: 1}.MeanInterval(0.95).Lower,
		"std of a constant":       Sample{N: 9}.StdInterval(0.95).Upper,
		"change of a constant":    StandardizedDifference(Sample{N: 9, Variance: 1}, Sample{N: 9}, 0.95).Value,
		"change against nothing":  StandardizedDifference(Sample{N: 9, Variance: 1}, Sample{}, 0.95).Lower,
		"ratio against nothing":   StdRatio(Sample{N: 9, Variance: 1}, Sample{}, 0.95).Value,
		"p value without a value": Difference{Value: 1, Error: math.NaN()}.MinimumEffectP(0.1),
	} {
		if !math.IsNaN(x) {
			t.Errorf("%s is %g", name, x)
		}
	}
}

// The intervals hold the truth as often as they say, for a skewed distribution
// whose moments are known: the exponential has standard deviation 1, skewness 2
// and excess kurtosis 6. A uniform one has kurtosis −1.2.
func TestCoverageOfTheIntervalsOfMoments(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const runs, n = 1500, 3000
	hits := make(map[string]int)
	hit := func(name string, lower, upper, truth float64) {
		if lower <= truth && truth <= upper {
			hits[name]++
		}
	}
	x, y, uniform := make([]float64, n), make([]float64, n/2), make([]float64, n)
	shares := make([]float64, n)
	for i := range shares {
		shares[i] = 1.0 / n
	}
	for range runs {
		for i := range x {
			x[i], uniform[i] = r.ExpFloat64(), r.Float64()
		}
		for i := range y {
			y[i] = 0.3 + 1.5*r.ExpFloat64()
		}
		base, now, flat := sampleOf(x), sampleOf(y), sampleOf(uniform)
		mean, std := base.MeanInterval(0.95), base.StdInterval(0.95)
		hit("mean", mean.Lower, mean.Upper, 1)
		hit("std", std.Lower, std.Upper, 1)
		d := StandardizedDifference(now, base, 0.95)
		hit("change", d.Lower, d.Upper, 0.8)
		ratio := StdRatio(now, base, 0.95)
		hit("ratio", ratio.Lower, ratio.Upper, 1.5)
		z := make([]float64, n)
		for i, v := range uniform {
			z[i] = (v - flat.Mean) / math.Sqrt(flat.Variance)
		}
		skew, kurt := SkewnessInterval(z, shares, n, 0.95), KurtosisInterval(z, shares, n, 0.95)
		hit("skewness", skew.Lower, skew.Upper, 0)
		hit("kurtosis", kurt.Lower, kurt.Upper, -1.2)
	}
	for _, name := range []string{"mean", "std", "change", "ratio", "skewness", "kurtosis"} {
		// The standard deviation of an exponential covers less, for its kurtosis of 6
		// converges slowly; four standard errors of 1500 runs are 2.2 %.
		if c := float64(hits[name]) / runs; c < 0.92 || c > 0.975 {
			t.Errorf("%s: covered in %.1f %% of the runs", name, 100*c)
		}
	}
}
