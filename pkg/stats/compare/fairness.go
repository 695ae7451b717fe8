package compare

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Group is a segment's outcomes for the positive class, which is the favourable one.
type Group struct {
	Name string
	classify.Binary
}

// Verdict says whether a group is treated differently by more than is tolerated.
type Verdict string

const (
	// Fair: the interval of the difference lies within the tolerated one.
	Fair Verdict = "fair"
	// Unfair: it lies beyond.
	Unfair Verdict = "unfair"
	// Uncertain: it straddles the tolerated difference.
	Uncertain Verdict = "uncertain"
	// Unknown: the measure is not defined for the group or for what it is compared with.
	Unknown Verdict = "insufficient"
)

// Disparity is a fairness measure of a group.
type Disparity struct {
	Metric              string
	Value, Lower, Upper float64
	Group, Reference    float64 // the rate of each; NaN for average odds, which has two
	NGroup, NReference  float64 // rows behind the two rates
	P                   float64 // of "no more than the tolerated difference"
	AdjustedP           float64 // P after Benjamini and Hochberg, over all groups and measures
	Verdict             Verdict
	Reason              string
}

// Treated is a group with its fairness measures, in the order of FairnessMetrics.
type Treated struct {
	Name        string
	Disparities []Disparity
}

// FairnessOptions tune Fairness; the zero value gives the defaults.
type FairnessOptions struct {
	Level float64 // 0 means 0.95
	// Reference is the group that the others are compared with; empty compares each with the rest of all rows.
	Reference string
	// TolerateDifference is the largest difference of rates that is of no concern; 0 means 0.1.
	TolerateDifference float64
	// TolerateRatio is the smallest ratio of rates that is of no concern, and its inverse the largest; 0 means 0.8, the
	// four-fifths rule.
	TolerateRatio float64
	// Dispersion as in Options.
	Dispersion float64
}

// FairnessMetrics are the names of the measures.
func FairnessMetrics() []string {
	return []string{"statistical_parity_difference", "disparate_impact", "equal_opportunity_difference", "average_odds_difference", "predictive_parity_difference"}
}

// Fairness compares each group with the reference group or with the rest:
//
//   - statistical parity difference: of the shares predicted positive (Newcombe's interval);
//   - disparate impact: the ratio of these shares (Koopman's score interval, 1984);
//   - equal opportunity difference: of the recalls (Hardt, Price and Srebro 2016);
//   - average odds difference: the mean of the differences of the recalls and of the false positive rates, which are of
//     different rows and so independent (Zou and Donner's interval from the four rates);
//   - predictive parity difference: of the precisions (Chouldechova 2017).
//
// Differences are group less reference, so negative ones are to the group's disadvantage. Verdicts of Unfair are taken
// back to Uncertain where the adjusted P exceeds 1 - Level. The reference group itself is left out of the answer.
func Fairness(groups []Group, o FairnessOptions) ([]Treated, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	var all classify.Binary
	reference := -1
	for i, g := range groups {
		for _, count := range []float64{g.TP, g.FP, g.FN, g.TN} {
			if !(count >= 0) || math.IsInf(count, 1) {
				return nil, fmt.Errorf("count \"%g\" of group %q is not a number of rows: counts are finite and not negative", count, g.Name)
			}
		}
		all = sum(all, g.Binary, 1)
		if o.Reference != "" && g.Name == o.Reference {
			reference = i
		}
	}
	if o.Reference != "" && reference < 0 {
		return nil, fmt.Errorf("reference group %q is not among the groups: choose one of them or leave it out to compare with the rest", o.Reference)
	}
	var out []Treated
	for i, g := range groups {
		if i == reference {
			continue
		}
		other := sum(all, g.Binary, -1)
		if reference >= 0 {
			other = groups[reference].Binary
		}
		out = append(out, Treated{g.Name, o.disparities(g.Binary, other)})
	}
	o.adjust(out)
	return out, nil
}

func (o FairnessOptions) complete() (FairnessOptions, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return o, fmt.Errorf("confidence level \"%g\" is not between 0 and 1: use 0.95", o.Level)
	}
	if o.TolerateDifference == 0 {
		o.TolerateDifference = 0.1
	}
	if !(o.TolerateDifference > 0 && o.TolerateDifference < 1) {
		return o, fmt.Errorf("tolerated difference \"%g\" is not between 0 and 1: use 0.1", o.TolerateDifference)
	}
	if o.TolerateRatio == 0 {
		o.TolerateRatio = 0.8
	}
	if !(o.TolerateRatio > 0 && o.TolerateRatio < 1) {
		return o, fmt.Errorf("tolerated ratio \"%g\" is not between 0 and 1: use 0.8", o.TolerateRatio)
	}
	if !(o.Dispersion > 1) {
		o.Dispersion = 1
	}
	return o, nil
}

func sum(a, b classify.Binary, sign float64) classify.Binary {
	// Differences of sums that rounding left below zero are zero.
	add := func(x, y float64) float64 { return math.Max(0, x+sign*y) }
	return classify.Binary{TP: add(a.TP, b.TP), FP: add(a.FP, b.FP), FN: add(a.FN, b.FN), TN: add(a.TN, b.TN)}
}

func (o FairnessOptions) disparities(group, reference classify.Binary) []Disparity {
	selected := func(b classify.Binary) Rate { return Rate{b.TP + b.FP, b.Total()} }
	recall := func(b classify.Binary) Rate { return Rate{b.TP, b.TP + b.FN} }
	fallOut := func(b classify.Binary) Rate { return Rate{b.FP, b.FP + b.TN} }
	precision := func(b classify.Binary) Rate { return Rate{b.TP, b.TP + b.FP} }
	names := FairnessMetrics()
	return []Disparity{
		o.difference(names[0], selected(group), selected(reference), "no rows"),
		o.ratio(names[1], selected(group), selected(reference)),
		o.difference(names[2], recall(group), recall(reference), "no row of the positive class"),
		o.averageOdds(names[3], [2]Rate{recall(group), fallOut(group)}, [2]Rate{recall(reference), fallOut(reference)}),
		o.difference(names[4], precision(group), precision(reference), "no row predicted positive"),
	}
}

func unknown(metric string, group, reference Rate, reason string) Disparity {
	nan := math.NaN()
	side := "the group has "
	if group.N > 0 {
		side = "what it is compared with has "
	}
	return Disparity{Metric: metric, Value: nan, Lower: nan, Upper: nan, Group: group.value(), Reference: reference.value(),
		NGroup: group.N, NReference: reference.N, P: nan, AdjustedP: nan, Verdict: Unknown, Reason: side + reason}
}

func (o FairnessOptions) difference(metric string, group, reference Rate, nothing string) Disparity {
	if group.N <= 0 || reference.N <= 0 {
		return unknown(metric, group, reference, nothing)
	}
	d, err := Rates(reference, group, Options{Level: o.Level, Margin: o.TolerateDifference, Dispersion: o.Dispersion})
	if err != nil {
		return unknown(metric, group, reference, "no valid counts")
	}
	out := Disparity{Metric: metric, Value: d.Value, Lower: d.Lower, Upper: d.Upper, Group: group.value(), Reference: reference.value(),
		NGroup: group.N, NReference: reference.N, P: d.PMinimumEffect}
	out.judge(-o.TolerateDifference, o.TolerateDifference)
	return out
}

func (o FairnessOptions) averageOdds(metric string, group, reference [2]Rate) Disparity {
	for i, nothing := range []string{"no row of the positive class", "no row of the negative class"} {
		if group[i].N <= 0 || reference[i].N <= 0 {
			return unknown(metric, group[i], reference[i], nothing)
		}
	}
	out := Disparity{Metric: metric, Group: math.NaN(), Reference: math.NaN(), NGroup: group[0].N + group[1].N, NReference: reference[0].N + reference[1].N}
	below, above := 0.0, 0.0
	for i := range group {
		a, b := group[i].thinned(o.Dispersion), reference[i].thinned(o.Dispersion)
		limits := infer.NewcombeDifference(a.K, a.N, b.K, b.N, o.Level)
		d := a.value() - b.value()
		out.Value += d / 2
		below = math.Hypot(below, (d-limits.Lower)/2)
		above = math.Hypot(above, (limits.Upper-d)/2)
	}
	out.Lower, out.Upper = math.Max(-1, out.Value-below), math.Min(1, out.Value+above)
	towardsZero := below
	if out.Value < 0 {
		towardsZero = above
	}
	out.P = oneLook{o.Level}.p(math.Abs(out.Value)-o.TolerateDifference, towardsZero/infer.Z(o.Level))
	out.judge(-o.TolerateDifference, o.TolerateDifference)
	return out
}

func (o FairnessOptions) ratio(metric string, group, reference Rate) Disparity {
	if group.N <= 0 || reference.N <= 0 {
		return unknown(metric, group, reference, "no rows")
	}
	if group.K <= 0 && reference.K <= 0 {
		out := unknown(metric, group, reference, "no row predicted positive")
		out.Reason = "no row of either side was predicted positive"
		return out
	}
	out := Disparity{Metric: metric, Value: group.value() / reference.value(), Group: group.value(), Reference: reference.value(),
		NGroup: group.N, NReference: reference.N}
	a, b := group.thinned(o.Dispersion), reference.thinned(o.Dispersion)
	limits := Koopman(a, b, o.Level)
	out.Lower, out.Upper = limits.Lower, limits.Upper
	nearest := o.TolerateRatio
	if out.Value > 1 {
		nearest = 1 / o.TolerateRatio
	}
	out.P = 1
	if out.Value < o.TolerateRatio || out.Value > 1/o.TolerateRatio {
		out.P = 2 * infer.NormalSF(math.Abs(ratioScore(a, b, nearest)))
	}
	out.judge(o.TolerateRatio, 1/o.TolerateRatio)
	return out
}

func (d *Disparity) judge(low, high float64) {
	d.AdjustedP = math.NaN()
	switch {
	case d.Upper < low || d.Lower > high:
		d.Verdict = Unfair
	case d.Lower >= low && d.Upper <= high:
		d.Verdict = Fair
	default:
		d.Verdict = Uncertain
	}
}

func (o FairnessOptions) adjust(groups []Treated) {
	var p []float64
	for _, g := range groups {
		for _, d := range g.Disparities {
			p = append(p, d.P)
		}
	}
	adjusted := infer.BenjaminiHochberg(p)
	for i := range groups {
		for k := range groups[i].Disparities {
			d := &groups[i].Disparities[k]
			d.AdjustedP, adjusted = adjusted[0], adjusted[1:]
			if d.Verdict == Unfair && d.AdjustedP > 1-o.Level {
				d.Verdict = Uncertain
				d.Reason = "the difference is within what the number of groups and measures explains"
			}
		}
	}
}
