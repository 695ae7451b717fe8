package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"golang.org/x/sync/errgroup"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/plugin"
)

// The data: a day of one instance whose model has many features, scraped as
// usual, with a reference that ships with the model.
const (
	features = 200
	buckets  = 20
	windows  = 288
	step     = 5 * time.Minute
	width    = time.Hour
	scrape   = 15 * time.Second
)

var end = time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)

// BenchmarkQueryPath compares one query's whole path with what it cannot be
// faster than, and with the usual way of reading counts:
//
//	path      a drift heatmap of all features over a day, windows of an hour
//	          every five minutes: parse, plan, read, decode, compute, encode as
//	          Arrow; nothing is cached
//	http      the plain requests behind it (a long range is one request, not two
//	          halves), side by side, read to the end and thrown away
//	halves    the requests as they are sent, likewise
//	increase  the request for the same counts by increase(), likewise
func BenchmarkQueryPath(b *testing.B) {
	prometheus := fill(b)
	instance, err := plugin.NewDatasource(b.Context(), backend.DataSourceInstanceSettings{
		UID: "bench", Type: plugin.ID, URL: prometheus.URL(), JSONData: []byte(`{"cacheMegabytes": 0, "timeout": 600}`),
	})
	if err != nil {
		b.Fatal(err)
	}
	datasource := instance.(*plugin.Datasource)
	b.Cleanup(datasource.Dispose)

	recorded := &recorder{}
	if rows, columns := query(b, recorded.listen(b.Context()), datasource); rows != windows || columns != features+1 {
		b.Fatalf("the heatmap has %d windows and %d fields, want %d and %d", rows, columns, windows, features+1)
	}
	b.Run("path", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			query(b, b.Context(), datasource)
		}
	})
	bare := func(name string, requests []request) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(send(b, requests))/1e6, "MB/op")
			}
		})
	}
	bare("http", plain(b, recorded.requests))
	bare("halves", recorded.requests)
	bare("increase", []request{rangeRequest(prometheus.URL(), `sum by (feature, le) (increase(ml_feature_value_bucket{model="bench"}[1h]))`)})
}

// query asks for the heatmap and gives its size.
func query(b *testing.B, ctx context.Context, d *plugin.Datasource) (rows, fields int) {
	resp, err := d.QueryData(ctx, &backend.QueryDataRequest{Queries: []backend.DataQuery{{
		RefID: "A", Interval: step, MaxDataPoints: 2 * windows,
		TimeRange: backend.TimeRange{From: end.Add(-windows * step), To: end},
		JSON:      []byte(`{"analysis": "drift", "model": "bench", "format": "heatmap", "window": "1h", "baseline": {"kind": "reference"}, "options": {"top": 0}}`),
	}}})
	if err != nil {
		b.Fatal(err)
	}
	answer := resp.Responses["A"]
	if answer.Error != nil {
		b.Fatal(answer.Error)
	}
	if _, err := answer.Frames.MarshalArrow(); err != nil {
		b.Fatal(err)
	}
	frame := answer.Frames[0]
	if rows, err = frame.RowLen(); err != nil {
		b.Fatal(err)
	}
	return rows, len(frame.Fields)
}

// request is an HTTP request that can be sent again.
type request struct {
	method, url string
	header      http.Header
	body        []byte
}

// recorder notes what the plugin sends.
type recorder struct {
	mu       sync.Mutex
	requests []request
}

func (r *recorder) listen(ctx context.Context) context.Context {
	return httpclient.WithContextualMiddleware(ctx, httpclient.MiddlewareFunc(func(_ httpclient.Options, next http.RoundTripper) http.RoundTripper {
		return httpclient.RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
			var body []byte
			if req.Body != nil {
				var err error
				if body, err = io.ReadAll(req.Body); err != nil {
					return nil, err
				}
				req.Body = io.NopCloser(bytes.NewReader(body))
			}
			r.mu.Lock()
			r.requests = append(r.requests, request{req.Method, req.URL.String(), req.Header.Clone(), body})
			r.mu.Unlock()
			return next.RoundTrip(req)
		})
	}))
}

// plain puts the halves of ranges together again.
func plain(b *testing.B, requests []request) []request {
	var out []request
	forms := map[string]url.Values{}
	for _, r := range requests {
		form, err := url.ParseQuery(string(r.body))
		if err != nil {
			b.Fatal(err)
		}
		key := r.url + "\x00" + form.Get("query") + "\x00" + form.Get("step")
		if known, ok := forms[key]; ok {
			known.Set("start", strconv.FormatFloat(min(number(b, known, "start"), number(b, form, "start")), 'f', -1, 64))
			known.Set("end", strconv.FormatFloat(max(number(b, known, "end"), number(b, form, "end")), 'f', -1, 64))
			continue
		}
		forms[key] = form
		out = append(out, r)
	}
	for i, r := range out {
		form, _ := url.ParseQuery(string(r.body))
		key := r.url + "\x00" + form.Get("query") + "\x00" + form.Get("step")
		out[i].body = []byte(forms[key].Encode())
	}
	return out
}

func number(b *testing.B, form url.Values, name string) float64 {
	v, err := strconv.ParseFloat(form.Get(name), 64)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// send sends requests side by side and gives the bytes of their answers.
func send(b *testing.B, requests []request) int64 {
	sizes := make([]int64, len(requests))
	group, ctx := errgroup.WithContext(b.Context())
	for i, r := range requests {
		group.Go(func() error {
			req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
			if err != nil {
				return err
			}
			req.Header = r.header.Clone()
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				return fmt.Errorf("%s: status %s", r.url, resp.Status)
			}
			sizes[i], err = io.Copy(io.Discard, resp.Body)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	total := int64(0)
	for _, n := range sizes {
		total += n
	}
	return total
}

func rangeRequest(base, expr string) request {
	form := url.Values{
		"query": {expr}, "step": {strconv.Itoa(int(step.Seconds()))},
		"start": {strconv.FormatInt(end.Add(-(windows-1)*step).Unix(), 10)}, "end": {strconv.FormatInt(end.Unix(), 10)},
	}
	return request{
		http.MethodPost, base + "/api/v1/query_range",
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form.Encode()),
	}
}

// fill starts a server and writes the data into it.
func fill(b *testing.B) *server.Server {
	began := time.Now()
	s, err := server.Start(server.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	all := makeFeatures()
	// A little more than the windows, so that the first edge has a value.
	for at := end.Add(-windows*step - width - time.Minute); !at.After(end); at = at.Add(scrape) {
		// The reference never changes: it is written as often as it takes to be current.
		fixed := at.Truncate(time.Minute).Equal(at)
		app := s.Appender(b.Context())
		for _, f := range all {
			if err := f.scrape(app, at.UnixMilli(), fixed); err != nil {
				b.Fatal(err)
			}
		}
		if err := app.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d series are filled in %s", s.Series(), time.Since(began).Round(time.Second))
	return s
}

// feature is a histogram of one feature and its reference.
type feature struct {
	random *rand.Rand
	live   []one // buckets, then count and sum
	fixed  []one
}

// one is a series.
type one struct {
	labels labels.Labels
	ref    storage.SeriesRef
	value  float64
}

func makeFeatures() []*feature {
	all := make([]*feature, features)
	for i := range all {
		f := &feature{random: rand.New(rand.NewPCG(1, uint64(i)))}
		name := fmt.Sprintf("feature_%03d", i)
		for k := range buckets {
			le := "+Inf"
			if k < buckets-1 {
				le = strconv.FormatFloat(float64(k+1)/buckets, 'f', -1, 64)
			}
			f.live = append(f.live, one{labels: series("ml_feature_value_bucket", name, "le", le, "instance", "scorer:8080")})
			f.fixed = append(f.fixed, one{labels: series("ml_reference_feature_value_bucket", name, "le", le, "reference", "training"), value: float64(500 * (k + 1))})
		}
		for _, part := range []string{"_count", "_sum"} {
			f.live = append(f.live, one{labels: series("ml_feature_value"+part, name, "instance", "scorer:8080")})
			f.fixed = append(f.fixed, one{labels: series("ml_reference_feature_value"+part, name, "reference", "training"), value: 500 * buckets})
		}
		all[i] = f
	}
	return all
}

func series(name, feature string, more ...string) labels.Labels {
	return labels.FromStrings(append([]string{"__name__", name, "model", "bench", "version", "v1", "feature", feature}, more...)...)
}

// scrape observes about 30 predictions and writes what a scrape would find.
func (f *feature) scrape(app storage.Appender, at int64, fixed bool) error {
	sum, grown := 0.0, 0.0
	for k := range buckets {
		n := float64(f.random.IntN(4))
		grown += n
		sum += n * (float64(k) + 0.5) / buckets
		f.live[k].value += grown
	}
	f.live[buckets].value += grown
	f.live[buckets+1].value += sum
	lists := [][]one{f.live}
	if fixed {
		lists = append(lists, f.fixed)
	}
	for _, list := range lists {
		for i := range list {
			var err error
			if list[i].ref, err = app.Append(list[i].ref, list[i].labels, at, list[i].value); err != nil {
				return err
			}
		}
	}
	return nil
}
