package terminal

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/showcase"
)

func TestTableAlignsColumns(t *testing.T) {
	var b bytes.Buffer
	err := Table(&b, sheet.Sheet{
		Columns: []sheet.Column{{Name: "feature"}, {Name: "psi", Number: true}},
		Rows:    [][]string{{"Zürich", "0.1"}, {"amount_of_money", "12"}},
	})
	want := "feature          psi\n" +
		"───────────────  ───\n" +
		"Zürich           0.1\n" +
		"amount_of_money   12\n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s\nwant\n%s (%v)", b.String(), want, err)
	}
}

func TestHeatmapWithoutColours(t *testing.T) {
	var b bytes.Buffer
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	Screen{Writer: &b, Width: 80}.Heatmap(picture.Heatmap{
		Rows:   []string{"amount", "age"},
		Times:  []time.Time{at, at.Add(time.Hour), at.Add(2 * time.Hour)},
		Values: [][]float64{{0, 0.1, 1}, {math.NaN(), 0, 0}},
	}, 0.25)
	rows := strings.Split(b.String(), "\n")
	if rows[0] != "amount  ░█ max 1" || rows[1] != "age        max 0" {
		t.Errorf("got\n%s", b.String())
	}
}

func TestMatrixSaysSharesInPercent(t *testing.T) {
	var b bytes.Buffer
	Screen{Writer: &b}.Matrix(picture.Matrix{Corner: "actual", Rows: []string{"0"}, Columns: []string{"0", "1"}, Values: [][]float64{{0.972, math.NaN()}}, Share: true, Max: 1})
	if !strings.Contains(b.String(), "97.2 %") || !strings.Contains(b.String(), "–") {
		t.Errorf("got\n%s", b.String())
	}
}

func TestPlotDrawsTheDiagonal(t *testing.T) {
	var b bytes.Buffer
	Screen{Writer: &b}.Plot(picture.Plot{XName: "x", Lines: []picture.Line{{Name: "line", X: []float64{0, 1}, Y: []float64{0, 1}}, {Name: "empty", X: []float64{0}, Y: []float64{math.NaN()}}}})
	rows := strings.Split(b.String(), "\n")
	first, last := []rune(rows[0]), []rune(rows[plotHeight-1])
	const left = 3 // label, space, axis
	if first[left+plotWidth-1] == 0x2800 || last[left] == 0x2800 || first[left] != 0x2800 {
		t.Errorf("got\n%s", b.String())
	}
}

func TestColoursOnlyOnATerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if NewScreen(file).Color || NewScreen(&bytes.Buffer{}).Color {
		t.Error("a file gets colours")
	}
	var plain, colored bytes.Buffer
	answer := showcase.Answer{
		Question: showcase.Question{Chapter: "C", Title: "T"}, Err: errors.New("no"), Notices: []string{"n"},
		Pictures: []picture.Picture{
			picture.Bars{Intervals: []string{"a"}, Current: []float64{0.5}, Baseline: []float64{0.25}},
			picture.Matrix{Rows: []string{"0"}, Columns: []string{"0"}, Values: [][]float64{{3}}, Max: 3},
			picture.Heatmap{Rows: []string{"r"}, Times: make([]time.Time, 1), Values: [][]float64{{1}}},
			picture.Plot{Lines: []picture.Line{{Name: "l", X: []float64{0, 1}, Y: []float64{0, 1}}}},
		},
	}
	Screen{Writer: &plain, Width: 80}.Answer(answer)
	Screen{Writer: &colored, Width: 80, Color: true}.Answer(answer)
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[") {
		t.Error("escape sequences are where they should not be, or are not where they should be")
	}
}

func TestWideTablesShowTheColumnsThatFit(t *testing.T) {
	wide := sheet.Sheet{
		Columns: []sheet.Column{{Name: "feature"}, {Name: "reason"}, {Name: "mean", Number: true}, {Name: "std", Number: true}},
		Rows:    [][]string{{"amount", "", "55.2", "–"}, {"age", "", "400", "398"}},
	}
	for name, c := range map[string]struct {
		width, left int
		columns     []string
	}{
		"columns that hold nothing are left out": {80, 0, []string{"feature", "mean", "std"}},
		"what does not fit is left out":          {14, 1, []string{"feature", "mean"}},
		"the first column always fits":           {3, 2, []string{"feature"}},
	} {
		t.Run(name, func(t *testing.T) {
			fitted, left := fit(wide, c.width)
			var names []string
			for _, column := range fitted.Columns {
				names = append(names, column.Name)
			}
			if left != c.left || !slices.Equal(names, c.columns) || len(fitted.Rows[0]) != len(c.columns) {
				t.Errorf("%d columns left out of %v, want %d of %v", left, names, c.left, c.columns)
			}
		})
	}
}
