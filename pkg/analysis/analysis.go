package analysis

import (
	"fmt"
	"sort"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// Analysis is one entry of the registry. Its description is data, so that the
// editor, the documentation and the command line need no code of their own for it.
type Analysis struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Group   string `json:"group"` // one of groups
	Icon    string `json:"icon"`  // a Grafana icon name
	Summary string `json:"summary"`
	// Needs says in words which metrics must exist.
	NeedsText string `json:"needs"`
	Docs      string `json:"docs"`
	// Formats lists the shapes it answers in; the first is its default.
	Formats []FormatInfo `json:"formats"`
	// GroupBy tells whether it can answer per combination of labels.
	GroupBy bool `json:"groupBy"`
	// NeedsModel tells that a query must name a model.
	NeedsModel bool `json:"needsModel"`
	// Baseline is "none", "optional" or "required".
	Baseline        string               `json:"baseline"`
	Baselines       []query.BaselineKind `json:"baselines,omitempty"`
	DefaultBaseline map[string]string    `json:"defaultBaseline,omitempty"`
	Options         []Option             `json:"options"`
	Roles           []RoleNeed           `json:"roles"`
	// Reserved are labels that its answers carry besides those of all analyses,
	// so that no query can group by them.
	Reserved []string `json:"-"`

	// Needs lists the reads that the query takes.
	Needs func(*query.Query, Options) ([]counts.Request, error) `json:"-"`
	// Compute turns the answers, in the order of the requests, into results. It
	// is pure: no clock, no randomness, no input but its arguments.
	Compute func(*query.Query, Options, []counts.Data) ([]result.Result, error) `json:"-"`
}

// FormatInfo describes a shape for the editor.
type FormatInfo struct {
	Name     query.Format `json:"name"`
	Title    string       `json:"title"`
	Panel    string       `json:"panel"` // the core panel that draws it best
	Alerting bool         `json:"alerting"`
}

// RoleNeed names a metric role that an analysis reads.
type RoleNeed struct {
	Name     profile.Role `json:"name"`
	Required bool         `json:"required"`
}

var registry = map[string]Analysis{}

func register(a Analysis) {
	if _, twice := registry[a.Name]; twice {
		panic("analysis registered twice: " + a.Name)
	}
	registry[a.Name] = a.complete()
}

// Registry is what the analyses resource answers.
type Registry struct {
	QueryVersion int        `json:"queryVersion"`
	Analyses     []Analysis `json:"analyses"`
}

// Describe is the registry as the editor, the docs and the command line read it.
func Describe() Registry { return Registry{QueryVersion: query.Version, Analyses: All()} }

// All lists the analyses in the order of the editor: by group, then by title.
func All() []Analysis {
	all := make([]Analysis, 0, len(registry))
	for _, a := range registry {
		all = append(all, a)
	}
	sort.Slice(all, func(i, j int) bool {
		if gi, gj := groupOrder(all[i].Group), groupOrder(all[j].Group); gi != gj {
			return gi < gj
		}
		return all[i].Title < all[j].Title
	})
	return all
}

var groups = []string{"Models", "Data", "Drift", "Performance", "Scores", "Service"}

func groupOrder(group string) int {
	for i, g := range groups {
		if g == group {
			return i
		}
	}
	return len(groups)
}

// Lookup finds an analysis by name; its error lists the names there are.
func Lookup(name string) (Analysis, error) {
	if a, ok := registry[name]; ok {
		return a, nil
	}
	names := make([]string, 0, len(registry))
	for n := range registry {
		names = append(names, n)
	}
	sort.Strings(names)
	if name == "" {
		return Analysis{}, &query.Error{Field: "analysis", Message: "analysis is missing: choose one of " + strings.Join(names, ", ")}
	}
	return Analysis{}, &query.Error{Field: "analysis", Message: fmt.Sprintf("analysis %q is not known: choose one of %s", name, strings.Join(names, ", "))}
}
