package modelserver

import (
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// Metadata describes every metric of the convention, as # TYPE and # HELP lines
// of an exporter would.
func Metadata() []server.Metadata {
	var families []server.Metadata
	for _, role := range profile.Roles() {
		kind := string(role.Type)
		switch role.Type {
		case profile.StaticCounter:
			kind = "counter"
		case profile.StaticHistogram:
			kind = "histogram"
		}
		families = append(families, server.Metadata{Family: role.Metric, Type: kind, Help: sentence(role.Help)})
	}
	return append(families, server.Metadata{Family: "up", Type: "gauge", Help: "1 if the last scrape succeeded."})
}

func sentence(help string) string {
	if help == "" {
		return ""
	}
	return strings.ToUpper(help[:1]) + help[1:] + "."
}
