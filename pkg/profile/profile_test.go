package profile

import (
	"strings"
	"testing"
)

func TestEveryPresetMapsKnownRolesAndLabels(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Presets() {
		if seen[p.Name] || p.Name == "" || p.Title == "" || p.Help == "" {
			t.Errorf("preset %+v is unnamed, undescribed or named twice", p.Name)
		}
		seen[p.Name] = true
		for role, metric := range p.Roles {
			if _, ok := Info(role); !ok || metric == "" {
				t.Errorf("preset %s maps the role %q to %q", p.Name, role, metric)
			}
		}
		for label, name := range p.Labels {
			if !knownLabel(label) || !labelName.MatchString(name) {
				t.Errorf("preset %s maps the label %q to %q", p.Name, label, name)
			}
		}
		found, err := Lookup(p.Name)
		if err != nil || found.Name != p.Name {
			t.Errorf("Lookup(%q) gave %q, %v", p.Name, found.Name, err)
		}
	}
}

func TestTheConventionFollowsPrometheusNaming(t *testing.T) {
	for _, r := range Roles() {
		counter := r.Type == Counter || r.Type == StaticCounter
		// A reference is a constant: only what mirrors a counter keeps its name.
		if strings.HasSuffix(r.Metric, "_total") != counter && r.Role != ReferenceOutcomes && r.Role != ReferenceCategory {
			t.Errorf("%s is a %s: _total belongs to counters only", r.Metric, r.Type)
		}
		if !strings.HasPrefix(r.Metric, "ml_") || strings.Contains(r.Metric, ":") || r.Help == "" {
			t.Errorf("%s breaks the convention", r.Metric)
		}
	}
}

func TestWithReplacesNamesAndLeavesTheOriginal(t *testing.T) {
	p := Convention()
	q, err := p.With(map[string]string{"featureValue": "my_feature", "score": ""}, map[string]string{"model": "model_name"})
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := q.Metric(FeatureValue); name != "my_feature" {
		t.Errorf("featureValue is %q", name)
	}
	if _, ok := q.Metric(Score); ok {
		t.Error("an empty name leaves the role mapped")
	}
	if q.Label(Model) != "model_name" || q.Label("environment") != "environment" {
		t.Errorf("labels are %q and %q", q.Label(Model), q.Label("environment"))
	}
	if name, _ := p.Metric(FeatureValue); name != "ml_feature_value" || p.Label(Model) != "model" {
		t.Error("the original changed")
	}
}

func TestMistakesInAMappingNameTheRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		roles, labels map[string]string
		want          string
	}{
		"an unknown role":      {map[string]string{"featureVal": "x"}, nil, `role "featureVal" is not known`},
		"an unknown label":     {nil, map[string]string{"modell": "x"}, `label "modell" is not known`},
		"a label without name": {nil, map[string]string{"model": ""}, `mapped to an empty name`},
		"a label that injects": {nil, map[string]string{"model": `a) or (b`}, `not a label name`},
	} {
		if _, err := Convention().With(c.roles, c.labels); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := Lookup("nobody"); err == nil || !strings.Contains(err.Error(), "convention") {
		t.Errorf("Lookup of an unknown preset: %v", err)
	}
}
