package frames

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// curves makes one frame of points per curve, x first.
//
// For Trend the frame holds every line of the panel, x strictly ascending, with
// the band between the lower and the upper limit. For XY chart each group is a
// frame; points that miss a coordinate are left out, since XY chart draws null
// as zero.
func curves(results []result.Curve) (data.Frames, error) {
	var frames data.Frames
	display := curveNames(results)
	for i, c := range results {
		frame, err := curve(c, display[i])
		if err != nil {
			return nil, err
		}
		if frame != nil {
			frames = append(frames, frame)
		}
	}
	return frames, nil
}

func curve(c result.Curve, display []string) (*data.Frame, error) {
	if len(c.Fields) == 0 {
		return nil, nil
	}
	x := slices.IndexFunc(c.Fields, func(f result.CurveField) bool { return f.Role == result.RoleX })
	if x < 0 {
		return nil, fmt.Errorf("the curve %q has no x", c.Name)
	}
	for _, f := range c.Fields {
		if err := checkLength("the curve field "+f.Name, len(f.Values), len(c.Fields[x].Values)); err != nil {
			return nil, err
		}
	}
	points := pointsOf(c, c.Fields[x].Values)
	if len(points) == 0 {
		return nil, nil
	}
	frame := data.NewFrame(c.Name)
	frame.Meta = metaOf("curve", c.Meta)
	if c.Trend {
		frame.Meta.PreferredVisualizationPluginID = "trend"
	}
	add := func(i int) {
		f := c.Fields[i]
		field := data.NewField(display[i], f.Labels, finite(pick(f.Values, points)))
		field.Config = config(f.Style, display[i])
		if c.Trend {
			trendStyle(field.Config, i, c.Fields, display)
		} else {
			xyStyle(field.Config, f.Role)
		}
		frame.Fields = append(frame.Fields, field)
	}
	add(x)
	for i := range c.Fields {
		if i != x {
			add(i)
		}
	}
	return frame, nil
}

// pointsOf lists the points to draw, by index.
func pointsOf(c result.Curve, x []float64) []int {
	var points []int
	for i := range x {
		if complete(c, i) {
			points = append(points, i)
		}
	}
	if !c.Trend {
		return points
	}
	slices.SortStableFunc(points, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	// Trend refuses a repeated x: of points at one place the last stays, the end of
	// a vertical step.
	kept := points[:0]
	for i, p := range points {
		if i+1 < len(points) && x[points[i+1]] == x[p] {
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

func complete(c result.Curve, i int) bool {
	for _, f := range c.Fields {
		drawn := f.Role == result.RoleX || !c.Trend && (f.Role == result.RoleY || f.Role == result.RoleReference)
		if drawn && (math.IsNaN(f.Values[i]) || math.IsInf(f.Values[i], 0)) {
			return false
		}
	}
	return true
}

func pick(values []float64, points []int) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = values[p]
	}
	return out
}

// curveNames keeps the fields' names where they are unique among the curves of a
// panel and adds the labels that tell them apart where they are not.
func curveNames(results []result.Curve) [][]string {
	sets := map[string][]map[string]string{}
	for _, c := range results {
		for _, f := range c.Fields {
			if f.Role != result.RoleX {
				sets[f.Name] = append(sets[f.Name], f.Labels)
			}
		}
	}
	suffix := map[string][]string{}
	for name, labels := range sets {
		if len(labels) > 1 {
			suffix[name] = names(labels)
		}
	}
	out := make([][]string, len(results))
	for i, c := range results {
		for _, f := range c.Fields {
			name := f.Name
			if rest := suffix[f.Name]; f.Role != result.RoleX && len(rest) > 0 {
				if rest[0] != "" {
					name += " " + rest[0]
				}
				suffix[f.Name] = rest[1:]
			}
			out[i] = append(out[i], name)
		}
	}
	return out
}

func trendStyle(c *data.FieldConfig, i int, fields []result.CurveField, display []string) {
	switch fields[i].Role {
	case result.RoleY:
		c.Custom = map[string]any{"lineWidth": 2, "showPoints": "always", "pointSize": 7}
	case result.RoleLower:
		c.Color = neutralColor
		c.Custom = map[string]any{"lineWidth": 0, "showPoints": "never", "fillOpacity": 0, "hideFrom": hiddenInLegend}
	case result.RoleUpper:
		c.Color = neutralColor
		c.Custom = map[string]any{"lineWidth": 0, "showPoints": "never", "fillOpacity": 15, "hideFrom": hiddenInLegend}
		if lower, ok := partner(fields[i], fields); ok {
			c.Custom["fillBelowTo"] = display[lower]
		}
	case result.RoleReference:
		c.Color = neutralColor
		c.Custom = map[string]any{"lineWidth": 1, "showPoints": "never", "lineStyle": dashed, "fillOpacity": 0}
	case result.RoleExtra:
		c.Custom = map[string]any{"axisPlacement": "hidden", "hideFrom": hiddenInPanel}
	}
}

// partner finds the lower limit that goes with an upper one: the one with the
// same labels.
func partner(upper result.CurveField, fields []result.CurveField) (int, bool) {
	for i, f := range fields {
		if f.Role == result.RoleLower && data.Labels(f.Labels).String() == data.Labels(upper.Labels).String() {
			return i, true
		}
	}
	return 0, false
}

func xyStyle(c *data.FieldConfig, role result.Role) {
	switch role {
	case result.RoleY:
		c.Custom = map[string]any{"show": "lines", "lineWidth": 2}
	case result.RoleLower, result.RoleUpper:
		c.Color = neutralColor
		c.Custom = map[string]any{"show": "lines", "lineWidth": 1, "hideFrom": hiddenInLegend}
	case result.RoleReference:
		c.Color = neutralColor
		c.Custom = map[string]any{"show": "lines", "lineWidth": 1, "lineStyle": dashed}
	case result.RoleExtra:
		c.Custom = map[string]any{"hideFrom": hiddenInPanel}
	}
}
