package replay

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/flights"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
)

// Options of New. The zero value plays the flights at their own times.
type Options struct {
	// Start is when the first minute of 2001 is played; zero means then.
	Start time.Time
	// Speed divides the time between departures; zero means 1.
	Speed float64
	// Interval is the time between scrapes; zero means 30 minutes.
	Interval time.Duration
	// AtOnce makes every outcome known at departure, so that the outcomes of a
	// month are those of the flights of that month.
	AtOnce bool
	// Loop goes on after the last flight with the first one that both versions
	// predicted.
	Loop bool
	// Restarts are times at which the server of the first version restarts,
	// which sets its counters to zero.
	Restarts []time.Time
}

// Replay is a timeline.Job.
type Replay struct {
	options    Options
	rows       []flights.Flight
	encoder    encoder
	random     *rand.Rand
	v1, v2     *instance
	references *exporter.Target

	next     int           // the row that departs next
	shift    time.Duration // of 2001's clock, by loops
	pending  labels
	restarts []time.Time
}

// instance is one model server with the process it runs in.
type instance struct {
	target *exporter.Target
	server *modelserver.Server
}

// New prepares the replay of all flights.
func New(options Options) (*Replay, error) {
	if options.Start.IsZero() {
		options.Start = flights.Start
	}
	if options.Speed == 0 {
		options.Speed = 1
	}
	if options.Interval == 0 {
		options.Interval = 30 * time.Minute
	}
	rows, err := flights.All()
	if err != nil {
		return nil, err
	}
	training, err := flights.Training()
	if err != nil {
		return nil, err
	}
	r := &Replay{
		options:    options,
		rows:       rows,
		encoder:    newEncoder(training),
		random:     rand.New(rand.NewPCG(2001, 1)),
		references: exporter.NewTarget("flights", "flights-reference:8080"),
		restarts:   options.Restarts,
	}
	start := func(version, trained string) *instance {
		target := exporter.NewTarget("flights", "flights-"+version+":8080")
		return &instance{target, modelserver.New(target, r.encoder.spec(version, trained))}
	}
	r.v1 = start(V1, "2001-01-28T23:59:00Z")
	r.v2 = start(V2, "2001-03-31T23:59:00Z")

	var predictions []modelserver.Prediction
	var outcomes []modelserver.Outcome
	for _, f := range training {
		p := r.encoder.prediction(f, f.Score)
		predictions = append(predictions, p)
		outcomes = append(outcomes, outcome(f, p, f.LabelDelay().Seconds()))
	}
	modelserver.ExportReference(r.references, r.encoder.spec(V1, ""), Reference, predictions, outcomes)
	modelserver.ExportReference(r.references, r.encoder.spec(V2, ""), Reference, predictions, nil)
	return r, nil
}

// Name implements timeline.Job.
func (r *Replay) Name() string { return "the flights" }

// Interval implements timeline.Job.
func (r *Replay) Interval() time.Duration { return r.options.Interval }

// At is when a time of 2001 is played.
func (r *Replay) At(then time.Time) time.Time {
	return r.options.Start.Add(time.Duration(float64(then.Sub(flights.Start)+r.shift) / r.options.Speed))
}

// Scrape implements timeline.Job: everything up to and including at has
// happened. The server of the second version is there one scrape before its
// deployment, so that its counters are seen at 0.
func (r *Replay) Scrape(app storage.Appender, at time.Time) error {
	for len(r.restarts) > 0 && !r.restarts[0].After(at) {
		r.advance(r.restarts[0])
		r.v1.target.Restart()
		r.restarts = r.restarts[1:]
	}
	r.advance(at)
	for _, target := range []*exporter.Target{r.v1.target, r.references} {
		if err := target.Scrape(app, at); err != nil {
			return err
		}
	}
	if r.shift == 0 && at.Before(r.At(flights.Deployment).Add(-r.options.Interval)) {
		return nil
	}
	return r.v2.target.Scrape(app, at)
}

// advance plays departures and labels up to a time.
func (r *Replay) advance(to time.Time) {
	for {
		if r.next == len(r.rows) {
			if !r.options.Loop {
				break
			}
			for r.next = 0; !r.rows[r.next].HasV2(); {
				r.next++
			}
			r.shift += flights.End.Sub(flights.Deployment)
		}
		f := r.rows[r.next]
		at := r.At(f.Departure)
		if at.After(to) {
			break
		}
		r.next++
		r.predict(r.v1, f, f.Score, at)
		if f.HasV2() {
			r.predict(r.v2, f, f.ScoreV2, at)
		}
	}
	for len(r.pending) > 0 && !r.pending[0].at.After(to) {
		label := heap.Pop(&r.pending).(label)
		label.server.Label(label.outcome)
	}
}

// predict tells one server of a flight. The wait for its label is not sped up
// with the departures: late labels stay as late as they were. The time that
// the prediction takes is simulated (log-normal, around 8 ms).
func (r *Replay) predict(to *instance, f flights.Flight, score float64, at time.Time) {
	p := r.encoder.prediction(f, score)
	p.At = at
	p.Seconds = 0.008 * math.Exp(0.5*r.random.NormFloat64())
	to.server.Predict(p)
	known := at
	if !r.options.AtOnce {
		known = at.Add(f.LabelDelay())
	}
	heap.Push(&r.pending, label{known, to.server, outcome(f, p, f.LabelDelay().Seconds())})
}

// label is an outcome that is not known yet.
type label struct {
	at      time.Time
	server  *modelserver.Server
	outcome modelserver.Outcome
}

// labels is a heap, the earliest first.
type labels []label

func (l labels) Len() int           { return len(l) }
func (l labels) Less(i, j int) bool { return l[i].at.Before(l[j].at) }
func (l labels) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *labels) Push(x any)        { *l = append(*l, x.(label)) }
func (l *labels) Pop() any {
	old := *l
	last := old[len(old)-1]
	*l = old[:len(old)-1]
	return last
}
