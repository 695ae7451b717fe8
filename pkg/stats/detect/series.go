package detect

import (
	"fmt"
	"math"
)

// Series is a statistic over time: one value per window, oldest first.
type Series struct {
	// Values are the points; NaN means that there is none, which moves no
	// statistic.
	Values []float64
	// Errors are the points' own standard errors. A point whose error is not a
	// positive number is treated as missing. Nil means that no error is known: all
	// points are then equally certain, and the spread comes from the baseline.
	Errors []float64
}

// Stretch is a run of points: the indices from From up to, not including, To.
type Stretch struct{ From, To int }

// Empty says whether the stretch holds no points.
func (s Stretch) Empty() bool { return s.To <= s.From }

// Direction is the side on which a change counts.
type Direction string

// The directions.
const (
	Both Direction = "both" // the default
	Up   Direction = "up"   // only rises count
	Down Direction = "down" // only falls count
)

// Options say what is normal and how to look for a change. Without a target, a
// baseline has to be stated.
type Options struct {
	Method Method
	// Target is the mean when nothing is wrong. Nil means that it is estimated from
	// the baseline.
	Target *float64
	// Baseline is a stretch taken to be in control. Monitoring starts after it.
	Baseline Stretch
	// Frozen keeps the estimates at what the baseline gave. By default they go on
	// learning from each point after it was judged, up to the first alarm, which
	// makes the run length exact however short the baseline is.
	Frozen bool
	// Spread is the standard deviation of a point in units of its own error: 1 when
	// the errors are the whole truth, more with overdispersion; without errors it
	// is the standard deviation itself. 0 means that it is estimated from the
	// baseline; with a target and no baseline it is then 1, which needs errors.
	Spread    float64
	Direction Direction
	// Slack is CUSUM's k and Page-Hinkley's δ, in standard deviations; 0 means the
	// method's default. The change that is found fastest is twice the slack.
	Slack float64
	// Limit is CUSUM's h, Page-Hinkley's λ, EWMA's L or Shewhart's number of
	// standard deviations; 0 means the method's default.
	Limit float64
	// Weight is EWMA's λ, the weight of the newest point; 0 means 0.1.
	Weight float64
	// Delta is ADWIN's bound on the chance of a false alarm at a point; 0 means 0.002.
	Delta float64
}

// Defaults of the parameters that one method alone has.
const (
	defaultWeight = 0.1   // of EWMA
	defaultDelta  = 0.002 // of ADWIN
)

// complete checks the options against the series and fills in defaults.
func (o Options) complete(s Series) (Options, error) {
	m, err := find(o.Method)
	if err != nil {
		return o, err
	}
	if s.Errors != nil && len(s.Errors) != len(s.Values) {
		return o, fmt.Errorf("%d standard errors for %d points: give one each, or none", len(s.Errors), len(s.Values))
	}
	if o.Baseline.Empty() {
		o.Baseline = Stretch{}
	}
	if o.Baseline.From < 0 || o.Baseline.To > len(s.Values) {
		return o, fmt.Errorf("the baseline from point %d to %d lies outside the %d points: choose a stretch of the series", o.Baseline.From, o.Baseline.To, len(s.Values))
	}
	if o.Target != nil && (math.IsNaN(*o.Target) || math.IsInf(*o.Target, 0)) {
		return o, fmt.Errorf("target \"%g\" is not a number: give one, or leave it out to estimate it from a baseline", *o.Target)
	}
	if o.Target == nil && o.Baseline.Empty() {
		return o, fmt.Errorf("there is neither a target nor a baseline: say what is normal with one of them")
	}
	if o.Spread < 0 || math.IsNaN(o.Spread) || math.IsInf(o.Spread, 0) {
		return o, fmt.Errorf("spread \"%g\" is not a positive number: leave it out to estimate it from the baseline", o.Spread)
	}
	if o.Spread == 0 && o.Baseline.Empty() {
		if s.Errors == nil {
			return o, fmt.Errorf("nothing says how much the points vary: give a baseline, standard errors or a spread")
		}
		o.Spread = 1
	}
	return o.withDefaults(m.info)
}

func (o Options) withDefaults(info MethodInfo) (Options, error) {
	if info.Name == WesternElectric {
		o.Limit = info.Limit // its patterns are fixed
	}
	switch o.Direction {
	case "":
		o.Direction = Both
	case Both, Up, Down:
	default:
		return o, fmt.Errorf("direction %q is unknown: use both, up or down", string(o.Direction))
	}
	for _, p := range []struct {
		name    string
		value   *float64
		initial float64
		below   float64
	}{
		{"slack", &o.Slack, info.Slack, math.Inf(1)},
		{"limit", &o.Limit, info.Limit, math.Inf(1)},
		{"weight", &o.Weight, defaultWeight, 1 + 1e-12},
		{"delta", &o.Delta, defaultDelta, 1},
	} {
		if *p.value == 0 {
			*p.value = p.initial
		}
		if !(*p.value >= 0 && *p.value < p.below) {
			return o, fmt.Errorf("%s \"%g\" is out of range: leave it out for %g", p.name, *p.value, p.initial)
		}
	}
	return o, nil
}
