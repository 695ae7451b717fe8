package calibrate

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// Made by testdata/make_golden.py with scikit-learn, SciPy, statsmodels and pandas from real rows.
//
//go:embed testdata/golden.json
var goldenJSON []byte

type golden struct {
	Cases     []goldenCase
	Quantiles []struct{ Q, N, P, K float64 }
}

type goldenCase struct {
	Name                 string
	Positives, Negatives []float64
	PositiveSum          float64   `json:"positive_sum"`
	NegativeSum          float64   `json:"negative_sum"`
	BucketSums           []float64 `json:"bucket_sums"`
	SquaredSum           float64   `json:"squared_sum"`
	LogLossSum           float64   `json:"log_loss_sum"`
	Brier, Skill         float64
	LogLoss              float64 `json:"log_loss"`
	BrierError           float64 `json:"brier_error"`
	Buckets, Ten         goldenBins
	ACE                  float64
	Isotonic             []float64 // of each bucket that holds rows
	BrierRecalibrated    float64   `json:"brier_recalibrated"`
	Tests                struct {
		Spiegelhalter         float64
		SpiegelhalterP        float64    `json:"spiegelhalter_p"`
		HosmerLemeshow        float64    `json:"hosmer_lemeshow"`
		HosmerLemeshowP       float64    `json:"hosmer_lemeshow_p"`
		HosmerLemeshowFittedP float64    `json:"hosmer_lemeshow_fitted_p"`
		Intercept, Slope      [3]float64 // value, lower, upper
		InLarge               [3]float64 `json:"in_large"`
		Consistency           [][2]float64
	}
	Facts map[string]float64
}

type goldenBins struct {
	ECE, MCE, Floor, Squared float64
	Reliability              float64
	Resolution               float64
	Uncertainty              float64
	WithinVariance           float64 `json:"within_variance"`
	WithinCovariance         float64 `json:"within_covariance"`
	Observed, Predicted, N   []float64
}

func loadGolden(t testing.TB) golden {
	t.Helper()
	var g golden
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func twentieths() []float64 {
	edges := make([]float64, 21)
	for i := range edges {
		edges[i] = float64(i) / 20
	}
	return edges
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// counts is what score histograms alone tell.
func (c goldenCase) counts(t testing.TB) classify.Binned {
	return must[classify.Binned](t)(classify.NewBinned(twentieths(), c.Positives, c.Negatives))
}

// sums knows the class sums too, which every histogram has.
func (c goldenCase) sums(t testing.TB) classify.Binned {
	b := c.counts(t)
	b.PositiveSum, b.NegativeSum = c.PositiveSum, c.NegativeSum
	return b
}

// exact knows all that may be exported.
func (c goldenCase) exact(t testing.TB) classify.Binned {
	b := c.sums(t)
	b.BucketSums, b.SquaredSum, b.LogLossSum = c.BucketSums, c.SquaredSum, c.LogLossSum
	return b
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

func within(t *testing.T, what string, truth, lower, upper float64) {
	t.Helper()
	if !(truth >= lower-1e-9 && truth <= upper+1e-9) { // facts have nine digits
		t.Errorf("%s: %.12g lies outside [%.12g, %.12g]", what, truth, lower, upper)
	}
}

func TestExactSumsGiveWhatTheRowsGive(t *testing.T) {
	const tolerance = 1e-9
	for _, c := range loadGolden(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			b := c.exact(t)
			for bins, want := range map[int]goldenBins{0: c.Buckets, 10: c.Ten} {
				ece := must[Expected](t)(ECE(b, bins, 0.95))
				near(t, "ECE", ece.Value, want.ECE, tolerance)
				near(t, "its lower bound", ece.BoundLower, want.ECE, tolerance)
				near(t, "its upper bound", ece.BoundUpper, want.ECE, tolerance)
				near(t, "its noise floor", ece.Floor, want.Floor, tolerance)
				if ece.Bins != len(want.N) {
					t.Errorf("%d bins hold rows, want %d", ece.Bins, len(want.N))
				}
				mce := must[Worst](t)(MCE(b, bins, 0.95))
				near(t, "MCE", mce.Value, want.MCE, tolerance)
				within(t, "MCE", mce.Value, mce.Lower, mce.Upper)
				near(t, "squared error", must[Estimate](t)(SquaredError(b, bins, 0.95)).Value, want.Squared, tolerance)

				parts := must[Parts](t)(Decompose(b, bins))
				near(t, "reliability", parts.Reliability, want.Reliability, tolerance)
				near(t, "resolution", parts.Resolution, want.Resolution, tolerance)
				near(t, "uncertainty", parts.Uncertainty, want.Uncertainty, tolerance)
				near(t, "variance within", parts.WithinVariance, want.WithinVariance, tolerance)
				near(t, "covariance within", parts.WithinCovariance, want.WithinCovariance, tolerance)
				near(t, "Brier of the parts", parts.Brier, c.Brier, tolerance)

				rows := must[[]Bin](t)(Reliability(b, bins, 0.95))
				for i, row := range rows {
					near(t, "rows", row.N, want.N[i], 0)
					near(t, "observed", row.Observed, want.Observed[i], tolerance)
					near(t, "mean predicted", row.MeanPredicted, want.Predicted[i], tolerance)
					if bins == 0 {
						near(t, "consistency lower", row.Consistency.Lower, c.Tests.Consistency[i][0], tolerance)
						near(t, "consistency upper", row.Consistency.Upper, c.Tests.Consistency[i][1], tolerance)
					}
				}
			}
			near(t, "ACE", must[Expected](t)(ACE(b, 5, 0.95)).Value, c.ACE, tolerance)
			brier := must[Estimate](t)(Brier(b, 0.95))
			near(t, "Brier", brier.Value, c.Brier, tolerance)
			near(t, "Brier's lower bound", brier.BoundLower, c.Brier, tolerance)
			near(t, "Brier's upper bound", brier.BoundUpper, c.Brier, tolerance)
			near(t, "Brier's standard error", brier.StandardError, c.BrierError, 0.05*c.BrierError)
			near(t, "skill", must[Estimate](t)(Skill(b, 0.95)).Value, c.Skill, tolerance)
			near(t, "log loss", must[Estimate](t)(LogLoss(b, 0.95)).Value, c.LogLoss, 1e-9)

			z := must[Test](t)(Spiegelhalter(b))
			near(t, "Spiegelhalter's Z", z.Statistic, c.Tests.Spiegelhalter, 1e-8)
			near(t, "its P", z.P, c.Tests.SpiegelhalterP, 1e-8)
			hosmer := must[Test](t)(HosmerLemeshow(b, 10, false))
			near(t, "Hosmer-Lemeshow", hosmer.Statistic, c.Tests.HosmerLemeshow, 1e-8*c.Tests.HosmerLemeshow)
			near(t, "its P", hosmer.P, c.Tests.HosmerLemeshowP, 1e-9)
			fitted := must[Test](t)(HosmerLemeshow(b, 10, true))
			near(t, "its P on training rows", fitted.P, c.Tests.HosmerLemeshowFittedP, 1e-9)
			line := must[Line](t)(Regress(b, 0.95))
			for what, pair := range map[string]struct {
				got  classify.Estimate
				want [3]float64
			}{
				"slope":     {line.Slope, c.Tests.Slope},
				"intercept": {line.Intercept, c.Tests.Intercept},
				"in large":  {line.InLarge, c.Tests.InLarge},
			} {
				near(t, what, pair.got.Value, pair.want[0], 1e-7)
				near(t, what+" lower", pair.got.Lower, pair.want[1], 1e-6)
				near(t, what+" upper", pair.got.Upper, pair.want[2], 1e-6)
			}
		})
	}
}

func TestRecalibrationAgreesWithScikitLearn(t *testing.T) {
	for _, c := range loadGolden(t).Cases {
		steps := must[[]Step](t)(Isotonic(c.exact(t)))
		filled := 0
		for i := range c.Positives {
			if c.Positives[i]+c.Negatives[i] == 0 {
				continue
			}
			for len(steps) > 1 && steps[0].Upper < float64(i+1)/20 {
				steps = steps[1:]
			}
			near(t, c.Name+": recalibrated", steps[0].Recalibrated, c.Isotonic[filled], 1e-9)
			filled++
		}
		parts := must[Consistent](t)(DecomposeConsistent(c.exact(t)))
		near(t, c.Name+": miscalibration", parts.Miscalibration, c.Brier-c.BrierRecalibrated, 1e-9)
		near(t, c.Name+": discrimination", parts.Discrimination, c.Buckets.Uncertainty-c.BrierRecalibrated, 1e-9)
	}
}

func TestTheRowsLieInTheBoundsOfTheirBuckets(t *testing.T) {
	for _, c := range loadGolden(t).Cases {
		for knowledge, b := range map[string]classify.Binned{"counts": c.counts(t), "class sums": c.sums(t)} {
			t.Run(c.Name+" by "+knowledge, func(t *testing.T) {
				for bins, want := range map[int]goldenBins{0: c.Buckets, 10: c.Ten} {
					ece := must[Expected](t)(ECE(b, bins, 0.95))
					within(t, "ECE", want.ECE, ece.BoundLower, ece.BoundUpper)
					within(t, "ECE's value", ece.Value, ece.BoundLower, ece.BoundUpper)
					mce := must[Worst](t)(MCE(b, bins, 0.95))
					within(t, "MCE", want.MCE, mce.BoundLower, mce.BoundUpper)
					squared := must[Estimate](t)(SquaredError(b, bins, 0.95))
					within(t, "squared error", want.Squared, squared.BoundLower, squared.BoundUpper)
				}
				brier := must[Estimate](t)(Brier(b, 0.95))
				within(t, "Brier", c.Brier, brier.BoundLower, brier.BoundUpper)
				within(t, "Brier's value", brier.Value, brier.BoundLower, brier.BoundUpper)
				within(t, "Brier's interval", c.Brier, brier.Lower, brier.Upper)
				skill := must[Estimate](t)(Skill(b, 0.95))
				within(t, "skill", c.Skill, skill.BoundLower, skill.BoundUpper)
				loss := must[Estimate](t)(LogLoss(b, 0.95))
				within(t, "log loss", c.LogLoss, loss.BoundLower, loss.BoundUpper)
				within(t, "log loss's value", loss.Value, loss.BoundLower, loss.BoundUpper)
				for fact, e := range map[string]Estimate{
					"brier": brier, "log_loss": loss,
					"ece_20": must[Expected](t)(ECE(b, 20, 0.95)).Estimate,
					"ece_10": must[Expected](t)(ECE(b, 10, 0.95)).Estimate,
					"mce_10": must[Worst](t)(MCE(b, 10, 0.95)).Estimate,
				} {
					if truth, known := c.Facts[fact]; known {
						within(t, "fact "+fact, truth, e.BoundLower, e.BoundUpper)
					}
				}
			})
		}
	}
}

func TestBinomialQuantilesAgreeWithSciPy(t *testing.T) {
	for _, q := range loadGolden(t).Quantiles {
		if got := binomialQuantile(q.Q, q.N, q.P); got != q.K {
			t.Errorf("quantile %v of Binomial(%v, %v) is %v, want %v", q.Q, q.N, q.P, got, q.K)
		}
	}
}
