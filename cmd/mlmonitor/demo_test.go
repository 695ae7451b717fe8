package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestDemoAnswersEverythingAndWritesTheReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	stdout, _, err := command(t, "demo", "--once", "--scrape-interval", "2m", "--report", path)
	if err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	for _, wanted := range []string{path, "http://127.0.0.1:", "Confusion matrix of v1", "ROC curves", "Reliability diagram", "bureau_score", "What the simulation does"} {
		if !strings.Contains(stdout, wanted) {
			t.Errorf("the terminal does not show %q", wanted)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("there are colours although this is no terminal")
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if drawings := strings.Count(string(page), "<svg"); drawings < 15 {
		t.Errorf("the report holds %d drawings, want 15 or more", drawings)
	}
	if found := regexp.MustCompile(`(src|href)="[^#]|<script|@import|url\(`).FindString(string(page)); found != "" {
		t.Errorf("the report needs something else: %q", found)
	}
}

func TestDemoRefusesWhatItCannotDo(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		wanted string
	}{
		"an address that is taken or none": {[]string{"--listen", "256.0.0.1:0"}, `"256.0.0.1:0"`},
		"a home that is no Grafana's":      {[]string{"--grafana-home", t.TempDir()}, "grafana"},
		"an interval beyond the lookback":  {[]string{"--scrape-interval", "10m"}, "10m"},
		"a stray argument":                 {[]string{"now"}, `"now"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := command(t, append([]string{"demo"}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.wanted) {
				t.Errorf("error %v, want one that says %s", err, c.wanted)
			}
		})
	}
}
