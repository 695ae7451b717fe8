package compare

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

func TestDecisionsFollowFromIntervalMarginAndDirection(t *testing.T) {
	for _, c := range []struct {
		name                 string
		champion, challenger Rate
		o                    Options
		want                 Decision
	}{
		{"clearly higher", Rate{500, 1000}, Rate{600, 1000}, Options{}, Better},
		{"clearly higher where lower is better", Rate{500, 1000}, Rate{600, 1000}, Options{LowerIsBetter: true}, Worse},
		{"clearly lower", Rate{600, 1000}, Rate{500, 1000}, Options{}, Worse},
		{"clearly lower where lower is better", Rate{600, 1000}, Rate{500, 1000}, Options{LowerIsBetter: true}, Better},
		{"higher, by less than matters for certain", Rate{500, 1000}, Rate{600, 1000}, Options{Margin: 0.08}, Undecided},
		{"hardly different and very many rows", Rate{500000, 1000000}, Rate{502000, 1000000}, Options{Margin: 0.01}, Equivalent},
		{"hardly different, any difference matters", Rate{500000, 1000000}, Rate{502000, 1000000}, Options{}, Better},
		{"few rows", Rate{5, 10}, Rate{6, 10}, Options{}, Undecided},
		{"few rows for certain equivalence", Rate{5, 10}, Rate{5, 10}, Options{Margin: 0.1}, Undecided},
		{"clustered rows", Rate{500, 1000}, Rate{550, 1000}, Options{Dispersion: 3}, Undecided},
		{"the same without clusters", Rate{500, 1000}, Rate{550, 1000}, Options{}, Better},
		{"no rows", Rate{0, 0}, Rate{5, 10}, Options{}, Insufficient},
		{"a look of many needs more", Rate{500, 1000}, Rate{550, 1000}, Options{Sequential: true, Scale: 0.05}, Undecided},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Rates(c.champion, c.challenger, c.o)
			if err != nil {
				t.Fatal(err)
			}
			if d.Decision != c.want {
				t.Errorf("the decision is %s for %+v", d.Decision, d)
			}
			if d.Defined() != (c.want != Insufficient) || d.Defined() == (d.Reason != "") {
				t.Errorf("the reason is %q", d.Reason)
			}
			if undecided := d.MoreChampion > 0; d.Defined() && undecided != (c.want == Undecided) {
				t.Errorf("%s, and %g more rows are asked for", d.Decision, d.MoreChampion)
			}
		})
	}
}

func TestComparisonsRefuseWhatMakesNoSense(t *testing.T) {
	good := Rate{1, 2}
	for _, c := range []struct {
		name string
		o    Options
		side Rate
		want string
	}{
		{"level of 95", Options{Level: 95}, good, `"95"`},
		{"negative margin", Options{Margin: -1}, good, `"-1"`},
		{"no scale", Options{Sequential: true}, good, "give a scale"},
		{"more hits than rows", Options{}, Rate{3, 2}, "challenger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Rates(good, c.side, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if _, err := McNemar(Paired{Both: -1}, Options{}); err == nil {
		t.Error("negative counts are no error")
	}
	if d, err := McNemar(Paired{}, Options{}); err != nil || d.Decision != Insufficient {
		t.Errorf("without rows: %+v, %v", d, err)
	}
	if d, err := Means(Sample{1, 0, 10}, Sample{1, 0, 10}, Options{}); err != nil || d.Decision != Insufficient {
		t.Errorf("without variation: %+v, %v", d, err)
	}
}

func TestMoreRowsBringADecisionIfTheDifferenceStays(t *testing.T) {
	for _, o := range []Options{{}, {Margin: 0.01}, {Sequential: true, Scale: 0.02}} {
		champion, challenger := Rate{500, 1000}, Rate{530, 1000}
		d, err := Rates(champion, challenger, o)
		if err != nil {
			t.Fatal(err)
		}
		factor := 1 + d.MoreChampion/d.NChampion
		d, err = Rates(Rate{factor * champion.K, factor * champion.N}, Rate{factor * challenger.K, factor * challenger.N}, o)
		if err != nil {
			t.Fatal(err)
		}
		if d.Decision != Better {
			t.Errorf("with %.1f times the rows: %s", factor, d.Decision)
		}
	}
}

func TestMeasuresOfRatesWithWilsonIntervalsGiveNewcombesInterval(t *testing.T) {
	a, b := classify.Binary{TP: 40, FP: 20}, classify.Binary{TP: 70, FP: 15}
	measured, err := Measures(FromEstimate(a.Precision(0.95)), FromEstimate(b.Precision(0.95)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rates, err := Rates(Rate{40, 60}, Rate{70, 85}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lower", measured.Lower, rates.Lower, 1e-12)
	near(t, "upper", measured.Upper, rates.Upper, 1e-12)
}

func TestAnUndefinedSideSaysWhy(t *testing.T) {
	d, err := Measures(FromEstimate(classify.Binary{}.Precision(0.95)), Measure{Value: 1, Lower: 0.9, Upper: 1.1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Decision != Insufficient || !strings.HasPrefix(d.Reason, "champion: no row was predicted") {
		t.Errorf("%s, because %q", d.Decision, d.Reason)
	}
	d, err = Measures(Measure{Value: 1, Lower: 0.9, Upper: math.Inf(1)}, Measure{Value: 1, Lower: 0.9, Upper: 1.1}, Options{})
	if err != nil || d.Decision != Insufficient || !strings.Contains(d.Reason, "no finite interval") {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestAnAreaFromASingleBucketCannotBeCompared(t *testing.T) {
	one, two := binned(t, []float64{0, 50}, []float64{0, 80}), binned(t, []float64{10, 40}, []float64{50, 30})
	d, err := AUC(one, two, Options{})
	if err != nil || d.Decision != Insufficient || !strings.Contains(d.Reason, "champion") {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = AUC(two, binned(t, []float64{0, 40}, []float64{30, 0}), Options{})
	if err != nil || d.Decision != Better {
		t.Errorf("against perfect separation: %+v, %v", d, err)
	}
}

func TestExchangingTheSidesTurnsTheDifferenceAround(t *testing.T) {
	for _, o := range []Options{{}, {Margin: 0.02}, {Sequential: true, Scale: 0.05}} {
		one, err := Rates(Rate{30, 450}, Rate{600, 2000}, o)
		if err != nil {
			t.Fatal(err)
		}
		other, err := Rates(Rate{600, 2000}, Rate{30, 450}, o)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "value", one.Value, -other.Value, 1e-15)
		near(t, "lower", one.Lower, -other.Upper, 1e-12)
		near(t, "upper", one.Upper, -other.Lower, 1e-12)
		near(t, "p", one.P, other.P, 1e-12)
		near(t, "p of a relevant difference", one.PMinimumEffect, other.PMinimumEffect, 1e-12)
		if one.Decision != Better || other.Decision != Worse {
			t.Errorf("%s and %s", one.Decision, other.Decision)
		}
	}
}

func TestAFamilyOfComparisonsLosesWhatChanceExplains(t *testing.T) {
	var family []Difference
	for _, k := range []float64{500, 510, 495, 505, 546} {
		d, err := Rates(Rate{500, 1000}, Rate{k, 1000}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		family = append(family, d)
	}
	none, err := Rates(Rate{}, Rate{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	family = append(family, none)
	if family[4].Decision != Better {
		t.Fatalf("alone it is %s", family[4].Decision)
	}
	Adjust(family, 0.05)
	if family[4].Decision != Undecided || family[4].Reason == "" || !(family[4].AdjustedP > 0.05) {
		t.Errorf("among five it is %+v", family[4])
	}
	if family[5].Decision != Insufficient || !math.IsNaN(family[5].AdjustedP) {
		t.Errorf("what was not tested is %+v", family[5])
	}
}

func TestASequenceIsWiderThanOneLookAndNarrowestAroundItsScale(t *testing.T) {
	s := Sequence{Level: 0.95, Scale: 0.03}
	ratio := s.Margin(0.01) / oneLook{0.95}.margin(0.01)
	if !(ratio > 1.4 && ratio < 1.7) {
		t.Errorf("a sequence is %.2f times as wide", ratio)
	}
	for _, scale := range []float64{0.003, 0.3} {
		if other := (Sequence{Level: 0.95, Scale: scale}); other.Margin(0.01) < s.Margin(0.01) {
			t.Errorf("a scale of %g does better", scale)
		}
	}
	if i := RateSequence(0, 0, 0.95); i.Lower != 0 || i.Upper != 1 {
		t.Errorf("without rows the rate is in %v", i)
	}
	if i := RateSequence(5, 2, 0.95); !math.IsNaN(i.Lower) {
		t.Errorf("5 of 2 rows are in %v", i)
	}
}

func TestKoopmansIntervalHoldsItsEndsWhereARateIsZero(t *testing.T) {
	if i := Koopman(Rate{0, 20}, Rate{5, 20}, 0.95); i.Lower != 0 || !(i.Upper > 0 && i.Upper < 1) {
		t.Errorf("0 of 20 over 5 of 20 is in %v", i)
	}
	if i := Koopman(Rate{5, 20}, Rate{0, 20}, 0.95); !math.IsInf(i.Upper, 1) || !(i.Lower > 1) {
		t.Errorf("5 of 20 over 0 of 20 is in %v", i)
	}
	if i := Koopman(Rate{0, 20}, Rate{0, 20}, 0.95); i.Lower != 0 || !math.IsInf(i.Upper, 1) {
		t.Errorf("0 of 20 over 0 of 20 is in %v", i)
	}
	if i := Koopman(Rate{20, 20}, Rate{20, 20}, 0.95); !(i.Lower < 1 && i.Upper > 1 && i.Lower > 0.5) {
		t.Errorf("all over all is in %v", i)
	}
	a, b := Koopman(Rate{7, 50}, Rate{20, 60}, 0.95), Koopman(Rate{20, 60}, Rate{7, 50}, 0.95)
	near(t, "the inverse ratio", a.Lower*b.Upper, 1, 1e-9)
}

func TestFairnessFindsTheGroupThatIsTreatedDifferently(t *testing.T) {
	groups := []Group{
		{"a", classify.Binary{TP: 400, FP: 200, FN: 100, TN: 1300}},
		{"b", classify.Binary{TP: 380, FP: 210, FN: 110, TN: 1300}},
		{"c", classify.Binary{TP: 100, FP: 30, FN: 300, TN: 1570}},
	}
	treated, err := Fairness(groups, FairnessOptions{Reference: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if len(treated) != 2 || treated[0].Name != "b" {
		t.Fatalf("the answer is about %v", treated)
	}
	want := map[string][2]float64{ // of b and c
		"statistical_parity_difference": {590.0/2000 - 0.3, 0.065 - 0.3},
		"disparate_impact":              {590.0 / 2000 / 0.3, 0.065 / 0.3},
		"equal_opportunity_difference":  {380.0/490 - 0.8, 0.25 - 0.8},
		"average_odds_difference":       {(380.0/490 - 0.8 + 210.0/1510 - 200.0/1500) / 2, (0.25 - 0.8 + 30.0/1600 - 200.0/1500) / 2},
		"predictive_parity_difference":  {380.0/590 - 400.0/600, 100.0/130 - 400.0/600},
	}
	for i, group := range treated {
		if len(group.Disparities) != len(FairnessMetrics()) {
			t.Fatalf("%d measures", len(group.Disparities))
		}
		for k, d := range group.Disparities {
			if d.Metric != FairnessMetrics()[k] {
				t.Errorf("measure %d is %s", k, d.Metric)
			}
			near(t, group.Name+" "+d.Metric, d.Value, want[d.Metric][i], 1e-12)
			if !(d.Lower < d.Value && d.Value < d.Upper) {
				t.Errorf("the interval of %s is [%g, %g]", d.Metric, d.Lower, d.Upper)
			}
			switch {
			case group.Name == "b" && d.Verdict != Fair:
				t.Errorf("b is %s by %s: %+v", d.Verdict, d.Metric, d)
			case group.Name == "c" && d.Metric != "predictive_parity_difference" && d.Verdict != Unfair:
				t.Errorf("c is %s by %s: %+v", d.Verdict, d.Metric, d)
			case group.Name == "c" && d.Metric == "predictive_parity_difference" && d.Verdict != Uncertain:
				t.Errorf("c is %s by %s: %+v", d.Verdict, d.Metric, d)
			}
		}
	}
	rest, err := Fairness(groups, FairnessOptions{})
	if err != nil || len(rest) != 3 {
		t.Fatalf("%v, %v", rest, err)
	}
	near(t, "c against the rest", rest[2].Disparities[0].Value, 0.065-1190.0/4000, 1e-12)
}

func TestFairnessSaysWhatIsNotThere(t *testing.T) {
	groups := []Group{{"a", classify.Binary{TP: 10, FP: 5, FN: 5, TN: 30}}, {"b", classify.Binary{FP: 0, TN: 20}}}
	treated, err := Fairness(groups, FairnessOptions{Reference: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{2, 3, 4} {
		if d := treated[0].Disparities[k]; d.Verdict != Unknown || !strings.HasPrefix(d.Reason, "the group has no row") || !math.IsNaN(d.P) {
			t.Errorf("%s is %+v", d.Metric, d)
		}
	}
	if _, err := Fairness(groups, FairnessOptions{Reference: "z"}); err == nil || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("the error is %v", err)
	}
	if one, err := Fairness(groups[:1], FairnessOptions{}); err != nil || one[0].Disparities[0].Verdict != Unknown {
		t.Errorf("a group without a rest is %v, %v", one, err)
	}
}

func TestSizesOfOtherMetrics(t *testing.T) {
	n, err := AUCSize(0.8, 0.2, 0.02, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// Hanley and McNeil's variance, by hand for the number found.
	p, q := 0.2*n, 0.8*n
	se := math.Sqrt((0.16 + (p-1)*(0.8/1.2-0.64) + (q-1)*(1.28/1.8-0.64)) / (p * q))
	if !(1.959964*se <= 0.02 && 1.959964*se > 0.0199) {
		t.Errorf("%g rows give a half-width of %g", n, 1.959964*se)
	}
	// Fleiss, Levin and Paik: rates of 0.6 and 0.7 take 356 rows on each side for a power of 80 %.
	if n, err := DifferenceSize(0.6, 0.7, 0.8, 0.95); err != nil || n != 356 {
		t.Errorf("%g rows, %v", n, err)
	}
	if n, err := DifferenceSize(0.6, 0.6, 0.8, 0.95); err != nil || !math.IsInf(n, 1) {
		t.Errorf("%g rows, %v", n, err)
	}
	if n, err := ScaledSize(0.01, 100, 0.0049, 0.95); err != nil || n != 1600 {
		t.Errorf("%g rows, %v", n, err)
	}
	for _, bad := range []func() (float64, error){
		func() (float64, error) { return RateSize(2, 0.1, 0.95) },
		func() (float64, error) { return RateSize(0.5, 0, 0.95) },
		func() (float64, error) { return MeanSize(-1, 0.1, 0.95) },
		func() (float64, error) { return AUCSize(1, 0.1, 0.1, 0.95) },
		func() (float64, error) { return AUCSize(0.8, 0, 0.1, 0.95) },
		func() (float64, error) { return DifferenceSize(0.1, 0.2, 80, 0.95) },
		func() (float64, error) { return ScaledSize(math.NaN(), 1, 1, 0.95) },
		func() (float64, error) { return RateSize(0.5, 0.1, 95) },
	} {
		if _, err := bad(); err == nil {
			t.Error("nonsense is no error")
		}
	}
}

// Noise alone stays under a PSI of 0.1 from 338 rows on both sides with ten bins, and from half as many against a
// reference without noise.
func TestDriftSizeIsWhereNoiseStaysWithinTheLimit(t *testing.T) {
	edges, counts := make([]float64, 9), make([]float64, 10)
	for i := range counts {
		counts[i] = 1e8
		if i < 9 {
			edges[i] = float64(i)
		}
	}
	n, err := DriftSize(drift.PSI, histogram.New(edges, counts), drift.Options{Tolerated: 0.1})
	if err != nil || n < 169 || n > 170 {
		t.Errorf("%g rows, %v", n, err)
	}
	n, err = DriftCategoriesSize(drift.PSI, counts, drift.Options{Tolerated: 0.1})
	if err != nil || n < 169 || n > 170 {
		t.Errorf("%g rows of categories, %v", n, err)
	}
}

func TestWindowsLastUntilTheRowsAreThere(t *testing.T) {
	for _, c := range []struct {
		name            string
		rows, rate, phi float64
		want            time.Duration
		ok              bool
	}{
		{"a day", 240, 10, 1, 24 * time.Hour, true},
		{"clustered rows", 240, 10, 2, 48 * time.Hour, true},
		{"rounded up", 1, 7, 0, 515 * time.Second, true},
		{"no traffic", 240, 0, 1, 0, false},
		{"no number is enough", math.Inf(1), 10, 1, 0, false},
		{"never", 1e15, 1, 1, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := Window(c.rows, c.rate, c.phi); got != c.want || ok != c.ok {
				t.Errorf("%v, %v", got, ok)
			}
		})
	}
}
