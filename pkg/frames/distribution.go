package frames

import (
	"math"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// distribution makes one frame for Bar chart: the intervals as text, since
// Histogram draws unequal buckets wrongly, and the shares. What is not drawn
// (the difference, the limits, the counts) stays readable in the tooltip.
func distribution(d result.Distribution) (*data.Frame, error) {
	if len(d.Intervals) == 0 {
		return nil, nil
	}
	for _, part := range []struct {
		what   string
		values []float64
		must   bool
	}{
		{"the current distribution", d.Current, true},
		{"the baseline distribution", d.Baseline, d.Baseline != nil},
		{"the lower limits", d.Lower, d.Lower != nil},
		{"the upper limits", d.Upper, d.Upper != nil},
		{"the current counts", d.CurrentCounts, d.CurrentCounts != nil},
		{"the baseline counts", d.BaselineCounts, d.BaselineCounts != nil},
	} {
		if part.must {
			if err := checkLength(part.what, len(part.values), len(d.Intervals)); err != nil {
				return nil, err
			}
		}
	}
	if d.Density && d.Lower != nil && d.Upper != nil {
		return density(d), nil
	}
	frame := data.NewFrame(d.Name, data.NewField("interval", nil, d.Intervals))
	frame.Meta = metaOf("distribution", d.Meta)
	add := func(name string, values []float64, style result.Style, hidden bool) {
		if values == nil {
			return
		}
		field := data.NewField(name, d.Labels, finite(values))
		field.Config = config(style, name)
		if hidden {
			field.Config.Custom = map[string]any{"hideFrom": hiddenInPanel}
		}
		frame.Fields = append(frame.Fields, field)
	}
	share := result.Style{Unit: result.Percent, Min: 0, Max: math.NaN()}
	unbounded := result.Style{Min: math.NaN(), Max: math.NaN()}
	count := result.Style{Unit: result.Count, Min: 0, Max: math.NaN()}
	add("baseline", d.Baseline, share, false)
	add("current", d.Current, share, false)
	if d.Baseline != nil {
		change := result.Style{Unit: result.Percent, Min: math.NaN(), Max: math.NaN(), Description: "Current share minus baseline share."}
		add("difference", minus(d.Current, d.Baseline), change, true)
	}
	add("lower", d.Lower, unbounded, true)
	add("upper", d.Upper, unbounded, true)
	add("baseline count", d.BaselineCounts, count, true)
	add("current count", d.CurrentCounts, count, true)
	return frame, nil
}

func minus(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

// density makes one frame for Trend: share per unit of the value, in steps. The
// open-ended buckets have no width and are left out.
func density(d result.Distribution) *data.Frame {
	var x []float64
	var bounded []int
	for i := range d.Intervals {
		if width := d.Upper[i] - d.Lower[i]; width > 0 && !math.IsInf(width, 0) {
			bounded = append(bounded, i)
			x = append(x, d.Lower[i])
		}
	}
	if len(bounded) == 0 {
		return nil
	}
	// The last step needs an end.
	x = append(x, d.Upper[bounded[len(bounded)-1]])
	frame := data.NewFrame(d.Name)
	frame.Meta = metaOf("distribution", d.Meta)
	frame.Meta.PreferredVisualizationPluginID = "trend"
	edge := data.NewField("value", nil, finite(x))
	edge.Config = config(result.Style{Min: math.NaN(), Max: math.NaN()}, "value")
	frame.Fields = append(frame.Fields, edge)
	for _, part := range []struct {
		name   string
		shares []float64
	}{{"baseline", d.Baseline}, {"current", d.Current}} {
		if part.shares == nil {
			continue
		}
		heights := make([]float64, 0, len(x))
		for _, i := range bounded {
			heights = append(heights, part.shares[i]/(d.Upper[i]-d.Lower[i]))
		}
		heights = append(heights, heights[len(heights)-1])
		field := data.NewField(part.name, d.Labels, finite(heights))
		field.Config = config(result.Style{Min: 0, Max: math.NaN(), Description: "Share per unit of the value; open-ended buckets are left out."}, part.name)
		field.Config.Custom = map[string]any{"lineInterpolation": "stepAfter", "showPoints": "never", "fillOpacity": 10}
		frame.Fields = append(frame.Fields, field)
	}
	return frame
}
