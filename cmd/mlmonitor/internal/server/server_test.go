package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

func get(t *testing.T, address string, into any) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: status %s", address, response.Status)
	}
	envelope := struct {
		Status string
		Data   any
	}{Data: into}
	if err := json.NewDecoder(response.Body).Decode(&envelope); err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
	if envelope.Status != "success" {
		t.Fatalf("GET %s: status %q", address, envelope.Status)
	}
}

func TestServerAnswersThePrometheusAPI(t *testing.T) {
	s, err := Start(Options{Lookback: time.Hour, Metadata: []Metadata{{"demo_total", "counter", "Things counted."}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	start := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	app := s.Appender(context.Background())
	for i := range 200 {
		at := start.Add(time.Duration(i) * 30 * time.Minute).UnixMilli()
		if _, err := app.Append(0, labels.FromStrings(model.MetricNameLabel, "demo_total", "path", `a"b\c`), at, float64(i)); err != nil {
			t.Fatal(err)
		}
		native := &histogram.Histogram{Schema: 0, Count: uint64(i), Sum: float64(i), PositiveSpans: []histogram.Span{{Length: 1}}, PositiveBuckets: []int64{int64(i)}}
		if _, err := app.AppendHistogram(0, labels.FromStrings(model.MetricNameLabel, "demo_seconds"), at, native, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}

	at := "2001-01-03T00:10:00Z"
	t.Run("an instant query looks back over the scrape interval", func(t *testing.T) {
		var data struct {
			Result []struct{ Value [2]any }
		}
		get(t, s.URL()+"/api/v1/query?time="+at+"&query=demo_total", &data)
		if len(data.Result) != 1 || data.Result[0].Value[1] != "96" {
			t.Errorf("got %v, want one sample of 96", data.Result)
		}
	})
	t.Run("a range query reads native histograms", func(t *testing.T) {
		var data struct {
			Result []struct{ Histograms []any }
		}
		get(t, s.URL()+"/api/v1/query_range?start=2001-01-02T00:00:00Z&end="+at+"&step=3600&query=demo_seconds", &data)
		if len(data.Result) != 1 || len(data.Result[0].Histograms) != 25 {
			t.Errorf("got %v, want one series of 25 histograms", data.Result)
		}
	})
	t.Run("labels, values, series, metadata and build are served", func(t *testing.T) {
		var values []string
		get(t, s.URL()+"/api/v1/label/path/values", &values)
		if len(values) != 1 || values[0] != `a"b\c` {
			t.Errorf("label values %q", values)
		}
		var series []map[string]string
		get(t, s.URL()+"/api/v1/series?match[]="+url.QueryEscape(`{path=~".+"}`), &series)
		if len(series) != 1 {
			t.Errorf("series %v", series)
		}
		var metadata map[string][]struct{ Type string }
		get(t, s.URL()+"/api/v1/metadata", &metadata)
		if got := metadata["demo_total"]; len(got) != 1 || got[0].Type != "counter" {
			t.Errorf("metadata %v", metadata)
		}
		var build struct{ Version string }
		get(t, s.URL()+"/api/v1/status/buildinfo", &build)
		if build.Version != Version {
			t.Errorf("version %q", build.Version)
		}
		var rules struct{ Groups []any }
		get(t, s.URL()+"/api/v1/rules", &rules)
		if len(rules.Groups) != 0 {
			t.Errorf("rules %v", rules)
		}
	})
}
