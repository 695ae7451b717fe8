package analysis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/calibrate"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// calibrationMetric is one row of the table of metrics.
type calibrationMetric struct {
	name, title, help string
	lower, upper      float64
	compute           func(b classify.Binned, bins int, level float64) (point, error)
}

// calibrationMetrics is the table: adding a metric is one row.
var calibrationMetrics = []calibrationMetric{
	{"ece", "Expected calibration error", "Mean distance of the observed share from the predicted probability, over the bins.", 0, 1,
		func(b classify.Binned, bins int, level float64) (point, error) {
			e, err := calibrate.ECE(b, bins, level)
			return rankPoint(e.Estimate), err
		}},
	{"ece_noise_floor", "Noise floor of the ECE", "What the expected calibration error would be on average if the scores were right: nothing below it says anything.", 0, 1,
		func(b classify.Binned, bins int, level float64) (point, error) {
			e, err := calibrate.ECE(b, bins, level)
			p := valueOnly(e.Floor, e.N)
			p.upper = e.FloorUpper
			return p, err
		}},
	{"mce", "Maximum calibration error", "Largest distance of the observed share from the predicted probability in any bin.", 0, 1,
		func(b classify.Binned, bins int, level float64) (point, error) {
			e, err := calibrate.MCE(b, bins, level)
			return rankPoint(e.Estimate), err
		}},
	{"ace", "Adaptive calibration error", "As the expected calibration error, in bins that hold about as many rows each.", 0, 1,
		func(b classify.Binned, bins int, level float64) (point, error) {
			e, err := calibrate.ACE(b, bins, level)
			return rankPoint(e.Estimate), err
		}},
	{"squared_calibration_error", "Squared calibration error", "Mean squared distance of the observed share from the predicted probability, less what noise adds: about 0 for right scores.", -1, 1,
		func(b classify.Binned, bins int, level float64) (point, error) {
			e, err := calibrate.SquaredError(b, bins, level)
			return rankPoint(e), err
		}},
	{"brier", "Brier score", "Mean squared distance of the score from the outcome: 0 is perfect.", 0, 1,
		func(b classify.Binned, _ int, level float64) (point, error) {
			e, err := calibrate.Brier(b, level)
			return rankPoint(e), err
		}},
	{"brier_skill", "Brier skill", "Share of the Brier score of always saying the prevalence that the model avoids: 0 is no better than that.", math.Inf(-1), 1,
		func(b classify.Binned, _ int, level float64) (point, error) {
			e, err := calibrate.Skill(b, level)
			return rankPoint(e), err
		}},
	{"reliability", "Reliability", "The part of the Brier score that miscalibration makes: small is good.", 0, 1, part(func(p calibrate.Parts) float64 { return p.Reliability })},
	{"resolution", "Resolution", "The part of the Brier score that telling rows apart saves: large is good.", 0, 1, part(func(p calibrate.Parts) float64 { return p.Resolution })},
	{"uncertainty", "Uncertainty", "The part of the Brier score that lies in the outcomes, not in the model.", 0, 0.25, part(func(p calibrate.Parts) float64 { return p.Uncertainty })},
	{"log_loss", "Log loss", "Mean negative logarithm of the probability given to what came true: 0 is perfect.", 0, math.Inf(1),
		func(b classify.Binned, _ int, level float64) (point, error) {
			e, err := calibrate.LogLoss(b, level)
			return rankPoint(e), err
		}},
	{"calibration_slope", "Calibration slope", "1 is right; below 1 the scores are too extreme, above 1 too timid.", math.Inf(-1), math.Inf(1),
		line(func(l calibrate.Line) classify.Estimate { return l.Slope })},
	{"calibration_intercept", "Calibration intercept", "With the slope held at 1: 0 is right, above 0 the scores are too low on the whole.", math.Inf(-1), math.Inf(1),
		line(func(l calibrate.Line) classify.Estimate { return l.InLarge })},
	{"spiegelhalter_z", "Spiegelhalter's z", "Test of right scores: beyond ±1.96 they are not, at 5 %.", math.Inf(-1), math.Inf(1),
		func(b classify.Binned, _ int, _ float64) (point, error) {
			t, err := calibrate.Spiegelhalter(b)
			return valueOnly(t.Statistic, t.N), err
		}},
	{"spiegelhalter_p_value", "Spiegelhalter's p", "p-value of right scores; with many rows every model fails, so look at the size of the error too.", 0, 1,
		func(b classify.Binned, _ int, _ float64) (point, error) {
			t, err := calibrate.Spiegelhalter(b)
			return valueOnly(t.P, t.N), err
		}},
	{"hosmer_lemeshow", "Hosmer-Lemeshow", "Chi-square of observed against expected positives over the bins.", 0, math.Inf(1),
		func(b classify.Binned, bins int, _ float64) (point, error) {
			t, err := calibrate.HosmerLemeshow(b, bins, false)
			return valueOnly(orNaN(t.Statistic), t.N), err
		}},
	{"hosmer_lemeshow_p_value", "Hosmer-Lemeshow p", "p-value of right scores by the Hosmer-Lemeshow test, on data that the model was not fitted on.", 0, 1,
		func(b classify.Binned, bins int, _ float64) (point, error) {
			t, err := calibrate.HosmerLemeshow(b, bins, false)
			return valueOnly(t.P, t.N), err
		}},
}

func part(of func(calibrate.Parts) float64) func(classify.Binned, int, float64) (point, error) {
	return func(b classify.Binned, bins int, _ float64) (point, error) {
		p, err := calibrate.Decompose(b, bins)
		return valueOnly(of(p), p.N), err
	}
}

func line(of func(calibrate.Line) classify.Estimate) func(classify.Binned, int, float64) (point, error) {
	return func(b classify.Binned, _ int, level float64) (point, error) {
		l, err := calibrate.Regress(b, level)
		return estimatePoint(of(l)), err
	}
}
