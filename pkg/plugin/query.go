package plugin

import (
	"context"
	"runtime/debug"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// defaultSideBySide is how many queries of one request run at once where Grafana
// does not say.
const defaultSideBySide = 10

// QueryData answers the queries of one request side by side. A query that fails,
// or even panics, fails alone.
func (d *Datasource) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	alert := req.Headers[fromAlert] == "true"
	answers := make([]backend.DataResponse, len(req.Queries))
	slots := make(chan struct{}, sideBySide(req))
	var running sync.WaitGroup
	for i, q := range req.Queries {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			answers[i] = d.guarded(ctx, q, alert)
		})
	}
	running.Wait()
	resp := backend.NewQueryDataResponse()
	for i, q := range req.Queries {
		resp.Responses[q.RefID] = answers[i]
	}
	return resp, nil
}

// fromAlert marks a request that an alert rule makes.
const fromAlert = "FromAlert"

func sideBySide(req *backend.QueryDataRequest) int {
	if cfg := req.PluginContext.GrafanaConfig; cfg != nil {
		if n, err := cfg.ConcurrentQueryCount(); err == nil && n > 0 {
			return n
		}
	}
	return defaultSideBySide
}

func (d *Datasource) guarded(ctx context.Context, q backend.DataQuery, alert bool) (answer backend.DataResponse) {
	defer func() {
		if cause := recover(); cause != nil {
			backend.Logger.FromContext(ctx).Error("A query panicked", "refId", q.RefID, "cause", cause, "stack", string(debug.Stack()))
			answer = failed(panicked(cause))
		}
	}()
	return d.answer(ctx, q, alert)
}
