package analysis

import (
	"maps"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// key identifies a combination of label values; it sorts as the values do.
func key(labels map[string]string, by []profile.Label) string {
	var b strings.Builder
	for _, l := range by {
		b.WriteString(labels[string(l)])
		b.WriteByte(0)
	}
	return b.String()
}

// known drops the labels without a value: a series that lacks a label and one
// whose label is empty are the same to Prometheus.
func known(labels map[string]string) map[string]string {
	out := make(map[string]string, len(labels)+2)
	for name, value := range labels {
		if value != "" {
			out[name] = value
		}
	}
	return out
}

// with is a copy of labels with further ones, given as name, value, name, value.
// Empty values are left out.
func with(labels map[string]string, pairs ...string) map[string]string {
	out := maps.Clone(labels)
	if out == nil {
		out = make(map[string]string, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out[pairs[i]] = pairs[i+1]
		}
	}
	return out
}

// only is a copy of labels reduced to the given ones, empty values left out.
func only(labels map[string]string, by []profile.Label) map[string]string {
	out := make(map[string]string, len(by))
	for _, l := range by {
		if v := labels[string(l)]; v != "" {
			out[string(l)] = v
		}
	}
	return out
}

// labelOrder is how labels stand in names and in the columns of tables: what is
// measured, of which model, of which thing in it; then the query's own labels.
var labelOrder = []string{
	"metric", string(profile.Model), string(profile.Version), "target", string(profile.Feature), string(profile.Class), "average",
}

func ordered(names []string) []string {
	slices.SortFunc(names, func(a, b string) int {
		if pa, pb := place(a), place(b); pa != pb {
			return pa - pb
		}
		return strings.Compare(a, b)
	})
	return names
}

func place(name string) int {
	if i := slices.Index(labelOrder, name); i >= 0 {
		return i
	}
	return len(labelOrder)
}

// varying are the names of the labels, in order, whose values differ between the
// sets; a set without a label differs from one that has it.
func varying(sets []map[string]string) []string {
	names := make(map[string]bool)
	for _, set := range sets {
		for name := range set {
			names[name] = true
		}
	}
	var out []string
	for name := range names {
		for _, set := range sets {
			if set[name] != sets[0][name] {
				out = append(out, name)
				break
			}
		}
	}
	return ordered(out)
}

// title names one of several labelled things by what tells it from the others.
func title(labels map[string]string, names []string) string {
	var parts []string
	for _, name := range names {
		if v := labels[name]; v != "" {
			if name == "metric" {
				v = strings.ReplaceAll(v, "_", " ")
			}
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, " ")
}
