package frames

import (
	"fmt"
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// known points at the values, which it shares; NaN becomes nil. Infinities stay:
// an alert rule on an infinite value has to fire.
func known(values []float64) []*float64 {
	out := make([]*float64, len(values))
	for i := range values {
		if !math.IsNaN(values[i]) {
			out[i] = &values[i]
		}
	}
	return out
}

// finite is known without infinities, which would break a drawn scale.
func finite(values []float64) []*float64 {
	out := known(values)
	for i, v := range out {
		if v != nil && math.IsInf(*v, 0) {
			out[i] = nil
		}
	}
	return out
}

func config(style result.Style, display string) *data.FieldConfig {
	c := &data.FieldConfig{Unit: string(style.Unit), Description: style.Description, DisplayNameFromDS: display}
	// A style that nobody filled in has both limits 0, which is no range either.
	if style.Min != 0 || style.Max != 0 {
		if !math.IsNaN(style.Min) {
			c.SetMin(style.Min)
		}
		if !math.IsNaN(style.Max) {
			c.SetMax(style.Max)
		}
	}
	if style.Decimals != nil && *style.Decimals >= 0 {
		c.SetDecimals(uint16(min(*style.Decimals, math.MaxUint16)))
	}
	return c
}

// timeField is an answer's time axis. The interval lets Time series draw gaps
// and Heatmap size its cells.
func timeField(times []time.Time, interval time.Duration) *data.Field {
	f := data.NewField("time", nil, times)
	if interval > 0 {
		f.Config = &data.FieldConfig{Interval: float64(interval.Milliseconds())}
	}
	return f
}

func checkTimes(times []time.Time) error {
	for i := 1; i < len(times); i++ {
		if !times[i].After(times[i-1]) {
			return fmt.Errorf("the time %s does not come after %s", times[i].Format(time.RFC3339), times[i-1].Format(time.RFC3339))
		}
	}
	return nil
}

func checkLength(what string, got, want int) error {
	if got != want {
		return fmt.Errorf("%s has %d values where %d are due", what, got, want)
	}
	return nil
}

// labelSet finds repeated labels: alert instances are told apart by them alone.
type labelSet map[string]bool

func (s labelSet) add(labels data.Labels) error {
	key := labels.String()
	if s[key] {
		return fmt.Errorf("two values carry the same labels {%s}", key)
	}
	s[key] = true
	return nil
}

// Grafana's names of things inside FieldConfig.Custom and FieldConfig.Color.
var (
	hiddenInLegend = map[string]any{"legend": true, "tooltip": false, "viz": false}
	hiddenInPanel  = map[string]any{"legend": true, "tooltip": false, "viz": true}
	neutralColor   = map[string]any{"mode": "fixed", "fixedColor": "text"}
	dashed         = map[string]any{"fill": "dash", "dash": []int{10, 10}}
)
