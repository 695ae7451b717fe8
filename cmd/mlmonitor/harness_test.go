package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/replay"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// TestMain lets the test binary be the plugin process too, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == pluginCommand {
		if err := servePlugin(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	for _, s := range started {
		if err := s.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// started are the servers that several tests share.
var started []*server.Server

// The flights at their own times, scraped one second before every half hour, so
// that a scrape at the turn of a month holds that month and nothing of the next.
var (
	lateLabels = share(replay.Options{})
	atOnce     = share(replay.Options{AtOnce: true})
	// Just after a scrape nothing is lost by a restart; twice within an hour.
	restarting = share(replay.Options{Restarts: []time.Time{
		time.Date(2001, 2, 3, 3, 59, 59, 500e6, time.UTC),
		time.Date(2001, 2, 3, 4, 29, 59, 500e6, time.UTC),
		time.Date(2001, 5, 20, 23, 59, 59, 500e6, time.UTC),
	}})
)

// share makes a server at its first use.
func share(options replay.Options) func() (*server.Server, error) {
	return sync.OnceValues(func() (*server.Server, error) {
		r, err := replay.New(options)
		if err != nil {
			return nil, err
		}
		s, err := server.Start(server.Options{Lookback: 45 * time.Minute})
		if err != nil {
			return nil, err
		}
		started = append(started, s)
		from, to := flights.Start.Add(-time.Second), flights.LastLabel.Add(time.Hour)
		return s, timeline.Backfill(context.Background(), s, []timeline.Job{r}, from, to, nil)
	})
}

func urlOf(t *testing.T, shared func() (*server.Server, error)) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s.URL()
}

// command runs mlmonitor with arguments.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errors bytes.Buffer
	err = run(t.Context(), args, &out, &errors)
	return out.String(), errors.String(), err
}

// ask runs one query through "mlmonitor query" and returns its frames.
func ask(t *testing.T, url string, from, to time.Time, query string) data.Frames {
	t.Helper()
	frames, err := tryAsk(t, url, from, to, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return frames
}

func tryAsk(t *testing.T, url string, from, to time.Time, query string, more ...string) (data.Frames, error) {
	t.Helper()
	args := append([]string{"query", "--url", url, "--from", from.Format(time.RFC3339), "--to", to.Format(time.RFC3339), "--query", query, "--output", "json"}, more...)
	stdout, _, err := command(t, args...)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Results map[string]struct {
			Status int
			Frames data.Frames
		}
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		t.Fatalf("%s: the answer is no JSON: %v\n%s", query, err, stdout)
	}
	a, found := answer.Results["A"]
	if !found || a.Status != 200 {
		t.Fatalf("%s: no answer with status 200: %s", query, stdout)
	}
	return a.Frames, nil
}

// value is the number with exactly the given labels beyond model and version:
// name, value, name, value...
func value(t *testing.T, frames data.Frames, labels ...string) float64 {
	t.Helper()
	want := map[string]string{}
	for i := 0; i < len(labels); i += 2 {
		want[labels[i]] = labels[i+1]
	}
	var all []string
	for _, frame := range frames {
		for _, field := range frame.Fields {
			if field.Type().Time() {
				continue
			}
			got := maps.Clone(map[string]string(field.Labels))
			for _, about := range []string{"model", "version"} {
				if _, asked := want[about]; !asked {
					delete(got, about)
				}
			}
			if maps.Equal(got, want) && field.Len() == 1 {
				return sheet.Number(field, 0)
			}
			all = append(all, field.Labels.String())
		}
	}
	t.Errorf("there is no single value labelled %v; there are:\n%s", want, strings.Join(all, "\n"))
	return math.NaN()
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

// within checks a truth against the hard bounds of an answer, and that the
// answer lies within them too.
func within(t *testing.T, frames data.Frames, truth float64, labels ...string) {
	t.Helper()
	lower, upper := value(t, frames, append(labels, "bound", "hard_lower")...), value(t, frames, append(labels, "bound", "hard_upper")...)
	got := value(t, frames, labels...)
	// Bounds are computed in floating point: truths on a bound may miss it by a rounding.
	const rounding = 1e-9
	if !(truth >= lower-rounding && truth <= upper+rounding) {
		t.Errorf("%v: the truth %v is outside of the reported bounds %v to %v", labels, truth, lower, upper)
	}
	if !(got >= lower-rounding && got <= upper+rounding) {
		t.Errorf("%v: the answer %v is outside of its own bounds %v to %v", labels, got, lower, upper)
	}
}
