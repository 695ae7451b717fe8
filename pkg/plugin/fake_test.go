package plugin

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// fake stands in for the server.
type fake struct {
	read   func(ctx context.Context, requests []counts.Request) ([]counts.Data, error)
	values func(request counts.ValuesRequest) ([]string, bool, error)
	probe  func() (counts.Probe, error)
}

func (f fake) Read(ctx context.Context, requests []counts.Request, _ map[string]string) ([]counts.Data, error) {
	return f.read(ctx, requests)
}

func (f fake) Values(_ context.Context, request counts.ValuesRequest) ([]string, bool, error) {
	return f.values(request)
}

func (f fake) Probe(context.Context, []string) (counts.Probe, error) { return f.probe() }

func with(f fake) *Datasource {
	return &Datasource{reader: f, profile: profile.Convention(), close: func() {}}
}

// outcomes answers every request with the same confusion matrix: 40 right and 5
// wrong of each class, in every window.
func outcomes(_ context.Context, requests []counts.Request) ([]counts.Data, error) {
	out := make([]counts.Data, len(requests))
	for i, r := range requests {
		g := counts.TallyGroup{Labels: map[string]string{}, Keys: [][]string{{"no", "no"}, {"no", "yes"}, {"yes", "no"}, {"yes", "yes"}}}
		for range r.Windows.Number {
			g.Cells = append(g.Cells, 40, 5, 5, 40)
		}
		out[i] = counts.Data{
			Request: r, Tallies: []counts.TallyGroup{g}, Queries: []string{"ml_outcomes_total"},
			Notices: []counts.Notice{{Text: "One gap was bridged."}},
		}
	}
	return out, nil
}

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// ask sends queries, given as JSON by refId, in one request.
func ask(ctx context.Context, d *Datasource, headers map[string]string, queries map[string]string) backend.Responses {
	req := &backend.QueryDataRequest{Headers: headers}
	for refID, q := range queries {
		req.Queries = append(req.Queries, backend.DataQuery{
			RefID: refID, JSON: json.RawMessage(q), Interval: time.Minute, MaxDataPoints: 100,
			TimeRange: backend.TimeRange{From: noon.Add(-time.Hour), To: noon},
		})
	}
	resp, err := d.QueryData(ctx, req)
	if err != nil {
		panic(err)
	}
	return resp.Responses
}

func one(t *testing.T, d *Datasource, query string) backend.DataResponse {
	t.Helper()
	return ask(t.Context(), d, nil, map[string]string{"A": query})["A"]
}

// expectError checks that an answer is an error of that status and source which
// says what is wanted.
func expectError(t *testing.T, got backend.DataResponse, status backend.Status, source backend.ErrorSource, want string) {
	t.Helper()
	if got.Error == nil {
		t.Fatalf("no error; want one with %q", want)
	}
	if !strings.Contains(got.Error.Error(), want) {
		t.Errorf("the error is %q, want one with %q", got.Error, want)
	}
	if got.Status != status || got.ErrorSource != source {
		t.Errorf("status %d of %s, want %d of %s", got.Status, got.ErrorSource, status, source)
	}
}

const matrixQuery = `{"analysis": "confusion_matrix", "model": "fraud"}`
