package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/fleet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/grafana"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/pluginclient"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/replay"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/report"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/showcase"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/terminal"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// demoWeek is how far back the demo is filled.
const demoWeek = 7 * 24 * time.Hour

// flightsNow is the day of 2001 that is played as the demo starts; the rest of
// June follows live, within twelve hours, and then the time since v2 again.
var flightsNow = time.Date(2001, 6, 18, 0, 0, 0, 0, time.UTC)

type demoFlags struct {
	interval                            time.Duration
	once, noGrafana, verbose            bool
	report, listen, plugin, grafanaHome string
	seed                                uint64
}

func runDemo(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f demoFlags
	flags := flag.NewFlagSet("mlmonitor demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&f.once, "once", false, "end after the report instead of going on live")
	flags.StringVar(&f.report, "report", filepath.Join(os.TempDir(), "mlmonitor-report.html"), "`file` to write the report to")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "`address` of the Prometheus API")
	flags.StringVar(&f.plugin, "plugin", "", "`path` of a plugin binary (gpx_...); default is the one built in")
	flags.StringVar(&f.grafanaHome, "grafana-home", "", "home `directory` of a Grafana to start; default is the one on the PATH, if any")
	flags.BoolVar(&f.noGrafana, "no-grafana", false, "start no Grafana even if there is one")
	flags.DurationVar(&f.interval, "scrape-interval", 30*time.Second, "`time` between scrapes, up to 4m")
	flags.Uint64Var(&f.seed, "seed", 1, "`seed` of the simulated models")
	flags.BoolVar(&f.verbose, "verbose", false, "show the logs of the plugin and of Grafana")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("argument %q is not understood", flags.Arg(0))
	}
	if f.interval < time.Second || f.interval > 4*time.Minute {
		return fmt.Errorf("--scrape-interval %s is out of range: use 1s to 4m", f.interval)
	}
	d := &demo{flags: f, screen: terminal.NewScreen(stdout), log: io.Discard}
	if f.verbose {
		d.log = stderr
	}
	err := d.run(ctx)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil // the user pressed Ctrl-C
	}
	return err
}

// demo is a running demo.
type demo struct {
	flags  demoFlags
	screen terminal.Screen
	log    io.Writer

	server *server.Server
	jobs   []timeline.Job
	times  showcase.Times
}

func (d *demo) run(ctx context.Context) (err error) {
	installation, grafanaErr := d.findGrafana()
	if grafanaErr != nil && !errors.Is(grafanaErr, grafana.ErrNone) {
		return grafanaErr
	}
	began := time.Now()
	d.server, err = server.Start(server.Options{Listen: d.flags.listen, Metadata: modelserver.Metadata()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.server.Close()) }()
	if err := d.backfill(ctx); err != nil {
		return err
	}
	group, live := errgroup.WithContext(ctx)
	group.Go(func() error { return timeline.Live(live, d.server, d.jobs, d.times.Now) })
	group.Go(func() error {
		if err := d.tour(live); err != nil {
			return err
		}
		fmt.Fprintf(d.screen, "\nAll of this took %s.\n", time.Since(began).Round(100*time.Millisecond))
		if d.flags.once {
			return errDone
		}
		return d.stay(live, installation, grafanaErr)
	})
	if err := group.Wait(); !errors.Is(err, errDone) {
		return err
	}
	return nil
}

// errDone ends a demo that runs once.
var errDone = errors.New("done")

func (d *demo) findGrafana() (grafana.Installation, error) {
	if d.flags.noGrafana || d.flags.once && d.flags.grafanaHome == "" {
		return grafana.Installation{}, grafana.ErrNone
	}
	return grafana.Find(d.flags.grafanaHome)
}

// backfill fills the week up to now.
func (d *demo) backfill(ctx context.Context) error {
	interval := d.flags.interval
	now := time.Now().Truncate(interval)
	from := now.Add(-demoWeek)
	flown, jobs, err := demoModels(from, interval, d.flags.seed)
	if err != nil {
		return err
	}
	d.jobs = jobs
	d.times = showcase.Times{From: from, Now: now, Fleet: from, Flights: func(month time.Month, day int) time.Time {
		return flown.At(time.Date(2001, month, day, 0, 0, 0, 0, time.UTC))
	}}
	fmt.Fprintf(d.screen, "Playing a week of %d models into an embedded Prometheus:\n", len(d.jobs))
	began, last := time.Now(), -1
	err = timeline.Backfill(ctx, d.server, d.jobs, from, now, func(share float64) {
		if percent := int(math.Floor(share*10)) * 10; percent != last {
			last = percent
			fmt.Fprintf(d.screen, " %d %%", percent)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.screen, "\n%d series in %s. The Prometheus API is at %s\n", d.server.Series(), time.Since(began).Round(100*time.Millisecond), d.server.URL())
	return nil
}

// tour asks all questions, shows the answers and writes the report.
func (d *demo) tour(ctx context.Context) error {
	plugin, err := startPlugin(d.flags.plugin, d.log)
	if err != nil {
		return err
	}
	defer plugin.Close()
	source := pluginclient.DataSource{URL: d.server.URL()}
	health, err := plugin.CheckHealth(ctx, source)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.screen, "The plugin says: %s\n", health.Message)

	r := report.Report{
		Title: "ML Monitor: what the models did this week",
		Made:  time.Now(), From: d.times.From, To: d.times.Now,
		Server: fmt.Sprintf("Prometheus %s, embedded", server.Version),
		Health: health.Message, Schedule: d.schedule(),
	}
	failed := 0
	for _, question := range showcase.Questions(d.times) {
		answer := showcase.Ask(ctx, plugin, source, question)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if answer.Err != nil {
			failed++
		}
		d.screen.Answer(answer)
		r.Answers = append(r.Answers, answer)
	}
	d.screen.Heading("What the simulation does", "The flights are real. The other models are simulated and fail on this schedule, which repeats every eight days.")
	for _, entry := range r.Schedule {
		mark := "  "
		if entry.Now {
			mark = "▶ "
		}
		fmt.Fprintf(d.screen, "%s%-31s %-8s %s\n", mark, entry.When, entry.Model, entry.What)
	}
	if err := writeReport(d.flags.report, r); err != nil {
		return err
	}
	path, err := filepath.Abs(d.flags.report)
	if err != nil {
		path = d.flags.report
	}
	fmt.Fprintf(d.screen, "\nThe report with all charts: %s\n", path)
	if failed > 0 {
		return fmt.Errorf("%d of %d queries failed", failed, len(r.Answers))
	}
	return nil
}

func (d *demo) schedule() []report.Entry {
	var entries []report.Entry
	for _, e := range fleet.Schedule(d.times.Fleet) {
		when := e.From.UTC().Format("Mon Jan 2 15:04")
		if e.To.After(e.From) {
			when += " – " + e.To.UTC().Format("Jan 2 15:04")
		}
		entries = append(entries, report.Entry{
			When: when, Model: e.Model, What: e.What,
			Now: !d.times.Now.Before(e.From) && d.times.Now.Before(e.To),
		})
	}
	return entries
}

func writeReport(path string, r report.Report) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing the report (choose another file with --report): %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return report.Write(file, r)
}

// stay keeps everything running until the context ends, with Grafana if there
// is one.
func (d *demo) stay(ctx context.Context, installation grafana.Installation, missing error) (err error) {
	if missing != nil {
		fmt.Fprintf(d.screen, "No Grafana is started (%s).\n", missing)
	} else {
		root, err := grafana.Root()
		if err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding this program, which is Grafana's plugin too: %w", err)
		}
		fmt.Fprintln(d.screen, "Starting Grafana ...")
		g, err := grafana.Start(ctx, grafana.Options{Installation: installation, Root: root, Backend: self, PrometheusURL: d.server.URL(), Log: d.log})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, g.Close()) }()
		fmt.Fprintf(d.screen, "Grafana's dashboard: %s\n", g.Dashboard(ctx, replay.Model))
	}
	fmt.Fprintf(d.screen, "\nThe models go on live; the Prometheus API is at %s. Ask it yourself:\n\n", d.server.URL())
	fmt.Fprintf(d.screen, "  mlmonitor query --url %s --from now-1d --query '{\"analysis\":\"models\"}'\n\nCtrl-C stops everything.\n", d.server.URL())
	<-ctx.Done()
	return ctx.Err()
}
