package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/result"
)

// The kinds of events.
const (
	deployments = "deployments"
	retirements = "retirements"
	returns     = "returns"
	exported    = "exported"
)

// eventStretches is into how many windows the range is divided to see versions come
// and go.
const eventStretches = 720

// gone is for how many windows in a row a version must be missing: a restart or a
// scrape that failed is none.
const gone = 3

// The labels of exported events.
const (
	eventKind  profile.Label = "kind"
	eventTitle profile.Label = "title"
)

func init() {
	register(Analysis{
		Name: "events", Title: "Events", Group: "Models", Icon: "calendar-alt",
		Summary:   "What happened, as annotations: versions that were deployed, retired or brought back, and what the models export themselves (pipeline updates, config changes, retrainings).",
		NeedsText: "ml_model_info, or without it ml_predictions_total, by version; ml_event_timestamp_seconds by kind and title.",
		Formats:   []FormatInfo{asEvents},
		Options: []Option{
			{Name: "kinds", Type: TypeStrings, Title: "Kinds", Help: "Which events to give; none means all.",
				Enum: choices(
					deployments, "Deployments", "a version is seen for the first time in the time range",
					retirements, "Retirements", "a version is no longer seen",
					returns, "Returns", "a version is seen again after another one was: a rollback",
					exported, "Exported events", "by kind and title",
				)},
		},
		Roles:    []RoleNeed{{Name: profile.ModelInfo}, {Name: profile.Predictions}, {Name: profile.EventTimestamp}},
		Reserved: []string{string(eventKind), string(eventTitle)},
		Needs: func(q *query.Query, _ Options) ([]counts.Request, error) {
			if _, err := windowsFor(q); err != nil {
				return nil, err
			}
			w := stretches(q, eventStretches)
			requests := []counts.Request{request(q, profile.ModelInfo, w), request(q, profile.Predictions, w), request(q, profile.EventTimestamp, w, eventKind, eventTitle)}
			for i := range requests {
				requests[i].Optional = true
			}
			return requests, nil
		},
		Compute: events,
	})
}

func events(q *query.Query, o Options, data []counts.Data) ([]result.Result, error) {
	var said notes
	said.read(data[0], data[2])
	if data[0].Empty() {
		said.read(data[1]) // else predictions only fill in versions without info
	}
	w := data[0].Request.Windows
	wanted := func(kind string) bool {
		return len(o.Strings("kinds")) == 0 || slices.Contains(o.Strings("kinds"), kind)
	}
	var all []result.Event
	for _, e := range versionEvents(q, w, data[0], data[1]) {
		if wanted(e.kind) {
			all = append(all, e.Event)
		}
	}
	if wanted(exported) {
		all = append(all, exportedEvents(w, data[2])...)
	}
	slices.SortStableFunc(all, func(a, b result.Event) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.Title, b.Title), strings.Compare(a.Text, b.Text))
	})
	if len(all) == 0 {
		said.info("nothing happened in the window: no version came or went, and no event was exported")
	} else {
		said.info("versions are looked for every %s, so their times are within that of the truth", query.FormatDuration(w.Step))
	}
	return []result.Result{result.Events{Meta: meta(q, "Events", w, math.NaN(), said), Events: all}}, nil
}

// versionEvent is a version that came or went.
type versionEvent struct {
	result.Event
	kind string
}

// presence is when one version of a model was seen.
type presence struct {
	labels map[string]string
	seen   []bool
}

// versionEvents are the versions that came and went, per model and group.
func versionEvents(q *query.Query, w counts.Windows, info, predictions counts.Data) []versionEvent {
	by := groupLabels(q)
	within := slices.DeleteFunc(slices.Clone(by), func(l profile.Label) bool { return l == profile.Version })
	var out []versionEvent
	for _, versions := range clusters(presences(by, w, info, predictions), within, func(p presence) map[string]string { return p.labels }) {
		others := func(i, from, to int) []string {
			var names []string
			for j, p := range versions {
				if j != i && slices.Contains(p.seen[from:to], true) {
					names = append(names, p.labels[string(profile.Version)])
				}
			}
			return names
		}
		for i, p := range versions {
			add := func(k int, kind, verb, text string) {
				model, version := p.labels[string(profile.Model)], p.labels[string(profile.Version)]
				tags := append([]string{strings.TrimSuffix(kind, "s")}, model, version)
				out = append(out, versionEvent{result.Event{
					Time: w.End(k), Title: title(p.labels, labelNames(p.labels)) + " " + verb, Text: text,
					Tags: slices.DeleteFunc(tags, func(tag string) bool { return tag == "" }),
				}, kind})
			}
			first := slices.Index(p.seen, true)
			last := first
			if first > 0 {
				text := "the first version of the model that is seen"
				if before := others(i, 0, first); len(before) > 0 {
					text = "beside or after " + several(before)
				}
				add(first, deployments, "deployed", text)
			}
			for k := first + 1; k < len(p.seen); k++ {
				if !p.seen[k] {
					continue
				}
				if between := others(i, last+1, k); k-last > gone && len(between) > 0 {
					add(last+1, retirements, "retired", "no longer seen")
					add(k, returns, "returned", "seen again after "+several(between))
				}
				last = k
			}
			if len(p.seen)-1-last >= gone {
				add(last+1, retirements, "retired", "no longer seen")
			}
		}
	}
	return out
}

// presences tell when versions were seen: by their info or, where a version has
// none, by its predictions. Versions that were never seen are left out.
func presences(by []profile.Label, w counts.Windows, info, predictions counts.Data) []presence {
	place := make(map[string]int)
	var out []presence
	add := func(labels map[string]string, seen func(k int) bool) {
		p := presence{only(labels, by), make([]bool, w.Number)}
		for k := range p.seen {
			p.seen[k] = seen(k)
		}
		_, known := place[key(labels, by)]
		if !known && slices.Contains(p.seen, true) {
			place[key(labels, by)] = len(out)
			out = append(out, p)
		}
	}
	for i := range info.Gauges {
		g := &info.Gauges[i]
		values := gaugeValues(g, w.Number)
		add(g.Labels, func(k int) bool { return !math.IsNaN(values[k]) })
	}
	for i := range predictions.Tallies {
		g := &predictions.Tallies[i]
		add(g.Labels, func(k int) bool { _, ok := tallyAt(g, k); return ok })
	}
	slices.SortStableFunc(out, func(a, b presence) int { return strings.Compare(key(a.labels, by), key(b.labels, by)) })
	return out
}

// exportedEvents are the times that the models export, each once.
func exportedEvents(w counts.Windows, d counts.Data) []result.Event {
	from, to := w.Begin(0), w.End(w.Number-1)
	var out []result.Event
	for i := range d.Gauges {
		g := &d.Gauges[i]
		var times []float64
		for _, v := range g.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) && !slices.Contains(times, v) {
				times = append(times, v)
			}
		}
		kind, name := g.Labels[string(eventKind)], g.Labels[string(eventTitle)]
		about := with(known(g.Labels))
		delete(about, string(eventKind))
		delete(about, string(eventTitle))
		for _, seconds := range times {
			at := time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
			if at.Before(from) || at.After(to) {
				continue
			}
			kindText := strings.ReplaceAll(kind, "_", " ")
			tags := []string{kind, g.Labels[string(profile.Model)], g.Labels[string(profile.Version)]}
			out = append(out, result.Event{
				Time: at, Title: cmp.Or(name, kindText, "event"),
				Text: strings.TrimSpace(fmt.Sprintf("%s %s", title(about, labelNames(about)), kindText)),
				Tags: slices.DeleteFunc(tags, func(tag string) bool { return tag == "" }),
			})
		}
	}
	return out
}
