package flights

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

//go:embed data/facts.json
var facts []byte

func TestRowsAgreeWithTheFacts(t *testing.T) {
	type confusion struct{ Rows, TN, FP, FN, TP int }
	var truth struct {
		Flights struct {
			Training    confusion `json:"flights_training"`
			V1, V2      confusion
			V1ByMonth   map[string]confusion `json:"v1_by_month"`
			Missing     map[string]struct{ Count int }
			Moments     map[string]struct{ Mean float64 }
			LabelDelays struct{ Mean, Max float64 } `json:"label_delay_minutes"`
		}
	}
	if err := json.Unmarshal(facts, &truth); err != nil {
		t.Fatal(err)
	}
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	training, err := Training()
	if err != nil {
		t.Fatal(err)
	}
	count := func(c *confusion, actual, predicted int) {
		c.Rows++
		switch {
		case actual == 0 && predicted == 0:
			c.TN++
		case actual == 0:
			c.FP++
		case predicted == 0:
			c.FN++
		default:
			c.TP++
		}
	}
	var v1, v2, trained confusion
	months := map[string]confusion{}
	missing, hours, delays, longest := 0, 0.0, 0.0, 0.0
	for _, f := range all {
		count(&v1, f.Actual(), f.Predicted())
		month := months[f.Month()]
		count(&month, f.Actual(), f.Predicted())
		months[f.Month()] = month
		if f.HasV2() {
			count(&v2, f.Actual(), f.PredictedV2())
		}
		if f.HasV2() != !f.Departure.Before(Deployment) {
			t.Fatalf("flight of %s: v2 %v", f.Departure, f.HasV2())
		}
		if math.IsNaN(f.OriginDelay) {
			missing++
		}
		hours += f.Hour()
		delays += f.LabelDelay().Minutes()
		longest = max(longest, f.LabelDelay().Minutes())
		if f.Departure.Add(f.LabelDelay()).After(LastLabel) {
			t.Errorf("the label of the flight of %s comes after %s", f.Departure, LastLabel)
		}
	}
	for _, f := range training {
		count(&trained, f.Actual(), f.Predicted())
	}
	for _, c := range []struct {
		name      string
		got, want confusion
	}{
		{"v1", v1, truth.Flights.V1},
		{"v2", v2, truth.Flights.V2},
		{"training", trained, truth.Flights.Training},
		{"January", months["Jan"], truth.Flights.V1ByMonth["Jan"]},
		{"June", months["Jun"], truth.Flights.V1ByMonth["Jun"]},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, c.got, c.want)
		}
	}
	n := float64(len(all))
	if missing != truth.Flights.Missing["origin_delay_3h"].Count {
		t.Errorf("%d missing values", missing)
	}
	for name, pair := range map[string][2]float64{
		"mean dep_hour":       {hours / n, truth.Flights.Moments["dep_hour"].Mean},
		"mean label delay":    {delays / n, truth.Flights.LabelDelays.Mean},
		"longest label delay": {longest, truth.Flights.LabelDelays.Max},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-6*pair[1] {
			t.Errorf("%s %v, want %v", name, pair[0], pair[1])
		}
	}
}
