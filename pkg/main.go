// The plugin process that Grafana starts.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/plugin"
)

func main() {
	if err := plugin.Serve(); err != nil {
		log.DefaultLogger.Error("Serving the plugin failed", "error", err)
		os.Exit(1)
	}
}
