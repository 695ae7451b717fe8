package pluginclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	sdkdatasource "github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// TestMain lets the test binary be the plugin process too.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "toy-plugin" {
		if err := sdkdatasource.Manage(PluginID, newToy, sdkdatasource.ManageOpts{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// toy is a data source that answers with what it was asked.
type toy struct {
	backend.CallResourceHandler
	settings backend.DataSourceInstanceSettings
}

func newToy(_ context.Context, settings backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /values", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"values":[%q]}`, r.URL.Query().Get("kind"))
	})
	return &toy{CallResourceHandler: httpadapter.New(mux), settings: settings}, nil
}

func (t *toy) QueryData(_ context.Context, request *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	answer := backend.NewQueryDataResponse()
	for _, q := range request.Queries {
		if strings.Contains(string(q.JSON), "panic") {
			panic("toy")
		}
		if strings.Contains(string(q.JSON), "fail") {
			answer.Responses[q.RefID] = backend.ErrDataResponse(backend.StatusBadRequest, "there is no such toy")
			continue
		}
		answer.Responses[q.RefID] = backend.DataResponse{Frames: data.Frames{data.NewFrame(string(q.JSON),
			data.NewField("from", nil, []time.Time{q.TimeRange.From}),
			data.NewField("url", data.Labels{"user": t.settings.BasicAuthUser}, []string{t.settings.URL}),
			data.NewField("interval", nil, []float64{q.Interval.Seconds()}),
		)}}
	}
	return answer, nil
}

func (t *toy) CheckHealth(context.Context, *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: t.settings.DecryptedSecureJSONData["basicAuthPassword"]}, nil
}

func TestPluginProcess(t *testing.T) {
	p, err := Start(Options{Path: os.Args[0], Args: []string{"toy-plugin"}, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	ctx := context.Background()
	source := DataSource{URL: "http://localhost:1", BasicAuthUser: "ada", Secure: map[string]string{"basicAuthPassword": "secret"}}
	from := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	query := func(refID, json string) Query {
		return Query{RefID: refID, JSON: []byte(json), From: from, To: from.Add(time.Hour), Interval: time.Minute, MaxDataPoints: 60}
	}

	t.Run("queries are answered side by side, one failing alone", func(t *testing.T) {
		responses, err := p.Query(ctx, source, query("A", `{"a":1}`), query("B", `{"fail":1}`))
		if err != nil {
			t.Fatal(err)
		}
		frame := responses["A"].Frames[0]
		if frame.Name != `{"a":1}` || !frame.At(0, 0).(time.Time).Equal(from) || frame.At(1, 0) != source.URL || frame.At(2, 0) != 60.0 || frame.Fields[1].Labels["user"] != "ada" {
			t.Errorf("frame %v", frame)
		}
		if b := responses["B"]; b.Error == nil || b.Status != backend.StatusBadRequest || b.Error.Error() != "there is no such toy" {
			t.Errorf("response %+v", b)
		}
	})
	t.Run("a panic is an error", func(t *testing.T) {
		responses, err := p.Query(ctx, source, query("A", `{"panic":1}`))
		if err == nil {
			err = responses["A"].Error
		}
		if err == nil {
			t.Error("no error")
		}
	})
	t.Run("health and resources are called", func(t *testing.T) {
		health, err := p.CheckHealth(ctx, source)
		if err != nil || health.Status != backend.HealthStatusOk || health.Message != "secret" {
			t.Errorf("health %+v, %v", health, err)
		}
		var values struct{ Values []string }
		if err := p.Resource(ctx, source, "values?kind=models", &values); err != nil || len(values.Values) != 1 || values.Values[0] != "models" {
			t.Errorf("values %v, %v", values, err)
		}
		if err := p.Resource(ctx, source, "nothing", &values); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("error %v, want one about status 404", err)
		}
	})
}

func TestStartFailsClearly(t *testing.T) {
	for name, path := range map[string]string{"a file that is not there": "/no/such/plugin", "a program that is no plugin": "/bin/true"} {
		t.Run(name, func(t *testing.T) {
			p, err := Start(Options{Path: path})
			if err == nil {
				p.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), path) || errors.Is(err, context.Canceled) {
				t.Errorf("error %q does not name the plugin", err)
			}
		})
	}
}

func TestEnvironmentKeepsSecretsBack(t *testing.T) {
	got := environment([]string{"PATH=/bin", "AWS_SECRET_ACCESS_KEY=x", "no_proxy=localhost", "EMPTY"})
	if strings.Join(got, " ") != "PATH=/bin no_proxy=localhost" {
		t.Errorf("environment %q", got)
	}
}
