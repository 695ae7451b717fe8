package quality

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Novelty is a category that is on one side only.
type Novelty struct {
	Category string
	// Vanished tells a category of the baseline that is gone from a new one.
	Vanished bool
	// Count is how often the side that has it saw it, Share of how many, and Upper
	// the rule of three for the side that has it not: the largest share there that
	// its absence allows, 1 − α^(1/n), about 3/n.
	Count float64
	Share Share
	Upper float64
	// P is the chance of the absence if both sides had the same share:
	// (n_with/(n_with + n_without))^count.
	P float64
	// MinimumN is the n of the side without it at which its absence would mean
	// something: n_with·(α^(−1/count) − 1).
	MinimumN float64
	// Verdict is drift when the absence cannot be chance, else insufficient.
	Verdict drift.Verdict
}

// Categories is what is new and what is gone.
type Categories struct {
	Novelties []Novelty
	// New is the share of observations in new categories against what Good and
	// Turing expect of the baseline: the share of its categories seen once.
	New Change
}

// CompareCategories finds the categories that appeared and vanished, in the order
// given, and judges the share of observations that new ones hold. Leave out a
// category that pools others ("__other__").
//
// References: Good (1953), Biometrika 40; Esty (1983), Annals of Statistics 11;
// Hanley and Lippman-Hand (1983), JAMA 249 (rule of three).
func CompareCategories(categories []string, current, baseline []float64, o Options) (Categories, error) {
	o, err := o.complete(defaultTolerated)
	if err != nil {
		return Categories{}, err
	}
	if len(current) != len(categories) || len(baseline) != len(categories) {
		return Categories{}, fmt.Errorf("%d categories have %d current and %d baseline counts: give one of each", len(categories), len(current), len(baseline))
	}
	if err := validCounts(append(append([]float64{}, current...), baseline...)...); err != nil {
		return Categories{}, err
	}
	var n, m, fresh, once, twice float64
	for i := range categories {
		n += current[i]
		m += baseline[i]
		if baseline[i] == 0 {
			fresh += current[i]
		}
		switch math.Round(baseline[i]) {
		case 1:
			once++
		case 2:
			twice++
		}
	}
	var c Categories
	for i, name := range categories {
		var novelty Novelty
		switch {
		case n == 0 || m == 0:
			continue
		case current[i] > 0 && baseline[i] == 0:
			novelty, err = newNovelty(current[i], n, m, o)
		case baseline[i] > 0 && current[i] == 0:
			novelty, err = newNovelty(baseline[i], m, n, o)
			novelty.Vanished = true
		default:
			continue
		}
		if err != nil {
			return c, err
		}
		novelty.Category = name
		c.Novelties = append(c.Novelties, novelty)
	}
	c.New, err = newMass(fresh, n, once, twice, m, o)
	return c, err
}

func newNovelty(count, with, without float64, o Options) (Novelty, error) {
	share, err := NewShare(count, with, o)
	alpha := (1 - o.Level) / 2
	effective := count / o.Dispersion
	v := Novelty{
		Count: count, Share: share,
		Upper:    -math.Expm1(math.Log(alpha) * o.Dispersion / without),
		P:        math.Exp(effective * math.Log(with/(with+without))),
		MinimumN: math.Ceil(with * math.Expm1(-math.Log(alpha)/effective) * (1 - 1e-12)),
		Verdict:  drift.Insufficient,
	}
	if v.P <= alpha {
		v.Verdict = drift.Drift
	}
	return v, err
}

// newMass compares the share in new categories with Good and Turing's estimate of
// the baseline's unseen mass, f1/m, whose variance (f1 + 2·f2)/m² (Esty, to first
// order) sets the n at which a share would have that variance.
func newMass(fresh, n, once, twice, m float64, o Options) (Change, error) {
	current, err := NewShare(fresh, n, o)
	if err != nil {
		return Change{}, err
	}
	c := Change{Current: current, Tolerated: o.Tolerated, Baseline: noShare("The baseline has no observations.")}
	if n == 0 || m == 0 {
		return c.unknown("There are no observations on one of the sides."), nil
	}
	ratio := 1.0
	if once > 0 {
		ratio = once / (once + 2*twice)
	}
	return CompareShares(fresh, n, once*ratio, m*ratio, o)
}

// RuleOfThree is the largest share of a category that n observations without it
// allow at a level: 1 − (1 − level)^(1/n), about 3/n at 95 %.
func RuleOfThree(n, level float64) float64 { return infer.ClopperPearson(0, n, 2*level-1).Upper }
