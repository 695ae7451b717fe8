package plugin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/tracing"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/frames"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// answer takes one query all the way: parse, plan, read, compute, encode.
func (d *Datasource) answer(ctx context.Context, in backend.DataQuery, alert bool) backend.DataResponse {
	ctx, span := tracing.DefaultTracer().Start(ctx, "mlmonitor.query", trace.WithAttributes(attribute.String("refId", in.RefID)))
	defer span.End()
	began := time.Now()

	job, err := d.plan(in, alert)
	if err != nil {
		tracing.Error(span, err)
		return failed(err)
	}
	span.SetAttributes(attribute.String("analysis", job.analysis.Name), attribute.String("format", string(job.format)), attribute.Int("reads", len(job.requests)))
	made, err := d.run(ctx, job)
	if err != nil {
		tracing.Error(span, err)
		return failed(err)
	}
	backend.Logger.FromContext(ctx).Debug("Query answered", "refId", in.RefID, "analysis", job.analysis.Name, "format", job.format,
		"reads", len(job.requests), "frames", len(made), "duration", time.Since(began).String())
	return backend.DataResponse{Frames: made, Status: backend.StatusOK}
}

// job is a query that is understood and planned.
type job struct {
	query    *query.Query
	analysis analysis.Analysis
	options  analysis.Options
	format   query.Format
	requests []counts.Request
}

func (d *Datasource) plan(in backend.DataQuery, alert bool) (job, error) {
	if d.invalid != nil {
		return job{}, mistake{d.invalid}
	}
	q, err := query.Parse(in.JSON, in.RefID, query.Context{
		From: in.TimeRange.From, To: in.TimeRange.To, Interval: in.Interval, MaxDataPoints: in.MaxDataPoints,
	})
	if err != nil {
		return job{}, err
	}
	a, err := analysis.Lookup(q.Analysis)
	if err != nil {
		return job{}, err
	}
	options, err := a.ParseOptions(q.Options)
	if err != nil {
		return job{}, err
	}
	if _, err := withRoles(d.profile, q.Roles); err != nil {
		return job{}, &query.Error{Field: "roles", Message: err.Error()}
	}
	requests, err := a.Needs(q, options)
	if err != nil {
		return job{}, err
	}
	out := job{query: q, analysis: a, options: options, format: formatOf(a, q), requests: requests}
	if alert {
		return out, fitForAlerts(a, out.format)
	}
	return out, nil
}

func formatOf(a analysis.Analysis, q *query.Query) query.Format {
	if q.Format == "" {
		return a.Formats[0].Name
	}
	return q.Format
}

// fitForAlerts refuses formats that the alert engine cannot read, which it would
// report in words that help nobody.
func fitForAlerts(a analysis.Analysis, format query.Format) error {
	var fit []string
	for _, f := range a.Formats {
		if !f.Alerting {
			continue
		}
		if f.Name == format {
			return nil
		}
		fit = append(fit, string(f.Name))
	}
	remedy := "use another analysis"
	if len(fit) > 0 {
		remedy = "use the format " + strings.Join(fit, " or ")
	}
	return &query.Error{Field: "format", Message: fmt.Sprintf("alert rules cannot read the format %q of the analysis %s: %s", format, a.Name, remedy)}
}

func (d *Datasource) run(ctx context.Context, j job) (data.Frames, error) {
	read, err := d.read(ctx, j)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	_, span := tracing.DefaultTracer().Start(ctx, "mlmonitor.compute")
	defer span.End()
	results, err := j.analysis.Compute(j.query, j.options, read)
	if err != nil {
		return nil, err
	}
	with := frames.Answer{Format: string(j.format)}
	for _, r := range read {
		with.Queries = append(with.Queries, r.Queries...)
		for _, n := range r.Notices {
			with.Notices = append(with.Notices, frames.Notice(n.Warning, n.Text))
		}
	}
	return frames.Encode(results, with)
}

func (d *Datasource) read(ctx context.Context, j job) ([]counts.Data, error) {
	ctx, span := tracing.DefaultTracer().Start(ctx, "mlmonitor.read")
	defer span.End()
	return d.reader.Read(ctx, j.requests, j.query.Roles)
}
