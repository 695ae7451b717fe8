package plugin

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

const (
	// maxValues is the most that one answer lists, whatever the caller asks for.
	maxValues = 10_000
	// valuesRange is how far back values are looked for where the caller gives no
	// time range.
	valuesRange = 24 * time.Hour
)

type valuesAnswer struct {
	Values    []string `json:"values"`
	Truncated bool     `json:"truncated"`
}

// values lists what a variable or a field of the editor can be.
func (d *Datasource) values(req *http.Request) (any, error) {
	if d.invalid != nil {
		return nil, mistake{d.invalid}
	}
	r, err := valuesRequest(req)
	if err != nil {
		return nil, err
	}
	values, truncated, err := d.reader.Values(req.Context(), r)
	if err != nil {
		return nil, err
	}
	if values == nil {
		values = []string{}
	}
	return valuesAnswer{Values: values, Truncated: truncated}, nil
}

func valuesRequest(req *http.Request) (counts.ValuesRequest, error) {
	param := req.URL.Query().Get
	out := counts.ValuesRequest{
		Kind: param("kind"), Label: param("label"), Feature: param("feature"), Search: param("search"),
		Model: given(req, "model"), Version: given(req, "version"), Limit: counts.DefaultValues,
	}
	if kinds := counts.ValueKinds(); !slices.Contains(kinds, out.Kind) {
		return out, wrong("kind", "kind %q is not known: use one of %s", out.Kind, strings.Join(kinds, ", "))
	}
	if needsLabel := out.Kind == "segments" || out.Kind == "label_values"; needsLabel && !labelName.MatchString(out.Label) {
		return out, wrong("label", "kind %q needs a label, and %q is not a label name: use letters, digits and underscores", out.Kind, out.Label)
	}
	if text := param("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxValues {
			return out, wrong("limit", "limit %q is not a number from 1 to %d", text, maxValues)
		}
		out.Limit = n
	}
	out.To = time.Now()
	if text := param("to"); text != "" {
		to, err := unixMillis("to", text)
		if err != nil {
			return out, err
		}
		out.To = to
	}
	out.From = out.To.Add(-valuesRange)
	if text := param("from"); text != "" {
		from, err := unixMillis("from", text)
		if err != nil {
			return out, err
		}
		out.From = from
	}
	if !out.From.Before(out.To) {
		return out, wrong("from", "the time range is empty: choose an end after its start")
	}
	return out, nil
}

func unixMillis(name, text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1e14 {
		return time.Time{}, wrong(name, "%s %q is not a time: use Unix milliseconds", name, text)
	}
	return time.UnixMilli(n).UTC(), nil
}

// given lists a parameter's values, which may be repeated, without empty ones.
func given(req *http.Request, name string) []string {
	return slices.DeleteFunc(slices.Clone(req.URL.Query()[name]), func(v string) bool { return v == "" })
}

func wrong(field, format string, args ...any) error {
	return &query.Error{Field: field, Message: fmt.Sprintf(format, args...)}
}
