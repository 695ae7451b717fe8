package analysis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

var infinite = math.Inf(1)

// plain is a value without unit or bounds.
var plain = result.Style{Min: math.NaN(), Max: math.NaN()}

// share is a value between 0 and 1 shown in percent.
var share = result.Style{Unit: result.Percent, Min: 0, Max: 1}

// amount is a number of things.
var amount = result.Style{Unit: result.Count, Min: 0, Max: math.NaN()}

// unitless is a statistic with the given bounds, infinite where it has none.
func unitless(lower, upper float64, description string) result.Style {
	return result.Style{Min: orNaN(lower), Max: orNaN(upper), Description: description}
}

func orNaN(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.NaN()
	}
	return x
}

func described(s result.Style, description string) result.Style {
	s.Description = description
	return s
}

var styles = map[string]result.Style{}

// style registers how a metric is shown, under the name in its "metric" label.
func style(metric string, s result.Style) { styles[metric] = s }

// styleOf is how a metric is shown.
func styleOf(metric string) result.Style {
	if s, ok := styles[metric]; ok {
		return s
	}
	return plain
}

func init() {
	for _, m := range classify.MetricNames() {
		s := unitless(m.Lower, m.Upper, m.Help)
		if m.Lower == 0 && m.Upper == 1 {
			s.Unit = result.Percent
		}
		style(m.Name, s)
	}
}
