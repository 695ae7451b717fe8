package fleet

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
)

// eta predicts how many minutes a delivery takes: a regression, in batches. It
// says a little too much at first, and far too little while there are road works.
func eta() model {
	s := spec("eta", "logistics",
		number("distance_km", 0.5), number("stops", 0.28), number("traffic_index", 0.17), category("weather", 0.05, "clear", "rain", "snow"))
	s.Task, s.Classes, s.ScoreEdges = modelserver.Regression, nil, nil
	s.ResidualEdges = []float64{-20, -15, -10, -7.5, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30}
	s.Products = [][2]int{{0, 1}, {0, 2}, {1, 2}}
	s.Batch = true
	return model{
		spec:    s,
		perHour: 400, wait: 45 * time.Minute, labelled: 0.95, seconds: 0.003,
		episodes: []episode{etaWorks, etaFog},
		events:   []happening{{etaWorks.to, "retraining", "fitted with the road works"}},
		replicas: []replica{{instance: "eta-0:8080", restarts: []time.Duration{day(2.3)}}},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, modelserver.Outcome) {
			distance := 4 + 6*r.ExpFloat64()
			stops := math.Floor(1 + 0.2*distance*r.ExpFloat64())
			traffic := math.Exp(0.25 * r.NormFloat64())
			weather := pick(r, 70, 25, 5)
			minutes := 5 + 1.6*distance*traffic + 2.5*stops + 3*float64(weather)
			p := modelserver.Prediction{
				Numbers:    []float64{distance, stops, traffic, 0},
				Categories: []int{0, 0, 0, weather},
			}
			if etaFog.holds(t) && r.Float64() < 0.5 {
				p.Categories[3] = modelserver.Unknown
				p.Unseen = []bool{false, false, false, true}
			}
			truth := minutes*(1+0.08*r.NormFloat64()) + 1.5*r.NormFloat64() - 0.8
			if etaWorks.holds(t) {
				truth += 0.2 * minutes
			}
			return p, modelserver.Outcome{Truth: max(truth, 1), Said: minutes}
		},
	}
}

// rankedAnswers is how many answers search shows.
const rankedAnswers = 10

// search ranks answers. While its index is stale it ranks the best ones lower.
func search() model {
	s := spec("search", "discovery",
		number("query_words", 0.3), number("candidates", 0.25), category("device", 0.45, "phone", "desktop", "tablet"))
	s.Task, s.Classes, s.ScoreEdges = modelserver.Ranking, nil, nil
	s.Qualities = []string{"ndcg_at_10", "mrr"}
	return model{
		spec:    s,
		perHour: 500, wait: 10 * time.Minute, labelled: 0.4, seconds: 0.03,
		episodes: []episode{searchStale, searchOverload},
		overload: searchOverload,
		events:   []happening{{searchStale.from, "pipeline_update", "the index is built by the new cluster"}, {searchStale.to, "pipeline_update", "the index is rebuilt"}},
		replicas: []replica{{instance: "search-0:8080"}, {instance: "search-1:8080", restarts: []time.Duration{day(4.4)}}},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, modelserver.Outcome) {
			noise := 0.6
			if searchStale.holds(t) {
				noise = 1.5
			}
			relevance, order := make([]float64, rankedAnswers), make([]float64, rankedAnswers)
			for i := range relevance {
				if x := r.NormFloat64(); x > 0 {
					relevance[i] = math.Ceil(x)
				}
				order[i] = relevance[i] + noise*r.NormFloat64()
			}
			return modelserver.Prediction{
				Numbers:    []float64{math.Floor(1 + 2*r.ExpFloat64()), math.Floor(50 + 400*r.ExpFloat64()), 0},
				Categories: []int{0, 0, pick(r, 60, 32, 8)},
			}, modelserver.Outcome{Qualities: []float64{ndcg(relevance, order), reciprocalRank(relevance, order)}}
		},
	}
}

// ranked is the relevance of answers, the one that the model puts first first.
func ranked(relevance, order []float64) []float64 {
	index := make([]int, len(order))
	for i := range index {
		index[i] = i
	}
	slices.SortFunc(index, func(a, b int) int { return cmp.Compare(order[b], order[a]) })
	out := make([]float64, len(index))
	for place, i := range index {
		out[place] = relevance[i]
	}
	return out
}

// ndcg is the normalised discounted cumulative gain of all answers (Järvelin and
// Kekäläinen 2002): 1 is the best order; where nothing is relevant, every order is.
func ndcg(relevance, order []float64) float64 {
	gain := func(ordered []float64) float64 {
		sum := 0.0
		for place, relevance := range ordered {
			sum += (math.Exp2(relevance) - 1) / math.Log2(float64(place)+2)
		}
		return sum
	}
	best := gain(ranked(relevance, relevance))
	if best == 0 {
		return 1
	}
	return gain(ranked(relevance, order)) / best
}

// reciprocalRank is 1 / the place of the first answer that is fully relevant, 0
// without one.
func reciprocalRank(relevance, order []float64) float64 {
	most := slices.Max(relevance)
	if most == 0 {
		return 0
	}
	return 1 / float64(slices.Index(ranked(relevance, order), most)+1)
}
