package analysis

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
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

// totalsOf finds the total of a tally's cells by the group's labels; NaN where
// there is none.
func totalsOf(d counts.Data) func(labels map[string]string, k int) float64 {
	by := d.Request.By
	found := make(map[string]*counts.TallyGroup, len(d.Tallies))
	for i := range d.Tallies {
		found[key(d.Tallies[i].Labels, by)] = &d.Tallies[i]
	}
	return func(labels map[string]string, k int) float64 {
		cells, ok := tallyAt(found[key(labels, by)], k)
		if !ok {
			return math.NaN()
		}
		return total(cells)
	}
}

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
	var rows []checked
	var gone []string
	for _, p := range pair(&compared, observed.Request.By, observed.Tallies, before.Tallies, tallyLabels, said) {
		if p.current == nil {
			gone = append(gone, p.labels[string(profile.Feature)])
			continue
		}
		for _, c := range qualityChecks {
			bad, ok := d.current[c.role]
			if c.role == "" || !ok || !hasGroup(bad, p.current.Labels) {
				continue
			}
			now, then := totalsOf(bad), totalsOf(d.baseline[c.role])
			row := newCheck(q, o, c.name, p.labels, w.Number)
			for k := range row.windows {
				if cells, has := tallyAt(p.current, k); has {
					row.windows[k].n, row.windows[k].count = total(cells), now(p.current.Labels, k)
				}
				if cells, has := tallyAt(p.baseline, k); has {
					row.windows[k].baseN, row.windows[k].baseCount = total(cells), then(p.baseline.Labels, k)
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

func hasGroup(d counts.Data, labels map[string]string) bool {
	k := key(labels, d.Request.By)
	for _, g := range d.Tallies {
		if key(g.Labels, d.Request.By) == k {
			return true
		}
	}
	return false
}

// checkOutliers counts values outside the fences that the baseline's quartiles
// set, on edges that both have, so exactly.
func checkOutliers(q *query.Query, o Options, w counts.Windows, d qualityData, said *notes) ([]checked, error) {
	now, ok := d.current[profile.FeatureValue]
	if !ok || q.Baseline == nil {
		return nil, nil
	}
	var rows []checked
	without := make(map[string][]string)
	for _, p := range pair(q, now.Request.By, now.Histograms, d.baseline[profile.FeatureValue].Histograms, histogramLabels, said) {
		if p.current == nil || p.baseline == nil {
			continue
		}
		row := newCheck(q, o, "outliers", p.labels, w.Number)
		any, reason := false, ""
		for k := range row.windows {
			current, has := histogramAt(p.current, k)
			baseline, based := histogramAt(p.baseline, k)
			if !has || !based || !(current.Total() > 0) {
				continue
			}
			s, fences, err := outlierCounts(current, baseline, o.Number("fence"), row.options)
			if err != nil {
				return nil, err
			}
			if fences.Reason != "" {
				reason = fences.Reason
				continue
			}
			row.windows[k], any = s, true
			row.detail = fenceText(fences)
		}
		if any {
			rows = append(rows, row)
		} else if reason != "" {
			without[reason] = append(without[reason], p.labels[string(profile.Feature)])
		}
	}
	for _, reason := range sortedKeys(without) {
		said.info("outliers of %s cannot be told. %s", several(unique(without[reason])), reason)
	}
	return rows, nil
}

func outlierCounts(current, baseline histogram.Histogram, fence float64, o dataquality.Options) (shareCounts, dataquality.Fences, error) {
	current, baseline, _, err := histogram.Align(current, baseline)
	if err != nil {
		return noCounts(), dataquality.Fences{}, err
	}
	f := dataquality.TukeyFences(baseline, fence)
	if f.Reason != "" {
		return noCounts(), f, nil
	}
	f = f.Snap(current.Edges)
	if math.IsInf(f.Lower, -1) && math.IsInf(f.Upper, 1) {
		f.Reason = "Both fences lie beyond the buckets: nothing outside them can be counted."
		return noCounts(), f, nil
	}
	now, err := dataquality.Outside(current, f, o)
	if err != nil {
		return noCounts(), f, err
	}
	before, err := dataquality.Outside(baseline, f, o)
	return shareCounts{count: now.Count, n: now.N, baseCount: before.Count, baseN: before.N}, f, err
}

func fenceText(f dataquality.Fences) string {
	switch {
	case math.IsInf(f.Lower, -1):
		return fmt.Sprintf("above %.4g", f.Upper)
	case math.IsInf(f.Upper, 1):
		return fmt.Sprintf("at most %.4g", f.Lower)
	}
	return fmt.Sprintf("at most %.4g or above %.4g", f.Lower, f.Upper)
}

// pooledCategory holds the rare values of a feature, so it is neither new nor gone.
const pooledCategory = "__other__"

// checkCategories counts observations of categories that the baseline lacks.
func checkCategories(q *query.Query, o Options, w counts.Windows, d qualityData, said *notes) ([]checked, error) {
	now, ok := d.current[profile.FeatureCategory]
	if !ok || q.Baseline == nil {
		return nil, nil
	}
	base := foldCells(d.baseline[profile.FeatureCategory], now.Request.Over)
	var rows []checked
	var err error
	for _, p := range pair(q, now.Request.By, now.Tallies, base.Tallies, tallyLabels, said) {
		if p.current == nil || p.baseline == nil {
			continue
		}
		row := newCheck(q, o, "new_categories", p.labels, w.Number)
		common := commonCells(p.current, p.baseline)
		for k := range row.windows {
			current, has := tallyAt(p.current, k)
			baseline, based := tallyAt(p.baseline, k)
			if !has || !based || !(total(current) > 0) || !(total(baseline) > 0) {
				continue
			}
			c, b := common.spread(current, common.current), common.spread(baseline, common.baseline)
			s := shareCounts{n: total(c), baseN: total(b)}
			var fresh []string
			for i, name := range common.names {
				if c[i] > 0 && b[i] == 0 && name != pooledCategory {
					s.count += c[i]
					fresh = append(fresh, name)
				}
			}
			if judges(q) {
				if s.baseCount, s.baseN, err = unseenMass(common.names, c, b, row.options); err != nil {
					return nil, err
				}
			}
			row.windows[k], row.detail = s, several(fresh)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// unseenMass is how many observations, out of how many, Good and Turing expect in
// categories that the baseline happens to lack.
func unseenMass(names []string, c, b []float64, o dataquality.Options) (count, n float64, err error) {
	var keep []string
	var current, baseline []float64
	for i, name := range names {
		if name != pooledCategory {
			keep, current, baseline = append(keep, name), append(current, c[i]), append(baseline, b[i])
		}
	}
	found, err := dataquality.CompareCategories(keep, current, baseline, o)
	if unseen := found.New.Baseline; unseen.N > 0 {
		n = unseen.N * total(b) / total(baseline)
		return unseen.Value * n, n, err
	}
	return 0, total(b), err
}

// checkAnomalies counts the rows above the limit of the anomaly score.
func checkAnomalies(q *query.Query, o Options, w counts.Windows, d qualityData, said *notes) ([]checked, error) {
	now, ok := d.current[profile.AnomalyScore]
	if !ok {
		return nil, nil
	}
	before := d.baseline[profile.AnomalyScore]
	compared := *q
	if before.Request.Role == "" {
		compared.Baseline = nil
	}
	var rows []checked
	for _, p := range pair(&compared, now.Request.By, now.Histograms, before.Histograms, histogramLabels, said) {
		if p.current == nil {
			continue
		}
		row := newCheck(q, o, "anomalies", p.labels, w.Number)
		row.detail = fmt.Sprintf("above %.4g", o.Number("anomalyLimit"))
		for k := range row.windows {
			if h, has := histogramAt(p.current, k); has && h.Total() > 0 {
				above, err := dataquality.ShareAbove(h, o.Number("anomalyLimit"), row.options)
				if err != nil {
					return nil, err
				}
				row.windows[k].count, row.windows[k].n = above.Count, above.N
			}
			if h, has := histogramAt(p.baseline, k); has && h.Total() > 0 {
				above, err := dataquality.ShareAbove(h, o.Number("anomalyLimit"), row.options)
				if err != nil {
					return nil, err
				}
				row.windows[k].baseCount, row.windows[k].baseN = above.Count, above.N
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
