package flights

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The packed files; the program in pack makes them, the NOTICE in data says
// where they come from.
var (
	//go:embed data/flights.gz
	packedFlights []byte
	//go:embed data/training.gz
	packedTraining []byte
)

// All returns the 120000 flights of January to June 2001, by departure. The
// slice is shared: do not change it.
var All = sync.OnceValues(func() ([]Flight, error) { return Unpack(packedFlights) })

// Training returns the 20000 flights of the first version's training period
// that neither it was fitted on nor All holds.
var Training = sync.OnceValues(func() ([]Flight, error) { return Unpack(packedTraining) })

// Unpack reads a packed file: gzip of one line per column, which is the name
// and then the cells, separated by commas. Times are differences in minutes
// (empty is 0), scores lack their "0.", a distance is told at the first flight
// between two airports.
func Unpack(data []byte) ([]Flight, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("unpacking flights: %w", err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, fmt.Errorf("unpacking flights: %w", err)
	}
	columns := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), ",")
		columns[cells[0]] = cells[1:]
	}
	flights := make([]Flight, len(columns["minutes"]))
	fill := func(name string, set func(f *Flight, cell string) error) {
		if err == nil && len(columns[name]) != len(flights) {
			err = fmt.Errorf("unpacking flights: column %q has %d cells, not %d", name, len(columns[name]), len(flights))
		}
		for i := 0; err == nil && i < len(flights); i++ {
			if problem := set(&flights[i], columns[name][i]); problem != nil {
				err = fmt.Errorf("unpacking flights: row %d, column %q: %w", i, name, problem)
			}
		}
	}
	numbers := func(name, prefix string, field func(f *Flight) *float64) {
		fill(name, func(f *Flight, cell string) (err error) {
			*field(f), err = parse(cell, prefix)
			return err
		})
	}

	at := Start
	fill("minutes", func(f *Flight, cell string) error {
		if cell != "" {
			minutes, err := strconv.Atoi(cell)
			if err != nil {
				return err
			}
			at = at.Add(time.Duration(minutes) * time.Minute)
		}
		f.Departure = at
		return nil
	})
	fill("origin", func(f *Flight, cell string) error { f.Origin = cell; return nil })
	fill("destination", func(f *Flight, cell string) error { f.Destination = cell; return nil })
	told := map[string]float64{}
	fill("distance", func(f *Flight, cell string) (err error) {
		pair := f.Origin + f.Destination
		if cell != "" {
			told[pair], err = parse(cell, "")
		}
		f.Distance = told[pair]
		return err
	})
	numbers("origin_delay_3h", "", func(f *Flight) *float64 { return &f.OriginDelay })
	numbers("origin_departures_1h", "", func(f *Flight) *float64 { return &f.OriginDepartures })
	numbers("arrival_delay", "", func(f *Flight) *float64 { return &f.ArrivalDelay })
	numbers("score", "0.", func(f *Flight) *float64 { return &f.Score })
	numbers("score_v2", "0.", func(f *Flight) *float64 { return &f.ScoreV2 })
	return flights, err
}

func parse(cell, prefix string) (float64, error) {
	if cell == "" {
		return math.NaN(), nil
	}
	return strconv.ParseFloat(prefix+cell, 64)
}
