package analysis

import (
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/estimate"
)

// stratum is a part of the traffic with its scores now, its labelled past, and
// the labels that have arrived now; each but the first may be missing.
type stratum struct {
	current           *counts.HistogramGroup
	labelled, arrived *scored
}

// subject is one class of one group whose performance is estimated.
type subject struct {
	labels map[string]string
	strata []stratum
}

// estimateSubjects finds the labelled past of the current scores.
func estimateSubjects(split *query.Query, within []profile.Label, current []counts.HistogramGroup, labelled, arrived []scored) []subject {
	on := pairingLabels(split, within)
	all := pairingLabels(split, groupLabels(split))
	var out []subject
	for _, cluster := range clusters(current, within, func(g counts.HistogramGroup) map[string]string { return g.Labels }) {
		for _, past := range clusters(labelled, []profile.Label{profile.Class}, func(s scored) map[string]string { return s.labels }) {
			past = slices.DeleteFunc(slices.Clone(past), func(s scored) bool { return key(s.labels, on) != key(cluster[0].Labels, on) })
			if len(past) == 0 {
				continue
			}
			class := past[0].class
			labels := with(only(cluster[0].Labels, within), string(profile.Class), past[0].labels[string(profile.Class)])
			sub := subject{labels: labels}
			for i := range cluster {
				g := &cluster[i]
				if own := g.Labels[string(profile.Class)]; own != class && own != "" {
					continue
				}
				s := stratum{current: g}
				if j := slices.IndexFunc(past, func(p scored) bool { return key(p.labels, all) == key(g.Labels, all) }); j >= 0 {
					s.labelled = &past[j]
				}
				same := func(p scored) bool {
					return p.class == class && key(p.labels, groupLabels(split)) == key(g.Labels, groupLabels(split))
				}
				if j := slices.IndexFunc(arrived, same); j >= 0 {
					s.arrived = &arrived[j]
				}
				sub.strata = append(sub.strata, s)
			}
			if len(sub.strata) > 0 {
				out = append(out, sub)
			}
		}
	}
	return out
}

// at is window k of scored rows; a fixed baseline answers its one window for every k.
func (s *scored) at(k int) (classify.Binned, bool) {
	if s == nil {
		return classify.Binned{}, false
	}
	if len(s.has) == 1 {
		k = 0
	}
	if k >= len(s.has) || !s.has[k] {
		return classify.Binned{}, false
	}
	return s.binned[k], true
}

func (s subject) measures(q *query.Query, o Options, windows int, said *notes) ([]measure, error) {
	names := slices.DeleteFunc(slices.Clone(estimateMetrics(q, o)), func(n string) bool { return n == prevalenceBBSE })
	ms := make([]measure, len(names))
	for i, name := range names {
		ms[i] = newMeasure(name, with(s.labels, "basis", "estimated"), windows)
		if name == meaningShift || name == meaningP {
			ms[i] = newMeasure(name, s.labels, windows)
		}
	}
	threshold := o.Number("threshold")
	contradicted, tested, inside, borrowed, any := 0, 0, false, 0, false
	for k := range windows {
		seen, err := s.at(k)
		if err != nil {
			return nil, err
		}
		if seen == nil {
			continue
		}
		p, err := estimate.CBPE(seen.strata, estimate.Options{Level: o.Number("confidence"), Threshold: threshold, Dispersion: o.Number("dispersion")})
		if err != nil {
			return nil, err
		}
		any = true
		inside, borrowed = inside || p.Inside, max(borrowed, p.BorrowedStrata)
		if p.Unseen > 0.05 && windows == 1 {
			said.warning("%.0f %% of the scores are in buckets without labelled rows: the estimate is a guess there, choose a longer baseline", 100*p.Unseen)
		}
		meaning, err := seen.meaning(o.Number("confidence"))
		if err != nil {
			return nil, err
		}
		if !math.IsNaN(meaning.P) {
			tested++
			if meaning.P < (1-o.Number("confidence"))/float64(windows) {
				contradicted++
			}
		}
		for i, name := range names {
			switch name {
			case prevalenceEM:
				e, err := estimate.SaerensBinary(seen.labelled, seen.current, o.Number("confidence"))
				if err != nil {
					return nil, err
				}
				ms[i].points[k] = prevalencePoint(e, 1, windows, said)
			case meaningShift:
				ms[i].points[k] = rankPoint(meaning.Shift)
			case meaningP:
				ms[i].points[k] = valueOnly(meaning.P, meaning.N)
			default:
				e, err := p.Metric(name)
				if err != nil {
					return nil, err
				}
				ms[i].points[k] = rankPoint(e)
				if !e.Defined() && windows == 1 {
					said.info("%s is not defined: %s", name, e.Reason)
				}
			}
		}
	}
	if !any {
		return nil, nil
	}
	if inside {
		said.info("the threshold %g lies inside a bucket of scores: the bounds hold for every order of the rows in it", threshold)
	}
	if borrowed > 0 {
		said.info("%d strata have no labelled rows and were given those of all", borrowed)
	}
	if s.labels[string(profile.Class)] != "" {
		said.info("the model has more than two classes: each is judged against the rest, at the threshold %g", threshold)
	}
	s.judgeMeaning(contradicted, tested, windows, said)
	if !o.Bool("labelled") {
		return ms, nil
	}
	beside, err := s.besides(names, o, windows, said)
	return append(ms, beside...), err
}

// judgeMeaning says what the labels that have arrived say about the assumption.
func (s subject) judgeMeaning(contradicted, tested, windows int, said *notes) {
	name := title(s.labels, labelNames(s.labels))
	switch {
	case tested == 0:
		said.info("no or too few labels have arrived in the window to check the estimate of %s against", name)
	case contradicted > 0 && windows == 1:
		said.warning("the labels that have arrived contradict the estimate of %s: rows with these scores come true at another rate than they did (see meaning_shift)", name)
	case contradicted > 0:
		said.warning("in %d of %d windows the labels that have arrived contradict the estimate of %s: rows with these scores come true at another rate than they did (see meaning_shift)", contradicted, tested, name)
	default:
		said.info("the labels that have arrived do not contradict the estimate of %s", name)
	}
}

// seenWindow is one window of a subject, all in the same buckets.
type seenWindow struct {
	strata   []estimate.Stratum
	labelled classify.Binned // of all strata
	arrived  classify.Binned
	current  []float64
}

// at brings one window of all strata to the same buckets; nil without current or
// labelled rows.
func (s subject) at(k int) (*seenWindow, error) {
	var buckets commonBuckets
	some := false
	for _, part := range s.strata {
		if h, ok := histogramAt(part.current, k); ok && h.Total() > 0 {
			buckets.histogram(h)
			b, labelled := part.labelled.at(k)
			some = some || labelled
			if labelled {
				buckets.binned(b)
			}
			if b, ok := part.arrived.at(k); ok {
				buckets.binned(b)
			}
		}
	}
	if !some {
		return nil, nil
	}
	edges, empty := buckets.edges()
	out := &seenWindow{labelled: empty(), arrived: empty(), current: make([]float64, len(edges)-1)}
	for i, part := range s.strata {
		h, ok := histogramAt(part.current, k)
		if !ok || h.Total() == 0 {
			continue
		}
		current, err := buckets.spread(h)
		if err != nil {
			return nil, err
		}
		reference := empty()
		if b, ok := part.labelled.at(k); ok {
			if err := buckets.add(&reference, b); err != nil {
				return nil, err
			}
		}
		for _, side := range []struct {
			into *classify.Binned
			from *scored
		}{{&out.labelled, part.labelled}, {&out.arrived, part.arrived}} {
			if b, ok := side.from.at(k); ok {
				if err := buckets.add(side.into, b); err != nil {
					return nil, err
				}
			}
		}
		for j, n := range current {
			out.current[j] += n
		}
		out.strata = append(out.strata, estimate.Stratum{Name: strconv.Itoa(i), Reference: reference, Current: current})
	}
	return out, nil
}

// meaning tests the assumption on the labels that have arrived.
func (s *seenWindow) meaning(level float64) (estimate.Meaning, error) {
	if p, n := s.arrived.Totals(); p+n == 0 {
		nan := math.NaN()
		return estimate.Meaning{
			Test:  estimate.Test{Statistic: nan, P: nan},
			Shift: estimate.Estimate{Value: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan},
		}, nil
	}
	return estimate.SameMeaning(s.labelled, s.arrived, level)
}

// besides are the metrics that the labels which arrived in the window show.
func (s subject) besides(names []string, o Options, windows int, said *notes) ([]measure, error) {
	level := o.Number("confidence")
	var ms []measure
	for _, name := range names {
		if !slices.Contains(estimate.Metrics(), name) {
			continue
		}
		m := newMeasure(name, with(s.labels, "basis", "labelled"), windows)
		for k := range windows {
			seen, err := s.at(k)
			if err != nil {
				return nil, err
			}
			if seen == nil {
				continue
			}
			if name == "auc" {
				m.points[k] = rankPoint(seen.arrived.AUC(level))
				continue
			}
			at, exact := seen.arrived.At(o.Number("threshold"))
			if !exact {
				said.info("the threshold %g lies inside a bucket of scores, so what the labels show at it is not known", o.Number("threshold"))
				continue
			}
			c, err := classify.NewConfusion([]string{"rest", "class"}, []float64{at.TN, at.FP, at.FN, at.TP})
			if err != nil {
				return nil, err
			}
			e, err := c.Select(name, classify.Selection{Positive: "class", Level: level})
			if err != nil {
				return nil, err
			}
			m.points[k] = estimatePoint(e)
		}
		ms = append(ms, m)
	}
	return ms, nil
}
