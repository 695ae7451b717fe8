package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/showcase"
)

// example holds every kind of picture, with names that would break HTML.
func example() Report {
	nan, evil := math.NaN(), `<script>alert("x")</script>`
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	return Report{
		Title: "Report " + evil, Made: at, From: at, To: at.Add(time.Hour), Server: "Prometheus",
		Schedule: []Entry{{When: "today", Model: "fraud", What: evil, Now: true}},
		Answers: []showcase.Answer{
			{Question: showcase.Question{Chapter: "All models", Title: "Inventory"}, Sheets: []sheet.Sheet{{
				Columns: []sheet.Column{{Name: "Feature"}, {Name: "Verdict"}, {Name: "PSI", Number: true}}, Rows: [][]string{{evil, "drift", "0.3"}},
			}}, Notices: []string{evil}, PromQL: `up{a="b"}`},
			{Question: showcase.Question{Title: "Failure"}, Err: errors.New(evil)},
			{Question: showcase.Question{Title: evil}, Pictures: []picture.Picture{
				picture.Heatmap{Rows: []string{evil, "b"}, Times: []time.Time{at, at.Add(time.Hour)}, Values: [][]float64{{0.1, nan}, {0, 9}}},
				picture.Matrix{Corner: evil, Rows: []string{evil}, Columns: []string{evil}, Values: [][]float64{{nan}}},
				picture.Plot{XName: evil, YName: evil, Lines: []picture.Line{
					{Name: evil, X: []float64{0, 0.5, 1}, Y: []float64{0, nan, 1}, Lower: []float64{0, nan, 0.8}, Upper: []float64{0.1, nan, 1}},
					{Name: "Perfect", X: []float64{0, 1}, Y: []float64{0, 1}, Dashed: true},
				}},
				picture.Plot{Timed: true, Lines: []picture.Line{{Name: evil, X: []float64{0, 3600}, Y: []float64{nan, nan}}}},
				picture.Bars{Intervals: []string{evil, "> 5"}, Baseline: []float64{nan, 0.5}, Current: []float64{0, 0.5}},
				picture.Bars{Intervals: []string{"a"}, Current: []float64{0}},
			}},
		},
	}
}

func write(t *testing.T, r Report) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportNeedsNothingElse(t *testing.T) {
	page := write(t, example())
	for _, forbidden := range []string{`<script`, `<link`, `src=`, `@import`, `url(`, `http://`, `https://`} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	for _, wanted := range []string{"prefers-color-scheme: dark", "@media print", "This query failed", `class="now"`, `id="all-models"`} {
		if !strings.Contains(page, wanted) {
			t.Errorf("the page lacks %q", wanted)
		}
	}
}

func TestDrawingsAreWellFormedAndFinite(t *testing.T) {
	page := write(t, example())
	drawings := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1)
	if len(drawings) != 6 {
		t.Fatalf("%d drawings, want 6", len(drawings))
	}
	for i, drawing := range drawings {
		decoder := xml.NewDecoder(strings.NewReader(drawing))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("drawing %d: %v", i, err)
			}
			if element, ok := token.(xml.StartElement); ok {
				for _, attribute := range element.Attr {
					if strings.Contains(attribute.Value, "NaN") || strings.Contains(attribute.Value, "Inf") {
						t.Errorf("drawing %d: %s of %s is %q", i, attribute.Name.Local, element.Name.Local, attribute.Value)
					}
				}
			}
		}
	}
}
