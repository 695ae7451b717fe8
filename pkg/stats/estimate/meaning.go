package estimate

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Test is the outcome of a chi-square test.
type Test struct {
	Statistic float64
	DF        float64
	P         float64
	N         float64 // rows tested
	Reason    string  // why there is no answer, in which case Statistic and P are NaN
}

func untested(n float64, reason string) Test {
	return Test{Statistic: math.NaN(), DF: math.NaN(), P: math.NaN(), N: n, Reason: reason}
}

// Meaning tells whether scores still mean what they did.
type Meaning struct {
	Test
	// Shift is by how much the recent rows are more often positive than rows with these scores were before, as a
	// share of all recent rows: what an estimate without labels gets wrong about the prevalence.
	Shift Estimate
}

// leastExpected is the number of rows of each class that a cell of a chi-square test should be expected to hold.
const leastExpected = 5

// SameMeaning compares the share of positives at equal scores between two sets of labelled rows, which is what CBPE
// takes to be constant (no concept drift). With y_k positives among the M_k recent rows of bucket k, and P_k positives
// among the T_k rows of both sets, of which N_k are of the reference,
//
//	Σ_groups (Σ_k y_k - M_k·P_k/T_k)² / Σ_k N_k·M_k·P_k·(T_k-P_k)/(T_k²·(T_k-1))
//
// is a chi-square with one degree of freedom per group of buckets (Mantel and Haenszel 1959). A group is one bucket
// where it is expected to hold 5 rows of each class on either side, and else as many neighbours as that takes; only
// rows of the same bucket are compared, so a shift of the scores is no false alarm.
//
// P says nothing about size: Shift does, standardised to the scores of the recent rows.
func SameMeaning(reference, recent classify.Binned, level float64) (Meaning, error) {
	if !sameEdges(reference.Edges, recent.Edges) {
		return Meaning{}, fmt.Errorf("the two sets of labelled rows have different buckets: bring both to the same edges")
	}
	m := labelled(recent)
	out := Meaning{Test: Test{N: m}}
	var group table
	excess, variance := 0.0, 0.0 // of the group
	shift, shiftVariance, compared := 0.0, 0.0, 0.0
	// A last group that stays too small is left out of the test.
	for k := range reference.Positives {
		t := table{
			classes{reference.Positives[k], reference.Negatives[k]},
			classes{recent.Positives[k], recent.Negatives[k]},
		}
		if t.reference.n() <= 0 || t.recent.n() <= 0 {
			continue
		}
		group = group.add(t)
		excess += t.excess()
		variance += t.variance()
		if group.enough() && variance > 0 {
			out.Statistic += excess * excess / variance
			out.DF++
			group, excess, variance = table{}, 0, 0
		}
		rows := t.recent.n()
		compared += rows
		shift += rows * (t.recent.share() - t.reference.share())
		shiftVariance += rows * rows * (t.reference.variance() + t.recent.variance())
	}
	if out.DF == 0 {
		e := expectation{n: m}
		reason := "there are too few labelled rows on one side to expect 5 of each class"
		return Meaning{untested(m, reason), e.undefined(reason)}, nil
	}
	out.P = infer.ChiSquareSF(out.Statistic, out.DF)
	value, half := shift/compared, infer.Z(level)*math.Sqrt(shiftVariance)/compared
	out.Shift = Estimate{Value: value, Lower: math.Max(-1, value-half), Upper: math.Min(1, value+half), BoundLower: value, BoundUpper: value,
		StandardError: math.Sqrt(shiftVariance) / compared, N: compared, Positives: total(recent.Positives)}
	return out, nil
}

type classes struct{ positives, negatives float64 }

func (c classes) n() float64     { return c.positives + c.negatives }
func (c classes) share() float64 { return c.positives / c.n() }

// variance of the share, kept off zero by half a row of each class.
func (c classes) variance() float64 {
	share := (c.positives + 0.5) / (c.n() + 1)
	return share * (1 - share) / c.n()
}

// table counts the rows of one bucket, or of several.
type table struct{ reference, recent classes }

func (t table) n() float64         { return t.reference.n() + t.recent.n() }
func (t table) positives() float64 { return t.reference.positives + t.recent.positives }

// excess of recent positives over what the positives of both sets together let expect.
func (t table) excess() float64 {
	return t.recent.positives - t.recent.n()*t.positives()/t.n()
}

// variance of the excess: hypergeometric.
func (t table) variance() float64 {
	n := t.n()
	if n <= 1 {
		return 0
	}
	return t.reference.n() * t.recent.n() * t.positives() * (n - t.positives()) / (n * n * (n - 1))
}

func (t table) add(other table) table {
	return table{
		classes{t.reference.positives + other.reference.positives, t.reference.negatives + other.reference.negatives},
		classes{t.recent.positives + other.recent.positives, t.recent.negatives + other.recent.negatives},
	}
}

// enough tells whether the smaller side is expected to hold enough rows of the rarer class.
func (t table) enough() bool {
	side := math.Min(t.reference.n(), t.recent.n())
	rarer := math.Min(t.positives(), t.n()-t.positives())
	return side*rarer >= leastExpected*t.n()
}
