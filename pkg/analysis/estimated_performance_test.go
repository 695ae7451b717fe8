package analysis

import (
	"math"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// unlabelled is a model whose labelled rows are positive with a share of 0.1 in the
// lower and 0.6 in the upper half of the scores, and that now scores so many rows an
// hour in each half.
func unlabelled(low, high float64) world {
	var w world
	add := func(role profile.Role, rates []float64, pairs ...string) {
		s := stream{role: role, labels: with(named2("model", "fraud", "version", "v1"), pairs...), rates: rates}
		if len(rates) == 3 {
			s.edges = []float64{0.5, 1}
		}
		w = append(w, s)
	}
	add(profile.Score, []float64{low, high, 0}, "class", "1")
	add(profile.OutcomeScore, []float64{10, 60, 0}, "class", "1", "actual", "1")
	add(profile.OutcomeScore, []float64{90, 40, 0}, "class", "1", "actual", "0")
	add(profile.Predictions, []float64{low}, "predicted", "0")
	add(profile.Predictions, []float64{high}, "predicted", "1")
	add(profile.Outcomes, []float64{90}, "actual", "0", "predicted", "0")
	add(profile.Outcomes, []float64{40}, "actual", "0", "predicted", "1")
	add(profile.Outcomes, []float64{10}, "actual", "1", "predicted", "0")
	add(profile.Outcomes, []float64{60}, "actual", "1", "predicted", "1")
	return w
}

func TestPerformanceIsEstimatedFromTheScores(t *testing.T) {
	// Of 100 rows below and 50 above the threshold 10 and 30 are expected to be positive.
	out := run(t, unlabelled(100, 50), withOptions(dayQuery("estimated_performance", query.FormatNumbers), `{"interval":true}`))
	for metric, want := range map[string]float64{
		"accuracy": 120.0 / 150, "precision": 0.6, "recall": 30.0 / 40, "f1": 2 * 30.0 / (60 + 20 + 10), "prevalence": 40.0 / 150,
		// Pairs of a positive and a negative row in order, and half of those in one bucket.
		"auc": (30*90 + 0.5*(30*20+10*90)) / (40 * 110),
	} {
		near(t, metric, value(t, out, "model", "fraud", "version", "v1", "basis", "estimated", "metric", metric), want, 1e-9)
		lower := value(t, out, "model", "fraud", "version", "v1", "basis", "estimated", "metric", metric, "bound", "lower")
		upper := value(t, out, "model", "fraud", "version", "v1", "basis", "estimated", "metric", metric, "bound", "upper")
		if !(lower < want && want < upper) {
			t.Errorf("%s: %g to %g does not hold %g", metric, lower, upper, want)
		}
	}
	near(t, "shift", value(t, out, "model", "fraud", "version", "v1", "metric", "meaning_shift"), 0, 1e-9)
	m := out[0].(result.Numbers).Meta
	if !noticed(m, "if rows with equal scores come true as often as they did then") || !noticed(m, "do not contradict") {
		t.Errorf("notices: %v", m.Notices)
	}
}

func TestEstimatesStandBesideWhatLabelsShow(t *testing.T) {
	out := run(t, unlabelled(100, 50), withOptions(dayQuery("estimated_performance", query.FormatNumbers), `{"labelled":true,"metrics":["accuracy","auc"]}`))
	near(t, "accuracy", value(t, out, "model", "fraud", "version", "v1", "basis", "labelled", "metric", "accuracy"), 150.0/200, 1e-12)
	near(t, "auc", value(t, out, "model", "fraud", "version", "v1", "basis", "labelled", "metric", "auc"), (60*90+0.5*(60*40+10*90))/(70*130.0), 1e-12)
}

func TestPrevalenceUnderLabelShift(t *testing.T) {
	// Positives lie 1:6 in the halves, negatives 9:4; 91 of each make 13+63 and 78+28.
	raw := `{"metrics":["prevalence_em","prevalence_bbse"]}`
	out := run(t, unlabelled(76, 106), withOptions(dayQuery("estimated_performance", query.FormatNumbers), raw))
	near(t, "EM", value(t, out, "model", "fraud", "version", "v1", "basis", "estimated", "metric", "prevalence_em"), 0.5, 1e-4)
	near(t, "BBSE", value(t, out, "model", "fraud", "version", "v1", "basis", "estimated", "metric", "prevalence_bbse", "class", "1"), 0.5, 1e-9)
}

func TestLabelsThatContradictTheEstimateAreSaid(t *testing.T) {
	w := unlabelled(100, 50)
	w = append(w, stream{role: profile.OutcomeScore, labels: named2("model", "fraud", "version", "v1", "class", "1", "actual", "0", "instance", "b"),
		edges: []float64{0.5, 1}, rates: []float64{0, 100, 0}, since: dayStart})
	out := run(t, w, dayQuery("estimated_performance", query.FormatNumbers))
	if m := out[0].(result.Numbers).Meta; !noticed(m, "contradict the estimate") {
		t.Errorf("notices: %v", m.Notices)
	}
	if shift := value(t, out, "model", "fraud", "version", "v1", "metric", "meaning_shift"); !(shift < -0.1) {
		t.Errorf("the shift is %g", shift)
	}
}

func TestStrataAreEstimatedFromTheirOwnLabels(t *testing.T) {
	// In the north nobody is positive, in the south everybody; the past had as many of each, today comes from the south.
	var w world
	for segment, actual := range map[string]string{"north": "0", "south": "1"} {
		l := named2("model", "fraud", "version", "v1", "segment", segment, "class", "1")
		w = append(w, stream{role: profile.OutcomeScore, labels: with(l, "actual", actual), edges: []float64{0.5, 1}, rates: []float64{50, 50, 0}})
		rates := []float64{1, 1, 0}
		if segment == "south" {
			rates = []float64{99, 99, 0}
		}
		w = append(w, stream{role: profile.Score, labels: l, edges: []float64{0.5, 1}, rates: rates})
	}
	whole := run(t, w, withOptions(dayQuery("estimated_performance", query.FormatNumbers), `{"metrics":["prevalence"]}`))
	near(t, "as a whole", value(t, whole, "model", "fraud", "version", "v1", "basis", "estimated", "metric", "prevalence"), 0.5, 1e-9)
	apart := run(t, w, withOptions(dayQuery("estimated_performance", query.FormatNumbers), `{"metrics":["prevalence"],"stratify":"segment"}`))
	near(t, "by segment", value(t, apart, "model", "fraud", "version", "v1", "basis", "estimated", "metric", "prevalence"), 0.99, 1e-9)
}

func TestTheEstimateTakesTheWeekBeforeEachWindow(t *testing.T) {
	q := dayQuery("estimated_performance", query.FormatSeries)
	a, _ := Lookup(q.Analysis)
	o, err := a.ParseOptions(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := a.Needs(q, o)
	if err != nil {
		t.Fatal(err)
	}
	if b := requests[1].Windows; b.Width != 7*24*time.Hour || !b.End(3).Equal(requests[0].Windows.Begin(3)) {
		t.Errorf("the baseline's windows are %+v", b)
	}
	s := run(t, unlabelled(100, 50), q)[0].(result.Series)
	if len(s.Lines) != 4 || math.Abs(s.Lines[0].Values[5]-0.8) > 1e-9 {
		t.Errorf("got %+v", s.Lines)
	}
}
