package flights

import (
	"math"
	"strconv"
	"time"
)

// The times of the story: the first minute, the deployment of the second
// version, and the end.
var (
	Start      = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	Deployment = time.Date(2001, 4, 9, 0, 0, 0, 0, time.UTC)
	End        = time.Date(2001, 7, 1, 0, 0, 0, 0, time.UTC)
	// LastLabel is when the last outcome has become known.
	LastLabel = time.Date(2001, 7, 1, 6, 46, 0, 0, time.UTC)
)

// Flight is one flight with its features, scores and outcome.
type Flight struct {
	// Departure is the local clock of the origin, taken as UTC.
	Departure           time.Time
	Origin, Destination string
	// Distance is in miles.
	Distance float64
	// OriginDelay is the mean delay at the origin over the last 3 hours, in
	// minutes; it may be negative, and NaN when missing.
	OriginDelay float64
	// OriginDepartures counts the departures in the hour before.
	OriginDepartures float64
	// ArrivalDelay is the outcome in minutes.
	ArrivalDelay float64
	// Score and ScoreV2 are the probabilities of being late given by the two
	// versions; ScoreV2 is NaN before its deployment.
	Score, ScoreV2 float64
}

// LateMinutes is the arrival delay beyond which a flight is late.
const LateMinutes = 15

// Actual is the true class: 1 if the flight arrived late.
func (f Flight) Actual() int { return indicator(f.ArrivalDelay > LateMinutes) }

// Predicted is the class that the first version predicted.
func (f Flight) Predicted() int { return indicator(f.Score >= 0.5) }

// PredictedV2 is the class that the second version predicted.
func (f Flight) PredictedV2() int { return indicator(f.ScoreV2 >= 0.5) }

// HasV2 tells whether the second version predicted this flight.
func (f Flight) HasV2() bool { return !math.IsNaN(f.ScoreV2) }

// Hour is the hour of departure with its minutes as a fraction, to 4 decimals.
func (f Flight) Hour() float64 {
	h := float64(f.Departure.Hour()) + float64(f.Departure.Minute())/60
	return math.Round(h*1e4) / 1e4
}

// Month is Jan to Jun.
func (f Flight) Month() string { return f.Departure.Format("Jan") }

// DayOfWeek is Mon to Sun.
func (f Flight) DayOfWeek() string { return f.Departure.Format("Mon") }

// LabelDelay is the time from departure until the outcome counts as known: the
// nominal time from gate to gate plus the arrival delay, at least 15 minutes.
func (f Flight) LabelDelay() time.Duration {
	minutes := math.RoundToEven(30+f.Distance/8) + f.ArrivalDelay
	return time.Duration(max(minutes, 15)) * time.Minute
}

// Cells are the columns of the original file, as written there.
func (f Flight) Cells() map[string]string {
	cells := map[string]string{
		"timestamp":            f.Departure.Format(time.RFC3339),
		"label_timestamp":      f.Departure.Add(f.LabelDelay()).Format(time.RFC3339),
		"distance":             number(f.Distance),
		"dep_hour":             number(f.Hour()),
		"origin_delay_3h":      number(f.OriginDelay),
		"origin_departures_1h": number(f.OriginDepartures),
		"day_of_week":          f.DayOfWeek(),
		"month":                f.Month(),
		"origin":               f.Origin,
		"destination":          f.Destination,
		"score":                number(f.Score),
		"predicted":            strconv.Itoa(f.Predicted()),
		"score_v2":             number(f.ScoreV2),
		"predicted_v2":         "",
		"arrival_delay":        number(f.ArrivalDelay),
		"actual":               strconv.Itoa(f.Actual()),
	}
	if f.HasV2() {
		cells["predicted_v2"] = strconv.Itoa(f.PredictedV2())
	}
	return cells
}

func number(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func indicator(b bool) int {
	if b {
		return 1
	}
	return 0
}
