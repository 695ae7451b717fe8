package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// everyAnalysis is one query of each kind, in a form that a model has data for.
var everyAnalysis = []string{
	`{"analysis":"models","format":"table"}`,
	`{"analysis":"classification","model":%q,"format":"numbers"}`,
	`{"analysis":"classification","model":%q,"format":"series"}`,
	`{"analysis":"confusion_matrix","model":%q,"format":"matrix"}`,
	`{"analysis":"roc","model":%q,"format":"curve"}`,
	`{"analysis":"precision_recall","model":%q,"format":"curve"}`,
	`{"analysis":"ranking_power","model":%q,"format":"numbers"}`,
	`{"analysis":"calibration","model":%q,"format":"curve"}`,
	`{"analysis":"calibration","model":%q,"format":"numbers"}`,
	`{"analysis":"scores","model":%q,"format":"distribution"}`,
	`{"analysis":"drift","model":%q,"format":"heatmap"}`,
	`{"analysis":"drift","model":%q,"format":"table","options":{"of":"all"}}`,
	`{"analysis":"distribution","model":%q,"format":"distribution","options":{"feature":"x"}}`,
}

func of(query, model string) string {
	if strings.Contains(query, "%q") {
		name, _ := json.Marshal(model)
		return strings.Replace(query, "%q", string(name), 1)
	}
	return query
}

func TestMistakesInQueriesGetClearErrors(t *testing.T) {
	url := urlOf(t, atOnce)
	for _, c := range []struct {
		name, query string
		wanted      []string
	}{
		{"an unknown field is named", `{"analysis":"drift","model":"flights","modell":"x"}`, []string{"modell"}},
		{"an unknown option is named", `{"analysis":"drift","model":"flights","options":{"metod":"ks"}}`, []string{"metod"}},
		{"an unknown analysis is named, with what there is", `{"analysis":"drifft","model":"flights"}`, []string{"drifft", "drift", "calibration"}},
		{"a missing analysis is named", `{"model":"flights"}`, []string{"analysis"}},
		{"a bad duration is quoted", `{"analysis":"drift","model":"flights","baseline":{"kind":"offset","offset":"7x"}}`, []string{`"7x"`}},
		{"a bad window is quoted", `{"analysis":"drift","model":"flights","window":"yesterday"}`, []string{`"yesterday"`}},
		{"an unknown baseline is quoted", `{"analysis":"drift","model":"flights","baseline":{"kind":"ofset"}}`, []string{`"ofset"`, "offset"}},
		{"an unknown method is quoted", `{"analysis":"drift","model":"flights","options":{"method":"psy"}}`, []string{`"psy"`, "psi"}},
		{"a format that the analysis lacks is quoted", `{"analysis":"confusion_matrix","model":"flights","format":"heatmap"}`, []string{"heatmap", "matrix"}},
		{"an empty model is named", `{"analysis":"drift","model":"","format":"heatmap"}`, []string{"model"}},
		{"a matcher with a broken regular expression is quoted", `{"analysis":"drift","model":"flights","matchers":[{"label":"environment","op":"=~","value":"("}]}`, []string{"("}},
		{"a matcher with an unknown operator is quoted", `{"analysis":"drift","model":"flights","matchers":[{"label":"environment","op":"==","value":"x"}]}`, []string{`"=="`}},
		{"a label that is no label name is quoted", `{"analysis":"drift","model":"flights","matchers":[{"label":"a-b}","op":"=","value":"x"}]}`, []string{"a-b}"}},
		{"a query of a later version asks for an update", `{"queryVersion":99,"analysis":"models"}`, []string{"99", "update"}},
		{"an option of the wrong type is named", `{"analysis":"drift","model":"flights","options":{"tolerated":"much"}}`, []string{"tolerated"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tryAsk(t, url, month(1), month(2), c.query)
			if err == nil {
				t.Fatal("no error")
			}
			for _, word := range c.wanted {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error %q does not say %q", err, word)
				}
			}
		})
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	valid := []string{"query", "--url", "http://127.0.0.1:1", "--query", `{"analysis":"models"}`}
	for _, c := range []struct {
		name   string
		args   []string
		wanted string
	}{
		{"a missing URL", []string{"query", "--query", "{}"}, "--url"},
		{"a missing query", []string{"query", "--url", "http://x"}, "--query"},
		{"a query that is no JSON", append(valid, "--query", "{"), "JSON"},
		{"a bad time", append(valid, "--from", "yesterday"), `"yesterday"`},
		{"a range that ends before it begins", append(valid, "--from", "now", "--to", "now-1h"), "before"},
		{"an unknown output", append(valid, "--output", "xml"), `"xml"`},
		{"settings that are no JSON", append(valid, "--settings", "x"), "--settings"},
		{"a header without a value", append(valid, "--header", "X-Scope-OrgID"), "Name: value"},
		{"an unknown command", []string{"queri"}, `"queri"`},
		{"a stray argument", append(valid, "models"), `"models"`},
		{"a server that is not there", valid, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, _, err := command(t, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.wanted) {
				t.Errorf("the error is %v, want one that says %q", err, c.wanted)
			}
			if stdout != "" {
				t.Errorf("there is output beside the error: %s", stdout)
			}
		})
	}
}

func TestTroubleWithTheServerIsSaid(t *testing.T) {
	const vector = `{"status":"success","data":{"resultType":"matrix","result":[]}}`
	for _, c := range []struct {
		name   string
		status int
		kind   string
		body   string
		wanted []string
	}{
		{"a login page", 200, "text/html", "<!doctype html><html><title>Sign in</title></html>", []string{"HTML"}},
		{"401", 401, "text/plain", "no token", []string{"401"}},
		{"403", 403, "text/plain", "no right", []string{"403"}},
		{"404", 404, "text/plain", "404 page not found", []string{"404", "URL"}},
		{"429", 429, "text/plain", "slow down", []string{"429", "slow down"}},
		{"503 with a page", 503, "text/html", "<html><h1>Service Unavailable</h1>" + strings.Repeat("x", 100_000) + "</html>", []string{"503"}},
		{"422 with the server's words", 422, "application/json", `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}`, []string{"too many samples"}},
		{"truncated JSON", 200, "application/json", vector[:len(vector)-20], nil},
		{"an empty body", 200, "application/json", "", nil},
		{"JSON of something else", 200, "application/json", `{"answer":42}`, nil},
		{"a vector of strings that are no numbers", 200, "application/json", `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"x"]]}]}}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer stub.Close()
			_, err := tryAsk(t, stub.URL, month(1), month(2), `{"analysis":"classification","model":"flights","format":"numbers"}`)
			if err == nil {
				t.Fatal("no error")
			}
			for _, word := range c.wanted {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error %q does not say %q", err, word)
				}
			}
			if len(err.Error()) > 1000 {
				t.Errorf("the error is %d characters long", len(err.Error()))
			}
		})
	}
}

func TestAuthenticationReachesTheServer(t *testing.T) {
	t.Setenv(passwordVariable, "secret")
	var user, password, tenant string
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
		tenant = r.Header.Get("X-Scope-OrgID")
		w.WriteHeader(http.StatusForbidden)
	}))
	defer stub.Close()
	_, err := tryAsk(t, stub.URL, month(1), month(2), `{"analysis":"classification","model":"flights"}`, "--user", "ada", "--header", "X-Scope-OrgID: team")
	if user != "ada" || password != "secret" || tenant != "team" {
		t.Errorf("the server saw user %q, password %q, tenant %q", user, password, tenant)
	}
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v, want one without the password", err)
	}
}

// tiny serves a few series of strange models, scraped every minute for an hour.
func tiny(t *testing.T, series map[string]map[string]string, value func(name string, minute int) float64) (string, time.Time, time.Time) {
	t.Helper()
	s, err := server.Start(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	from := flights.Start
	app := s.Appender(context.Background())
	for minute := range 61 {
		for name, with := range series {
			set := map[string]string{model.MetricNameLabel: strings.SplitN(name, " ", 2)[0]}
			for k, v := range with {
				set[k] = v
			}
			if _, err := app.Append(0, labels.FromMap(set), from.Add(time.Duration(minute)*time.Minute).UnixMilli(), value(name, minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	return s.URL(), from, from.Add(time.Hour)
}

func TestLabelValuesMeanThemselves(t *testing.T) {
	for _, name := range []string{`quo"te`, `back\slash`, "new\nline", `a.*b|c`, `{x="y"}`, `$1 ${x}`, "ünïcödé 模型", `'`, "`tick`", `\`, `"} or vector(1) #`} {
		t.Run(name, func(t *testing.T) {
			mine := map[string]string{"model": name, "version": "v1", "actual": "1", "predicted": "1"}
			others := map[string]string{"model": "axxb", "version": "v1", "actual": "0", "predicted": "1"}
			url, from, to := tiny(t, map[string]map[string]string{"ml_outcomes_total a": mine, "ml_outcomes_total b": others}, func(_ string, minute int) float64 { return float64(minute) })
			frames := ask(t, url, from, to, of(`{"analysis":"classification","model":%q,"window":"range","format":"numbers","options":{"metrics":["accuracy"]}}`, name))
			near(t, "accuracy", value(t, frames, "metric", "accuracy"), 1, 0)
			if got := frames[0].Fields[0].Labels["model"]; got != name {
				t.Errorf("the answer is about the model %q, not %q", got, name)
			}
		})
	}
}

func TestNothingIsAnswersNotCrashes(t *testing.T) {
	empty, from, to := tiny(t, nil, nil)
	zero := func(string, int) float64 { return 0 }
	flat := map[string]map[string]string{
		"ml_model_info":                     {"model": "m", "version": "v1"},
		"ml_outcomes_total":                 {"model": "m", "version": "v1", "actual": "1", "predicted": "1"},
		"ml_score_bucket":                   {"model": "m", "version": "v1", "class": "1", "le": "+Inf"},
		"ml_score_count":                    {"model": "m", "version": "v1", "class": "1"},
		"ml_score_sum":                      {"model": "m", "version": "v1", "class": "1"},
		"ml_outcome_score_bucket":           {"model": "m", "version": "v1", "class": "1", "actual": "1", "le": "+Inf"},
		"ml_outcome_score_count":            {"model": "m", "version": "v1", "class": "1", "actual": "1"},
		"ml_outcome_score_sum":              {"model": "m", "version": "v1", "class": "1", "actual": "1"},
		"ml_feature_value_bucket":           {"model": "m", "version": "v1", "feature": "x", "le": "+Inf"},
		"ml_feature_value_count":            {"model": "m", "version": "v1", "feature": "x"},
		"ml_feature_value_sum":              {"model": "m", "version": "v1", "feature": "x"},
		"ml_feature_category_total":         {"model": "m", "version": "v1", "feature": "c", "category": "only"},
		"ml_predictions_total":              {"model": "m", "version": "v1", "predicted": "1"},
		"ml_reference_feature_value_bucket": {"model": "m", "version": "v1", "feature": "x", "le": "+Inf", "reference": "r"},
	}
	zeros, _, _ := tiny(t, flat, zero)
	oneBucket, _, _ := tiny(t, flat, func(_ string, minute int) float64 { return float64(minute) })
	for _, world := range []struct{ name, url string }{
		{"no series", empty}, {"all counts are zero", zeros}, {"one bucket, one class, one category", oneBucket},
	} {
		t.Run(world.name, func(t *testing.T) {
			for _, query := range everyAnalysis {
				query = of(query, "m")
				frames, err := tryAsk(t, world.url, from, to, query)
				switch {
				case err != nil && len(err.Error()) < 20:
					t.Errorf("%s: the error %q is no sentence", query, err)
				case err != nil:
					t.Logf("%s: %v", query, err)
				case len(frames) == 0:
					t.Errorf("%s: no frame, not even an empty one", query)
				case len(frames[0].Fields) == 0 && len(sheet.Notices(frames)) == 0:
					t.Errorf("%s: an empty answer does not say why", query)
				}
			}
		})
	}
}

func TestValuesThatAreNoNumbersAreNoCrash(t *testing.T) {
	for _, bad := range []string{"NaN", "+Inf", "-Inf", "-5", "1e300"} {
		t.Run(bad, func(t *testing.T) {
			stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				w.Header().Set("Content-Type", "application/json")
				var b strings.Builder
				times := []int64{month(1).Unix(), month(2).Unix()}
				for i, at := range times {
					if i > 0 {
						b.WriteString(",")
					}
					fmt.Fprintf(&b, `[%d,%q]`, at, bad)
				}
				fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"ml_outcomes_total","model":"m","version":"v1","actual":"1","predicted":"1","instance":"a","job":"b"},"values":[%s]}]}}`, b.String())
			}))
			defer stub.Close()
			frames, err := tryAsk(t, stub.URL, month(1), month(2), `{"analysis":"classification","model":"m","window":"range","format":"numbers"}`)
			if err == nil && len(frames) == 0 {
				t.Error("neither an answer nor an error")
			}
		})
	}
}
