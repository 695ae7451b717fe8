package timeline

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/storage"
	"golang.org/x/sync/errgroup"
)

// Job is a group of simulated processes that are scraped together.
type Job interface {
	// Name is for messages.
	Name() string
	// Interval is the time between scrapes.
	Interval() time.Duration
	// Scrape lets the job's world go on until a time and appends what a scrape
	// finds then. Times ascend.
	Scrape(app storage.Appender, at time.Time) error
}

// Database takes samples; it is safe for concurrent use.
type Database interface {
	Appender(ctx context.Context) storage.Appender
}

// batch is the number of scrapes per commit in the past.
const batch = 20

// Backfill scrapes every job at from, from + interval, ... up to to, jobs side
// by side. Progress, if not nil, is told the share done, from several
// goroutines but never at once.
func Backfill(ctx context.Context, db Database, jobs []Job, from, to time.Time, progress func(share float64)) error {
	var (
		scrapes atomic.Int64
		report  sync.Mutex
		total   int64
	)
	for _, job := range jobs {
		total += int64(to.Sub(from)/job.Interval()) + 1
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, job := range jobs {
		group.Go(func() error {
			app := db.Appender(ctx)
			pending := 0
			for at := from; !at.After(to); at = at.Add(job.Interval()) {
				if err := job.Scrape(app, at); err != nil {
					_ = app.Rollback()
					return fmt.Errorf("backfilling %s: %w", job.Name(), err)
				}
				pending++
				if pending < batch && !at.Add(job.Interval()).After(to) {
					continue
				}
				if err := app.Commit(); err != nil {
					return fmt.Errorf("backfilling %s: %w", job.Name(), err)
				}
				done := scrapes.Add(int64(pending))
				pending = 0
				if progress != nil && report.TryLock() {
					progress(float64(done) / float64(total))
					report.Unlock()
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
				app = db.Appender(ctx)
			}
			return app.Rollback()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if progress != nil {
		progress(1)
	}
	return nil
}

// Live goes on where Backfill ended: every job is scraped in its rhythm until
// the context ends. What was missed (a machine that slept) is made up for at once.
func Live(ctx context.Context, db Database, jobs []Job, last time.Time) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, job := range jobs {
		group.Go(func() error {
			next := last
			for {
				next = next.Add(job.Interval())
				timer := time.NewTimer(time.Until(next))
				select {
				case <-ctx.Done():
					timer.Stop()
					return nil
				case <-timer.C:
				}
				app := db.Appender(ctx)
				if err := job.Scrape(app, next); err != nil {
					_ = app.Rollback()
					return fmt.Errorf("scraping %s: %w", job.Name(), err)
				}
				if err := app.Commit(); err != nil {
					return fmt.Errorf("scraping %s: %w", job.Name(), err)
				}
			}
		})
	}
	return group.Wait()
}
