package modelserver

// Other is the category that stands for all categories beyond the known ones.
const Other = "__other__"

// Spec describes a model version: what its server exports.
type Spec struct {
	Model, Version string
	// Framework, TrainedAt, Owner and Runbook become labels of ml_model_info.
	Framework, TrainedAt, Owner, Runbook string
	// Labels are further labels of every series: name, value, name, value...
	Labels []string
	// Classes are the class names, in the order of indices. The score of a
	// binary model is that of its second class.
	Classes []string
	// ScoreEdges are the upper bounds of score buckets; empty means native
	// histograms.
	ScoreEdges []float64
	Features   []Feature
}

// Feature is an input of a model: categorical if it has categories, numeric
// otherwise.
type Feature struct {
	Name string
	// Edges are the bucket bounds of a numeric feature; empty means a native
	// histogram.
	Edges []float64
	// Categories are the known values of a categorical feature; all others are
	// counted as Other.
	Categories []string
	// Monitored marks what is watched but is no input of the model.
	Monitored bool
}

// Categorical tells whether the feature has categories.
func (f Feature) Categorical() bool { return len(f.Categories) > 0 }

// Binary tells whether the model has two classes, and so one exported score.
func (s Spec) Binary() bool { return len(s.Classes) == 2 }

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
