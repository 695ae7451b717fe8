package prometheus

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

func TestTheBenchmarksDecodersAgree(t *testing.T) {
	payload := benchPayload()
	c, err := NewClient(&http.Client{Transport: inMemory(payload)}, Config{URL: "http://server:9090"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.QueryRange(context.Background(), benchRange)
	if err != nil {
		t.Fatal(err)
	}
	client, err := api.NewClient(api.Config{Address: "http://server:9090", RoundTripper: inMemory(payload)})
	if err != nil {
		t.Fatal(err)
	}
	value, _, _, err := v1.NewAPI(client).QueryRange(context.Background(), benchRange.Expr, v1.Range{Start: benchRange.Start, End: benchRange.End, Step: benchRange.Step})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Bytes != int64(len(bytes.TrimSpace(payload))) {
		t.Errorf("read %d bytes of %d", answer.Bytes, len(payload))
	}
	for i, stream := range value.(model.Matrix) {
		for name, v := range stream.Metric {
			if answer.Series[i].Get(string(name)) != string(v) {
				t.Fatalf("series %d is %s, want %s", i, answer.Series[i], stream.Metric)
			}
		}
		for k, sample := range stream.Values {
			if answer.Value(i, k) != float64(sample.Value) || answer.Time(k) != int64(sample.Timestamp) {
				t.Fatalf("series %d step %d is %v, want %v", i, k, answer.Value(i, k), sample.Value)
			}
		}
	}
}
