//go:build mage

// The backend's build, on the targets of Grafana's plugin SDK: `go tool mage -l`
// lists them, `go tool mage` builds for all platforms, `go tool mage build:backend`
// for this one.
package main

import (
	// mage:import
	"github.com/grafana/grafana-plugin-sdk-go/build"
)

// Default builds the plugin for every platform that the SDK builds for.
var Default = build.BuildAll

func init() {
	// The plugin is built from its own go.mod alone: in the workspace the command
	// line's many modules would choose the versions.
	if err := build.SetBeforeBuildCallback(func(cfg build.Config) (build.Config, error) {
		if cfg.Env == nil {
			cfg.Env = map[string]string{}
		}
		cfg.Env["GOWORK"] = "off"
		return cfg, nil
	}); err != nil {
		panic(err)
	}
}
