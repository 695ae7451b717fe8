package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Measure is any metric with its sampling interval and its hard bounds.
type Measure struct {
	Value, Lower, Upper    float64
	BoundLower, BoundUpper float64
	N                      float64
	Reason                 string // why Value is NaN
}

// FromEstimate takes a metric of a confusion matrix.
func FromEstimate(e classify.Estimate) Measure {
	return Measure{e.Value, e.Lower, e.Upper, e.Value, e.Value, e.N, e.Reason}
}

// FromRank takes a metric of binned scores. Its interval includes the bounds; here they are kept apart again: it is the
// normal one where there is a standard error, and else loses the bounds' distance on either side.
func FromRank(e classify.RankEstimate, level float64) Measure {
	m := Measure{e.Value, e.Lower, e.Upper, e.BoundLower, e.BoundUpper, e.N, e.Reason}
	if e.StandardError > 0 {
		half := infer.Z(level) * e.StandardError
		m.Lower, m.Upper = e.Value-half, e.Value+half
		return m
	}
	if below := e.Value - e.BoundLower; !math.IsInf(below, 0) {
		m.Lower = math.Min(e.Value, e.Lower+below)
	}
	if above := e.BoundUpper - e.Value; !math.IsInf(above, 0) {
		m.Upper = math.Max(e.Value, e.Upper-above)
	}
	return m
}

// Measures compares two independent values of a metric by their intervals, which must be of the options' level:
//
//	lower = d - √((x₂ - lower₂)² + (upper₁ - x₁)²),   upper = d + √((upper₂ - x₂)² + (x₁ - lower₁)²)
//
// with x₁ the champion's value and x₂ the challenger's (method of variance estimates recovery: Zou and Donner 2008).
// For symmetric intervals these are the familiar normal limits, and for rates with Wilson intervals Newcombe's.
// Insufficient where a side is undefined, or has no finite interval or one without width (an AUC of scores that all lie
// in one bucket).
func Measures(champion, challenger Measure, o Options) (Difference, error) {
	o, err := o.complete()
	if err != nil {
		return Difference{}, err
	}
	for _, side := range []struct {
		Measure
		name string
	}{{champion, "champion"}, {challenger, "challenger"}} {
		reason := ""
		switch {
		case math.IsNaN(side.Value) && side.Reason != "":
			reason = fmt.Sprintf("%s: %s", side.name, side.Reason)
		case math.IsNaN(side.Value):
			reason = fmt.Sprintf("%s: there is no value", side.name)
		case !(side.Lower <= side.Value && side.Value <= side.Upper) || math.IsInf(side.Upper-side.Lower, 0):
			reason = fmt.Sprintf("%s: there is no finite interval", side.name)
		case side.Lower == side.Upper:
			reason = fmt.Sprintf("%s: there is no interval around the value, so its error is not known", side.name)
		}
		if reason != "" {
			d := insufficient(reason)
			d.Champion, d.Challenger, d.NChampion, d.NChallenger = champion.Value, challenger.Value, champion.N, challenger.N
			return d, nil
		}
	}
	d := Difference{Champion: champion.Value, Challenger: challenger.Value, Value: challenger.Value - champion.Value,
		BoundLower: challenger.BoundLower - champion.BoundUpper, BoundUpper: challenger.BoundUpper - champion.BoundLower,
		P: math.NaN(), NChampion: champion.N, NChallenger: challenger.N}
	scale := math.Sqrt(o.Dispersion) / infer.Z(o.Level)
	below := scale * math.Hypot(challenger.Value-challenger.Lower, champion.Upper-champion.Value)
	above := scale * math.Hypot(challenger.Upper-challenger.Value, champion.Value-champion.Lower)
	d.decide(o, below, above, math.Inf(-1), math.Inf(1))
	return d, nil
}

// AUC compares the areas under the ROC curve of two independent sets of rows by DeLong's variances (1988), which add.
// Where both versions scored the same rows this errs on the safe side, since their areas are then correlated
// positively and how much is not known from histograms.
func AUC(champion, challenger classify.Binned, o Options) (Difference, error) {
	o, err := o.complete()
	if err != nil {
		return Difference{}, err
	}
	return Measures(FromRank(champion.AUC(o.Level), o.Level), FromRank(challenger.AUC(o.Level), o.Level), o)
}

// Sample is a mean of N rows with their standard deviation.
type Sample struct{ Mean, StandardDeviation, N float64 }

// Means compares two means by Welch's (1947) t test, which needs no equal variances. Sequentially the t distribution
// is not used, and some dozens of rows are needed. Insufficient with fewer than two rows on a side or where all rows
// of both sides are equal.
func Means(champion, challenger Sample, o Options) (Difference, error) {
	o, err := o.complete()
	if err != nil {
		return Difference{}, err
	}
	a := champion.StandardDeviation * champion.StandardDeviation * o.Dispersion / champion.N
	b := challenger.StandardDeviation * challenger.StandardDeviation * o.Dispersion / challenger.N
	standardError := math.Sqrt(a + b)
	if !(champion.N >= 2 && challenger.N >= 2) || !(standardError > 0) || math.IsInf(standardError, 1) || math.IsNaN(challenger.Mean-champion.Mean) {
		d := insufficient("a comparison of means needs two rows or more on each side, and some variation")
		d.Champion, d.Challenger, d.NChampion, d.NChallenger = champion.Mean, challenger.Mean, champion.N, challenger.N
		return d, nil
	}
	d := Difference{Champion: champion.Mean, Challenger: challenger.Mean, Value: challenger.Mean - champion.Mean, P: math.NaN(),
		NChampion: champion.N, NChallenger: challenger.N}
	d.BoundLower, d.BoundUpper = d.Value, d.Value
	t := distuv.StudentsT{Sigma: 1, Nu: (a + b) * (a + b) / (a*a/(champion.N-1) + b*b/(challenger.N-1))}
	// As a normal standard error, so that the interval is that of the t distribution.
	inflated := standardError
	if !o.Sequential {
		inflated = standardError * t.Quantile(0.5+o.Level/2) / infer.Z(o.Level)
		d.P = 2 * t.Survival(math.Abs(d.Value)/standardError)
	}
	d.decide(o, inflated, inflated, math.Inf(-1), math.Inf(1))
	if !o.Sequential {
		d.PMinimumEffect = 1
		if size := math.Abs(d.Value) - o.Margin; size > 0 {
			d.PMinimumEffect = 2 * t.Survival(size/standardError)
		}
	}
	return d, nil
}
