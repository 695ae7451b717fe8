package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Paired counts rows that both versions predicted, where a counter says which of the two was right (shadow mode).
type Paired struct {
	Both, OnlyChampion, OnlyChallenger, Neither float64
}

// McNemar compares the accuracy of two versions on the same rows: only the rows matter on which one alone was right
// (McNemar 1947). P is the binomial mid-p, which holds its level without being too strict (Fagerland, Lydersen and
// Laake 2013). The interval is that of Bonett and Price (2012): with b and c rows of the two kinds out of n,
//
//	(c - b)/(n + 2) ± z·√((p₁ + p₂ - (p₁ - p₂)²)/(n + 2)),   p₁ = (b + 1)/(n + 2), p₂ = (c + 1)/(n + 2).
//
// Insufficient without rows.
func McNemar(rows Paired, o Options) (Difference, error) {
	o, err := o.complete()
	if err != nil {
		return Difference{}, err
	}
	for _, count := range []float64{rows.Both, rows.OnlyChampion, rows.OnlyChallenger, rows.Neither} {
		if !(count >= 0) || math.IsInf(count, 1) {
			return Difference{}, fmt.Errorf("count \"%g\" of paired outcomes is not a number of rows: counts are finite and not negative", count)
		}
	}
	n := rows.Both + rows.OnlyChampion + rows.OnlyChallenger + rows.Neither
	if n <= 0 {
		return insufficient("there are no rows that both versions predicted"), nil
	}
	b, c, m := rows.OnlyChampion/o.Dispersion, rows.OnlyChallenger/o.Dispersion, n/o.Dispersion
	d := Difference{Champion: (rows.Both + rows.OnlyChampion) / n, Challenger: (rows.Both + rows.OnlyChallenger) / n, NChampion: n, NChallenger: n}
	d.Value = (rows.OnlyChallenger - rows.OnlyChampion) / n
	d.BoundLower, d.BoundUpper = d.Value, d.Value
	d.P = binomialMidP(b, c)
	p1, p2 := (b+1)/(m+2), (c+1)/(m+2)
	standardError := math.Sqrt((p1 + p2 - (p1-p2)*(p1-p2)) / (m + 2))
	// The interval's centre is a little nearer to 0 than the difference.
	shift := (p2 - p1 - d.Value) / oneLook{o.Level}.margin(1)
	d.decide(o, math.Max(0, standardError-shift), math.Max(0, standardError+shift), -1, 1)
	return d, nil
}

// binomialMidP is the two-sided mid-p of b against c in b+c fair tosses, rounded.
func binomialMidP(b, c float64) float64 {
	b, c = math.Round(b), math.Round(c)
	n, least := b+c, math.Min(b, c)
	if b == c {
		return 1
	}
	toss := distuv.Binomial{N: n, P: 0.5}
	return math.Min(1, 2*toss.CDF(least)-toss.Prob(least))
}
