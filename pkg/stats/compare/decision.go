package compare

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Decision is the answer to "is the challenger better than the champion?".
type Decision string

const (
	// Better: the interval of the difference lies beyond the margin, on the good side.
	Better Decision = "better"
	// Worse: it lies beyond the margin, on the bad side.
	Worse Decision = "worse"
	// Equivalent: it lies within the margin, so whatever difference there is does not matter.
	Equivalent Decision = "equivalent"
	// Undecided: none of these; more data would tell.
	Undecided Decision = "undecided"
	// Insufficient: there is nothing to compare.
	Insufficient Decision = "insufficient"
)

// Options tune a comparison; the zero value gives the defaults.
type Options struct {
	Level         float64 // of the interval; 0 means 0.95
	Margin        float64 // the smallest difference that matters, in the metric's unit; 0 means any
	LowerIsBetter bool    // for errors, delays and costs
	// Sequential makes intervals and p-values that stay valid however often one looks (see Sequence). The counts must
	// then be those since one fixed start, not those of a moving window.
	Sequential bool
	// Scale is the difference that the sequential test is to find fastest, in the metric's unit; 0 means the margin.
	// It must not be chosen by the data.
	Scale float64
	// Dispersion is by how much counts vary more than independent rows would (infer.Dispersion); below 1, or NaN,
	// means 1.
	Dispersion float64
}

// Difference compares two versions: challenger less champion. Numbers that do not exist are NaN.
type Difference struct {
	Champion, Challenger float64 // the metric of each
	Value, Lower, Upper  float64
	// BoundLower and BoundUpper hold the difference of the single rows' metrics, whatever the order within buckets.
	// The decision rests on the sampling interval alone.
	BoundLower, BoundUpper float64
	P                      float64 // of "no difference at all"
	PMinimumEffect         float64 // of "no difference beyond the margin"; P where the margin is 0, but for approximation
	AdjustedP              float64 // PMinimumEffect after Adjust
	NChampion, NChallenger float64
	// MoreChampion and MoreChallenger are the rows that would have to be added for a decision with a chance of four in
	// five, in the same proportion, if the true difference is the one seen. 0 where decided, +Inf where no number is
	// enough (a difference of exactly the margin).
	MoreChampion, MoreChallenger float64
	Decision                     Decision
	Reason                       string
}

// Defined tells whether there was anything to compare.
func (d Difference) Defined() bool { return d.Decision != Insufficient }

func (o Options) complete() (Options, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return o, fmt.Errorf("confidence level \"%g\" is not between 0 and 1: use 0.95", o.Level)
	}
	if !(o.Margin >= 0) || math.IsInf(o.Margin, 1) {
		return o, fmt.Errorf("margin \"%g\" is not a size of a difference: use 0 or a positive number", o.Margin)
	}
	if o.Scale == 0 {
		o.Scale = o.Margin
	}
	if o.Sequential && (!(o.Scale > 0) || math.IsInf(o.Scale, 1)) {
		return o, fmt.Errorf("a sequential comparison needs the size of the difference that it should find, not \"%g\": give a scale or a margin, such as 0.01 for rates", o.Scale)
	}
	if !(o.Dispersion > 1) {
		o.Dispersion = 1
	}
	return o, nil
}

func insufficient(reason string) Difference {
	nan := math.NaN()
	return Difference{Champion: nan, Challenger: nan, Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan,
		P: nan, PMinimumEffect: nan, AdjustedP: nan, MoreChampion: nan, MoreChallenger: nan, Decision: Insufficient, Reason: reason}
}

// power is the chance of a decision that the rows asked for should give.
const power = 0.8

// decide fills in interval, p-values and decision of a difference. below and above are its standard errors towards
// lower and higher values; low and high are the least and greatest difference that can be.
func (d *Difference) decide(o Options, below, above, low, high float64) {
	law := o.law()
	d.Lower = math.Max(low, d.Value-law.margin(below))
	d.Upper = math.Min(high, d.Value+law.margin(above))
	towardsZero := below
	if d.Value < 0 {
		towardsZero = above
	}
	size := math.Abs(d.Value)
	if math.IsNaN(d.P) || o.Sequential {
		d.P = law.p(size, towardsZero)
	}
	d.PMinimumEffect = law.p(size-o.Margin, towardsZero)
	d.AdjustedP = math.NaN()

	d.Decision = Undecided
	better, worse := d.Lower > o.Margin, d.Upper < -o.Margin
	if o.LowerIsBetter {
		better, worse = worse, better
	}
	switch {
	case better:
		d.Decision = Better
	case worse:
		d.Decision = Worse
	case d.Lower > -o.Margin && d.Upper < o.Margin:
		d.Decision = Equivalent
	}
	d.MoreChampion, d.MoreChallenger = 0, 0
	if d.Decision == Undecided {
		// Either limit may be the one that is in the way.
		more := law.factor(math.Abs(size-o.Margin), math.Max(below, above)) - 1
		d.MoreChampion, d.MoreChallenger = more*d.NChampion, more*d.NChallenger
	}
}

// law turns standard errors into intervals and p-values.
type law interface {
	margin(standardError float64) float64
	p(size, standardError float64) float64
	factor(gap, standardError float64) float64
}

func (o Options) law() law {
	if o.Sequential {
		return Sequence{Level: o.Level, Scale: o.Scale}
	}
	return oneLook{o.Level}
}

// oneLook is the normal law of a test made once.
type oneLook struct{ level float64 }

func (l oneLook) margin(standardError float64) float64 { return infer.Z(l.level) * standardError }

func (l oneLook) p(size, standardError float64) float64 {
	if !(size > 0) {
		return 1
	}
	return 2 * infer.NormalSF(size/standardError)
}

func (l oneLook) factor(gap, standardError float64) float64 { return factor(l, gap, standardError) }

// factor is by how much the number of rows has to grow until the gap exceeds the margin with the wanted power.
func factor(l law, gap, standardError float64) float64 {
	if !(gap > 0) {
		return math.Inf(1)
	}
	extra := infer.Z(2*power - 1)
	enough := func(logFactor float64) bool {
		se := standardError * math.Exp(-logFactor/2)
		return l.margin(se)+extra*se <= gap
	}
	low, high := 0.0, 1.0
	for !enough(high) {
		if low, high = high, 2*high; high > 100 {
			return math.Inf(1)
		}
	}
	for range 50 {
		if middle := (low + high) / 2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return math.Exp(high)
}

// Adjust takes the comparisons as one family: it sets AdjustedP to the Benjamini-Hochberg-adjusted PMinimumEffect and
// takes a Better or Worse back to Undecided where that exceeds the false discovery rate. Insufficient ones were not
// tested and do not count.
func Adjust(differences []Difference, falseDiscoveryRate float64) {
	p := make([]float64, len(differences))
	for i, d := range differences {
		p[i] = math.NaN()
		if d.Defined() {
			p[i] = d.PMinimumEffect
		}
	}
	for i, adjusted := range infer.BenjaminiHochberg(p) {
		d := &differences[i]
		d.AdjustedP = adjusted
		if (d.Decision == Better || d.Decision == Worse) && adjusted > falseDiscoveryRate {
			d.Decision = Undecided
			d.Reason = "the difference is within what the number of comparisons explains"
		}
	}
}
