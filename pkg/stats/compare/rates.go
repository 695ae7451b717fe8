package compare

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Rate is K of N rows.
type Rate struct{ K, N float64 }

func (r Rate) value() float64 { return r.K / r.N }

func (r Rate) check(whose string) error {
	if !(r.K >= 0 && r.K <= r.N) || math.IsInf(r.N, 1) {
		return fmt.Errorf("\"%g\" of \"%g\" rows of the %s is no rate: counts are finite, and none exceeds the rows", r.K, r.N, whose)
	}
	return nil
}

// thinned divides the rows by the dispersion.
func (r Rate) thinned(dispersion float64) Rate { return Rate{r.K / dispersion, r.N / dispersion} }

// exactBelow is the number of rows of a side below which P is that of Fisher's test.
const exactBelow = 40

// Rates compares two independent rates. The interval is Newcombe's hybrid score (1998, method 10). P is that of the
// pooled z-test, with fewer than 40 rows on a side Fisher's mid-p. Insufficient where a side has no rows.
func Rates(champion, challenger Rate, o Options) (Difference, error) {
	o, err := o.complete()
	if err != nil {
		return Difference{}, err
	}
	if err := champion.check("champion"); err != nil {
		return Difference{}, err
	}
	if err := challenger.check("challenger"); err != nil {
		return Difference{}, err
	}
	if champion.N <= 0 || challenger.N <= 0 {
		d := insufficient("one side has no rows")
		d.NChampion, d.NChallenger = champion.N, challenger.N
		return d, nil
	}
	d := Difference{Champion: champion.value(), Challenger: challenger.value(), NChampion: champion.N, NChallenger: challenger.N}
	d.Value = d.Challenger - d.Champion
	d.BoundLower, d.BoundUpper = d.Value, d.Value
	a, b := champion.thinned(o.Dispersion), challenger.thinned(o.Dispersion)
	if math.Min(a.N, b.N) < exactBelow {
		d.P = fisherMidP(b.K, b.N, a.K, a.N)
	} else if _, d.P = infer.TwoProportions(b.K, b.N, a.K, a.N); math.IsNaN(d.P) {
		d.P = 1
	}
	limits := infer.NewcombeDifference(b.K, b.N, a.K, a.N, o.Level)
	z := infer.Z(o.Level)
	d.decide(o, (d.Value-limits.Lower)/z, (limits.Upper-d.Value)/z, -1, 1)
	return d, nil
}

// fisherMidP is the two-sided p-value of Fisher's exact test in which tables as likely as the one seen count half.
// Counts are rounded.
func fisherMidP(k1, n1, k2, n2 float64) float64 {
	k1, n1, k2, n2 = math.Round(k1), math.Round(n1), math.Round(k2), math.Round(n2)
	k := k1 + k2
	log := func(i float64) float64 { return choose(n1, i) + choose(n2, k-i) - choose(n1+n2, k) }
	seen := log(k1)
	const tie = 1e-7
	p := 0.0
	for i := math.Max(0, k-n2); i <= math.Min(n1, k); i++ {
		switch chance := log(i); {
		case chance < seen-tie:
			p += math.Exp(chance)
		case chance <= seen+tie:
			p += math.Exp(chance) / 2
		}
	}
	return math.Min(1, p)
}

// choose is the logarithm of the binomial coefficient.
func choose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}
