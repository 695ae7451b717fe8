package fleet

import (
	"cmp"
	"slices"
	"time"
)

// Period is the length of the story; after it, the schedule starts over.
const Period = 8 * 24 * time.Hour

// day is a moment of the story.
func day(d float64) time.Duration { return time.Duration(d * 24 * float64(time.Hour)) }

// episode is a stretch of the story during which something is wrong.
type episode struct {
	from, to time.Duration
	what     string
}

func (e episode) holds(t time.Duration) bool { return t >= e.from && t < e.to }

// The things that go wrong. A backfilled week shows the days 0 to 7; what is
// under way on day 7 goes on live and recovers on the day after.
var (
	fraudDrift      = episode{day(3), day(4.5), "amounts grow by four fifths (drift of the feature amount), then recover"}
	churnOverrating = episode{day(4.5), day(7.5), "half as many customers leave as the scores say (calibration is lost), then it is recalibrated"}
	creditOutage    = episode{day(2), day(2.25), "the bureau does not answer: bureau_score is missing in all requests"}
	creditLoss      = episode{day(6), day(7.25), "bureau_score is missing in 7 of 10 requests, then recovers"}
	etaWorks        = episode{day(5.2), day(7.4), "road works: trips take a fifth longer than predicted (bias, larger errors), then it is retrained"}
	etaFog          = episode{day(6), day(6.4), "the weather is fog, a category that the training data does not have"}
	searchStale     = episode{day(3.5), day(5), "the index is stale: the best answers are ranked lower"}
	searchOverload  = episode{day(4.1), day(4.4), "overload: answers take four times as long, and some time out"}
	intentConfusion = episode{day(5), day(7.5), "refund is taken for billing (one class degrades), then recovers"}
)

// happening is something that somebody did to a model, with the kind and title
// that its event has.
type happening struct {
	at          time.Duration
	kind, title string
}

// Event is an entry of the printed schedule.
type Event struct {
	Model    string
	From, To time.Time
	What     string
}

// Schedule lists what happens in the period that begins at start, by time.
func Schedule(start time.Time) []Event {
	at := func(d time.Duration) time.Time { return start.Add(d) }
	var events []Event
	for _, model := range models() {
		for _, e := range model.episodes {
			events = append(events, Event{model.spec.Model, at(e.from), at(e.to), e.what})
		}
		for _, h := range model.events {
			events = append(events, Event{model.spec.Model, at(h.at), at(h.at), h.kind + ": " + h.title})
		}
		for _, r := range model.replicas {
			if r.born > 0 {
				events = append(events, Event{model.spec.Model, at(r.born), at(r.born), "replica " + r.instance + " starts"})
			}
			if r.gone > 0 {
				events = append(events, Event{model.spec.Model, at(r.gone), at(r.gone), "replica " + r.instance + " disappears"})
			}
			for _, t := range r.restarts {
				events = append(events, Event{model.spec.Model, at(t), at(t), "replica " + r.instance + " restarts: its counters start at 0"})
			}
			for _, down := range r.down {
				events = append(events, Event{model.spec.Model, at(down.from), at(down.to), "replica " + r.instance + " " + down.what})
			}
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Model, b.Model)) })
	return events
}
