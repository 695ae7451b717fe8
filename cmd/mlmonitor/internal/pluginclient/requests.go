package pluginclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc/status"
)

// DataSource is a data source as it is set up in Grafana.
type DataSource struct {
	// URL of the Prometheus-compatible server.
	URL string
	// JSONData are the settings; nil means none.
	JSONData json.RawMessage
	// Secure are the secrets (httpHeaderValue1, basicAuthPassword...).
	Secure map[string]string
	// BasicAuthUser turns on basic authentication.
	BasicAuthUser string
}

// Query is one query of a panel.
type Query struct {
	RefID         string
	JSON          json.RawMessage
	From, To      time.Time
	Interval      time.Duration
	MaxDataPoints int64
}

// updated stands for the time when the settings were last saved: a process
// serves one set of settings per data source.
var updated = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (d DataSource) context() backend.PluginContext {
	settings := d.JSONData
	if len(settings) == 0 {
		settings = json.RawMessage("{}")
	}
	return backend.PluginContext{
		OrgID:    1,
		PluginID: PluginID,
		DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{
			ID: 1, UID: "mlmonitor", Type: PluginID, Name: "ML Monitor",
			URL:                     d.URL,
			BasicAuthEnabled:        d.BasicAuthUser != "",
			BasicAuthUser:           d.BasicAuthUser,
			JSONData:                settings,
			DecryptedSecureJSONData: d.Secure,
			Updated:                 updated,
		},
		GrafanaConfig: backend.NewGrafanaCfg(map[string]string{}),
	}
}

// Query answers queries of one panel together. An error is one of the plugin
// process; a query that failed has its error in its response.
func (p *Plugin) Query(ctx context.Context, source DataSource, queries ...Query) (backend.Responses, error) {
	request := &pluginv2.QueryDataRequest{
		PluginContext: backend.ToProto().PluginContext(source.context()),
		Headers:       map[string]string{},
	}
	for _, q := range queries {
		request.Queries = append(request.Queries, &pluginv2.DataQuery{
			RefId:         q.RefID,
			Json:          q.JSON,
			MaxDataPoints: q.MaxDataPoints,
			IntervalMS:    q.Interval.Milliseconds(),
			TimeRange:     &pluginv2.TimeRange{FromEpochMS: q.From.UnixMilli(), ToEpochMS: q.To.UnixMilli()},
		})
	}
	answer, err := p.data.QueryData(ctx, request)
	if err != nil {
		return nil, readable(err)
	}
	converted, err := backend.FromProto().QueryDataResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("reading the plugin's frames: %w", err)
	}
	for _, q := range queries {
		if _, found := converted.Responses[q.RefID]; !found {
			return nil, fmt.Errorf("the plugin left query %q without an answer", q.RefID)
		}
	}
	return converted.Responses, nil
}

// CheckHealth is what "Save & test" does.
func (p *Plugin) CheckHealth(ctx context.Context, source DataSource) (*backend.CheckHealthResult, error) {
	answer, err := p.diagnostics.CheckHealth(ctx, &pluginv2.CheckHealthRequest{
		PluginContext: backend.ToProto().PluginContext(source.context()),
		Headers:       map[string]string{},
	})
	if err != nil {
		return nil, readable(err)
	}
	return backend.FromProto().CheckHealthResponse(answer), nil
}

// Resource gets a resource of the plugin, such as "values?kind=models", and
// decodes its JSON.
func (p *Plugin) Resource(ctx context.Context, source DataSource, path string, into any) error {
	code, body, err := p.CallResource(ctx, source, http.MethodGet, path)
	if err != nil {
		return err
	}
	if code != http.StatusOK {
		return fmt.Errorf("the plugin's resource %q answers with status %d: %s", path, code, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the plugin's resource %q: %w", path, err)
	}
	return nil
}

// CallResource calls a resource of the plugin and returns its status and body.
func (p *Plugin) CallResource(ctx context.Context, source DataSource, method, url string) (int, []byte, error) {
	path, _, _ := strings.Cut(url, "?")
	stream, err := p.resource.CallResource(ctx, &pluginv2.CallResourceRequest{
		PluginContext: backend.ToProto().PluginContext(source.context()),
		Method:        method, Path: path, Url: url,
	})
	if err != nil {
		return 0, nil, readable(err)
	}
	code, body := 0, []byte(nil)
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return code, body, nil
		}
		if err != nil {
			return 0, nil, readable(err)
		}
		if code == 0 {
			code = int(part.Code)
		}
		body = append(body, part.Body...)
	}
}

// readable takes gRPC's words off an error of the plugin.
func readable(err error) error {
	if s, ok := status.FromError(err); ok {
		return fmt.Errorf("the plugin failed (%s): %s", s.Code(), s.Message())
	}
	return err
}
