package exporter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// Target is one process that a Prometheus would scrape. Its series exist from
// the moment they are made here, with the value 0 until something happens.
// A Target is not safe for concurrent use.
type Target struct {
	job, instance string
	up            *Value
	series        []*series
	resets        []func()
	flushes       []func()
	down          bool
}

// series is one stored time series: a number, or a native histogram if native
// is set.
type series struct {
	labels labels.Labels
	ref    storage.SeriesRef
	value  float64
	native *Native
}

// NewTarget is a process that carries the labels job and instance, as a scrape
// would add them.
func NewTarget(job, instance string) *Target {
	t := &Target{job: job, instance: instance}
	t.up = t.Gauge("up")
	return t
}

// Instance is the target's instance label.
func (t *Target) Instance() string { return t.instance }

// Value is one counter or gauge.
type Value struct{ s *series }

// Add increases a counter. Adding something negative is allowed, since sums of
// signed things fall.
func (v *Value) Add(x float64) { v.s.value += x }

// Set sets a gauge.
func (v *Value) Set(x float64) { v.s.value = x }

// Counter makes a counter; labels are name, value, name, value...
func (t *Target) Counter(name string, labelPairs ...string) *Value {
	s := t.add(name, labelPairs)
	t.resets = append(t.resets, func() { s.value = 0 })
	return &Value{s}
}

// Gauge makes a gauge, which keeps its value over a restart (the process sets
// it again before it is scraped).
func (t *Target) Gauge(name string, labelPairs ...string) *Value {
	return &Value{t.add(name, labelPairs)}
}

func (t *Target) add(name string, labelPairs []string) *series {
	if len(labelPairs)%2 != 0 {
		panic(fmt.Sprintf("labels of %s: %q has no value", name, labelPairs[len(labelPairs)-1]))
	}
	builder := labels.NewScratchBuilder(len(labelPairs)/2 + 3)
	builder.Add(model.MetricNameLabel, name)
	builder.Add("job", t.job)
	builder.Add("instance", t.instance)
	for i := 0; i < len(labelPairs); i += 2 {
		// An empty value is the same as no label at all.
		if labelPairs[i+1] != "" {
			builder.Add(labelPairs[i], labelPairs[i+1])
		}
	}
	builder.Sort()
	s := &series{labels: builder.Labels()}
	t.series = append(t.series, s)
	return s
}

// Restart sets every counter and histogram to zero, as a new process has them.
func (t *Target) Restart() {
	for _, reset := range t.resets {
		reset()
	}
}

// SetDown makes scrapes fail (up = 0, everything else stale) until it is set
// to false again.
func (t *Target) SetDown(down bool) { t.down = down }

// Scrape appends the present value of every series at a time. The first scrape
// after the process went down writes staleness markers, as Prometheus does.
func (t *Target) Scrape(app storage.Appender, at time.Time) error {
	if !t.down {
		t.up.Set(1)
		for _, flush := range t.flushes {
			flush()
		}
		return t.write(app, at, false)
	}
	wasUp := t.up.s.value == 1
	t.up.Set(0)
	if wasUp {
		return t.write(app, at, true)
	}
	return t.up.s.append(app, at.UnixMilli(), false)
}

// Disappear writes staleness markers for every series, up included, as
// Prometheus does when service discovery forgets a target.
func (t *Target) Disappear(app storage.Appender, at time.Time) error {
	t.up.Set(math.Float64frombits(value.StaleNaN))
	return t.write(app, at, true)
}

func (t *Target) write(app storage.Appender, at time.Time, stale bool) error {
	ms := at.UnixMilli()
	for _, s := range t.series {
		if err := s.append(app, ms, stale && s != t.up.s); err != nil {
			return fmt.Errorf("appending %s at %s: %w", s.labels, at.UTC().Format(time.RFC3339), err)
		}
	}
	return nil
}

func (s *series) append(app storage.Appender, ms int64, stale bool) (err error) {
	switch {
	case stale && s.native != nil:
		s.ref, err = app.AppendHistogram(s.ref, s.labels, ms, &histogram.Histogram{Sum: math.Float64frombits(value.StaleNaN)}, nil)
	case stale:
		s.ref, err = app.Append(s.ref, s.labels, ms, math.Float64frombits(value.StaleNaN))
	case s.native != nil:
		s.ref, err = app.AppendHistogram(s.ref, s.labels, ms, s.native.snapshot(), nil)
	default:
		s.ref, err = app.Append(s.ref, s.labels, ms, s.value)
	}
	return err
}

// bound formats an upper bound as Prometheus 3 stores it in the label le:
// always a float, so "1.0" and not "1".
func bound(x float64) string {
	if math.IsInf(x, 1) {
		return "+Inf"
	}
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(s, ".eE") {
		s += ".0"
	}
	return s
}
