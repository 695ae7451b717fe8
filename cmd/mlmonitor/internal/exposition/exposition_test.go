package exposition

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/storage"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// process is a job of one target.
type process struct{ *exporter.Target }

func (process) Name() string            { return "a process" }
func (process) Interval() time.Duration { return time.Minute }
func (p process) Scrape(app storage.Appender, at time.Time) error {
	return p.Target.Scrape(app, at)
}

func made() (process, *exporter.Value) {
	target := exporter.NewTarget("fraud", "fraud-0:8080")
	predictions := target.Counter("ml_predictions_total", "model", "fraud", "predicted", "1")
	target.Gauge("ml_features", "model", "fraud").Set(5)
	classic := target.Histogram("ml_score", []float64{0.5, 1}, "model", "fraud")
	classic.Observe(0.25)
	classic.Observe(0.75)
	native := target.NativeHistogram("ml_feature_value", "model", "fraud", "feature", "amount")
	for range 3 {
		native.Observe(2)
	}
	target.Gauge("queue_count").Set(7) // ends as a histogram's count does, and is none
	return process{target}, predictions
}

// scrape asks a handler and reads its answer, by family name.
func scrape(t *testing.T, h http.Handler, accept string) (map[string]*dto.MetricFamily, string) {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	request.Header.Set("Accept", accept)
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	response := recorder.Result()
	text := recorder.Body.String()
	decoder := expfmt.NewDecoder(strings.NewReader(text), expfmt.ResponseFormat(response.Header))
	families := map[string]*dto.MetricFamily{}
	for {
		family := &dto.MetricFamily{}
		if err := decoder.Decode(family); err == io.EOF {
			return families, text
		} else if err != nil {
			t.Fatal(err)
		}
		families[family.GetName()] = family
	}
}

const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

func TestAScrapeFindsWhatTheProcessCounted(t *testing.T) {
	p, predictions := made()
	predictions.Add(4)
	families, _ := scrape(t, Handler([]timeline.Job{p}, time.Now), protobuf)

	counter := families["ml_predictions_total"]
	if counter.GetType() != dto.MetricType_COUNTER || counter.Metric[0].Counter.GetValue() != 4 {
		t.Errorf("the counter is exposed as %v", counter)
	}
	labels := map[string]string{}
	for _, l := range counter.Metric[0].Label {
		labels[l.GetName()] = l.GetValue()
	}
	if labels["job"] != "fraud" || labels["instance"] != "fraud-0:8080" || labels["predicted"] != "1" || len(labels) != 4 {
		t.Errorf("the counter's labels are %v", labels)
	}
	for name, want := range map[string]float64{"ml_features": 5, "queue_count": 7} {
		if g := families[name]; g.GetType() != dto.MetricType_GAUGE || g.Metric[0].Gauge.GetValue() != want {
			t.Errorf("%s is exposed as %v, want the gauge %v", name, g, want)
		}
	}
	classic := families["ml_score"].Metric[0].Histogram
	if classic.GetSampleCount() != 2 || classic.GetSampleSum() != 1 || len(classic.Bucket) != 3 || classic.Bucket[0].GetCumulativeCount() != 1 || classic.Bucket[0].GetUpperBound() != 0.5 {
		t.Errorf("the classic histogram is exposed as %v", classic)
	}
	native := families["ml_feature_value"].Metric[0].Histogram
	if native.GetSampleCount() != 3 || native.GetSampleSum() != 6 || native.GetSchema() != 3 || len(native.PositiveSpan) != 1 || native.PositiveDelta[0] != 3 {
		t.Errorf("the native histogram is exposed as %v", native)
	}
	if _, found := families["up"]; found {
		t.Error("up is exposed, which is the scraper's to tell")
	}
}

func TestAScrapeInTextHasTheClassicPartsOnly(t *testing.T) {
	p, _ := made()
	_, text := scrape(t, Handler([]timeline.Job{p}, time.Now), "text/plain")
	for _, line := range []string{
		"# TYPE ml_score histogram",
		`ml_score_bucket{instance="fraud-0:8080",job="fraud",model="fraud",le="0.5"} 1`,
		`ml_feature_value_count{feature="amount",instance="fraud-0:8080",job="fraud",model="fraud"} 3`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%q is missing in\n%s", line, text)
		}
	}
}

func TestAProcessThatIsDownIsLeftOut(t *testing.T) {
	p, _ := made()
	h := Handler([]timeline.Job{p}, time.Now)
	scrape(t, h, protobuf)
	p.SetDown(true)
	for range 2 {
		if families, _ := scrape(t, h, protobuf); len(families) > 0 {
			t.Errorf("%d families of a process that is down", len(families))
		}
	}
	p.SetDown(false)
	if families, _ := scrape(t, h, protobuf); len(families) != 5 {
		t.Errorf("%d families of a process that is back, want 5", len(families))
	}
}
