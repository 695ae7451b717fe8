package analysis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/infer"
)

func init() {
	register(Analysis{
		Name: "confusion_matrix", Title: "Confusion matrix", Group: "Performance", Icon: "apps", NeedsModel: true,
		Summary:   "Which classes the model takes for which: counts or shares of actual by predicted class, and the most confused pairs.",
		NeedsText: "Outcomes (ml_outcomes_total by actual and predicted), counted when the truth becomes known.",
		Formats:   []FormatInfo{asMatrix, asTable.named("Most confused pairs")},
		Options: []Option{
			{
				Name: "normalize", Type: TypeEnum, Title: "Cells", Default: "actual", Formats: []query.Format{query.FormatMatrix},
				Help: "What a cell of the matrix shows.",
				Enum: choices(
					"none", "Counts", "the number of outcomes",
					"actual", "Share of actual", "each row sums to 1: the diagonal is the recall",
					"predicted", "Share of predicted", "each column sums to 1: the diagonal is the precision",
					"all", "Share of all", "all cells sum to 1: the diagonal sums to the accuracy",
				),
			},
			topOption("Classes or pairs", "Keep the classes with most outcomes and fold the rest into one; in the table, the most frequent confusions. 0 keeps all.", 20),
			confidenceOption(),
		},
		Roles: []RoleNeed{{Name: profile.Outcomes, Required: true}},
		Needs: func(q *query.Query, _ Options) ([]counts.Request, error) {
			w, err := windowsFor(q)
			return []counts.Request{outcomesRequest(q, w)}, err
		},
		Compute: confusionMatrix,
	})
}

func confusionMatrix(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	d := data[0]
	said.read(d)
	w := d.Request.Windows
	var groups []confusions
	for _, g := range d.Tallies {
		c, err := confusionsOf(g, w.Number, &said)
		if err != nil {
			return nil, err
		}
		if c.has[0] && c.windows[0].Total() > 0 {
			groups = append(groups, c)
		}
	}
	if len(groups) == 0 {
		said.missing(q, d)
		said.warning("there are no outcomes in the window: labels may not have arrived yet, choose a longer or an earlier time range")
		return nothing(q, "Confusion matrix", w, said), nil
	}
	if q.Format == query.FormatTable {
		return confusedPairs(q, o, w, groups, said), nil
	}
	sets := make([]map[string]string, len(groups))
	for i, g := range groups {
		sets[i] = g.labels
	}
	names := varying(sets)
	answers := make([]result.Result, 0, len(groups))
	for _, g := range groups {
		m, err := matrixOf(g.windows[0].TopK(o.Integer("top")), o.String("normalize"))
		if err != nil {
			return nil, err
		}
		own := said
		if folded := len(g.classes) - len(m.Rows) + 1; len(m.Rows) < len(g.classes) {
			own.info("%d classes are folded into %q: option top keeps more", folded, classify.Other)
		}
		m.Meta = meta(q, named("Confusion matrix", g.labels, names), w, g.windows[0].Total(), own)
		m.Custom["labels"] = g.labels
		answers = append(answers, m)
	}
	return answers, nil
}

// matrixOf lays a confusion matrix out for a table with coloured cells.
func matrixOf(c classify.Confusion, normalize string) (result.Matrix, error) {
	values, err := c.Normalize(normalize)
	if err != nil {
		return result.Matrix{}, err
	}
	m := result.Matrix{Corner: `actual \ predicted`, Rows: c.Classes, Columns: c.Classes, Values: values, Style: share}
	if normalize == "none" {
		m.Style = amount
	}
	return m, nil
}

// named puts what tells a group from the others after a frame's name.
func named(name string, labels map[string]string, by []string) string {
	if t := title(labels, by); t != "" {
		return name + " " + t
	}
	return name
}

// confusedPairs lists which class was taken for which, most frequent first, each
// share of the actual class with its Wilson interval.
func confusedPairs(q *query.Query, o Options, w counts.Windows, groups []confusions, said notes) []result.Result {
	var s sheet
	n := 0.0
	level := o.Number("confidence")
	for _, g := range groups {
		c := g.windows[0]
		n += c.Total()
		for _, pair := range c.MostConfused(o.Integer("top")) {
			s.row()
			s.labels(g.labels, groupLabels(q))
			s.text("Actual", pair.Actual)
			s.text("Predicted", pair.Predicted)
			s.number("Count", pair.Count, amount)
			s.number("Share of actual", pair.ShareOfActual, described(share, "of the outcomes of the actual class"))
			limits := infer.Wilson(pair.Count, pair.Count/pair.ShareOfActual, level)
			s.number("Lower", limits.Lower, share)
			s.number("Upper", limits.Upper, share)
			s.number("Share of predicted", pair.ShareOfPredicted, described(share, "of the predictions of the predicted class"))
			s.number("Share of errors", pair.ShareOfErrors, described(share, "of all wrong predictions"))
			s.number("n", math.Round(pair.Count/pair.ShareOfActual), described(amount, "outcomes of the actual class"))
		}
	}
	if s.rows == 0 {
		said.info("no outcome in the window was predicted wrongly")
	}
	return []result.Result{result.Table{Meta: meta(q, "Most confused pairs", w, n, said), Columns: s.done()}}
}
