package modelserver

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
)

// Buckets of the times a model server takes and waits, in seconds.
var (
	durationEdges = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1}
	delayEdges    = []float64{900, 1800, 3600, 5400, 7200, 9000, 10800, 14400, 18000, 21600, 28800, 43200, 86400, 172800}
)

// Server is the instrumentation of one model version in one process.
type Server struct {
	spec        Spec
	predictions []*exporter.Value
	duration    exporter.Histogram
	scores      []exporter.Histogram // per scored class
	features    []feature
	outcomes    [][]*exporter.Value    // actual × predicted
	outcome     [][]exporter.Histogram // actual × scored class
	delay       exporter.Histogram
	squared     []*exporter.Value // per actual
	logLoss     []*exporter.Value
	scored      []int
}

type feature struct {
	observations, missing *exporter.Value
	values                exporter.Histogram
	categories            []*exporter.Value // one more than the spec's: Other
	unseen                *exporter.Value
}

// Prediction is one answer of the model.
type Prediction struct {
	Predicted int
	// Scores has one score per class; a binary model uses the second only.
	Scores []float64
	// Numbers holds the value of each feature of the spec that is numeric (at
	// its index); NaN is missing.
	Numbers []float64
	// Categories holds the index of the category of each categorical feature
	// (at its index); Unknown is any other category.
	Categories []int
	// Unseen marks the features whose category was not in the training data;
	// nil means none.
	Unseen []bool
	// Seconds is the time the prediction took.
	Seconds float64
}

// Unknown is the index of a category that the spec does not name.
const Unknown = -1

// Outcome is the truth about an earlier prediction.
type Outcome struct {
	Actual, Predicted int
	Scores            []float64
	DelaySeconds      float64
}

// New makes every series of the spec on a target, with the value 0.
func New(target *exporter.Target, spec Spec) *Server {
	s := &Server{spec: spec, scored: spec.scored()}
	base := append([]string{"model", spec.Model, "version", spec.Version}, spec.Labels...)
	with := func(more ...string) []string { return append(slices.Clone(base), more...) }

	target.Gauge("ml_model_info", with("task", "classification", "framework", spec.Framework,
		"trained_at", spec.TrainedAt, "owner", spec.Owner, "runbook_url", spec.Runbook)...).Set(1)
	inputs := 0
	for _, f := range spec.Features {
		if !f.Monitored {
			inputs++
		}
	}
	target.Gauge("ml_features", base...).Set(float64(inputs))

	scoreHistogram := func(name string, labels []string) exporter.Histogram {
		if len(spec.ScoreEdges) == 0 {
			return target.NativeHistogram(name, labels...)
		}
		return target.Histogram(name, spec.ScoreEdges, labels...)
	}
	for _, class := range spec.Classes {
		s.predictions = append(s.predictions, target.Counter("ml_predictions_total", with("predicted", class)...))
	}
	s.duration = target.Histogram("ml_prediction_duration_seconds", durationEdges, base...)
	for _, c := range s.scored {
		s.scores = append(s.scores, scoreHistogram("ml_score", with("class", spec.Classes[c])))
	}
	for _, f := range spec.Features {
		labels := with("feature", f.Name)
		made := feature{
			observations: target.Counter("ml_feature_observations_total", labels...),
			missing:      target.Counter("ml_feature_missing_total", labels...),
		}
		switch {
		case f.Categorical():
			made.unseen = target.Counter("ml_feature_unseen_category_total", labels...)
			for _, category := range append(slices.Clone(f.Categories), Other) {
				made.categories = append(made.categories, target.Counter("ml_feature_category_total", with("feature", f.Name, "category", category)...))
			}
		case len(f.Edges) > 0:
			made.values = target.Histogram("ml_feature_value", f.Edges, labels...)
		default:
			made.values = target.NativeHistogram("ml_feature_value", labels...)
		}
		s.features = append(s.features, made)
	}
	for _, actual := range spec.Classes {
		var cells []*exporter.Value
		for _, predicted := range spec.Classes {
			cells = append(cells, target.Counter("ml_outcomes_total", with("actual", actual, "predicted", predicted)...))
		}
		s.outcomes = append(s.outcomes, cells)
		var scores []exporter.Histogram
		for _, c := range s.scored {
			scores = append(scores, scoreHistogram("ml_outcome_score", with("actual", actual, "class", spec.Classes[c])))
		}
		s.outcome = append(s.outcome, scores)
		s.squared = append(s.squared, target.Counter("ml_score_squared_sum_total", with("actual", actual)...))
		s.logLoss = append(s.logLoss, target.Counter("ml_log_loss_sum_total", with("actual", actual)...))
	}
	s.delay = target.Histogram("ml_outcome_delay_seconds", delayEdges, base...)
	return s
}

// Predict counts one prediction.
func (s *Server) Predict(p Prediction) {
	s.predictions[p.Predicted].Add(1)
	s.duration.Observe(p.Seconds)
	for i, c := range s.scored {
		s.scores[i].Observe(p.Scores[c])
	}
	for i, f := range s.features {
		f.observations.Add(1)
		switch {
		case f.categories != nil:
			category := p.Categories[i]
			if category == Unknown {
				category = len(f.categories) - 1
			}
			f.categories[category].Add(1)
			if p.Unseen != nil && p.Unseen[i] {
				f.unseen.Add(1)
			}
		case math.IsNaN(p.Numbers[i]):
			// Never observed: one NaN would spoil the sum until a restart.
			f.missing.Add(1)
		default:
			f.values.Observe(p.Numbers[i])
		}
	}
}

// Label counts the truth about a prediction.
func (s *Server) Label(o Outcome) {
	s.outcomes[o.Actual][o.Predicted].Add(1)
	s.delay.Observe(o.DelaySeconds)
	for i, c := range s.scored {
		s.outcome[o.Actual][i].Observe(o.Scores[c])
		s.squared[o.Actual].Add(o.Scores[c] * o.Scores[c])
	}
	s.logLoss[o.Actual].Add(-math.Log(s.probability(o)))
}

// probability is what the model gave to the class that came true.
func (s *Server) probability(o Outcome) float64 {
	p := o.Scores[o.Actual]
	if s.spec.Binary() && o.Actual == 0 {
		p = 1 - o.Scores[1]
	}
	return math.Max(p, 1e-15)
}
