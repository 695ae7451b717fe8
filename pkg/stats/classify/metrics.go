package classify

import (
	"fmt"
	"math"
	"slices"
)

// MetricInfo describes a metric of a confusion matrix for editors, axes and documentation.
type MetricInfo struct {
	Name         string
	Title        string
	Help         string
	Lower, Upper float64 // least and greatest possible value, infinite where there is none
	HigherBetter bool    // false for error rates and for shares that are neither good nor bad
	PerClass     bool    // is about one class against the rest
	Averaged     bool    // has micro, macro and weighted averages
}

// MetricNames lists the metrics that Metric computes.
func MetricNames() []MetricInfo {
	return slices.Clone(metrics)
}

var metrics = []MetricInfo{
	{Name: "accuracy", Title: "Accuracy", Help: "Share of predictions that are right.", Upper: 1, HigherBetter: true},
	{Name: "balanced_accuracy", Title: "Balanced accuracy", Help: "Mean recall of the classes: not flattered by a frequent class.", Upper: 1, HigherBetter: true},
	{Name: "precision", Title: "Precision", Help: "Share right among the rows predicted to be of the class.", Upper: 1, HigherBetter: true, PerClass: true, Averaged: true},
	{Name: "recall", Title: "Recall", Help: "Share found among the rows of the class (sensitivity, true positive rate).", Upper: 1, HigherBetter: true, PerClass: true, Averaged: true},
	{Name: "f1", Title: "F1", Help: "Harmonic mean of precision and recall.", Upper: 1, HigherBetter: true, PerClass: true, Averaged: true},
	{Name: "f_beta", Title: "F-beta", Help: "Mean of precision and recall in which recall counts beta times as much.", Upper: 1, HigherBetter: true, PerClass: true, Averaged: true},
	{Name: "specificity", Title: "Specificity", Help: "Share right among the rows not of the class (true negative rate).", Upper: 1, HigherBetter: true, PerClass: true, Averaged: true},
	{Name: "fpr", Title: "False positive rate", Help: "Share taken for the class among the rows not of it.", Upper: 1, PerClass: true, Averaged: true},
	{Name: "fnr", Title: "False negative rate", Help: "Share missed among the rows of the class.", Upper: 1, PerClass: true, Averaged: true},
	{Name: "npv", Title: "Negative predictive value", Help: "Share right among the rows not predicted to be of the class.", Upper: 1, HigherBetter: true, PerClass: true, Averaged: true},
	{Name: "jaccard", Title: "Jaccard index", Help: "Rows of the class that were found, out of all that are of the class or were predicted to be.", Upper: 1, HigherBetter: true, PerClass: true, Averaged: true},
	{Name: "mcc", Title: "Matthews correlation", Help: "Correlation of actual and predicted class: 0 is chance, 1 is perfect, fair to rare classes.", Lower: -1, Upper: 1, HigherBetter: true},
	{Name: "kappa", Title: "Cohen's kappa", Help: "Agreement of prediction and truth beyond chance: 0 is chance, 1 is perfect.", Lower: -1, Upper: 1, HigherBetter: true},
	{Name: "prevalence", Title: "Prevalence", Help: "Share of the class among the outcomes.", Upper: 1, PerClass: true},
	{Name: "predicted_share", Title: "Predicted share", Help: "Share of the outcomes that were predicted to be of the class.", Upper: 1, PerClass: true},
	{Name: "skill_over_majority", Title: "Skill over the majority class", Help: "Share of the errors of always predicting the largest class that the model avoids: 0 is no better than that.", Lower: math.Inf(-1), Upper: 1, HigherBetter: true},
	{Name: "business_value", Title: "Business value", Help: "Mean value of a prediction by the matrix of values of each outcome.", Lower: math.Inf(-1), Upper: math.Inf(1), HigherBetter: true},
}

// Selection says which value of a metric is meant.
type Selection struct {
	Positive string    // the class that a per-class metric is about
	Average  string    // "micro", "macro" or "weighted"; comes before Positive
	Beta     float64   // of f_beta; 0 means 1
	Values   []float64 // of business_value, actual-major like the counts
	Level    float64   // of the interval, e.g. 0.95
}

// Metric computes a metric by its name. A per-class metric is that of class positive, or its average over the classes
// where average is given. With neither, it is that of the class with a customary positive name (PositiveClass) if
// there are two classes, and the macro average if there are more.
func (c Confusion) Metric(name, positive, average string, level float64) (Estimate, error) {
	return c.Select(name, Selection{Positive: positive, Average: average, Level: level})
}

// Select computes a metric as Metric does, with beta and values for the metrics that need them.
func (c Confusion) Select(name string, s Selection) (Estimate, error) {
	if !(s.Level > 0 && s.Level < 1) {
		return Estimate{}, fmt.Errorf("interval level %v is not between 0 and 1: use 0.95", s.Level)
	}
	if s.Beta == 0 {
		s.Beta = 1
	}
	if !(s.Beta > 0) || math.IsInf(s.Beta, 1) {
		return Estimate{}, fmt.Errorf("beta %v is not a positive number: use 2 to weigh recall more, 0.5 to weigh precision more", s.Beta)
	}
	switch name {
	case "accuracy":
		return c.Accuracy(s.Level), nil
	case "balanced_accuracy":
		return c.BalancedAccuracy(s.Level), nil
	case "mcc":
		return c.MCC(s.Level), nil
	case "kappa":
		return c.Kappa(s.Level), nil
	case "skill_over_majority":
		return c.Skill(s.Level), nil
	case "business_value":
		return c.BusinessValue(s.Values, s.Level)
	}
	rate, averaged := classRates[name]
	switch {
	case averaged && s.Average != "":
		return c.average(s.Average, name, s.Beta, s.Level)
	case averaged && s.Positive == "" && len(c.Classes) > 2:
		return c.average("macro", name, s.Beta, s.Level)
	case averaged:
		class, err := c.selected(name, s.Positive)
		if err != nil {
			return Estimate{}, err
		}
		return rate.estimate(class, s.Beta, s.Level), nil
	case name == "prevalence" || name == "predicted_share":
		class, err := c.selected(name, s.Positive)
		if err != nil {
			return Estimate{}, err
		}
		if name == "prevalence" {
			return class.Prevalence(s.Level), nil
		}
		return class.PredictedShare(s.Level), nil
	}
	return Estimate{}, fmt.Errorf("metric %q is not known: use one of %s", name, quoted(metricNames(func(MetricInfo) bool { return true })))
}

// selected is the class that a per-class metric is about.
func (c Confusion) selected(metric, positive string) (Binary, error) {
	if positive == "" {
		guess, ok := PositiveClass(c.Classes)
		if !ok {
			return Binary{}, fmt.Errorf("%s is about one class: name the positive class, one of %s", metric, quoted(c.Classes))
		}
		positive = guess
	}
	i, err := c.ClassIndex(positive)
	if err != nil {
		return Binary{}, fmt.Errorf("positive %w", err)
	}
	return c.Class(i), nil
}

func metricNames(keep func(MetricInfo) bool) []string {
	var names []string
	for _, m := range metrics {
		if keep(m) {
			names = append(names, m.Name)
		}
	}
	return names
}

func averagedNames() []string {
	return metricNames(func(m MetricInfo) bool { return m.Averaged })
}
