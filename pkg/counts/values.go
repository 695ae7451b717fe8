package counts

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// ValuesRequest asks which values an editor or a variable can offer.
type ValuesRequest struct {
	// Kind is "models", "versions", "features", "classes", "categories",
	// "segments" and "label_values" (both need Label), "environments" or "labels".
	Kind string
	// Label is the label whose values are wanted.
	Label string
	// Model, Version and Feature narrow the values; empty means any.
	Model, Version []string
	Feature        string
	// Search keeps the values that contain it, whatever the case.
	Search string
	// Limit bounds the answer; 0 means DefaultValues.
	Limit    int
	From, To time.Time
}

// DefaultValues is how many values are given when nobody asks for a number.
const DefaultValues = 1000

// valueKind says from which roles and label the values of a kind come.
type valueKind struct {
	label profile.Label // empty: the request's own label
	roles []profile.Role
}

var anyRole = []profile.Role{profile.ModelInfo, profile.Predictions, profile.Outcomes, profile.FeatureValue, profile.FeatureCategory, profile.Score}

var valueKinds = map[string]valueKind{
	"models":       {profile.Model, []profile.Role{profile.ModelInfo, profile.Predictions, profile.Outcomes, profile.FeatureValue, profile.PredictionDuration}},
	"versions":     {profile.Version, []profile.Role{profile.ModelInfo, profile.Predictions, profile.Outcomes, profile.FeatureValue, profile.PredictionDuration}},
	"features":     {profile.Feature, []profile.Role{profile.FeatureValue, profile.FeatureCategory}},
	"classes":      {profile.Predicted, []profile.Role{profile.Outcomes, profile.Predictions}},
	"categories":   {profile.Category, []profile.Role{profile.FeatureCategory}},
	"segments":     {"", anyRole},
	"label_values": {"", anyRole},
	"environments": {"environment", anyRole},
	"labels":       {"", anyRole},
}

// ValueKinds lists the kinds of values, sorted.
func ValueKinds() []string {
	kinds := make([]string, 0, len(valueKinds))
	for k := range valueKinds {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	return kinds
}

// Values lists the values of a kind, sorted. Truncated tells that there are more
// than the limit.
func (r *Reader) Values(ctx context.Context, req ValuesRequest) (values []string, truncated bool, err error) {
	kind, ok := valueKinds[req.Kind]
	if !ok {
		return nil, false, fmt.Errorf("kind %q is not known: use one of %s", req.Kind, strings.Join(ValueKinds(), ", "))
	}
	p := r.cfg.Profile
	label := p.Label(kind.label)
	if kind.label == "" && req.Kind != "labels" {
		if req.Label == "" {
			return nil, false, fmt.Errorf("kind %q needs a label: give the name of the label whose values you want", req.Kind)
		}
		label = p.Label(profile.Label(req.Label))
	}
	if req.Limit <= 0 {
		req.Limit = DefaultValues
	}
	selectors, err := r.valueSelectors(p, kind, req, label)
	if err != nil {
		return nil, false, err
	}
	if req.Kind == "labels" {
		values, _, err = r.client.LabelNames(ctx, selectors, req.From, req.To, 0)
		values = slices.DeleteFunc(values, func(name string) bool {
			return name == prometheus.NameLabel || name == leLabel || !matches(name, req.Search)
		})
	} else {
		// The server filters and limits: there may be very many values.
		values, _, err = r.client.LabelValues(ctx, label, selectors, req.From, req.To, req.Limit+1)
		values = slices.DeleteFunc(values, func(v string) bool { return v == "" || !matches(v, req.Search) })
	}
	if err != nil {
		return nil, false, err
	}
	sort.Strings(values)
	values = slices.Compact(values)
	if len(values) > req.Limit {
		return values[:req.Limit], true, nil
	}
	return values, false, nil
}

func matches(value, search string) bool {
	return strings.Contains(strings.ToLower(value), strings.ToLower(search))
}

func (r *Reader) valueSelectors(p profile.Profile, kind valueKind, req ValuesRequest, label string) ([]prometheus.Selector, error) {
	var ms []Matcher
	add := func(l profile.Label, values []string) {
		if len(values) > 0 && p.Label(l) != label {
			ms = append(ms, Matcher{Label: l, Op: "=", Values: values})
		}
	}
	add(profile.Model, req.Model)
	add(profile.Version, req.Version)
	if req.Feature != "" {
		add(profile.Feature, []string{req.Feature})
	}
	matchers := r.matchers(p, ms)
	if req.Search != "" && req.Kind != "labels" {
		matchers = append(matchers, prometheus.Matcher{Label: label, Op: prometheus.Like, Value: "(?i:.*" + prometheus.EscapeRegex(req.Search) + ".*)"})
	}
	var out []prometheus.Selector
	for _, role := range kind.roles {
		metric, ok := p.Metric(role)
		if !ok {
			continue
		}
		info, _ := profile.Info(role)
		f, err := newFamily(metric, info.Type == profile.Histogram, matchers)
		if err != nil {
			return nil, fmt.Errorf("the metric for %s: %w", role, err)
		}
		name := f.name
		if !f.histogram {
			out = append(out, f.selector(name))
			continue
		}
		// A histogram is found by its count, or by its own name when native.
		out = append(out, prometheus.Selector{Matchers: append([]prometheus.Matcher{prometheus.AnyOf(prometheus.NameLabel, []string{name, name + "_count"})}, f.conditions()...)})
	}
	return out, nil
}

// RoleStatus tells whether the server has a role's metric.
type RoleStatus struct {
	Role   profile.Role
	Metric string
	Type   profile.Type
	Help   string
	Found  bool
}

// Probe is what a look at the server found.
type Probe struct {
	Flavour, Version string
	Roles            []RoleStatus
	// Models are the models that the server knows of, up to DefaultValues.
	Models []string
}

// seen is how far back a probe looks for metrics.
const seen = 24 * time.Hour

// Probe asks the server who it is and which metrics of the profile it has had
// within the last day. An unknown flavour is no error; an unreachable server is.
func (r *Reader) Probe(ctx context.Context, model []string) (Probe, error) {
	now := r.cfg.Now()
	if _, err := r.client.QueryInstant(ctx, "vector(1)", now); err != nil {
		return Probe{}, err
	}
	var out Probe
	if info, err := r.client.BuildInfo(ctx); err == nil {
		out.Flavour, out.Version = string(info.Flavour), info.Version
	}
	p := r.cfg.Profile
	var ms []Matcher
	if len(model) > 0 {
		ms = append(ms, Matcher{Label: profile.Model, Op: "=", Values: model})
	}
	matchers := r.matchers(p, ms)
	var wanted []string
	var own []prometheus.Selector // selectors of the user's own
	for _, info := range profile.Roles() {
		metric, ok := p.Metric(info.Role)
		if !ok {
			continue
		}
		f, err := newFamily(metric, info.Type == profile.Histogram || info.Type == profile.StaticHistogram, matchers)
		if err != nil {
			return Probe{}, fmt.Errorf("the metric for %s: %w", info.Role, err)
		}
		names := []string{f.name}
		if f.histogram {
			names = append(names, f.name+"_count")
		}
		if strings.ContainsRune(metric, '{') {
			own = append(own, f.selector(f.name))
		}
		wanted = append(wanted, names...)
		out.Roles = append(out.Roles, RoleStatus{Role: info.Role, Metric: f.name, Type: info.Type, Help: info.Help})
	}
	selector := prometheus.Selector{Matchers: append([]prometheus.Matcher{prometheus.AnyOf(prometheus.NameLabel, wanted)}, matchers...)}
	have, _, err := r.client.LabelValues(ctx, prometheus.NameLabel, append(own, selector), now.Add(-seen), now, 0)
	if err != nil {
		return Probe{}, err
	}
	for i, role := range out.Roles {
		out.Roles[i].Found = slices.Contains(have, role.Metric) || slices.Contains(have, role.Metric+"_count")
	}
	out.Models, _, err = r.Values(ctx, ValuesRequest{Kind: "models", Model: model, From: now.Add(-seen), To: now})
	return out, err
}
