package analysis

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// worstSegmentsFirst sorts by verdict of the last window, then by how much worse
// the segment is for certain, then by how much worse it seems.
func worstSegmentsFirst(all []segmentResult) {
	rank := []compare.Decision{compare.Worse, compare.Undecided, compare.Equivalent, compare.Better, compare.Insufficient}
	// loss is what a difference is worth to those who look for the worst.
	loss := func(r segmentResult, x, centre float64) float64 {
		switch {
		case math.IsNaN(x):
			return math.Inf(-1)
		case r.fair || r.metric.neutral:
			return math.Abs(x - centre)
		case r.metric.lowerIsBetter:
			return x
		}
		return -x
	}
	slices.SortStableFunc(all, func(a, b segmentResult) int {
		da, db := a.last(), b.last()
		centre := func(r segmentResult) float64 {
			if r.metric.name == "disparate_impact" {
				return 1
			}
			return 0
		}
		return cmp.Or(
			cmp.Compare(slices.Index(rank, da.Decision), slices.Index(rank, db.Decision)),
			cmp.Compare(loss(b, db.Value, centre(b)), loss(a, da.Value, centre(a))),
			strings.Compare(a.metric.name, b.metric.name),
			strings.Compare(a.segment, b.segment),
		)
	})
}

func segmentTable(q *query.Query, o Options, w counts.Windows, label profile.Label, within []profile.Label, all []segmentResult, said notes) result.Table {
	var s sheet
	n := 0.0
	top := o.Integer("top")
	for i, r := range all {
		if top > 0 && i >= top {
			said.info("%d of %d rows are shown, the worst: option top shows more", top, len(all))
			break
		}
		d := r.last()
		n = math.Max(n, d.NChallenger)
		s.row()
		s.labels(r.labels, within)
		if r.labels[string(profile.Class)] != "" {
			s.text("Class", r.labels[string(profile.Class)])
		}
		s.text(heading(string(label)), r.segment)
		s.text("Metric", r.metric.title)
		s.mark("Verdict", r.verdicts[len(r.verdicts)-1], comparisonColors)
		s.number("Value", d.Challenger, described(plain, "of the segment; for fairness measures the rate that is compared"))
		s.number("Rest", d.Champion, described(plain, "of what the segment is compared with"))
		s.number("Difference", d.Value, described(plain, "segment less rest; the ratio for the disparate impact"))
		s.text("Interval", span(d.Lower, d.Upper))
		s.number("Lower", d.Lower, plain)
		s.number("Upper", d.Upper, plain)
		s.number("Adjusted p", d.AdjustedP, unitless(0, 1, "of the difference being within the tolerated one, adjusted for all segments and metrics"))
		s.number("n", d.NChallenger, described(amount, "outcomes behind the segment's value"))
		s.number("Rest n", d.NChampion, described(amount, "outcomes behind the value that it is compared with"))
		s.number("More needed", orNaN(d.MoreChallenger), described(amount, "further outcomes of the segment that would decide, if the difference is as it seems and the rest grows alike"))
		s.text("Reason", d.Reason)
	}
	return result.Table{Meta: meta(q, "Segments", w, n, said), Columns: s.done()}
}

// segmentMeasures are the values of series and numbers; as numbers also how many
// segments there are and how many are worse.
func segmentMeasures(q *query.Query, o Options, w counts.Windows, within []profile.Label, all []segmentResult, said *notes) []measure {
	show := o.String("show")
	var ms []measure
	if q.Format == query.FormatNumbers {
		for _, cluster := range clusters(all, within, func(r segmentResult) map[string]string { return r.labels }) {
			labels := only(cluster[0].labels, within)
			names := make(map[string]bool)
			worse, n := 0.0, 0.0
			for _, r := range cluster {
				names[r.segment] = true
				n += r.last().NChallenger
				if r.last().Decision == compare.Worse && !r.metric.neutral {
					worse++
				}
			}
			for metric, v := range map[string]float64{"segments": float64(len(names)), "segments_worse": worse} {
				m := newMeasure(metric, labels, 1)
				m.points[0] = valueOnly(v, n)
				ms = append(ms, m)
			}
		}
		slices.SortStableFunc(ms, func(a, b measure) int { return strings.Compare(a.labels["metric"], b.labels["metric"]) })
	}
	top := o.Integer("top")
	for i, r := range all {
		if q.Format == query.FormatSeries && top > 0 && i >= top {
			said.info("%d of %d lines are shown, the worst: option top shows more", top, len(all))
			break
		}
		ms = append(ms, segmentMeasure(r, show, w.Number))
	}
	return ms
}

func segmentMeasure(r segmentResult, show string, windows int) measure {
	labels := r.labels
	switch {
	case show == "adjusted_p_value":
		labels = with(labels, "of", r.metric.name)
	case show == "difference" && !r.fair:
		labels = with(labels, "show", show)
	}
	m := newMeasure(r.metric.name, labels, windows)
	if show == "adjusted_p_value" {
		m = newMeasure(show, labels, windows)
	}
	if show == "difference" && !r.fair {
		m.style = r.metric.differenceStyle()
	}
	for k, d := range r.differences {
		switch {
		case show == "adjusted_p_value":
			m.points[k] = valueOnly(d.AdjustedP, d.NChallenger)
		case show == "difference" || r.fair:
			m.points[k] = valueOnly(d.Value, d.NChallenger)
			m.points[k].lower, m.points[k].upper = d.Lower, d.Upper
		default:
			own := r.own[k]
			m.points[k] = point{value: own.Value, lower: own.Lower, upper: own.Upper, least: own.BoundLower, most: own.BoundUpper, n: own.N}
		}
	}
	return m
}
