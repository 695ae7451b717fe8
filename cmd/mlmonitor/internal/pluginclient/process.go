package pluginclient

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// PluginID is the id of the plugin in its plugin.json.
const PluginID = "mlmonitor-metrics-datasource"

// maxMessage is what Grafana accepts in one message from a plugin.
const maxMessage = 1 << 30

// Options of Start.
type Options struct {
	// Path is the plugin's binary; Args are its arguments.
	Path string
	Args []string
	// Log takes what the plugin logs; nil throws it away.
	Log io.Writer
}

// Plugin is a running plugin process. It is safe for concurrent use.
type Plugin struct {
	process     *goplugin.Client
	data        pluginv2.DataClient
	diagnostics pluginv2.DiagnosticsClient
	resource    pluginv2.ResourceClient
}

// Start runs the plugin and shakes hands with it.
func Start(options Options) (*Plugin, error) {
	command := exec.Command(options.Path, options.Args...)
	command.Env = environment(os.Environ())
	stderr := options.Log
	if stderr == nil {
		stderr = io.Discard
	}
	process := goplugin.NewClient(&goplugin.ClientConfig{
		Cmd: command,
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{
			grpcplugin.ProtocolVersion: {
				"data":        &grpcplugin.DataGRPCPlugin{},
				"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
				"resource":    &grpcplugin.ResourceGRPCPlugin{},
			},
		},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		GRPCDialOptions:  []grpc.DialOption{grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage))},
		Logger:           hclog.NewNullLogger(),
		Stderr:           stderr,
		SkipHostEnv:      true,
		Managed:          true,
	})
	p := &Plugin{process: process}
	if err := p.connect(); err != nil {
		process.Kill()
		return nil, fmt.Errorf("starting the plugin %q: %w", options.Path, err)
	}
	return p, nil
}

func (p *Plugin) connect() error {
	protocol, err := p.process.Client()
	if err != nil {
		return err
	}
	for _, service := range []struct {
		name string
		take func(client any) bool
	}{
		{"data", func(c any) (ok bool) { p.data, ok = c.(pluginv2.DataClient); return ok }},
		{"diagnostics", func(c any) (ok bool) { p.diagnostics, ok = c.(pluginv2.DiagnosticsClient); return ok }},
		{"resource", func(c any) (ok bool) { p.resource, ok = c.(pluginv2.ResourceClient); return ok }},
	} {
		client, err := protocol.Dispense(service.name)
		if err != nil {
			return fmt.Errorf("its service %q: %w", service.name, err)
		}
		if !service.take(client) {
			return fmt.Errorf("its service %q is of the unexpected type %T", service.name, client)
		}
	}
	return nil
}

// Close ends the process.
func (p *Plugin) Close() { p.process.Kill() }

// environment keeps what a plugin needs from the environment, and no secrets
// that happen to be there.
func environment(all []string) []string {
	var kept []string
	for _, variable := range all {
		name, _, _ := strings.Cut(variable, "=")
		switch strings.ToUpper(name) {
		case "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "TZ", "LANG",
			"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG", "GORACE", "GOCOVERDIR":
			kept = append(kept, variable)
		}
	}
	return kept
}
