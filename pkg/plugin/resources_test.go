package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

func get(t *testing.T, d *Datasource, method, url string) (int, string) {
	t.Helper()
	if d.CallResourceHandler == nil {
		d.CallResourceHandler = httpadapter.New(d.resources())
	}
	path, _, _ := strings.Cut(url, "?")
	var status int
	var body []byte
	err := d.CallResource(t.Context(), &backend.CallResourceRequest{Method: method, Path: path, URL: url}, backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
		if r.Status != 0 {
			status = r.Status
		}
		body = append(body, r.Body...)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(body) {
		t.Errorf("%s answers no JSON: %s", url, body)
	}
	return status, string(body)
}

func TestResourcesDescribeWhatCanBeAskedEvenWhenTheSettingsAreInvalid(t *testing.T) {
	d := open(t, "", `{}`)
	for url, want := range map[string][]string{
		"analyses": {`"queryVersion":1`, `"name":"drift"`, `"formats":[{"name":`, `"options":[{"name":`},
		"profiles": {`"profiles":[{"name":"convention"`, `"roles":[{"name":"modelInfo","type":"gauge"`, `"labels":[{"name":"model","help":`},
	} {
		status, body := get(t, d, http.MethodGet, url)
		if status != http.StatusOK {
			t.Errorf("%s answers %d", url, status)
		}
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s has no %s: %.300s", url, part, body)
			}
		}
	}
	for _, url := range []string{"roles", "values?kind=models"} {
		if status, body := get(t, d, http.MethodGet, url); status != http.StatusBadRequest || !strings.Contains(body, "the URL is missing") {
			t.Errorf("%s answers %d %s", url, status, body)
		}
	}
}

func TestValuesPassOnWhatNarrowsThem(t *testing.T) {
	var got counts.ValuesRequest
	d := with(fake{values: func(r counts.ValuesRequest) ([]string, bool, error) {
		got = r
		return []string{"amount"}, true, nil
	}})
	status, body := get(t, d, http.MethodGet, "values?kind=features&model=a&model=b%22&version=v1&search=am&limit=5&from=1000&to=2000&feature=")
	if status != http.StatusOK || body != `{"values":["amount"],"truncated":true}` {
		t.Errorf("got %d %s", status, body)
	}
	want := counts.ValuesRequest{Kind: "features", Model: []string{"a", `b"`}, Version: []string{"v1"}, Search: "am", Limit: 5, From: time.UnixMilli(1000).UTC(), To: time.UnixMilli(2000).UTC()}
	if a, b := asJSON(t, got), asJSON(t, want); a != b {
		t.Errorf("got %s, want %s", a, b)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestNoValuesAreAnEmptyList(t *testing.T) {
	d := with(fake{values: func(counts.ValuesRequest) ([]string, bool, error) { return nil, false, nil }})
	if _, body := get(t, d, http.MethodGet, "values?kind=models"); body != `{"values":[],"truncated":false}` {
		t.Errorf("got %s", body)
	}
}

func TestAResourceThatFailsSaysWhatToDo(t *testing.T) {
	fail := func(err error) *Datasource {
		return with(fake{values: func(counts.ValuesRequest) ([]string, bool, error) { return nil, false, err }, probe: found()})
	}
	ok := fail(nil)
	for _, c := range []struct {
		name, method, url string
		d                 *Datasource
		status            int
		want              string
	}{
		{"an unknown path", "GET", "secrets", ok, 404, "there is no resource GET /secrets"},
		{"another method", "POST", "values?kind=models", ok, 404, "there is no resource POST /values"},
		{"a path that climbs", "GET", "../admin", ok, 404, "there is no resource"},
		{"no kind", "GET", "values", ok, 400, `"field":"kind"`},
		{"an unknown kind", "GET", "values?kind=planets", ok, 400, "use one of"},
		{"segments of no label", "GET", "values?kind=segments", ok, 400, `"field":"label"`},
		{"a label that is none", "GET", "values?kind=label_values&label=a-b", ok, 400, "is not a label name"},
		{"a limit that is none", "GET", "values?kind=models&limit=all", ok, 400, `"field":"limit"`},
		{"a limit beyond reason", "GET", "values?kind=models&limit=1000000", ok, 400, "from 1 to 10000"},
		{"a time that is none", "GET", "values?kind=models&from=yesterday", ok, 400, "use Unix milliseconds"},
		{"a range that is empty", "GET", "values?kind=models&from=5&to=4", ok, 400, "the time range is empty"},
		{"a server that is late", "GET", "values?kind=models", fail(context.DeadlineExceeded), 502, "deadline"},
		{"a fault of the plugin", "GET", "values?kind=models", fail(errors.New("oops")), 500, "oops"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := get(t, c.d, c.method, c.url)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("got %d %s, want %d with %q", status, body, c.status, c.want)
			}
		})
	}
}

func TestAResourceThatPanicsAnswersLikeOneThatFails(t *testing.T) {
	d := with(fake{values: func(counts.ValuesRequest) ([]string, bool, error) { panic("nil map") }})
	if status, body := get(t, d, http.MethodGet, "values?kind=models"); status != http.StatusInternalServerError || !strings.Contains(body, "a fault in the plugin") {
		t.Errorf("got %d %s", status, body)
	}
}

func TestRolesTellWhichMetricsTheServerHas(t *testing.T) {
	status, body := get(t, with(fake{probe: found(profile.Score)}), http.MethodGet, "roles?model=fraud")
	if status != http.StatusOK || !strings.Contains(body, `{"profile":"convention","server":{"flavour":"Prometheus","version":"3.14.0"},"roles":[{"role":"modelInfo","metric":"ml_model_info","type":"gauge"`) ||
		!strings.Contains(body, `{"role":"score","metric":"ml_score","type":"histogram","help":"predicted scores, by class","found":true}`) {
		t.Errorf("got %d %s", status, body)
	}
}

func TestAServersRefusalIsNoEndOfTheBrowsersSession(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) }))
	defer server.Close()
	status, body := get(t, open(t, server.URL, `{}`), http.MethodGet, "values?kind=models")
	if status != http.StatusBadGateway || !strings.Contains(body, "check user, password or token") {
		t.Errorf("got %d %s", status, body)
	}
}
