package modelserver

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
)

// segment is what a classification counts for one segment of its traffic.
type segment struct {
	scored      []int
	binary      bool
	predictions []*exporter.Value
	scores      []exporter.Histogram   // per scored class
	outcomes    [][]*exporter.Value    // actual × predicted
	outcome     [][]exporter.Histogram // actual × scored class
	squared     []*exporter.Value      // per actual
	logLoss     []*exporter.Value
}

func newSegment(target *exporter.Target, spec Spec, with func(...string) []string) segment {
	s := segment{scored: spec.scored(), binary: spec.Binary()}
	histogram := func(name string, labels []string) exporter.Histogram {
		if len(spec.ScoreEdges) == 0 {
			return target.NativeHistogram(name, labels...)
		}
		return target.Histogram(name, spec.ScoreEdges, labels...)
	}
	for _, class := range spec.Classes {
		s.predictions = append(s.predictions, target.Counter("ml_predictions_total", with("predicted", class)...))
	}
	for _, c := range s.scored {
		s.scores = append(s.scores, histogram("ml_score", with("class", spec.Classes[c])))
	}
	for _, actual := range spec.Classes {
		var cells []*exporter.Value
		for _, predicted := range spec.Classes {
			cells = append(cells, target.Counter("ml_outcomes_total", with("actual", actual, "predicted", predicted)...))
		}
		s.outcomes = append(s.outcomes, cells)
		var scores []exporter.Histogram
		for _, c := range s.scored {
			scores = append(scores, histogram("ml_outcome_score", with("actual", actual, "class", spec.Classes[c])))
		}
		s.outcome = append(s.outcome, scores)
		s.squared = append(s.squared, target.Counter("ml_score_squared_sum_total", with("actual", actual)...))
		s.logLoss = append(s.logLoss, target.Counter("ml_log_loss_sum_total", with("actual", actual)...))
	}
	return s
}

func (s segment) predict(p Prediction) {
	s.predictions[p.Predicted].Add(1)
	for i, c := range s.scored {
		s.scores[i].Observe(p.Scores[c])
	}
}

func (s segment) label(o Outcome) {
	s.outcomes[o.Actual][o.Predicted].Add(1)
	for i, c := range s.scored {
		s.outcome[o.Actual][i].Observe(o.Scores[c])
		s.squared[o.Actual].Add(o.Scores[c] * o.Scores[c])
	}
	s.logLoss[o.Actual].Add(-math.Log(s.probability(o)))
}

// probability is what the model gave to the class that came true.
func (s segment) probability(o Outcome) float64 {
	p := o.Scores[o.Actual]
	if s.binary && o.Actual == 0 {
		p = 1 - o.Scores[1]
	}
	return math.Max(p, 1e-15)
}
