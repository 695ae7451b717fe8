package fleet

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

var start = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)

func TestFleetFailsOnSchedule(t *testing.T) {
	s, err := server.Start(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	began := time.Now()
	if err := timeline.Backfill(context.Background(), s, New(start, 4*time.Minute, 1), start, start.Add(Period+day(1)), nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d series backfilled in %s", s.Series(), time.Since(began).Round(time.Millisecond))

	ask := func(query string, at time.Duration) float64 {
		t.Helper()
		response, err := http.Get(s.URL() + "/api/v1/query?query=" + url.QueryEscape(query) + "&time=" + start.Add(at).Format(time.RFC3339))
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
			t.Fatalf("%s at %s gives %+v, want one number", query, at, answer)
		}
		x, err := strconv.ParseFloat(answer.Data.Result[0].Value[1].(string), 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	mean := `sum(increase(ml_feature_value_sum{model="fraud",feature="amount"}[12h])) / sum(increase(ml_feature_value_count{model="fraud",feature="amount"}[12h]))`
	missing := `sum(increase(ml_feature_missing_total{model="credit",feature="bureau_score"}[5h])) / sum(increase(ml_feature_observations_total{model="credit",feature="bureau_score"}[5h]))`
	observed := func(model string) string {
		return `sum(increase(ml_outcomes_total{model="` + model + `",actual="1"}[1d])) / sum(increase(ml_outcomes_total{model="` + model + `"}[1d]))`
	}
	said := func(model string) string {
		return `sum(increase(ml_outcome_score_sum{model="` + model + `"}[1d])) / sum(increase(ml_outcome_score_count{model="` + model + `"}[1d]))`
	}
	accuracy := func(segment string) string {
		return `(sum(increase(ml_outcomes_total{model="churn",segment="` + segment + `",actual="0",predicted="0"}[1d])) + sum(increase(ml_outcomes_total{model="churn",segment="` + segment + `",actual="1",predicted="1"}[1d]))) / sum(increase(ml_outcomes_total{model="churn",segment="` + segment + `"}[1d]))`
	}
	share := func(metric, model, feature string) string {
		about := `{model="` + model + `",feature="` + feature + `"}[5h]))`
		return `sum(increase(` + metric + about + ` / sum(increase(ml_feature_observations_total` + about
	}
	// The sum of residuals falls at first, which increase would take for restarts.
	bias := `sum(delta(ml_residual_sum{model="eta"}[1d])) / sum(increase(ml_residual_count{model="eta"}[1d]))`
	absolute := `sum(increase(ml_absolute_error_sum_total{model="eta"}[1d])) / sum(increase(ml_regression_outcomes_total{model="eta"}[1d]))`
	quality := `sum(increase(ml_ranking_quality_sum{metric="ndcg_at_10"}[1d])) / sum(increase(ml_ranking_quality_count{metric="ndcg_at_10"}[1d]))`
	labelled := func(predicted string) string {
		return `sum(increase(ml_outcomes_total{model="credit",predicted="` + predicted + `"}[3d])) / sum(increase(ml_predictions_total{model="credit",predicted="` + predicted + `"}[3d]))`
	}
	recall := `sum(increase(ml_outcomes_total{model="intent",actual="refund",predicted="refund"}[1d])) / sum(increase(ml_outcomes_total{model="intent",actual="refund"}[1d]))`
	for _, c := range []struct {
		name, query string
		at          time.Duration
		low, high   float64
	}{
		{"fraud's amounts are normal at first", mean, day(2), 48, 62},
		{"fraud's amounts drift", mean, day(4), 88, 112},
		{"fraud's amounts recover", mean, day(5.5), 48, 62},
		{"churn is calibrated at first", said("churn") + " - " + observed("churn"), day(4), -0.02, 0.02},
		{"churn says too much", said("churn") + " - " + observed("churn"), day(6.5), 0.08, 0.5},
		{"credit has all features at first", missing, day(1), 0, 0},
		{"credit loses a feature in an outage", missing, day(2.24), 0.95, 1},
		{"credit loses most of a feature", missing, day(7), 0.6, 0.8},
		{"credit recovers", missing, day(7.8), 0, 0},
		{"intent finds refunds at first", recall, day(4), 0.65, 0.95},
		{"intent confuses refunds", recall, day(7), 0.1, 0.5},
		{"pricing is calibrated", said("pricing") + " - " + observed("pricing"), day(7), -0.02, 0.02},
		{"pricing has one replica at first", `count(up{job="pricing",instance!~".*reference.*"})`, day(5), 1, 1},
		{"pricing has two replicas later", `count(up{job="pricing",instance!~".*reference.*"})`, day(6), 2, 2},
		{"a replica of fraud has disappeared", `count(up{job="fraud",instance!~".*reference.*"})`, day(6), 1, 1},
		{"the story starts over and it is back", `count(up{job="fraud",instance!~".*reference.*"})`, Period + day(0.5), 2, 2},
		{"a replica of credit is down", `sum(up{job="credit",instance!~".*reference.*"})`, day(5), 1, 1},
		{"restarts are seen", `sum(resets(ml_predictions_total{model="fraud",predicted="0"}[8d]))`, day(8), 3, 3},
		{"churn serves most consumers well", accuracy("consumer"), day(4), 0.7, 0.8},
		{"churn serves partners worse", accuracy("partner"), day(4), 0.55, 0.68},
		{"few of those that credit warns of are labelled", labelled("1"), day(5), 0.1, 0.2},
		{"most others are", labelled("0"), day(5), 0.6, 0.72},
		{"some debt ratios are invalid", share("ml_feature_invalid_total", "credit", "debt_ratio"), day(4), 0.001, 0.01},
		{"amounts are in range at first", share("ml_feature_out_of_range_total", "fraud", "amount"), day(2), 0, 0.001},
		{"bureau scores are as old as the outage", `max(time() - ml_feature_last_observed_timestamp_seconds{model="credit",feature="bureau_score"}) / 3600`, day(2.24), 5, 6.5},
		{"credit relied on the bureau score", `avg(ml_feature_importance{model="credit",feature="bureau_score"})`, day(5), 0.52, 0.52},
		{"credit does so no more", `avg(ml_feature_importance{model="credit",feature="bureau_score"})`, day(7), 0.14, 0.14},
		{"eta predicts a little too much at first", bias, day(4), -1, -0.5},
		{"eta predicts too little during road works", bias, day(7), 4, 6},
		{"eta's errors are small at first", absolute, day(4), 2, 2.8},
		{"eta's errors grow", absolute, day(7), 4, 6},
		{"eta sees weather that it does not know", share("ml_feature_unseen_category_total", "eta", "weather"), day(6.3), 0.4, 0.6},
		{"eta works in batches", `sum(increase(ml_batch_size_count{model="eta"}[1d]))`, day(4), 250, 300},
		{"search ranks well at first", quality, day(3), 0.93, 0.97},
		{"search ranks worse with a stale index", quality, day(4.9), 0.7, 0.85},
		{"search fails in the overload", `sum(increase(ml_prediction_errors_total{model="search",type="timeout"}[5h])) / sum(increase(ml_predictions_total{model="search"}[5h]))`, day(4.35), 0.03, 0.07},
		{"requests wait in the overload", `max(ml_queue_depth{model="search"})`, day(4.35), 20, 50},
		{"and else they do not", `max(ml_queue_depth{model="search"})`, day(6), 0, 0},
		{"events have the time at which they happened", `max(ml_event_timestamp_seconds{model="churn",kind="config_change"}) - ` + strconv.FormatInt(start.Add(day(4.5)).Unix(), 10), day(7), -300, 300},
		{"native histograms hold the scores of six classes", `count(histogram_count(ml_score{model="intent"}) > 1000)`, day(7), 6, 6},
	} {
		if got := ask(c.query, c.at); !(got >= c.low && got <= c.high) {
			t.Errorf("%s: %v, want %v to %v", c.name, got, c.low, c.high)
		}
	}
}

func TestScheduleIsInTheOrderOfTime(t *testing.T) {
	events := Schedule(start)
	if len(events) < 10 {
		t.Fatalf("only %d events", len(events))
	}
	for i, e := range events {
		if i > 0 && e.From.Before(events[i-1].From) {
			t.Errorf("%v comes after %v", e, events[i-1])
		}
		if e.Model == "" || e.What == "" || e.To.Before(e.From) {
			t.Errorf("event %+v", e)
		}
	}
}
