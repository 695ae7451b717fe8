package frames

import (
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// Answer is what goes with the results of one query.
type Answer struct {
	// Format is the query's format ("numbers", "series", ...): it types the frame
	// of an answer without results.
	Format string
	// Queries are the requests that were sent to the server, shown in the query
	// inspector.
	Queries []string
	// Notices come beside those that the results carry.
	Notices []result.Notice
}

// Encode makes the frames of one query's results, which have to be of one shape:
// panels and alert rules take one kind of frame per query. There is always at
// least one frame; an empty answer is a frame without fields that is typed for
// its format and says why it is empty.
//
// An error means a mistake in the analysis, such as two values with the same
// labels.
func Encode(results []result.Result, with Answer) (data.Frames, error) {
	frames, meta, err := encode(results)
	if err != nil {
		return nil, err
	}
	if len(frames) == 0 {
		frame := data.NewFrame(meta.Name)
		frame.Meta = metaOf(with.Format, meta)
		frames = data.Frames{frame}
		if len(meta.Notices)+len(with.Notices) == 0 {
			meta.Notices = []result.Notice{{Severity: result.Info, Text: noCounts}}
		}
	}
	finish(frames, append(meta.Notices[:len(meta.Notices):len(meta.Notices)], with.Notices...), with.Queries)
	return frames, nil
}

const noCounts = "The server has no counts for this query in this time range."

// encode dispatches on the shape of the first result. The Meta it returns holds
// the notices of all results.
func encode(results []result.Result) (data.Frames, result.Meta, error) {
	if len(results) == 0 {
		return nil, result.Meta{}, nil
	}
	switch results[0].(type) {
	case result.Numbers:
		return all(results, numbers)
	case result.Series:
		return all(results, series)
	case result.Grid:
		return each(results, grid)
	case result.Table:
		return each(results, table)
	case result.Matrix:
		return each(results, matrix)
	case result.Curve:
		return all(results, curves)
	case result.Distribution:
		return each(results, distribution)
	case result.Events:
		return each(results, events)
	}
	return nil, result.Meta{}, fmt.Errorf("results of the type %T have no encoder", results[0])
}

// all encodes results that make frames together.
func all[T result.Result](results []result.Result, encode func([]T) (data.Frames, error)) (data.Frames, result.Meta, error) {
	same := make([]T, len(results))
	var meta result.Meta
	for i, r := range results {
		t, ok := r.(T)
		if !ok {
			return nil, meta, mixed(results[0], r)
		}
		same[i] = t
		meta = gather(meta, metaIn(r), i == 0)
	}
	frames, err := encode(same)
	return frames, meta, err
}

// each encodes results that make a frame of their own. A nil frame stands for an
// empty result.
func each[T result.Result](results []result.Result, encode func(T) (*data.Frame, error)) (data.Frames, result.Meta, error) {
	return all(results, func(same []T) (data.Frames, error) {
		var frames data.Frames
		for _, t := range same {
			frame, err := encode(t)
			if err != nil {
				return nil, err
			}
			if frame != nil {
				frames = append(frames, frame)
			}
		}
		return frames, nil
	})
}

func mixed(a, b result.Result) error {
	return fmt.Errorf("results of the types %T and %T are mixed in one answer", a, b)
}

func metaIn(r result.Result) result.Meta {
	switch r := r.(type) {
	case result.Numbers:
		return r.Meta
	case result.Series:
		return r.Meta
	case result.Grid:
		return r.Meta
	case result.Table:
		return r.Meta
	case result.Matrix:
		return r.Meta
	case result.Curve:
		return r.Meta
	case result.Distribution:
		return r.Meta
	case result.Events:
		return r.Meta
	}
	return result.Meta{}
}

func gather(sum, next result.Meta, first bool) result.Meta {
	if first {
		sum = next
		sum.Notices = nil
	}
	sum.Notices = append(sum.Notices, next.Notices...)
	return sum
}

// Notice makes a notice of an answer: a warning, or only for information.
func Notice(warning bool, text string) result.Notice {
	if warning {
		return result.Notice{Severity: result.Warning, Text: text}
	}
	return result.Notice{Severity: result.Info, Text: text}
}
