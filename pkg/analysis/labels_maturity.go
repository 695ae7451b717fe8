package analysis

import (
	"math"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/estimate"
)

// warn says when the windows are too short for coverage and corrected rates: the
// labels that arrive in one are of predictions made in another.
func (g labelled) warn(w counts.Windows, said *notes) {
	h, ok := histogramAt(g.allDelays, 0)
	if !ok || h.Total() == 0 || g.predictions == nil {
		return
	}
	if median, _, _ := h.Quantile(0.5); median > w.Width.Seconds()/4 {
		said.warning("labels of %s take %s on the median, not much less than the window of %s: coverage compares labels with predictions of another time, choose a longer window",
			title(g.labels, labelNames(g.labels)), wordy(median), query.FormatDuration(w.Width))
	}
}

// wordy writes seconds as a duration with about two digits.
func wordy(seconds float64) string {
	digits := func(x float64) string {
		if x >= 10 {
			return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
		}
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	switch {
	case seconds >= 2*86400:
		return digits(seconds/86400) + " days"
	case seconds >= 2*3600:
		return digits(seconds/3600) + " hours"
	case seconds >= 120:
		return digits(seconds/60) + " minutes"
	}
	return digits(seconds) + " seconds"
}

// maturityCurves give the share of the labels that are there at each age.
func maturityCurves(q *query.Query, o Options, d counts.Data, said notes) []result.Result {
	w := d.Request.Windows
	sets := make([]map[string]string, len(d.Histograms))
	for i, g := range d.Histograms {
		sets[i] = known(g.Labels)
	}
	names := varying(sets)
	var out []result.Result
	for i := range d.Histograms {
		h, ok := histogramAt(&d.Histograms[i], 0)
		if !ok || h.Total() == 0 || len(h.Edges) == 0 {
			continue
		}
		points := estimate.MaturityCurve(h, o.Number("confidence"))
		column := func(of func(estimate.Mature) float64) []float64 {
			values := make([]float64, len(points))
			for j, p := range points {
				values[j] = of(p)
			}
			return values
		}
		c := result.Curve{Trend: true, Fields: []result.CurveField{
			{Name: "Age", Role: result.RoleX, Style: described(result.Style{Unit: result.Seconds, Min: 0, Max: math.NaN()}, "age of a prediction"), Values: column(func(p estimate.Mature) float64 { return p.Age })},
			{Name: "Arrived", Role: result.RoleY, Labels: sets[i], Style: described(share, "share of the labels that are there at that age"), Values: column(func(p estimate.Mature) float64 { return p.Share })},
			{Name: "Lower", Role: result.RoleLower, Labels: sets[i], Style: share, Values: column(func(p estimate.Mature) float64 { return p.Lower })},
			{Name: "Upper", Role: result.RoleUpper, Labels: sets[i], Style: share, Values: column(func(p estimate.Mature) float64 { return p.Upper })},
		}}
		own := said
		c.Meta = meta(q, named("Maturity of labels", sets[i], names), w, h.Total(), own)
		c.Custom["labels"] = sets[i]
		out = append(out, c)
	}
	if len(out) == 0 {
		said.missing(q, d)
		said.warning("no labels with a known delay arrived in the window: export ml_outcome_delay_seconds, or choose a longer time range")
		return nothing(q, "Maturity of labels", w, said)
	}
	return out
}
