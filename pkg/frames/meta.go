package frames

import (
	"math"
	"reflect"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// Frame types that the SDK has no constant for.
const typeHeatmapRows data.FrameType = "heatmap-rows"

// dataplane is the version that makes Grafana's expressions read a frame by its
// declared type. Shapes outside the dataplane contract keep version 0.0: with
// any other the reader would warn on every evaluation.
var dataplane = data.FrameTypeVersion{0, 1}

// kind is how a format's frames are typed and which core panel draws them.
type kind struct {
	frameType data.FrameType
	version   data.FrameTypeVersion
	panel     string
}

var kinds = map[string]kind{
	"numbers":      {data.FrameTypeNumericWide, dataplane, "stat"},
	"series":       {data.FrameTypeTimeSeriesMulti, dataplane, "timeseries"},
	"heatmap":      {typeHeatmapRows, data.FrameTypeVersion{}, "heatmap"},
	"table":        {data.FrameTypeTable, data.FrameTypeVersion{}, "table"},
	"matrix":       {data.FrameTypeTable, data.FrameTypeVersion{}, "table"},
	"curve":        {"", data.FrameTypeVersion{}, "xychart"},
	"distribution": {"", data.FrameTypeVersion{}, "barchart"},
	"events":       {"", data.FrameTypeVersion{}, "table"},
}

func metaOf(format string, m result.Meta) *data.FrameMeta {
	k := kinds[format]
	meta := &data.FrameMeta{Type: k.frameType, TypeVersion: k.version, PreferredVisualizationPluginID: k.panel}
	custom := make(map[string]any, len(m.Custom)+1)
	for name, value := range m.Custom {
		custom[name] = encodable(value)
	}
	if _, given := custom["n"]; !given && !math.IsNaN(m.N) {
		custom["n"] = encodable(m.N)
	}
	if len(custom) > 0 {
		meta.Custom = custom
	}
	return meta
}

// encodable replaces what JSON cannot hold (NaN and infinities) by null: one
// such value inside the metadata would lose the whole response.
func encodable(value any) any {
	switch v := value.(type) {
	case nil, string, bool, int, int64:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	}
	rv := reflect.ValueOf(value)
	switch rv.Kind() {
	case reflect.Slice, reflect.Array:
		out := make([]any, rv.Len())
		for i := range out {
			out[i] = encodable(rv.Index(i).Interface())
		}
		return out
	case reflect.Map:
		if rv.Type().Key().Kind() != reflect.String {
			return value
		}
		out := make(map[string]any, rv.Len())
		for _, key := range rv.MapKeys() {
			out[key.String()] = encodable(rv.MapIndex(key).Interface())
		}
		return out
	case reflect.Float32:
		return encodable(rv.Float())
	}
	return value
}

// finish adds what every frame of an answer carries. The notices go on the first
// frame, which is enough: Grafana collects those of all frames of a panel.
func finish(frames data.Frames, notices []result.Notice, queries []string) {
	executed := strings.Join(distinct(queries), "\n")
	for i, frame := range frames {
		frame.Meta.ExecutedQueryString = executed
		if i == 0 {
			frame.Meta.Notices = merge(notices)
		}
	}
}

// merge makes one notice per severity of all its sentences: a panel's header
// shows only the last notice of each severity.
func merge(notices []result.Notice) []data.Notice {
	var out []data.Notice
	for _, level := range []struct {
		from result.Severity
		to   data.NoticeSeverity
	}{{result.Warning, data.NoticeSeverityWarning}, {result.Info, data.NoticeSeverityInfo}} {
		var texts []string
		for _, n := range notices {
			if (n.Severity == result.Warning) == (level.from == result.Warning) && n.Text != "" {
				texts = append(texts, n.Text)
			}
		}
		if texts = distinct(texts); len(texts) > 0 {
			out = append(out, data.Notice{Severity: level.to, Text: strings.Join(texts, "\n")})
		}
	}
	return out
}

func distinct(texts []string) []string {
	seen := make(map[string]bool, len(texts))
	var out []string
	for _, text := range texts {
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}
