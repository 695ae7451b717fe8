package frames

import (
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// table makes one frame of one field per column. Verdicts get their colours and
// gauges their bars here, since neither makes sense without.
func table(t result.Table) (*data.Frame, error) {
	if len(t.Columns) == 0 || rows(t.Columns[0]) == 0 {
		return nil, nil
	}
	frame := data.NewFrame(t.Name)
	frame.Meta = metaOf("table", t.Meta)
	for _, c := range t.Columns {
		if err := checkLength("the column "+c.Name, rows(c), rows(t.Columns[0])); err != nil {
			return nil, err
		}
		frame.Fields = append(frame.Fields, column(c))
	}
	return frame, nil
}

func rows(c result.Column) int { return max(len(c.Texts), len(c.Numbers), len(c.Times)) }

func column(c result.Column) *data.Field {
	var field *data.Field
	switch {
	case c.Numbers != nil:
		field = data.NewField(c.Name, nil, known(c.Numbers))
	case c.Times != nil:
		times := make([]*time.Time, len(c.Times))
		for i := range c.Times {
			if !c.Times[i].IsZero() {
				times[i] = &c.Times[i]
			}
		}
		field = data.NewField(c.Name, nil, times)
	default:
		field = data.NewField(c.Name, nil, c.Texts)
	}
	field.Config = config(c.Style, "")
	if len(c.Colors) > 0 {
		mapper := make(data.ValueMapper, len(c.Colors))
		for text, color := range c.Colors {
			mapper[text] = data.ValueMappingResult{Text: text, Color: color}
		}
		field.Config.Mappings = data.ValueMappings{mapper}
		field.Config.Custom = cell("color-background", "basic")
	}
	if c.Gauge && field.Config.Min != nil && field.Config.Max != nil {
		field.Config.Custom = cell("gauge", "basic")
	}
	return field
}

func cell(kind, mode string) map[string]any {
	return map[string]any{"cellOptions": map[string]any{"type": kind, "mode": mode}}
}
