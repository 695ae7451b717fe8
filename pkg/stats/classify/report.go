package classify

// Row is a line of a classification report.
type Row struct {
	Kind      string // "class", "micro", "macro" or "weighted"
	Name      string // the class, or the kind of the average
	Positive  bool   // the positive class
	Precision Estimate
	Recall    Estimate
	F1        Estimate
	Support   float64 // rows of the class; of all classes in an average
	Predicted float64 // rows predicted to be of the class; of all classes in an average
}

// Report has a row per class, in their order, then the averages: micro (the accuracy in all three columns), macro and
// weighted. The row of class positive is marked; an empty positive marks none.
func (c Confusion) Report(level float64, positive string) []Row {
	t := tabulate(c)
	rows := make([]Row, 0, len(c.Classes)+3)
	for i := range t.k {
		b := t.binary(i)
		rows = append(rows, Row{
			Kind: "class", Name: c.Classes[i], Positive: positive != "" && c.Classes[i] == positive,
			Precision: b.Precision(level), Recall: b.Recall(level), F1: b.F1(level),
			Support: t.actual[i], Predicted: t.predicted[i],
		})
	}
	precision, recall, f1 := classRates["precision"].ratio(1), classRates["recall"].ratio(1), classRates["f1"].ratio(1)
	for _, average := range []struct {
		kind string
		of   func(ratio, float64) Estimate
	}{{"micro", c.micro}, {"macro", c.macro}, {"weighted", c.weighted}} {
		rows = append(rows, Row{
			Kind: average.kind, Name: average.kind,
			Precision: average.of(precision, level), Recall: average.of(recall, level), F1: average.of(f1, level),
			Support: t.total, Predicted: t.total,
		})
	}
	return rows
}
