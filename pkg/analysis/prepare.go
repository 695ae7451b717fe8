package analysis

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// ownLabels are the labels that answers carry by themselves.
var ownLabels = []string{"metric", "bound", "average", "target"}

// prepare validates what all analyses have in common, and returns the query with
// the analysis's defaults in place of what it leaves open.
func (a Analysis) prepare(q *query.Query) (*query.Query, error) {
	out := *q
	out.Analysis = a.Name
	if out.Format == "" {
		out.Format = a.Formats[0].Name
	}
	names := make([]string, len(a.Formats))
	for i, f := range a.Formats {
		names[i] = string(f.Name)
	}
	if !slices.Contains(names, string(out.Format)) {
		return nil, &query.Error{Field: "format", Message: fmt.Sprintf("format %q is not one that %s answers in: use %s", out.Format, a.Name, strings.Join(names, ", "))}
	}
	if a.NeedsModel && len(q.Model) == 0 && !slices.ContainsFunc(q.Matchers, func(m query.Matcher) bool { return m.Label == profile.Model }) {
		return nil, &query.Error{Field: "model", Message: "the model is missing: choose a model, or add a matcher on the label model"}
	}
	for i, l := range q.GroupBy {
		if slices.Contains(a.reserved(), string(l)) {
			return nil, &query.Error{
				Field:   fmt.Sprintf("groupBy[%d]", i),
				Message: fmt.Sprintf("groupBy %q is a label that %s uses itself: group by a label of your own, such as segment or environment", l, a.Name),
			}
		}
	}
	return &out, a.prepareBaseline(&out)
}

// reserved are the labels that a query cannot group by.
func (a Analysis) reserved() []string {
	return append(slices.Concat(ownLabels, a.Reserved), string(profile.Feature), string(profile.Category), string(profile.Class),
		string(profile.Actual), string(profile.Predicted), string(profile.Reference))
}

func (a Analysis) prepareBaseline(q *query.Query) error {
	switch {
	case a.Baseline == BaselineNone:
		q.Baseline = nil
	case q.Baseline == nil && a.Baseline == BaselineRequired:
		b, err := a.defaultBaseline()
		if err != nil {
			return err
		}
		q.Baseline = b
	}
	if q.Baseline != nil && !slices.Contains(a.Baselines, q.Baseline.Kind) {
		names := make([]string, len(a.Baselines))
		for i, k := range a.Baselines {
			names[i] = string(k)
		}
		return &query.Error{
			Field:   "baseline.kind",
			Message: fmt.Sprintf("baseline %q is not one that %s takes: use %s", q.Baseline.Kind, a.Name, strings.Join(names, ", ")),
		}
	}
	return nil
}

// defaultBaseline is what a query gets that names no baseline and needs one.
func (a Analysis) defaultBaseline() (*query.Baseline, error) {
	if a.DefaultBaseline["kind"] == string(query.BaselinePreceding) {
		width, err := query.ParseDuration(a.DefaultBaseline["width"])
		return &query.Baseline{Kind: query.BaselinePreceding, Width: width}, err
	}
	offset, err := query.ParseDuration(a.DefaultBaseline["offset"])
	return &query.Baseline{Kind: query.BaselineOffset, Offset: offset}, err
}

// The ways in which an analysis takes a baseline.
const (
	BaselineNone     = "none"
	BaselineOptional = "optional"
	BaselineRequired = "required"
)

var errUnanswered = errors.New("the reads do not match the requests: every request needs its answer, in the same order")

// complete adds to an analysis what all have in common: the checks of prepare
// before its functions, and the registry's fixed fields.
func (a Analysis) complete() Analysis {
	needs, compute := a.Needs, a.Compute
	a.Needs = func(q *query.Query, o Options) ([]counts.Request, error) {
		prepared, err := a.prepare(q)
		if err != nil {
			return nil, err
		}
		return needs(prepared, o)
	}
	a.Compute = func(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
		prepared, err := a.prepare(q)
		if err != nil {
			return nil, err
		}
		requests, err := needs(prepared, o)
		if err != nil {
			return nil, err
		}
		if len(data) != len(requests) {
			return nil, errUnanswered
		}
		data = slices.Clone(data)
		for i := range data {
			data[i].Request = requests[i]
		}
		return compute(prepared, o, data)
	}
	a.Docs = docsURL + a.Name + ".md"
	a.GroupBy = true
	if a.Baseline == "" {
		a.Baseline = BaselineNone
	}
	if a.Options == nil {
		a.Options = []Option{}
	}
	return a
}

const docsURL = "https://github.com/mlmonitor/mlmonitor-datasource/blob/main/docs/analyses/"
