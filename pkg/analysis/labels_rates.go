package analysis

import (
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/estimate"
)

// corrected are rates as the labels show them, and corrected for labels that
// arrive more often for some predicted classes.
func (g labelled) corrected(o Options, windows int, said *notes) ([]measure, error) {
	rates := chosenQualities(o.Strings("rates"))
	if len(rates) == 0 || g.outcomes == nil {
		return nil, nil
	}
	if g.predictions == nil {
		said.warning("rates cannot be corrected without predictions by predicted class (ml_predictions_total)")
		return nil, nil
	}
	c, err := confusionsOf(*g.outcomes, windows, said, predictedClasses(g.predictions)...)
	if err != nil {
		return nil, err
	}
	positive := positiveOf(c.classes, o.String("positiveClass"))
	var ms []measure
	for _, rate := range rates {
		selection := classify.Selection{Level: o.Number("confidence")}
		switch {
		case rate.perClass && positive != "":
			selection.Positive = positive
		case rate.perClass && rate.averaged:
			selection.Average = "macro"
		case rate.perClass:
			said.warning("%s is about one class: name it by the option positiveClass, one of %s", rate.name, several(c.classes))
			continue
		}
		seen := newMeasure(rate.name, with(g.labels, "basis", "labelled"), windows)
		corrected := newMeasure(rate.name, with(g.labels, "basis", "corrected"), windows)
		for k := range windows {
			cells, ok := tallyAt(g.predictions, k)
			if !ok || !c.has[k] || c.windows[k].Total() == 0 {
				continue
			}
			e, err := c.windows[k].Select(rate.name, selection)
			if err != nil {
				return nil, err
			}
			seen.points[k] = estimatePoint(e)
			v, err := estimate.Verify(c.windows[k], predictedCounts(g.predictions, cells, c.classes))
			if err != nil {
				return nil, err
			}
			if v.Reason != "" {
				if windows == 1 {
					said.warning("rates cannot be corrected: %s", v.Reason)
				}
				continue
			}
			if e, err = v.Metric(rate.name, selection); err != nil {
				return nil, err
			}
			corrected.points[k] = estimatePoint(e)
		}
		ms = append(ms, seen, corrected)
	}
	if len(ms) > 0 {
		said.info("corrected rates (Begg and Greenes 1983) hold if, among predictions of one class, labels come to all alike")
	}
	return ms, nil
}
