package rank

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Correlation is a correlation coefficient with its interval.
type Correlation struct {
	Value, Lower, Upper float64
	P                   float64 // of "no correlation"
	AdjustedP           float64 // P after Benjamini and Hochberg where there are many, else NaN
	N                   float64 // pairs of values
	EffectiveN          float64 // independent pairs that would tell as much
	Reason              string  // why it is undefined, in which case Value and limits are NaN
}

// Defined tells whether there is a correlation.
func (c Correlation) Defined() bool { return !math.IsNaN(c.Value) }

func undefined(n float64, reason string) Correlation {
	nan := math.NaN()
	return Correlation{nan, nan, nan, nan, nan, n, nan, reason}
}

const (
	tooFew   = "fewer than four pairs of values are known"
	noSpread = "one side does not vary"
)

// paired keeps the places at which both values are numbers.
func paired(x, y []float64) (a, b []float64, err error) {
	if len(x) != len(y) {
		return nil, nil, fmt.Errorf("%d and %d values cannot be paired: bring both to the same features or times", len(x), len(y))
	}
	for i := range x {
		if !math.IsNaN(x[i]+y[i]) && !math.IsInf(x[i], 0) && !math.IsInf(y[i], 0) {
			a, b = append(a, x[i]), append(b, y[i])
		}
	}
	return a, b, nil
}

// exactUpTo is the number of values without ties up to which Kendall's P is exact.
const exactUpTo = 33

// KendallTau is Kendall's tau-b (1945): pairs of features in the same order less pairs in opposite order, out of all
// that neither side ties. 1 is the same ranking, -1 its reverse.
//
// P is exact for up to 33 values without ties, else from the normal law with ties in its variance (Kendall 1970). The
// interval is Fisher's z with variance 0.437/(n - 4) (Fieller, Hartley and Pearson 1957), rough below about 10 values.
// Undefined with fewer than five pairs of values or where a side does not vary; NaN values are left out in pairs.
func KendallTau(x, y []float64, level float64) (Correlation, error) {
	x, y, err := paired(x, y)
	if err != nil {
		return Correlation{}, err
	}
	n := float64(len(x))
	if len(x) < 5 {
		return undefined(n, "fewer than five pairs of values are known"), nil
	}
	concordant, discordant, tiedX, tiedY := 0.0, 0.0, 0.0, 0.0
	for i := range x {
		for j := range i {
			switch product := sign(x[i]-x[j]) * sign(y[i]-y[j]); {
			case product > 0:
				concordant++
			case product < 0:
				discordant++
			}
			if x[i] == x[j] {
				tiedX++
			}
			if y[i] == y[j] {
				tiedY++
			}
		}
	}
	pairs := n * (n - 1) / 2
	if tiedX == pairs || tiedY == pairs {
		return undefined(n, noSpread), nil
	}
	tau := (concordant - discordant) / math.Sqrt((pairs-tiedX)*(pairs-tiedY))
	c := fisher(tau, math.Sqrt(0.437/(n-4)), level)
	c.N, c.EffectiveN = n, n
	if tiedX == 0 && tiedY == 0 && n <= exactUpTo {
		c.P = inversionP(len(x), math.Min(concordant, discordant))
	} else {
		c.P = 2 * infer.NormalSF(math.Abs(concordant-discordant)/math.Sqrt(kendallVariance(x, y)))
	}
	return c, nil
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// inversionP is the two-sided chance of so few discordant pairs or so many, by counting permutations by inversions.
func inversionP(n int, least float64) float64 {
	chances := []float64{1}
	for k := 2; k <= n; k++ {
		next := make([]float64, len(chances)+k-1)
		for i, chance := range chances {
			for shift := range k {
				next[i+shift] += chance / float64(k)
			}
		}
		chances = next
	}
	sum := 0.0
	for i := range chances {
		if float64(i) <= least {
			sum += chances[i]
		}
	}
	return math.Min(1, 2*sum)
}

// kendallVariance is that of the concordant less the discordant pairs if nothing is associated, with ties.
func kendallVariance(x, y []float64) float64 {
	n := float64(len(x))
	x0, x1, x2 := tieSums(x)
	y0, y1, y2 := tieSums(y)
	m := n * (n - 1)
	return (m*(2*n+5)-x2-y2)/18 + 2*x0*y0/m + x1*y1/(9*m*(n-2))
}

// tieSums are Σt(t-1)/2, Σt(t-1)(t-2) and Σt(t-1)(2t+5) over groups of t equal values.
func tieSums(values []float64) (pairs, triples, weighted float64) {
	groups := make(map[float64]float64, len(values))
	for _, v := range values {
		groups[v]++
	}
	for _, t := range groups {
		pairs += t * (t - 1) / 2
		triples += t * (t - 1) * (t - 2)
		weighted += t * (t - 1) * (2*t + 5)
	}
	return pairs, triples, weighted
}

// Spearman is the correlation of the ranks (1904), ties sharing their mean. P is that of Student's t with n - 2 degrees
// of freedom; the interval is Fisher's z with variance (1 + ρ²/2)/(n - 3) (Bonett and Wright 2000). Undefined with
// fewer than four pairs of values or where a side does not vary; NaN values are left out in pairs.
func Spearman(x, y []float64, level float64) (Correlation, error) {
	x, y, err := paired(x, y)
	if err != nil {
		return Correlation{}, err
	}
	n := float64(len(x))
	if n < 4 {
		return undefined(n, tooFew), nil
	}
	rho := pearson(ascending(x), ascending(y))
	if math.IsNaN(rho) {
		return undefined(n, noSpread), nil
	}
	c := fisher(rho, math.Sqrt((1+rho*rho/2)/(n-3)), level)
	c.N, c.EffectiveN, c.P = n, n, studentP(rho, n)
	return c, nil
}

// pearson is the product-moment correlation; NaN where a side does not vary.
func pearson(x, y []float64) float64 {
	meanX, meanY := mean(x), mean(y)
	var xx, yy, xy float64
	for i := range x {
		dx, dy := x[i]-meanX, y[i]-meanY
		xx += dx * dx
		yy += dy * dy
		xy += dx * dy
	}
	n := float64(len(x))
	if !varies(xx, meanX, n) || !varies(yy, meanY, n) {
		return math.NaN()
	}
	return clamp(xy / math.Sqrt(xx) / math.Sqrt(yy))
}

// varies tells a spread from the rounding of equal values.
func varies(squares, mean, n float64) bool {
	const rounding = 1e-14
	return squares > n*rounding*rounding*mean*mean && squares > 0
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func clamp(r float64) float64 { return math.Min(1, math.Max(-1, r)) }

// fisher is the interval on the scale of atanh, with the standard error there; a perfect correlation has none.
func fisher(r, standardError, level float64) Correlation {
	c := Correlation{Value: r, Lower: r, Upper: r, P: math.NaN(), AdjustedP: math.NaN()}
	if math.Abs(r) < 1 {
		half := infer.Z(level) * standardError
		c.Lower, c.Upper = math.Tanh(math.Atanh(r)-half), math.Tanh(math.Atanh(r)+half)
	}
	return c
}

// studentP is the two-sided P of a correlation of n independent pairs.
func studentP(r, n float64) float64 {
	if n <= 2 {
		return math.NaN()
	}
	if math.Abs(r) >= 1 {
		return 0
	}
	t := math.Abs(r) * math.Sqrt((n-2)/(1-r*r))
	return 2 * distuv.StudentsT{Sigma: 1, Nu: n - 2}.Survival(t)
}
