package rank

import (
	"math"
)

// Sums are those of the rows of two features: the counters that make a row-wise correlation computable.
type Sums struct {
	N, X, Y, XX, YY, XY float64
}

// Rows is the correlation of two features over the rows, from the sums of their products:
//
//	(Σxy - ΣxΣy/n)/√((Σx² - (Σx)²/n)·(Σy² - (Σy)²/n))
//
// with Fisher's (1921) interval and Student's P for n rows, divided by the dispersion where rows come in clusters
// (infer.Dispersion; below 1, or NaN, means 1). Sums of large values that hardly vary cancel: features should be
// centred before they are multiplied and exported. Undefined, with a Reason, for fewer than four rows, or where the
// sums leave no variance; where they contradict each other (windows that do not match to the row) by up to one part in
// a thousand, the correlation is cut to [-1, 1], beyond that it is undefined.
func Rows(s Sums, dispersion, level float64) Correlation {
	n := s.N
	if !(dispersion > 1) {
		dispersion = 1
	}
	switch {
	case math.IsNaN(n + s.X + s.Y + s.XX + s.YY + s.XY):
		return undefined(n, "a sum is not known")
	case n/dispersion < 4:
		return undefined(n, "fewer than four independent rows are known")
	}
	xx, yy := s.XX-s.X*s.X/n, s.YY-s.Y*s.Y/n
	// Below this, what is left of the squares is their rounding.
	const rounding = 1e-12
	if xx <= rounding*s.XX || yy <= rounding*s.YY {
		return undefined(n, "the sums leave no variance")
	}
	r := (s.XY - s.X*s.Y/n) / math.Sqrt(xx) / math.Sqrt(yy)
	const slack = 1e-3
	if math.Abs(r) > 1+slack {
		return undefined(n, "the sums contradict each other: they are not of the same rows")
	}
	r = clamp(r)
	effective := n / dispersion
	c := fisher(r, 1/math.Sqrt(effective-3), level)
	c.N, c.EffectiveN, c.P = n, effective, studentP(r, effective)
	return c
}
