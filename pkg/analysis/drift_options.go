package analysis

import (
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

// driftOptions are the options of drift; the methods come from the table of the statistics.
func driftOptions() []Option {
	methods := drift.Methods()
	var enum []EnumValue
	categorical := []EnumValue{{Value: "", Label: "As for numbers, or chi-square", Description: "the same method where it compares categories, else chi-square"}}
	for _, m := range methods {
		value := EnumValue{Value: string(m.Name), Label: m.Title, Description: m.Help}
		if m.Numeric {
			enum = append(enum, value)
		}
		if m.Categorical {
			categorical = append(categorical, value)
		}
	}
	overTime := []query.Format{query.FormatHeatmap, query.FormatSeries, query.FormatNumbers}
	return []Option{
		{Name: "method", Type: TypeEnum, Title: "Method", Default: string(drift.PSI), Enum: enum, Help: "The distance or test."},
		{Name: "tolerated", Type: TypeNumber, Title: "Tolerated", Min: at(0), Help: "The largest drift that is of no concern; left empty or 0, the method's customary limit (0.1)."},
		featuresOption(),
		{
			Name: "of", Type: TypeEnum, Title: "Drift of", Default: ofFeatures, Help: "What to compare.",
			Enum: choices(
				ofFeatures, "Features", "numeric and categorical features",
				ofScores, "Scores", "the predicted scores, per class",
				ofPredictions, "Predicted classes", "the shares of the predicted classes",
				ofAll, "All of these", "features, scores and predicted classes",
			),
		},
		topOption("Rows", "Show the features that drifted most; 0 shows all.", 50, query.FormatHeatmap, query.FormatTable, query.FormatSeries),
		{
			Name: "show", Type: TypeEnum, Title: "Show", Default: "value", Formats: overTime, Help: "What is drawn per feature.",
			Enum: choices(
				"value", "Drift", "the distance, less what noise alone adds where that is known",
				"lower", "Lower limit", "what drift there is at least, at the confidence: only certain drift shows",
				"adjusted_p_value", "Adjusted p-value", "of the drift being within the tolerated effect",
				"drifted_share", "Share of features drifted", "one value for all features",
			),
		},
		intervalOption(query.FormatSeries, query.FormatNumbers),
		boundsOption(query.FormatSeries, query.FormatNumbers),
		confidenceOption(),
		{
			Name: "adjust", Type: TypeEnum, Title: "Adjustment", Default: "bh", Advanced: true,
			Help: "How p-values and verdicts are adjusted for looking at many features at once.",
			Enum: choices(
				"bh", "Benjamini-Hochberg", "bounds the share of false ones among the features called drifted",
				"by", "Benjamini-Yekutieli", "the same under any dependence between features",
				"holm", "Holm", "bounds the chance of even one false drift",
				"none", "None", "each feature on its own",
			),
		},
		{Name: "insufficient", Type: TypeEnum, Title: "With too few data", Default: "hide", Formats: overTime, Advanced: true,
			Help: "What to draw where noise alone could reach the tolerated drift.",
			Enum: choices("hide", "Leave empty", "no value rather than noise", "show", "Show", "the value as it is"),
		},
		{Name: "importance", Type: TypeBoolean, Title: "Weigh by importance", Default: false, Formats: []query.Format{query.FormatTable, query.FormatSeries, query.FormatNumbers},
			Help: "Read ml_feature_importance and give the mean drift weighted by it."},
		{Name: "categoricalMethod", Type: TypeEnum, Title: "Method for categories", Default: "", Enum: categorical, Advanced: true, Help: "The method for categorical features and predicted classes."},
		{Name: "bins", Type: TypeInteger, Title: "Most buckets", Default: 30.0, Min: at(2), Max: at(1000), Advanced: true,
			Help: "Finer histograms are merged to about this many buckets of equal mass in the baseline, for the methods whose noise grows with the buckets."},
		{Name: "smoothing", Type: TypeNumber, Title: "Smoothing", Default: 0.5, Min: at(0.000001), Max: at(100), Advanced: true,
			Help: "Count added to every bucket by methods that cannot bear an empty one; 0.5 is Jeffreys' prior."},
		{Name: "base", Type: TypeEnum, Title: "Base of the logarithm", Default: "2", Advanced: true, Help: "Of the Jensen-Shannon distance.",
			Enum: choices("2", "2", "the distance lies between 0 and 1", "e", "e", "natural logarithm: up to 0.83")},
		{Name: "scale", Type: TypeEnum, Title: "Distance in units of", Default: "std", Advanced: true, Help: "What the Wasserstein and energy distances are divided by.",
			Enum: choices("std", "Standard deviation", "of the baseline", "iqr", "Interquartile range", "of the baseline", "none", "The feature's own unit", "not divided")},
		{Name: "dispersion", Type: TypeNumber, Title: "Dispersion", Default: 1.0, Min: at(1), Max: at(1000), Advanced: true,
			Help: "By how much counts vary more than independent observations would, because they come in clusters (users, batches): sample sizes are divided by it."},
		compatibilityOption(),
	}
}
