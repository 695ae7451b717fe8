package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// healthVerdict is what the rules say of one model in one window.
type healthVerdict struct {
	status  healthStatus
	reasons []string // those of the status first
	unknown []notKnown
	worst   string // the feature that drifted most
	// predictions is NaN where they are not counted; silent tells that there is
	// nothing to judge by.
	predictions float64
	silent      bool
}

// notKnown is what conditions ask for without an answer, and why.
type notKnown struct{ quantity, why string }

// truth is what is known of a condition (Kleene's logic): what is not known
// neither raises a status nor clears one that other conditions raise.
type truth int

const (
	settledFalse truth = iota
	notSettled
	settledTrue
)

// verdict judges one model in one window by the values of each part.
func (p healthPlan) verdict(predictions float64, values [][]observed) healthVerdict {
	v := healthVerdict{predictions: predictions, worst: p.worstFeature(values)}
	if predictions == 0 {
		v.status, v.silent, v.reasons = statusNoData, true, []string{"no predictions in the window"}
		return v
	}
	said := make(map[string]bool)
	settled := false
	for _, s := range []healthStatus{statusCritical, statusWarning} {
		for _, r := range p.rules {
			if r.status != s {
				continue
			}
			holds := settledFalse
			for _, all := range r.any {
				each := settledTrue
				var because []string
				for _, c := range all {
					t, reason, why := p.condition(c, values)
					each = min(each, t)
					if t == notSettled && !slices.ContainsFunc(v.unknown, func(u notKnown) bool { return u.quantity == c.quantity() }) {
						v.unknown = append(v.unknown, notKnown{c.quantity(), why})
					}
					if t == settledTrue && !said[c.quantity()] {
						because = append(because, reason)
					}
				}
				holds = max(holds, each)
				if each == settledTrue {
					v.reasons = append(v.reasons, because...)
					for _, c := range all {
						said[c.quantity()] = true
					}
				}
			}
			settled = settled || holds != notSettled
			if holds == settledTrue {
				v.status = max(v.status, s)
			}
		}
	}
	if !settled {
		v.status, v.reasons = statusNoData, []string{"nothing that the rules ask for is known"}
		if math.IsNaN(predictions) {
			v.silent, v.reasons = true, []string{"no predictions in the window"}
		}
	}
	return v
}

// condition judges a condition: true if any of the values that match holds, false
// if none does of those that are known. It says why in words.
func (p healthPlan) condition(c healthCondition, values [][]observed) (holds truth, reason, why string) {
	part := slices.IndexFunc(p.parts, func(p healthPart) bool {
		return slices.ContainsFunc(p.conditions, func(have healthCondition) bool { return have.String() == c.String() })
	})
	known, seen, more := false, false, 0
	var worst observed
	for _, o := range values[part] {
		if !c.matches(o.Labels) {
			continue
		}
		seen = true
		if math.IsNaN(o.Value) {
			continue
		}
		known = true
		if !c.holds(o.Value) {
			continue
		}
		if more == 0 || math.Abs(o.Value-c.threshold) > math.Abs(worst.Value-c.threshold) {
			worst = o
		}
		more++
	}
	switch {
	case more > 0:
		return settledTrue, p.because(p.parts[part], c, worst, more-1), ""
	case known:
		return settledFalse, "", ""
	case seen:
		return notSettled, "", "too few data"
	}
	return notSettled, "", "no such value"
}

// matches tells whether a value is one that the condition is about.
func (c healthCondition) matches(labels map[string]string) bool {
	if labels["metric"] != c.metric || labels["bound"] != c.limit {
		return false
	}
	for _, l := range c.labels {
		if labels[l.name] != l.value {
			return false
		}
	}
	return true
}

// because is a condition that holds, in words.
func (p healthPlan) because(part healthPart, c healthCondition, o observed, more int) string {
	what := strings.ReplaceAll(c.metric, "_", " ")
	if c.limit != "" {
		what = c.limit + " limit of " + what
	}
	own := with(o.Labels)
	for _, l := range groupLabels(p.query) {
		delete(own, string(l))
	}
	delete(own, "metric")
	delete(own, "bound")
	if of := title(own, labelNames(own)); of != "" {
		what += " of " + of
	}
	text := fmt.Sprintf("%s: %s is %s, %s %s", part.analysis.Title, what, shown(o.Value, o.Style), healthOperators[c.op], shown(c.threshold, o.Style))
	if o.n > 0 {
		text += fmt.Sprintf(" (n = %.0f)", o.n)
	}
	if more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// shown is a value as a panel shows it.
func shown(x float64, s result.Style) string {
	if s.Unit == result.Percent {
		return fmt.Sprintf("%.3g %%", 100*x)
	}
	return fmt.Sprintf("%.4g", x)
}

// worstFeature is the feature that drifted most, with its drift; empty when the
// rules do not ask about drift. The features come worst first.
func (p healthPlan) worstFeature(values [][]observed) string {
	for i, part := range p.parts {
		if part.analysis.Name != "drift" {
			continue
		}
		c := healthCondition{metric: part.method}
		for _, o := range values[i] {
			if f := o.Labels[string(profile.Feature)]; f != "" && c.matches(o.Labels) && isNumber(o.Value) {
				return fmt.Sprintf("%s (%s %.3g)", f, part.method, o.Value)
			}
		}
	}
	return ""
}
