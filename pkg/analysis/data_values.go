package analysis

import (
	"fmt"
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	dataquality "github.com/mlmonitor/mlmonitor-datasource/pkg/stats/quality"
)

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
