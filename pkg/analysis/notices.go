package analysis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// notes gathers the notices of an answer: each text once, in the order of
// appearance.
type notes struct{ list []result.Notice }

func (n *notes) add(severity result.Severity, format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	if text == "" || slices.ContainsFunc(n.list, func(have result.Notice) bool { return have.Text == text }) {
		return
	}
	n.list = append(n.list, result.Notice{Severity: severity, Text: text})
}

func (n *notes) info(format string, args ...any)    { n.add(result.Info, format, args...) }
func (n *notes) warning(format string, args ...any) { n.add(result.Warning, format, args...) }

// read passes on what the reader repaired or was told.
func (n *notes) read(data ...counts.Data) {
	for _, d := range data {
		for _, notice := range d.Notices {
			severity := result.Info
			if notice.Warning {
				severity = result.Warning
			}
			n.add(severity, "%s", notice.Text)
		}
	}
}

// missing says which metrics the server has nothing of.
func (n *notes) missing(q *query.Query, data ...counts.Data) {
	for _, d := range data {
		if d.Empty() {
			n.warning("%s", missingText(q, d.Request))
		}
	}
}

func missingText(q *query.Query, r counts.Request) string {
	info, _ := profile.Info(r.Role)
	metric := info.Metric
	if name := q.Roles[string(r.Role)]; name != "" {
		metric = name
	}
	text := fmt.Sprintf("no data for the role %s (%s: %s)", r.Role, metric, info.Help)
	if len(r.Matchers) > 0 {
		parts := make([]string, len(r.Matchers))
		for i, m := range r.Matchers {
			parts[i] = fmt.Sprintf("%s%s%q", m.Label, m.Op, strings.Join(m.Values, "|"))
		}
		text += " with " + strings.Join(parts, ", ")
	}
	return text + " in the window: check the model's name, the time range, and that the metric is exported"
}

// several lists a few of many names.
func several(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}
