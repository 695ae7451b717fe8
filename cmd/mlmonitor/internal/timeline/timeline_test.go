package timeline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/storage"
)

// counter is a job that remembers when it was scraped.
type counter struct {
	interval time.Duration
	fail     error
	mu       sync.Mutex
	at       []time.Time
}

func (c *counter) Name() string            { return "counter" }
func (c *counter) Interval() time.Duration { return c.interval }
func (c *counter) Scrape(_ storage.Appender, at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = append(c.at, at)
	return c.fail
}

// nowhere is a database that takes nothing.
type nowhere struct{}

func (nowhere) Appender(context.Context) storage.Appender { return discard{} }

type discard struct{ storage.Appender }

func (discard) Commit() error   { return nil }
func (discard) Rollback() error { return nil }

func TestBackfillScrapesBothEnds(t *testing.T) {
	job := &counter{interval: time.Minute}
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	share := 0.0
	if err := Backfill(t.Context(), nowhere{}, []Job{job}, start, start.Add(time.Hour), func(s float64) { share = s }); err != nil {
		t.Fatal(err)
	}
	if len(job.at) != 61 || !job.at[0].Equal(start) || !job.at[60].Equal(start.Add(time.Hour)) || share != 1 {
		t.Errorf("%d scrapes, share %v", len(job.at), share)
	}
}

func TestBackfillTellsWhatFailed(t *testing.T) {
	broken := errors.New("broken")
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	err := Backfill(t.Context(), nowhere{}, []Job{&counter{interval: time.Minute, fail: broken}}, start, start.Add(time.Hour), nil)
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestLiveCatchesUpAndGoesOn(t *testing.T) {
	job := &counter{interval: 20 * time.Millisecond}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	last := time.Now().Add(-100 * time.Millisecond)
	if err := Live(ctx, nowhere{}, []Job{job}, last); err != nil {
		t.Fatal(err)
	}
	if len(job.at) < 6 {
		t.Fatalf("only %d scrapes", len(job.at))
	}
	for i, at := range job.at {
		if want := last.Add(time.Duration(i+1) * job.interval); !at.Equal(want) {
			t.Errorf("scrape %d at %s, want %s", i, at, want)
		}
	}
}
