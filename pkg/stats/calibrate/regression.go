package calibrate

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Line is the logistic recalibration logit P(y=1) = Intercept + Slope·logit(score) (Cox 1958), with Wald intervals.
type Line struct {
	Slope     classify.Estimate // 1 is right; below 1 the scores are too extreme, above 1 too timid
	Intercept classify.Estimate // at the fitted slope
	InLarge   classify.Estimate // intercept with the slope held at 1: 0 is right, above 0 the scores are too low
}

// Regress fits the recalibration line by maximum likelihood, with every row at the mean score of its bucket.
func Regress(b classify.Binned, level float64) (Line, error) {
	s, err := probabilities(b)
	if err != nil {
		return Line{}, err
	}
	n := s.n()
	none := func(reason string) classify.Estimate {
		nan := math.NaN()
		return classify.Estimate{Value: nan, Lower: nan, Upper: nan, N: n, Reason: reason}
	}
	all := func(reason string) Line { return Line{none(reason), none(reason), none(reason)} }
	switch {
	case n <= 0:
		return all(s.none().Reason), nil
	case s.positives <= 0 || s.negatives <= 0:
		return all("all rows are of one class"), nil
	}
	var points []point
	for _, k := range s.equalWidth(0) {
		if k.n > 0 {
			points = append(points, point{logit(k.mean()), k.n, k.positives})
		}
	}
	z := infer.Z(level)
	estimate := func(value, variance float64) classify.Estimate {
		half := z * math.Sqrt(variance)
		return classify.Estimate{Value: value, Lower: value - half, Upper: value + half, N: n}
	}
	var line Line
	inLarge, ok := fit(points, false)
	line.InLarge = none("the intercept did not converge")
	if ok {
		line.InLarge = estimate(inLarge.intercept, inLarge.interceptVariance)
	}
	if len(points) < 2 {
		line.Slope, line.Intercept = none("all rows are in one bucket"), none("all rows are in one bucket")
		return line, nil
	}
	both, ok := fit(points, true)
	if !ok {
		const separated = "one score parts the classes, so no slope is steep enough"
		line.Slope, line.Intercept = none(separated), none(separated)
		return line, nil
	}
	line.Slope = estimate(both.slope, both.slopeVariance)
	line.Intercept = estimate(both.intercept, both.interceptVariance)
	return line, nil
}

// point is a bucket on the logit scale.
type point struct{ x, n, positives float64 }

type solution struct{ intercept, slope, interceptVariance, slopeVariance float64 }

// fit finds the maximum of the likelihood, which is concave, by Newton's method with halved steps; the slope stays 1
// unless free. False if there is no maximum at finite values.
func fit(points []point, free bool) (solution, bool) {
	likelihood := func(a, b float64) float64 {
		total := 0.0
		for _, p := range points {
			eta := a + b*p.x
			total += p.positives*eta - p.n*softplus(eta)
		}
		return total
	}
	a, b := 0.0, 1.0
	current := likelihood(a, b)
	for range 100 {
		var ga, gb, haa, hab, hbb float64
		for _, p := range points {
			mean := 1 / (1 + math.Exp(-a-b*p.x))
			residual, weight := p.positives-p.n*mean, p.n*mean*(1-mean)
			ga += residual
			gb += residual * p.x
			haa += weight
			hab += weight * p.x
			hbb += weight * p.x * p.x
		}
		da, db := ga/haa, 0.0
		inverse := solution{a, b, 1 / haa, 0}
		if free {
			determinant := haa*hbb - hab*hab
			if !(determinant > 1e-12*haa*hbb) {
				return solution{}, false
			}
			da, db = (hbb*ga-hab*gb)/determinant, (haa*gb-hab*ga)/determinant
			inverse.interceptVariance, inverse.slopeVariance = hbb/determinant, haa/determinant
		}
		if math.IsNaN(da) || math.IsNaN(db) || math.Abs(a)+math.Abs(b) > 1e3 {
			return solution{}, false
		}
		if math.Abs(da) <= 1e-11*(1+math.Abs(a)) && math.Abs(db) <= 1e-11*(1+math.Abs(b)) {
			return inverse, true
		}
		step := 1.0
		next := likelihood(a+da, b+db)
		for next < current-1e-12*math.Abs(current) && step > 1e-6 {
			step /= 2
			next = likelihood(a+step*da, b+step*db)
		}
		a, b, current = a+step*da, b+step*db, next
	}
	return solution{}, false
}

// softplus is ln(1 + e^x) without overflow.
func softplus(x float64) float64 {
	return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

// logit is ln(p/(1-p)), with scores of 0 and 1 cut to a millionth from them.
func logit(p float64) float64 {
	const edge = 1e-6
	p = math.Min(1-edge, math.Max(edge, p))
	return math.Log(p / (1 - p))
}
