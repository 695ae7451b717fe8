package plugin

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

func check(t *testing.T, d *Datasource) *backend.CheckHealthResult {
	t.Helper()
	got, err := d.CheckHealth(t.Context(), &backend.CheckHealthRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// found is a probe of a server that has those roles of the convention.
func found(roles ...profile.Role) func() (counts.Probe, error) {
	return func() (counts.Probe, error) {
		p := counts.Probe{Flavour: "Prometheus", Version: "3.14.0", Models: []string{"fraud"}}
		for _, r := range profile.Roles() {
			status := counts.RoleStatus{Role: r.Role, Metric: r.Metric, Type: r.Type, Help: r.Help}
			for _, have := range roles {
				status.Found = status.Found || have == r.Role
			}
			p.Roles = append(p.Roles, status)
		}
		return p, nil
	}
}

func TestAHealthyServerIsNamedWithWhatItHasAndLacks(t *testing.T) {
	got := check(t, with(fake{probe: found(profile.ModelInfo, profile.Predictions)}))
	if got.Status != backend.HealthStatusOk {
		t.Errorf("the status is %v", got.Status)
	}
	if want := `Prometheus 3.14.0 answers. It has 2 of the `; !strings.HasPrefix(got.Message, want) || !strings.HasSuffix(got.Message, "for 1 model.") {
		t.Errorf("the message is %q", got.Message)
	}
	var said struct {
		VerboseMessage string `json:"verboseMessage"`
		Roles          []struct {
			Role  string `json:"role"`
			Found bool   `json:"found"`
		} `json:"roles"`
		Server struct{ Flavour, Version string } `json:"server"`
	}
	if err := json.Unmarshal(got.JSONDetails, &said); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ready: ", "Not yet: ", "Confusion matrix (needs ml_outcomes_total)", "Not found within the last day: ", "ml_score (predicted scores, by class)"} {
		if !strings.Contains(said.VerboseMessage, want) {
			t.Errorf("%q is not in the details\n%s", want, said.VerboseMessage)
		}
	}
	if len(said.Roles) != len(profile.Roles()) || said.Server.Flavour != "Prometheus" {
		t.Errorf("the details are %s", got.JSONDetails)
	}
}

func TestAServerWithoutMetricsIsHealthyAndToldSo(t *testing.T) {
	got := check(t, with(fake{probe: found()}))
	if got.Status != backend.HealthStatusOk || !strings.Contains(got.Message, `It has had no metric of the profile "ML Monitor convention" within the last day: export them`) {
		t.Errorf("got %v: %s", got.Status, got.Message)
	}
}

func TestSettingsThatNothingReadsAreNamed(t *testing.T) {
	d := with(fake{probe: found()})
	d.unknown = []string{"enforcedMatcher"}
	if got := check(t, d); !strings.Contains(string(got.JSONDetails), "Settings that nothing reads: enforcedMatcher.") {
		t.Errorf("got %s", got.JSONDetails)
	}
}

func TestInvalidSettingsAreUnhealthyAndNoFaultOfThePlugin(t *testing.T) {
	got := check(t, open(t, "http://localhost:9090", `{"timeout": "30"}`))
	if got.Status != backend.HealthStatusError || !strings.Contains(got.Message, `setting "timeout" is "30"`) {
		t.Errorf("got %v: %s", got.Status, got.Message)
	}
}

func TestAServerThatCannotBeReachedIsUnhealthyWithWhatToDo(t *testing.T) {
	gone := httptest.NewServer(&stub{})
	gone.Close()
	got := check(t, open(t, gone.URL, `{}`))
	if got.Status != backend.HealthStatusError || !strings.HasPrefix(got.Message, "The Prometheus server cannot be reached") || !strings.Contains(got.Message, "check the URL in the data source settings") {
		t.Errorf("got %v: %s", got.Status, got.Message)
	}
}

func TestAServerIsCheckedByAskingItSomething(t *testing.T) {
	got := check(t, serveStub(t, &stub{}))
	if got.Status != backend.HealthStatusOk || !strings.Contains(got.Message, "3.14.0 answers. It has 1 of the ") {
		t.Errorf("got %v: %s", got.Status, got.Message)
	}
}

func TestACancelledCheckIsNoVerdict(t *testing.T) {
	d := with(fake{probe: func() (counts.Probe, error) { return counts.Probe{}, context.Canceled }})
	if got, err := d.CheckHealth(t.Context(), &backend.CheckHealthRequest{}); err == nil {
		t.Errorf("got %v", got)
	}
}
