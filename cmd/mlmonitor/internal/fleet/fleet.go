package fleet

import (
	"cmp"
	"container/heap"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// Reference is the name of the simulated training data in the ml_reference_*
// series.
const Reference = "training"

// trainingRows is how many requests make the simulated training data.
const trainingRows = 5000

// Job is one model with all its replicas; a timeline.Job. The same seed and
// start give the same samples.
type Job struct {
	model    model
	start    time.Time
	interval time.Duration
	offset   time.Duration
	random   *rand.Rand

	running    []*process
	references *exporter.Target
	now        time.Time // the world is simulated up to here
	next       time.Time // of the next request
	pending    labels
	batch      time.Time // when the last batch was made
	events     map[string]*exporter.Value
}

// process is a replica with the server that runs in it. A replica that was not
// born yet, or is gone, has no server.
type process struct {
	replica
	target *exporter.Target
	server *modelserver.Server
}

// New makes the fleet, whose story begins at start, scraped at an interval.
func New(start time.Time, interval time.Duration, seed uint64) []timeline.Job {
	var jobs []timeline.Job
	all := models()
	for i, m := range all {
		jobs = append(jobs, newJob(m, start, interval, interval*time.Duration(i+1)/time.Duration(len(all)+1), seed))
	}
	return jobs
}

func newJob(m model, start time.Time, interval, offset time.Duration, seed uint64) *Job {
	name := fnv.New64()
	_, _ = name.Write([]byte(m.spec.Model))
	j := &Job{
		start: start, interval: interval, offset: offset,
		random: rand.New(rand.NewPCG(seed, name.Sum64())),
		now:    start, next: start, batch: start,
		references: exporter.NewTarget(m.spec.Model, m.spec.Model+"-reference:8080"),
		events:     map[string]*exporter.Value{},
	}
	predictions, outcomes := training(m, j.random)
	m.spec.Features = withEdges(m.spec, predictions)
	m.spec.TrainedAt = start.Add(-30 * 24 * time.Hour).UTC().Format(time.RFC3339)
	j.model = m
	modelserver.ExportReference(j.references, m.spec, Reference, predictions, outcomes)
	for _, r := range m.replicas {
		j.running = append(j.running, &process{replica: r})
	}
	return j
}

// training draws requests at a time when nothing is wrong.
func training(m model, r *rand.Rand) ([]modelserver.Prediction, []modelserver.Outcome) {
	var predictions []modelserver.Prediction
	var outcomes []modelserver.Outcome
	for range trainingRows {
		p, truth := m.draw(r, 0)
		predictions = append(predictions, p)
		outcomes = append(outcomes, outcome(p, truth))
	}
	return predictions, outcomes
}

// outcome completes what came true with what was predicted.
func outcome(p modelserver.Prediction, truth modelserver.Outcome) modelserver.Outcome {
	truth.Predicted, truth.Segment, truth.Scores = p.Predicted, p.Segment, p.Scores
	return truth
}

// withEdges gives numeric features the range of the training data, and the
// bucket bounds that its quantiles make, every 5 %, if they are not to be
// native histograms.
func withEdges(spec modelserver.Spec, predictions []modelserver.Prediction) []modelserver.Feature {
	features := slices.Clone(spec.Features)
	for i := range features {
		if features[i].Categorical() {
			continue
		}
		var values []float64
		for _, p := range predictions {
			if x := p.Numbers[i]; !math.IsNaN(x) && !math.IsInf(x, 0) {
				values = append(values, x)
			}
		}
		slices.Sort(values)
		features[i].Lowest, features[i].Highest = values[0], values[len(values)-1]
		if spec.NativeFeatures {
			continue
		}
		var edges []float64
		for k := 1; k < 20; k++ {
			// Round bounds are easier to read, and no worse.
			edges = append(edges, round(values[len(values)*k/20]))
		}
		features[i].Edges = slices.Compact(edges)
	}
	return features
}

// round keeps three significant digits.
func round(x float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-2)
	rounded := math.Round(x/unit) * unit
	// Powers of ten are not exact: cut the digits that this leaves behind.
	return math.Round(rounded*1e9) / 1e9
}

// Name implements timeline.Job.
func (j *Job) Name() string { return "the model " + j.model.spec.Model }

// Interval implements timeline.Job.
func (j *Job) Interval() time.Duration { return j.interval }

// story is the moment of the schedule at a time; time before the start counts
// as the start.
func (j *Job) story(at time.Time) time.Duration {
	return max(at.Sub(j.start), 0) % Period
}

// Scrape implements timeline.Job. Each job is scraped at an offset of its own,
// as Prometheus spreads its scrapes.
func (j *Job) Scrape(app storage.Appender, at time.Time) error {
	at = at.Add(-j.offset)
	if err := j.life(app, at); err != nil {
		return err
	}
	j.advance(at)
	j.happen(at)
	for _, p := range j.running {
		if p.server == nil {
			continue
		}
		j.observe(p.server, at)
		p.target.SetDown(slices.ContainsFunc(p.down, func(e episode) bool { return e.holds(j.story(at)) }))
		if err := p.target.Scrape(app, at); err != nil {
			return err
		}
	}
	return j.references.Scrape(app, at)
}

// life starts, restarts and removes replicas up to a time.
func (j *Job) life(app storage.Appender, at time.Time) error {
	before, now := j.story(j.now), j.story(at)
	if now < before { // the story starts over: replicas that are gone come back
		before = 0
	}
	for _, p := range j.running {
		lives := now >= p.born && (p.gone == 0 || now < p.gone)
		switch {
		case lives && p.server == nil:
			p.target = exporter.NewTarget(j.model.spec.Model, p.instance)
			p.server = modelserver.New(p.target, j.model.spec)
		case !lives && p.server != nil:
			if err := p.target.Disappear(app, at); err != nil {
				return err
			}
			p.server = nil
		case lives:
			for _, t := range p.restarts {
				if t > before && t <= now {
					// What happened before the restart and was not scraped is lost.
					p.target.Restart()
				}
			}
		}
	}
	return nil
}

// advance lets requests and labels arrive up to a time.
func (j *Job) advance(to time.Time) {
	for !j.next.After(to) {
		at := j.next
		j.next = at.Add(j.gap(at))
		p, truth := j.model.draw(j.random, j.story(at))
		p.At = at
		p.Seconds = j.model.seconds * j.model.slowness(j.story(at)) * math.Exp(0.4*j.random.NormFloat64())
		server := j.anyServer()
		if server == nil || j.fails(server, at) {
			continue
		}
		server.Predict(p)
		labelled := j.model.labelled
		if p.Predicted == 1 && j.model.warned != 0 {
			labelled = j.model.warned
		}
		if j.random.Float64() >= labelled {
			continue
		}
		wait := time.Duration(float64(j.model.wait) * (0.2 + 0.8*j.random.ExpFloat64()))
		truth.DelaySeconds = wait.Seconds()
		heap.Push(&j.pending, label{at.Add(wait), outcome(p, truth)})
	}
	for len(j.pending) > 0 && !j.pending[0].at.After(to) {
		l := heap.Pop(&j.pending).(label)
		if server := j.anyServer(); server != nil {
			server.Label(l.outcome)
		}
	}
	j.now = to
}

// gap is the time until the next request: random, with quiet nights.
func (j *Job) gap(at time.Time) time.Duration {
	return time.Duration(j.random.ExpFloat64() / j.perHour(at) * float64(time.Hour))
}

// perHour is how many requests come in an hour, by the time of day.
func (j *Job) perHour(at time.Time) float64 {
	return j.model.perHour * (1 + 0.6*math.Sin(2*math.Pi*(float64(at.UTC().Hour())-8)/24))
}

// anyServer is where the load balancer sends a request.
func (j *Job) anyServer() *modelserver.Server {
	first := j.random.IntN(len(j.running))
	for i := range j.running {
		if p := j.running[(first+i)%len(j.running)]; p.server != nil {
			return p.server
		}
	}
	return nil
}

// label is an outcome that is not known yet.
type label struct {
	at      time.Time
	outcome modelserver.Outcome
}

// labels is a heap, the earliest first.
type labels []label

func (l labels) Len() int           { return len(l) }
func (l labels) Less(i, j int) bool { return cmp.Less(l[i].at.UnixNano(), l[j].at.UnixNano()) }
func (l labels) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *labels) Push(x any)        { *l = append(*l, x.(label)) }
func (l *labels) Pop() any {
	old := *l
	last := old[len(old)-1]
	*l = old[:len(old)-1]
	return last
}
