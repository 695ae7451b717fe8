package frames

import (
	"math"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// cellWidth lets a matrix of ten columns fit a panel of half a screen; Table's
// own smallest width is two and a half times as wide.
const cellWidth = 60

// matrix makes one frame for Table: a column of row names and one coloured
// column of numbers per name. All columns share one colour range, or Table would
// stretch the colours column by column.
func matrix(m result.Matrix) (*data.Frame, error) {
	if len(m.Rows) == 0 || len(m.Columns) == 0 {
		return nil, nil
	}
	if err := checkLength("the matrix", len(m.Values), len(m.Rows)*len(m.Columns)); err != nil {
		return nil, err
	}
	head := data.NewField(m.Corner, nil, m.Rows)
	head.Config = &data.FieldConfig{Custom: map[string]any{"minWidth": 2 * cellWidth}}
	frame := data.NewFrame(m.Name, head)
	frame.Meta = metaOf("matrix", m.Meta)
	style := ranged(m)
	for c, name := range m.Columns {
		values := make([]float64, len(m.Rows))
		for r := range m.Rows {
			values[r] = m.Values[r*len(m.Columns)+c]
		}
		field := data.NewField(name, nil, finite(values))
		field.Config = config(style, name)
		field.Config.Color = map[string]any{"mode": palette(m)}
		field.Config.Custom = cell("color-background", "basic")
		field.Config.Custom["minWidth"] = cellWidth
		field.Config.Custom["align"] = "center"
		frame.Fields = append(frame.Fields, field)
	}
	return frame, nil
}

func palette(m result.Matrix) string {
	if m.Diverging {
		return "continuous-BlYlRd"
	}
	return "continuous-blues"
}

// ranged fills in the limits that the statistic does not have by itself: from
// zero to the largest value, or as far below zero as above.
func ranged(m result.Matrix) result.Style {
	style := m.Style
	largest := 0.0
	for _, v := range m.Values {
		if a := math.Abs(v); a > largest && !math.IsInf(a, 0) {
			largest = a
		}
	}
	if largest == 0 {
		largest = 1
	}
	unset := style.Min == 0 && style.Max == 0
	if unset || math.IsNaN(style.Min) {
		style.Min = 0
		if m.Diverging {
			style.Min = -largest
		}
	}
	if unset || math.IsNaN(style.Max) {
		style.Max = largest
	}
	return style
}
