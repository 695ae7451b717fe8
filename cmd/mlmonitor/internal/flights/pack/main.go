// Command pack makes the compact data files of package flights from the full
// CSV files: one line per column, differences instead of times, and no column
// that can be computed from others. It verifies that nothing is lost.
//
//	go run ./internal/flights/pack -in flights.csv.gz -out internal/flights/data/flights.gz
package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
)

func main() {
	in := flag.String("in", "", "the CSV file (gzip)")
	out := flag.String("out", "", "the packed file to write (gzip)")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		log.Fatal(err)
	}
}

func run(in, out string) error {
	source, err := readCSV(in)
	if err != nil {
		return err
	}
	packed, err := os.Create(out)
	if err != nil {
		return err
	}
	writer, err := gzip.NewWriterLevel(packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := pack(writer, source); err != nil {
		return err
	}
	if err := errors.Join(writer.Close(), packed.Close()); err != nil {
		return err
	}
	return verify(out, source)
}

// table is the CSV file by column.
type table map[string][]string

func readCSV(path string) (table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(unzipped)
	header, err := reader.Read()
	if err != nil {
		return nil, err
	}
	columns := table{}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return columns, nil
		}
		if err != nil {
			return nil, err
		}
		for i, cell := range row {
			columns[header[i]] = append(columns[header[i]], cell)
		}
	}
}

func pack(w io.Writer, source table) error {
	minutes := make([]string, len(source["timestamp"]))
	before := flights.Start
	for i, cell := range source["timestamp"] {
		at, err := time.Parse(time.RFC3339, cell)
		if err != nil {
			return err
		}
		minutes[i] = blankZero(strconv.Itoa(int(at.Sub(before) / time.Minute)))
		before = at
	}
	scores := func(cells []string) []string {
		short := make([]string, len(cells))
		for i, cell := range cells {
			short[i] = strings.TrimPrefix(cell, "0.")
		}
		return short
	}
	// One distance per pair of airports: told once, at its first flight.
	distances := make([]string, len(minutes))
	told := map[string]string{}
	for i := range distances {
		pair := source["origin"][i] + source["destination"][i]
		if told[pair] == "" {
			distances[i] = source["distance"][i]
			told[pair] = distances[i]
		}
	}
	for _, column := range []struct {
		name  string
		cells []string
	}{
		{"minutes", minutes},
		{"origin", source["origin"]},
		{"destination", source["destination"]},
		{"distance", distances},
		{"origin_delay_3h", source["origin_delay_3h"]},
		{"origin_departures_1h", source["origin_departures_1h"]},
		{"arrival_delay", source["arrival_delay"]},
		{"score", scores(source["score"])},
		{"score_v2", scores(source["score_v2"])},
	} {
		if _, err := fmt.Fprintf(w, "%s,%s\n", column.name, strings.Join(column.cells, ",")); err != nil {
			return err
		}
	}
	return nil
}

func blankZero(s string) string {
	if s == "0" {
		return ""
	}
	return s
}

// verify reads the packed file back and compares every cell of the source.
func verify(path string, source table) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rows, err := flights.Unpack(data)
	if err != nil {
		return err
	}
	if len(rows) != len(source["timestamp"]) {
		return fmt.Errorf("%d rows, the source has %d", len(rows), len(source["timestamp"]))
	}
	for i, row := range rows {
		for column, cell := range row.Cells() {
			if !same(source[column][i], cell) {
				return fmt.Errorf("row %d, column %s: %q, the source has %q", i, column, cell, source[column][i])
			}
		}
		if n := len(row.Cells()); n != len(source) {
			return fmt.Errorf("%d columns, the source has %d", n, len(source))
		}
	}
	return nil
}

// same tells whether two cells say the same: "6.0" and "6" do.
func same(a, b string) bool {
	if a == b {
		return true
	}
	x, err := strconv.ParseFloat(a, 64)
	if err != nil {
		return false
	}
	y, err := strconv.ParseFloat(b, 64)
	return err == nil && x == y
}
