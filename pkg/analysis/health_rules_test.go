package analysis

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

func quotedJSON(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return raw
}

func wrongRules(t *testing.T, err error, message string) {
	t.Helper()
	var wrong *query.Error
	if !errors.As(err, &wrong) || wrong.Field != "options.rules" || !strings.Contains(wrong.Message, message) {
		t.Errorf("got %v, want an error of options.rules with %q", err, message)
	}
}

func TestRulesAreRead(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a comparison", "critical: drift.drifted_share >= 0.5", "critical: drift.drifted_share >= 0.5"},
		{"without spaces", "critical:drift.drifted_share>=.5", "critical: drift.drifted_share >= 0.5"},
		{"a limit", "warning: lower( calibration.ece ) > 5e-2", "warning: lower(calibration.ece) > 0.05"},
		{"labels", `warning: drift.psi{feature="a \"b\" # ; c", segment = "x"} != -1`, `warning: drift.psi{feature="a \"b\" # ; c",segment="x"} != -1`},
		{"joined", "warning: a.b > 1 and c.d < 2 or e.f == 3", "warning: a.b > 1 and c.d < 2 or e.f == 3"},
		{"several, by lines and semicolons", "# mine\n\nwarning: a.b > 1; critical: c.d <= 2 # worse\r\nwarning: e.f == 3;", "warning: a.b > 1\ncritical: c.d <= 2\nwarning: e.f == 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules, err := parseHealthRules(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, r := range rules {
				lines = append(lines, r.String())
			}
			if got := strings.Join(lines, "\n"); got != tt.want {
				t.Errorf("read as %s, want %s", got, tt.want)
			}
		})
	}
	t.Run("and binds tighter than or", func(t *testing.T) {
		rules, err := parseHealthRules("warning: a.b > 1 or c.d < 2 and e.f == 3")
		if err != nil || len(rules[0].any) != 2 || len(rules[0].any[0]) != 1 || len(rules[0].any[1]) != 2 {
			t.Errorf("read as %+v, %v", rules, err)
		}
	})
}

func TestMistakesInRulesAreExplained(t *testing.T) {
	tests := []struct{ name, text, message string }{
		{"no rule", " \n# none", "the rules hold no rule"},
		{"a severity that there is not", "warning: a.b > 1\nfatal: a.b > 1", `line 2 of the rules: a rule begins with "fatal": begin it with "warning:" or "critical:"`},
		{"no colon", "warning a.b > 1", `line 1 of the rules: "a" stands where ":" is missing after warning`},
		{"no condition", "warning:", "the end of the line stands where the name of an analysis is missing"},
		{"no metric", "warning: drift > 1", `">" stands where "." is missing between the analysis and its metric`},
		{"no comparison", "warning: a.b = 1", `"=" is no comparison: use one of >, >=`},
		{"no number", "warning: a.b > c.d", `"c" is no number to compare with`},
		{"a percentage", "warning: a.b > 50%", `"50%" is no number to compare with: use one such as 0.5`},
		{"an infinite number", "warning: a.b > 1e999", `"1e999" is no number`},
		{"a limit that is not closed", "warning: lower(a.b > 1", `">" stands where ")" is missing`},
		{"a label without quotation marks", "warning: a.b{feature=amount} > 1", `"amount" is no value of the label feature: write it in quotation marks`},
		{"a quotation mark that is not closed", `warning: a.b{feature="amount} > 1`, "is not closed"},
		{"a label twice", `warning: a.b{c="1",c="2"} > 1`, `the label "c" stands twice`},
		{"something after the rule", "warning: a.b > 1 c.d > 1", `"c" does not belong there`},
		{"or at the end", "warning: a.b > 1 or", "the end of the line stands where the name of an analysis is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseHealthRules(tt.text)
			wrongRules(t, err, tt.message)
		})
	}
}

func FuzzRulesSurviveTheRoundTrip(f *testing.F) {
	for _, seed := range []string{usualRules, `warning: upper(a.b{c="d\n"}) != -1e-9 and e.f < 2 or g.h == 0;critical: a.b > 1 # x`, "warning: a.b{", `critical: é."`, "warning: lower.b > 1", "warning: a.b > +.5e+3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := parseHealthRules(text)
		if err != nil {
			wrongRules(t, err, "rules")
			return
		}
		for _, r := range rules {
			again, err := parseHealthRules(r.String())
			if err != nil || len(again) != 1 || again[0].String() != r.String() {
				t.Errorf("%q is read as %q, and that as %v, %v", text, r.String(), again, err)
			}
		}
	})
}
