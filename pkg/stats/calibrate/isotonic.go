package calibrate

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// Step is a piece of the recalibration map: scores in (Lower, Upper] should have been Recalibrated.
type Step struct {
	Lower, Upper float64
	N            float64
	Recalibrated float64 // share of positives in the step
}

// Isotonic is the recalibration map that never falls with the score: shares of positives per bucket, pooled by
// adjacent violators until they ascend (Ayer et al. 1955), which is the maximum likelihood under that order. Buckets
// without rows belong to no step.
func Isotonic(b classify.Binned) ([]Step, error) {
	s, err := probabilities(b)
	if err != nil {
		return nil, err
	}
	return s.isotonic(), nil
}

func (s scores) isotonic() []Step {
	var steps []Step
	for _, k := range s.buckets {
		if k.n() <= 0 {
			continue
		}
		steps = append(steps, Step{k.lower, k.upper, k.n(), k.positives / k.n()})
		for len(steps) > 1 {
			last, before := steps[len(steps)-1], steps[len(steps)-2]
			if before.Recalibrated < last.Recalibrated {
				break
			}
			n := before.N + last.N
			pooled := Step{before.Lower, last.Upper, n, (before.N*before.Recalibrated + last.N*last.Recalibrated) / n}
			steps = append(steps[:len(steps)-2], pooled)
		}
	}
	return steps
}

// Consistent is the decomposition of the Brier score by the recalibration map (CORP: Dimitriadis, Gneiting and Jordan
// 2021), which needs no choice of bins:
//
//	Brier = Miscalibration - Discrimination + Uncertainty
type Consistent struct {
	Brier          float64
	Miscalibration float64 // what recalibration would gain: small is good
	Discrimination float64 // what the recalibrated scores gain over always saying the share of positives: large is good
	Uncertainty    float64 // observed·(1 - observed): of the outcomes, not of the model
	N              float64
	Reason         string // why there are none
}

// DecomposeConsistent splits the Brier score by the recalibration map of the buckets. Recalibration inside a bucket
// is not seen, so both parts are lower than from the single rows.
func DecomposeConsistent(b classify.Binned) (Consistent, error) {
	s, err := probabilities(b)
	if err != nil {
		return Consistent{}, err
	}
	n := s.n()
	if n <= 0 {
		nan := math.NaN()
		return Consistent{nan, nan, nan, nan, 0, s.none().Reason}, nil
	}
	overall := s.positives / n
	c := Consistent{Brier: s.brier(), Uncertainty: overall * (1 - overall), N: n}
	recalibrated := 0.0
	for _, step := range s.isotonic() {
		recalibrated += step.N / n * step.Recalibrated * (1 - step.Recalibrated)
	}
	c.Miscalibration = c.Brier - recalibrated
	c.Discrimination = c.Uncertainty - recalibrated
	return c, nil
}
