package rank

import (
	"math"
	"strings"
	"testing"
)

func TestRanksCountFromTheLargestAndShareTies(t *testing.T) {
	got := Ranks([]float64{0.2, 0.5, math.NaN(), 0.2, 0.1})
	for i, want := range []float64{2.5, 1, math.NaN(), 2.5, 4} {
		if got[i] != want && !(math.IsNaN(got[i]) && math.IsNaN(want)) {
			t.Errorf("place %d is %g, want %g", i, got[i], want)
		}
	}
	if len(Ranks(nil)) != 0 {
		t.Error("nothing has ranks")
	}
}

func TestNDCGAtItsEdges(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name              string
		baseline, current []float64
		k                 int
		want              float64
	}{
		{"the same", []float64{3, 2, 1}, []float64{3, 2, 1}, 0, 1},
		{"importances below 0 are worth nothing", []float64{3, -1, -2}, []float64{9, 1, 2}, 0, 1},
		{"a missing one is least important", []float64{1, 0}, []float64{nan, 5}, 0, 1 / math.Log2(3)},
		{"a missing one in the baseline is worth nothing", []float64{1, nan}, []float64{1, 2}, 0, 1 / math.Log2(3)},
		{"all alike now", []float64{1, 0}, []float64{1, 1}, 0, (1 + 1/math.Log2(3)) / 2},
		{"the first place alone", []float64{2, 1}, []float64{1, 2}, 1, 0.5},
		{"no importance at all", []float64{0, 0}, []float64{1, 2}, 0, nan},
		{"no features", nil, nil, 0, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := NDCG(c.baseline, c.current, c.k)
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(got-c.want) < 1e-12) && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("it is %g, want %g", got, c.want)
			}
		})
	}
	if _, err := NDCG([]float64{1}, nil, 0); err == nil || !strings.Contains(err.Error(), "match them by name") {
		t.Errorf("the error is %v", err)
	}
}

func TestCorrelationsSayWhyTheyAreUndefined(t *testing.T) {
	slow := make([]float64, 6)
	for i := range slow {
		slow[i] = math.Floor(float64(i) / 3)
	}
	nan := math.NaN()
	series := func(x, y []float64) (Correlation, error) { return Series(x, y, PearsonMethod, 0.95) }
	kendall := func(x, y []float64) (Correlation, error) { return KendallTau(x, y, 0.95) }
	spearman := func(x, y []float64) (Correlation, error) { return Spearman(x, y, 0.95) }
	for _, c := range []struct {
		name   string
		of     func(x, y []float64) (Correlation, error)
		x, y   []float64
		reason string
	}{
		{"few windows", series, []float64{1, 2, 3}, []float64{1, 2, 4}, "fewer than four"},
		{"windows without a partner", series, []float64{1, 2, 3, nan, 5}, []float64{1, 2, 3, 4, nan}, "fewer than four"},
		{"a constant", series, []float64{0.1, 0.1, 0.1, 0.1, 0.1}, []float64{1, 2, 3, 4, 5}, "does not vary"},
		{"short and slow", series, slow, slow, "vary so slowly"},
		{"few features", kendall, []float64{1, 2, 3, 4}, []float64{1, 2, 3, 4}, "fewer than five"},
		{"constant importances", kendall, []float64{1, 1, 1, 1, 1}, []float64{1, 2, 3, 4, 5}, "does not vary"},
		{"few ranks", spearman, []float64{1, 2, 3}, []float64{1, 2, 3}, "fewer than four"},
		{"constant ranks", spearman, []float64{1, 1, 1, 1}, []float64{1, 2, 3, 4}, "does not vary"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.of(c.x, c.y)
			if err != nil {
				t.Fatal(err)
			}
			if got.Defined() || !math.IsNaN(got.Lower) || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("%+v", got)
			}
			if _, err := c.of(c.x, c.y[1:]); err == nil {
				t.Error("different lengths are no error")
			}
		})
	}
	if _, err := Series(slow, slow, "distance", 0.95); err == nil || !strings.Contains(err.Error(), `"distance"`) {
		t.Errorf("the error is %v", err)
	}
}

func TestAMatrixIsSymmetricAndAdjustedAsOneFamily(t *testing.T) {
	g := load(t)
	m, err := Matrix([][]float64{g.Series[0].X, g.Series[0].Y, g.Series[1].X}, PearsonMethod, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "diagonal", m[1][1].Value, 1, 0)
	near(t, "delay and score", m[0][1].Value, g.Series[0].R, 1e-10)
	near(t, "score and distance", m[1][2].Value, g.Series[1].R, 1e-10)
	for i := range m {
		for j := range m {
			if i != j && (m[i][j] != m[j][i] || !(m[i][j].AdjustedP >= m[i][j].P)) {
				t.Errorf("%d and %d: %+v, %+v", i, j, m[i][j], m[j][i])
			}
		}
	}
	if _, err := Matrix([][]float64{{1, 2}, {1}}, PearsonMethod, 0.95); err == nil {
		t.Error("different lengths are no error")
	}
}

func TestGapsKeepTheirPlaceInTime(t *testing.T) {
	x, y := load(t).Series[0].X, load(t).Series[0].Y
	whole, err := Series(x, y, PearsonMethod, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// Every other window missing: half the pairs, and lags counted in windows as before.
	holes := append([]float64(nil), x...)
	for i := range holes {
		if i%2 == 1 {
			holes[i] = math.NaN()
		}
	}
	c, err := Series(holes, y, PearsonMethod, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if c.N != whole.N/2 || !(c.EffectiveN <= c.N) || !(c.EffectiveN > 0.5*math.Min(c.N, whole.EffectiveN)) {
		t.Errorf("%g pairs tell as much as %g; without gaps %g", c.N, c.EffectiveN, whole.EffectiveN)
	}
}

func TestSumsThatAreNoCorrelationSaySo(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      Sums
		phi    float64
		reason string
	}{
		{"few rows", Sums{3, 1, 1, 1, 1, 1}, 1, "fewer than four"},
		{"few clusters", Sums{10, 0, 0, 10, 10, 5}, 5, "fewer than four"},
		{"an unknown sum", Sums{10, 0, 0, math.NaN(), 10, 5}, 1, "not known"},
		{"a constant", Sums{10, 10, 0, 10, 10, 0}, 1, "no variance"},
		{"windows that do not match", Sums{10, 0, 0, 10, 10, 11}, 1, "contradict"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Rows(c.s, c.phi, 0.95); got.Defined() || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("%+v", got)
			}
		})
	}
	if c := Rows(Sums{10, 0, 0, 10, 10, 10.005}, 1, 0.95); c.Value != 1 || c.P != 0 {
		t.Errorf("a perfect correlation is %+v", c)
	}
}
