package detect

import (
	"fmt"
	"math"
)

// Alarm is a point at which a detector says that the series has changed.
type Alarm struct {
	// Index is the point at which the alarm was raised, Onset the point from which
	// on the series seems changed, at most Index.
	Index, Onset int
	// Direction is Up or Down.
	Direction Direction
	// Rule names the pattern that was seen, for a method that knows several.
	Rule string
	// Level is the mean of the points from Onset to Index, weighted by 1/error².
	Level float64
}

// Result is a series as a detector sees it. Slices have one entry per point; NaN
// where the point is missing or not monitored.
type Result struct {
	Method Method
	// Standardised are the points' distances from the mean in standard deviations.
	Standardised []float64
	// Rise and Fall are the detector's statistics against a rise and a fall.
	// Statistic is the greater of the two, a fall counted negative: one line
	// between −Limit and Limit.
	Rise, Fall, Statistic []float64
	// Limit is what the statistic must exceed for an alarm.
	Limit float64
	// Target is the mean that a point was held against, and Sigma the standard
	// deviation that its distance from it has, both in the series' own unit: a
	// control chart draws Target ± 3·Sigma.
	Target, Sigma []float64
	Alarms        []Alarm
	// Baseline and Monitored are the numbers of points that were learnt from before
	// monitoring, and that were monitored.
	Baseline, Monitored int
	// Spread is the standard deviation of the baseline's points in units of their
	// own errors: above 1 they vary more than their errors explain.
	Spread float64
	// RunLength is the mean number of monitored points until the first alarm while
	// nothing changes; NaN where it is not known for these options.
	RunLength float64
	// Reason says in a sentence why nothing could be monitored.
	Reason string
}

// detector is the moving part of a method. It sees the standardised points one
// by one and forgets what it has to after an alarm.
type detector interface {
	next(index int, z float64) reading
}

// reading is a detector's answer to one point. Direction is empty without an
// alarm; onset may then be anything.
type reading struct {
	rise, fall float64
	direction  Direction
	onset      int
	rule       string
}

// Run looks for changes in a series.
//
// Each point is standardised by its own error, so that a window of little
// traffic does not alarm, and by the spread of the baseline, so that
// overdispersion does not either. While nothing has changed, mean and spread
// keep learning from the points judged; from the first alarm on they stay as
// they were before its onset. With independent normal points the mean number
// of points to a first false alarm is RunLength, however short the baseline. A
// series that remembers (overlapping windows, a daily wave) alarms sooner.
func Run(s Series, o Options) (Result, error) {
	o, err := o.complete(s)
	if err != nil {
		return Result{}, err
	}
	m, err := find(o.Method)
	if err != nil {
		return Result{}, err
	}
	r := newResult(len(s.Values), o)
	ref := newReference(s, o)
	for i := o.Baseline.From; i < o.Baseline.To; i++ {
		if value, err, ok := s.point(i); ok {
			ref.learn(value, err)
			r.Baseline++
		}
	}
	if needs := ref.needs(); ref.points < needs {
		r.Reason = fmt.Sprintf("The baseline holds %.0f points; at least %.0f are needed to know what is normal.", ref.points, needs)
		return r, nil
	}
	if r.Spread, _ = ref.variability(); r.Spread == 0 {
		r.Reason = "The baseline's points are all equal, so there is no spread to compare with; give standard errors, a spread, or a longer baseline."
		return r, nil
	}
	r.monitor(s, o, ref, m.start(o))
	if r.Monitored == 0 {
		r.Reason = "There are no points after the baseline."
	}
	return r, nil
}

func newResult(n int, o Options) Result {
	r := Result{Method: o.Method, Limit: o.Limit, RunLength: RunLength(o, 0)}
	for _, slice := range []*[]float64{&r.Standardised, &r.Rise, &r.Fall, &r.Statistic, &r.Target, &r.Sigma} {
		*slice = make([]float64, n)
		for i := range *slice {
			(*slice)[i] = math.NaN()
		}
	}
	return r
}

func (r *Result) monitor(s Series, o Options, ref reference, d detector) {
	start, learning := ref, !o.Frozen
	for i := o.Baseline.To; i < len(s.Values); i++ {
		value, pointError, ok := s.point(i)
		if !ok {
			continue
		}
		r.Monitored++
		r.Target[i] = ref.center()
		r.Standardised[i], r.Sigma[i] = ref.judge(value, pointError)
		read := d.next(i, r.Standardised[i])
		r.Rise[i], r.Fall[i] = read.rise, read.fall
		r.Statistic[i] = read.signed(o.Direction)
		if read.direction == "" {
			if learning {
				ref.learn(value, pointError)
			}
			continue
		}
		r.Alarms = append(r.Alarms, Alarm{Index: i, Onset: read.onset, Direction: read.direction, Rule: read.rule, Level: s.mean(read.onset, i)})
		if learning { // the first alarm: forget what was learnt since its onset
			learning = false
			ref = start
			for j := o.Baseline.To; j < read.onset; j++ {
				if value, err, ok := s.point(j); ok {
					ref.learn(value, err)
				}
			}
		}
	}
}

func (r reading) signed(d Direction) float64 {
	switch {
	case d == Up, d == Both && r.rise >= r.fall:
		return r.rise
	default:
		return -r.fall
	}
}

// point gives a point and its error; false if it is missing.
func (s Series) point(i int) (value, err float64, ok bool) {
	value, err = s.Values[i], 1
	if s.Errors != nil {
		err = s.Errors[i]
	}
	ok = !math.IsNaN(value) && !math.IsInf(value, 0) && err > 0 && !math.IsInf(err, 1)
	return value, err, ok
}

// mean is the weighted mean of the points from one index to another, both
// included.
func (s Series) mean(from, to int) float64 {
	var sum, weight float64
	for i := from; i <= to; i++ {
		if value, err, ok := s.point(i); ok {
			sum += value / (err * err)
			weight += 1 / (err * err)
		}
	}
	return sum / weight
}
