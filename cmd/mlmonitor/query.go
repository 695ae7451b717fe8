package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/pluginclient"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/terminal"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// Environment variables that keep secrets off the command line.
const (
	passwordVariable = "MLMONITOR_PASSWORD"
	headerVariable   = "MLMONITOR_HEADER"
)

// queryFlags are the flags of "mlmonitor query".
type queryFlags struct {
	url, from, to, query, output string
	settings, user, header       string
	plugin                       string
	interval                     time.Duration
	points                       int64
	verbose                      bool
}

func runQuery(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f queryFlags
	flags := flag.NewFlagSet("mlmonitor query", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&f.url, "url", "", "base `URL` of a Prometheus-compatible server")
	flags.StringVar(&f.from, "from", "now-24h", "start `time`: RFC 3339, Unix seconds, or relative such as now-7d")
	flags.StringVar(&f.to, "to", "now", "end `time`")
	flags.StringVar(&f.query, "query", "", "the query as `JSON`, as a panel would hold it; - reads it from standard input")
	flags.StringVar(&f.output, "output", "table", "`format` of the answer: table, json (what Grafana's /api/ds/query returns) or csv")
	flags.StringVar(&f.settings, "settings", "", "settings of the data source as `JSON` (its jsonData)")
	flags.StringVar(&f.user, "user", "", "`name` for basic authentication; the password comes from "+passwordVariable)
	flags.StringVar(&f.header, "header", "", "a `header` \"Name: value\" to send with each request; or "+headerVariable)
	flags.StringVar(&f.plugin, "plugin", "", "`path` of a plugin binary (gpx_...); default is the one built in")
	flags.DurationVar(&f.interval, "interval", 0, "a panel's step (such as 5m); default follows from the range and --points")
	flags.Int64Var(&f.points, "points", 100, "the most points of a series, as a panel's width gives it")
	flags.BoolVar(&f.verbose, "verbose", false, "show the plugin's log on standard error")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("argument %q is not understood: put the query in --query", flags.Arg(0))
	}
	if f.query == "-" {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("reading the query: %w", err)
		}
		f.query = string(text)
	}
	source, request, err := f.request(time.Now(), os.Getenv)
	if err != nil {
		return err
	}
	var log io.Writer
	if f.verbose {
		log = stderr
	}
	plugin, err := startPlugin(f.plugin, log)
	if err != nil {
		return err
	}
	defer plugin.Close()
	responses, err := plugin.Query(ctx, source, request)
	if err != nil {
		return err
	}
	if err := responses[request.RefID].Error; err != nil {
		return err
	}
	return f.write(stdout, stderr, responses, request.RefID)
}

// request makes what Grafana would send to the plugin.
func (f queryFlags) request(now time.Time, getenv func(string) string) (pluginclient.DataSource, pluginclient.Query, error) {
	source := pluginclient.DataSource{URL: f.url, BasicAuthUser: f.user, Secure: map[string]string{}}
	request := pluginclient.Query{RefID: "A", JSON: json.RawMessage(f.query), MaxDataPoints: f.points}
	fail := func(err error) (pluginclient.DataSource, pluginclient.Query, error) { return source, request, err }

	if f.url == "" {
		return fail(errors.New("--url is missing: give the base URL of the server, such as http://localhost:9090"))
	}
	switch f.output {
	case "table", "json", "csv":
	default:
		return fail(fmt.Errorf("--output %q is not known: use table, json or csv", f.output))
	}
	if strings.TrimSpace(f.query) == "" {
		return fail(errors.New(`--query is missing: give JSON such as {"analysis":"models"}`))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(f.query), &fields); err != nil {
		return fail(fmt.Errorf("--query is not a JSON object: %w", err))
	}
	if refID, found := fields["refId"]; found {
		if err := json.Unmarshal(refID, &request.RefID); err != nil || request.RefID == "" {
			return fail(fmt.Errorf("refId %s is not a name: use a string such as \"A\"", refID))
		}
	}
	var err error
	if request.From, err = query.ParseTime(f.from, now); err != nil {
		return fail(fmt.Errorf("--from %w", err))
	}
	if request.To, err = query.ParseTime(f.to, now); err != nil {
		return fail(fmt.Errorf("--to %w", err))
	}
	if !request.From.Before(request.To) {
		return fail(fmt.Errorf("--from %q is not before --to %q", f.from, f.to))
	}
	if f.points <= 0 {
		return fail(fmt.Errorf("--points %d is not positive", f.points))
	}
	request.Interval = f.interval
	if request.Interval <= 0 {
		request.Interval = step(request.To.Sub(request.From), f.points)
	}

	settings := map[string]any{}
	if f.settings != "" {
		if err := json.Unmarshal([]byte(f.settings), &settings); err != nil {
			return fail(fmt.Errorf("--settings is not a JSON object: %w", err))
		}
	}
	if f.user != "" {
		source.Secure["basicAuthPassword"] = getenv(passwordVariable)
	}
	header := f.header
	if header == "" {
		header = getenv(headerVariable)
	}
	if header != "" {
		name, value, found := strings.Cut(header, ":")
		if !found || strings.TrimSpace(name) == "" {
			return fail(errors.New(`the header is not of the form "Name: value"`))
		}
		settings["httpHeaderName1"] = strings.TrimSpace(name)
		source.Secure["httpHeaderValue1"] = strings.TrimSpace(value)
	}
	source.JSONData, err = json.Marshal(settings)
	return source, request, err
}

// steps are the round steps that a panel takes.
var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// step is the smallest round step that cuts a span into at most so many points.
func step(span time.Duration, points int64) time.Duration {
	for _, s := range steps {
		if span/s <= time.Duration(points) {
			return s
		}
	}
	return steps[len(steps)-1]
}

func (f queryFlags) write(stdout, stderr io.Writer, responses backend.Responses, refID string) error {
	frames := responses[refID].Frames
	switch f.output {
	case "json":
		text, err := json.Marshal(backend.QueryDataResponse{Responses: responses})
		if err != nil {
			return fmt.Errorf("writing the answer as JSON: %w", err)
		}
		_, err = fmt.Fprintf(stdout, "%s\n", text)
		return err
	case "csv":
		for i, s := range sheet.Of(frames, sheet.Exact) {
			if i > 0 {
				fmt.Fprintln(stdout)
			}
			if err := writeCSV(stdout, s); err != nil {
				return err
			}
		}
	default:
		for i, s := range sheet.Of(frames, sheet.Short) {
			if i > 0 {
				fmt.Fprintln(stdout)
			}
			if err := terminal.Table(stdout, sheet.Fold(s)); err != nil {
				return err
			}
		}
	}
	for _, notice := range sheet.Notices(frames) {
		fmt.Fprintln(stderr, "note:", notice)
	}
	return nil
}

func writeCSV(w io.Writer, s sheet.Sheet) error {
	out := csv.NewWriter(w)
	header := make([]string, len(s.Columns))
	for i, column := range s.Columns {
		header[i] = column.Name
	}
	if err := out.Write(header); err != nil {
		return err
	}
	return out.WriteAll(s.Rows)
}
