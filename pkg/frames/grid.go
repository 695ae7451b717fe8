package frames

import (
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// grid makes one frame for Heatmap (type heatmap-rows): a time field and one
// labelled field per row. Heatmap draws the first field at the bottom, so the
// rows are turned round: the first, the worst, comes out on top. With labels on
// every field, alert rules read the same frame as wide series.
func grid(g result.Grid) (*data.Frame, error) {
	if len(g.Rows) == 0 || len(g.Times) == 0 {
		return nil, nil
	}
	if err := checkTimes(g.Times); err != nil {
		return nil, err
	}
	frame := data.NewFrame(g.Name, timeField(g.Times, g.Interval))
	frame.Meta = metaOf("heatmap", g.Meta)
	sets := make([]map[string]string, len(g.Rows))
	for i, row := range g.Rows {
		sets[i] = row.Labels
	}
	display := names(sets)
	labels, shown := labelSet{}, map[string]bool{}
	for i := len(g.Rows) - 1; i >= 0; i-- {
		row := g.Rows[i]
		name := row.Name
		if name == "" {
			name = display[i]
		}
		if err := checkLength("the row "+name, len(row.Values), len(g.Times)); err != nil {
			return nil, err
		}
		if err := labels.add(row.Labels); err != nil {
			return nil, err
		}
		if shown[name] {
			return nil, fmt.Errorf("two rows are named %q", name)
		}
		shown[name] = true
		field := data.NewField(name, row.Labels, finite(row.Values))
		field.Config = config(row.Style, name)
		frame.Fields = append(frame.Fields, field)
	}
	return frame, nil
}
