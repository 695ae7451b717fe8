package modelserver

// Other is the category that stands for all categories beyond the known ones.
const Other = "__other__"

// The tasks of a model. An empty task is a classification.
const (
	Classification = "classification"
	Regression     = "regression"
	Ranking        = "ranking"
)

// Spec describes a model version: what its server exports.
type Spec struct {
	Model, Version string
	// Task is what the model does.
	Task string
	// Framework, TrainedAt, Owner and Runbook become labels of ml_model_info.
	Framework, TrainedAt, Owner, Runbook string
	// Labels are further labels of every series: name, value, name, value...
	Labels []string
	// Classes are the class names of a classification, in the order of indices.
	// The score of a binary model is that of its second class.
	Classes []string
	// ScoreEdges are the upper bounds of score buckets; empty means native
	// histograms.
	ScoreEdges []float64
	// NativeFeatures makes numeric features native histograms.
	NativeFeatures bool
	// Segments are the values of the label segment on the predictions, scores
	// and outcomes of a classification; empty means no such label.
	Segments []string
	// ResidualEdges are the upper bounds of the residuals' buckets of a
	// regression.
	ResidualEdges []float64
	// Qualities are the names of the quality metrics of a ranking, each between
	// 0 and 1.
	Qualities []string
	// AnomalyEdges are the upper bounds of the buckets of the scores of an
	// outlier detector; empty means that there is none.
	AnomalyEdges []float64
	// Products are pairs of numeric features (indices) whose products are summed.
	Products [][2]int
	// Batch tells that predictions are made in batches, GPU that on a GPU.
	Batch, GPU bool
	Features   []Feature
}

// Feature is an input of a model: categorical if it has categories, numeric
// otherwise.
type Feature struct {
	Name string
	// Edges are the bucket bounds of a numeric feature; empty means a native
	// histogram.
	Edges []float64
	// Lowest and Highest are the range of a numeric feature in the training data;
	// both 0 means that it is not known.
	Lowest, Highest float64
	// Categories are the known values of a categorical feature; all others are
	// counted as Other.
	Categories []string
	// Importance is the share of the model's skill that the feature brings; with
	// 0 for every feature none is exported.
	Importance float64
	// Monitored marks what is watched but is no input of the model.
	Monitored bool
}

// Categorical tells whether the feature has categories.
func (f Feature) Categorical() bool { return len(f.Categories) > 0 }

// Binary tells whether the model has two classes, and so one exported score.
func (s Spec) Binary() bool { return len(s.Classes) == 2 }

// task is what the model does, by the name in ml_model_info.
func (s Spec) task() string {
	if s.Task == "" {
		return Classification
	}
	return s.Task
}

// scored lists the indices of the classes whose scores are exported.
func (s Spec) scored() []int {
	if s.Binary() {
		return []int{1}
	}
	all := make([]int, len(s.Classes))
	for i := range all {
		all[i] = i
	}
	return all
}

// EqualEdges are the upper bounds of n equal buckets of [0, 1].
func EqualEdges(n int) []float64 {
	edges := make([]float64, n)
	for i := range edges {
		edges[i] = float64(i+1) / float64(n)
	}
	return edges
}
