package grafana

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/pluginclient"
)

// startTime is how long Grafana may take: it makes its database first.
const startTime = 3 * time.Minute

// Options of Start.
type Options struct {
	Installation
	// Root is the directory of this repository.
	Root string
	// Backend is a program that serves the plugin when it is called by the name
	// of the plugin's binary; it is used if dist/ has none.
	Backend string
	// PrometheusURL is what the data source asks.
	PrometheusURL string
	// Log takes what Grafana logs.
	Log io.Writer
}

// Grafana is a running Grafana. Close ends it and removes its data.
type Grafana struct {
	URL     string
	command *exec.Cmd
	dir     string
	ended   chan error
}

// Start runs Grafana on a free port of loopback, without login, with the built
// plugin and the provisioning of the repository, and waits until it answers.
func Start(ctx context.Context, options Options) (*Grafana, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mlmonitor-grafana-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for Grafana's data: %w", err)
	}
	g := &Grafana{URL: fmt.Sprintf("http://127.0.0.1:%d", port), dir: dir, ended: make(chan error, 1)}
	if err := install(filepath.Join(options.Root, "dist"), filepath.Join(dir, "plugins", pluginclient.PluginID), options.Backend); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	g.command = exec.Command(options.Binary, "server", "--homepath", options.Home)
	g.command.Dir = options.Home
	g.command.Env = append(os.Environ(), environment(options, port, dir)...)
	g.command.Stdout, g.command.Stderr = options.Log, options.Log
	if err := g.command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting Grafana: %w", err), os.RemoveAll(dir))
	}
	go func() { g.ended <- g.command.Wait() }()
	if err := g.ready(ctx); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

func environment(options Options, port int, dir string) []string {
	return []string{
		"MLMONITOR_PROMETHEUS_URL=" + options.PrometheusURL,
		"MLMONITOR_DASHBOARDS=" + filepath.Join(options.Root, "src", "dashboards"),
		"GF_DEFAULT_APP_MODE=development",
		"GF_SERVER_HTTP_ADDR=127.0.0.1",
		fmt.Sprintf("GF_SERVER_HTTP_PORT=%d", port),
		"GF_PATHS_DATA=" + filepath.Join(dir, "data"),
		"GF_PATHS_LOGS=" + filepath.Join(dir, "logs"),
		"GF_PATHS_PLUGINS=" + filepath.Join(dir, "plugins"),
		"GF_PATHS_PROVISIONING=" + filepath.Join(options.Root, "provisioning"),
		"GF_AUTH_ANONYMOUS_ENABLED=true",
		"GF_AUTH_ANONYMOUS_ORG_ROLE=Admin",
		"GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=" + pluginclient.PluginID,
		"GF_PLUGINS_PREINSTALL_DISABLED=true",
		"GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED=true",
		"GF_ANALYTICS_REPORTING_ENABLED=false",
		"GF_ANALYTICS_CHECK_FOR_UPDATES=false",
		"GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false",
		"GF_NEWS_NEWS_FEED_ENABLED=false",
		"GF_SECURITY_DISABLE_GRAVATAR=true",
		"GF_LOG_MODE=console",
		"GF_LOG_LEVEL=warn",
	}
}

// freePort asks the system for a port that is free now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port for Grafana: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

func (g *Grafana) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	ticker := time.NewTicker(300 * time.Millisecond)
	defer ticker.Stop()
	for {
		var health struct{ Database string }
		if err := g.get(ctx, "/api/health", &health); err == nil && health.Database == "ok" {
			return nil
		}
		select {
		case err := <-g.ended:
			g.ended <- err
			return fmt.Errorf("Grafana ended early (--verbose shows its log): %w", err)
		case <-ctx.Done():
			return fmt.Errorf("Grafana did not answer on %s: %w", g.URL, ctx.Err())
		case <-ticker.C:
		}
	}
}

// Dashboard is the URL of the provisioned dashboard, showing a model, or
// Grafana's own if there is none yet.
func (g *Grafana) Dashboard(ctx context.Context, model string) string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		var found []struct{ URL, Title string }
		if err := g.get(ctx, "/api/search?type=dash-db", &found); err == nil && len(found) > 0 {
			return g.URL + found[0].URL + "?var-model=" + url.QueryEscape(model)
		}
		select {
		case <-ctx.Done():
			return g.URL
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (g *Grafana) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers with status %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// Close asks Grafana to stop, waits, and removes its data.
func (g *Grafana) Close() error {
	_ = g.command.Process.Signal(os.Interrupt)
	select {
	case <-g.ended:
	case <-time.After(10 * time.Second):
		_ = g.command.Process.Kill()
		<-g.ended
	}
	return os.RemoveAll(g.dir)
}
