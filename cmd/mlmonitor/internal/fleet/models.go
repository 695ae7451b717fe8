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
	warned   float64       // that share of those predicted as class 1, if it differs
	seconds  float64       // median time of a prediction
	// draw makes a request and what comes true; the prediction's own part of the
	// outcome is filled in later.
	draw     func(r *rand.Rand, t time.Duration) (modelserver.Prediction, modelserver.Outcome)
	episodes []episode
	overload episode // when it is slow and fails
	events   []happening
	// importance is how important each feature is at a moment; nil means as in
	// the spec.
	importance func(t time.Duration) []float64
	replicas   []replica
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
	return []model{churn(), credit(), eta(), fraud(), intent(), pricing(), search()}
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

func number(name string, importance float64) modelserver.Feature {
	return modelserver.Feature{Name: name, Importance: importance}
}

func category(name string, importance float64, categories ...string) modelserver.Feature {
	return modelserver.Feature{Name: name, Importance: importance, Categories: categories}
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
func binary(r *rand.Rand, logit float64, chance func(score float64) float64, numbers []float64, categories []int) (modelserver.Prediction, modelserver.Outcome) {
	score := sigmoid(logit)
	p := modelserver.Prediction{Scores: []float64{1 - score, score}, Numbers: numbers, Categories: categories}
	if score >= 0.5 {
		p.Predicted = 1
	}
	actual := 0
	if r.Float64() < chance(score) {
		actual = 1
	}
	return p, modelserver.Outcome{Actual: actual}
}

func calibrated(score float64) float64 { return score }

// fraud has a feature that drifts. The model is left with inputs it was not
// made for: its scores rise, the frauds do not.
func fraud() model {
	s := spec("fraud", "payments",
		number("amount", 0.31), number("account_age_days", 0.14), number("transactions_1h", 0.37),
		category("country", 0.08, "US", "DE", "FR", "GB", "IN", "BR"), category("channel", 0.1, "web", "app", "shop"))
	s.AnomalyEdges = modelserver.EqualEdges(10)
	return model{
		spec:    s,
		perHour: 900, wait: 2 * time.Hour, labelled: 1, seconds: 0.006,
		episodes: []episode{fraudDrift},
		events:   []happening{{fraudDrift.from, "pipeline_update", "amounts come from the new ledger"}, {fraudDrift.to, "pipeline_update", "amounts are converted to dollars again"}},
		replicas: []replica{
			{instance: "fraud-0:8080", restarts: []time.Duration{day(1.5)}},
			{instance: "fraud-1:8080", restarts: []time.Duration{day(1.52), day(3.33)}, gone: day(5.7)},
		},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, modelserver.Outcome) {
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
			p, o := binary(r, logit(amount), func(float64) float64 { return truth },
				[]float64{amount, age, velocity, 0, 0}, []int{0, 0, 0, country, channel})
			// How far the amount is from the middle of the training data.
			z := math.Log(amount) - 3.5
			p.Anomaly = 1 - math.Exp(-z*z/4)
			return p, o
		},
	}
}

// churnPartner is the segment that churn is bad at, churnAverage its mean score.
const (
	churnPartner = 2
	churnAverage = 0.33
)

// churn loses its calibration while its inputs and its ranking stay. One segment
// is served worse all the time.
func churn() model {
	s := spec("churn", "growth",
		number("tenure_months", 0.3), number("logins_30d", 0.42), number("support_tickets", 0.2), category("plan", 0.08, "free", "basic", "pro"))
	s.Segments = []string{"consumer", "business", "partner"}
	return model{
		spec:    s,
		perHour: 500, wait: 4 * time.Hour, labelled: 0.9, seconds: 0.012,
		episodes: []episode{churnOverrating},
		events:   []happening{{churnOverrating.from, "config_change", "a discount for those who stay"}, {churnOverrating.to, "retraining", "recalibrated with the discount"}},
		replicas: []replica{{instance: "churn-0:8080", restarts: []time.Duration{day(2.6)}}},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, modelserver.Outcome) {
			tenure := 18 * r.ExpFloat64()
			logins := math.Floor(12 * r.ExpFloat64())
			tickets := math.Floor(0.8 * r.ExpFloat64())
			plan := pick(r, 50, 35, 15)
			logit := 0.9 - 0.05*tenure - 0.09*logins + 0.8*tickets - 0.5*float64(plan)
			segment := pick(r, 60, 25, 15)
			chance := func(score float64) float64 {
				if segment == churnPartner {
					// What the model knows of partners tells little of them: most leave
					// as often as the average customer does.
					score = 0.3*score + 0.7*churnAverage
				}
				if churnOverrating.holds(t) {
					score /= 2
				}
				return score
			}
			p, o := binary(r, logit, chance, []float64{tenure, logins, tickets, 0}, []int{0, 0, 0, plan})
			p.Segment = segment
			return p, o
		},
	}
}

// credit loses a feature: first all of it for six hours, later most of it.
func credit() model {
	return model{
		spec: spec("credit", "risk",
			number("income", 0.16), number("bureau_score", 0.52), number("debt_ratio", 0.27), category("purpose", 0.05, "car", "home", "study", "other")),
		// Few of those that it warns of get a loan and show what becomes of it.
		perHour: 400, wait: 6 * time.Hour, labelled: 0.7, warned: 0.15, seconds: 0.02,
		episodes: []episode{creditOutage, creditLoss},
		events: []happening{
			{creditOutage.to, "config_change", "the bureau's address is corrected"},
			{creditLoss.from, "pipeline_update", "the bureau is asked through the new gateway"},
			{creditLoss.to, "pipeline_update", "the gateway has credentials"},
		},
		importance: func(t time.Duration) []float64 {
			if creditOutage.holds(t) || creditLoss.holds(t) {
				return []float64{0.29, 0.14, 0.49, 0.08}
			}
			return []float64{0.16, 0.52, 0.27, 0.05}
		},
		replicas: []replica{
			{instance: "credit-0:8080"},
			{instance: "credit-1:8080", down: []episode{{day(4.9), day(5.3), "cannot be scraped, and is restarted when it is back"}}, restarts: []time.Duration{day(5.3)}},
		},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, modelserver.Outcome) {
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
			ratio := debt
			if r.Float64() < 0.004 {
				ratio = math.Inf(1) // of an income of 0; the model takes the largest it knows
			}
			return binary(r, logit(bureau), func(float64) float64 { return truth },
				[]float64{income, known, ratio, 0}, []int{0, 0, 0, purpose})
		},
	}
}

// pricing stays healthy, as a control. A second replica starts late.
func pricing() model {
	return model{
		spec: spec("pricing", "sales",
			number("basket_value", 0.45), number("discount", 0.35), category("segment", 0.2, "consumer", "business", "public")),
		perHour: 600, wait: time.Hour, labelled: 1, seconds: 0.004,
		replicas: []replica{
			{instance: "pricing-0:8080", restarts: []time.Duration{day(3.7)}},
			{instance: "pricing-1:8080", born: day(5.9)},
		},
		draw: func(r *rand.Rand, _ time.Duration) (modelserver.Prediction, modelserver.Outcome) {
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
	s := spec("intent", "support", number("message_length", 0), number("typing_seconds", 0), category("language", 0, "en", "de", "es", "fr"))
	s.Classes, s.ScoreEdges, s.NativeFeatures, s.GPU = intents, nil, true, true
	return model{
		spec:    s,
		perHour: 500, wait: 20 * time.Minute, labelled: 0.6, seconds: 0.05,
		episodes: []episode{intentConfusion},
		events:   []happening{{intentConfusion.from, "config_change", "the shop says credit instead of refund"}, {intentConfusion.to, "retraining", "fitted on the new wording"}},
		replicas: []replica{{instance: "intent-0:8080", restarts: []time.Duration{day(4.2)}}},
		draw: func(r *rand.Rand, t time.Duration) (modelserver.Prediction, modelserver.Outcome) {
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
			}, modelserver.Outcome{Actual: actual}
		},
	}
}
