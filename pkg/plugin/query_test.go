package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/config"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
)

func TestAQueryIsAnsweredWithFramesThatSayWhatWasSent(t *testing.T) {
	got := one(t, with(fake{read: outcomes}), matrixQuery)
	if got.Error != nil {
		t.Fatal(got.Error)
	}
	frame := got.Frames[0]
	if rows, _ := frame.RowLen(); rows != 2 || len(frame.Fields) != 3 {
		t.Errorf("the matrix has %d rows and %d fields, want 2 and 3", rows, len(frame.Fields))
	}
	if frame.Meta.ExecutedQueryString != "ml_outcomes_total" {
		t.Errorf("the executed query is %q", frame.Meta.ExecutedQueryString)
	}
	if len(frame.Meta.Notices) != 1 || frame.Meta.Notices[0].Text != "One gap was bridged." {
		t.Errorf("the notices are %v", frame.Meta.Notices)
	}
}

func TestAMistakeInAQueryIsADownstreamErrorThatSaysWhatToDo(t *testing.T) {
	d := with(fake{read: outcomes})
	for _, c := range []struct{ name, query, want string }{
		{"an unknown field", `{"analysis": "drift", "model": "fraud", "modle": "x"}`, `field "modle" is not known`},
		{"an unknown analysis", `{"analysis": "magic", "model": "fraud"}`, `analysis "magic" is not known: choose one of`},
		{"no analysis", `{"model": "fraud"}`, "analysis is missing"},
		{"no model", `{"analysis": "confusion_matrix"}`, "the model is missing"},
		{"an empty model", `{"analysis": "confusion_matrix", "model": ""}`, "the model is missing"},
		{"a window that is no duration", `{"analysis": "confusion_matrix", "model": "fraud", "window": "7x"}`, `"7x" is not a duration: use 30m, 24h, 7d`},
		{"a baseline offset that is no duration", `{"analysis": "drift", "model": "fraud", "baseline": {"kind": "offset", "offset": "soon"}}`, `"soon" is not a duration`},
		{"an unknown option", `{"analysis": "confusion_matrix", "model": "fraud", "options": {"tpo": 3}}`, `option "tpo" is not known`},
		{"an option of the wrong type", `{"analysis": "confusion_matrix", "model": "fraud", "options": {"top": "many"}}`, "use a number"},
		{"an unknown format", `{"analysis": "confusion_matrix", "model": "fraud", "format": "poem"}`, `format "poem"`},
		{"an unknown role", `{"analysis": "confusion_matrix", "model": "fraud", "roles": {"outcome": "x"}}`, `role "outcome" is not known`},
		{"a role that is no selector", `{"analysis": "confusion_matrix", "model": "fraud", "roles": {"outcomes": "x{"}}`, `the metric for outcomes: selector "x{" cannot be read`},
		{"a matcher that is no regular expression", `{"analysis": "confusion_matrix", "model": "fraud", "matchers": [{"label": "env", "op": "=~", "value": "("}]}`, "is not a regular expression"},
		{"a variable that nobody replaced", `{"analysis": "confusion_matrix", "model": "$model"}`, "alert rules cannot use dashboard variables"},
		{"no JSON", `{`, "not a JSON object"},
		{"a list", `[]`, "not a JSON object"},
		{"nothing at all", ``, "not a JSON object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expectError(t, one(t, d, c.query), backend.StatusBadRequest, backend.ErrorSourceDownstream, c.want)
		})
	}
}

func TestAnEmptyTimeRangeIsAClearError(t *testing.T) {
	resp, err := with(fake{read: outcomes}).QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{RefID: "A", JSON: []byte(matrixQuery)}}})
	if err != nil {
		t.Fatal(err)
	}
	expectError(t, resp.Responses["A"], backend.StatusBadRequest, backend.ErrorSourceDownstream, "the time range is empty")
}

func TestValuesThatUsersChooseReachTheReaderUnchanged(t *testing.T) {
	var got []string
	d := with(fake{read: func(ctx context.Context, requests []counts.Request) ([]counts.Data, error) {
		for _, m := range requests[0].Matchers {
			got = append(got, m.Values...)
		}
		return outcomes(ctx, requests)
	}})
	one(t, d, `{"analysis": "confusion_matrix", "model": "a\"b\\c\nd.*{}|", "version": ["v1", "v2"]}`)
	if !slices.Contains(got, "a\"b\\c\nd.*{}|") || !slices.Contains(got, "v2") {
		t.Errorf("the reader got %q", got)
	}
}

func TestABadQueryAndAPanicFailAlone(t *testing.T) {
	d := with(fake{read: func(ctx context.Context, requests []counts.Request) ([]counts.Data, error) {
		if slices.Contains(requests[0].Matchers[0].Values, "panic") {
			panic("out of range")
		}
		return outcomes(ctx, requests)
	}})
	got := ask(t.Context(), d, nil, map[string]string{
		"A": matrixQuery,
		"B": `{"analysis": "nonsense"}`,
		"C": `{"analysis": "confusion_matrix", "model": "panic"}`,
		"D": matrixQuery,
	})
	for _, refID := range []string{"A", "D"} {
		if got[refID].Error != nil || len(got[refID].Frames) != 1 {
			t.Errorf("query %s suffers from its neighbours: %v", refID, got[refID].Error)
		}
	}
	expectError(t, got["B"], backend.StatusBadRequest, backend.ErrorSourceDownstream, "nonsense")
	expectError(t, got["C"], backend.StatusInternal, backend.ErrorSourcePlugin, "a fault in the plugin (out of range)")
}

func TestQueriesOfOneRequestRunSideBySideWithinTheLimit(t *testing.T) {
	var mu sync.Mutex
	running, most := 0, 0
	d := with(fake{read: func(ctx context.Context, requests []counts.Request) ([]counts.Data, error) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		time.Sleep(10 * time.Millisecond)
		mu.Lock()
		running--
		mu.Unlock()
		return outcomes(ctx, requests)
	}})
	req := &backend.QueryDataRequest{PluginContext: backend.PluginContext{GrafanaConfig: config.NewGrafanaCfg(map[string]string{config.ConcurrentQueryCount: "3"})}}
	for i := range 12 {
		req.Queries = append(req.Queries, backend.DataQuery{RefID: fmt.Sprint(i), JSON: []byte(matrixQuery), TimeRange: backend.TimeRange{From: noon.Add(-time.Hour), To: noon}})
	}
	resp, err := d.QueryData(t.Context(), req)
	if err != nil || len(resp.Responses) != 12 {
		t.Fatalf("%d answers, error %v", len(resp.Responses), err)
	}
	if most < 2 || most > 3 {
		t.Errorf("at most %d queries ran at once, want 2 or 3", most)
	}
}

func TestACancelledPanelEndsItsQueries(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := with(fake{read: func(ctx context.Context, _ []counts.Request) ([]counts.Data, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	got := ask(ctx, d, nil, map[string]string{"A": matrixQuery})["A"]
	expectError(t, got, statusClientClosed, backend.ErrorSourceDownstream, "canceled")
}

func TestAlertRulesGetOnlyFormatsThatTheyCanRead(t *testing.T) {
	d := with(fake{read: outcomes})
	alert := map[string]string{"FromAlert": "true"}
	got := ask(t.Context(), d, alert, map[string]string{
		"table":   `{"analysis": "classification", "model": "fraud", "format": "table"}`,
		"matrix":  matrixQuery,
		"numbers": `{"analysis": "classification", "model": "fraud", "format": "numbers"}`,
	})
	expectError(t, got["table"], backend.StatusBadRequest, backend.ErrorSourceDownstream, `alert rules cannot read the format "table" of the analysis classification: use the format`)
	expectError(t, got["matrix"], backend.StatusBadRequest, backend.ErrorSourceDownstream, `alert rules cannot read the format "matrix"`)
	if got["numbers"].Error != nil {
		t.Errorf("numbers are refused: %v", got["numbers"].Error)
	}
}

func TestErrorsOfTheReaderKeepTheirSource(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status backend.Status
		source backend.ErrorSource
	}{
		{"a role without a metric is the user's to map", &counts.MissingRoleError{Role: "score", Profile: "kserve"}, backend.StatusBadRequest, backend.ErrorSourceDownstream},
		{"a limit is the user's to respect", fmt.Errorf("reading: %w", &counts.LimitError{What: "window edges", Got: 20, Limit: 10, Remedy: "choose a shorter range"}), backend.StatusBadRequest, backend.ErrorSourceDownstream},
		{"a deadline is the server's", context.DeadlineExceeded, 504, backend.ErrorSourceDownstream},
		{"anything else is a fault of the plugin", errors.New("index out of range"), backend.StatusInternal, backend.ErrorSourcePlugin},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := with(fake{read: func(context.Context, []counts.Request) ([]counts.Data, error) { return nil, c.err }})
			expectError(t, one(t, d, matrixQuery), c.status, c.source, c.err.Error())
		})
	}
}

func TestADataSourceWithInvalidSettingsSaysSoInEveryQuery(t *testing.T) {
	d := open(t, "", `{}`)
	expectError(t, one(t, d, matrixQuery), backend.StatusBadRequest, backend.ErrorSourceDownstream, "the URL is missing")
}

func open(t *testing.T, url, jsonData string) *Datasource {
	t.Helper()
	instance, err := NewDatasource(t.Context(), backend.DataSourceInstanceSettings{UID: "uid", Type: ID, URL: url, JSONData: []byte(jsonData)})
	if err != nil {
		t.Fatal(err)
	}
	d := instance.(*Datasource)
	t.Cleanup(d.Dispose)
	return d
}

func TestEveryAnalysisTakesAnEmptyServerWithoutAnError(t *testing.T) {
	nothing := with(fake{read: func(_ context.Context, requests []counts.Request) ([]counts.Data, error) {
		out := make([]counts.Data, len(requests))
		for i := range out {
			out[i].Request = requests[i]
		}
		return out, nil
	}})
	for name, query := range everyFormat() {
		t.Run(name, func(t *testing.T) {
			got := one(t, nothing, query)
			if got.Error != nil {
				t.Fatal(got.Error)
			}
			if len(got.Frames) == 0 || len(got.Frames[0].Meta.Notices) == 0 || strings.TrimSpace(got.Frames[0].Meta.Notices[0].Text) == "" {
				t.Error("nothing says why the answer is empty")
			}
		})
	}
}
