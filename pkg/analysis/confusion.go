package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/classify"
)

// outcomesRequest reads labelled predictions by actual and predicted class.
func outcomesRequest(q *query.Query, w counts.Windows) counts.Request {
	r := request(q, profile.Outcomes, w)
	r.Over = []profile.Label{profile.Actual, profile.Predicted}
	return r
}

// confusions are the confusion matrices of one group, one per window.
type confusions struct {
	labels  map[string]string
	classes []string
	windows []classify.Confusion
	has     []bool
}

// confusionsOf sorts a group's outcomes into matrices. Classes are those seen as
// actual or as predicted in any window, so that the matrices of all windows are
// alike; further classes can be named. Outcomes without an actual or a predicted
// class are left out, and said.
func confusionsOf(g counts.TallyGroup, windows int, said *notes, further ...string) (confusions, error) {
	classes := slices.Clone(further)
	nameless := false
	for _, k := range g.Keys {
		if k[0] == "" || k[1] == "" {
			nameless = true
			continue
		}
		classes = append(classes, k[0], k[1])
	}
	if nameless {
		said.warning("outcomes without an actual or a predicted class were left out: give both labels to every series")
	}
	classes = sortedClasses(classes)
	out := confusions{labels: known(g.Labels), classes: classes, windows: make([]classify.Confusion, windows), has: make([]bool, windows)}
	if len(classes) == 0 {
		return out, nil
	}
	size := len(classes) * len(classes)
	if size > maxCells/windows {
		return out, &query.Error{
			Field:   "matchers",
			Message: fmt.Sprintf("the outcomes have %d classes over %d windows, more than can be held: narrow the query by matchers or ask for fewer windows", len(classes), windows),
		}
	}
	place := make(map[string]int, len(classes))
	for i, c := range classes {
		place[c] = i
	}
	cells := make([]int, len(g.Keys))
	for i, k := range g.Keys {
		cells[i] = -1
		if k[0] != "" && k[1] != "" {
			cells[i] = place[k[0]]*len(classes) + place[k[1]]
		}
	}
	matrices := make([]float64, windows*size)
	for w := range windows {
		if !g.Has(w) {
			continue
		}
		matrix := matrices[w*size : (w+1)*size : (w+1)*size]
		for i, n := range g.At(w) {
			if cells[i] >= 0 && n > 0 {
				matrix[cells[i]] += n
			}
		}
		c, err := classify.NewConfusion(classes, matrix)
		if err != nil {
			return out, fmt.Errorf("the outcomes cannot be read: %w", err)
		}
		out.windows[w], out.has[w] = c, true
	}
	return out, nil
}

// maxCells bounds the matrices of one group over all windows: 160 MB.
const maxCells = 20_000_000

// sortedClasses sorts and deduplicates class names, numerically when all are numbers.
func sortedClasses(classes []string) []string {
	slices.Sort(classes)
	classes = slices.Compact(classes)
	values := make(map[string]float64, len(classes))
	for _, c := range classes {
		v, err := strconv.ParseFloat(c, 64)
		if err != nil || math.IsNaN(v) {
			return classes
		}
		values[c] = v
	}
	slices.SortStableFunc(classes, func(a, b string) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	return classes
}

// positiveOf is the positive class among the classes of a model: the chosen one,
// else the one with a customary name, else the last by name of two. Empty when
// there are more classes, or none.
func positiveOf(classes []string, chosen string) string {
	if chosen != "" {
		return chosen
	}
	if len(classes) > 2 || len(classes) == 0 {
		return ""
	}
	if guess, ok := classify.PositiveClass(classes); ok {
		return guess
	}
	if len(classes) == 2 {
		return slices.Max(classes)
	}
	return ""
}
