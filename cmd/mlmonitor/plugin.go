package main

import (
	"fmt"
	"io"
	"os"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/pluginclient"
	mlplugin "github.com/mlmonitor/mlmonitor-datasource/pkg/plugin"
)

// pluginCommand is the hidden command that makes this program the plugin's own
// process: what pkg/main.go is in the binary for Grafana.
const pluginCommand = "plugin"

func servePlugin() error { return mlplugin.Serve() }

// startPlugin runs the plugin binary at path, or this program as the plugin if
// the path is empty.
func startPlugin(path string, log io.Writer) (*pluginclient.Plugin, error) {
	if path != "" {
		return pluginclient.Start(pluginclient.Options{Path: path, Log: log})
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program to run it as the plugin (give --plugin PATH instead): %w", err)
	}
	return pluginclient.Start(pluginclient.Options{Path: self, Args: []string{pluginCommand}, Log: log})
}
