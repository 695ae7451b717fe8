package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// scored are the scores of labelled predictions of one group in buckets, those of
// one class apart from the rest, one per window.
type scored struct {
	labels map[string]string // holds "class" when the group has several classes to judge
	group  string            // key of the model, version and group
	class  string
	binned []classify.Binned
	has    []bool
}

// scoredRequest reads the scores of labelled predictions, per class that a score
// is of and per class that came true.
func scoredRequest(q *query.Query, w counts.Windows) counts.Request {
	return request(q, profile.OutcomeScore, w, profile.Class, profile.Actual)
}

// scoresOf sorts outcome scores into one against the rest: for a two-class model
// the positive class, with more classes each of them, or the one that is asked for.
func scoresOf(q *query.Query, o Options, d counts.Data, said *notes) ([]scored, error) {
	by := groupLabels(q)
	var order []string
	members := make(map[string][]*counts.HistogramGroup)
	for i := range d.Histograms {
		g := &d.Histograms[i]
		k := key(g.Labels, by)
		if members[k] == nil {
			order = append(order, k)
		}
		members[k] = append(members[k], g)
	}
	var out []scored
	for _, k := range order {
		list := members[k]
		labels := only(list[0].Labels, by)
		judged, many, err := judgedClasses(list, o, said)
		if err != nil {
			return nil, err
		}
		for _, class := range judged {
			s := scored{labels: labels, group: k, class: class}
			if many {
				s.labels = with(labels, string(profile.Class), class)
			}
			if err := s.bin(list, d.Request.Windows.Number, said); err != nil {
				return nil, err
			}
			if slices.Contains(s.has, true) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// judgedClasses are the classes to judge against the rest, and whether they are
// more than the one that the model is about.
func judgedClasses(list []*counts.HistogramGroup, o Options, said *notes) (judged []string, many bool, err error) {
	var classes, actuals []string
	for _, g := range list {
		if c := g.Labels[string(profile.Class)]; c != "" {
			classes = append(classes, c)
		}
		if a := g.Labels[string(profile.Actual)]; a != "" {
			actuals = append(actuals, a)
		}
	}
	classes, actuals = sortedClasses(classes), sortedClasses(actuals)
	if len(actuals) == 0 {
		return nil, false, &query.Error{Field: "analysis", Message: "the outcome scores carry no label for the actual class: export ml_outcome_score with the label actual, or map the label in the data source's profile"}
	}
	all := sortedClasses(append(slices.Clone(classes), actuals...))
	chosen := o.String("class")
	if chosen == "" {
		chosen = o.String("positiveClass")
	}
	if chosen != "" && !slices.Contains(all, chosen) {
		said.warning("class %q does not occur among the scored outcomes, whose classes are %s", chosen, several(all))
		return nil, false, nil
	}
	switch {
	case len(classes) == 0 && chosen != "":
		return []string{chosen}, false, nil // scores without a class are those of the positive class
	case len(classes) == 0:
		p := positiveOf(actuals, "")
		if p == "" {
			said.warning("the outcome scores do not say of which class they are, and the classes %s do not tell which is positive: choose it by the option positiveClass", several(actuals))
			return nil, false, nil
		}
		return []string{p}, false, nil
	case chosen != "" && len(all) <= 2:
		return []string{chosen}, false, nil
	case chosen != "":
		return []string{chosen}, true, nil
	case len(classes) == 1:
		return classes, false, nil
	case len(all) <= 2:
		return []string{positiveOf(all, "")}, false, nil
	}
	return classes, true, nil
}

// bin adds up the histograms of the rows of the class and of the others in every
// window.
func (s *scored) bin(list []*counts.HistogramGroup, windows int, said *notes) error {
	s.binned, s.has = make([]classify.Binned, windows), make([]bool, windows)
	own := func(g *counts.HistogramGroup) bool {
		c := g.Labels[string(profile.Class)]
		return (c == s.class || c == "") && g.Labels[string(profile.Actual)] != ""
	}
	if !slices.ContainsFunc(list, own) {
		said.warning("there are no scores of class %q, only of other classes: export the score of the positive class", s.class)
		return nil
	}
	lost := 0
	for k := range windows {
		var positives, negatives []histogram.Histogram
		for _, g := range list {
			h, ok := histogramAt(g, k)
			if !ok || !own(g) {
				continue
			}
			if g.Labels[string(profile.Actual)] == s.class {
				positives = append(positives, h)
			} else {
				negatives = append(negatives, h)
			}
		}
		if len(positives)+len(negatives) == 0 {
			continue
		}
		b, dropped, err := binned(positives, negatives)
		if err != nil {
			return fmt.Errorf("the outcome scores cannot be read: %w", err)
		}
		lost = max(lost, dropped)
		s.binned[k], s.has[k] = b, true
	}
	if lost > 0 {
		said.info("bucket layouts of the scores differ: only the edges that all share are used, up to %d are lost", lost)
	}
	return nil
}

// binned makes one set of buckets of the scores of both sides. A side without
// histograms is empty.
func binned(positives, negatives []histogram.Histogram) (classify.Binned, int, error) {
	side := func(own, other []histogram.Histogram) (histogram.Histogram, int, error) {
		if len(own) == 0 {
			h := other[0]
			empty := histogram.New(h.Edges, make([]float64, len(h.Counts)))
			empty.Sum = 0
			return empty, 0, nil
		}
		if len(own) == 1 {
			return own[0], 0, nil
		}
		_, lost := histogram.Common(own...)
		h, err := histogram.Merge(own...)
		return h, lost, err
	}
	p, lostP, err := side(positives, negatives)
	if err != nil {
		return classify.Binned{}, 0, err
	}
	n, lostN, err := side(negatives, positives)
	if err != nil {
		return classify.Binned{}, 0, err
	}
	sumP, sumN := p.Sum, n.Sum
	p, n, lost, err := histogram.Align(p, n)
	if err != nil {
		return classify.Binned{}, 0, err
	}
	edges := make([]float64, 0, len(p.Edges)+2)
	edges = append(append(append(edges, math.Inf(-1)), p.Edges...), math.Inf(1))
	lower, upper := closing(p.Edges, p.Counts, n.Counts)
	from, to := 0, len(p.Counts)
	if lower {
		edges[0] = 0
	}
	if upper {
		edges[to] = 1
	}
	// An open bucket that holds nothing only adds a threshold at infinity.
	if math.IsInf(edges[to], 1) && to > 1 && p.Counts[to-1]+n.Counts[to-1] == 0 {
		to--
	}
	if math.IsInf(edges[0], -1) && to > 1 && p.Counts[0]+n.Counts[0] == 0 {
		from++
	}
	b, err := classify.NewBinned(edges[from:to+1], p.Counts[from:to], n.Counts[from:to])
	b.PositiveSum, b.NegativeSum = sumP, sumN
	return b, max(lostP, lostN, lost), err
}

// closing tells whether the open buckets end at 0 and at 1, as those of
// probabilities do: all edges lie between, and nothing is above an edge at 1.
func closing(edges, positives, negatives []float64) (lower, upper bool) {
	if len(edges) == 0 || !probabilityEdges(edges) {
		return false, false
	}
	last := len(edges)
	if edges[last-1] == 1 {
		return edges[0] > 0 && positives[last]+negatives[last] == 0, false
	}
	return edges[0] > 0, true
}

// probabilityEdges tells whether bucket edges lie within [0, 1].
func probabilityEdges(edges []float64) bool {
	return len(edges) > 0 && edges[0] >= 0 && edges[len(edges)-1] <= 1
}

// rankPoint is an estimate from binned scores as a point.
func rankPoint(e classify.RankEstimate) point {
	return point{value: e.Value, lower: e.Lower, upper: e.Upper, least: orNaN(e.BoundLower), most: orNaN(e.BoundUpper), n: e.N}
}

// noScores explains an empty answer of an analysis of outcome scores.
func noScores(q *query.Query, d counts.Data, said *notes) {
	said.missing(q, d)
	said.warning("there are no scored outcomes in the window: labels may not have arrived yet, choose a longer or an earlier time range")
}
