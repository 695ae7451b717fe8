package compare

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type golden struct {
	Rates []struct {
		Champion, Challenger [2]float64
		Newcombe             [2]float64
		P                    float64
		Ratio                [2]*float64
	}
	Areas []struct {
		Name                   string
		Champion, Challenger   [2][]float64
		Value, Lower, Upper, P float64
	}
	Means []struct {
		Champion, Challenger [3]float64
		Lower, Upper, P      float64
	}
	Paired []struct {
		Rows            [4]float64
		P, Lower, Upper float64
	}
	Sequences     []struct{ Error, Scale, Margin float64 }
	RateSequences []struct{ K, N, Lower, Upper float64 } `json:"rate_sequences"`
	RateSizes     []struct {
		Rate, N   float64
		HalfWidth float64 `json:"half_width"`
	} `json:"rate_sizes"`
	MeanSizes []struct {
		SD, N     float64
		HalfWidth float64 `json:"half_width"`
	} `json:"mean_sizes"`
}

func load(t testing.TB) golden {
	t.Helper()
	var g golden
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

func binned(t testing.TB, positives, negatives []float64) classify.Binned {
	t.Helper()
	edges := make([]float64, len(positives)+1)
	for i := range edges {
		edges[i] = float64(i) / float64(len(positives))
	}
	b, err := classify.NewBinned(edges, positives, negatives)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDifferencesAndRatiosOfRatesAgreeWithStatsmodels(t *testing.T) {
	for _, want := range load(t).Rates {
		champion, challenger := Rate{want.Champion[0], want.Champion[1]}, Rate{want.Challenger[0], want.Challenger[1]}
		d, err := Rates(champion, challenger, Options{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lower", d.Lower, want.Newcombe[0], 1e-10)
		near(t, "upper", d.Upper, want.Newcombe[1], 1e-10)
		near(t, "p", d.P, want.P, 1e-9)
		if want.Ratio[0] == nil {
			continue
		}
		// statsmodels ends its search early.
		ratio := Koopman(challenger, champion, 0.95)
		near(t, "lower ratio", ratio.Lower, *want.Ratio[0], 1e-4**want.Ratio[0])
		near(t, "upper ratio", ratio.Upper, *want.Ratio[1], 1e-4**want.Ratio[1])
	}
}

func TestDifferencesOfAreasAgreeWithPairsOfRows(t *testing.T) {
	for _, want := range load(t).Areas {
		d, err := AUC(binned(t, want.Champion[0], want.Champion[1]), binned(t, want.Challenger[0], want.Challenger[1]), Options{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, want.Name, d.Value, want.Value, 1e-12)
		near(t, "lower", d.Lower, want.Lower, 1e-10)
		near(t, "upper", d.Upper, want.Upper, 1e-10)
		near(t, "p", d.P, want.P, 1e-9)
		if !(d.BoundLower <= d.Value && d.Value <= d.BoundUpper) {
			t.Errorf("the bounds [%g, %g] do not hold the value", d.BoundLower, d.BoundUpper)
		}
	}
}

// v2 of the flights model ranks better than v1 on the same flights; the accuracy cannot tell them apart. The areas of the
// single rows are 0.704098 and 0.713257.
func TestTheNewVersionOfTheFlightsModelRanksBetter(t *testing.T) {
	g := load(t)
	areas := g.Areas[0]
	d, err := AUC(binned(t, areas.Champion[0], areas.Champion[1]), binned(t, areas.Challenger[0], areas.Challenger[1]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if truth := 0.713257042 - 0.704097531; d.Decision != Better || d.Lower > truth || d.Upper < truth || d.BoundLower > truth || d.BoundUpper < truth {
		t.Errorf("the AUC is %+v", d)
	}
	accuracy := g.Rates[len(g.Rates)-1]
	d, err = Rates(Rate{accuracy.Champion[0], accuracy.Champion[1]}, Rate{accuracy.Challenger[0], accuracy.Challenger[1]}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Decision != Undecided || !(d.MoreChampion > 1e9) {
		t.Errorf("the accuracy is %+v", d)
	}
	d, err = Rates(Rate{accuracy.Champion[0], accuracy.Champion[1]}, Rate{accuracy.Challenger[0], accuracy.Challenger[1]}, Options{Margin: 0.005})
	if err != nil || d.Decision != Equivalent {
		t.Errorf("with a margin of half a percent the accuracy is %+v, %v", d, err)
	}
}

func TestDifferencesOfMeansAgreeWithWelch(t *testing.T) {
	for _, want := range load(t).Means {
		d, err := Means(Sample{want.Champion[0], want.Champion[1], want.Champion[2]}, Sample{want.Challenger[0], want.Challenger[1], want.Challenger[2]}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lower", d.Lower, want.Lower, 1e-8)
		near(t, "upper", d.Upper, want.Upper, 1e-8)
		near(t, "p", d.P, want.P, 1e-8)
	}
}

func TestPairedOutcomesAgreeWithStatsmodels(t *testing.T) {
	for _, want := range load(t).Paired {
		d, err := McNemar(Paired{want.Rows[0], want.Rows[1], want.Rows[2], want.Rows[3]}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lower", d.Lower, want.Lower, 1e-10)
		near(t, "upper", d.Upper, want.Upper, 1e-10)
		near(t, "p", d.P, want.P, 1e-9)
	}
}

func TestSequencesAgreeWithNumericalIntegration(t *testing.T) {
	g := load(t)
	for _, want := range g.Sequences {
		s := Sequence{Level: 0.95, Scale: want.Scale}
		near(t, "margin", s.Margin(want.Error), want.Margin, 1e-6*want.Margin)
		near(t, "p at the margin", s.p(want.Margin, want.Error), 0.05, 1e-6)
	}
	for _, want := range g.RateSequences {
		i := RateSequence(want.K, want.N, 0.95)
		// The golden values lie on a grid.
		near(t, "lower", i.Lower, want.Lower, 3e-6)
		near(t, "upper", i.Upper, want.Upper, 3e-6)
	}
}

func TestSizesAgreeWithCountingUp(t *testing.T) {
	g := load(t)
	for _, want := range g.RateSizes {
		n, err := RateSize(want.Rate, want.HalfWidth, 0.95)
		if err != nil || n != want.N {
			t.Errorf("a rate of %g to %g takes %g rows, want %g, %v", want.Rate, want.HalfWidth, n, want.N, err)
		}
	}
	for _, want := range g.MeanSizes {
		n, err := MeanSize(want.SD, want.HalfWidth, 0.95)
		if err != nil || n != want.N {
			t.Errorf("a mean of σ = %g to %g takes %g rows, want %g, %v", want.SD, want.HalfWidth, n, want.N, err)
		}
	}
}
