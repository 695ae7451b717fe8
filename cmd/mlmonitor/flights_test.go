package main

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// truth is what is true of a set of flights.
type truth struct {
	Rows             int
	TN, FP, FN, TP   float64
	Accuracy         float64
	BalancedAccuracy float64 `json:"balanced_accuracy"`
	Precision        float64
	Recall           float64
	F1               float64
	MCC              float64
	AUC              float64 `json:"roc_auc"`
	AveragePrecision float64 `json:"average_precision"`
	Brier            float64
	LogLoss          float64 `json:"log_loss"`
	ECE10            float64 `json:"ece_10"`
	ECE20            float64 `json:"ece_20"`
	KS               float64 `json:"ks_separation"`
}

// drift is what is true of two sets of flights.
type drift struct {
	D, P, Wasserstein float64
	PSI               float64 `json:"psi_deciles_jeffreys"`
	JS                float64 `json:"js_distance_deciles_base2"`
}

type facts struct {
	Training  truth `json:"flights_training"`
	V1, V2    truth
	V1SinceV2 truth            `json:"v1_since_v2"`
	Months    map[string]truth `json:"v1_by_month"`
	MarToMay  map[string]drift `json:"mar_to_may"`
	FebToJun  map[string]drift `json:"feb_to_jun"`
	Missing   map[string]struct{ Count, Share float64 }
	Unseen    map[string]float64 `json:"not_in_training"`
}

func readFacts(t *testing.T) facts {
	t.Helper()
	text, err := os.ReadFile("internal/flights/data/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Flights facts }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Flights
}

var monthNames = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun"}

func month(i int) time.Time { return time.Date(2001, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC) }

// slice is a part of the flights: a version, a time range, the truth about it.
type slice struct {
	name, version string
	from, to      time.Time
	truth         truth
}

// slices lists v1, v2, and v1 by month. The months are asked of a server where
// labels come at once, since their truths are by departure.
func slices(f facts) []slice {
	end := flights.LastLabel.Add(30 * time.Minute)
	all := []slice{
		{"v1", "v1", flights.Start, end, f.V1},
		{"v2", "v2", flights.Start, end, f.V2},
		{"v1 since v2", "v1", flights.Deployment, end, f.V1SinceV2},
	}
	for i, name := range monthNames {
		all = append(all, slice{name, "v1", month(i), month(i + 1), f.Months[name]})
	}
	return all
}

func TestConfusionMatrixIsExact(t *testing.T) {
	url := urlOf(t, atOnce)
	for _, s := range slices(readFacts(t)) {
		t.Run(s.name, func(t *testing.T) {
			frames := ask(t, url, s.from, s.to, fmt.Sprintf(`{"analysis":"confusion_matrix","model":"flights","version":%q,"format":"matrix","options":{"normalize":"none"}}`, s.version))
			if len(frames) != 1 {
				t.Fatalf("%d frames, want one", len(frames))
			}
			got := map[string]float64{}
			frame := frames[0]
			for _, column := range frame.Fields[1:] {
				for row := range frame.Rows() {
					got[sheet.Cell(frame.Fields[0], row, sheet.Exact)+column.Name] = sheet.Number(column, row)
				}
			}
			for cell, want := range map[string]float64{"00": s.truth.TN, "01": s.truth.FP, "10": s.truth.FN, "11": s.truth.TP} {
				if got[cell] != want {
					t.Errorf("actual %c, predicted %c: %v, want exactly %v (all: %v)", cell[0], cell[1], got[cell], want, got)
				}
			}
		})
	}
}

func TestLateLabelsAreAllCounted(t *testing.T) {
	f := readFacts(t)
	for name, shared := range map[string]string{"labels come late": urlOf(t, lateLabels), "the server restarts": urlOf(t, restarting)} {
		t.Run(name, func(t *testing.T) {
			frames := ask(t, shared, flights.Start, flights.LastLabel.Add(30*time.Minute), `{"analysis":"classification","model":"flights","version":"v1","format":"numbers"}`)
			near(t, "accuracy", value(t, frames, "metric", "accuracy"), f.V1.Accuracy, 5e-10)
			near(t, "recall", value(t, frames, "metric", "recall"), f.V1.Recall, 5e-10)
		})
	}
}

func TestClassificationAgreesToFourDigits(t *testing.T) {
	url := urlOf(t, atOnce)
	for _, s := range slices(readFacts(t)) {
		t.Run(s.name, func(t *testing.T) {
			frames := ask(t, url, s.from, s.to, fmt.Sprintf(`{"analysis":"classification","model":"flights","version":%q,"format":"numbers"}`, s.version))
			for metric, want := range map[string]float64{
				"accuracy": s.truth.Accuracy, "balanced_accuracy": s.truth.BalancedAccuracy, "precision": s.truth.Precision,
				"recall": s.truth.Recall, "f1": s.truth.F1, "mcc": s.truth.MCC,
			} {
				near(t, metric, value(t, frames, "metric", metric), want, 5e-9)
			}
		})
	}
}

func TestDriftIsWithinItsHardBound(t *testing.T) {
	url := urlOf(t, lateLabels)
	f := readFacts(t)
	for _, c := range []struct {
		name          string
		current, base int
		truths        map[string]drift
	}{
		{"March to May", 4, 2, f.MarToMay},
		{"February to June", 5, 1, f.FebToJun},
	} {
		t.Run(c.name, func(t *testing.T) {
			frames := ask(t, url, month(c.current), month(c.current+1), fmt.Sprintf(
				`{"analysis":"drift","model":"flights","version":"v1","format":"numbers","window":"range","baseline":{"kind":"period","from":%q,"to":%q},"options":{"method":"ks","bounds":true}}`,
				month(c.base).Format(time.RFC3339), month(c.base+1).Format(time.RFC3339)))
			for feature, want := range c.truths {
				if feature == "score" {
					continue
				}
				within(t, frames, want.D, "metric", "ks", "feature", feature)
			}
		})
	}
}

func TestSharesOfBadDataAreExact(t *testing.T) {
	url, f := urlOf(t, lateLabels), readFacts(t)
	frames := ask(t, url, flights.Start, flights.End, `{"analysis":"data_quality","model":"flights","version":"v1","window":"range","format":"numbers","options":{"checks":["missing","unseen"]}}`)
	for _, feature := range []string{"distance", "dep_hour", "origin_delay_3h", "origin_departures_1h", "origin"} {
		near(t, "missing share of "+feature, value(t, frames, "metric", "missing_share", "feature", feature), f.Missing[feature].Share, 5e-11)
	}
	for feature, n := range f.Unseen {
		near(t, "unseen share of "+feature, value(t, frames, "metric", "unseen_share", "feature", feature), n/float64(f.V1.Rows), 1e-12)
	}
}

func TestInventoryListsBothVersions(t *testing.T) {
	url := urlOf(t, lateLabels)
	frames := ask(t, url, flights.Start, flights.End, `{"analysis":"models","format":"table"}`)
	if len(frames) != 1 || frames[0].Rows() != 2 {
		t.Errorf("the inventory lists %v, want v1 and v2 of flights", frames)
	}
}
