package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// skewed is the fleet in which the given features of the first version take large
// values three times as often from a time on.
func skewed(since time.Time, features ...string) world {
	w := fleet()
	for _, s := range fleet() {
		if s.role != profile.FeatureValue && s.role != profile.FeatureCategory || s.labels["version"] != "v1" || !slices.Contains(features, s.labels["feature"]) {
			continue
		}
		switch {
		case s.role == profile.FeatureValue:
			s.rates = slices.Clone(s.rates)
			for i := range s.rates {
				s.rates[i] *= float64(3 * i * i)
			}
		case s.labels["category"] == "wire":
			s.rates = []float64{3000}
		default:
			continue
		}
		s.since, s.labels = since, with(s.labels, "instance", "new")
		w = append(w, s)
	}
	return w
}

func healthRow(t *testing.T, w world, rules string) result.Table {
	t.Helper()
	q := dayQuery("health", query.FormatTable)
	q.Options["rules"] = quotedJSON(rules)
	return run(t, w, q)[0].(result.Table)
}

func TestTheUsualRules(t *testing.T) {
	silent := fleet()
	for i := range silent {
		if silent[i].role == profile.Predictions {
			silent[i].rates = []float64{0}
		}
	}
	miscalibrated := fleet()
	for i := range miscalibrated {
		// Rows that come true twice as often as the scores say.
		if s := miscalibrated[i]; s.role == profile.OutcomeScore && s.labels["actual"] == "1" {
			rates := slices.Clone(s.rates)
			for j := range rates {
				rates[j] *= 6
			}
			miscalibrated[i].rates = rates
		}
	}
	missing := append(fleet(), stream{
		role: profile.FeatureMissing, rates: []float64{100}, since: dayStart,
		labels: named2("model", "fraud", "version", "v1", "segment", "north", "feature", "amount", "instance", "new"),
	})
	tests := []struct {
		name    string
		w       world
		status  string
		reasons []string
		worst   string
	}{
		{"nothing has changed", calibrated(fleet()), "HEALTHY", nil, ""},
		{"one feature of three drifted", calibrated(skewed(dayStart, "amount")), "WARNING", []string{"Drift: drifted share is 33.3 %, above 0 % (n = 3)"}, "amount"},
		{"two features of three drifted", calibrated(skewed(dayStart, "amount", "kind")), "CRITICAL", []string{"Drift: drifted share is 66.7 %, at least 50 % (n = 3)"}, ""},
		{"values are missing that were there the day before", calibrated(missing), "WARNING", []string{"Data quality: failed checks is 1, above 0"}, ""},
		{"the scores are too low", miscalibrated, "WARNING", []string{"Calibration: lower limit of squared calibration error is"}, ""},
		{"the model is there but predicts nothing", silent, "NO DATA", []string{"no predictions in the window"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := healthRow(t, tt.w, "")
			if got := cell(t, table, "Status", 0); got != tt.status {
				t.Errorf("the status is %v because of %q, want %s", got, cell(t, table, "Reasons", 0), tt.status)
			}
			reasons := cell(t, table, "Reasons", 0).(string)
			if len(tt.reasons) == 0 && reasons != "" {
				t.Errorf("reasons are %q, want none", reasons)
			}
			for _, r := range tt.reasons {
				if !strings.Contains(reasons, r) {
					t.Errorf("reasons are %q, want %q", reasons, r)
				}
			}
			if worst := cell(t, table, "Worst feature", 0).(string); !strings.HasPrefix(worst, tt.worst) {
				t.Errorf("the worst feature is %q, want %q", worst, tt.worst)
			}
		})
	}
}

// calibrated makes the outcomes of a world those that its scores promise: in every
// bucket as many as its middle says.
func calibrated(w world) world {
	for i, s := range w {
		if s.role != profile.OutcomeScore || s.labels["model"] != "fraud" {
			continue
		}
		rates := make([]float64, len(s.rates))
		for j := range 10 {
			rates[j] = float64(2*j + 1)
			if s.labels["actual"] == "0" {
				rates[j] = float64(20 - 2*j - 1)
			}
		}
		w[i].rates, w[i].mean = rates, math.NaN()
	}
	return w
}

func TestConditionsAreJoined(t *testing.T) {
	// The accuracy of the fraud model is (383 + 52) of 500, on 12000 outcomes.
	const yes, no, unknown = "classification.accuracy == 0.87", "classification.accuracy < 0.87", "regression.mae > 1"
	tests := []struct{ name, rules, status string }{
		{"a condition that holds", "warning: " + yes, "WARNING"},
		{"one that does not", "warning: " + no, "HEALTHY"},
		{"and needs both", "critical: " + yes + " and " + no, "HEALTHY"},
		{"or needs one", "critical: " + no + " or " + yes, "CRITICAL"},
		{"and binds tighter than or", "critical: " + yes + " or " + no + " and " + no, "CRITICAL"},
		{"and binds tighter than or that comes before", "critical: " + no + " and " + no + " or " + yes, "CRITICAL"},
		{"what is not known is not true", "critical: " + unknown + "; warning: " + no, "HEALTHY"},
		{"nor is its contrary", "critical: regression.mae <= 1\nwarning: " + no, "HEALTHY"},
		{"with what is not known nothing is true", "critical: " + unknown + " and " + yes + "; warning: " + no, "HEALTHY"},
		{"or something is, whatever the rest", "critical: " + unknown + " or " + yes, "CRITICAL"},
		{"where nothing is known there is no verdict", "critical: " + unknown, "NO DATA"},
		{"the worse of two rules counts", "warning: " + yes + "\ncritical: " + yes, "CRITICAL"},
		{"the lower limit is below the value", "warning: lower(classification.accuracy) < 0.87 and lower(classification.accuracy) > 0.86", "WARNING"},
		{"the upper limit is above it", "warning: upper(classification.accuracy) > 0.87 and upper(classification.accuracy) < 0.88", "WARNING"},
		{"labels choose", `warning: data_quality.missing_share{feature="amount"} > 0.009`, "WARNING"},
		{"labels leave out", `warning: data_quality.missing_share{feature="kind"} > 0.009; warning: ` + no, "HEALTHY"},
		{"any of the values that match counts", "warning: data_quality.missing_share > 0.009", "WARNING"},
		{"a class of its own", `warning: classification.recall{class="0"} > 0.9`, "WARNING"},
		{"an average", `warning: classification.recall{average="micro"} == 0.87`, "WARNING"},
		{"another method of drift", "warning: drift.js < 0.5 and drift.psi < 0.5 and drift.drifted_share <= 0", "WARNING"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := healthRow(t, fleet(), tt.rules)
			if got := cell(t, table, "Status", 0); got != tt.status {
				t.Errorf("%s: the status is %v (%v; not known: %v), want %s", tt.rules, got, cell(t, table, "Reasons", 0), cell(t, table, "Not known", 0), tt.status)
			}
			if missing := cell(t, table, "Not known", 0).(string); strings.Contains(missing, "regression.mae") != strings.Contains(tt.rules, "regression.mae") {
				t.Errorf("%s: not known is %q", tt.rules, missing)
			}
		})
	}
}

func TestTheFleetInNumbers(t *testing.T) {
	q := dayQuery("health", query.FormatNumbers)
	q.Model, q.Version = nil, nil
	q.Options["rules"] = quotedJSON(`critical: drift.drifted_share >= 0.5; warning: classification.accuracy < 0.86`)
	w := skewed(dayStart, "amount", "kind")
	for i := range w {
		if w[i].role == profile.Predictions && w[i].labels["model"] == "animals" {
			w[i].since = dayStart.Add(48 * time.Hour)
		}
	}
	// The predictions of the day before are those of a model that has fallen silent.
	w = append(w, stream{role: profile.Predictions, labels: named2("model", "old", "version", "1", "predicted", "0"), rates: []float64{0}})
	out := run(t, w, q)
	near(t, "health of v1", value(t, out, "metric", "health", "model", "fraud", "version", "v1"), 2, 0)
	near(t, "health of v2", value(t, out, "metric", "health", "model", "fraud", "version", "v2"), 0, 0)
	// 60 of 70 animals are taken for what they are.
	near(t, "health of a model whose predictions are not counted", value(t, out, "metric", "health", "model", "animals", "version", "7"), 1, 0)
	if v := value(t, out, "metric", "health", "model", "old", "version", "1"); !math.IsNaN(v) {
		t.Errorf("a model without predictions has the health %g", v)
	}
	for metric, want := range map[string]float64{"models_healthy": 1, "models_warning": 1, "models_critical": 1} {
		near(t, metric, value(t, out, "metric", metric), want, 0)
	}
	if v := value(t, out, "metric", "models_no_data"); v < 1 {
		t.Errorf("%g models without data", v)
	}
}

func TestHealthOverTimeIsThatOfEachWindow(t *testing.T) {
	w := skewed(dayStart.Add(12*time.Hour), "amount", "kind")
	for _, b := range everyBaseline()[:7] {
		q := dayQuery("health", query.FormatSeries)
		q.Interval, q.Baseline = 3*time.Hour, b
		series := run(t, w, q)[0].(result.Series)
		if len(series.Lines) != 1 || len(series.Times) != 8 {
			t.Fatalf("%d lines at %d times", len(series.Lines), len(series.Times))
		}
		for k, at := range series.Times {
			one := dayQuery("health", query.FormatNumbers)
			one.From, one.To, one.Baseline = at.Add(-3*time.Hour), at, b
			want := value(t, run(t, w, one), "metric", "health", "model", "fraud", "version", "v1")
			if got := series.Lines[0].Values[k]; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("baseline %v, window %d: %g over time, %g by itself", b, k, got, want)
			}
			if b == nil && (series.Lines[0].Values[k] == 2) != (k >= 4) {
				t.Errorf("window %d: health %g, want critical from noon on", k, series.Lines[0].Values[k])
			}
		}
	}
}

func TestRulesThatNoAnalysisAnswers(t *testing.T) {
	tests := []struct{ name, rules, message string }{
		{"an unknown analysis", "warning: drft.psi > 1", `the rule on drft.psi names "drft", which is no analysis that rules can ask: use one of calibration, classification`},
		{"health itself", "warning: health.health > 1", `names "health", which is no analysis that rules can ask`},
		{"an analysis without numbers", "warning: roc.auc > 1", `names "roc"`},
		{"an unknown metric", "warning: drift.drifted > 1", `names "drifted", which is no metric: see the metrics on the page of drift`},
		{"a metric that lacks its option", "warning: classification.business_value < 0", "the rule on classification.business_value cannot be judged: business_value needs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := dayQuery("health", query.FormatTable)
			q.Options["rules"] = quotedJSON(tt.rules)
			_, err := tryRun(fleet(), q)
			wrongRules(t, err, tt.message)
		})
	}
	t.Run("an inventory over time", func(t *testing.T) {
		q := dayQuery("health", query.FormatSeries)
		q.Options["rules"] = quotedJSON("warning: models.predictions < 10")
		_, err := tryRun(fleet(), q)
		wrongRules(t, err, "cannot be judged over time: choose the format table or numbers")
	})
}
