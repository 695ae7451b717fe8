// Command mlmonitor shows and tests ML Monitor without Grafana: a demo with an
// embedded Prometheus, and queries from the command line.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/grafana"
)

const usage = `mlmonitor watches machine-learning models through Prometheus.

Usage:

  mlmonitor demo  [flags]    start a Prometheus with real and simulated models, run every
                             analysis, write a report; with Grafana if there is one
  mlmonitor query [flags]    run one query against any Prometheus-compatible server
  mlmonitor fleet [flags]    serve the demo's models at /metrics, for a Prometheus of your own

"mlmonitor <command> -h" lists the flags of a command.
`

// errUsage is returned after the usage has been written.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	args := os.Args[1:]
	if strings.HasPrefix(filepath.Base(os.Args[0]), grafana.BinaryPrefix) {
		args = []string{pluginCommand} // Grafana started a copy of this program
	}
	err := run(ctx, args, os.Stdout, os.Stderr)
	switch {
	case err == nil:
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "mlmonitor:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	switch args[0] {
	case "demo":
		return runDemo(ctx, args[1:], stdout, stderr)
	case "query":
		return runQuery(ctx, args[1:], stdout, stderr)
	case "fleet":
		return runFleet(ctx, args[1:], stdout, stderr)
	case pluginCommand:
		return servePlugin()
	case "help", "-h", "--help":
		fmt.Fprint(stdout, usage)
		return nil
	default:
		fmt.Fprint(stderr, usage)
		return fmt.Errorf("command %q is not known: use demo, query or fleet", args[0])
	}
}
