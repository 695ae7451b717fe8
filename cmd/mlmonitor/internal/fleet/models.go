package fleet

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
)

// model is a simulated model: its spec, how it draws a request, and what
// happens to it.
type model struct {
	spec     modelserver.Spec
	perHour  float64       // requests on average over a day
	wait     time.Duration // mean time until the label
	labelled float64       // share of requests that are ever labelled
	seconds  float64       // median time of a prediction
	draw     func(r *rand.Rand, t time.Duration) (modelserver.Prediction, int)
	episodes []episode
	replicas []replica
}

// replica is one process of a model, at times of the story; born 0 is there
// from the start, gone 0 stays.
type replica struct {
	instance   string
	born, gone time.Duration
	restarts   []time.Duration
	down       []episode
}

// models is the fleet, in the order of names.
func models() []model {
	return []model{churn(), credit(), fraud(), intent(), pricing()}
}

func spec(name, owner string, features ...modelserver.Feature) modelserver.Spec {
	return modelserver.Spec{
		Model: name, Version: "v1",
		Framework: "simulated", Owner: owner,
		Runbook:    "https://github.com/mlmonitor/mlmonitor-datasource#readme",
		Labels:     []string{"environment", "production"},
		Classes:    []string{"0", "1"},
		ScoreEdges: modelserver.EqualEdges(20),
		Features:   features,
	}
}

func number(name string) modelserver.Feature { return modelserver.Feature{Name: name} }

func category(name string, categories ...string) modelserver.Feature {
	return modelserver.Feature{Name: name, Categories: categories}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// pick draws an index with the given weights.
func pick(r *rand.Rand, weights ...float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	x := r.Float64() * total
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// binary makes a prediction from a logit, and an outcome that comes true with
// the given probability.
func binary(r *rand.Rand, logit float64, chance func(score float64) float64, numbers []float64, categories []int) (modelserver.Prediction, int) {
	score := sigmoid(logit)
	p := modelserver.Prediction{Scores: []float64{1 - score, score}, Numbers: numbers, Categories: categories}
	if score >= 0.5 {
		p.Predicted = 1
	}
	actual := 0
	if r.Float64() < chance(score) {
		actual = 1
	}
	return p, actual
}

func calibrated(score float64) float64 { return score }

// fraud has a feature that drifts. The model is left with inputs it was not
// made for: its scores rise, the frauds do not.
func fraud() model {
	return model{
		spec: spec("fraud", "payments",
			number("amount"), number("account_age_days"), number("transactions_1h"),
			category("country", "US", "DE", "FR", "GB", "IN", "BR"), category("channel", "web", "app", "shop")),
		perHour: 900, wait: 2 * time.Hour, labelled: 1, seconds: 0.006,
		episodes: []episode{fraudDrift},
		replicas: []replica{
			{instance: "fraud-0:8080", restarts: []time.Duration{day(1.5)}},
			{instance: "fraud-1:8080", restarts: []time.Duration{day(1.52), day(3.33)}, gone: day(5.7)},
		},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, int) {
			factor := 1.0
			if fraudDrift.holds(t) {
				factor = 1.8
			}
			base := math.Exp(3.5 + r.NormFloat64())
			amount := base * factor
			age := 400 * r.ExpFloat64()
			velocity := math.Floor(1.5 * r.ExpFloat64())
			country := pick(r, 40, 15, 12, 12, 12, 9)
			channel := pick(r, 50, 35, 15)
			logit := func(amount float64) float64 {
				return -5.2 + 0.9*(math.Log(amount)-3.5) - 0.5*math.Log1p(age/100) + 1.1*velocity + 0.5*float64(country/3) + 0.6*float64(1-min(channel, 1))
			}
			truth := sigmoid(logit(base))
			return binary(r, logit(amount), func(float64) float64 { return truth },
				[]float64{amount, age, velocity, 0, 0}, []int{0, 0, 0, country, channel})
		},
	}
}

// churn loses its calibration while its inputs and its ranking stay.
func churn() model {
	return model{
		spec: spec("churn", "growth",
			number("tenure_months"), number("logins_30d"), number("support_tickets"), category("plan", "free", "basic", "pro")),
		perHour: 500, wait: 4 * time.Hour, labelled: 0.9, seconds: 0.012,
		episodes: []episode{churnOverrating},
		replicas: []replica{{instance: "churn-0:8080", restarts: []time.Duration{day(2.6)}}},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, int) {
			tenure := 18 * r.ExpFloat64()
			logins := math.Floor(12 * r.ExpFloat64())
			tickets := math.Floor(0.8 * r.ExpFloat64())
			plan := pick(r, 50, 35, 15)
			logit := 0.9 - 0.05*tenure - 0.09*logins + 0.8*tickets - 0.5*float64(plan)
			chance := calibrated
			if churnOverrating.holds(t) {
				chance = func(score float64) float64 { return score / 2 }
			}
			return binary(r, logit, chance, []float64{tenure, logins, tickets, 0}, []int{0, 0, 0, plan})
		},
	}
}

// credit loses a feature: first all of it for six hours, later most of it.
func credit() model {
	return model{
		spec: spec("credit", "risk",
			number("income"), number("bureau_score"), number("debt_ratio"), category("purpose", "car", "home", "study", "other")),
		perHour: 400, wait: 6 * time.Hour, labelled: 0.7, seconds: 0.02,
		episodes: []episode{creditOutage, creditLoss},
		replicas: []replica{
			{instance: "credit-0:8080"},
			{instance: "credit-1:8080", down: []episode{{day(4.9), day(5.3), "cannot be scraped, and is restarted when it is back"}}, restarts: []time.Duration{day(5.3)}},
		},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, int) {
			income := math.Exp(10.4 + 0.5*r.NormFloat64())
			bureau := 650 + 90*r.NormFloat64()
			debt := 0.35 * r.ExpFloat64()
			purpose := pick(r, 40, 25, 15, 20)
			logit := func(bureau float64) float64 {
				return -1.6 - 0.012*(bureau-650) + 1.6*(debt-0.35) - 0.6*(math.Log(income)-10.4)
			}
			truth := sigmoid(logit(bureau))
			known := bureau
			if creditOutage.holds(t) || creditLoss.holds(t) && r.Float64() < 0.7 {
				known = math.NaN()
				bureau = 650 // the model fills in the mean
			}
			return binary(r, logit(bureau), func(float64) float64 { return truth },
				[]float64{income, known, debt, 0}, []int{0, 0, 0, purpose})
		},
	}
}

// pricing stays healthy, as a control. A second replica starts late.
func pricing() model {
	return model{
		spec: spec("pricing", "sales",
			number("basket_value"), number("discount"), category("segment", "consumer", "business", "public")),
		perHour: 600, wait: time.Hour, labelled: 1, seconds: 0.004,
		replicas: []replica{
			{instance: "pricing-0:8080", restarts: []time.Duration{day(3.7)}},
			{instance: "pricing-1:8080", born: day(5.9)},
		},
		draw: func(r *rand.Rand, _ time.Duration) (modelserver.Prediction, int) {
			basket := math.Exp(4 + 0.8*r.NormFloat64())
			discount := 20 * r.Float64()
			segment := pick(r, 60, 30, 10)
			logit := -0.4 - 0.5*(math.Log(basket)-4) + 0.12*(discount-10) + 0.4*float64(segment)
			return binary(r, 1.3*logit, calibrated, []float64{basket, discount, 0}, []int{0, 0, segment})
		},
	}
}

// The classes of intent and their shares.
var (
	intents      = []string{"billing", "delivery", "login", "product", "refund", "other"}
	intentShares = []float64{0.22, 0.25, 0.15, 0.18, 0.12, 0.08}
)

// intent has six classes, one of which degrades, and exports native histograms.
// Its evidence for a class is Gaussian, so that the posterior is exact.
func intent() model {
	s := spec("intent", "support", number("message_length"), number("typing_seconds"), category("language", "en", "de", "es", "fr"))
	s.Classes, s.ScoreEdges = intents, nil
	return model{
		spec:    s,
		perHour: 500, wait: 20 * time.Minute, labelled: 0.6, seconds: 0.05,
		episodes: []episode{intentConfusion},
		replicas: []replica{{instance: "intent-0:8080", restarts: []time.Duration{day(4.2)}}},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, int) {
			const strength = 2.4
			actual := pick(r, intentShares...)
			looks := actual
			if intents[actual] == "refund" && intentConfusion.holds(t) && r.Float64() < 0.6 {
				looks = 0
			}
			scores := make([]float64, len(intents))
			total := 0.0
			for k := range scores {
				evidence := r.NormFloat64()
				if k == looks {
					evidence += strength
				}
				scores[k] = intentShares[k] * math.Exp(strength*evidence)
				total += scores[k]
			}
			best := 0
			for k := range scores {
				scores[k] /= total
				if scores[k] > scores[best] {
					best = k
				}
			}
			return modelserver.Prediction{
				Predicted:  best,
				Scores:     scores,
				Numbers:    []float64{math.Floor(80*math.Exp(0.7*r.NormFloat64())) + 1, 12 * r.ExpFloat64(), 0},
				Categories: []int{0, 0, pick(r, 55, 20, 15, 10)},
			}, actual
		},
	}
}
