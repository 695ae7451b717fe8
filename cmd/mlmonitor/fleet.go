package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exposition"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/fleet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/replay"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

type fleetFlags struct {
	listen, history string
	interval        time.Duration
	seed            uint64
}

// runFleet serves the models of the demo at /metrics, for a Prometheus of one's
// own to scrape.
func runFleet(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f fleetFlags
	flags := flag.NewFlagSet("mlmonitor fleet", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&f.listen, "listen", "127.0.0.1:9464", "`address` to serve /metrics at")
	flags.StringVar(&f.history, "history", "", "storage `directory` of a Prometheus that has not started yet, to fill with the last week if it is empty")
	flags.DurationVar(&f.interval, "scrape-interval", 30*time.Second, "`time` between the samples of the history")
	flags.Uint64Var(&f.seed, "seed", 1, "`seed` of the simulated models")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("argument %q is not understood", flags.Arg(0))
	}
	if f.interval < time.Second || f.interval > 4*time.Minute {
		return fmt.Errorf("--scrape-interval %s is out of range: use 1s to 4m", f.interval)
	}
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("listening on %q failed (choose another address with --listen): %w", f.listen, err)
	}
	defer func() { _ = listener.Close() }() // closed by the server in most cases

	jobs, err := f.jobs(ctx, time.Now().Truncate(f.interval), stdout)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", exposition.Handler(jobs, time.Now))
	serving := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = serving.Close() })()
	fmt.Fprintf(stdout, "The models are at http://%s/metrics (scrape them with honor_labels). Ctrl-C stops.\n", listener.Addr())
	if err := serving.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// jobs are the models as they are now: after the week that is written as
// history or, without one, at their start.
func (f fleetFlags) jobs(ctx context.Context, now time.Time, stdout io.Writer) ([]timeline.Job, error) {
	if f.history == "" {
		_, jobs, err := demoModels(now, f.interval, f.seed)
		return jobs, err
	}
	if err := os.MkdirAll(f.history, 0o755); err != nil {
		return nil, fmt.Errorf("making the storage directory: %w", err)
	}
	entries, err := os.ReadDir(f.history)
	if err != nil {
		return nil, fmt.Errorf("looking into the storage directory: %w", err)
	}
	if len(entries) > 0 {
		fmt.Fprintf(stdout, "%s holds data already: the models start anew, without a history.\n", f.history)
		_, jobs, err := demoModels(now, f.interval, f.seed)
		return jobs, err
	}
	from := now.Add(-demoWeek)
	_, jobs, err := demoModels(from, f.interval, f.seed)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stdout, "Writing the week up to now into %s ...\n", f.history)
	past, err := server.Start(server.Options{})
	if err != nil {
		return nil, err
	}
	if err := timeline.Backfill(ctx, past, jobs, from, now, nil); err != nil {
		return nil, errors.Join(err, past.Close())
	}
	return jobs, errors.Join(past.WriteBlocks(ctx, f.history), past.Close())
}

// demoModels are the flights, played so fast that a week ends at flightsNow, and
// the simulated fleet; their story begins at from. The flights come first.
func demoModels(from time.Time, interval time.Duration, seed uint64) (*replay.Replay, []timeline.Job, error) {
	speed := float64(flightsNow.Sub(flights.Start)) / float64(demoWeek)
	flown, err := replay.New(replay.Options{Start: from, Speed: speed, Interval: interval, Loop: true})
	if err != nil {
		return nil, nil, err
	}
	return flown, append([]timeline.Job{flown}, fleet.New(from, interval, seed)...), nil
}
