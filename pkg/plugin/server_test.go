package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
)

// everyFormat holds a query per analysis and format.
func everyFormat() map[string]string {
	out := map[string]string{}
	for _, a := range analysis.All() {
		for _, f := range a.Formats {
			out[a.Name+" as "+string(f.Name)] = fmt.Sprintf(`{"analysis": %q, "model": "fraud", "format": %q%s}`, a.Name, f.Name, required(a))
		}
	}
	return out
}

// required gives the options that a query of the analysis cannot do without.
func required(a analysis.Analysis) string {
	if slices.ContainsFunc(a.Options, func(o analysis.Option) bool { return o.Name == "feature" }) {
		return `, "options": {"feature": "amount"}`
	}
	return ""
}

// series is one series of a stub server: its value by Unix second.
type series struct {
	labels map[string]string
	value  func(second float64) string
}

// stub is a server that knows a few series. It answers bare selectors on them by
// metric name and everything else with nothing.
type stub struct {
	series  []series
	mu      sync.Mutex
	queries []string
}

func (s *stub) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if err := req.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	query := req.Form.Get("query")
	s.mu.Lock()
	s.queries = append(s.queries, query)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch req.URL.Path {
	case "/api/v1/query_range":
		reply(w, http.StatusOK, success("matrix", s.matrix(query, number(req, "start"), number(req, "end"), number(req, "step"))))
	case "/api/v1/query":
		reply(w, http.StatusOK, success("vector", []any{}))
	case "/api/v1/status/buildinfo":
		reply(w, http.StatusOK, map[string]any{"status": "success", "data": map[string]string{"version": "3.14.0"}})
	default:
		reply(w, http.StatusOK, map[string]any{"status": "success", "data": []string{"ml_outcomes_total"}})
	}
}

func number(req *http.Request, name string) float64 {
	v, err := strconv.ParseFloat(req.Form.Get(name), 64)
	if err != nil {
		return 0
	}
	return v
}

func success(kind string, result any) any {
	return map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": result}}
}

func (s *stub) matrix(query string, start, end, step float64) []any {
	out := []any{}
	for _, one := range s.series {
		if strings.ContainsAny(query, "([") || !strings.Contains(query, one.labels["__name__"]) || step <= 0 {
			continue
		}
		values := []any{}
		for at := start; at <= end+1e-6; at += step {
			if v := one.value(at); v != "" {
				values = append(values, []any{at, v})
			}
		}
		out = append(out, map[string]any{"metric": one.labels, "values": values})
	}
	return out
}

// counting is a counter that grows by one per second.
func counting(second float64) string { return strconv.FormatFloat(second, 'f', -1, 64) }

func outcome(actual, predicted string, value func(float64) string) series {
	return series{map[string]string{"__name__": "ml_outcomes_total", "model": "fraud", "version": "v1", "actual": actual, "predicted": predicted}, value}
}

func serveStub(t *testing.T, s *stub) *Datasource {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return open(t, server.URL, `{"cacheMegabytes": 0}`)
}

func TestOutcomesOfAServerBecomeAConfusionMatrix(t *testing.T) {
	d := serveStub(t, &stub{series: []series{outcome("yes", "yes", counting), outcome("no", "yes", counting)}})
	got := one(t, d, `{"analysis": "confusion_matrix", "model": "fraud", "options": {"normalize": "none"}}`)
	if got.Error != nil {
		t.Fatal(got.Error)
	}
	raw, err := json.Marshal(got.Frames[0])
	if err != nil {
		t.Fatal(err)
	}
	// One per second over the hour of the time range.
	if !strings.Contains(string(raw), `"values":[["no","yes"],[0,0],[3600,3600]]`) {
		t.Errorf("got %s", raw)
	}
	if !strings.Contains(got.Frames[0].Meta.ExecutedQueryString, "ml_outcomes_total") {
		t.Errorf("the executed query is %q", got.Frames[0].Meta.ExecutedQueryString)
	}
}

func TestValuesWithSpecialCharactersAreQuotedInPromQL(t *testing.T) {
	s := &stub{}
	got := one(t, serveStub(t, s), `{"analysis": "confusion_matrix", "model": "a\"b\\c\nd", "version": ["v1.0", "v2|x"]}`)
	if got.Error != nil {
		t.Fatal(got.Error)
	}
	all := strings.Join(s.queries, "\n")
	for _, want := range []string{`"a\"b\\c\nd"`, `v1\\.0`, `v2\\|x`} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in the queries\n%s", want, all)
		}
	}
}

func TestWhateverAServerAnswersAQueryEndsInAClearError(t *testing.T) {
	body := func(status int, contentType, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		status  backend.Status
		want    string
	}{
		{"a web page", body(200, "text/html", "<!doctype html><html><title>Log in</title></html>"), 502, "HTML page"},
		{"a web page of a proxy", body(502, "text/html", "<html><title>Bad gateway</title></html>"), 502, "Bad gateway"},
		{"no permission", body(401, "text/plain", "no"), 401, "check user, password or token"},
		{"forbidden", body(403, "text/plain", "no"), 403, "check its permissions"},
		{"another path", body(404, "text/plain", "404 page not found"), 404, "check the URL"},
		{"too many requests", body(429, "text/plain", "slow down"), 429, "limits the rate"},
		{"out of order", body(503, "application/json", `{"status":"error","errorType":"unavailable","error":"not ready"}`), 503, "not ready"},
		{"a query that it refuses", body(422, "application/json", `{"status":"error","errorType":"execution","error":"query processing would load too many samples"}`), 400, "choose a shorter time range"},
		{"truncated JSON", body(200, "application/json", `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__na`), 502, "did not answer as Prometheus does"},
		{"other JSON", body(200, "application/json", `{"hello": "world"}`), 502, "did not answer as Prometheus does"},
		{"nothing", body(200, "application/json", ``), 502, "empty"},
		{"a broken connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502, "cannot be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			expectError(t, one(t, open(t, server.URL, `{}`), matrixQuery), c.status, backend.ErrorSourceDownstream, c.want)
		})
	}
}

func TestAServerThatIsNotThereOrLateIsADownstreamError(t *testing.T) {
	gone := httptest.NewServer(&stub{})
	gone.Close()
	expectError(t, one(t, open(t, gone.URL, `{}`), matrixQuery), 502, backend.ErrorSourceDownstream, "cannot be reached")

	end := make(chan struct{})
	late := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		select {
		case <-req.Context().Done():
		case <-end:
		}
	}))
	defer late.Close()
	defer close(end)
	expectError(t, one(t, open(t, late.URL, `{"timeout": 1}`), matrixQuery), 504, backend.ErrorSourceDownstream, "did not answer in time")
}

func TestOddNumbersOfAServerCrashNothing(t *testing.T) {
	always := func(text string) func(float64) string { return func(float64) string { return text } }
	bucket := func(le string, value func(float64) string) series {
		return series{map[string]string{"__name__": "ml_feature_value_bucket", "model": "fraud", "version": "v1", "feature": "amount", "le": le}, value}
	}
	for name, have := range map[string][]series{
		"NaN":             {outcome("yes", "yes", always("NaN")), bucket("1", always("NaN"))},
		"infinities":      {outcome("yes", "yes", always("+Inf")), outcome("no", "no", always("-Inf")), bucket("+Inf", always("+Inf"))},
		"negative values": {outcome("yes", "yes", always("-5")), bucket("1", always("-5"))},
		"one bucket":      {bucket("+Inf", counting)},
		"a bad le":        {bucket("one", counting), bucket("+Inf", counting)},
		"no values":       {outcome("yes", "yes", always("")), bucket("1", always(""))},
		"zero series":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			d := serveStub(t, &stub{series: have})
			for what, query := range everyFormat() {
				got := one(t, d, query)
				if got.Error != nil && got.ErrorSource != backend.ErrorSourceDownstream {
					t.Errorf("%s: %v", what, got.Error)
				}
				for _, frame := range got.Frames {
					if _, err := frame.MarshalArrow(); err != nil {
						t.Errorf("%s: the frame cannot be sent: %v", what, err)
					}
				}
			}
		})
	}
}

func TestManyPanelsAtOnceShareOneDataSource(t *testing.T) {
	d := serveStub(t, &stub{series: []series{outcome("yes", "yes", counting), outcome("no", "yes", counting)}})
	var panels sync.WaitGroup
	for i := range 16 {
		panels.Go(func() {
			format := []string{"series", "table", "numbers"}[i%3]
			if got := one(t, d, fmt.Sprintf(`{"analysis": "classification", "model": "fraud", "format": %q}`, format)); got.Error != nil {
				t.Error(got.Error)
			}
		})
	}
	panels.Wait()
}

func TestACancelledPanelCancelsItsRequests(t *testing.T) {
	arrived, left := make(chan struct{}, 10), make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_ = req.ParseForm()
		arrived <- struct{}{}
		<-req.Context().Done()
		left <- struct{}{}
	}))
	defer server.Close()
	d := open(t, server.URL, `{}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-arrived; cancel() }()
	got := ask(ctx, d, nil, map[string]string{"A": matrixQuery})["A"]
	expectError(t, got, statusClientClosed, backend.ErrorSourceDownstream, "canceled")
	select {
	case <-left:
	case <-time.After(5 * time.Second):
		t.Error("the request goes on after its panel was cancelled")
	}
}
