package frames

import (
	"slices"
	"sort"
	"strings"
)

// labelOrder is the order in which labels make a name; others follow by name.
var labelOrder = []string{"metric", "model", "version", "feature", "class", "average", "bound"}

// names makes a short display name for each set of labels: the values of those
// labels that differ between them. Where nothing differs it is the metric.
func names(sets []map[string]string) []string {
	varying := varyingLabels(sets)
	out := make([]string, len(sets))
	for i, labels := range sets {
		var parts []string
		for _, name := range varying {
			if v := labels[name]; v != "" {
				if name == "metric" {
					v = title(v)
				}
				parts = append(parts, v)
			}
		}
		if len(parts) == 0 {
			parts = []string{title(labels["metric"])}
		}
		out[i] = strings.Join(parts, " ")
	}
	return out
}

func varyingLabels(sets []map[string]string) []string {
	seen := map[string]bool{}
	var varying []string
	for _, labels := range sets {
		for name := range labels {
			if seen[name] {
				continue
			}
			seen[name] = true
			for _, other := range sets {
				if other[name] != sets[0][name] {
					varying = append(varying, name)
					break
				}
			}
		}
	}
	sort.Slice(varying, func(i, j int) bool {
		a, b := rank(varying[i]), rank(varying[j])
		if a != b {
			return a < b
		}
		return varying[i] < varying[j]
	})
	return varying
}

// rank puts a user's own labels (segment, environment) after the version.
func rank(label string) int {
	if i := slices.Index(labelOrder, label); i >= 0 {
		return 2 * i
	}
	return 2*slices.Index(labelOrder, "version") + 1
}

// title writes a metric's name in words.
func title(metric string) string { return strings.ReplaceAll(metric, "_", " ") }
