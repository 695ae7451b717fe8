package analysis

import (
	"math"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

func TestServiceNumbersAreThoseOfTheFormula(t *testing.T) {
	q := withOptions(dayQuery("service", query.FormatNumbers), `{"interval":true,"bounds":true,"quantiles":["0.5"],"errorsBy":["type"],"slow":0.1}`)
	q.Window = query.Window{Kind: query.WindowDuration, Duration: time.Hour}
	out := run(t, fleet(), q)
	at := func(metric string, more ...string) float64 {
		return value(t, out, append([]string{"model", "fraud", "version", "v1", "metric", metric}, more...)...)
	}
	// In the hour: 100 predictions within 0.01 s, 300 within 0.1 s, 90 within 1 s, 10 longer. The
	// median is the 250th, half way into the second bucket.
	near(t, "median", at("latency_quantile", "quantile", "0.5"), 0.01+0.09*0.5, 1e-12)
	near(t, "median, at least", at("latency_quantile", "quantile", "0.5", "bound", "hard_lower"), 0.01, 0)
	near(t, "mean", at("latency_mean"), 0.3, 1e-12)
	near(t, "slow", at("slow_share", "threshold", "0.1"), 0.2, 1e-12)
	near(t, "throughput", at("predictions_per_second"), 500.0/3600, 1e-12)
	// 10 of 510 failed, 4 by timeouts.
	near(t, "errors", at("error_share"), 10.0/510, 1e-12)
	near(t, "timeouts", at("error_share", "type", "timeout"), 4.0/510, 1e-12)
	// The exact interval of a Poisson count of 10 is 4.7954 to 18.3904 (Garwood 1936).
	near(t, "errors per second, lower", at("errors_per_second", "bound", "lower"), 4.7954/3600, 1e-7)
	near(t, "errors per second, upper", at("errors_per_second", "bound", "upper"), 18.3904/3600, 1e-7)
	near(t, "in flight", at("in_flight"), 0.5, 0)
	near(t, "GPU", at("gpu_utilization"), 0.5, 0)
	near(t, "batch", at("batch_size"), 0.3, 1e-12)
}

func TestTheFastestBucketOfLatencyStartsAtZero(t *testing.T) {
	q := withOptions(dayQuery("service", query.FormatNumbers), `{"metrics":["latency_quantile"],"quantiles":["0.5"],"bounds":true}`)
	g := counts.HistogramGroup{Labels: map[string]string{"model": "fraud", "version": "v1"}, Edges: []float64{0.1}, Cells: []float64{10, 0}, Sums: []float64{math.NaN()}, Counts: []float64{10}}
	out := answer(t, q, counts.Data{Histograms: []counts.HistogramGroup{g}})
	near(t, "median", value(t, out, "model", "fraud", "version", "v1", "metric", "latency_quantile", "quantile", "0.5"), 0.05, 1e-12)
	near(t, "at least", value(t, out, "model", "fraud", "version", "v1", "metric", "latency_quantile", "quantile", "0.5", "bound", "hard_lower"), 0, 0)
}

func TestTheServiceTableNamesTheMostFrequentError(t *testing.T) {
	table := run(t, fleet(), dayQuery("service", query.FormatTable))[0].(result.Table)
	if got := cell(t, table, "Most frequent error", 0); got != "invalid_input (warning)" {
		t.Errorf("got %v", got)
	}
	near(t, "n", cell(t, table, "n", 0).(float64), 24*500, 0)
}

func TestOnlyWhatTheMetricsTakeIsRead(t *testing.T) {
	a, _ := Lookup("service")
	for options, want := range map[string]int{`{}`: 1, `{"metrics":["error_share"]}`: 2, `{"metrics":["in_flight","queue_depth","latency_mean"]}`: 3} {
		q := withOptions(dayQuery("service", query.FormatSeries), options)
		o, err := a.ParseOptions(q.Options)
		if err != nil {
			t.Fatal(err)
		}
		if requests, err := a.Needs(q, o); err != nil || len(requests) != want {
			t.Errorf("%s reads %d roles, want %d: %v", options, len(requests), want, err)
		}
	}
}

func TestAServiceMetricThatIsNotExportedIsSaid(t *testing.T) {
	q := withOptions(dayQuery("service", query.FormatNumbers), `{"metrics":["memory_bytes"]}`)
	q.Model = []string{"animals"}
	if n := run(t, fleet(), q)[0].(result.Numbers); len(n.Values) != 0 || !noticed(n.Meta, "ml_memory_bytes") {
		t.Errorf("got %+v", n)
	}
}
