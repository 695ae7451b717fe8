package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/pluginclient"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/replay"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// requirePrometheus is set where the test has to run, as in continuous
// integration.
const requirePrometheus = "MLMONITOR_REQUIRE_PROMETHEUS"

// TestDebianPrometheusGivesTheSameAnswers asks the Prometheus that Debian ships
// (years older than the embedded one) the same questions about the same samples.
func TestDebianPrometheusGivesTheSameAnswers(t *testing.T) {
	prometheus, errPrometheus := exec.LookPath("prometheus")
	promtool, errPromtool := exec.LookPath("promtool")
	if errPrometheus != nil || errPromtool != nil {
		if os.Getenv(requirePrometheus) != "" {
			t.Fatalf("%s is set, but prometheus or promtool is not on the PATH: apt-get install prometheus", requirePrometheus)
		}
		t.Skip("!!! NOT TESTED against Debian's Prometheus: it is not on the PATH; apt-get install prometheus, and set " + requirePrometheus + "=1 to make its absence a failure")
	}

	from, to := flights.Start.Add(-time.Second), flights.Start.Add(4*24*time.Hour)
	embedded := firstDays(t, from, to)
	other := startPrometheus(t, prometheus, blocks(t, promtool, embedded, to))

	// Two days of samples lie before the range, for baselines.
	begin, end := flights.Start.Add(2*24*time.Hour), flights.Start.Add(4*24*time.Hour)
	for _, query := range append([]string{
		`{"analysis":"drift","model":"flights","window":"range","format":"numbers","baseline":{"kind":"reference","reference":"training-2001-01"},"options":{"method":"ks","bounds":true}}`,
		`{"analysis":"drift","model":"flights","window":"6h","format":"series","baseline":{"kind":"preceding"},"options":{"method":"psi"}}`,
		`{"analysis":"distribution","model":"flights","window":"1d","format":"distribution","baseline":{"kind":"offset","offset":"1d"},"options":{"feature":"origin_delay_3h"}}`,
	}, everyAnalysis...) {
		query = of(strings.Replace(query, `"feature":"x"`, `"feature":"distance"`, 1), "flights")
		t.Run(query, func(t *testing.T) {
			here := sheet.Of(ask(t, embedded, begin, end, query), sheet.Exact)
			there := sheet.Of(ask(t, other, begin, end, query), sheet.Exact)
			if len(here) == 0 || len(here[0].Rows) == 0 {
				t.Fatal("the embedded server has no answer")
			}
			if !reflect.DeepEqual(here, there) {
				t.Errorf("the answers differ:\nembedded %v\nDebian   %v", here, there)
			}
		})
	}
	t.Run("the health check knows its version", func(t *testing.T) {
		plugin, err := startPlugin("", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer plugin.Close()
		health, err := plugin.CheckHealth(t.Context(), pluginclient.DataSource{URL: other})
		if err != nil || health.Status != backend.HealthStatusOk || !strings.Contains(health.Message, "Prometheus") {
			t.Errorf("health %+v, %v", health, err)
		}
	})
}

// firstDays serves the first days of the flights from the embedded server.
func firstDays(t *testing.T, from, to time.Time) string {
	t.Helper()
	r, err := replay.New(replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Start(server.Options{Lookback: 45 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := timeline.Backfill(context.Background(), s, []timeline.Job{r}, from, to, nil); err != nil {
		t.Fatal(err)
	}
	return s.URL()
}

// blocks reads all samples of a server and makes blocks of them with promtool.
func blocks(t *testing.T, promtool, from string, to time.Time) string {
	t.Helper()
	dir := t.TempDir()
	text := filepath.Join(dir, "samples.om")
	writeOpenMetrics(t, text, from, to)
	data := filepath.Join(dir, "data")
	if output, err := exec.Command(promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", text, data).CombinedOutput(); err != nil {
		t.Fatalf("promtool: %v\n%s", err, output)
	}
	return data
}

func writeOpenMetrics(t *testing.T, path, from string, to time.Time) {
	t.Helper()
	response, err := http.Get(from + "/api/v1/query?query=" + url.QueryEscape(`{job="flights"}[30d]`) + "&time=" + to.Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	result := answer.Data.Result
	if len(result) < 500 {
		t.Fatalf("the embedded server has only %d series", len(result))
	}
	// OpenMetrics wants the series of a metric together.
	sort.SliceStable(result, func(i, j int) bool { return result[i].Metric["__name__"] < result[j].Metric["__name__"] })
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	for _, series := range result {
		var labels []string
		for name, value := range series.Metric {
			if name != "__name__" {
				labels = append(labels, name+"="+strconv.Quote(value))
			}
		}
		sort.Strings(labels)
		for _, v := range series.Values {
			fmt.Fprintf(w, "%s{%s} %s %.3f\n", series.Metric["__name__"], strings.Join(labels, ","), v[1], v[0])
		}
	}
	fmt.Fprintln(w, "# EOF")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

// startPrometheus runs Debian's Prometheus on data, until the test ends.
func startPrometheus(t *testing.T, binary, data string) string {
	t.Helper()
	config := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(config, []byte("global: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, "--config.file="+config, "--storage.tsdb.path="+data, "--storage.tsdb.retention.time=100y",
		"--query.lookback-delta=45m", "--web.listen-address="+address, "--log.level=warn")
	command.Stdout, command.Stderr = t.Output(), t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	})
	deadline := time.Now().Add(time.Minute)
	for {
		response, err := http.Get("http://" + address + "/-/ready")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return "http://" + address
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("Prometheus is not ready after a minute: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
