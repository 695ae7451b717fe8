package drift

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

//go:embed testdata/tests.json
var testsJSON []byte

func TestFurtherMethodsAgreeWithSciPyAndStatsmodels(t *testing.T) {
	var cases []struct {
		Ref, Cur        []float64
		KL              float64
		Kuiper          [2]float64  // statistic, p
		CramerVonMises  [2]float64  `json:"cramer_von_mises"`
		MannWhitney     [2]float64  `json:"mann_whitney"` // probability of superiority, p
		Energy          float64     // of rows spread over buckets of width 1
		Trend           [2]float64  // chi-square, p
		Proportions     [2]float64  // z of the first category against the rest, p
		GTest           *[3]float64 `json:"g_test"` // statistic, p, degrees of freedom
		AndersonDarling float64     `json:"anderson_darling"`
	}
	if err := json.Unmarshal(testsJSON, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		edges := make([]float64, len(c.Ref)+1)
		for k := range edges {
			edges[k] = float64(k)
		}
		closed := func(counts []float64) histogram.Histogram {
			return histogram.New(edges, append(append([]float64{0}, counts...), 0))
		}
		of := func(m Method) Result {
			return numeric(t, m, closed(c.Ref), closed(c.Cur), Options{Scale: "none", MaxBins: -1})
		}
		check := func(what string, got, want, tolerance float64) {
			t.Helper()
			if !near(got, want, tolerance) {
				t.Errorf("%v against %v: %s is %.12g, want %.12g", c.Ref, c.Cur, what, got, want)
			}
		}
		if filledCells(c.Ref, c.Cur) == len(c.Ref) {
			check("KL", of(KullbackLeibler).Raw, c.KL, 1e-12)
		}
		check("Kuiper", of(Kuiper).Statistic, c.Kuiper[0], 1e-12)
		check("Kuiper p", of(Kuiper).P, c.Kuiper[1], 1e-6)
		check("superiority", of(MannWhitney).Statistic, c.MannWhitney[0], 1e-12)
		check("Mann-Whitney p", of(MannWhitney).P, c.MannWhitney[1], 1e-9)
		check("trend", of(Trend).Statistic, c.Trend[0], 1e-9)
		check("trend p", of(Trend).P, c.Trend[1], 1e-8)
		if c.GTest != nil {
			g := of(GTest)
			check("G", g.Statistic, c.GTest[0], 1e-9)
			check("G p", g.P, c.GTest[1], 1e-8)
			check("G degrees of freedom", g.DegreesOfFreedom, c.GTest[2], 0)
		}
		// The rows' statistics have steps where ours are uniform within buckets.
		check("energy distance", of(Energy).Raw, c.Energy, 0.02)
		cvm := of(CramerVonMises)
		if math.Abs(cvm.Statistic-c.CramerVonMises[0]) > 0.01+0.01*c.CramerVonMises[0] {
			t.Errorf("Cramér-von Mises T is %.5g, rows' %.5g", cvm.Statistic, c.CramerVonMises[0])
		}
		// The law allows for the buckets, the rows' p does not: they meet with many.
		// A T that is off by 0.01 moves a p near ½ by 0.06.
		if want := c.CramerVonMises[1]; len(c.Ref) >= 20 && want > 1e-3 && math.Abs(cvm.P-want) > 0.005+0.15*want {
			t.Errorf("Cramér-von Mises p is %.5g, rows' %.5g", cvm.P, want)
		}
		if ad := of(AndersonDarling).Statistic; len(c.Ref) >= 20 && math.Abs(ad-c.AndersonDarling) > 0.05+0.05*c.AndersonDarling {
			t.Errorf("Anderson-Darling A² is %.5g, rows' %.5g", ad, c.AndersonDarling)
		}
		refRest, curRest := -c.Ref[0], -c.Cur[0]
		for k := range c.Ref {
			refRest += c.Ref[k]
			curRest += c.Cur[k]
		}
		r, err := Categorical(Proportions, []float64{c.Ref[0], refRest}, []float64{c.Cur[0], curRest}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		check("proportions z", r.Statistic, c.Proportions[0], 1e-9)
		check("proportions p", r.P, c.Proportions[1], 1e-9)
	}
}

// The critical values are those of Anderson and Darling (1952) for the
// continuous limits: 0.46136 and 0.74346, 2.492 and 3.857.
func TestFineBucketsReachTheKnownCriticalValues(t *testing.T) {
	const cells = 400
	s := newSample(histogram.New(nil, scaled(uniformShares(cells), 1e6)), histogram.New(nil, scaled(uniformShares(cells), 1e6)), Options{Dispersion: 1})
	mass, ends := make([]float64, cells), make([]float64, cells)
	for k := range cells {
		middle := (float64(k) + 0.5) / cells
		mass[k], ends[k] = 1.0/cells, 1.0/cells/(middle*(1-middle))
	}
	for _, c := range []struct {
		name    string
		weights []float64
		p, want float64
	}{{"Cramér-von Mises", mass, 0.95, 0.46136}, {"Cramér-von Mises", mass, 0.99, 0.74346}, {"Anderson-Darling", ends, 0.95, 2.492}, {"Anderson-Darling", ends, 0.99, 3.857}} {
		got := newQuadratic(&s, c.weights, false).nullQuantile(c.p) * s.effectiveN()
		if !near(got, c.want, 0.02) {
			t.Errorf("%s: the %g quantile is %.5g, want %g", c.name, c.p, got, c.want)
		}
	}
}

func TestKuiperQuantilesAreThoseOfTheTables(t *testing.T) {
	// Stephens (1970), table 1: 1.620, 1.747, 2.001.
	for p, want := range map[float64]float64{0.90: 1.620, 0.95: 1.747, 0.99: 2.001} {
		if got := kuiperQuantile(p); math.Abs(got-want) > 5e-4 {
			t.Errorf("the %g quantile is %.4f, want %.3f", p, got, want)
		}
	}
}

func TestMoreThanTwoCategoriesAreNotProportions(t *testing.T) {
	r, err := Categorical(Proportions, []float64{500, 300, 200}, []float64{400, 400, 200}, Options{})
	if err != nil || r.Verdict != Insufficient || r.Reason == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = Categorical(Proportions, []float64{500}, []float64{400}, Options{}); err != nil || r.Verdict != OK {
		t.Errorf("a single category: %+v, %v", r, err)
	}
}

func TestProportionsHoldTheirLevels(t *testing.T) {
	random := source(31)
	for _, c := range []struct{ p, q float64 }{{0.3, 0.3}, {0.3, 0.4}, {0.02, 0.12}} {
		ref, cur := make([]float64, 2), make([]float64, 2)
		covered, significant, above := 0.0, 0.0, 0.0
		for range repeats() {
			drawCounts(random, []float64{c.p, 1 - c.p}, ref, 1000)
			drawCounts(random, []float64{c.q, 1 - c.q}, cur, 400)
			r, err := Categorical(Proportions, ref, cur, Options{})
			if err != nil {
				t.Fatal(err)
			}
			truth := math.Abs(c.q - c.p)
			if r.Lower <= truth && truth <= r.Upper {
				covered++
			}
			if r.Lower > truth {
				above++
			}
			if r.P < 0.05 {
				significant++
			}
		}
		n := float64(repeats())
		if covered/n < 0.94-allowance(0.95) || above/n > 0.03+allowance(0.025) {
			t.Errorf("%v: covered in %.3f, lower limit above in %.3f", c, covered/n, above/n)
		}
		if c.p == c.q && significant/n > 0.055+allowance(0.05) {
			t.Errorf("p < 0.05 in %.3f without a difference", significant/n)
		}
	}
}

// TestTheNoiseLawIsThatOfItsEigenvalues compares the cumulants, got from a
// determinant, with the traces of the matrices themselves.
func TestTheNoiseLawIsThatOfItsEigenvalues(t *testing.T) {
	weights := []float64{0.5, 2, 1, 3, 0.25, 1}
	counts := []float64{100, 50, 0, 300, 20, 70}
	s := newSample(histogram.New(nil, counts), histogram.New(nil, counts), Options{Dispersion: 1})
	q := newQuadratic(&s, weights, false)
	edges := len(weights) - 1
	below := make([]float64, edges)
	sum := 0.0
	for i := range edges {
		sum += s.pooled(i)
		below[i] = sum
	}
	product := make([][]float64, edges)
	for i := range edges {
		product[i] = make([]float64, edges)
		for j := range edges {
			for k := max(0, i-1); k <= min(edges-1, i+1); k++ {
				a := weights[max(i, k)] / 6
				if i == k {
					a = (weights[i] + weights[i+1]) / 3
				}
				product[i][j] += a * math.Min(below[k], below[j]) * (1 - math.Max(below[k], below[j])) * s.s
			}
		}
	}
	power := product
	for i, c := range []struct{ got, factor float64 }{{q.k1, 1}, {q.k2, 2}, {q.k3, 8}} {
		trace := 0.0
		for j := range edges {
			trace += power[j][j]
		}
		if !near(c.got, c.factor*trace, 1e-9) {
			t.Errorf("cumulant %d is %g, want %g", i+1, c.got, c.factor*trace)
		}
		next := make([][]float64, edges)
		for a := range edges {
			next[a] = make([]float64, edges)
			for b := range edges {
				for k := range edges {
					next[a][b] += power[a][k] * product[k][b]
				}
			}
		}
		power = next
	}
}
