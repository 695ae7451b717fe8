package estimate

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/calibrate"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// Stratum is a segment of the traffic: its labelled past and its unlabelled present, in the same buckets of scores.
type Stratum struct {
	Name      string
	Reference classify.Binned // labelled rows
	Current   []float64       // rows per bucket whose labels are not known
}

// present is what is expected of the current rows of a bucket.
type present struct {
	rows      float64
	positives float64 // expected
	smoothed  float64 // expected with half a row of each class added to the labelled rows, never 0 nor all rows
	variance  float64 // of the positives that the labels will show, less those expected
}

// shares maps every bucket to the share of positives: the isotonic fit to the labelled rows (Ayer et al. 1955). It
// depends on the order of the scores alone, so they need not be probabilities. A bucket without labelled rows is
// given the mean of its neighbours. False when there are no labelled rows.
func shares(reference classify.Binned) ([]float64, bool, error) {
	edges := make([]float64, len(reference.Edges))
	for i := range edges {
		edges[i] = float64(i) / float64(len(reference.Positives))
	}
	order, err := classify.NewBinned(edges, reference.Positives, reference.Negatives)
	if err != nil {
		return nil, false, err
	}
	steps, err := calibrate.Isotonic(order)
	if err != nil || len(steps) == 0 {
		return nil, false, err
	}
	out := make([]float64, len(reference.Positives))
	for k := range out {
		middle := (edges[k] + edges[k+1]) / 2
		before, after := math.NaN(), math.NaN()
		for _, step := range steps {
			if step.Lower < middle {
				before = step.Recalibrated
			}
			if step.Upper > middle && math.IsNaN(after) {
				after = step.Recalibrated
			}
		}
		switch {
		case math.IsNaN(before):
			out[k] = after
		case math.IsNaN(after):
			out[k] = before
		default:
			out[k] = (before + after) / 2
		}
	}
	return out, true, nil
}

// expect adds up, over the strata, what is expected of each bucket. A stratum without labelled rows borrows those of
// all strata; borrowed counts these strata.
func expect(strata []Stratum) (buckets []present, unseen float64, borrowed int, err error) {
	pooled, err := pool(strata)
	if err != nil {
		return nil, 0, 0, err
	}
	buckets = make([]present, len(pooled.Positives))
	for _, s := range strata {
		reference := s.Reference
		if labelled(reference) <= 0 && labelled(pooled) > 0 && total(s.Current) > 0 {
			reference = pooled
			borrowed++
		}
		positive, ok, err := shares(reference)
		if err != nil {
			return nil, 0, 0, err
		}
		if !ok {
			continue
		}
		for k, n := range s.Current {
			rows := reference.Positives[k] + reference.Negatives[k]
			if rows <= 0 {
				unseen += n
			}
			smooth := (positive[k]*rows + 0.5) / (rows + 1)
			buckets[k].rows += n
			buckets[k].positives += n * positive[k]
			buckets[k].smoothed += n * smooth
			buckets[k].variance += n * smooth * (1 - smooth) * (1 + n/(rows+1))
		}
	}
	return buckets, unseen, borrowed, nil
}

// pool adds the labelled rows of all strata, which must have the same buckets.
func pool(strata []Stratum) (classify.Binned, error) {
	if len(strata) == 0 {
		return classify.Binned{}, fmt.Errorf("there is nothing to estimate from: give at least one stratum")
	}
	first := strata[0].Reference
	positives, negatives := make([]float64, len(first.Positives)), make([]float64, len(first.Positives))
	for _, s := range strata {
		b, err := classify.NewBinned(s.Reference.Edges, s.Reference.Positives, s.Reference.Negatives)
		if err != nil {
			return classify.Binned{}, fmt.Errorf("stratum %q: %w", s.Name, err)
		}
		if len(s.Current) != len(b.Positives) {
			return classify.Binned{}, fmt.Errorf("stratum %q has %d buckets of current rows and %d of labelled ones: bring both to the same edges", s.Name, len(s.Current), len(b.Positives))
		}
		if err := counts(s.Current, "current rows"); err != nil {
			return classify.Binned{}, fmt.Errorf("stratum %q: %w", s.Name, err)
		}
		if !sameEdges(b.Edges, first.Edges) {
			return classify.Binned{}, fmt.Errorf("stratum %q has other buckets than stratum %q: bring all to the same edges", s.Name, strata[0].Name)
		}
		for k := range positives {
			positives[k] += b.Positives[k]
			negatives[k] += b.Negatives[k]
		}
	}
	return classify.NewBinned(first.Edges, positives, negatives)
}

func counts(values []float64, what string) error {
	for i, v := range values {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("count \"%g\" of %s at position %d is not a number of rows: counts are finite and not negative", v, what, i)
		}
	}
	return nil
}

func sameEdges(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameEdge(a[i], b[i]) {
			return false
		}
	}
	return true
}

// sameEdge allows for the rounding of an edge that was written as text.
func sameEdge(a, b float64) bool {
	return a == b || !math.IsInf(a-b, 0) && math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b))
}

func labelled(b classify.Binned) float64 {
	positives, negatives := b.Totals()
	return positives + negatives
}

func total(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum
}
