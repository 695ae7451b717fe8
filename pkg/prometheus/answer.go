package prometheus

import "math"

// absentBits is the bit pattern by which Prometheus itself marks "no sample
// here" (its staleness marker). Answers over HTTP never contain it: there, every
// NaN is the text "NaN", which is decoded to Go's own NaN.
const absentBits = 0x7ff0000000000002

// Absent returns the value of an Answer where a series has no sample. It is a
// NaN, so arithmetic with it stays NaN, but the result of arithmetic is no
// longer recognised by IsAbsent.
func Absent() float64 { return math.Float64frombits(absentBits) }

// IsAbsent says that there is no sample, as opposed to a sample that is NaN.
func IsAbsent(v float64) bool { return math.Float64bits(v) == absentBits }

// Answer is what a range or an instant query gave, on a grid of times that is
// the same for all series.
type Answer struct {
	Start, Step int64 // of the grid, in milliseconds since 1970; step k is at Start + k·Step
	Steps       int

	// Series holds the label sets, each once, in the server's order.
	Series []Labels
	// Values holds len(Series)·Steps values: one row per series, one column per
	// step. Where a series has no sample, IsAbsent is true of the value.
	Values []float64
	// Histograms holds the samples that are native histograms, sorted by
	// series and step; Values is absent there.
	Histograms []NativeSample

	Warnings, Infos []string // what the server remarked
	Bytes           int64    // size of the body, after decompression
}

// Row returns the values of a series, one per step. The slice is the answer's own.
func (a *Answer) Row(series int) []float64 {
	return a.Values[series*a.Steps : (series+1)*a.Steps : (series+1)*a.Steps]
}

// Value returns the value of a series at a step.
func (a *Answer) Value(series, step int) float64 { return a.Values[series*a.Steps+step] }

// Present says that a series has a float sample at a step.
func (a *Answer) Present(series, step int) bool { return !IsAbsent(a.Value(series, step)) }

// Time is the time of a step, in milliseconds since 1970.
func (a *Answer) Time(step int) int64 { return a.Start + int64(step)*a.Step }

// NativeSample is a native histogram (exponential or with custom buckets) of
// one series at one time.
type NativeSample struct {
	Series int // index in Series
	Step   int // of the grid; in Raw, the index in the series' HistogramTimes
	// Count includes observations of NaN, which lie in no bucket. Sum is NaN once one was made.
	Count, Sum float64
	// Buckets holds the buckets that are not empty, ascending. The slice is part of an array that the samples share.
	Buckets []NativeBucket
}

// NativeBucket is one bucket of a native histogram: its count is its own, not cumulative.
type NativeBucket struct {
	Lower, Upper, Count float64
	Bounds              Bounds
}

// Bounds says which ends belong to a bucket.
type Bounds uint8

// The kinds of bounds, by the numbers that servers use for them.
const (
	OpenLeft  Bounds = 0 // (Lower, Upper]
	OpenRight Bounds = 1 // [Lower, Upper)
	BothOpen  Bounds = 2 // (Lower, Upper)
	Closed    Bounds = 3 // [Lower, Upper]
)

// Raw is what a query of a range vector gave: samples as they were scraped.
type Raw struct {
	Series          []RawSeries // each label set once, in the server's order
	Warnings, Infos []string
	Bytes           int64
}

// RawSeries holds the samples of one series, in ascending order of time. The
// slices are parts of arrays that all series share.
type RawSeries struct {
	Labels         Labels
	Times          []int64 // milliseconds since 1970
	Values         []float64
	HistogramTimes []int64
	Histograms     []NativeSample
}
