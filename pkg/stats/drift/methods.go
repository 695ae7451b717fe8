package drift

import (
	"fmt"
	"math"
	"strings"
)

// MethodInfo describes a method to editors, docs and the command line.
type MethodInfo struct {
	Name  Method
	Title string
	// Numeric and Categorical say what it can compare.
	Numeric, Categorical bool
	// Min and Max bound its value; Max is +Inf where there is no bound.
	Min, Max float64
	// DefaultTolerated is the tolerated effect unless one is asked for.
	DefaultTolerated float64
	Help             string
	Reference        string
}

// method is one row of the table: what it is and the function that computes it.
// compare gets at least two filled cells with observations on both sides.
type method struct {
	info    MethodInfo
	compare func(s sample, o Options, r *Result)
	// ordered methods use the order of the cells and the edges between them, so
	// they get the histogram's own cells, empty ones included.
	ordered bool
}

// methods is the table: adding a distance is one function and one row here.
var methods = []method{
	{info: MethodInfo{
		Name: PSI, Title: "Population stability index", Numeric: true, Categorical: true, Max: math.Inf(1), DefaultTolerated: 0.1,
		Help:      "Sum of (p − q)·ln(p / q) over the buckets. Common in credit risk: below 0.1 little, above 0.25 much. Noise alone lifts it by about (buckets − 1)·(1/n + 1/m), which the value has subtracted.",
		Reference: "Yurdakul and Naranjo (2020), Journal of Risk Model Validation 14",
	}, compare: comparePSI},
	{info: MethodInfo{
		Name: JensenShannon, Title: "Jensen-Shannon distance", Numeric: true, Categorical: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Square root of the Jensen-Shannon divergence: 0 for equal shares, 1 (base 2) for shares that do not overlap. Bears empty buckets.",
		Reference: "Lin (1991), IEEE Transactions on Information Theory 37",
	}, compare: compareJensenShannon},
	{info: MethodInfo{
		Name: Hellinger, Title: "Hellinger distance", Numeric: true, Categorical: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Square root of ½·Σ(√p − √q)²: 0 for equal shares, 1 for shares that do not overlap. Gives rare buckets more weight than total variation does.",
		Reference: "Hellinger (1909), Journal für die reine und angewandte Mathematik 136",
	}, compare: compareHellinger},
	{info: MethodInfo{
		Name: ChiSquare, Title: "Chi-square (Cramér's V)", Numeric: true, Categorical: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Chi-square test of the two-row contingency table; the value is its effect size, Cramér's V as it would be with equally many observations on both sides.",
		Reference: "Pearson (1900); Cramér (1946), Mathematical Methods of Statistics; Bergsma (2013), Journal of the Korean Statistical Society 42",
	}, compare: compareChiSquare},
	{info: MethodInfo{
		Name: TotalVariation, Title: "Total variation", Numeric: true, Categorical: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "½·Σ|p − q|: the share of observations that would have to move to another bucket to make the two equal.",
		Reference: "Levin and Peres, Markov Chains and Mixing Times, 2nd ed., chapter 4",
	}, compare: compareTotalVariation},
	{info: MethodInfo{
		Name: LInfinity, Title: "Largest change of a share", Numeric: true, Categorical: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "max|p − q|, the L-infinity (Chebyshev) distance: by how much the most changed bucket or category changed.",
		Reference: "Deza and Deza, Encyclopedia of Distances",
	}, compare: compareLInfinity},
	{info: MethodInfo{
		Name: KS, Title: "Kolmogorov-Smirnov", Numeric: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Largest difference between the two distribution functions. At the bucket edges it is exact; what it may be between them is given as a hard upper bound.",
		Reference: "Smirnov (1939); Simard and L'Ecuyer (2011), Journal of Statistical Software 39",
	}, compare: compareKS, ordered: true},
	{info: MethodInfo{
		Name: Wasserstein, Title: "Wasserstein distance", Numeric: true, Max: math.Inf(1), DefaultTolerated: 0.1,
		Help:      "Area between the two distribution functions, in standard deviations of the reference: how far values moved on average. Hard bounds come from the bucket widths and from the means.",
		Reference: "Vallender (1974), Theory of Probability and its Applications 18",
	}, compare: compareWasserstein, ordered: true},
	{info: MethodInfo{
		Name: KullbackLeibler, Title: "Kullback-Leibler divergence", Numeric: true, Categorical: true, Max: math.Inf(1), DefaultTolerated: 0.1,
		Help:      "Sum of q·ln(q / p) over the buckets, of the window from the baseline, in nats. About half of the PSI for small drift; noise alone lifts it by about half as much too, which the value has subtracted.",
		Reference: "Kullback and Leibler (1951), Annals of Mathematical Statistics 22",
	}, compare: compareKL},
	{info: MethodInfo{
		Name: Kuiper, Title: "Kuiper", Numeric: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Largest rise plus largest fall of one distribution function against the other: the largest change of the share of any stretch of values. Sees changes of spread and at the ends that Kolmogorov-Smirnov is weak at.",
		Reference: "Kuiper (1960), Proceedings KNAW A 63; Stephens (1970), Journal of the Royal Statistical Society B 32",
	}, compare: compareKuiper, ordered: true},
	{info: MethodInfo{
		Name: CramerVonMises, Title: "Cramér-von Mises", Numeric: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Root of three times the mean squared difference of the two distribution functions: 0 for equal ones, 1 for values that do not overlap. Uses all of the difference where Kolmogorov-Smirnov uses its peak.",
		Reference: "Anderson (1962), Annals of Mathematical Statistics 33",
	}, compare: compareCramerVonMises, ordered: true},
	{info: MethodInfo{
		Name: MannWhitney, Title: "Mann-Whitney (Cliff's delta)", Numeric: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "|2θ − 1| with θ the probability that a value of the window exceeds one of the baseline: 0 for no shift, 1 when all values lie to one side. Says nothing about changes of spread alone.",
		Reference: "Mann and Whitney (1947), Annals of Mathematical Statistics 18; Cliff (1993), Psychological Bulletin 114",
	}, compare: compareMannWhitney, ordered: true},
	{info: MethodInfo{
		Name: Energy, Title: "Energy distance", Numeric: true, Max: math.Inf(1), DefaultTolerated: 0.1,
		Help:      "Root of twice the integral of the squared difference of the two distribution functions (Cramér distance), in standard deviations of the baseline. Less moved by far outliers than the Wasserstein distance.",
		Reference: "Székely and Rizzo (2013), Journal of Statistical Planning and Inference 143",
	}, compare: compareEnergy, ordered: true},
	{info: MethodInfo{
		Name: AndersonDarling, Title: "Anderson-Darling", Numeric: true, Max: math.Inf(1), DefaultTolerated: 0.1,
		Help:      "As Cramér-von Mises, with differences near both ends of the distribution weighted up.",
		Reference: "Pettitt (1976), Biometrika 63",
	}, compare: compareAndersonDarling, ordered: true},
	{info: MethodInfo{
		Name: GTest, Title: "G-test", Numeric: true, Categorical: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Likelihood-ratio test of the two-row contingency table; the value is its effect size for equally many observations on both sides, the Jensen-Shannon distance in bits.",
		Reference: "Wilks (1938); Sokal and Rohlf, Biometry, chapter 17",
	}, compare: compareG},
	{info: MethodInfo{
		Name: Trend, Title: "Trend (Cochran-Armitage)", Numeric: true, Max: math.Inf(1), DefaultTolerated: 0.1,
		Help:      "Difference of the mean bucket number in standard deviations of it: the test of contingency tables that uses the order of the buckets, so the most powerful one for shifts.",
		Reference: "Cochran (1954), Biometrics 10; Armitage (1955), Biometrics 11",
	}, compare: compareTrend, ordered: true},
	{info: MethodInfo{
		Name: Proportions, Title: "Two proportions", Categorical: true, Max: 1, DefaultTolerated: 0.1,
		Help:      "Difference of the share of one of two categories, with the pooled z-test.",
		Reference: "Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions",
	}, compare: compareProportions},
}

// Methods lists all methods in the order in which an editor should offer them.
func Methods() []MethodInfo {
	infos := make([]MethodInfo, len(methods))
	for i := range methods {
		infos[i] = methods[i].info
	}
	return infos
}

// Lookup finds a method by its name.
func Lookup(name Method) (MethodInfo, error) {
	m, err := find(name)
	if err != nil {
		return MethodInfo{}, err
	}
	return m.info, nil
}

func find(name Method) (*method, error) {
	for i := range methods {
		if methods[i].info.Name == name {
			return &methods[i], nil
		}
	}
	names := make([]string, len(methods))
	for i := range methods {
		names[i] = string(methods[i].info.Name)
	}
	return nil, fmt.Errorf("drift method %q is unknown: use one of %s", string(name), strings.Join(names, ", "))
}
