package replay

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// play backfills the flights into a new server.
func play(t *testing.T, options Options, from, to time.Time) *server.Server {
	t.Helper()
	r, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Start(server.Options{Lookback: 2 * r.Interval()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	began := time.Now()
	if err := timeline.Backfill(context.Background(), s, []timeline.Job{r}, from, to, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d series backfilled in %s", s.Series(), time.Since(began).Round(time.Millisecond))
	return s
}

// ask answers an instant query that gives one number.
func ask(t *testing.T, s *server.Server, query string, at time.Time) float64 {
	t.Helper()
	response, err := http.Get(s.URL() + "/api/v1/query?query=" + url.QueryEscape(query) + "&time=" + at.Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Data.Result) != 1 {
		t.Fatalf("%s gives %+v, want one number", query, answer)
	}
	x, err := strconv.ParseFloat(answer.Data.Result[0].Value[1].(string), 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestReplayCountsEveryFlight(t *testing.T) {
	s := play(t, Options{}, flights.Start.Add(-time.Second), flights.LastLabel.Add(time.Hour))
	march := time.Date(2001, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, query string
		at          time.Time
		want        float64
	}{
		{"nothing has happened at the start", `sum(ml_predictions_total)`, flights.Start, 0},
		{"v2 stands at 0 before its deployment", `sum(ml_outcomes_total{version="v2"})`, flights.Deployment, 0},
		{"a scrape just before March holds January and February", `sum(ml_predictions_total{version="v1"})`, march, 20330 + 18327},
		{"all predictions of v1", `sum(ml_predictions_total{version="v1"})`, flights.End, 120000},
		{"labels are late", `sum(ml_outcomes_total{version="v1"}) < bool 120000`, flights.End, 1},
		{"all true positives of v1", `ml_outcomes_total{version="v1",actual="1",predicted="1"}`, flights.LastLabel.Add(time.Hour), 4166},
		{"all false negatives of v2", `ml_outcomes_total{version="v2",actual="1",predicted="0"}`, flights.LastLabel.Add(time.Hour), 8403},
		{"missing values", `ml_feature_missing_total{version="v1",feature="origin_delay_3h"}`, flights.End, 6212},
		{"flights from Chicago", `ml_feature_category_total{version="v1",feature="origin",category="ORD"}`, flights.End, 6479},
		{"months that training has not seen", `ml_feature_unseen_category_total{version="v1",feature="month"}`, flights.End, 99670},
		{"origins that training has not seen", `ml_feature_unseen_category_total{version="v1",feature="origin"}`, flights.End, 48},
		{"the reference holds the training rows", `ml_reference_outcomes_total{version="v1",actual="1",predicted="1",reference="training-2001-01"}`, flights.End, 756},
		{"every score is in the histogram", `ml_score_bucket{version="v1",le="+Inf"}`, flights.End, 120000},
	} {
		if got := ask(t, s, c.query, c.at); got != c.want {
			t.Errorf("%s: %s = %v, want %v", c.name, c.query, got, c.want)
		}
	}
	n := 120000.0
	sum := ask(t, s, `sum(ml_score_squared_sum_total{version="v1"})`, flights.LastLabel.Add(time.Hour))
	positive := ask(t, s, `ml_outcome_score_sum{version="v1",actual="1"}`, flights.LastLabel.Add(time.Hour))
	if brier := (sum - 2*positive + 23958) / n; brier < 0.1418842 || brier > 0.1418843 {
		t.Errorf("Brier score from sums %v, want 0.141884207", brier)
	}
	if loss := ask(t, s, `sum(ml_log_loss_sum_total{version="v1"})`, flights.LastLabel.Add(time.Hour)) / n; loss < 0.4496962 || loss > 0.4496963 {
		t.Errorf("log loss %v, want 0.449696224", loss)
	}
}

func TestReplayCompressedAndLooped(t *testing.T) {
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	s := play(t, Options{Start: start, Speed: 181, Interval: 5 * time.Minute, Loop: true}, start.Add(-time.Second), start.Add(26*time.Hour))
	if got := ask(t, s, `sum(ml_predictions_total{version="v1"})`, start.Add(24*time.Hour)); got != 120000 {
		t.Errorf("%v predictions after a day, want 120000", got)
	}
	if v1, v2 := ask(t, s, `sum(increase(ml_predictions_total{version="v1"}[1h]))`, start.Add(26*time.Hour)), ask(t, s, `sum(increase(ml_predictions_total{version="v2"}[1h]))`, start.Add(26*time.Hour)); v1 < 3000 || v1 != v2 {
		t.Errorf("after the loop, v1 predicts %v an hour and v2 %v, want the same", v1, v2)
	}
}
