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
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	dataquality "github.com/mlmonitor/mlmonitor-datasource/pkg/stats/quality"
)

// judgeTogether adjusts the verdicts on shares for the number of checks of one
// model, version and group, and counts the checks that failed.
func judgeTogether(rows []checked, o Options) []measure {
	members := make(map[string][]int)
	var order []string
	for i, c := range rows {
		if members[c.group] == nil {
			order = append(order, c.group)
		}
		members[c.group] = append(members[c.group], i)
	}
	var ms []measure
	for _, g := range order {
		var shares []int
		var changes []dataquality.Change
		for _, i := range members[g] {
			if rows[i].change != nil {
				shares, changes = append(shares, i), append(changes, *rows[i].change)
			}
		}
		for j, adjusted := range dataquality.Adjust(changes, 1-o.Number("confidence")) {
			rows[shares[j]].adjusted = adjusted
			rows[shares[j]].change = &changes[j]
		}
		labels := with(rows[members[g][0]].labels)
		delete(labels, string(profile.Feature))
		failed, judged := newMeasure("failed_checks", labels, 1), newMeasure("judged_checks", labels, 1)
		bad, all := 0.0, 0.0
		for _, i := range members[g] {
			switch v, _ := rows[i].verdict(); v {
			case drift.Insufficient:
				continue
			case drift.Drift:
				bad++
			}
			all++
		}
		if all > 0 {
			failed.points[0] = valueOnly(bad, all)
		}
		judged.points[0] = valueOnly(all, all)
		ms = append(ms, failed, judged)
	}
	return ms
}

// failing is how the verdicts of checks read: what is "drift" elsewhere has failed here.
var failing = map[drift.Verdict]string{
	drift.OK: "ok", drift.Uncertain: "uncertain", drift.Drift: "failed", drift.Insufficient: "insufficient",
}

var failingColors = map[string]string{"ok": "green", "uncertain": "yellow", "failed": "red", "insufficient": "blue"}

// qualityTable has a row per check, worst first.
func qualityTable(q *query.Query, o Options, w counts.Windows, rows []checked, said notes) result.Table {
	effect := func(c checked) float64 {
		if c.change == nil {
			return -1
		}
		return orElse(c.change.Effect, -1)
	}
	slices.SortStableFunc(rows, func(a, b checked) int {
		va, _ := a.verdict()
		vb, _ := b.verdict()
		return cmp.Or(
			cmp.Compare(severity(va), severity(vb)), cmp.Compare(effect(b), effect(a)),
			strings.Compare(a.labels[string(profile.Feature)], b.labels[string(profile.Feature)]), strings.Compare(a.check.name, b.check.name),
		)
	})
	if top := o.Integer("top"); top > 0 && len(rows) > top {
		said.info("%d of %d checks are shown, the worst: option top shows more", top, len(rows))
		rows = rows[:top]
	}
	var s sheet
	n := 0.0
	for _, c := range rows {
		verdict, reason := c.verdict()
		s.row()
		s.labels(c.labels, groupLabels(q))
		s.text("Feature", c.labels[string(profile.Feature)])
		s.text("Check", c.check.title)
		s.mark("Verdict", failing[verdict], failingColors)
		value := c.points("value")[0]
		n = math.Max(n, orElse(value.n, 0))
		shares := absent()
		if c.isShare() {
			shares = value
		}
		s.number("Share", shares.value, share)
		s.text("Share interval", span(shares.lower, shares.upper))
		qualityChange(&s, c, q)
		ratio, age := absent(), absent()
		switch c.check.name {
		case "volume":
			ratio = value
		case "freshness":
			age = value
		}
		if hasCheck(rows, "volume") {
			s.number("Volume ratio", ratio.value, styleOf("volume_ratio"))
			s.text("Ratio interval", span(ratio.lower, ratio.upper))
		}
		if hasCheck(rows, "freshness") {
			s.number("Age", age.value, styleOf("age_seconds"))
			limit := math.NaN()
			if c.age != nil {
				limit = orNaN(c.age.Limit)
			}
			s.number("Age limit", limit, styleOf("age_seconds"))
		}
		s.text("Which", c.detail)
		s.text("Reason", reason)
	}
	return result.Table{Meta: meta(q, "Data quality", w, n, said), Columns: s.done()}
}

// qualityChange are the cells about a share and its baseline.
func qualityChange(s *sheet, c checked, q *query.Query) {
	nan := math.NaN()
	change := dataquality.Change{Effect: nan, Lower: nan, Upper: nan, Tolerated: nan, MinimumN: nan, Current: dataquality.Share{Count: nan, N: nan}, Baseline: dataquality.Share{Value: nan, N: nan}}
	if c.change != nil {
		change = *c.change
	}
	if q.Baseline != nil {
		s.number("Baseline share", change.Baseline.Value, share)
		rise, lower, upper := nan, nan, nan
		if isNumber(change.Baseline.Value) {
			rise, lower, upper = change.Effect, change.Lower, change.Upper
		}
		s.number("Rise", rise, result.Style{Unit: result.Percent, Min: -1, Max: 1, Description: "share less the baseline's"})
		s.text("Rise interval", span(lower, upper))
	}
	s.number("Tolerated", change.Tolerated, share)
	s.number("Adjusted p", c.adjusted, unitless(0, 1, "p-value of \"no worse than is tolerated\", adjusted for the number of checks"))
	s.number("Count", change.Current.Count, amount)
	s.number("n", change.Current.N, described(amount, "observations in the window"))
	s.number("n needed", orNaN(change.MinimumN), described(amount, "observations at which noise alone stays within what is tolerated"))
}

func hasCheck(rows []checked, name string) bool {
	return slices.ContainsFunc(rows, func(c checked) bool { return c.check.name == name })
}
