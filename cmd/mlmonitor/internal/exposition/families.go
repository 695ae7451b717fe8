package exposition

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"google.golang.org/protobuf/proto"
)

// samples is a storage.Appender that keeps what a scrape appends; it has the
// methods only that simulated processes call.
type samples struct {
	storage.Appender
	numbers []number
	natives []native
}

type number struct {
	labels labels.Labels
	value  float64
}

type native struct {
	labels    labels.Labels
	histogram *histogram.Histogram
}

// Append implements storage.Appender. Staleness markers stand for series that
// are not exposed; up is the scraper's to tell.
func (s *samples) Append(_ storage.SeriesRef, l labels.Labels, _ int64, v float64) (storage.SeriesRef, error) {
	if !value.IsStaleNaN(v) && l.Get(model.MetricNameLabel) != "up" {
		s.numbers = append(s.numbers, number{l, v})
	}
	return 0, nil
}

// AppendHistogram implements storage.Appender.
func (s *samples) AppendHistogram(_ storage.SeriesRef, l labels.Labels, _ int64, h *histogram.Histogram, _ *histogram.FloatHistogram) (storage.SeriesRef, error) {
	if !value.IsStaleNaN(h.Sum) {
		s.natives = append(s.natives, native{l, h})
	}
	return 0, nil
}

// families gathers the samples into metric families, sorted by name: buckets,
// sums and counts become histograms again, names that end in _total counters,
// all others gauges.
func (s *samples) families() []*dto.MetricFamily {
	all := gathering{families: map[string]*dto.MetricFamily{}, histograms: map[string]*dto.Histogram{}}
	bucketed := map[string]bool{}
	for _, n := range s.numbers {
		if base, found := strings.CutSuffix(n.labels.Get(model.MetricNameLabel), "_bucket"); found && n.labels.Has(labels.BucketLabel) {
			bucketed[base] = true
		}
	}
	for _, n := range s.numbers {
		name := n.labels.Get(model.MetricNameLabel)
		if base, part := histogramPart(name, bucketed); base != "" {
			all.histogramPart(base, part, n)
			continue
		}
		if strings.HasSuffix(name, "_total") {
			all.add(name, dto.MetricType_COUNTER, n.labels).Counter = &dto.Counter{Value: proto.Float64(n.value)}
			continue
		}
		all.add(name, dto.MetricType_GAUGE, n.labels).Gauge = &dto.Gauge{Value: proto.Float64(n.value)}
	}
	for _, n := range s.natives {
		all.add(n.labels.Get(model.MetricNameLabel), dto.MetricType_HISTOGRAM, n.labels).Histogram = nativeHistogram(n.histogram)
	}
	out := make([]*dto.MetricFamily, 0, len(all.families))
	for _, name := range slices.Sorted(maps.Keys(all.families)) {
		out = append(out, all.families[name])
	}
	return out
}

// histogramPart splits the name of a classic histogram's series.
func histogramPart(name string, bucketed map[string]bool) (base, part string) {
	for _, part := range []string{"_bucket", "_sum", "_count"} {
		if base, found := strings.CutSuffix(name, part); found && bucketed[base] {
			return base, part
		}
	}
	return "", ""
}

type gathering struct {
	families   map[string]*dto.MetricFamily
	histograms map[string]*dto.Histogram // classic, by name and labels
}

func (g gathering) add(name string, kind dto.MetricType, l labels.Labels) *dto.Metric {
	family := g.families[name]
	if family == nil {
		family = &dto.MetricFamily{Name: proto.String(name), Type: kind.Enum()}
		g.families[name] = family
	}
	metric := &dto.Metric{}
	l.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel && l.Name != labels.BucketLabel {
			metric.Label = append(metric.Label, &dto.LabelPair{Name: proto.String(l.Name), Value: proto.String(l.Value)})
		}
	})
	family.Metric = append(family.Metric, metric)
	return metric
}

func (g gathering) histogramPart(base, part string, n number) {
	key := base + "\xff" + labels.NewBuilder(n.labels).Del(model.MetricNameLabel, labels.BucketLabel).Labels().String()
	h := g.histograms[key]
	if h == nil {
		h = &dto.Histogram{}
		g.histograms[key] = h
		g.add(base, dto.MetricType_HISTOGRAM, n.labels).Histogram = h
	}
	switch part {
	case "_sum":
		h.SampleSum = proto.Float64(n.value)
	case "_count":
		h.SampleCount = proto.Uint64(uint64(n.value))
	default:
		// The exporter wrote the bound itself, so it can be read.
		bound, _ := strconv.ParseFloat(n.labels.Get(labels.BucketLabel), 64)
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: proto.Float64(bound), CumulativeCount: proto.Uint64(uint64(n.value))})
	}
}

func nativeHistogram(h *histogram.Histogram) *dto.Histogram {
	return &dto.Histogram{
		SampleCount:   proto.Uint64(h.Count),
		SampleSum:     proto.Float64(h.Sum),
		Schema:        proto.Int32(h.Schema),
		ZeroThreshold: proto.Float64(h.ZeroThreshold),
		ZeroCount:     proto.Uint64(h.ZeroCount),
		PositiveSpan:  spans(h.PositiveSpans), PositiveDelta: h.PositiveBuckets,
		NegativeSpan: spans(h.NegativeSpans), NegativeDelta: h.NegativeBuckets,
	}
}

func spans(in []histogram.Span) []*dto.BucketSpan {
	out := make([]*dto.BucketSpan, len(in))
	for i, s := range in {
		out[i] = &dto.BucketSpan{Offset: proto.Int32(s.Offset), Length: proto.Uint32(s.Length)}
	}
	return out
}
