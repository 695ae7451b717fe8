package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// What the settings are where they say nothing.
const (
	defaultTimeout        = 30 // seconds
	defaultMaxSeries      = 100_000
	defaultMaxMegabytes   = 256
	defaultCacheMegabytes = 128
	maxTimeout            = 3600
	maxMegabytes          = 65_536
)

// settings are a data source's, parsed and validated.
type settings struct {
	url        string
	method     string
	timeout    time.Duration
	profile    profile.Profile
	enforced   []counts.Matcher
	maxSeries  int
	maxBytes   int64
	maxWindows int
	cacheBytes int64
	// forward passes the identity of the user who asks on to the server.
	forward bool
	// forGrafana is jsonData without nulls, whose types the SDK can rely on.
	forGrafana json.RawMessage
	// unknown lists the keys that neither the plugin nor Grafana reads.
	unknown []string
}

func settingError(format string, args ...any) error {
	return fmt.Errorf("the data source settings are not valid: "+format, args...)
}

func parseSettings(instance backend.DataSourceInstanceSettings) (settings, error) {
	raw, err := parseFields(instance.JSONData)
	if err != nil {
		return settings{}, err
	}
	if err := checkGrafanaTypes(raw); err != nil {
		return settings{}, err
	}
	own := struct {
		method, preset                    string
		roles, labels                     map[string]string
		enforced                          []enforcedMatcher
		timeout                           float64
		series, megabytes, windows, cache int
		oauth                             bool
		cookies                           []string
	}{
		method: http.MethodPost, timeout: defaultTimeout, series: defaultMaxSeries, megabytes: defaultMaxMegabytes,
		windows: counts.DefaultMaxWindows, cache: defaultCacheMegabytes,
	}
	for _, f := range []struct {
		name string
		into any
		want string
	}{
		{"httpMethod", &own.method, `"POST" or "GET"`},
		{"timeout", &own.timeout, "a number of seconds, such as 30"},
		{"profile", &own.preset, `the name of a profile, such as "convention"`},
		{"roles", &own.roles, `an object of metric names, such as {"featureValue": "my_histogram"}`},
		{"labels", &own.labels, `an object of label names, such as {"model": "model_name"}`},
		{"enforcedMatchers", &own.enforced, `a list such as [{"label": "team", "op": "=", "value": "risk"}]`},
		{"maxSeries", &own.series, "a whole number, such as 100000"},
		{"maxResponseMegabytes", &own.megabytes, "a whole number, such as 256"},
		{"maxWindows", &own.windows, "a whole number, such as 11000"},
		{"cacheMegabytes", &own.cache, "a whole number, such as 128, or 0 for no cache"},
		{"oauthPassThru", &own.oauth, "true or false"},
		{"keepCookies", &own.cookies, "a list of cookie names"},
	} {
		if err := raw.read(f.name, f.into, f.want); err != nil {
			return settings{}, err
		}
	}
	for _, limit := range []struct {
		name      string
		got       float64
		low, high float64
	}{
		{"timeout", own.timeout, 1, maxTimeout},
		{"maxSeries", float64(own.series), 1, 10_000_000},
		{"maxResponseMegabytes", float64(own.megabytes), 1, maxMegabytes},
		{"maxWindows", float64(own.windows), 2, 1_000_000},
		{"cacheMegabytes", float64(own.cache), 0, maxMegabytes},
	} {
		if !(limit.got >= limit.low && limit.got <= limit.high) {
			return settings{}, settingError("setting %q is %v: use a number from %v to %.0f", limit.name, limit.got, limit.low, limit.high)
		}
	}
	out := settings{
		timeout:   time.Duration(own.timeout * float64(time.Second)),
		maxSeries: own.series, maxBytes: int64(own.megabytes) << 20, maxWindows: own.windows, cacheBytes: int64(own.cache) << 20,
		forward: own.oauth || len(own.cookies) > 0 || raw.has("teamHttpHeaders"),
		unknown: raw.unknown(),
	}
	if out.url, err = checkURL(instance.URL); err != nil {
		return settings{}, err
	}
	if out.method = strings.ToUpper(own.method); out.method != http.MethodPost && out.method != http.MethodGet {
		return settings{}, settingError("setting \"httpMethod\" is %q: use POST or GET", own.method)
	}
	preset, err := profile.Lookup(own.preset)
	if err != nil {
		return settings{}, settingError("%w", err)
	}
	if out.profile, err = withRoles(preset, own.roles); err != nil {
		return settings{}, settingError("%w", err)
	}
	if out.profile, err = out.profile.With(nil, own.labels); err != nil {
		return settings{}, settingError("%w", err)
	}
	if out.enforced, err = enforce(own.enforced); err != nil {
		return settings{}, err
	}
	out.forGrafana, err = json.Marshal(raw)
	return out, err
}

func checkURL(text string) (string, error) {
	const remedy = "give the address of the Prometheus-compatible server, such as http://prometheus:9090"
	text = strings.TrimSpace(text)
	if text == "" {
		return "", settingError("the URL is missing: %s", remedy)
	}
	// The URL may hold a password, so that no message repeats it.
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", settingError("the URL is not one of a server: %s", remedy)
	}
	return text, nil
}

// withRoles gives a profile other metrics, each of them a name or a selector.
func withRoles(p profile.Profile, roles map[string]string) (profile.Profile, error) {
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		if roles[name] == "" {
			continue // takes the role away
		}
		if err := counts.CheckMetric(roles[name]); err != nil {
			return p, fmt.Errorf("the metric for %s: %w", name, err)
		}
	}
	return p.With(roles, nil)
}

// enforcedMatcher is a condition on every selector of the data source.
type enforcedMatcher struct {
	Label string       `json:"label"`
	Op    string       `json:"op"`
	Value stringOrList `json:"value"`
}

type stringOrList []string

func (v *stringOrList) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*v = stringOrList{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(v))
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// enforce validates what limits a team's data source to its models: a mistake
// here must stop every query rather than let other teams' data through.
func enforce(ms []enforcedMatcher) ([]counts.Matcher, error) {
	out := make([]counts.Matcher, 0, len(ms))
	for _, m := range ms {
		if !labelName.MatchString(m.Label) {
			return nil, settingError("enforced matcher label %q is not a label name: use letters, digits and underscores", m.Label)
		}
		if m.Op == "" {
			m.Op = "="
		}
		if !slices.Contains([]string{"=", "!=", "=~", "!~"}, m.Op) {
			return nil, settingError("enforced matcher operator %q is not known: use =, !=, =~ or !~", m.Op)
		}
		if len(m.Value) == 0 {
			return nil, settingError("the enforced matcher on %q has no value: give the value that the label must have", m.Label)
		}
		for _, v := range m.Value {
			if _, err := regexp.Compile(v); err != nil && strings.HasSuffix(m.Op, "~") {
				return nil, settingError("enforced matcher value %q is not a regular expression: %w", v, err)
			}
		}
		out = append(out, counts.Matcher{Label: profile.Label(m.Label), Op: m.Op, Values: m.Value})
	}
	return out, nil
}

// fields are the keys of jsonData that have a value.
type fields map[string]json.RawMessage

func parseFields(raw json.RawMessage) (fields, error) {
	out := fields{}
	if len(bytes.TrimSpace(raw)) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, settingError("jsonData is not a JSON object: %w", err)
	}
	// Forms leave null behind where a value was taken out again.
	for name, value := range out {
		if string(value) == "null" {
			delete(out, name)
		}
	}
	return out, nil
}

func (f fields) has(name string) bool { _, ok := f[name]; return ok }

func (f fields) read(name string, into any, want string) error {
	value, ok := f[name]
	if !ok {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return settingError("setting %q is %s: use %s", name, brief(value), want)
	}
	return nil
}

func brief(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil || out.Len() > 60 {
		return strings.ToValidUTF8(string(raw[:min(len(raw), 57)]), "") + "..."
	}
	return out.String()
}

func (f fields) unknown() []string {
	var out []string
	for name := range f {
		if !slices.Contains(ownSettings, name) && !isGrafanas(name) {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

var ownSettings = []string{"httpMethod", "timeout", "profile", "roles", "labels", "enforcedMatchers", "maxSeries", "maxResponseMegabytes", "maxWindows", "cacheMegabytes"}
