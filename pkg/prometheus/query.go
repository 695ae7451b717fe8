package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

const (
	pathQuery = "/api/v1/query"
	pathRange = "/api/v1/query_range"
)

// Range is an expression on a grid of times, both ends included: Start,
// Start+Step, … up to the last that is not after End. Times count in milliseconds.
type Range struct {
	Expr       string
	Start, End time.Time
	Step       time.Duration
}

// QueryRange evaluates an expression on a grid of times.
//
// Its errors are *ServerError, *LimitError, or that of a ctx which was
// cancelled; a Range that cannot be asked for is an error of its own.
func (c *Client) QueryRange(ctx context.Context, r Range) (*Answer, error) {
	start, end, step := r.Start.UnixMilli(), r.End.UnixMilli(), r.Step.Milliseconds()
	switch {
	case step < 1:
		return nil, fmt.Errorf("step %s is too short: use at least 1ms", r.Step)
	case end < start:
		return nil, fmt.Errorf("the range ends (%s) before it starts (%s)", clock(end), clock(start))
	case (end-start)/step >= c.config.MaxSamples:
		return nil, limitSamples(c.config.MaxSamples)
	}
	form := c.form(r.Expr)
	form.Set("start", seconds(start))
	form.Set("end", seconds(end))
	form.Set("step", seconds(step))
	if start%step != 0 {
		// VictoriaMetrics would shift the times to multiples of the step.
		form.Set("nocache", "1")
	}
	d := &decoder{shape: onGrid, start: start, step: step, steps: int((end-start)/step) + 1}
	if err := c.read(ctx, pathRange, form, d); err != nil {
		return nil, err
	}
	return d.answer(), nil
}

// QueryInstant evaluates an expression that gives a vector or a scalar at one
// time. The answer has one step. Errors are those of QueryRange.
func (c *Client) QueryInstant(ctx context.Context, expr string, at time.Time) (*Answer, error) {
	form := c.form(expr)
	form.Set("time", seconds(at.UnixMilli()))
	d := &decoder{shape: instant, start: at.UnixMilli(), step: 1, steps: 1}
	if err := c.read(ctx, pathQuery, form, d); err != nil {
		return nil, err
	}
	return d.answer(), nil
}

// QueryRaw evaluates a range vector such as name[5m] at one time: all its
// samples as they were scraped. Errors are those of QueryRange.
func (c *Client) QueryRaw(ctx context.Context, expr string, at time.Time) (*Raw, error) {
	form := c.form(expr)
	form.Set("time", seconds(at.UnixMilli()))
	d := &decoder{shape: raw}
	if err := c.read(ctx, pathQuery, form, d); err != nil {
		return nil, err
	}
	return d.rawAnswer(), nil
}

// form begins the parameters of a query.
func (c *Client) form(expr string) url.Values {
	form := url.Values{}
	for name, values := range c.config.Params {
		form[name] = values
	}
	form.Set("query", expr)
	if c.config.Timeout > 0 {
		form.Set("timeout", seconds(c.config.Timeout.Milliseconds())) // the server need not go on when we have left
	}
	return form
}

// read sends a query and decodes the answer while it arrives.
func (c *Client) read(ctx context.Context, path string, form url.Values, d *decoder) error {
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	resp, err := c.do(ctx, path, form)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	d.limits = limits{series: c.config.MaxSeries, bytes: c.config.MaxBytes, samples: c.config.MaxSamples}
	if err := d.decode(resp.Body); err != nil {
		if !IsDownstream(err) {
			err = transportError(ctx, err)
		}
		var e *ServerError
		if errors.As(err, &e) && e.Status == 0 && resp.StatusCode != 200 {
			e.Status = resp.StatusCode
		}
		return c.conceal(err)
	}
	return nil
}

// seconds writes milliseconds as seconds, exactly.
func seconds(ms int64) string {
	return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64)
}
