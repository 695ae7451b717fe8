package analysis

import (
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

const (
	errorType     profile.Label = "type"
	errorSeverity profile.Label = "severity"
)

// serviceMetric is one number about how a model is served, and the role that it
// is read from.
type serviceMetric struct {
	name, title, help string
	role              profile.Role
	style             result.Style
}

func atLeastZero(unit result.Unit, description string) result.Style {
	return result.Style{Unit: unit, Min: 0, Max: math.NaN(), Description: description}
}

var serviceMetrics = []serviceMetric{
	{"latency_quantile", "Latency quantiles", "time that the share of the predictions in the label takes at most", profile.PredictionDuration, atLeastZero(result.Seconds, "Time that the share of the predictions in the label takes at most.")},
	{"latency_mean", "Mean latency", "mean time per prediction", profile.PredictionDuration, atLeastZero(result.Seconds, "Mean time per prediction.")},
	{"slow_share", "Slow share", "share of the predictions that take longer than the option slow", profile.PredictionDuration, described(share, "Share of the predictions that take longer than the time in the label, in seconds.")},
	{"predictions_per_second", "Throughput", "predictions per second", profile.Predictions, atLeastZero("reqps", "Predictions per second, the mean over the window.")},
	{"error_share", "Error share", "failed predictions out of all that were asked for", profile.PredictionErrors, described(share, "Failed predictions out of all that were asked for, the failed and the made ones.")},
	{"errors_per_second", "Errors per second", "failed predictions per second", profile.PredictionErrors, atLeastZero("reqps", "Failed predictions per second.")},
	{"in_flight", "In flight", "predictions being computed at the window's end", profile.PredictionsInFlight, described(amount, "Predictions being computed at the window's end, on the busiest replica.")},
	{"queue_depth", "Queue", "requests waiting at the window's end", profile.QueueDepth, described(amount, "Requests waiting at the window's end, at the longest queue.")},
	{"batch_size", "Batch size", "mean rows per batch", profile.BatchSize, described(amount, "Mean rows per batch.")},
	{"batch_duration_quantile", "Batch time quantiles", "time that the share of the batches in the label takes at most", profile.BatchDuration, atLeastZero(result.Seconds, "Time that the share of the batches in the label takes at most.")},
	{"memory_bytes", "Memory", "memory in use at the window's end", profile.MemoryBytes, atLeastZero("bytes", "Memory in use at the window's end, on the replica that uses most.")},
	{"gpu_utilization", "GPU", "share of GPU time in use at the window's end", profile.GPUUtilization, described(share, "Share of GPU time in use at the window's end, on the busiest replica.")},
}

func init() {
	var metrics []EnumValue
	var roles []RoleNeed
	for _, m := range serviceMetrics {
		style(m.name, m.style)
		metrics = append(metrics, EnumValue{Value: m.name, Label: m.title, Description: m.help})
		if !slices.Contains(roles, RoleNeed{Name: m.role}) {
			roles = append(roles, RoleNeed{Name: m.role})
		}
	}
	measured := []query.Format{query.FormatSeries, query.FormatNumbers}
	register(Analysis{
		Name: "service", Title: "Service", Group: "Service", Icon: "tachometer-fast",
		Summary:   "How the model is served: latency quantiles with intervals and bounds, errors by type and severity, throughput, requests in flight, batches, queue, memory and GPU.",
		NeedsText: "Any of ml_prediction_duration_seconds, ml_predictions_total, ml_prediction_errors_total, ml_predictions_in_flight, ml_queue_depth, ml_batch_size, ml_batch_duration_seconds, ml_memory_bytes, ml_gpu_utilization_ratio.",
		Formats:   []FormatInfo{asSeries, asNumbers, asTable},
		Options: []Option{
			{Name: "metrics", Type: TypeStrings, Title: "Metrics", Formats: measured, Enum: metrics, Help: "What to compute. None means the latency quantiles over time, and as numbers whatever is exported."},
			{Name: "quantiles", Type: TypeStrings, Title: "Quantiles", Default: []string{"0.5", "0.95", "0.99"}, Help: "The quantiles of latency and batch time, each between 0 and 1."},
			{
				Name: "errorsBy", Type: TypeStrings, Title: "Errors by", Formats: measured, Help: "Give the errors of each type, severity or both too, labelled so; the plain value stays that of all errors.",
				Enum: choices("type", "Type", "what went wrong", "severity", "Severity", "how bad it is"),
			},
			{Name: "slow", Type: TypeNumber, Title: "Slow from", Default: 0.5, Min: at(0), Unit: "s", Help: "The time in seconds beyond which a prediction is slow; exact when it is a bucket edge."},
			intervalOption(measured...), boundsOption(measured...), confidenceOption(),
		},
		Roles:    roles,
		Reserved: []string{"quantile", "type", "severity", "threshold"},
		Needs:    serviceNeeds,
		Compute:  service,
	})
}

// serviceMetricsOf are the metrics that a query asks for.
func serviceMetricsOf(q *query.Query, o Options) []serviceMetric {
	names := o.Strings("metrics")
	if len(names) == 0 && q.Format == query.FormatSeries {
		names = []string{"latency_quantile"}
	}
	if len(names) == 0 || q.Format == query.FormatTable {
		return serviceMetrics
	}
	var out []serviceMetric
	for _, m := range serviceMetrics {
		if slices.Contains(names, m.name) {
			out = append(out, m)
		}
	}
	return out
}

// serviceRoles are what the metrics are read from, each role once. The share of
// errors takes the predictions too.
func serviceRoles(metrics []serviceMetric) []profile.Role {
	var out []profile.Role
	add := func(r profile.Role) {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for _, m := range metrics {
		add(m.role)
		if m.name == "error_share" {
			add(profile.Predictions)
		}
	}
	return out
}

func serviceNeeds(q *query.Query, o Options) ([]counts.Request, error) {
	if _, err := quantilesOf(o); err != nil {
		return nil, err
	}
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	var requests []counts.Request
	for _, role := range serviceRoles(serviceMetricsOf(q, o)) {
		r := request(q, role, w)
		r.Optional = true
		if role == profile.PredictionErrors {
			r.Over = []profile.Label{errorType, errorSeverity}
		}
		requests = append(requests, r)
	}
	return requests, nil
}

// served is all that was read of one model, version and group.
type served struct {
	labels     map[string]string
	histograms map[profile.Role]*counts.HistogramGroup
	tallies    map[profile.Role]*counts.TallyGroup
	gauges     map[profile.Role]*counts.GaugeGroup
}

// servedOf gathers the reads of each model, version and group, in the order of their labels.
func servedOf(q *query.Query, data []counts.Data) []served {
	by := groupLabels(q)
	found := make(map[string]*served)
	var order []string
	group := func(labels map[string]string) *served {
		k := key(labels, by)
		if found[k] == nil {
			order = append(order, k)
			found[k] = &served{
				labels: only(labels, by), histograms: make(map[profile.Role]*counts.HistogramGroup),
				tallies: make(map[profile.Role]*counts.TallyGroup), gauges: make(map[profile.Role]*counts.GaugeGroup),
			}
		}
		return found[k]
	}
	for _, d := range data {
		for i := range d.Histograms {
			group(d.Histograms[i].Labels).histograms[d.Request.Role] = &d.Histograms[i]
		}
		for i := range d.Tallies {
			group(d.Tallies[i].Labels).tallies[d.Request.Role] = &d.Tallies[i]
		}
		for i := range d.Gauges {
			group(d.Gauges[i].Labels).gauges[d.Request.Role] = &d.Gauges[i]
		}
	}
	slices.Sort(order)
	out := make([]served, len(order))
	for i, k := range order {
		out[i] = *found[k]
	}
	return out
}

func service(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data...)
	w, err := windowsFor(q)
	if err != nil {
		return nil, err
	}
	quantiles, err := quantilesOf(o)
	if err != nil {
		return nil, err
	}
	groups := servedOf(q, data)
	var ms []measure
	for _, g := range groups {
		for _, metric := range serviceMetricsOf(q, o) {
			for _, m := range g.measures(metric, o, w, quantiles) {
				if slices.ContainsFunc(m.points, func(p point) bool { return !math.IsNaN(p.value) }) {
					ms = append(ms, m)
				}
			}
		}
	}
	if q.Format != query.FormatTable && len(o.Strings("metrics")) > 0 || len(ms) == 0 {
		said.missing(q, data...)
	}
	if len(ms) == 0 {
		said.warning("there is nothing about the service in the window: choose a longer time range")
		return nothing(q, "Service", w, said), nil
	}
	if q.Format == query.FormatTable {
		return []result.Result{serviceTable(q, o, w, groups, ms, quantiles, said)}, nil
	}
	return answerMeasures(q, "Service", w, ms, limits{interval: o.Bool("interval"), bounds: o.Bool("bounds")}, said), nil
}
