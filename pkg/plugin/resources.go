package plugin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// resources serves the editors: what can be asked, and which values there are to
// choose from. No other path is served, however it is written.
func (d *Datasource) resources() http.Handler {
	served := map[string]func(*http.Request) (any, error){
		"/analyses": func(*http.Request) (any, error) { return analysis.Describe(), nil },
		"/profiles": func(*http.Request) (any, error) { return describeProfiles(), nil },
		"/roles":    d.roles,
		"/values":   d.values,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		f, ok := served[req.URL.Path]
		if !ok || req.Method != http.MethodGet {
			reply(w, http.StatusNotFound, failure{Error: fmt.Sprintf("there is no resource %s %s: use GET /analyses, /profiles, /roles or /values", req.Method, req.URL.Path)})
			return
		}
		serve(w, req, f)
	})
}

// failure is the body of a resource that failed.
type failure struct {
	Error string `json:"error"`
	// Field is the parameter that the error is about.
	Field string `json:"field,omitempty"`
}

func serve(w http.ResponseWriter, req *http.Request, f func(*http.Request) (any, error)) {
	defer func() {
		if cause := recover(); cause != nil {
			backend.Logger.FromContext(req.Context()).Error("A resource panicked", "path", req.URL.Path, "cause", cause, "stack", string(debug.Stack()))
			reply(w, http.StatusInternalServerError, failure{Error: panicked(cause).Error()})
		}
	}()
	body, err := f(req)
	if err != nil {
		status := statusOf(err)
		// A status of the server's is not one of this resource: a browser would take
		// the server's 401 for the end of its own session.
		if status != http.StatusBadRequest && status != http.StatusInternalServerError {
			status = http.StatusBadGateway
		}
		reply(w, status, failure{Error: err.Error(), Field: fieldOf(err)})
		return
	}
	reply(w, http.StatusOK, body)
}

func reply(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that has gone cannot be told.
	_, _ = w.Write(raw)
}

type server struct {
	Flavour string `json:"flavour"`
	Version string `json:"version"`
}

type role struct {
	Role   profile.Role `json:"role"`
	Metric string       `json:"metric"`
	Type   profile.Type `json:"type"`
	Help   string       `json:"help"`
	Found  bool         `json:"found"`
}

func rolesOf(p counts.Probe) []role {
	out := make([]role, len(p.Roles))
	for i, r := range p.Roles {
		out[i] = role(r)
	}
	return out
}

type rolesAnswer struct {
	Profile string `json:"profile"`
	Server  server `json:"server"`
	Roles   []role `json:"roles"`
}

func (d *Datasource) roles(req *http.Request) (any, error) {
	if d.invalid != nil {
		return nil, mistake{d.invalid}
	}
	probe, err := d.reader.Probe(req.Context(), given(req, "model"))
	if err != nil {
		return nil, err
	}
	return rolesAnswer{Profile: d.profile.Name, Server: server{probe.Flavour, probe.Version}, Roles: rolesOf(probe)}, nil
}

type roleInfo struct {
	Name   profile.Role `json:"name"`
	Type   profile.Type `json:"type"`
	Metric string       `json:"metric"`
	Help   string       `json:"help"`
}

type labelInfo struct {
	Name profile.Label `json:"name"`
	Help string        `json:"help"`
}

type profilesAnswer struct {
	Profiles []profile.Profile `json:"profiles"`
	Roles    []roleInfo        `json:"roles"`
	Labels   []labelInfo       `json:"labels"`
}

func describeProfiles() profilesAnswer {
	out := profilesAnswer{Profiles: profile.Presets()}
	for _, r := range profile.Roles() {
		out.Roles = append(out.Roles, roleInfo{r.Role, r.Type, r.Metric, r.Help})
	}
	for _, l := range profile.Labels() {
		out.Labels = append(out.Labels, labelInfo{l.Label, l.Help})
	}
	return out
}
