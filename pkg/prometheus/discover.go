package prometheus

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// LabelValues returns the values that a label has in the selected series
// between two times (zero times leave it to the server), at most limit of them if that is
// above 0. Ask for one more than needed to learn whether there are more. Without
// selectors, all series are meant.
//
// Errors are those of QueryRange.
func (c *Client) LabelValues(ctx context.Context, label string, selectors []Selector, from, to time.Time, limit int) (values, warnings []string, err error) {
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	found, warned, infos, err := c.api.LabelValues(ctx, pathLabel(label), texts(selectors), from, to, atMost(limit)...)
	if err != nil {
		return nil, nil, c.apiError(ctx, err)
	}
	for _, v := range found {
		values = append(values, string(v))
	}
	return trim(values, limit), append(warned, infos...), nil
}

// LabelNames returns the names of the labels that the selected series have
// between two times. It works like LabelValues.
func (c *Client) LabelNames(ctx context.Context, selectors []Selector, from, to time.Time, limit int) (names, warnings []string, err error) {
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	found, warned, infos, err := c.api.LabelNames(ctx, texts(selectors), from, to, atMost(limit)...)
	if err != nil {
		return nil, nil, c.apiError(ctx, err)
	}
	for _, n := range found {
		names = append(names, string(n))
	}
	return trim(names, limit), append(warned, infos...), nil
}

// Series returns the label sets of the selected series (at least one selector
// is needed) between two times. It works like LabelValues; more series than the
// client's limit are a *LimitError, unless limit asks for fewer.
func (c *Client) Series(ctx context.Context, selectors []Selector, from, to time.Time, limit int) (series []Labels, warnings []string, err error) {
	if len(selectors) == 0 {
		return nil, nil, errors.New("a search for series needs a selector: name a metric or give a matcher")
	}
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	ask := limit
	if ask <= 0 {
		ask = c.config.MaxSeries + 1
	}
	found, warned, infos, err := c.api.Series(ctx, texts(selectors), from, to, atMost(ask)...)
	if err != nil {
		return nil, nil, c.apiError(ctx, err)
	}
	found = trim(found, limit)
	if len(found) > c.config.MaxSeries {
		return nil, nil, limitSeries(c.config.MaxSeries)
	}
	t := newLabelTable()
	for _, set := range found {
		for name, value := range set {
			t.add(t.intern([]byte(name)), t.intern([]byte(value)))
		}
		series = append(series, t.finish())
	}
	return series, append(warned, infos...), nil
}

// Metadata is what a server knows about a metric from those who expose it.
type Metadata struct {
	Type string // counter, gauge, histogram, summary, unknown, …
	Help string
	Unit string
}

// Metadata looks up type and help of a metric, or of all metrics if the name is
// empty. Metrics without metadata (recorded ones, or all on some servers) are
// not in the map. Where targets disagree, the first entry with a known type counts.
//
// Classic histograms are listed under the name without _bucket, _sum or _count.
func (c *Client) Metadata(ctx context.Context, metric string) (map[string]Metadata, error) {
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	found, err := c.api.Metadata(ctx, metric, "")
	if err != nil {
		return nil, c.apiError(ctx, err)
	}
	all := make(map[string]Metadata, len(found))
	for name, entries := range found {
		for _, e := range entries {
			if known, ok := all[name]; !ok || known.Type == string(v1.MetricTypeUnknown) {
				all[name] = Metadata{Type: string(e.Type), Help: e.Help, Unit: e.Unit}
			}
		}
	}
	return all, nil
}

// apiError makes this package's errors of client_golang's.
func (c *Client) apiError(ctx context.Context, err error) error {
	var e *v1.Error
	if !errors.As(err, &e) {
		if IsDownstream(err) || ctx.Err() == nil {
			return err
		}
		return transportError(ctx, err)
	}
	if e.Type == v1.ErrBadResponse {
		// The body was no JSON, or JSON of another form.
		return c.conceal(&ServerError{Kind: BadAnswer, Message: "its answer cannot be read: " + shorten(e.Msg, 100), err: err})
	}
	return c.conceal(&ServerError{Kind: kindOfType(string(e.Type)), Type: string(e.Type), Message: shorten(e.Msg, maxMessage)})
}

func texts(selectors []Selector) []string {
	all := make([]string, len(selectors))
	for i, s := range selectors {
		all[i] = s.String()
	}
	return all
}

func atMost(limit int) []v1.Option {
	if limit <= 0 {
		return nil
	}
	return []v1.Option{v1.WithLimit(uint64(limit))}
}

// trim holds a limit for servers that do not know it.
func trim[T any](all []T, limit int) []T {
	if limit > 0 && len(all) > limit {
		return all[:limit]
	}
	return all
}

// pathLabel writes a label name for a path: names that are more than
// [a-zA-Z0-9_] in the form that Prometheus 3 defines for them, U__ followed by
// the name with _ doubled and other characters as _hex_.
func pathLabel(name string) string {
	if isLabelName(name) {
		return name
	}
	var b strings.Builder
	b.WriteString("U__")
	for _, r := range name {
		switch {
		case r == '_':
			b.WriteString("__")
		case r < 0x80 && isWordByte(byte(r), false):
			b.WriteRune(r)
		default:
			b.WriteString("_" + strconv.FormatInt(int64(r), 16) + "_")
		}
	}
	return b.String()
}
