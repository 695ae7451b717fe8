package counts

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// fakeSample is one scraped value; stale marks the series as gone.
type fakeSample struct {
	at     int64
	value  float64
	native *prometheus.NativeSample
	stale  bool
}

type fakeSeries struct {
	labels  map[string]string
	samples []fakeSample
}

// fakeServer answers the few expressions that the exact read sends, by the rules
// of Prometheus: five minutes of staleness, left-open ranges. The integration
// tests run the same read against the real engine.
type fakeServer struct {
	series []fakeSeries
}

var fakeExpr = regexp.MustCompile(`^(?:(resets|last_over_time)\()?(.*?)(?:\[(\d+)ms\])?\)?$`)

func (s *fakeServer) QueryRange(_ context.Context, r prometheus.Range) (*prometheus.Answer, error) {
	expr, _, _ := strings.Cut(r.Expr, " or ")
	m := fakeExpr.FindStringSubmatch(expr)
	function, selector, width := m[1], m[2], int64(0)
	if m[3] != "" {
		width, _ = strconv.ParseInt(m[3], 10, 64)
	}
	start, step := r.Start.UnixMilli(), r.Step.Milliseconds()
	steps := int((r.End.UnixMilli()-start)/step) + 1
	out := &prometheus.Answer{Start: start, Step: step, Steps: steps}
	sels := []string{selector}
	if strings.Contains(r.Expr, " or ") {
		sels = append(sels, fakeExpr.FindStringSubmatch(strings.SplitN(r.Expr, " or ", 2)[1])[2])
	}
	for _, text := range sels {
		for _, series := range s.find(text) {
			row := make([]float64, steps)
			any := false
			index := len(out.Series)
			for k := range row {
				row[k] = prometheus.Absent()
				at := start + int64(k)*step
				switch function {
				case "":
					if sample, ok := series.current(at); ok {
						any = true
						if sample.native != nil {
							h := *sample.native
							h.Series, h.Step = index, k
							out.Histograms = append(out.Histograms, h)
						} else {
							row[k] = sample.value
						}
					}
				case "resets":
					if in := series.within(at-width, at); len(in) > 0 {
						any = true
						row[k] = 0
						for i := 1; i < len(in); i++ {
							if in[i].size() < in[i-1].size() {
								row[k]++
							}
						}
					}
				default:
					panic("unexpected expression: " + r.Expr)
				}
			}
			if any {
				labels := series.labels
				if function == "resets" {
					labels = without(labels, prometheus.NameLabel)
				}
				out.Series = append(out.Series, prometheus.NewLabels(labels))
				out.Values = append(out.Values, row...)
			}
		}
	}
	return out, nil
}

func (s *fakeServer) QueryInstant(_ context.Context, expr string, at time.Time) (*prometheus.Answer, error) {
	m := fakeExpr.FindStringSubmatch(expr)
	out := &prometheus.Answer{Start: at.UnixMilli(), Step: 1, Steps: 1}
	for _, series := range s.find(m[2]) {
		sample, ok := series.current(at.UnixMilli())
		if m[1] == "last_over_time" {
			width, _ := strconv.ParseInt(m[3], 10, 64)
			in := series.within(at.UnixMilli()-width, at.UnixMilli())
			if ok = len(in) > 0; ok {
				sample = in[len(in)-1]
			}
		}
		if !ok {
			continue
		}
		value := sample.value
		if sample.native != nil {
			h := *sample.native
			h.Series, h.Step = len(out.Series), 0
			out.Histograms = append(out.Histograms, h)
			value = prometheus.Absent()
		}
		out.Series = append(out.Series, prometheus.NewLabels(series.labels))
		out.Values = append(out.Values, value)
	}
	return out, nil
}

func (s *fakeServer) QueryRaw(_ context.Context, expr string, at time.Time) (*prometheus.Raw, error) {
	m := fakeExpr.FindStringSubmatch(expr)
	width, _ := strconv.ParseInt(m[3], 10, 64)
	out := &prometheus.Raw{}
	for _, series := range s.find(m[2]) {
		raw := prometheus.RawSeries{Labels: prometheus.NewLabels(series.labels)}
		for _, sample := range series.within(at.UnixMilli()-width, at.UnixMilli()) {
			if sample.native != nil {
				raw.HistogramTimes = append(raw.HistogramTimes, sample.at)
				raw.Histograms = append(raw.Histograms, *sample.native)
			} else {
				raw.Times = append(raw.Times, sample.at)
				raw.Values = append(raw.Values, sample.value)
			}
		}
		if len(raw.Times)+len(raw.HistogramTimes) > 0 {
			out.Series = append(out.Series, raw)
		}
	}
	return out, nil
}

func (s *fakeServer) find(selector string) []fakeSeries {
	parsed, err := prometheus.ParseSelector(selector)
	if err != nil {
		panic(fmt.Sprintf("the read sent %q, which does not parse: %v", selector, err))
	}
	if parsed.Metric != "" {
		parsed.Matchers = append(parsed.Matchers, prometheus.Matcher{Label: prometheus.NameLabel, Op: prometheus.Equal, Value: parsed.Metric})
	}
	var out []fakeSeries
	for _, series := range s.series {
		if !slices.ContainsFunc(parsed.Matchers, func(m prometheus.Matcher) bool { return !accepts(m, series.labels[m.Label]) }) {
			out = append(out, series)
		}
	}
	return out
}

func accepts(m prometheus.Matcher, value string) bool {
	switch m.Op {
	case prometheus.Equal:
		return value == m.Value
	case prometheus.NotEqual:
		return value != m.Value
	}
	return regexp.MustCompile("^(?s:"+m.Value+")$").MatchString(value) == (m.Op == prometheus.Like)
}

// current is the sample that counts as the value at a time.
func (s fakeSeries) current(at int64) (fakeSample, bool) {
	i := sort.Search(len(s.samples), func(i int) bool { return s.samples[i].at > at }) - 1
	if i < 0 || s.samples[i].stale || at-s.samples[i].at >= staleness.Milliseconds() {
		return fakeSample{}, false
	}
	return s.samples[i], true
}

// within are the samples in (after, to].
func (s fakeSeries) within(after, to int64) []fakeSample {
	var out []fakeSample
	for _, sample := range s.samples {
		if sample.at > after && sample.at <= to && !sample.stale {
			out = append(out, sample)
		}
	}
	return out
}

func (s fakeSample) size() float64 {
	if s.native != nil {
		return s.native.Count
	}
	return s.value
}

func without(labels map[string]string, name string) map[string]string {
	out := make(map[string]string, len(labels))
	for k, v := range labels {
		if k != name {
			out[k] = v
		}
	}
	return out
}
