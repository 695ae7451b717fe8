package frames

import (
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// series makes one frame per line (type timeseries-multi), which alert rules
// reduce line by line. Time series joins the frames of a panel on time before it
// draws, so the band of an interval, whose limits are lines of their own, is
// drawn from this shape too.
func series(results []result.Series) (data.Frames, error) {
	var sets []map[string]string
	for _, r := range results {
		for _, l := range r.Lines {
			sets = append(sets, l.Labels)
		}
	}
	display := names(sets)
	unique := labelSet{}
	var frames data.Frames
	for _, r := range results {
		if err := checkTimes(r.Times); err != nil {
			return nil, err
		}
		for _, l := range r.Lines {
			if err := checkLength("the line "+l.Name, len(l.Values), len(r.Times)); err != nil {
				return nil, err
			}
			if err := unique.add(l.Labels); err != nil {
				return nil, err
			}
			name := l.Name
			if name == "" {
				name = display[len(frames)]
			}
			field := data.NewField(fieldName(l), l.Labels, known(l.Values))
			field.Config = config(l.Style, name)
			band(field.Config, l)
			frame := data.NewFrame(name, timeField(r.Times, r.Interval), field)
			frame.Meta = metaOf("series", r.Meta)
			frames = append(frames, frame)
		}
	}
	return frames, checkBands(results)
}

func fieldName(l result.Line) string {
	if metric := l.Labels["metric"]; metric != "" {
		return metric
	}
	if l.Name != "" {
		return l.Name
	}
	return "value"
}

// band draws the limits of an interval as an area without an outline.
func band(c *data.FieldConfig, l result.Line) {
	if l.Bound == "" && l.FillBelowTo == "" {
		return
	}
	c.Color = neutralColor
	c.Custom = map[string]any{"lineWidth": 0, "showPoints": "never", "fillOpacity": 0, "hideFrom": hiddenInLegend}
	if l.FillBelowTo != "" {
		c.Custom["fillBelowTo"] = l.FillBelowTo
		c.Custom["fillOpacity"] = 15
	}
}

// checkBands looks for bands that end nowhere: Grafana would draw none.
func checkBands(results []result.Series) error {
	found := map[string]bool{}
	for _, r := range results {
		for _, l := range r.Lines {
			found[l.Name] = true
		}
	}
	for _, r := range results {
		for _, l := range r.Lines {
			if l.FillBelowTo != "" && !found[l.FillBelowTo] {
				return fmt.Errorf("the line %q fills the area down to %q, which is no line", l.Name, l.FillBelowTo)
			}
		}
	}
	return nil
}
