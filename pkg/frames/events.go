package frames

import (
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// events makes one frame with the field names that Grafana's annotations read.
func events(e result.Events) (*data.Frame, error) {
	if len(e.Events) == 0 {
		return nil, nil
	}
	n := len(e.Events)
	starts, ends := make([]time.Time, n), make([]*time.Time, n)
	titles, texts, tags := make([]string, n), make([]string, n), make([]string, n)
	for i := range e.Events {
		event := &e.Events[i]
		starts[i], titles[i], texts[i] = event.Time, event.Title, event.Text
		tags[i] = strings.Join(event.Tags, ",")
		if !event.End.IsZero() {
			ends[i] = &event.End
		}
	}
	frame := data.NewFrame(e.Name,
		data.NewField("time", nil, starts), data.NewField("timeEnd", nil, ends),
		data.NewField("title", nil, titles), data.NewField("text", nil, texts), data.NewField("tags", nil, tags))
	frame.Meta = metaOf("events", e.Meta)
	return frame, nil
}
