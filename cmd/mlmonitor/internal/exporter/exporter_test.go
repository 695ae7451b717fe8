package exporter

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// recorder keeps what a scrape wrote, by series.
type recorder struct {
	storage.Appender
	values  map[string][]float64
	natives map[string][]*histogram.Histogram
}

func newRecorder() *recorder {
	return &recorder{values: map[string][]float64{}, natives: map[string][]*histogram.Histogram{}}
}

func (r *recorder) Append(_ storage.SeriesRef, l labels.Labels, _ int64, v float64) (storage.SeriesRef, error) {
	r.values[l.String()] = append(r.values[l.String()], v)
	return 1, nil
}

func (r *recorder) AppendHistogram(_ storage.SeriesRef, l labels.Labels, _ int64, h *histogram.Histogram, _ *histogram.FloatHistogram) (storage.SeriesRef, error) {
	r.natives[l.String()] = append(r.natives[l.String()], h)
	return 1, nil
}

func TestClassicHistogram(t *testing.T) {
	target := NewTarget("models", "a:80")
	h := target.Histogram("ml_feature_value", []float64{-1, 0, 10}, "feature", "x")
	for _, x := range []float64{-5, -1, -0.5, 10, 10.5} {
		h.Observe(x)
	}
	r := newRecorder()
	if err := target.Scrape(r, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		`{__name__="ml_feature_value_bucket", feature="x", instance="a:80", job="models", le="-1.0"}`: 2,
		`{__name__="ml_feature_value_bucket", feature="x", instance="a:80", job="models", le="0.0"}`:  3,
		`{__name__="ml_feature_value_bucket", feature="x", instance="a:80", job="models", le="10.0"}`: 4,
		`{__name__="ml_feature_value_bucket", feature="x", instance="a:80", job="models", le="+Inf"}`: 5,
		`{__name__="ml_feature_value_sum", feature="x", instance="a:80", job="models"}`:               14,
		`{__name__="ml_feature_value_count", feature="x", instance="a:80", job="models"}`:             5,
		`{__name__="up", instance="a:80", job="models"}`:                                              1,
	}
	for series, x := range want {
		if got := r.values[series]; !slices.Equal(got, []float64{x}) {
			t.Errorf("%s = %v, want %v", series, got, x)
		}
	}
	if len(r.values) != len(want) {
		t.Errorf("%d series, want %d", len(r.values), len(want))
	}
}

func TestNativeHistogram(t *testing.T) {
	target := NewTarget("models", "a:80")
	h := target.NativeHistogram("ml_score", "class", "1")
	values := []float64{-2, 0, 0.5, 0.52, 1, 1, 8}
	sum := 0.0
	for _, x := range values {
		h.Observe(x)
		sum += x
	}
	s := h.snapshot()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if s.Count != uint64(len(values)) || s.Sum != sum || s.ZeroCount != 1 {
		t.Errorf("count %d, sum %v, zeros %d", s.Count, s.Sum, s.ZeroCount)
	}
	for it := s.PositiveBucketIterator(); it.Next(); {
		b := it.At()
		n := 0
		for _, x := range values {
			if x > b.Lower && x <= b.Upper {
				n++
			}
		}
		if int(b.Count) != n {
			t.Errorf("bucket (%v, %v] holds %d, want %d", b.Lower, b.Upper, b.Count, n)
		}
	}
}

func TestLifeOfATarget(t *testing.T) {
	target := NewTarget("models", "a:80")
	counter, gauge := target.Counter("c_total"), target.Gauge("g")
	native := target.NativeHistogram("n")
	gauge.Set(7)
	r := newRecorder()
	at := time.Unix(0, 0)
	scrape := func() {
		t.Helper()
		at = at.Add(time.Minute)
		if err := target.Scrape(r, at); err != nil {
			t.Fatal(err)
		}
	}
	scrape()
	counter.Add(3)
	native.Observe(1)
	scrape()
	target.Restart()
	scrape()
	target.SetDown(true)
	scrape()
	scrape()
	target.SetDown(false)
	scrape()
	if err := target.Disappear(r, at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}

	stale := math.Float64frombits(value.StaleNaN)
	for series, want := range map[string][]float64{
		"c_total": {0, 3, 0, stale, 0, stale},
		"g":       {7, 7, 7, stale, 7, stale},
		"up":      {1, 1, 1, 0, 0, 1, stale},
	} {
		got := r.values[`{__name__="`+series+`", instance="a:80", job="models"}`]
		same := slices.EqualFunc(got, want, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
		if !same {
			t.Errorf("%s = %v, want %v", series, got, want)
		}
	}
	natives := r.natives[`{__name__="n", instance="a:80", job="models"}`]
	if len(natives) != 6 || natives[1].Count != 1 || natives[2].Count != 0 || !value.IsStaleNaN(natives[3].Sum) {
		t.Errorf("native histograms %v", natives)
	}
}
