package showcase

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/pluginclient"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// Answer is a question with what the plugin says to it.
type Answer struct {
	Question
	Frames   data.Frames
	Pictures []picture.Picture
	Sheets   []sheet.Sheet // of answers that have no picture
	Notices  []string
	PromQL   string
	Err      error
	Took     time.Duration
}

// Ask puts one question to the plugin. An error of the query is in the answer.
func Ask(ctx context.Context, plugin *pluginclient.Plugin, source pluginclient.DataSource, q Question) Answer {
	a := Answer{Question: q}
	var query struct{ Format string }
	if err := json.Unmarshal([]byte(q.Query), &query); err != nil {
		a.Err = fmt.Errorf("the question %q holds no JSON: %w", q.Title, err)
		return a
	}
	step := q.Step
	if step == 0 {
		step = (q.To.Sub(q.From) / 84).Round(time.Minute)
	}
	began := time.Now()
	responses, err := plugin.Query(ctx, source, pluginclient.Query{
		RefID: "A", JSON: json.RawMessage(q.Query), From: q.From, To: q.To, Interval: step, MaxDataPoints: 1000,
	})
	a.Took = time.Since(began)
	if err == nil {
		err = responses["A"].Error
	}
	if err != nil {
		a.Err = err
		return a
	}
	a.Frames = responses["A"].Frames
	a.Pictures = picture.Of(query.Format, a.Frames)
	if len(a.Pictures) == 0 {
		for _, s := range sheet.Of(a.Frames, sheet.Short) {
			a.Sheets = append(a.Sheets, sheet.Fold(s))
		}
	}
	a.Notices = sheet.Notices(a.Frames)
	for _, frame := range a.Frames {
		if frame.Meta != nil && frame.Meta.ExecutedQueryString != "" {
			a.PromQL = frame.Meta.ExecutedQueryString
			break
		}
	}
	return a
}
