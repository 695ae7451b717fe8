package plugin

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

const address = "http://prometheus:9090"

func parse(t *testing.T, jsonData string) settings {
	t.Helper()
	s, err := parseSettings(backend.DataSourceInstanceSettings{URL: address, JSONData: []byte(jsonData)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSettingsThatSayNothingHaveTheirDefaults(t *testing.T) {
	for _, jsonData := range []string{``, `{}`, `{"timeout": null, "httpMethod": null, "roles": null, "serverName": null}`} {
		s := parse(t, jsonData)
		if s.method != http.MethodPost || s.timeout != 30*time.Second || s.profile.Name != "convention" ||
			s.maxSeries != 100_000 || s.maxBytes != 256<<20 || s.maxWindows != 11_000 || s.cacheBytes != 128<<20 || s.forward {
			t.Errorf("%q gives %+v", jsonData, s)
		}
	}
}

func TestSettingsAreReadAsTheyStand(t *testing.T) {
	s := parse(t, `{
		"httpMethod": "get", "timeout": 90, "profile": "kserve", "roles": {"score": "my_score"}, "labels": {"version": "revision"},
		"enforcedMatchers": [{"label": "team", "op": "=", "value": "risk"}, {"label": "environment", "value": ["prod", "canary"]}],
		"maxSeries": 5, "maxResponseMegabytes": 1, "maxWindows": 100, "cacheMegabytes": 0,
		"oauthPassThru": true, "tlsAuth": true, "serverName": "prometheus.example", "httpHeaderName1": "X-Scope-OrgID", "enforcedMatcher": []
	}`)
	if s.method != http.MethodGet || s.timeout != 90*time.Second || s.maxSeries != 5 || s.maxBytes != 1<<20 || s.maxWindows != 100 || s.cacheBytes != 0 || !s.forward {
		t.Errorf("got %+v", s)
	}
	if metric, _ := s.profile.Metric(profile.Score); metric != "my_score" || s.profile.Label(profile.Version) != "revision" || s.profile.Label(profile.Model) != "model_name" {
		t.Errorf("the profile is %+v", s.profile)
	}
	if len(s.enforced) != 2 || s.enforced[1].Op != "=" || !slices.Equal(s.enforced[1].Values, []string{"prod", "canary"}) {
		t.Errorf("the enforced matchers are %+v", s.enforced)
	}
	if !slices.Equal(s.unknown, []string{"enforcedMatcher"}) {
		t.Errorf("the unknown settings are %q", s.unknown)
	}
}

func TestSettingsThatAreWrongAreAnErrorThatNamesThemAndNoPanic(t *testing.T) {
	for _, c := range []struct{ name, jsonData, want string }{
		{"no object", `[1]`, "not a JSON object"},
		{"a timeout of text, which the SDK takes for none", `{"timeout": "30"}`, `setting "timeout" is "30": use a number of seconds, such as 30`},
		{"a timeout of nothing", `{"timeout": 0}`, `setting "timeout" is 0: use a number from 1 to 3600`},
		{"a negative limit", `{"maxSeries": -1}`, `setting "maxSeries" is -1`},
		{"half a window", `{"maxWindows": 10.5}`, `setting "maxWindows" is 10.5: use a whole number`},
		{"a server name that is a number, at which the SDK panics", `{"tlsAuth": true, "serverName": 7}`, `setting "serverName" is 7: use text`},
		{"a region that is a list, at which the SDK panics", `{"sigV4Auth": true, "sigV4Region": ["eu"]}`, `setting "sigV4Region" is ["eu"]: use text`},
		{"a header name that is a number, at which the SDK panics", `{"httpHeaderName1": 1}`, `setting "httpHeaderName1" is 1: use text`},
		{"a flag of text", `{"tlsSkipVerify": "false"}`, `setting "tlsSkipVerify" is "false": use true or false`},
		{"a connection limit of text", `{"httpMaxIdleConns": "9"}`, `setting "httpMaxIdleConns" is "9": use a number`},
		{"an unknown method", `{"httpMethod": "PUT"}`, `"PUT": use POST or GET`},
		{"an unknown profile", `{"profile": "acme"}`, `profile "acme" is not known: use one of convention`},
		{"an unknown role", `{"roles": {"scores": "x"}}`, `role "scores" is not known`},
		{"a role that is no name", `{"roles": {"score": 1}}`, `setting "roles" is {"score":1}: use an object of metric names`},
		{"a role that is no selector", `{"roles": {"score": "x{"}}`, `the metric for score: selector "x{" cannot be read`},
		{"an unknown label", `{"labels": {"team": "squad"}}`, `label "team" is not known`},
		{"an enforced matcher without a label", `{"enforcedMatchers": [{"op": "=", "value": "risk"}]}`, `enforced matcher label "" is not a label name`},
		{"an enforced matcher without a value", `{"enforcedMatchers": [{"label": "team", "op": "="}]}`, `the enforced matcher on "team" has no value`},
		{"an enforced matcher with an unknown operator", `{"enforcedMatchers": [{"label": "team", "op": "==", "value": "a"}]}`, `operator "==" is not known`},
		{"an enforced matcher with a mistyped key", `{"enforcedMatchers": [{"label": "team", "vale": "risk"}]}`, `setting "enforcedMatchers" is`},
		{"an enforced matcher that is no regular expression", `{"enforcedMatchers": [{"label": "team", "op": "=~", "value": "("}]}`, `"(" is not a regular expression`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseSettings(backend.DataSourceInstanceSettings{URL: address, JSONData: []byte(c.jsonData)})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "the data source settings are not valid: ") {
				t.Errorf("got the error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestAURLThatIsNoServersIsRefusedWithoutRepeatingIt(t *testing.T) {
	for _, url := range []string{"", " ", "prometheus:9090", "ftp://user:secret@host", "http://", "http://user:secret@ho st/"} {
		_, err := parseSettings(backend.DataSourceInstanceSettings{URL: url})
		if err == nil || !strings.Contains(err.Error(), "give the address of the Prometheus-compatible server") {
			t.Errorf("%q: got the error %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error repeats the password: %v", url, err)
		}
	}
}

func TestACertificateThatIsNoneIsAnErrorOfTheSettings(t *testing.T) {
	instance, err := NewDatasource(t.Context(), backend.DataSourceInstanceSettings{
		URL: "https://prometheus:9090", JSONData: []byte(`{"tlsAuthWithCACert": true}`),
		DecryptedSecureJSONData: map[string]string{"tlsCACert": "no certificate"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := instance.(*Datasource); d.invalid == nil || !strings.Contains(d.invalid.Error(), "the HTTP settings cannot be used") {
		t.Errorf("the settings are taken: %v", d.invalid)
	}
}

func TestAuthenticationAndHeadersReachTheServerWithEveryRequest(t *testing.T) {
	var user, password, tenant string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		user, password, _ = req.BasicAuth()
		tenant = req.Header.Get("X-Scope-OrgID")
		reply(w, http.StatusOK, success("matrix", []any{}))
	}))
	defer server.Close()
	instance, err := NewDatasource(t.Context(), backend.DataSourceInstanceSettings{
		URL: server.URL, Type: ID, BasicAuthEnabled: true, BasicAuthUser: "grafana",
		JSONData:                []byte(`{"httpHeaderName1": "X-Scope-OrgID", "cacheMegabytes": 0}`),
		DecryptedSecureJSONData: map[string]string{"basicAuthPassword": "secret", "httpHeaderValue1": "team-a"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := instance.(*Datasource)
	defer d.Dispose()
	if got := one(t, d, matrixQuery); got.Error != nil {
		t.Fatal(got.Error)
	}
	if user != "grafana" || password != "secret" || tenant != "team-a" {
		t.Errorf("the server got user %q, password %q, tenant %q", user, password, tenant)
	}
}

func TestEnforcedMatchersAreInEveryRequest(t *testing.T) {
	s := &stub{series: []series{outcome("yes", "yes", counting)}}
	server := httptest.NewServer(s)
	defer server.Close()
	d := open(t, server.URL, `{"enforcedMatchers": [{"label": "team", "op": "=", "value": "risk"}], "cacheMegabytes": 0}`)
	for what, query := range everyFormat() {
		if got := one(t, d, query); got.Error != nil {
			t.Errorf("%s: %v", what, got.Error)
		}
	}
	for _, q := range s.queries {
		if !strings.Contains(q, `team="risk"`) {
			t.Errorf("a request without the enforced matcher: %s", q)
		}
	}
	if len(s.queries) == 0 {
		t.Error("nothing was sent")
	}
}

func TestTheUsersIdentityIsForwardedOnlyWhereTheSettingsSaySo(t *testing.T) {
	server := httptest.NewServer(&stub{})
	defer server.Close()
	for jsonData, want := range map[string]bool{
		`{}`:                           false,
		`{"oauthPassThru": false}`:     false,
		`{"keepCookies": []}`:          false,
		`{"oauthPassThru": true}`:      true,
		`{"keepCookies": ["session"]}`: true,
	} {
		var forward, asked atomic.Bool
		// The SDK forwards headers through a middleware in the context, as here.
		ctx := httpclient.WithContextualMiddleware(t.Context(), httpclient.MiddlewareFunc(func(opts httpclient.Options, next http.RoundTripper) http.RoundTripper {
			forward.Store(opts.ForwardHTTPHeaders)
			asked.Store(true)
			return next
		}))
		if got := ask(ctx, open(t, server.URL, jsonData), nil, map[string]string{"A": matrixQuery})["A"]; got.Error != nil {
			t.Fatal(got.Error)
		}
		if forward.Load() != want || !asked.Load() {
			t.Errorf("%s: forwarding is %v, want %v", jsonData, forward.Load(), want)
		}
	}
}
