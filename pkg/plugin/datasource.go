package plugin

import (
	"context"
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

var (
	_ backend.QueryDataHandler      = (*Datasource)(nil)
	_ backend.CheckHealthHandler    = (*Datasource)(nil)
	_ backend.CallResourceHandler   = (*Datasource)(nil)
	_ instancemgmt.InstanceDisposer = (*Datasource)(nil)

	_ reader = (*counts.Reader)(nil)
)

// reader is what a data source needs of its server.
type reader interface {
	Read(ctx context.Context, requests []counts.Request, roles map[string]string) ([]counts.Data, error)
	Values(ctx context.Context, request counts.ValuesRequest) (values []string, truncated bool, err error)
	Probe(ctx context.Context, model []string) (counts.Probe, error)
}

// Datasource is one configured data source: the instance that Grafana keeps until
// its settings change.
type Datasource struct {
	backend.CallResourceHandler

	reader  reader
	profile profile.Profile
	// unknown lists settings that nothing reads.
	unknown []string
	// invalid is what is wrong with the settings. Such an instance answers with it,
	// so that Save & test and every panel say what to change, and still serves the
	// resources that the config editor needs to change it.
	invalid error
	close   func()
}

// NewDatasource makes the instance for a data source's settings. It fails for no
// settings; see Datasource.invalid.
func NewDatasource(ctx context.Context, instance backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	d := &Datasource{profile: profile.Convention(), close: func() {}}
	d.CallResourceHandler = httpadapter.New(d.resources())
	d.invalid = d.configure(ctx, instance)
	return d, nil
}

func (d *Datasource) configure(ctx context.Context, instance backend.DataSourceInstanceSettings) error {
	s, err := parseSettings(instance)
	if err != nil {
		return err
	}
	d.profile, d.unknown = s.profile, s.unknown
	client, err := newClient(ctx, instance, s)
	if err != nil {
		return err
	}
	d.close = client.CloseIdleConnections
	r, err := counts.NewReader(client, counts.Config{
		URL: s.url, Method: s.method, Timeout: s.timeout, Profile: s.profile, Enforced: s.enforced,
		MaxSeries: s.maxSeries, MaxBytes: s.maxBytes, MaxWindows: s.maxWindows, CacheBytes: s.cacheBytes,
		Private: s.forward,
	})
	if err != nil {
		return err
	}
	d.reader = r
	return nil
}

// newClient makes the HTTP client with Grafana's authentication, TLS, proxy,
// headers, tracing and limits.
func newClient(ctx context.Context, instance backend.DataSourceInstanceSettings, s settings) (*http.Client, error) {
	instance.JSONData = s.forGrafana
	opts, err := instance.HTTPClientOptions(ctx)
	if err != nil {
		return nil, settingError("the HTTP settings cannot be used: %w", err)
	}
	opts.Timeouts.Timeout = s.timeout
	opts.ForwardHTTPHeaders = s.forward
	client, err := httpclient.New(opts)
	if err != nil {
		return nil, settingError("the HTTP settings cannot be used: %w", err)
	}
	return client, nil
}

// Dispose ends what the instance holds when its settings change.
func (d *Datasource) Dispose() { d.close() }
