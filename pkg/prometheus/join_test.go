package prometheus

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// whole makes an answer of a few series with gaps and native samples.
func whole(rng *rand.Rand, steps int) *Answer {
	a := &Answer{Start: 1000, Step: 10, Steps: steps}
	for s := range 6 {
		a.Series = append(a.Series, NewLabels(map[string]string{"series": string(rune('a' + s)), "x": "y"}))
		for k := range steps {
			v := rng.Float64()
			if rng.IntN(3) == 0 {
				v = Absent()
				if rng.IntN(2) == 0 {
					a.Histograms = append(a.Histograms, NativeSample{Series: s, Step: k, Count: rng.Float64()})
				}
			}
			a.Values = append(a.Values, v)
		}
	}
	return a
}

// cutAnswer takes steps from..to of an answer, its series in another order and without
// those that have nothing there, as a server would send them.
func cutAnswer(a *Answer, from, to int, order []int) *Answer {
	out := &Answer{Start: a.Start + int64(from)*a.Step, Step: a.Step, Steps: to - from, Warnings: []string{"w"}, Bytes: 1}
	for _, s := range order {
		row := a.Row(s)[from:to]
		any := false
		for _, v := range row {
			any = any || !IsAbsent(v)
		}
		at := len(out.Series)
		for _, h := range a.Histograms {
			if h.Series == s && h.Step >= from && h.Step < to {
				any = true
				h.Series, h.Step = at, h.Step-from
				out.Histograms = append(out.Histograms, h)
			}
		}
		if any {
			out.Series = append(out.Series, a.Series[s])
			out.Values = append(out.Values, row...)
		}
	}
	return out
}

func TestJoinUndoesCutting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		steps := 2 + rng.IntN(6)
		a := whole(rng, steps)
		cut := 1 + rng.IntN(steps-1)
		joined := Join(cutAnswer(a, 0, cut, rng.Perm(6)), cutAnswer(a, cut, steps, rng.Perm(6)))
		if joined.Start != a.Start || joined.Steps != steps || joined.Bytes != 2 || !reflect.DeepEqual(joined.Warnings, []string{"w"}) {
			t.Fatalf("joined to %+v", joined)
		}
		for s, labels := range a.Series {
			found := false
			for j, other := range joined.Series {
				if !labels.Equal(other) {
					continue
				}
				if found {
					t.Fatalf("%s is there twice", labels)
				}
				found = true
				for k := range steps {
					if got, want := joined.Value(j, k), a.Value(s, k); got != want && !(IsAbsent(got) && IsAbsent(want)) {
						t.Fatalf("%s at step %d is %v, want %v", labels, k, got, want)
					}
				}
				if got, want := nativeOf(joined, j), nativeOf(a, s); !reflect.DeepEqual(got, want) {
					t.Fatalf("%s has the native samples %v, want %v", labels, got, want)
				}
			}
			if !found && (len(nativeOf(a, s)) > 0 || hasFloat(a, s)) {
				t.Fatalf("%s is missing", labels)
			}
		}
	}
}

func nativeOf(a *Answer, series int) (out [][2]float64) {
	for _, h := range a.Histograms {
		if h.Series == series {
			out = append(out, [2]float64{float64(h.Step), h.Count})
		}
	}
	return out
}

func hasFloat(a *Answer, series int) bool {
	for _, v := range a.Row(series) {
		if !IsAbsent(v) {
			return true
		}
	}
	return false
}
