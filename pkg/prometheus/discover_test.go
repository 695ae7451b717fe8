package prometheus

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLabelValues(t *testing.T) {
	rec := record(t, say(`{"status":"success","data":["a","b\"c","d"],"warnings":["w"],"infos":["i"]}`))
	c := rec.client(t, Config{Header: http.Header{"X-Scope-Orgid": {"team"}}})
	from, to := time.Unix(1_700_000_000, 0), time.Unix(1_700_000_060, 0)
	values, warnings, err := c.LabelValues(context.Background(), "feature", []Selector{{Metric: "m"}, {"n", []Matcher{{"a", Equal, `"`}}}}, from, to, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(values, []string{"a", `b"c`}) || !slices.Equal(warnings, []string{"w", "i"}) {
		t.Errorf("got %q %q", values, warnings)
	}
	got := rec.requests[0]
	if got.path != "/api/v1/label/feature/values" || !slices.Equal(got.form["match[]"], []string{"m", `n{a="\""}`}) ||
		got.form.Get("limit") != "2" || got.form.Get("start") != "1700000000" || got.form.Get("end") != "1700000060" || got.header.Get("X-Scope-OrgID") != "team" {
		t.Error(got)
	}
	if _, _, err := c.LabelValues(context.Background(), "my label/..ü_", nil, time.Time{}, time.Time{}, 0); err != nil {
		t.Fatal(err)
	}
	if got := rec.requests[1]; got.path != "/api/v1/label/U__my_20_label_2f__2e__2e__fc___/values" || got.form.Get("limit") != "" || got.form.Get("start") != "" {
		t.Error(got)
	}
}

func TestLabelNamesAndSeries(t *testing.T) {
	rec := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/labels") {
			say(`{"status":"success","data":["__name__","le"]}`)(w, r)
			return
		}
		say(`{"status":"success","data":[{"__name__":"m","le":"1"},{"__name__":"m","le":"2"},{}]}`)(w, r)
	})
	c := rec.client(t, Config{URL: rec.URL + "/base?key=1"})
	at := time.Unix(1_700_000_000, 0)
	names, _, err := c.LabelNames(context.Background(), []Selector{{Metric: "m"}}, at, at, 0)
	if err != nil || !slices.Equal(names, []string{"__name__", "le"}) {
		t.Error(names, err)
	}
	series, _, err := c.Series(context.Background(), []Selector{{Metric: "m"}}, at, at, 2)
	if err != nil || len(series) != 2 || series[1].String() != `m{le="2"}` {
		t.Error(series, err)
	}
	if last := rec.requests[len(rec.requests)-1]; last.method != "GET" || last.path != "/base/api/v1/series" || last.form.Get("match[]") != "m" || last.form.Get("key") != "1" {
		t.Error(last)
	}
	if _, _, err := c.Series(context.Background(), nil, at, at, 2); err == nil || !strings.Contains(err.Error(), "needs a selector") {
		t.Error(err)
	}
	var limit *LimitError
	if _, _, err := rec.client(t, Config{MaxSeries: 2}).Series(context.Background(), []Selector{{Metric: "m"}}, at, at, 0); !errors.As(err, &limit) || limit.What != "series" {
		t.Error(err)
	}
	if _, _, err := rec.client(t, Config{MaxBytes: 20}).LabelNames(context.Background(), nil, at, at, 0); !errors.As(err, &limit) || limit.What != "bytes" {
		t.Error(err)
	}
}

func TestMetadata(t *testing.T) {
	rec := record(t, say(`{"status":"success","data":{"m":[{"type":"unknown","help":"","unit":""},{"type":"histogram","help":"a feature","unit":"s"},{"type":"counter","help":"x"}],"n":[{"type":"gauge","help":"y"}],"o":[]}}`))
	all, err := rec.client(t, Config{}).Metadata(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all["m"] != (Metadata{"histogram", "a feature", "s"}) || all["n"] != (Metadata{"gauge", "y", ""}) {
		t.Error(all)
	}
	if got := rec.requests[0]; got.path != "/api/v1/metadata" || got.form.Get("metric") != "" {
		t.Error(got)
	}
}

func TestDiscoveryRefusesWhatIsNotItsAPI(t *testing.T) {
	for name, body := range map[string]string{
		"an HTML page":     "<html><title>Sign in</title></html>",
		"another form":     `{"status":"success","data":{"a":1}}`,
		"a stated failure": `{"status":"error","errorType":"bad_data","error":"nope"}`,
		"truncated JSON":   `{"status":"success","data":["a`,
	} {
		t.Run(name, func(t *testing.T) {
			rec := record(t, say(body))
			_, _, err := rec.client(t, Config{}).LabelValues(context.Background(), "a", nil, time.Time{}, time.Time{}, 0)
			var e *ServerError
			if !errors.As(err, &e) || strings.Contains(err.Error(), "<") {
				t.Error(err)
			}
		})
	}
}

func TestDiscoveryIsCancelled(t *testing.T) {
	rec := record(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := rec.client(t, Config{}).LabelNames(ctx, nil, time.Time{}, time.Time{}, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, stop)
	if _, err := rec.client(t, Config{}).Metadata(ctx, ""); !errors.Is(err, context.Canceled) || IsDownstream(err) {
		t.Error(err)
	}
}

func TestBuildInfoTellsFlavours(t *testing.T) {
	tests := []struct {
		name   string
		header string
		data   string
		want   Server
	}{
		{"Prometheus", "", `{"version":"3.14.0","revision":"abc","branch":"HEAD","buildUser":"x","buildDate":"y","goVersion":"go1.26"}`, Server{Prometheus, "3.14.0"}},
		{"Mimir", "", `{"application":"Grafana Mimir","version":"3.0.1","revision":"abc","features":{"ruler_config_api":"true"}}`, Server{Mimir, "3.0.1"}},
		{"an old Mimir or Cortex", "", `{"version":"2.1","features":{"ruler_config_api":"true"}}`, Server{Mimir, "2.1"}},
		{"Cortex", "", `{"application":"cortex","version":"1.19.0","features":{}}`, Server{Cortex, "1.19.0"}},
		{"Thanos by its version", "", `{"version":"0.39.2","revision":"abc","goVersion":"go1.25"}`, Server{Thanos, "0.39.2"}},
		{"VictoriaMetrics by its fictional version", "", `{"version":"2.24.0"}`, Server{VictoriaMetrics, ""}},
		{"VictoriaMetrics by its header", "vm-1", `{"version":"2.24.0","revision":"x"}`, Server{VictoriaMetrics, ""}},
		{"Prometheus of the version that VictoriaMetrics gives", "", `{"version":"2.24.0","revision":"x","goVersion":"go1.15"}`, Server{Prometheus, "2.24.0"}},
		{"another product", "", `{"application":"Something","version":"1"}`, Server{Unknown, "1"}},
		{"a server that tells nothing", "", `{}`, Server{Flavour: Unknown}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := record(t, func(w http.ResponseWriter, r *http.Request) {
				if test.header != "" {
					w.Header().Set("X-Server-Hostname", test.header)
				}
				say(`{"status":"success","data":`+test.data+`}`)(w, r)
			})
			got, err := rec.client(t, Config{}).BuildInfo(context.Background())
			if err != nil || got != test.want {
				t.Errorf("got %v %v, want %v", got, err, test.want)
			}
			if r := rec.requests[0]; r.method != "GET" || r.path != "/api/v1/status/buildinfo" {
				t.Error(r)
			}
		})
	}
}

func TestBuildInfoOfServersWithoutItIsUnknown(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"no such path": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"an HTML page": say("<html><title>Prometheus</title></html>"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := record(t, answer).client(t, Config{}).BuildInfo(context.Background())
			if got != (Server{Flavour: Unknown}) || !IsDownstream(err) {
				t.Error(got, err)
			}
		})
	}
}
