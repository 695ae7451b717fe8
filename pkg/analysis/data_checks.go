package analysis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
	dataquality "github.com/mlmonitor/mlmonitor-datasource/pkg/stats/quality"
)

// checked is one check of one feature, or of the model, over the windows.
type checked struct {
	check   qualityCheck
	labels  map[string]string
	group   string
	windows []shareCounts
	options dataquality.Options

	// The verdict of one window, where the format gives verdicts.
	change   *dataquality.Change // of a share
	age      *dataquality.Age
	volume   *dataquality.Volume
	adjusted float64
	detail   string // which categories, which fences
}

// shareCounts is a count of n, in the window and in the baseline; what there is
// not is NaN. A value that is no share has only its point.
type shareCounts struct {
	count, n, baseCount, baseN float64
	other                      *point
}

func noCounts() shareCounts {
	nan := math.NaN()
	return shareCounts{count: nan, n: nan, baseCount: nan, baseN: nan}
}

func (s shareCounts) known() bool { return s.n > 0 && isNumber(s.count) || s.other != nil }
func (s shareCounts) based() bool { return s.baseN > 0 && isNumber(s.baseCount) }

func (c checked) isShare() bool { return c.check.name != "freshness" && c.check.name != "volume" }

// points are the shares with Wilson's intervals, or their rises with Newcombe's.
func (c checked) points(show string) []point {
	out := make([]point, len(c.windows))
	d := c.options.Dispersion
	for k, s := range c.windows {
		out[k] = absent()
		switch {
		case s.other != nil:
			out[k] = *s.other
		case !s.known():
		case show == "rise" && c.isShare():
			if s.based() {
				count, base := math.Min(s.count, s.n), math.Min(s.baseCount, s.baseN)
				limits := infer.NewcombeDifference(count/d, s.n/d, base/d, s.baseN/d, c.options.Level)
				out[k] = valueOnly(count/s.n-base/s.baseN, s.n)
				out[k].lower, out[k].upper = limits.Lower, limits.Upper
			}
		default:
			count := math.Min(s.count, s.n)
			limits := infer.Wilson(count/d, s.n/d, c.options.Level)
			out[k] = valueOnly(count/s.n, s.n)
			out[k].lower, out[k].upper = limits.Lower, limits.Upper
		}
	}
	return out
}

// verdict is what the check says of its one window.
func (c checked) verdict() (drift.Verdict, string) {
	switch {
	case c.change != nil:
		return c.change.Verdict, c.change.Reason
	case c.age != nil:
		return c.age.Verdict, c.age.Reason
	case c.volume != nil:
		return c.volume.Verdict, c.volume.Reason
	}
	return drift.Insufficient, "There are no observations in the window."
}

// judge compares the one window's share with the baseline's or the limit.
func (c *checked) judge() error {
	s := c.windows[0]
	if c.change != nil || !c.isShare() || !s.known() {
		return nil
	}
	change, err := dataquality.LimitShare(s.count, s.n, c.options)
	if s.based() {
		change, err = dataquality.CompareShares(s.count, s.n, s.baseCount, s.baseN, c.options)
	}
	c.change = &change
	return err
}

// totalsOf finds the totals of a tally's cells, per window, by the group's labels;
// NaN where there is none.
func totalsOf(d counts.Data) func(labels map[string]string) func(k int) float64 {
	by := d.Request.By
	found := make(map[string]*counts.TallyGroup, len(d.Tallies))
	for i := range d.Tallies {
		found[key(d.Tallies[i].Labels, by)] = &d.Tallies[i]
	}
	return func(labels map[string]string) func(k int) float64 {
		g := found[key(labels, by)]
		return func(k int) float64 {
			cells, ok := tallyAt(g, k)
			if !ok {
				return math.NaN()
			}
			return total(cells)
		}
	}
}

// noTotal is the total of what there is not.
func noTotal(int) float64 { return math.NaN() }

// checkData makes every check that the data allow.
func checkData(q *query.Query, o Options, w counts.Windows, d qualityData, said *notes) ([]checked, error) {
	rows := checkCounters(q, o, w, d, said)
	outliers, err := checkOutliers(q, o, w, d, said)
	if err != nil {
		return nil, err
	}
	rows = append(rows, outliers...)
	fresh, err := checkCategories(q, o, w, d, said)
	if err != nil {
		return nil, err
	}
	rows = append(rows, fresh...)
	anomalies, err := checkAnomalies(q, o, w, d, said)
	if err != nil {
		return nil, err
	}
	rows = append(rows, anomalies...)
	ages, err := checkFreshness(q, o, w, d)
	if err != nil {
		return nil, err
	}
	rows = append(rows, ages...)
	volumes, err := checkVolume(q, o, w, d)
	if err != nil {
		return nil, err
	}
	rows = append(rows, volumes...)
	if judges(q) {
		err = parallel(len(rows), func(i int) error { return rows[i].judge() })
	}
	return rows, err
}

func newCheck(q *query.Query, o Options, name string, labels map[string]string, windows int) checked {
	c := checked{check: checkNamed(name), labels: known(labels), group: key(labels, groupLabels(q)), windows: make([]shareCounts, windows), options: qualityOptions(o), adjusted: math.NaN()}
	for k := range c.windows {
		c.windows[k] = noCounts()
	}
	return c
}

// checkCounters holds the counters of bad values against the observations.
func checkCounters(q *query.Query, o Options, w counts.Windows, d qualityData, said *notes) []checked {
	observed, before := d.current[profile.FeatureObservations], d.baseline[profile.FeatureObservations]
	compared := *q
	if before.Request.Role == "" {
		compared.Baseline = nil
	}
	bad := make(map[profile.Role]func(map[string]string) func(int) float64)
	badBefore := make(map[profile.Role]func(map[string]string) func(int) float64)
	groups := make(map[profile.Role]map[string]bool)
	for _, c := range qualityChecks {
		read, ok := d.current[c.role]
		if c.role == "" || !ok {
			continue
		}
		bad[c.role], badBefore[c.role], groups[c.role] = totalsOf(read), totalsOf(d.baseline[c.role]), make(map[string]bool)
		for _, g := range read.Tallies {
			groups[c.role][key(g.Labels, read.Request.By)] = true
		}
	}
	var rows []checked
	var gone []string
	for _, p := range pair(&compared, observed.Request.By, observed.Tallies, before.Tallies, tallyLabels, said) {
		if p.current == nil {
			gone = append(gone, p.labels[string(profile.Feature)])
			continue
		}
		for _, c := range qualityChecks {
			if !groups[c.role][key(p.current.Labels, observed.Request.By)] {
				continue
			}
			now, then := bad[c.role](p.current.Labels), noTotal
			if p.baseline != nil {
				then = badBefore[c.role](p.baseline.Labels)
			}
			row := newCheck(q, o, c.name, p.labels, w.Number)
			for k := range row.windows {
				if cells, has := tallyAt(p.current, k); has {
					row.windows[k].n, row.windows[k].count = total(cells), now(k)
				}
				if cells, has := tallyAt(p.baseline, k); has {
					row.windows[k].baseN, row.windows[k].baseCount = total(cells), then(k)
				}
			}
			rows = append(rows, row)
		}
	}
	if len(gone) > 0 {
		said.warning("in the baseline but not in the current windows: %s", several(unique(gone)))
	}
	return rows
}
