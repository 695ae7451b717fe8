package analysis

import "github.com/mlmonitor/mlmonitor-datasource/pkg/query"

// Options that several analyses share, so that one thing has one name, one help
// and one default everywhere.

func at(x float64) *float64 { return &x }

func confidenceOption() Option {
	return Option{
		Name: "confidence", Type: TypeNumber, Title: "Confidence", Default: 0.95, Min: at(0.5), Max: at(0.9999), Advanced: true,
		Help: "Level of the sampling intervals and of the verdicts.",
	}
}

func intervalOption(formats ...query.Format) Option {
	return Option{
		Name: "interval", Type: TypeBoolean, Title: "Interval", Default: false, Formats: formats,
		Help: "Give the limits of the sampling interval beside each value, labelled bound=lower and bound=upper.",
	}
}

func boundsOption(formats ...query.Format) Option {
	return Option{
		Name: "bounds", Type: TypeBoolean, Title: "Bucket bounds", Default: false, Formats: formats, Advanced: true,
		Help: "Give the hard bounds that the buckets leave beside each value, labelled bound=hard_lower and bound=hard_upper.",
	}
}

func positiveClassOption() Option {
	return Option{
		Name: "positiveClass", Type: TypeString, Title: "Positive class", Values: "classes",
		Help: "The class that a two-class model looks for. Left empty, it is the one called 1, true, yes or positive, else the last by name.",
	}
}

func classOption() Option {
	return Option{
		Name: "class", Type: TypeString, Title: "Class", Values: "classes",
		Help: "The class to judge against the rest. Left empty, it is the positive class of a two-class model; with more classes each is judged against the rest.",
	}
}

func featuresOption() Option {
	return Option{
		Name: "features", Type: TypeStrings, Title: "Features", Values: "features",
		Help: "The features to look at; none means all.",
	}
}

func topOption(title, help string, standard float64, formats ...query.Format) Option {
	return Option{Name: "top", Type: TypeInteger, Title: title, Help: help, Default: standard, Min: at(0), Max: at(10000), Formats: formats}
}

func choices(pairs ...string) []EnumValue {
	var out []EnumValue
	for i := 0; i+2 < len(pairs); i += 3 {
		out = append(out, EnumValue{Value: pairs[i], Label: pairs[i+1], Description: pairs[i+2]})
	}
	return out
}

// The formats, as the editor describes them.
var (
	asSeries       = FormatInfo{Name: query.FormatSeries, Title: "Time series", Panel: "timeseries", Alerting: true}
	asNumbers      = FormatInfo{Name: query.FormatNumbers, Title: "Numbers (stat, alert)", Panel: "stat", Alerting: true}
	asTable        = FormatInfo{Name: query.FormatTable, Title: "Table", Panel: "table"}
	asHeatmap      = FormatInfo{Name: query.FormatHeatmap, Title: "Heatmap", Panel: "heatmap", Alerting: true}
	asMatrix       = FormatInfo{Name: query.FormatMatrix, Title: "Matrix", Panel: "table"}
	asDistribution = FormatInfo{Name: query.FormatDistribution, Title: "Distribution", Panel: "barchart"}
	asTrend        = FormatInfo{Name: query.FormatCurve, Title: "Curve", Panel: "trend"}
	asXY           = FormatInfo{Name: query.FormatCurve, Title: "Curve", Panel: "xychart"}
	asEvents       = FormatInfo{Name: query.FormatEvents, Title: "Annotations", Panel: "table"}
)

// named is a format under another title.
func (f FormatInfo) named(title string) FormatInfo {
	f.Title = title
	return f
}
