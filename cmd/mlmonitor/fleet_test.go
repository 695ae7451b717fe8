package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

func TestFleetWritesAWeekOfHistoryAndGoesOnWhereItEnds(t *testing.T) {
	dir, address := t.TempDir()+"/prometheus", freeAddress(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var said bytes.Buffer
	go func() {
		ended <- runFleet(ctx, []string{"--listen", address, "--history", dir, "--scrape-interval", "4m"}, &said, io.Discard)
	}()
	exposed := waitForMetrics(t, "http://"+address+"/metrics", ended)
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	t.Log(said.String())

	db, err := tsdb.Open(dir, nil, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := len(db.Blocks()); n < 7 || n > 9 {
		t.Errorf("%d blocks, want one a day", n)
	}
	q, err := db.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	set := q.Select(context.Background(), false, nil,
		labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "ml_predictions_total"),
		labels.MustNewMatcher(labels.MatchEqual, "model", "flights"),
		labels.MustNewMatcher(labels.MatchEqual, "version", "v1"),
		labels.MustNewMatcher(labels.MatchEqual, "predicted", "0"))
	if !set.Next() {
		t.Fatal("the history has no predictions of the flights")
	}
	samples, last := 0, 0.0
	for it := set.At().Iterator(nil); it.Next() == chunkenc.ValFloat; {
		samples++
		_, last = it.At()
	}
	if want := 7*24*15 + 1; samples != want {
		t.Errorf("%d samples in a week, want %d", samples, want)
	}
	now := valueOf(t, exposed, "ml_predictions_total{", `model="flights"`, `predicted="0"`, `version="v1"`)
	if now < last || now > last+2000 {
		t.Errorf("the history ends at %v predictions and the live model begins at %v", last, now)
	}
}

func TestFleetDoesNotTouchAStorageWithData(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	jobs, err := fleetFlags{history: dir, interval: time.Minute, seed: 1}.jobs(context.Background(), time.Now(), &said)
	if err != nil || len(jobs) == 0 || !strings.Contains(said.String(), "holds data already") {
		t.Errorf("%d jobs, error %v, said %q", len(jobs), err, said.String())
	}
}

func TestFleetRefusesWhatItCannotDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for want, args := range map[string][]string{
		`argument "x" is not understood`:                      {"x"},
		"--scrape-interval 1ms is out of range: use 1s to 4m": {"--scrape-interval", "1ms"},
		"failed (choose another address with --listen)":       {"--listen", taken.Addr().String()},
	} {
		if err := runFleet(context.Background(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// waitForMetrics asks until there is an answer.
func waitForMetrics(t *testing.T, url string, ended <-chan error) string {
	t.Helper()
	// The listener is open before the history is written: the request waits.
	client := http.Client{Timeout: time.Minute}
	for range 100 {
		response, err := client.Get(url)
		if err == nil {
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%s: status %d, error %v: %s", url, response.StatusCode, err, body)
			}
			return string(body)
		}
		select {
		case err := <-ended:
			t.Fatalf("the fleet ended early: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("no answer from " + url)
	return ""
}

// valueOf reads the sample of the first line that contains all the parts.
func valueOf(t *testing.T, text string, parts ...string) float64 {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		all := true
		for _, part := range parts {
			all = all && strings.Contains(line, part)
		}
		if all {
			var x float64
			if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' '):], &x); err != nil {
				t.Fatal(err)
			}
			return x
		}
	}
	t.Fatalf("%v is not exposed", parts)
	return 0
}
