package prometheus

import "slices"

// Join puts answers together whose grids follow one another: the first step of
// each is one step after the last of the one before. Where a series is missing
// from an answer, its values are absent there.
func Join(answers ...*Answer) *Answer {
	if len(answers) == 1 {
		return answers[0]
	}
	out := &Answer{Start: answers[0].Start, Step: answers[0].Step}
	of := make([][]int, len(answers)) // for each answer: which series of out its series are
	index := map[string]int{}
	var key []byte
	for i, a := range answers {
		out.Steps += a.Steps
		out.Bytes += a.Bytes
		out.Warnings = appendNew(out.Warnings, a.Warnings)
		out.Infos = appendNew(out.Infos, a.Infos)
		of[i] = make([]int, len(a.Series))
		for s, labels := range a.Series {
			// Mostly the answers agree on the series and their order, and no index is needed.
			if i > 0 && s < len(out.Series) && out.Series[s].Equal(labels) {
				of[i][s] = s
				continue
			}
			if i > 0 {
				for n := len(index); n < len(out.Series); n++ {
					index[string(out.Series[n].AppendKey(nil))] = n
				}
			}
			key = labels.AppendKey(key[:0])
			at, known := index[string(key)]
			if !known {
				at = len(out.Series)
				out.Series = append(out.Series, labels)
			}
			of[i][s] = at
		}
	}
	out.Values = make([]float64, len(out.Series)*out.Steps)
	for i := range out.Values {
		out.Values[i] = Absent()
	}
	from := 0
	for i, a := range answers {
		for s, at := range of[i] {
			copy(out.Row(at)[from:], a.Row(s))
		}
		for _, h := range a.Histograms {
			h.Series, h.Step = of[i][h.Series], h.Step+from
			out.Histograms = append(out.Histograms, h)
		}
		from += a.Steps
	}
	slices.SortStableFunc(out.Histograms, func(a, b NativeSample) int {
		if a.Series != b.Series {
			return a.Series - b.Series
		}
		return a.Step - b.Step
	})
	return out
}

func appendNew(list, more []string) []string {
	for _, text := range more {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
