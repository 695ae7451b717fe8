package modelserver

import (
	"slices"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
)

// delayEdges are the buckets of the time until a label, in seconds.
var delayEdges = []float64{900, 1800, 3600, 5400, 7200, 9000, 10800, 14400, 18000, 21600, 28800, 43200, 86400, 172800}

// Server is the instrumentation of one model version in one process.
type Server struct {
	inputs
	process
	segments   []segment // of a classification, one at least
	regression *regression
	qualities  []exporter.Histogram // of a ranking
	answers    *exporter.Value      // predictions of what is no classification
	delay      exporter.Histogram
}

// Prediction is one answer of the model.
type Prediction struct {
	// At is when it was made; zero leaves the features' age out.
	At time.Time
	// Predicted is the class of a classification.
	Predicted int
	// Segment is the index of the segment that asked.
	Segment int
	// Scores has one score per class; a binary model uses the second only.
	Scores []float64
	// Numbers holds the value of each feature of the spec that is numeric (at
	// its index); NaN is missing, an infinity is invalid.
	Numbers []float64
	// Categories holds the index of the category of each categorical feature
	// (at its index); Unknown is any other category.
	Categories []int
	// Unseen marks the features whose category was not in the training data;
	// nil means none.
	Unseen []bool
	// Anomaly is the score of the outlier detector.
	Anomaly float64
	// Seconds is the time the prediction took.
	Seconds float64
}

// Unknown is the index of a category that the spec does not name.
const Unknown = -1

// Outcome is the truth about an earlier prediction.
type Outcome struct {
	// Actual and Predicted are classes, Segment and Scores those of the prediction.
	Actual, Predicted, Segment int
	Scores                     []float64
	// Truth is what a regression should have said, Said what it said.
	Truth, Said float64
	// Qualities are those of a ranked answer.
	Qualities    []float64
	DelaySeconds float64
}

// New makes every series of the spec on a target, with the value 0.
func New(target *exporter.Target, spec Spec) *Server {
	base := append([]string{"model", spec.Model, "version", spec.Version}, spec.Labels...)
	with := func(more ...string) []string { return append(slices.Clone(base), more...) }

	target.Gauge("ml_model_info", with("task", spec.task(), "framework", spec.Framework,
		"trained_at", spec.TrainedAt, "owner", spec.Owner, "runbook_url", spec.Runbook)...).Set(1)
	s := &Server{
		inputs:  newInputs(target, spec, with),
		process: newProcess(target, spec, with),
		delay:   target.Histogram("ml_outcome_delay_seconds", delayEdges, base...),
	}
	switch spec.task() {
	case Classification:
		if len(spec.Segments) == 0 {
			s.segments = []segment{newSegment(target, spec, with)}
		}
		for _, name := range spec.Segments {
			s.segments = append(s.segments, newSegment(target, spec, func(more ...string) []string {
				return with(append(slices.Clone(more), "segment", name)...)
			}))
		}
		return s
	case Regression:
		s.regression = newRegression(target, spec, with)
	case Ranking:
		for _, metric := range spec.Qualities {
			s.qualities = append(s.qualities, target.Histogram("ml_ranking_quality", EqualEdges(20), with("metric", metric)...))
		}
	}
	s.answers = target.Counter("ml_predictions_total", base...)
	return s
}

// Predict counts one prediction.
func (s *Server) Predict(p Prediction) {
	s.process.predict(p)
	s.inputs.predict(p)
	if s.answers != nil {
		s.answers.Add(1)
		return
	}
	s.segments[p.Segment].predict(p)
}

// Label counts the truth about a prediction.
func (s *Server) Label(o Outcome) {
	s.delay.Observe(o.DelaySeconds)
	switch {
	case s.regression != nil:
		s.regression.label(o)
	case s.answers == nil:
		s.segments[o.Segment].label(o)
	}
	for i, h := range s.qualities {
		h.Observe(o.Qualities[i])
	}
}
