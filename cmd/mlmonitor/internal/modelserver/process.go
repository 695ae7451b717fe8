package modelserver

import (
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
)

// Buckets of the times a model server takes, in seconds, and of batch sizes.
var (
	durationEdges  = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1}
	batchEdges     = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	batchSizeEdges = []float64{1, 5, 10, 20, 50, 100, 200, 500, 1000}
)

// Failure is why a prediction failed: an index into the errors of a server.
type Failure int

// The errors that a server counts.
const (
	Timeout Failure = iota
	InvalidInput
	OutOfMemory
)

// failures are the labels type and severity of each.
var failures = [][2]string{
	Timeout:      {"timeout", "error"},
	InvalidInput: {"invalid_input", "warning"},
	OutOfMemory:  {"out_of_memory", "critical"},
}

// Load is how busy a process is at a moment.
type Load struct {
	InFlight, Queued float64
	MemoryBytes      float64
	GPU              float64 // share of its time in use
}

// process counts how a server does its work.
type process struct {
	duration                 exporter.Histogram
	errors                   []*exporter.Value
	inFlight, queue, memory  *exporter.Value
	gpu                      *exporter.Value    // nil without one
	batchDuration, batchSize exporter.Histogram // nil without batches
}

func newProcess(target *exporter.Target, spec Spec, with func(...string) []string) process {
	p := process{
		duration: target.Histogram("ml_prediction_duration_seconds", durationEdges, with()...),
		inFlight: target.Gauge("ml_predictions_in_flight", with()...),
		queue:    target.Gauge("ml_queue_depth", with()...),
		memory:   target.Gauge("ml_memory_bytes", with()...),
	}
	for _, f := range failures {
		p.errors = append(p.errors, target.Counter("ml_prediction_errors_total", with("type", f[0], "severity", f[1])...))
	}
	if spec.GPU {
		p.gpu = target.Gauge("ml_gpu_utilization_ratio", with()...)
	}
	if spec.Batch {
		p.batchDuration = target.Histogram("ml_batch_duration_seconds", batchEdges, with()...)
		p.batchSize = target.Histogram("ml_batch_size", batchSizeEdges, with()...)
	}
	return p
}

func (p process) predict(made Prediction) { p.duration.Observe(made.Seconds) }

// Fail counts a prediction that failed.
func (p process) Fail(why Failure) { p.errors[why].Add(1) }

// Batch counts a batch of predictions, of a model that makes them in batches.
func (p process) Batch(size, seconds float64) {
	p.batchSize.Observe(size)
	p.batchDuration.Observe(seconds)
}

// SetLoad tells how busy the process is now.
func (p process) SetLoad(l Load) {
	p.inFlight.Set(l.InFlight)
	p.queue.Set(l.Queued)
	p.memory.Set(l.MemoryBytes)
	if p.gpu != nil {
		p.gpu.Set(l.GPU)
	}
}
