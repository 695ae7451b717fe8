package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/detect"
)

// detectorLines draw what is asked for of each watched line.
func detectorLines(o Options, found []watched) []result.Line {
	var out []result.Line
	for _, f := range found {
		add := func(name, side string, st result.Style, labels map[string]string, values []float64) {
			out = append(out, result.Line{Name: name, Labels: labels, Style: st, Values: values, Bound: side})
		}
		line := f.line
		of := line.Labels["metric"]
		each := func(value func(k int) float64) []float64 {
			values := make([]float64, len(line.Values))
			for k := range values {
				values[k] = value(k)
			}
			return values
		}
		switch o.String("show") {
		case "statistic":
			labels := with(line.Labels, "metric", "statistic", "of", of)
			add(line.Name+" statistic", "", styleOf("statistic"), labels, f.Statistic)
			for _, side := range []struct {
				name string
				sign float64
			}{{"lower", -1}, {"upper", 1}} {
				add(line.Name+" "+side.name+" limit", side.name, styleOf("statistic"), with(labels, "bound", side.name), each(func(int) float64 { return side.sign * f.Limit }))
			}
		case "alarm":
			alarms := each(func(k int) float64 {
				if math.IsNaN(f.Statistic[k]) {
					return math.NaN()
				}
				return 0
			})
			for _, a := range f.Alarms {
				alarms[a.Index] = 1
			}
			add(line.Name+" alarm", "", styleOf("alarm"), with(line.Labels, "metric", "alarm", "of", of), alarms)
		default:
			add(line.Name, "", line.Style, line.Labels, line.Values)
			add(line.Name+" lower", "lower", line.Style, with(line.Labels, "bound", "lower"), each(func(k int) float64 { return f.Target[k] - 3*f.Sigma[k] }))
			add(line.Name+" upper", "upper", line.Style, with(line.Labels, "bound", "upper"), each(func(k int) float64 { return f.Target[k] + 3*f.Sigma[k] }))
			out[len(out)-1].FillBelowTo = line.Name + " lower"
		}
	}
	return out
}

// episode is a run of alarms in one direction: a change that lasts raises one after
// the other.
type episode struct {
	from, to int
	first    detect.Alarm
}

func episodes(alarms []detect.Alarm) []episode {
	var out []episode
	for _, a := range alarms {
		if n := len(out); n > 0 && out[n-1].first.Direction == a.Direction && a.Onset <= out[n-1].to+1 {
			out[n-1].to = a.Index
			continue
		}
		out = append(out, episode{a.Onset, a.Index, a})
	}
	return out
}

// detections are the changes as annotations, from the onset to the last window that
// raised an alarm.
func detections(q *query.Query, o Options, w counts.Windows, series result.Series, found []watched, said notes) result.Events {
	info, _ := detect.Lookup(detect.Method(o.String("method")))
	var events []result.Event
	for _, f := range found {
		for _, change := range episodes(f.Alarms) {
			verb := "rose"
			if change.first.Direction == detect.Down {
				verb = "fell"
			}
			e := result.Event{Time: series.Times[change.from], Title: f.line.Name + " " + verb}
			if change.to > change.from {
				e.End = series.Times[change.to]
			}
			e.Text = fmt.Sprintf("%s: %s on average, %s before (%s)", title(f.line.Labels, labelNames(f.line.Labels)),
				short(meanKnown(f.line.Values[change.from:change.to+1])), short(f.Target[change.first.Index]), info.Title)
			if change.first.Rule != "" {
				e.Text += ": " + change.first.Rule
			}
			e.Tags = []string{"detection", f.line.Labels[string(profile.Model)], f.line.Labels["metric"]}
			e.Tags = slices.DeleteFunc(e.Tags, func(tag string) bool { return tag == "" })
			events = append(events, e)
		}
	}
	if len(events) == 0 {
		said.info("no change was detected")
	}
	slices.SortStableFunc(events, func(a, b result.Event) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.Text, b.Text))
	})
	return result.Events{Meta: meta(q, "Detected changes", w, series.N, said), Events: events}
}

// meanKnown is the plain mean of the values that are not missing.
func meanKnown(values []float64) float64 {
	sum, n := 0.0, 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / n
}

// short writes a number with three digits.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
