package analysis

import (
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/estimate"
)

// prevalencePoint is the share of class i, and says where the data contradict
// what the method assumes.
func prevalencePoint(p estimate.Prevalence, i, windows int, said *notes) point {
	if i >= len(p.Shares) {
		return absent()
	}
	if windows == 1 && p.Fit.P < 0.01 {
		said.warning("the scores now are no mix of those of the labelled classes (p = %.2g): not only the class shares have changed, so the prevalence under label shift is wrong", p.Fit.P)
	}
	if e := p.Shares[i]; !e.Defined() && windows == 1 {
		said.info("the prevalence under label shift is not defined: %s", e.Reason)
	}
	return estimatePoint(p.Shares[i])
}

// bbseMeasures are the class shares under label shift from predicted classes.
func bbseMeasures(q *query.Query, o Options, predictions, outcomes counts.Data, said *notes) ([]measure, error) {
	windows := predictions.Request.Windows.Number
	var ms []measure
	own := *q
	for _, p := range pair(&own, predictions.Request.By, predictions.Tallies, outcomes.Tallies, tallyLabels, said) {
		if p.current == nil || p.baseline == nil {
			continue
		}
		reference, err := confusionsOf(*p.baseline, tallyWindows(p.baseline), said, predictedClasses(p.current)...)
		if err != nil {
			return nil, err
		}
		of := make([]measure, len(reference.classes))
		for i, class := range reference.classes {
			of[i] = newMeasure(prevalenceBBSE, with(p.labels, string(profile.Class), class, "basis", "estimated"), windows)
		}
		for k := range windows {
			cells, ok := tallyAt(p.current, k)
			at := min(k, len(reference.has)-1)
			if !ok || total(cells) == 0 || at < 0 || !reference.has[at] || reference.windows[at].Total() == 0 {
				continue
			}
			e, err := estimate.BBSE(reference.windows[at], predictedCounts(p.current, cells, reference.classes), o.Number("confidence"))
			if err != nil {
				return nil, err
			}
			for i := range of {
				of[i].points[k] = prevalencePoint(e, i, windows, said)
			}
		}
		ms = append(ms, of...)
	}
	return ms, nil
}

// predictedClasses are the classes of a tally over the predicted class alone.
func predictedClasses(g *counts.TallyGroup) []string {
	var out []string
	for _, k := range g.Keys {
		if k[0] != "" {
			out = append(out, k[0])
		}
	}
	return out
}

// predictedCounts puts a tally's cells into the order of the classes.
func predictedCounts(g *counts.TallyGroup, cells []float64, classes []string) []float64 {
	out := make([]float64, len(classes))
	for i, k := range g.Keys {
		if j := slices.Index(classes, k[0]); j >= 0 && cells[i] > 0 {
			out[j] += cells[i]
		}
	}
	return out
}
