package compat

import (
	"fmt"
	"math"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

// Tool names a tool.
type Tool string

// The tools.
const (
	Evidently  Tool = "evidently"
	NannyML    Tool = "nannyml"
	TFDV       Tool = "tfdv"
	Fiddler    Tool = "fiddler"
	Boxkite    Tool = "boxkite"
	Deepchecks Tool = "deepchecks"
	Scouter    Tool = "scouter"
	SciPy      Tool = "scipy"
)

// ToolInfo describes a tool to editors and docs.
type ToolInfo struct {
	Name  Tool
	Title string
	// Help says in a sentence what its arithmetic is.
	Help string
}

var tools = []ToolInfo{
	{Evidently, "Evidently", "empty shares become 0.0001, JS distance in nats, p-values of one-sample chi-square; flags at 0.1, or at p < 0.05"},
	{NannyML, "NannyML", "JS distance base 2 with one extra bin outside the baseline's range; flags above mean + 3 standard deviations over the baseline's windows"},
	{TFDV, "TensorFlow Data Validation, Vertex AI", "JS divergence base 2 on the union of the boundaries, open buckets never match; L-infinity for categories; flags above 0.3"},
	{Fiddler, "Fiddler", "PSI with 1 added to every bin; no default threshold"},
	{Boxkite, "boxkite", "symmetrised KL divergence with 1 added to every bin; no threshold"},
	{Deepchecks, "Deepchecks", "PSI with shares of at least 1 %, bias-corrected Cramér's V; flags from 0.2"},
	{Scouter, "Scouter", "PSI against the chi-square quantile over the window's observations alone, at 5 %"},
	{SciPy, "SciPy", "ks_2samp on values at the buckets' upper bounds; flags at p < 0.05"},
}

// Tools lists the tools in the order in which an editor should offer them.
func Tools() []ToolInfo { return append([]ToolInfo(nil), tools...) }

// Lookup finds a tool by its name.
func Lookup(name Tool) (ToolInfo, error) {
	names := make([]string, len(tools))
	for i, t := range tools {
		if t.Name == name {
			return t, nil
		}
		names[i] = string(t.Name)
	}
	return ToolInfo{}, fmt.Errorf("compatibility %q is unknown: use one of %s", string(name), strings.Join(names, ", "))
}

// Answer is what a tool says. Numbers that do not exist are NaN.
type Answer struct {
	// Value is the number that the tool prints: a distance, or a p-value where the
	// tool judges by that.
	Value float64
	// P is the p-value behind the flag, where the rule is one.
	P float64
	// Threshold is what the flag compares with; NaN when the tool has none of its
	// own.
	Threshold float64
	// Drift is the tool's flag; it means nothing without a threshold.
	Drift bool
	// Left is the share of the observations, of the side that has more of it, that
	// has no place in the arithmetic because it lies in open buckets.
	Left float64
}

// comparing is how a rule flags.
type comparing int

const (
	above   comparing = iota // drift when the value exceeds the threshold
	atLeast                  // drift when it reaches it
	pBelow                   // drift when the p-value is below it
)

// rule is one number of one tool.
type rule struct {
	tool                 Tool
	method               drift.Method
	numeric, categorical bool
	threshold            float64
	flag                 comparing
	// value fills in Value, and P, Threshold, Left where the rule has its own.
	value func(c cells, a *Answer)
	// union keeps the buckets of both sides apart instead of aligning them.
	union bool
}

// cells are two vectors of counts; edges are those between them for numbers, or
// nil for categories.
type cells struct {
	ref, cur []float64
	n, m     float64
	edges    []float64
	// refStd is the baseline's standard deviation.
	refStd float64
}

var none = math.NaN()

var rules = []rule{
	{Evidently, drift.PSI, true, true, 0.1, atLeast, evidentlyPSI, false},
	{Evidently, drift.KullbackLeibler, true, true, 0.1, atLeast, evidentlyKL, false},
	{Evidently, drift.JensenShannon, true, true, 0.1, atLeast, jensenShannonNats, false},
	{Evidently, drift.Hellinger, true, true, 0.1, atLeast, hellinger, false},
	{Evidently, drift.Wasserstein, true, false, 0.1, atLeast, evidentlyWasserstein, false},
	{Evidently, drift.KS, true, false, 0.05, pBelow, kolmogorovSmirnovP, false},
	{Evidently, drift.ChiSquare, true, true, 0.05, pBelow, oneSampleChiSquare, false},
	{Evidently, drift.Proportions, false, true, 0.05, pBelow, proportions, false},
	{NannyML, drift.JensenShannon, true, true, none, above, nannyMLJensenShannon, false},
	{TFDV, drift.JensenShannon, true, true, 0.3, above, tfdvJensenShannon, true},
	{TFDV, drift.LInfinity, false, true, 0.3, above, lInfinity, false},
	{Fiddler, drift.PSI, true, true, none, above, plusOnePSI, false},
	{Boxkite, drift.KullbackLeibler, true, true, none, above, plusOnePSI, false},
	{Deepchecks, drift.PSI, true, true, 0.2, atLeast, deepchecksPSI, false},
	{Deepchecks, drift.ChiSquare, false, true, 0.2, atLeast, deepchecksCramersV, false},
	{Scouter, drift.PSI, true, true, none, above, scouterPSI, false},
	{SciPy, drift.KS, true, false, 0.05, pBelow, kolmogorovSmirnov, false},
}

// Methods lists the methods that a tool has for numeric features or categories,
// its most usual first.
func Methods(tool Tool, numeric bool) []drift.Method {
	var out []drift.Method
	for _, r := range rules {
		if r.tool == tool && (numeric && r.numeric || !numeric && r.categorical) {
			out = append(out, r.method)
		}
	}
	return out
}

func find(tool Tool, m drift.Method, numeric bool) (rule, error) {
	for _, r := range rules {
		if r.tool == tool && r.method == m && (numeric && r.numeric || !numeric && r.categorical) {
			return r, nil
		}
	}
	info, err := Lookup(tool)
	if err != nil {
		return rule{}, err
	}
	kind := "categories"
	if numeric {
		kind = "numeric features"
	}
	var names []string
	for _, m := range Methods(tool, numeric) {
		names = append(names, string(m))
	}
	return rule{}, fmt.Errorf("%s has no method %q for %s here: use %s", info.Title, string(m), kind, strings.Join(names, ", "))
}

// Numeric compares two histograms as the tool would. Different layouts are
// brought to their common edges, but for TFDV, which splits buckets on the union.
// It is an error when the tool has no such method, a histogram is malformed, or a
// side is empty.
func Numeric(tool Tool, m drift.Method, ref, cur histogram.Histogram) (Answer, error) {
	r, err := find(tool, m, true)
	if err != nil {
		return Answer{}, err
	}
	if err := ref.Validate(); err != nil {
		return Answer{}, fmt.Errorf("reference: %w", err)
	}
	if err := cur.Validate(); err != nil {
		return Answer{}, fmt.Errorf("current window: %w", err)
	}
	if r.union {
		return r.answer(onUnion(ref, cur))
	}
	if ref, cur, _, err = histogram.Align(ref, cur); err != nil {
		return Answer{}, err
	}
	c := cells{ref: ref.Counts, cur: cur.Counts, edges: ref.Edges}
	if r.method == drift.Wasserstein {
		c.refStd = ref.StdWithin(math.Inf(-1), math.Inf(1))
	}
	return r.answer(c)
}

// Categorical compares two vectors of counts over the same categories as the tool
// would. Errors as for Numeric.
func Categorical(tool Tool, m drift.Method, ref, cur []float64) (Answer, error) {
	r, err := find(tool, m, false)
	if err != nil {
		return Answer{}, err
	}
	if len(ref) != len(cur) {
		return Answer{}, fmt.Errorf("%d reference categories against %d current ones: give both sides the same categories, 0 where absent", len(ref), len(cur))
	}
	for _, side := range [][]float64{ref, cur} {
		for k, count := range side {
			if !(count >= 0) || math.IsInf(count, 0) {
				return Answer{}, fmt.Errorf("count %d is \"%g\": counts must be finite and not negative", k, count)
			}
		}
	}
	// The tools only know categories that occur.
	var c cells
	for k := range ref {
		if ref[k]+cur[k] > 0 {
			c.ref, c.cur = append(c.ref, ref[k]), append(c.cur, cur[k])
		}
	}
	return r.answer(c)
}

func (r rule) answer(c cells) (Answer, error) {
	for k := range c.ref {
		c.n += c.ref[k]
		c.m += c.cur[k]
	}
	if c.n == 0 || c.m == 0 {
		return Answer{}, fmt.Errorf("%g observations against %g: both sides must have some", c.n, c.m)
	}
	a := Answer{Value: none, P: none, Threshold: r.threshold}
	r.value(c, &a)
	return a.judged(r), nil
}

// judged sets the flag by the rule.
func (a Answer) judged(r rule) Answer {
	switch r.flag {
	case atLeast:
		a.Drift = a.Value >= a.Threshold
	case pBelow:
		a.Drift = a.P < a.Threshold
	default:
		a.Drift = a.Value > a.Threshold
	}
	return a
}

// Against is the answer with another threshold, for rules that compare a
// distance; one that judges a p-value stays as it is.
func (a Answer) Against(threshold float64) Answer {
	if math.IsNaN(a.P) {
		a.Threshold = threshold
		a.Drift = a.Value > threshold
	}
	return a
}

// ChunkThreshold is NannyML's default threshold: the mean of a metric over the
// reference's chunks plus three standard deviations of them (divided by their
// number), clipped to the metric's largest value. NaN for fewer than two.
func ChunkThreshold(values []float64, most float64) float64 {
	if len(values) < 2 {
		return none
	}
	var mean, square float64
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		square += (v - mean) * (v - mean) / float64(len(values))
	}
	return math.Min(most, mean+3*math.Sqrt(square))
}

// significance is the p-value that a statistic has under a chi-square law; 1
// without degrees of freedom.
func significance(statistic float64, df int) float64 {
	if df < 1 {
		return 1
	}
	return infer.ChiSquareSF(statistic, float64(df))
}
