package frames

import (
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// numbers makes one frame of one row with a labelled field per value (type
// numeric-wide): alert rules take it with no reduce step, Stat draws a tile and
// Bar gauge a bar per field. A missing value is null: that one is "no data" to an
// alert rule and the others are not touched.
func numbers(results []result.Numbers) (data.Frames, error) {
	var sets []map[string]string
	for _, r := range results {
		for _, v := range r.Values {
			sets = append(sets, v.Labels)
		}
	}
	if len(sets) == 0 {
		return nil, nil
	}
	meta := results[0].Meta
	if at := results[0].At; !at.IsZero() {
		meta.Custom = with(meta.Custom, "at", at.UTC().Format(time.RFC3339))
	}
	frame := data.NewFrame(meta.Name)
	frame.Meta = metaOf("numbers", meta)
	display := names(sets)
	unique := labelSet{}
	for _, r := range results {
		for i := range r.Values {
			v := &r.Values[i]
			if err := unique.add(v.Labels); err != nil {
				return nil, err
			}
			name := v.Labels["metric"]
			if name == "" {
				name = "value"
			}
			field := data.NewField(name, v.Labels, known([]float64{v.Value}))
			field.Config = config(v.Style, display[len(frame.Fields)])
			frame.Fields = append(frame.Fields, field)
		}
	}
	return data.Frames{frame}, nil
}

func with(custom map[string]any, name string, value any) map[string]any {
	out := make(map[string]any, len(custom)+1)
	for k, v := range custom {
		out[k] = v
	}
	out[name] = value
	return out
}
