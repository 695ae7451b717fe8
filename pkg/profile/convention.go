package profile

// Type is the kind of Prometheus metric that a role is.
type Type string

// The metric types. A Static metric is a histogram or counter whose values are
// not increments over time but constants that ship with a model.
const (
	Counter         Type = "counter"
	Gauge           Type = "gauge"
	Histogram       Type = "histogram"
	StaticCounter   Type = "static counter"
	StaticHistogram Type = "static histogram"
)

// Role names what a metric is for, independent of what it is called.
type Role string

// The roles of the convention.
const (
	ModelInfo             Role = "modelInfo"
	Predictions           Role = "predictions"
	PredictionDuration    Role = "predictionDuration"
	PredictionsInFlight   Role = "predictionsInFlight"
	PredictionErrors      Role = "predictionErrors"
	Score                 Role = "score"
	Outcomes              Role = "outcomes"
	OutcomeScore          Role = "outcomeScore"
	OutcomeDelay          Role = "outcomeDelay"
	ScoreSquaredSum       Role = "scoreSquaredSum"
	LogLossSum            Role = "logLossSum"
	FeatureValue          Role = "featureValue"
	FeatureSquaredSum     Role = "featureSquaredSum"
	FeatureCategory       Role = "featureCategory"
	FeatureObservations   Role = "featureObservations"
	FeatureMissing        Role = "featureMissing"
	FeatureInvalid        Role = "featureInvalid"
	FeatureOutOfRange     Role = "featureOutOfRange"
	FeatureUnseen         Role = "featureUnseenCategory"
	FeatureLastObserved   Role = "featureLastObserved"
	FeatureImportance     Role = "featureImportance"
	Features              Role = "features"
	FeatureProductSum     Role = "featureProductSum"
	AnomalyScore          Role = "anomalyScore"
	Residual              Role = "residual"
	AbsoluteErrorSum      Role = "absoluteErrorSum"
	SquaredErrorSum       Role = "squaredErrorSum"
	AbsolutePctErrorSum   Role = "absolutePercentageErrorSum"
	ActualSum             Role = "actualSum"
	ActualSquaredSum      Role = "actualSquaredSum"
	RegressionOutcomes    Role = "regressionOutcomes"
	RankingQuality        Role = "rankingQuality"
	BatchDuration         Role = "batchDuration"
	BatchSize             Role = "batchSize"
	QueueDepth            Role = "queueDepth"
	MemoryBytes           Role = "memoryBytes"
	GPUUtilization        Role = "gpuUtilization"
	EventTimestamp        Role = "eventTimestamp"
	ReferenceFeatureValue Role = "referenceFeatureValue"
	ReferenceCategory     Role = "referenceFeatureCategory"
	ReferenceScore        Role = "referenceScore"
	ReferenceOutcomeScore Role = "referenceOutcomeScore"
	ReferenceOutcomes     Role = "referenceOutcomes"
)

// Label names what a label is for, independent of what it is called.
type Label string

// The labels of the convention.
const (
	Model     Label = "model"
	Version   Label = "version"
	Feature   Label = "feature"
	Category  Label = "category"
	Class     Label = "class"
	Actual    Label = "actual"
	Predicted Label = "predicted"
	Reference Label = "reference"
	Task      Label = "task"
	Owner     Label = "owner"
)

// RoleInfo describes a role.
type RoleInfo struct {
	Role   Role
	Type   Type
	Metric string // the name in the convention
	Help   string
}

// LabelInfo describes a label.
type LabelInfo struct {
	Label Label
	Help  string
}

// Roles lists every role of the convention, in the order of the documentation.
func Roles() []RoleInfo { return roles }

// Labels lists every label of the convention.
func Labels() []LabelInfo { return labels }

var labels = []LabelInfo{
	{Model, "the model's name"},
	{Version, "the model's version"},
	{Feature, "the name of an input feature"},
	{Category, "a value of a categorical feature"},
	{Class, "the class that a score belongs to"},
	{Actual, "the true class of an outcome"},
	{Predicted, "the predicted class"},
	{Reference, "the name of a reference that ships with the model"},
	{Task, "classification, regression or ranking"},
	{Owner, "the team that owns the model"},
}

var roles = []RoleInfo{
	{ModelInfo, Gauge, "ml_model_info", "1 per running model version, with its task, owner and framework as labels"},
	{Predictions, Counter, "ml_predictions_total", "predictions made, by predicted class"},
	{PredictionDuration, Histogram, "ml_prediction_duration_seconds", "time taken per prediction"},
	{PredictionsInFlight, Gauge, "ml_predictions_in_flight", "predictions being computed now"},
	{PredictionErrors, Counter, "ml_prediction_errors_total", "failed predictions, by type and severity"},
	{Score, Histogram, "ml_score", "predicted scores, by class"},
	{Outcomes, Counter, "ml_outcomes_total", "labelled predictions, by actual and predicted class"},
	{OutcomeScore, Histogram, "ml_outcome_score", "scores of labelled predictions, by actual class"},
	{OutcomeDelay, Histogram, "ml_outcome_delay_seconds", "time from prediction to label"},
	{ScoreSquaredSum, Counter, "ml_score_squared_sum_total", "sum of squared scores of labelled predictions, by actual class"},
	{LogLossSum, Counter, "ml_log_loss_sum_total", "sum of log losses of labelled predictions, by actual class"},
	{FeatureValue, Histogram, "ml_feature_value", "values of numeric features"},
	{FeatureSquaredSum, Counter, "ml_feature_squared_sum_total", "sum of squared feature values"},
	{FeatureCategory, Counter, "ml_feature_category_total", "values of categorical features"},
	{FeatureObservations, Counter, "ml_feature_observations_total", "observations per feature, missing ones included"},
	{FeatureMissing, Counter, "ml_feature_missing_total", "missing values per feature"},
	{FeatureInvalid, Counter, "ml_feature_invalid_total", "invalid values per feature"},
	{FeatureOutOfRange, Counter, "ml_feature_out_of_range_total", "values outside the training range, per feature"},
	{FeatureUnseen, Counter, "ml_feature_unseen_category_total", "categories not seen in training, per feature"},
	{FeatureLastObserved, Gauge, "ml_feature_last_observed_timestamp_seconds", "when a feature was last observed"},
	{FeatureImportance, Gauge, "ml_feature_importance", "importance per feature"},
	{Features, Gauge, "ml_features", "number of active features"},
	{FeatureProductSum, Counter, "ml_feature_product_sum_total", "sum of products of two features"},
	{AnomalyScore, Histogram, "ml_anomaly_score", "scores of an outlier detector in the model server"},
	{Residual, Histogram, "ml_residual", "actual minus predicted value"},
	{AbsoluteErrorSum, Counter, "ml_absolute_error_sum_total", "sum of absolute errors"},
	{SquaredErrorSum, Counter, "ml_squared_error_sum_total", "sum of squared errors"},
	{AbsolutePctErrorSum, Counter, "ml_absolute_percentage_error_sum_total", "sum of absolute percentage errors"},
	{ActualSum, Counter, "ml_actual_sum_total", "sum of actual values"},
	{ActualSquaredSum, Counter, "ml_actual_squared_sum_total", "sum of squared actual values"},
	{RegressionOutcomes, Counter, "ml_regression_outcomes_total", "labelled regression predictions"},
	{RankingQuality, Histogram, "ml_ranking_quality", "ranking quality per query, by metric"},
	{BatchDuration, Histogram, "ml_batch_duration_seconds", "time taken per batch"},
	{BatchSize, Histogram, "ml_batch_size", "rows per batch"},
	{QueueDepth, Gauge, "ml_queue_depth", "requests waiting"},
	{MemoryBytes, Gauge, "ml_memory_bytes", "memory in use"},
	{GPUUtilization, Gauge, "ml_gpu_utilization_ratio", "share of GPU time in use"},
	{EventTimestamp, Gauge, "ml_event_timestamp_seconds", "when something happened, by kind and title"},
	{ReferenceFeatureValue, StaticHistogram, "ml_reference_feature_value", "the reference's feature values"},
	{ReferenceCategory, StaticCounter, "ml_reference_feature_category_total", "the reference's categories"},
	{ReferenceScore, StaticHistogram, "ml_reference_score", "the reference's scores"},
	{ReferenceOutcomeScore, StaticHistogram, "ml_reference_outcome_score", "the reference's scores by actual class"},
	{ReferenceOutcomes, StaticCounter, "ml_reference_outcomes_total", "the reference's outcomes"},
}
