package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// details is what Save & test shows beside its message.
type details struct {
	// VerboseMessage is shown on request, below the message.
	VerboseMessage string   `json:"verboseMessage,omitempty"`
	Server         *server  `json:"server,omitempty"`
	Profile        string   `json:"profile"`
	Models         []string `json:"models,omitempty"`
	Roles          []role   `json:"roles,omitempty"`
	UnknownSetting []string `json:"unknownSettings,omitempty"`
}

// CheckHealth asks the server something and tells which metrics of the profile it
// has. What is wrong with the settings or the server is said in the result; an
// error would mean a fault of the plugin.
func (d *Datasource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if d.invalid != nil {
		return unhealthy(d.invalid), nil
	}
	probe, err := d.reader.Probe(ctx, nil)
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if err != nil {
		return unhealthy(err), nil
	}
	found := 0
	for _, r := range probe.Roles {
		if r.Found {
			found++
		}
	}
	out := details{
		Server: &server{probe.Flavour, probe.Version}, Profile: d.profile.Name, Models: probe.Models,
		Roles: rolesOf(probe), UnknownSetting: d.unknown,
		VerboseMessage: verbose(probe, d.unknown),
	}
	message := fmt.Sprintf("%s answers. ", named(probe))
	switch {
	case found == 0:
		message += fmt.Sprintf("It has had no metric of the profile %q within the last day: export them from your models, or choose another profile.", d.profile.Title)
	default:
		message += fmt.Sprintf("It has %d of the %d metrics of the profile %q, for %s.", found, len(probe.Roles), d.profile.Title, plural(len(probe.Models), "model"))
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: message, JSONDetails: raw}, nil
}

func unhealthy(err error) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: sentence(err.Error())}
}

// named is the server's name in a sentence.
func named(p counts.Probe) string {
	name := strings.TrimSpace(p.Flavour + " " + p.Version)
	if name == "" {
		return "The server"
	}
	return name
}

func verbose(p counts.Probe, unknown []string) string {
	ready, waiting := feedable(p)
	var parts []string
	add := func(head string, items []string) {
		if len(items) > 0 {
			parts = append(parts, head+": "+strings.Join(items, ", ")+".")
		}
	}
	add("Ready", ready)
	add("Not yet", waiting)
	add("Not found within the last day", missing(p))
	add("Settings that nothing reads", unknown)
	return strings.Join(parts, "\n")
}

// feedable tells which analyses the metrics that were found can feed, and what
// the others lack.
func feedable(p counts.Probe) (ready, waiting []string) {
	found := map[profile.Role]bool{}
	for _, r := range p.Roles {
		found[r.Role] = r.Found
	}
	for _, a := range analysis.All() {
		var lacks []string
		some := len(a.Roles) == 0
		for _, need := range a.Roles {
			some = some || found[need.Name]
			if need.Required && !found[need.Name] {
				lacks = append(lacks, metricOf(p, need.Name))
			}
		}
		switch {
		case len(lacks) > 0:
			waiting = append(waiting, fmt.Sprintf("%s (needs %s)", a.Title, strings.Join(lacks, " and ")))
		case !some:
			waiting = append(waiting, a.Title)
		default:
			ready = append(ready, a.Title)
		}
	}
	return ready, waiting
}

// missing lists the metrics that some analysis could use and the server lacks.
func missing(p counts.Probe) []string {
	useful := map[profile.Role]bool{}
	for _, a := range analysis.All() {
		for _, need := range a.Roles {
			useful[need.Name] = true
		}
	}
	var out []string
	for _, r := range p.Roles {
		if useful[r.Role] && !r.Found {
			out = append(out, fmt.Sprintf("%s (%s)", r.Metric, r.Help))
		}
	}
	return out
}

func metricOf(p counts.Probe, role profile.Role) string {
	i := slices.IndexFunc(p.Roles, func(r counts.RoleStatus) bool { return r.Role == role })
	if i < 0 {
		return string(role)
	}
	return p.Roles[i].Metric
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
