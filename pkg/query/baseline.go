package query

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

type baseline struct {
	Kind      BaselineKind `json:"kind"`
	Offset    string       `json:"offset"`
	Width     string       `json:"width"`
	From      moment       `json:"from"`
	To        moment       `json:"to"`
	Reference string       `json:"reference"`
	Version   values       `json:"version"`
	Matchers  []matcher    `json:"matchers"`
}

// moment is a time written as a string or as a number of Unix milliseconds.
type moment string

func (m *moment) UnmarshalJSON(raw []byte) error {
	var n int64
	if err := json.Unmarshal(raw, &n); err == nil {
		*m = moment(strconv.FormatInt(n, 10))
		return nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	*m = moment(s)
	return nil
}

func (c Context) parseBaseline(raw json.RawMessage) (*Baseline, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var b baseline
	if err := decode(raw, &b); err != nil {
		return nil, inBaseline(err)
	}
	if b.Kind == "" {
		return nil, fail("baseline.kind", "baseline kind is missing: use one of %s", joinKinds())
	}
	if !slices.Contains(baselineKinds, b.Kind) {
		return nil, fail("baseline.kind", "baseline kind %q is not known: use one of %s", b.Kind, joinKinds())
	}
	// Fields of the other kinds are let through: an editor keeps what was typed
	// when the kind is switched. What is no field of any kind is a mistake.
	known := []string{"kind"}
	for _, k := range baselineKinds {
		known = append(known, baselineFields[k]...)
	}
	if err := checkFields(raw, "baseline.", known); err != nil {
		return nil, err
	}
	out := &Baseline{Kind: b.Kind}
	var err error
	switch b.Kind {
	case BaselineOffset:
		if out.Offset, err = c.duration("baseline.offset", "baseline offset", b.Offset); err != nil {
			return nil, err
		}
	case BaselinePreceding:
		if b.Width != "" {
			if out.Width, err = c.duration("baseline.width", "baseline width", b.Width); err != nil {
				return nil, err
			}
		}
	case BaselinePeriod:
		if out.From, err = c.moment("baseline.from", "baseline start", string(b.From)); err != nil {
			return nil, err
		}
		if out.To, err = c.moment("baseline.to", "baseline end", string(b.To)); err != nil {
			return nil, err
		}
		if !out.To.After(out.From) {
			return nil, fail("baseline.to", "the baseline ends at %q, not after its start %q: choose a later end", b.To, b.From)
		}
	case BaselineReference:
		out.Reference = c.expand(b.Reference)
	case BaselineVersion:
		if out.Version, err = c.chosen("baseline.version", b.Version); err != nil {
			return nil, err
		}
		if out.Matchers, err = c.matchers("baseline.matchers", b.Matchers); err != nil {
			return nil, err
		}
		if len(out.Version) == 0 && len(out.Matchers) == 0 {
			return nil, fail("baseline.version", "the baseline names no version: choose the version to compare with, or matchers for another environment or segment")
		}
	}
	return out, nil
}

func (c Context) duration(field, what, text string) (time.Duration, error) {
	if text == "" {
		return 0, fail(field, "%s is missing: use 30m, 24h, 7d", what)
	}
	d, err := ParseDuration(c.expand(text))
	if err != nil {
		return 0, fail(field, "%s %v", what, err)
	}
	return d, nil
}

func (c Context) moment(field, what, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, fail(field, "%s is missing: use 2026-05-01T00:00:00Z, Unix milliseconds, or now-7d", what)
	}
	t, err := ParseTime(c.expand(text), c.To)
	if err != nil {
		return time.Time{}, fail(field, "%s %v", what, err)
	}
	return t, nil
}

func inBaseline(err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.Field = strings.TrimSuffix("baseline."+e.Field, ".")
	}
	return err
}

func joinKinds() string {
	names := make([]string, len(baselineKinds))
	for i, k := range baselineKinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}
