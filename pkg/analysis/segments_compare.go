package analysis

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compare"
)

// others are the groups that a segment is compared with: the chosen one, or all
// but itself.
func others[G any](groups []G, i int, against string, segment func(G) string) []G {
	var out []G
	for j, g := range groups {
		if j != i && (against == "" || segment(g) == against) {
			out = append(out, g)
		}
	}
	return out
}

// clusters sorts groups into those that are compared with one another.
func clusters[G any](groups []G, within []profile.Label, labels func(G) map[string]string) [][]G {
	place := make(map[string]int)
	var out [][]G
	for _, g := range groups {
		k := key(labels(g), within)
		i, ok := place[k]
		if !ok {
			i = len(out)
			place[k] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], g)
	}
	return out
}

func segmentsOfOutcomes(o Options, d counts.Data, label profile.Label, within []profile.Label, said *notes) ([]segmentResult, error) {
	of, fairness := segmentMetrics(o)
	against, level, windows := o.String("against"), o.Number("confidence"), d.Request.Windows.Number
	segment := func(g counts.TallyGroup) string { return g.Labels[string(label)] }
	labelled := slices.DeleteFunc(slices.Clone(d.Tallies), func(g counts.TallyGroup) bool { return segment(g) == "" })
	var out []segmentResult
	for _, cluster := range clusters(labelled, within, func(g counts.TallyGroup) map[string]string { return g.Labels }) {
		whole := merged(cluster)
		classes := classesOf(whole)
		positive := positiveOf(sortedClasses(slices.Clone(classes)), o.String("positiveClass"))
		sides := make([][2]confusions, len(cluster))
		for i, g := range cluster {
			own, err := confusionsOf(g, windows, said, classes...)
			if err != nil {
				return nil, err
			}
			rest, err := confusionsOf(merged(others(cluster, i, against, segment)), windows, said, classes...)
			if err != nil {
				return nil, err
			}
			sides[i] = [2]confusions{own, rest}
			if against != "" && segment(g) == against {
				continue
			}
			for _, m := range of {
				if m.scored {
					continue
				}
				r := newSegmentResult(key(g.Labels, within), only(g.Labels, d.Request.By), segment(g), m, windows)
				for k := range windows {
					if !own.has[k] || own.windows[k].Total() < float64(o.Integer("minimum")) {
						continue
					}
					current, err := m.of(own.windows[k], positive, level)
					if err != nil {
						return nil, err
					}
					reference := unmeasured("there is nothing to compare with")
					if rest.has[k] && rest.windows[k].Total() > 0 {
						if reference, err = m.of(rest.windows[k], positive, level); err != nil {
							return nil, err
						}
					}
					if err := r.compare(k, current, reference, o); err != nil {
						return nil, err
					}
				}
				out = append(out, r)
			}
		}
		if len(fairness) == 0 {
			continue
		}
		if positive == "" {
			said.warning("fairness is about one favourable class: name it by the option positiveClass, one of %s", several(classes))
			continue
		}
		treated, err := segmentFairness(o, fairness, positive, cluster, sides, label, within, d)
		if err != nil {
			return nil, err
		}
		out = append(out, treated...)
	}
	return out, nil
}

// segmentFairness gives the fairness measures of the segments of one cluster.
func segmentFairness(o Options, metrics []string, positive string, cluster []counts.TallyGroup, sides [][2]confusions, label profile.Label, within []profile.Label, d counts.Data) ([]segmentResult, error) {
	windows := d.Request.Windows.Number
	var out []segmentResult
	place := make(map[string]int)
	for _, g := range cluster {
		for i, name := range compare.FairnessMetrics() {
			if slices.Contains(metrics, name) {
				place[g.Labels[string(label)]+"\x00"+name] = len(out)
				r := newSegmentResult(key(g.Labels, within), only(g.Labels, d.Request.By), g.Labels[string(label)], fairnessMetrics[i], windows)
				r.fair = true
				out = append(out, r)
			}
		}
	}
	for k := range windows {
		var groups []compare.Group
		for i, g := range cluster {
			c := sides[i][0]
			if !c.has[k] || c.windows[k].Total() < float64(o.Integer("minimum")) {
				continue
			}
			at, err := c.windows[k].ClassIndex(positive)
			if err != nil {
				return nil, &query.Error{Field: "options.positiveClass", Message: err.Error()}
			}
			groups = append(groups, compare.Group{Name: g.Labels[string(label)], Binary: c.windows[k].Class(at)})
		}
		against := o.String("against")
		if len(groups) < 2 || against != "" && !slices.ContainsFunc(groups, func(g compare.Group) bool { return g.Name == against }) {
			continue
		}
		treated, err := compare.Fairness(groups, compare.FairnessOptions{
			Level: o.Number("confidence"), Reference: against, TolerateDifference: math.Max(o.Number("tolerated"), 1e-12), TolerateRatio: o.Number("toleratedRatio"),
		})
		if err != nil {
			return nil, err
		}
		for _, t := range treated {
			for _, disparity := range t.Disparities {
				if i, ok := place[t.Name+"\x00"+disparity.Metric]; ok {
					out[i].differences[k] = ofDisparity(disparity)
					out[i].verdicts[k] = string(disparity.Verdict)
				}
			}
		}
	}
	if against := o.String("against"); against != "" {
		out = slices.DeleteFunc(out, func(r segmentResult) bool { return r.segment == against })
	}
	return out, nil
}

// ofDisparity is a fairness measure in the shape of a difference.
func ofDisparity(d compare.Disparity) compare.Difference {
	out := incomparable("")
	out.Champion, out.Challenger, out.Value, out.Lower, out.Upper = d.Reference, d.Group, d.Value, d.Lower, d.Upper
	out.P, out.PMinimumEffect, out.AdjustedP = d.P, d.P, d.AdjustedP
	out.NChampion, out.NChallenger, out.Reason = d.NReference, d.NGroup, d.Reason
	switch d.Verdict {
	case compare.Unfair:
		out.Decision = compare.Worse
	case compare.Fair:
		out.Decision = compare.Equivalent
	case compare.Uncertain:
		out.Decision = compare.Undecided
	}
	return out
}

func segmentsOfScores(split *query.Query, o Options, d counts.Data, label profile.Label, within []profile.Label, said *notes) ([]segmentResult, error) {
	of, _ := segmentMetrics(o)
	against, level := o.String("against"), o.Number("confidence")
	d.Histograms = slices.DeleteFunc(slices.Clone(d.Histograms), func(g counts.HistogramGroup) bool { return g.Labels[string(label)] == "" })
	groups, err := scoresOf(split, o, d, said)
	if err != nil {
		return nil, err
	}
	var out []segmentResult
	for _, cluster := range clusters(groups, append(slices.Clip(within), profile.Class), func(s scored) map[string]string { return s.labels }) {
		for _, g := range cluster {
			segment := g.labels[string(label)]
			if segment == against {
				continue
			}
			rest, err := scoresBeside(o, d, g, label, within, said)
			if err != nil {
				return nil, err
			}
			for _, m := range of {
				if !m.scored {
					continue
				}
				r := newSegmentResult(key(g.labels, within), g.labels, segment, m, len(g.has))
				for k, b := range g.binned {
					p, n := b.Totals()
					if !g.has[k] || p+n < float64(o.Integer("minimum")) {
						continue
					}
					current, err := m.ofScores(b, level)
					if err != nil {
						return nil, err
					}
					reference := unmeasured("there is nothing to compare with")
					if rest.has != nil && rest.has[k] {
						if reference, err = m.ofScores(rest.binned[k], level); err != nil {
							return nil, err
						}
					}
					if err := r.compare(k, current, reference, o); err != nil {
						return nil, err
					}
				}
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// scoresBeside are the scores of what a segment is compared with, of the same class.
func scoresBeside(o Options, d counts.Data, g scored, label profile.Label, within []profile.Label, said *notes) (scored, error) {
	rest := scored{class: g.class}
	segment, against := g.labels[string(label)], o.String("against")
	var list []*counts.HistogramGroup
	for i := range d.Histograms {
		h := &d.Histograms[i]
		own := h.Labels[string(label)]
		if key(h.Labels, within) == key(g.labels, within) && own != segment && (against == "" || own == against) {
			list = append(list, h)
		}
	}
	if len(list) == 0 {
		return rest, nil
	}
	err := rest.bin(list, d.Request.Windows.Number, said)
	return rest, err
}

// adjustSegments takes all segments and metrics of one group in one window as one
// family, and words the verdicts. Fairness has been adjusted already.
func adjustSegments(all []segmentResult, windows int, level float64) {
	families := make(map[string][]int)
	var order []string
	for i, r := range all {
		if r.fair {
			continue
		}
		if families[r.within] == nil {
			order = append(order, r.within)
		}
		families[r.within] = append(families[r.within], i)
	}
	for _, name := range order {
		for k := range windows {
			family := make([]compare.Difference, len(families[name]))
			for j, i := range families[name] {
				family[j] = all[i].differences[k]
			}
			compare.Adjust(family, 1-level)
			for j, i := range families[name] {
				all[i].differences[k] = family[j]
			}
		}
	}
	for i, r := range all {
		for k := range r.verdicts {
			if !r.fair {
				all[i].verdicts[k] = r.metric.verdict(r.differences[k].Decision)
			} else if r.verdicts[k] == "" {
				all[i].verdicts[k] = string(compare.Unknown)
			}
		}
	}
}
