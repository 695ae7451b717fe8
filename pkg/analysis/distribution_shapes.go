package analysis

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// histogramDistribution brings both sides to the buckets that they share.
func histogramDistribution(q *query.Query, o Options, p paired[counts.HistogramGroup], said *notes) (result.Distribution, error) {
	out := result.Distribution{Labels: p.labels}
	cur, hasCurrent := histogramAt(p.current, 0)
	ref, hasBaseline := histogramAt(p.baseline, 0)
	switch {
	case !hasCurrent && !hasBaseline:
		return out, nil
	case !hasCurrent:
		cur = histogram.New(ref.Edges, make([]float64, len(ref.Counts)))
	case hasBaseline:
		var lost int
		var err error
		if ref, cur, lost, err = histogram.Align(ref, cur); err != nil {
			return out, err
		}
		if lost > 0 {
			said.info("bucket layouts of %s differ between baseline and current: %d edges that only one of them has are left out", thingName(p.labels), lost)
		}
	}
	if bins := o.Integer("bins"); bins > 1 && len(cur.Counts) > bins {
		from := cur
		if hasBaseline {
			from = ref
		}
		edges := histogram.MergeQuantileBins(from, bins)
		var err error
		if cur, err = histogram.Coarsen(cur, edges); err != nil {
			return out, err
		}
		if hasBaseline {
			if ref, err = histogram.Coarsen(ref, edges); err != nil {
				return out, err
			}
		}
	}
	for k := range cur.Counts {
		lower, upper := cur.Bounds(k)
		out.Intervals = append(out.Intervals, intervalName(lower, upper))
		out.Lower, out.Upper = append(out.Lower, lower), append(out.Upper, upper)
	}
	out.Current, out.CurrentCounts = sharesOf(cur.Counts), cur.Counts
	if hasBaseline {
		out.Baseline, out.BaselineCounts = sharesOf(ref.Counts), ref.Counts
	} else if q.Baseline != nil {
		noBaseline(q, p.labels, said)
	}
	return out, nil
}

func noBaseline(q *query.Query, labels map[string]string, said *notes) {
	said.warning("no baseline (%s) for %s: choose another baseline or wait until there is one", describeBaseline(q), thingName(labels))
}

// thingName is a distribution's name in a sentence.
func thingName(labels map[string]string) string {
	if f := labels[string(profile.Feature)]; f != "" {
		return f
	}
	return title(labels, labelNames(labels))
}

// intervalName writes a bucket: "≤ 5", "5 – 10", "> 10".
func intervalName(lower, upper float64) string {
	switch {
	case math.IsInf(lower, -1) && math.IsInf(upper, 1):
		return "all values"
	case math.IsInf(lower, -1):
		return "≤ " + edgeText(upper)
	case math.IsInf(upper, 1):
		return "> " + edgeText(lower)
	}
	return edgeText(lower) + " – " + edgeText(upper)
}

// edgeText writes an edge as people would. One that somebody chose is short once
// 0.1 + 0.2 reads 0.3; the long ones are those of native histograms, of which five
// digits tell even the closest apart.
func edgeText(x float64) string {
	rounded := significant(x, 10)
	if short := significant(x, 6); short != rounded {
		rounded = significant(x, 5)
	}
	if size := math.Abs(rounded); size == 0 || size >= 1e-4 && size < 1e9 {
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return strconv.FormatFloat(rounded, 'g', -1, 64)
}

// significant rounds to a number of significant digits.
func significant(x float64, digits int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil { // overflown by rounding up
		return x
	}
	return rounded
}

// otherCategories is what rare categories are folded into.
const otherCategories = "(other categories)"

// tallyDistribution brings both sides to the same categories, the most frequent
// ones by themselves.
func tallyDistribution(q *query.Query, o Options, p paired[counts.TallyGroup], said *notes) result.Distribution {
	out := result.Distribution{Labels: p.labels}
	current, hasCurrent := tallyAt(p.current, 0)
	baseline, hasBaseline := tallyAt(p.baseline, 0)
	if !hasCurrent && !hasBaseline {
		return out
	}
	common := commonCells(p.current, p.baseline)
	cur := common.spread(current, common.current)
	ref := common.spread(baseline, common.baseline)
	names := slices.Clone(common.names)
	for i, name := range names {
		if name == "" {
			names[i] = "(none)"
		}
	}
	if top := o.Integer("top"); top > 0 && len(names) > top {
		names, cur, ref = foldRare(names, cur, ref, top)
		said.info("%d categories of %s are folded into %q: option top keeps more", len(common.names)-top, thingName(p.labels), otherCategories)
	}
	out.Intervals, out.Current, out.CurrentCounts = names, sharesOf(cur), cur
	if hasBaseline {
		out.Baseline, out.BaselineCounts = sharesOf(ref), ref
	} else if q.Baseline != nil {
		noBaseline(q, p.labels, said)
	}
	return out
}

// foldRare keeps the categories with the largest share on either side, in their
// order, and adds the others up.
func foldRare(names []string, cur, ref []float64, top int) (kept []string, keptCur, keptRef []float64) {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	weight := func(i int) float64 {
		return math.Max(orElse(cur[i]/total(cur), 0), orElse(ref[i]/total(ref), 0))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight(b), weight(a)) })
	keep := make([]bool, len(names))
	for _, i := range order[:top] {
		keep[i] = true
	}
	restCur, restRef := 0.0, 0.0
	for i, name := range names {
		if !keep[i] {
			restCur += cur[i]
			restRef += ref[i]
			continue
		}
		kept, keptCur, keptRef = append(kept, name), append(keptCur, cur[i]), append(keptRef, ref[i])
	}
	return append(kept, otherCategories), append(keptCur, restCur), append(keptRef, restRef)
}
