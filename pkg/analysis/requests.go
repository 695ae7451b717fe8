package analysis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// groupLabels are the labels that every answer is given per combination of:
// model and version, so that two models never melt into one, then the query's.
func groupLabels(q *query.Query) []profile.Label {
	by := []profile.Label{profile.Model, profile.Version}
	for _, l := range q.GroupBy {
		if !slices.Contains(by, l) {
			by = append(by, l)
		}
	}
	return by
}

// request reads a role for the query's model, versions and matchers, per group
// and per the further labels.
func request(q *query.Query, role profile.Role, w counts.Windows, further ...profile.Label) counts.Request {
	r := counts.Request{Role: role, Windows: w, By: append(groupLabels(q), further...)}
	if len(q.Model) > 0 {
		r.Matchers = append(r.Matchers, counts.Matcher{Label: profile.Model, Op: "=", Values: q.Model})
	}
	if len(q.Version) > 0 {
		r.Matchers = append(r.Matchers, counts.Matcher{Label: profile.Version, Op: "=", Values: q.Version})
	}
	for _, m := range q.Matchers {
		r.Matchers = append(r.Matchers, counts.Matcher(m))
	}
	return r
}

// narrow keeps the series whose label has one of the values; no values keep all.
func narrow(r counts.Request, label profile.Label, values []string) counts.Request {
	if len(values) > 0 {
		r.Matchers = append(slices.Clip(r.Matchers), counts.Matcher{Label: label, Op: "=", Values: values})
	}
	return r
}

// references are the static twins of the live roles.
var references = map[profile.Role]profile.Role{
	profile.FeatureValue:    profile.ReferenceFeatureValue,
	profile.FeatureCategory: profile.ReferenceCategory,
	profile.Score:           profile.ReferenceScore,
	profile.OutcomeScore:    profile.ReferenceOutcomeScore,
	profile.Outcomes:        profile.ReferenceOutcomes,
	profile.Predictions:     profile.ReferenceOutcomes, // its predicted classes, whatever came true
}

// baselineRequest reads what a current request is compared with.
func baselineRequest(q *query.Query, current counts.Request) (counts.Request, error) {
	b := q.Baseline
	r := current
	r.Windows = baselineWindows(q, current.Windows)
	r.By = pairingLabels(q, current.By)
	switch b.Kind {
	case query.BaselineReference:
		role, ok := references[current.Role]
		if !ok {
			return counts.Request{}, &query.Error{
				Field:   "baseline.kind",
				Message: fmt.Sprintf("the role %s has no reference that ships with a model: choose the baseline offset, preceding, period or version", current.Role),
			}
		}
		r.Role = role
		if role == profile.ReferenceOutcomes {
			// A static read takes one series per cell, that of any replica, so the
			// cells must be those of the metric; foldCells adds them up afterwards.
			r.Over = []profile.Label{profile.Actual, profile.Predicted}
		}
		r.By = append(slices.Clip(r.By), profile.Reference)
		if b.Reference != "" {
			r.Matchers = append(slices.Clip(r.Matchers), counts.Matcher{Label: profile.Reference, Op: "=", Values: []string{b.Reference}})
		}
	case query.BaselineVersion:
		r.Matchers = slices.DeleteFunc(slices.Clone(r.Matchers), func(m counts.Matcher) bool { return chosenByBaseline(b, m.Label) })
		if len(b.Version) > 0 {
			r.Matchers = append(r.Matchers, counts.Matcher{Label: profile.Version, Op: "=", Values: b.Version})
		}
		for _, m := range b.Matchers {
			r.Matchers = append(r.Matchers, counts.Matcher(m))
		}
	}
	return r, nil
}

// foldCells brings the cells of a tally that was read over more labels to those
// of the given labels, adding up the cells that become one.
func foldCells(d counts.Data, over []profile.Label) counts.Data {
	if slices.Equal(d.Request.Over, over) {
		return d
	}
	tallies := make([]counts.TallyGroup, len(d.Tallies))
	for i, g := range d.Tallies {
		folded := counts.TallyGroup{Labels: g.Labels}
		reduced := make([][]string, len(g.Keys))
		for j, k := range g.Keys {
			for _, l := range over {
				reduced[j] = append(reduced[j], k[slices.Index(d.Request.Over, l)])
			}
			folded.Keys = append(folded.Keys, reduced[j])
		}
		slices.SortFunc(folded.Keys, slices.Compare)
		folded.Keys = slices.CompactFunc(folded.Keys, slices.Equal)
		windows := tallyWindows(&g)
		folded.Cells = make([]float64, windows*len(folded.Keys))
		for w := range windows {
			for j, n := range g.At(w) {
				at, _ := slices.BinarySearchFunc(folded.Keys, reduced[j], slices.Compare)
				folded.Cells[w*len(folded.Keys)+at] += n
			}
		}
		tallies[i] = folded
	}
	d.Tallies = tallies
	return d
}

// chosenByBaseline tells whether a version baseline says itself what a label is.
func chosenByBaseline(b *query.Baseline, l profile.Label) bool {
	return l == profile.Version && len(b.Version) > 0 ||
		slices.ContainsFunc(b.Matchers, func(m query.Matcher) bool { return m.Label == l })
}

// pairingLabels are the labels on which a current group finds its baseline: all,
// but for those that a version baseline chooses, and those of the query's own
// groups that a reference cannot have.
func pairingLabels(q *query.Query, by []profile.Label) []profile.Label {
	b := q.Baseline
	var on []profile.Label
	for _, l := range by {
		switch {
		case b.Kind == query.BaselineVersion && chosenByBaseline(b, l):
		case b.Kind == query.BaselineReference && l != profile.Version && slices.Contains(q.GroupBy, l):
		default:
			on = append(on, l)
		}
	}
	return on
}

// withBaseline appends the baseline's requests, one for each, in the same order.
func withBaseline(q *query.Query, current []counts.Request) ([]counts.Request, error) {
	all := slices.Clip(current)
	for _, r := range current {
		b, err := baselineRequest(q, r)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// isOwnBaseline tells that a group would be compared with itself, which a
// version baseline over all versions would do.
func isOwnBaseline(q *query.Query, labels map[string]string) bool {
	b := q.Baseline
	if b == nil || b.Kind != query.BaselineVersion {
		return false
	}
	if len(b.Version) > 0 && !slices.Contains(b.Version, labels[string(profile.Version)]) {
		return false
	}
	for _, m := range b.Matchers {
		value, grouped := labels[string(m.Label)]
		if !grouped || m.Op != "=" || !slices.Contains(m.Values, value) {
			return false
		}
	}
	return true
}

// describeBaseline says in a few words what the baseline is.
func describeBaseline(q *query.Query) string {
	b := q.Baseline
	if b == nil {
		return ""
	}
	switch b.Kind {
	case query.BaselineOffset:
		return query.FormatDuration(b.Offset) + " earlier"
	case query.BaselinePreceding:
		if b.Width > 0 {
			return "the " + query.FormatDuration(b.Width) + " before"
		}
		return "the window before"
	case query.BaselinePeriod:
		return b.From.UTC().Format("2006-01-02T15:04Z") + " to " + b.To.UTC().Format("2006-01-02T15:04Z")
	case query.BaselineReference:
		if b.Reference == "" {
			return "the model's reference"
		}
		return "the reference " + b.Reference
	}
	parts := make([]string, 0, 1+len(b.Matchers))
	if len(b.Version) > 0 {
		parts = append(parts, "version "+strings.Join(b.Version, ", "))
	}
	for _, m := range b.Matchers {
		parts = append(parts, string(m.Label)+m.Op+strings.Join(m.Values, "|"))
	}
	return strings.Join(parts, ", ")
}
