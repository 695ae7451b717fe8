package fleet

import (
	"math"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
)

// What the processes of the fleet are like.
const (
	failureShare    = 0.001 // of requests, on a good day
	overloadFailing = 0.05  // of requests, in an overload
	overloadSlower  = 4.0
	batchEvery      = 5 * time.Minute
	perRowSeconds   = 0.003 // in a batch
	memoryBase      = 350e6
	memoryPerDay    = 40e6 // a slow leak
)

// slowness is how many times as long predictions take as usual.
func (m model) slowness(t time.Duration) float64 {
	if m.overload.holds(t) {
		return overloadSlower
	}
	return 1
}

// fails decides whether a request fails, and counts it.
func (j *Job) fails(server *modelserver.Server, at time.Time) bool {
	share, why := failureShare, modelserver.InvalidInput
	if j.model.overload.holds(j.story(at)) {
		share, why = overloadFailing, modelserver.Timeout
	}
	switch x := j.random.Float64(); {
	case x >= share:
		return false
	case x < share/50:
		why = modelserver.OutOfMemory
	case x < share/4:
		why = modelserver.Timeout
	}
	server.Fail(why)
	return true
}

// observe tells a server's gauges how it is doing at a scrape.
func (j *Job) observe(server *modelserver.Server, at time.Time) {
	now := j.story(at)
	// Little's law: as many are under way as come in while one is answered.
	busy := j.perHour(at) / 3600 * j.model.seconds * j.model.slowness(now) * 20
	load := modelserver.Load{
		InFlight:    math.Floor(busy + j.random.ExpFloat64()*busy),
		MemoryBytes: memoryBase + memoryPerDay*math.Mod(now.Hours()/24, 3) + 5e6*j.random.Float64(),
		GPU:         min(0.95, 0.15+busy/5+0.05*j.random.Float64()),
	}
	if j.model.overload.holds(now) {
		load.Queued = math.Floor(20 + 30*j.random.Float64())
	}
	server.SetLoad(load)
	if j.model.importance != nil {
		server.SetImportance(j.model.importance(now))
	}
	if !j.model.spec.Batch {
		return
	}
	for ; !j.batch.Add(batchEvery).After(at); j.batch = j.batch.Add(batchEvery) {
		size := math.Ceil(j.perHour(j.batch) * batchEvery.Hours() * (0.8 + 0.4*j.random.Float64()))
		server.Batch(size, 0.1+perRowSeconds*size*math.Exp(0.2*j.random.NormFloat64()))
	}
}

// happen sets the time of each event of the story that has come to pass, on the
// target that restarts of the model do not touch.
func (j *Job) happen(at time.Time) {
	now := j.story(at)
	for _, h := range j.model.events {
		if h.at > now {
			continue
		}
		gauge, found := j.events[h.title]
		if !found {
			spec := j.model.spec
			gauge = j.references.Gauge("ml_event_timestamp_seconds", append([]string{
				"model", spec.Model, "version", spec.Version, "kind", h.kind, "title", h.title}, spec.Labels...)...)
			j.events[h.title] = gauge
		}
		gauge.Set(float64(at.Add(h.at - now).Unix()))
	}
}
