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
// takes to be constant (no concept drift). The test is the chi-square of the 2×2 tables of all buckets,
//
//	Σ_k (r_k - s_k)² / (p_k(1-p_k)·(1/N_k + 1/M_k)),   p_k the share in both sets together,
//
// with one degree of freedom per bucket, neighbours being merged until each is expected to hold 5 rows of each class
// on either side. P says nothing about size: Shift does, standardised to the scores of the recent rows.
func SameMeaning(reference, recent classify.Binned, level float64) (Meaning, error) {
	if !sameEdges(reference.Edges, recent.Edges) {
		return Meaning{}, fmt.Errorf("the two sets of labelled rows have different buckets: bring both to the same edges")
	}
	m := labelled(recent)
	tables := merge(reference, recent)
	if len(tables) == 0 {
		e := expectation{n: m}
		reason := "there are too few labelled rows on one side to expect 5 of each class"
		return Meaning{untested(m, reason), e.undefined(reason)}, nil
	}
	out := Meaning{Test: Test{DF: float64(len(tables)), N: m}}
	rows, variance := 0.0, 0.0
	for _, t := range tables {
		rows += t.recent.n()
	}
	for _, t := range tables {
		before, now := t.reference.share(), t.recent.share()
		pooled := (t.reference.positives + t.recent.positives) / (t.reference.n() + t.recent.n())
		out.Statistic += (now - before) * (now - before) / (pooled * (1 - pooled) * (1/t.reference.n() + 1/t.recent.n()))
		weight := t.recent.n() / rows
		out.Shift.Value += weight * (now - before)
		variance += weight * weight * (t.reference.variance() + t.recent.variance())
	}
	out.P = infer.ChiSquareSF(out.Statistic, out.DF)
	s := &out.Shift
	s.StandardError = math.Sqrt(variance)
	s.Lower = math.Max(-1, s.Value-infer.Z(level)*s.StandardError)
	s.Upper = math.Min(1, s.Value+infer.Z(level)*s.StandardError)
	s.BoundLower, s.BoundUpper = s.Value, s.Value
	s.N, s.Positives = m, total(recent.Positives)
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

type table struct{ reference, recent classes }

func (t table) add(other table) table {
	return table{
		classes{t.reference.positives + other.reference.positives, t.reference.negatives + other.reference.negatives},
		classes{t.recent.positives + other.recent.positives, t.recent.negatives + other.recent.negatives},
	}
}

// enough tells whether the smaller side is expected to hold enough rows of the rarer class.
func (t table) enough() bool {
	side := math.Min(t.reference.n(), t.recent.n())
	rarer := math.Min(t.reference.positives+t.recent.positives, t.reference.negatives+t.recent.negatives)
	return side*rarer >= leastExpected*(t.reference.n()+t.recent.n()) && side > 0
}

func merge(reference, recent classify.Binned) []table {
	var tables []table
	var open table
	for k := range reference.Positives {
		open = open.add(table{
			classes{reference.Positives[k], reference.Negatives[k]},
			classes{recent.Positives[k], recent.Negatives[k]},
		})
		if open.enough() {
			tables, open = append(tables, open), table{}
		}
	}
	if last := len(tables) - 1; last >= 0 {
		tables[last] = tables[last].add(open)
	}
	return tables
}
