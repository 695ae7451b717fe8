package prometheus

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Flavour is the product that answers behind the Prometheus API.
type Flavour string

// The products that can be told apart.
const (
	Prometheus      Flavour = "Prometheus"
	Mimir           Flavour = "Mimir"
	Cortex          Flavour = "Cortex"
	Thanos          Flavour = "Thanos"
	VictoriaMetrics Flavour = "VictoriaMetrics"
	Unknown         Flavour = "unknown"
)

// Server is what a server says of itself.
type Server struct {
	Flavour Flavour
	Version string // "" if it is not told
}

// fictionalVersion is what VictoriaMetrics gives as its version, to stand for
// the Prometheus API that it is compatible with.
const fictionalVersion = "2.24.0"

// BuildInfo asks a server what it is. Many servers and proxies lack this
// endpoint: then the flavour is Unknown and the error says why, which should not keep
// anyone from querying.
func (c *Client) BuildInfo(ctx context.Context) (Server, error) {
	unknown := Server{Flavour: Unknown}
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	resp, err := c.send(ctx, http.MethodGet, "/api/v1/status/buildinfo", c.fixed)
	if err == nil {
		resp, err = c.good(resp)
	}
	if err != nil {
		return unknown, err
	}
	defer drop(resp)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return unknown, c.conceal(transportError(ctx, err))
	}
	var answer struct {
		Status string
		Data   buildInfo
	}
	if json.Unmarshal(body, &answer) != nil || answer.Status != "success" {
		return unknown, c.conceal(notJSONError(resp.StatusCode, body))
	}
	answer.Data.victoria = resp.Header.Get("X-Server-Hostname") != ""
	return answer.Data.server(), nil
}

// buildInfo is the answer of /api/v1/status/buildinfo.
type buildInfo struct {
	Application string // Mimir, Cortex
	Version     string
	Revision    string
	GoVersion   string
	Features    map[string]any // Mimir, Cortex

	victoria bool // a header that VictoriaMetrics adds to its answers was there
}

// server tells products apart by what only they do.
func (b buildInfo) server() Server {
	application := strings.ToLower(b.Application)
	switch {
	case strings.Contains(application, "mimir"):
		return Server{Mimir, b.Version}
	case strings.Contains(application, "cortex"):
		return Server{Cortex, b.Version}
	case strings.Contains(application, "thanos"):
		return Server{Thanos, b.Version}
	case b.Features != nil && b.Application == "":
		return Server{Mimir, b.Version} // and the Cortex of that time, which it came from
	case b.victoria, b.Version == fictionalVersion && b.Revision == "" && b.GoVersion == "":
		return Server{VictoriaMetrics, strings.TrimPrefix(b.Version, fictionalVersion)}
	case strings.HasPrefix(b.Version, "0.") && b.Application == "":
		return Server{Thanos, b.Version} // Prometheus had left 0 before it had this endpoint
	case b.Version != "" && b.Application == "":
		return Server{Prometheus, b.Version}
	default:
		return Server{Unknown, b.Version}
	}
}
