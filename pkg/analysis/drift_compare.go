package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// compareSources compares every group of every read with its baseline, in every
// window.
func compareSources(q *query.Query, how comparison, w counts.Windows, current, baseline []counts.Data, said *notes) ([]compared, error) {
	var things []compared
	var work []func() error
	// Things are compared side by side, so the slice must not move: first all
	// are listed, then all are filled.
	add := func(c compared, fill func(*compared) error) {
		i := len(things)
		things = append(things, c)
		work = append(work, func() error { return fill(&things[i]) })
	}
	group := groupLabels(q)
	for i, d := range current {
		role := d.Request.Role
		by := d.Request.By
		base := foldCells(baseline[i], d.Request.Over)
		for _, p := range pair(q, by, d.Histograms, base.Histograms, histogramLabels, said) {
			options := how.options
			if role == profile.Score {
				options.Lowest, options.Highest = scoreLimits(p)
			}
			c := compared{labels: targetLabels(role, p.labels), group: key(p.labels, group), numeric: true, method: how.numeric, importance: math.NaN()}
			add(c, func(c *compared) error { return c.compareHistograms(p, w.Number, how, options) })
		}
		for _, p := range pair(q, by, d.Tallies, base.Tallies, tallyLabels, said) {
			c := compared{labels: targetLabels(role, p.labels), group: key(p.labels, group), method: how.categorical, importance: math.NaN()}
			add(c, func(c *compared) error { return c.compareTallies(p, w.Number, how) })
		}
	}
	err := parallel(len(work), func(i int) error { return work[i]() })
	return things, err
}

// targetLabels marks what is not a feature: the label "feature" stays for
// features alone.
func targetLabels(role profile.Role, labels map[string]string) map[string]string {
	switch role {
	case profile.Score:
		return with(labels, "target", "score")
	case profile.Predictions:
		return with(labels, "target", "prediction")
	}
	return labels
}

// scoreLimits are 0 and 1 for scores that are probabilities, by their buckets.
func scoreLimits(p paired[counts.HistogramGroup]) (lowest, highest float64) {
	for _, g := range []*counts.HistogramGroup{p.current, p.baseline} {
		if g != nil && len(g.Edges) > 0 && (g.Edges[0] < 0 || g.Edges[len(g.Edges)-1] > 1) {
			return 0, 0
		}
	}
	return 0, 1
}

func (c *compared) compareHistograms(p paired[counts.HistogramGroup], windows int, how comparison, o drift.Options) error {
	c.results = make([]drift.Result, windows)
	none := histogram.New(nil, []float64{0})
	for k := range windows {
		cur, hasCurrent := histogramAt(p.current, k)
		ref, hasBaseline := histogramAt(p.baseline, k)
		if !hasCurrent {
			cur = none
		}
		if !hasBaseline {
			ref = none
		}
		r, err := drift.Numeric(c.method, ref, cur, o)
		if err != nil {
			return fmt.Errorf("%s cannot be compared: %w", c.name(), err)
		}
		c.results[k] = r
	}
	if how.tool != "" {
		return c.histogramsAs(how.tool, p, o.Tolerated)
	}
	return nil
}

func (c *compared) compareTallies(p paired[counts.TallyGroup], windows int, how comparison) error {
	c.results = make([]drift.Result, windows)
	common := commonCells(p.current, p.baseline)
	for k := range windows {
		current, _ := tallyAt(p.current, k)
		baseline, _ := tallyAt(p.baseline, k)
		cur := common.spread(current, common.current)
		ref := common.spread(baseline, common.baseline)
		r, err := drift.Categorical(c.method, ref, cur, how.options)
		if err != nil {
			return fmt.Errorf("%s cannot be compared: %w", c.name(), err)
		}
		c.results[k] = r
		if k == windows-1 && r.N > 0 && r.NRef > 0 {
			c.noteCategories(common.names, ref, cur, r)
		}
	}
	if how.tool != "" {
		return c.talliesAs(how.tool, p, how.options.Tolerated)
	}
	return nil
}

// expectedAtLeast is how often a category should have been seen before its
// absence is worth a word.
const expectedAtLeast = 5

// noteCategories lists the categories that are new, and those that are gone
// although the baseline's share made them expected.
func (c *compared) noteCategories(names []string, ref, cur []float64, r drift.Result) {
	appeared, vanished := drift.Changed(ref, cur)
	for _, i := range appeared {
		c.appeared = append(c.appeared, names[i])
	}
	for _, i := range vanished {
		if ref[i]/r.NRef*r.N >= expectedAtLeast {
			c.vanished = append(c.vanished, names[i])
		}
	}
}

// family is what the features of one group say together, per window.
type family struct {
	labels          map[string]string
	drifted, tested []float64
	p               []float64 // Simes' p-value; NaN where nothing was tested
	weighted        []float64 // importance-weighted drift; NaN where unknown
}

// adjustWithin adjusts the verdicts for the number of things looked at together:
// those of one model, version and group in one window.
func adjustWithin(things []compared, windows int, how comparison) []family {
	members := make(map[string][]int)
	var order []string
	for i, c := range things {
		if members[c.group] == nil {
			order = append(order, c.group)
		}
		members[c.group] = append(members[c.group], i)
	}
	var out []family
	for _, g := range order {
		list := members[g]
		labels := things[list[0]].labels
		f := family{
			labels:  with(nil),
			drifted: make([]float64, windows), tested: make([]float64, windows), p: make([]float64, windows), weighted: make([]float64, windows),
		}
		for name, value := range labels {
			if name != string(profile.Feature) && name != string(profile.Class) && name != "target" {
				f.labels[name] = value
			}
		}
		results := make([]drift.Result, len(list))
		for k := range windows {
			for j, i := range list {
				results[j] = things[i].results[k]
			}
			f.p[k] = adjust(results, how)
			weights, sum := 0.0, 0.0
			for j, i := range list {
				things[i].results[k] = results[j]
				if results[j].Verdict == drift.Insufficient {
					continue
				}
				f.tested[k]++
				if results[j].Verdict == drift.Drift {
					f.drifted[k]++
				}
				if importance := math.Abs(things[i].importance); importance > 0 {
					weights += importance
					sum += importance * results[j].Value
				}
			}
			f.weighted[k] = math.NaN()
			if weights > 0 {
				f.weighted[k] = sum / weights
			}
		}
		out = append(out, f)
	}
	return out
}

// adjust sets the adjusted p-values and takes verdicts back that do not survive.
// It returns the smallest Benjamini-Hochberg-adjusted p-value, which is Simes'
// (1986) p-value of "none has drifted".
func adjust(results []drift.Result, how comparison) (simes float64) {
	p := make([]float64, len(results))
	for i, r := range results {
		p[i] = r.PMinimumEffect
		if r.Verdict == drift.Insufficient {
			p[i] = math.NaN()
		}
	}
	simes = smallest(infer.BenjaminiHochberg(p))
	var adjusted []float64
	switch how.adjust {
	case "by":
		adjusted = infer.BenjaminiYekutieli(p)
	case "holm":
		adjusted = infer.Holm(p)
	case "none":
		adjusted = slices.Clone(p)
	default:
		drift.Adjust(results, how.fdr)
		return simes
	}
	for i := range results {
		results[i].AdjustedP = adjusted[i]
		if results[i].Verdict == drift.Drift && adjusted[i] > how.fdr {
			results[i].Verdict = drift.Uncertain
		}
	}
	return simes
}

// smallest is the least value that is not NaN; NaN when there is none.
func smallest(values []float64) float64 {
	least := math.NaN()
	for _, v := range values {
		if !(least <= v) && !math.IsNaN(v) {
			least = v
		}
	}
	return least
}
