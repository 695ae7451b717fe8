package profile

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// Profile maps roles to metric names and labels to label names. A role that is
// absent cannot be read.
type Profile struct {
	Name   string           `json:"name"`
	Title  string           `json:"title"`
	Help   string           `json:"help"`
	Roles  map[Role]string  `json:"roles"`
	Labels map[Label]string `json:"labels"`
}

// Convention is the project's own naming, the default profile.
func Convention() Profile {
	p := Profile{
		Name:   "convention",
		Title:  "ML Monitor convention",
		Help:   "The ml_* metrics of the ML Monitor instrumentation libraries.",
		Roles:  make(map[Role]string, len(roles)),
		Labels: make(map[Label]string, len(labels)),
	}
	for _, r := range roles {
		p.Roles[r.Role] = r.Metric
	}
	for _, l := range labels {
		p.Labels[l.Label] = string(l.Label)
	}
	return p
}

// Lookup returns the preset of that name; the empty name is the convention.
func Lookup(name string) (Profile, error) {
	names := make([]string, 0, len(presets)+1)
	for _, p := range Presets() {
		if p.Name == name || name == "" && p.Name == "convention" {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("profile %q is not known: use one of %s", name, strings.Join(names, ", "))
}

// With returns a copy in which roles and labels replace the profile's own. An
// unknown role or label is an error; an empty name removes the role.
func (p Profile) With(roleNames, labelNames map[string]string) (Profile, error) {
	out := p
	out.Roles = make(map[Role]string, len(p.Roles)+len(roleNames))
	for r, m := range p.Roles {
		out.Roles[r] = m
	}
	out.Labels = make(map[Label]string, len(p.Labels)+len(labelNames))
	for l, n := range p.Labels {
		out.Labels[l] = n
	}
	for _, name := range sortedKeys(roleNames) {
		if _, ok := Info(Role(name)); !ok {
			return Profile{}, fmt.Errorf("role %q is not known: roles are named as in the convention, for instance %q or %q", name, FeatureValue, Outcomes)
		}
		if roleNames[name] == "" {
			delete(out.Roles, Role(name))
			continue
		}
		out.Roles[Role(name)] = roleNames[name]
	}
	for _, name := range sortedKeys(labelNames) {
		if !knownLabel(Label(name)) {
			return Profile{}, fmt.Errorf("label %q is not known: labels are named as in the convention, for instance %q or %q", name, Model, Feature)
		}
		if labelNames[name] == "" {
			return Profile{}, fmt.Errorf("label %q is mapped to an empty name: give the label's name on your server", name)
		}
		if !labelName.MatchString(labelNames[name]) {
			return Profile{}, fmt.Errorf("label %q is mapped to %q, which is not a label name: use letters, digits and underscores", name, labelNames[name])
		}
		out.Labels[Label(name)] = labelNames[name]
	}
	return out, nil
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// Metric returns the metric name or selector that plays the role.
func (p Profile) Metric(r Role) (string, bool) {
	name, ok := p.Roles[r]
	return name, ok && name != ""
}

// Label returns the label's name in this profile. A label that the profile does
// not map (a user's own, such as "environment") keeps its name.
func (p Profile) Label(l Label) string {
	if name, ok := p.Labels[l]; ok {
		return name
	}
	return string(l)
}

// Info describes a role; false when there is no such role.
func Info(r Role) (RoleInfo, bool) {
	for _, info := range roles {
		if info.Role == r {
			return info, true
		}
	}
	return RoleInfo{}, false
}

func knownLabel(l Label) bool {
	for _, info := range labels {
		if info.Label == l {
			return true
		}
	}
	return false
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
