package replay

import (
	"cmp"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
)

// Names in the exported series.
const (
	Model     = "flights"
	V1        = "v1"
	V2        = "v2"
	Reference = "training-2001-01"
)

// topAirports is how many airports are categories of their own.
const topAirports = 30

// column is how a feature is read from a flight: number or category.
type column struct {
	name      string
	number    func(flights.Flight) float64
	category  func(flights.Flight) string
	known     []string // fixed categories, for few of them
	monitored bool
}

var columns = []column{
	{name: "distance", number: func(f flights.Flight) float64 { return f.Distance }},
	{name: "dep_hour", number: flights.Flight.Hour},
	{name: "origin_delay_3h", number: func(f flights.Flight) float64 { return f.OriginDelay }},
	{name: "origin_departures_1h", number: func(f flights.Flight) float64 { return f.OriginDepartures }},
	{name: "day_of_week", category: flights.Flight.DayOfWeek, known: []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}},
	{name: "origin", category: func(f flights.Flight) string { return f.Origin }},
	{name: "destination", category: func(f flights.Flight) string { return f.Destination }},
	{name: "month", category: flights.Flight.Month, known: []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun"}, monitored: true},
}

// encoder turns flights into what the model servers are told.
type encoder struct {
	features []modelserver.Feature
	index    []map[string]int  // per column: category to index
	seen     []map[string]bool // per column: categories of the training rows
}

func newEncoder(training []flights.Flight) encoder {
	e := encoder{index: make([]map[string]int, len(columns)), seen: make([]map[string]bool, len(columns))}
	for i, c := range columns {
		feature := modelserver.Feature{Name: c.name, Monitored: c.monitored}
		if c.number != nil {
			values := sorted(training, c.number)
			feature.Edges = quantileEdges(values)
			feature.Lowest, feature.Highest = values[0], values[len(values)-1]
		} else {
			counts := map[string]int{}
			for _, f := range training {
				counts[c.category(f)]++
			}
			feature.Categories = c.known
			if feature.Categories == nil {
				feature.Categories = top(counts, topAirports)
			}
			e.index[i], e.seen[i] = map[string]int{}, map[string]bool{}
			for k, category := range feature.Categories {
				e.index[i][category] = k
			}
			for category := range counts {
				e.seen[i][category] = true
			}
		}
		e.features = append(e.features, feature)
	}
	return e
}

// sorted are the values of a feature in the training rows that are not missing.
func sorted(training []flights.Flight, number func(flights.Flight) float64) []float64 {
	var values []float64
	for _, f := range training {
		if x := number(f); !math.IsNaN(x) {
			values = append(values, x)
		}
	}
	slices.Sort(values)
	return values
}

// quantileEdges are the 1st, 5th, 10th, ... 95th and 99th percentile of sorted
// values, without repeats.
func quantileEdges(values []float64) []float64 {
	edges := []float64{values[len(values)/100]}
	for k := 1; k < 20; k++ {
		edges = append(edges, values[len(values)*k/20])
	}
	edges = append(edges, values[len(values)*99/100])
	return slices.Compact(edges)
}

func top(counts map[string]int, k int) []string {
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	return names[:min(k, len(names))]
}

func (e encoder) spec(version, trained string) modelserver.Spec {
	return modelserver.Spec{
		Model: Model, Version: version,
		Framework: "scikit-learn", TrainedAt: trained, Owner: "punctuality",
		Runbook:    "https://github.com/mlmonitor/mlmonitor-datasource#readme",
		Labels:     []string{"environment", "production"},
		Classes:    []string{"0", "1"},
		ScoreEdges: modelserver.EqualEdges(20),
		Features:   e.features,
	}
}

func (e encoder) prediction(f flights.Flight, score float64) modelserver.Prediction {
	p := modelserver.Prediction{
		Scores:     []float64{1 - score, score},
		Numbers:    make([]float64, len(columns)),
		Categories: make([]int, len(columns)),
	}
	if score >= 0.5 {
		p.Predicted = 1
	}
	for i, c := range columns {
		if c.number != nil {
			p.Numbers[i] = c.number(f)
			continue
		}
		category := c.category(f)
		k, known := e.index[i][category]
		if !known {
			k = modelserver.Unknown
		}
		p.Categories[i] = k
		if !e.seen[i][category] {
			if p.Unseen == nil {
				p.Unseen = make([]bool, len(columns))
			}
			p.Unseen[i] = true
		}
	}
	return p
}

func outcome(f flights.Flight, p modelserver.Prediction, delaySeconds float64) modelserver.Outcome {
	return modelserver.Outcome{Actual: f.Actual(), Predicted: p.Predicted, Scores: p.Scores, DelaySeconds: delaySeconds}
}
