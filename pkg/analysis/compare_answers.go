package analysis

import (
	"math"
	"slices"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// inOrder sorts by group and then in the order of the metrics, and takes the metrics
// of a group as one family.
func inOrder(all []contest, metrics []quality, by []profile.Label, adjust bool, rate float64) []contest {
	var out []contest
	for _, group := range clusters(all, by, func(c contest) map[string]string { return c.labels }) {
		slices.SortStableFunc(group, func(a, b contest) int {
			place := func(c contest) int {
				return slices.IndexFunc(metrics, func(m quality) bool { return m.name == c.metric.name })
			}
			return place(a) - place(b)
		})
		if adjust {
			family := make([]compare.Difference, len(group))
			for i, c := range group {
				family[i] = c.Difference
			}
			compare.Adjust(family, rate)
			for i := range group {
				group[i].Difference = family[i]
			}
		}
		out = append(out, group...)
	}
	return out
}

func comparisonTable(q *query.Query, w counts.Windows, all []contest, said notes) result.Table {
	var s sheet
	n := 0.0
	for _, c := range all {
		n = math.Max(n, c.NChallenger)
		s.row()
		s.labels(c.labels, groupLabels(q))
		if class := c.labels[string(profile.Class)]; class != "" {
			s.text("Class", class)
		}
		s.text("Metric", c.metric.title)
		s.mark("Verdict", c.verdict(), comparisonColors)
		s.number("Challenger", c.Challenger, plain)
		s.number("Champion", c.Champion, plain)
		s.number("Difference", c.Value, described(plain, "challenger less champion"))
		s.text("Interval", span(c.Lower, c.Upper))
		s.number("Lower", c.Lower, plain)
		s.number("Upper", c.Upper, plain)
		s.number("p", c.PMinimumEffect, unitless(0, 1, "of the difference being within the smallest that matters"))
		s.number("Adjusted p", c.AdjustedP, unitless(0, 1, "the same, adjusted for the number of metrics"))
		s.number("n", c.NChallenger, described(amount, "observations of the challenger"))
		s.number("Champion n", c.NChampion, described(amount, "observations of the champion"))
		s.number("More needed", orNaN(c.MoreChallenger), described(amount, "further observations of the challenger, and of the champion in proportion, that would decide with a chance of four in five if the difference is as it seems"))
		s.text("Decided in about", remaining(c.Difference, w.Width))
		s.text("Reason", c.Reason)
	}
	return result.Table{Meta: meta(q, "Comparison", w, n, said), Columns: s.done()}
}

// remaining is how long the further observations take at the pace of the window.
func remaining(d compare.Difference, width time.Duration) string {
	if d.Decision != compare.Undecided || !(d.NChallenger > 0) || math.IsInf(d.MoreChallenger, 0) || math.IsNaN(d.MoreChallenger) {
		return ""
	}
	return wordy(d.MoreChallenger / d.NChallenger * width.Seconds())
}

// comparisonMeasures give each difference and both its sides, and how many metrics
// have each verdict.
func comparisonMeasures(all []contest, by []profile.Label) []measure {
	var ms []measure
	for _, group := range clusters(all, by, func(c contest) map[string]string { return c.labels }) {
		n := 0.0
		for _, c := range group {
			n = math.Max(n, orElse(c.NChallenger, 0))
		}
		for _, v := range verdictCounts {
			m := newMeasure(v.metric, only(group[0].labels, by), 1)
			having := 0.0
			for _, c := range group {
				if c.Decision == v.decision && !c.metric.neutral {
					having++
				}
			}
			m.points[0] = valueOnly(having, n)
			ms = append(ms, m)
		}
		for _, c := range group {
			add := func(which string, p point) {
				m := newMeasure(c.metric.name, with(c.labels, "value", which), 1)
				if which == "difference" {
					m.style = c.metric.differenceStyle()
				}
				m.points[0] = p
				ms = append(ms, m)
			}
			difference := valueOnly(c.Value, c.NChallenger)
			difference.lower, difference.upper = c.Lower, c.Upper
			add("difference", difference)
			add("challenger", valueOnly(c.Challenger, c.NChallenger))
			add("champion", valueOnly(c.Champion, c.NChampion))
		}
	}
	return ms
}
