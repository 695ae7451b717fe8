package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// The metrics that are given when the query names none.
var (
	standardSeries  = []string{"accuracy", "precision", "recall", "f1"}
	standardNumbers = []string{"accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "kappa"}
)

// worth are the options that give each outcome of the positive class a value.
var worth = []string{"valueTruePositive", "valueFalsePositive", "valueFalseNegative", "valueTrueNegative"}

func init() {
	overTime := []query.Format{query.FormatSeries, query.FormatNumbers}
	options := []Option{
		{
			Name: "metrics", Type: TypeStrings, Title: "Metrics", Enum: classificationMetrics(), Formats: overTime,
			Help: "What to compute. None means " + strings.Join(standardSeries, ", ") + " over time, and balanced accuracy, MCC and kappa besides as numbers.",
		},
		positiveClassOption(),
		{
			Name: "averages", Type: TypeStrings, Title: "Averages", Formats: overTime,
			Help: "Give the averages over the classes too, labelled with average.",
			Enum: choices(
				"micro", "Micro", "all classes pooled: with one label per row it equals the accuracy",
				"macro", "Macro", "the plain mean over the classes",
				"weighted", "Weighted", "the mean weighted by the outcomes of each class",
			),
		},
		{Name: "perClass", Type: TypeBoolean, Title: "Per class", Default: false, Formats: overTime, Help: "Give the values of each class against the rest too, labelled with class."},
		{Name: "classes", Type: TypeStrings, Title: "Classes", Values: "classes", Formats: overTime, Advanced: true, Help: "The classes to give per-class values of; none means all."},
		intervalOption(overTime...),
		confidenceOption(),
		{Name: "beta", Type: TypeNumber, Title: "Beta", Default: 2.0, Min: at(0.01), Max: at(100), Formats: overTime, Advanced: true, Help: "How many times recall counts as much as precision in f_beta."},
		{Name: "minimum", Type: TypeInteger, Title: "Least outcomes", Default: 1.0, Min: at(1), Advanced: true, Help: "With fewer outcomes in a window the answer is empty: too few to say anything."},
	}
	options = append(options, worthOptions(overTime...)...)
	register(Analysis{
		Name: "classification", Title: "Classification quality", Group: "Performance", Icon: "check-circle", NeedsModel: true,
		Summary:   "Accuracy, precision, recall, F1, MCC, kappa and more from the confusion matrix, per class and averaged, with intervals.",
		NeedsText: "Outcomes (ml_outcomes_total by actual and predicted), counted when the truth becomes known.",
		Formats:   []FormatInfo{asSeries, asTable.named("Report"), asNumbers},
		Options:   options,
		Roles:     []RoleNeed{{Name: profile.Outcomes, Required: true}},
		Needs: func(q *query.Query, o Options) ([]counts.Request, error) {
			if !given(o, worth...) && slices.Contains(o.Strings("metrics"), "business_value") {
				return nil, &query.Error{Field: "options." + worth[0], Message: "business_value needs the value of each outcome: set " + strings.Join(worth, ", ")}
			}
			w, err := windowsFor(q)
			return []counts.Request{outcomesRequest(q, w)}, err
		},
		Compute: classification,
	})
}

// worthOptions are the options that give each outcome of the positive class a value.
func worthOptions(formats ...query.Format) []Option {
	var out []Option
	for i, what := range []string{"a true positive", "a false positive (negative for a cost)", "a false negative (negative for a cost)", "a true negative"} {
		out = append(out, Option{
			Name: worth[i], Type: TypeNumber, Title: "Value of " + strings.SplitN(what, " (", 2)[0], Formats: formats, Advanced: true,
			Help: "What " + what + " is worth, for the metric business_value: the mean value of a prediction.",
		})
	}
	return out
}

func classificationMetrics() []EnumValue {
	var out []EnumValue
	for _, m := range classify.MetricNames() {
		out = append(out, EnumValue{Value: m.Name, Label: m.Title, Description: m.Help})
	}
	return out
}

// given tells whether any of the options has a value.
func given(o Options, names ...string) bool { return slices.ContainsFunc(names, o.Set) }

func classification(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	d := data[0]
	said.read(d)
	w := d.Request.Windows
	var groups []confusions
	for _, g := range d.Tallies {
		var further []string
		if p := o.String("positiveClass"); p != "" {
			further = []string{p}
			if !seen(g, p) {
				said.warning("class %q does not occur among the outcomes, whose classes are %s", p, several(sortedClasses(classesOf(g))))
			}
		}
		c, err := confusionsOf(g, w.Number, &said, further...)
		if err != nil {
			return nil, err
		}
		if slices.Contains(c.has, true) {
			groups = append(groups, c)
		}
	}
	if len(groups) == 0 {
		said.missing(q, d)
		said.warning("there are no outcomes in the window: labels may not have arrived yet, choose a longer or an earlier time range")
		return nothing(q, "Classification quality", w, said), nil
	}
	if q.Format == query.FormatTable {
		return classificationReport(q, o, w, groups, said), nil
	}
	metrics := o.Strings("metrics")
	if len(metrics) == 0 {
		metrics = standardNumbers
		if q.Format == query.FormatSeries {
			metrics = standardSeries
		}
	}
	var ms []measure
	for _, g := range groups {
		of, err := classificationMeasures(g, metrics, o, &said)
		if err != nil {
			return nil, err
		}
		ms = append(ms, of...)
	}
	return answerMeasures(q, "Classification quality", w, ms, limits{interval: o.Bool("interval")}, said), nil
}

// seen tells whether a class occurs in the outcomes, as actual or as predicted.
func seen(g counts.TallyGroup, class string) bool { return slices.Contains(classesOf(g), class) }

func classesOf(g counts.TallyGroup) []string {
	var out []string
	for _, k := range g.Keys {
		for _, c := range k {
			if c != "" {
				out = append(out, c)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// wanted is one value to compute in every window: a metric, of a class or an
// average where the plain value is not meant.
type wanted struct {
	metric    string
	selection classify.Selection
	labels    []string
}

// wantedOf lists the values that the options ask for, the plain ones first.
func wantedOf(g confusions, metrics []string, o Options, said *notes) []wanted {
	infos := make(map[string]classify.MetricInfo)
	for _, m := range classify.MetricNames() {
		infos[m.Name] = m
	}
	base := classify.Selection{Beta: o.Number("beta"), Level: o.Number("confidence")}
	positive := positiveOf(g.classes, o.String("positiveClass"))
	classes := g.classes
	if chosen := o.Strings("classes"); len(chosen) > 0 {
		classes = chosen
	}
	var out []wanted
	for _, metric := range metrics {
		info := infos[metric]
		plainOne := base
		switch {
		case !info.PerClass && metric != "business_value":
		case positive != "":
			plainOne.Positive = positive
		case info.Averaged && len(g.classes) != 1:
			plainOne.Average = "macro"
		default:
			said.warning("%s is about one class: name it by the option positiveClass, one of %s", metric, several(g.classes))
			continue
		}
		if metric == "business_value" {
			if positive == "" {
				continue
			}
			plainOne.Values = valueMatrix(g.classes, positive, o)
		}
		out = append(out, wanted{metric, plainOne, nil})
		if info.Averaged {
			for _, average := range o.Strings("averages") {
				s := base
				s.Average = average
				out = append(out, wanted{metric, s, []string{"average", average}})
			}
		}
		if info.PerClass && o.Bool("perClass") {
			for _, class := range classes {
				if !slices.Contains(g.classes, class) {
					continue
				}
				s := base
				s.Positive = class
				out = append(out, wanted{metric, s, []string{string(profile.Class), class}})
			}
		}
	}
	return out
}

// valueMatrix is what each cell of the confusion matrix is worth; values that
// are not given are 0.
func valueMatrix(classes []string, positive string, o Options) []float64 {
	var v [4]float64
	for i, name := range worth {
		if o.Set(name) {
			v[i] = o.Number(name)
		}
	}
	values := make([]float64, len(classes)*len(classes))
	for a, actual := range classes {
		for p, predicted := range classes {
			i := 3
			switch {
			case actual == positive && predicted == positive:
				i = 0
			case predicted == positive:
				i = 1
			case actual == positive:
				i = 2
			}
			values[a*len(classes)+p] = v[i]
		}
	}
	return values
}

func classificationMeasures(g confusions, metrics []string, o Options, said *notes) ([]measure, error) {
	var ms []measure
	least := float64(o.Integer("minimum"))
	few := 0
	for k, has := range g.has {
		if has && g.windows[k].Total() < least {
			few++
		}
	}
	if few > 0 {
		said.info("%d windows have fewer than %g outcomes and are left empty", few, least)
	}
	for _, want := range wantedOf(g, metrics, o, said) {
		m := newMeasure(want.metric, with(g.labels, want.labels...), len(g.windows))
		if want.metric == "f_beta" {
			m.labels = with(m.labels, "beta", fmt.Sprintf("%g", want.selection.Beta))
		}
		for k, c := range g.windows {
			if !g.has[k] || c.Total() < least {
				continue
			}
			e, err := c.Select(want.metric, want.selection)
			if err != nil {
				return nil, err
			}
			if !e.Defined() && c.Total() > 0 && len(g.windows) == 1 {
				said.info("%s is not defined: %s", title(m.labels, append([]string{"metric"}, want.labels...)), e.Reason)
			}
			m.points[k] = estimatePoint(e)
		}
		ms = append(ms, m)
	}
	return ms, nil
}

func estimatePoint(e classify.Estimate) point {
	p := valueOnly(e.Value, e.N)
	p.lower, p.upper = e.Lower, e.Upper
	return p
}

// classificationReport has a row per class and per average.
func classificationReport(q *query.Query, o Options, w counts.Windows, groups []confusions, said notes) []result.Result {
	var s sheet
	level := o.Number("confidence")
	n := 0.0
	for _, g := range groups {
		c := g.windows[0]
		n += c.Total()
		for _, row := range c.Report(level, positiveOf(g.classes, o.String("positiveClass"))) {
			s.row()
			s.labels(g.labels, groupLabels(q))
			class, kind := row.Name, row.Kind
			switch {
			case row.Kind == "micro":
				class, kind = "", "micro average (accuracy)"
			case row.Kind != "class":
				class, kind = "", row.Kind+" average"
			case row.Positive:
				kind = "positive class"
			}
			s.text("Class", class)
			s.text("Row", kind)
			reportRate(&s, "Precision", row.Precision)
			reportRate(&s, "Recall", row.Recall)
			reportRate(&s, "F1", row.F1)
			s.number("Support", row.Support, described(amount, "outcomes of the class"))
			s.number("Predicted", row.Predicted, described(amount, "outcomes predicted to be of the class"))
		}
	}
	return []result.Result{result.Table{Meta: meta(q, "Classification report", w, n, said), Columns: s.done()}}
}

func reportRate(s *sheet, name string, e classify.Estimate) {
	s.number(name, e.Value, unitless(math.NaN(), 1, ""))
	s.text(name+" interval", span(e.Lower, e.Upper))
}
