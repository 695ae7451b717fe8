package drift

import (
	"fmt"
	"math"
)

// Method names a distance or test.
type Method string

// The methods; Methods tells about each.
const (
	PSI            Method = "psi"
	JensenShannon  Method = "js"
	Hellinger      Method = "hellinger"
	ChiSquare      Method = "chi_square"
	TotalVariation Method = "total_variation"
	LInfinity      Method = "l_infinity"
	KS             Method = "ks"
	Wasserstein    Method = "wasserstein"

	KullbackLeibler Method = "kl"
	Kuiper          Method = "kuiper"
	CramerVonMises  Method = "cramer_von_mises"
	MannWhitney     Method = "mann_whitney"
	Energy          Method = "energy"
	AndersonDarling Method = "anderson_darling"
	GTest           Method = "g_test"
	Trend           Method = "trend"
	Proportions     Method = "proportions"
)

// Verdict is the answer to "has it drifted?".
type Verdict string

// The verdicts.
const (
	// OK: the upper limit of the effect is within the tolerated effect.
	OK Verdict = "ok"
	// Uncertain: the interval of the effect straddles the tolerated effect.
	Uncertain Verdict = "uncertain"
	// Drift: the lower limit of the effect is above the tolerated effect.
	Drift Verdict = "drift"
	// Insufficient: so few observations that noise alone could reach the tolerated
	// effect, or buckets that cannot tell.
	Insufficient Verdict = "insufficient"
)

// Options tune a comparison; the zero value gives the defaults.
type Options struct {
	// Level of the sampling interval; 0 means 0.95.
	Level float64
	// Tolerated is the largest effect that is of no concern; NaN or 0 means the
	// method's default.
	Tolerated float64
	// Base of the logarithm of the Jensen-Shannon distance: "2" (the default, so
	// that it lies in [0, 1]) or "e".
	Base string
	// Pseudocount is added to every cell of both sides by methods that cannot bear
	// an empty one (PSI); 0 means Jeffreys' ½. Shares are normalised afterwards.
	Pseudocount float64
	// Dispersion is by how much counts vary more than independent observations
	// would (infer.Dispersion). Sample sizes are divided by it; NaN or less than 1
	// means 1.
	Dispersion float64
	// MaxBins limits the number of filled cells of the binned divergences on a
	// numeric feature: beyond it they are merged to about that many of equal mass
	// in the reference. 0 means 30; negative means no limit.
	MaxBins int
	// Scale divides the Wasserstein and energy distances: "std" (the default) and "iqr" of the
	// reference, or "none" to keep the feature's own unit.
	Scale string
	// Lowest and Highest are limits of the feature's values, where known: they
	// close the open buckets for the Wasserstein and energy distances. Ignored unless
	// Lowest < Highest; an infinite one leaves its side open.
	Lowest, Highest float64
}

// Result is one comparison. Numbers that do not exist are NaN.
type Result struct {
	Method Method
	// Unit is empty for a pure number, "σ" or "IQR" for a scaled Wasserstein
	// distance, "value" for one in the feature's unit; roots of these for the energy
	// distance.
	Unit string
	// Value is the distance, less its bias where the method has a known one (the
	// divergences: noise alone lifts them); never below 0.
	Value float64
	// Raw is the distance as the textbook computes it.
	Raw float64
	// Lower and Upper are the sampling interval at the asked level.
	Lower, Upper float64
	// BoundLower and BoundUpper are hard limits of the distance between the rows
	// behind the buckets: no choice of values within the buckets goes beyond.
	BoundLower, BoundUpper float64
	// P is the p-value of "no difference at all". It says nothing about size.
	P float64
	// PUpperBound is the p-value if the distance were BoundUpper. The rows' own
	// p-value lies between it and P.
	PUpperBound float64
	// PMinimumEffect is the p-value of "the effect is at most the tolerated one".
	PMinimumEffect float64
	// AdjustedP is PMinimumEffect after Adjust, for many comparisons at once.
	AdjustedP float64
	// NoiseFloor is what noise alone exceeds in 1−Level of all cases, in the unit
	// of Raw. It needs about ten observations per cell; with fewer, the plain
	// Jensen-Shannon and Hellinger distances exceed it more often.
	NoiseFloor float64
	// NRef and N are the observations that were compared.
	NRef, N float64
	// MinimumN is the N at which noise alone would stay within the tolerated
	// effect, given the reference; +Inf when the reference itself is too small.
	MinimumN float64
	// Tolerated is the tolerated effect that the verdict used.
	Tolerated float64
	Verdict   Verdict
	// Reason says in a sentence why the verdict is Insufficient.
	Reason string
	// Bins is the number of cells compared.
	Bins int
	// LostEdges counts the edges that the two layouts did not share.
	LostEdges int
	// Statistic and DegreesOfFreedom are those of the test, where it has them: the
	// chi-square of the contingency table, the KS statistic, the probability of
	// superiority.
	Statistic, DegreesOfFreedom float64
	// OpenRef and Open are the shares of mass in open buckets, which the Wasserstein
	// distance leaves out of its value.
	OpenRef, Open float64
}

// empty is a result that knows its method and nothing else.
func empty(m Method, o Options) Result {
	nan := math.NaN()
	return Result{
		Method: m, Value: nan, Raw: nan, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan,
		P: nan, PUpperBound: nan, PMinimumEffect: nan, AdjustedP: nan, NoiseFloor: nan, MinimumN: nan,
		Statistic: nan, DegreesOfFreedom: nan, OpenRef: nan, Open: nan, Tolerated: o.Tolerated, Verdict: Insufficient,
	}
}

// complete checks the options and fills in the defaults of a method.
func (o Options) complete(m *method) (Options, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return o, fmt.Errorf("confidence level \"%g\" is not between 0 and 1: use 0.95", o.Level)
	}
	if math.IsNaN(o.Tolerated) || o.Tolerated == 0 {
		o.Tolerated = m.info.DefaultTolerated
	}
	if !(o.Tolerated > 0) || math.IsInf(o.Tolerated, 0) {
		return o, fmt.Errorf("tolerated effect \"%g\" is not a positive number: use %g or leave it out", o.Tolerated, m.info.DefaultTolerated)
	}
	switch o.Base {
	case "":
		o.Base = "2"
	case "2", "e":
	default:
		return o, fmt.Errorf("logarithm base %q is unknown: use 2 or e", o.Base)
	}
	if o.Pseudocount == 0 {
		o.Pseudocount = 0.5
	}
	if !(o.Pseudocount > 0) || math.IsInf(o.Pseudocount, 0) {
		return o, fmt.Errorf("pseudocount \"%g\" is not a positive number: use 0.5 or leave it out", o.Pseudocount)
	}
	if math.IsNaN(o.Dispersion) || o.Dispersion < 1 {
		o.Dispersion = 1
	}
	if math.IsInf(o.Dispersion, 0) {
		return o, fmt.Errorf("dispersion \"%g\" is not finite: leave it out to assume independent observations", o.Dispersion)
	}
	if o.MaxBins == 0 {
		o.MaxBins = 30
	}
	if o.MaxBins == 1 {
		return o, fmt.Errorf("at most %d bin leaves nothing to compare: use 2 or more", o.MaxBins)
	}
	switch o.Scale {
	case "":
		o.Scale = "std"
	case "std", "iqr", "none":
	default:
		return o, fmt.Errorf("scale %q is unknown: use std, iqr or none", o.Scale)
	}
	if !(o.Lowest < o.Highest) {
		o.Lowest, o.Highest = math.Inf(-1), math.Inf(1)
	}
	return o, nil
}
