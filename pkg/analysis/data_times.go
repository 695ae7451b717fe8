package analysis

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	dataquality "github.com/mlmonitor/mlmonitor-datasource/pkg/stats/quality"
)

// checkFreshness holds the time since each feature was last observed against the
// limit or, without one, against what its own rate in the window leads to expect.
func checkFreshness(q *query.Query, o Options, w counts.Windows, d qualityData) ([]checked, error) {
	seen := d.current[profile.FeatureLastObserved]
	observed := totalsOf(d.current[profile.FeatureObservations])
	var rows []checked
	for _, g := range seen.Gauges {
		row := newCheck(q, o, "freshness", g.Labels, w.Number)
		count := observed(g.Labels)
		for k, at := range g.Values {
			if math.IsNaN(at) || math.IsInf(at, 0) {
				continue
			}
			seconds := float64(w.End(k).UnixMilli())/1000 - at
			p := valueOnly(math.Max(0, seconds), math.NaN())
			row.windows[k].other = &p
			if !judges(q) {
				continue
			}
			age, err := ageOf(seconds, count(k), w, o)
			if err != nil {
				return nil, err
			}
			row.age = &age
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// rarely is by how much rarer than at the level of the intervals an age must be to
// fail: it is looked at again and again, and apart for every feature.
const rarely = 50

// ageOf judges an age. What scraping alone adds to it is taken off before it is
// held against the feature's rate.
func ageOf(seconds, observed float64, w counts.Windows, o Options) (dataquality.Age, error) {
	if o.Duration("maximumAge") > 0 {
		return dataquality.AgeWithin(seconds, o.Duration("maximumAge").Seconds())
	}
	options := qualityOptions(o)
	options.Level = 1 - (1-options.Level)/rarely
	lag := o.Duration("lag").Seconds()
	age, err := dataquality.AgeGivenRate(seconds-math.Min(lag, math.Max(0, seconds)), orElse(observed, 0), w.Width.Seconds(), options)
	if seconds > 0 {
		age.Seconds = seconds
	}
	age.Limit += lag
	return age, err
}

// checkVolume compares the predictions with those of the same hours of the
// seasons before.
func checkVolume(q *query.Query, o Options, w counts.Windows, d qualityData) ([]checked, error) {
	now := d.current[profile.Predictions]
	if len(d.seasons) == 0 {
		return nil, nil
	}
	before := make([]func(map[string]string) func(int) float64, len(d.seasons))
	for j, s := range d.seasons {
		before[j] = totalsOf(s)
	}
	options := qualityOptions(o)
	options.Tolerated = o.Number("toleratedVolume")
	observed := totalsOf(now)
	var rows []checked
	for _, labels := range volumeGroups(q, d) {
		row := newCheck(q, o, "volume", labels, w.Number)
		count := observed(labels)
		seasons := make([]func(int) float64, len(before))
		for j := range before {
			seasons[j] = before[j](labels)
		}
		for k := range row.windows {
			// A model that was there before and is silent now has a volume of 0.
			n := orElse(count(k), 0)
			var comparable []dataquality.Window
			for _, season := range seasons {
				if then := season(k); isNumber(then) {
					comparable = append(comparable, dataquality.Window{Count: then, Exposure: w.Width.Seconds()})
				}
			}
			if len(comparable) == 0 && math.IsNaN(count(k)) {
				continue
			}
			v, err := dataquality.CompareVolume(dataquality.Window{Count: n, Exposure: w.Width.Seconds()}, comparable, options)
			if err != nil {
				return nil, err
			}
			p := valueOnly(v.Ratio, n)
			p.lower, p.upper = orNaN(v.RatioLower), orNaN(v.RatioUpper)
			row.windows[k].other = &p
			row.volume = &v
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// volumeGroups are the labels of the groups that predicted, now or in a season before.
func volumeGroups(q *query.Query, d qualityData) []map[string]string {
	by := groupLabels(q)
	found := make(map[string]map[string]string)
	for _, read := range append([]counts.Data{d.current[profile.Predictions]}, d.seasons...) {
		for _, g := range read.Tallies {
			found[key(g.Labels, by)] = g.Labels
		}
	}
	keys := sortedKeys(found)
	out := make([]map[string]string, len(keys))
	for i, k := range keys {
		out[i] = found[k]
	}
	return out
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
