package counts

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// counting is a server that counts and may hold back its range queries.
type counting struct {
	server
	ranges, points atomic.Int64
	hold           chan struct{}
}

func (c *counting) QueryRange(ctx context.Context, r prometheus.Range) (*prometheus.Answer, error) {
	c.ranges.Add(1)
	c.points.Add(int64(r.End.Sub(r.Start)/r.Step) + 1)
	if c.hold != nil {
		select {
		case <-c.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return c.server.QueryRange(ctx, r)
}

func testReader(s server, cacheBytes int64, now func() time.Time) *Reader {
	p, err := profile.Convention().With(map[string]string{"featureValue": "x"}, nil)
	if err != nil {
		panic(err)
	}
	return &Reader{cfg: Config{Profile: p, MaxWindows: DefaultMaxWindows, Now: now}, server: s, shared: newShared(cacheBytes, now)}
}

func ask(t *testing.T, r *Reader, w Windows) Data {
	t.Helper()
	data, err := r.Read(context.Background(), []Request{{Role: profile.FeatureValue, By: []profile.Label{profile.Model}, Windows: w}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data[0]
}

func TestAPanelThatMovesForwardReadsOnlyItsNewestWindowsAndSeesTheSame(t *testing.T) {
	const start = int64(1_700_000_000_000)
	for _, native := range []bool{false, true} {
		fake, _ := simulate(rand.New(rand.NewPCG(4, 7)), native, start, 600)
		now := time.UnixMilli(start).Add(4 * time.Hour)
		clock := func() time.Time { return now }
		cached := &counting{server: fake}
		with, without := testReader(cached, 10<<20, clock), testReader(fake, 0, clock)
		w := Windows{Step: 5 * time.Minute, Width: 15 * time.Minute, Number: 36}
		w.Start = now.Truncate(w.Step).Add(-time.Duration(w.Number-1) * w.Step)
		ask(t, with, w)
		for range 40 {
			now = now.Add(5 * time.Minute)
			w = w.Shift(w.Step)
			cached.points.Store(0)
			got, want := ask(t, with, w), ask(t, without, w)
			if n := cached.points.Load(); n > 15 {
				t.Fatalf("native %v: a refresh read %d points", native, n)
			}
			sameCounts(t, got, want)
		}
		// Zooming out keeps what is known; asking for the past again reads nothing.
		wide := w
		wide.Start, wide.Number = w.Start.Add(-10*w.Step), w.Number+10
		sameCounts(t, ask(t, with, wide), ask(t, without, wide))
		old := wide
		old.Number = 20
		ask(t, with, old)
		cached.ranges.Store(0)
		ask(t, with, old)
		if n := cached.ranges.Load(); n != 0 {
			t.Errorf("native %v: finished windows were read again by %d requests", native, n)
		}
	}
}

// sameCounts compares on the edges that both have, and the totals.
func sameCounts(t *testing.T, got, want Data) {
	t.Helper()
	if len(got.Histograms) != len(want.Histograms) || !reflect.DeepEqual(got.Request, want.Request) {
		t.Fatalf("got %d groups for %+v, want %d for %+v", len(got.Histograms), got.Request, len(want.Histograms), want.Request)
	}
	for i, g := range got.Histograms {
		for k := range want.Request.Windows.Number {
			a, b := g.At(k), want.Histograms[i].At(k)
			if a.Total() != b.Total() || a.Count != b.Count && !(math.IsNaN(a.Count) && math.IsNaN(b.Count)) || math.Abs(a.Sum-b.Sum) > 1e-6 {
				t.Fatalf("window %d: got %v, want %v", k, a, b)
			}
			for _, e := range fakeEdges {
				if below(a.Edges, a.Counts, e) != below(b.Edges, b.Counts, e) {
					t.Fatalf("window %d: got %v, want %v", k, a, b)
				}
			}
		}
	}
}

func TestEqualReadsShareOneRequestInFlight(t *testing.T) {
	fake, _ := simulate(rand.New(rand.NewPCG(4, 7)), false, 1_700_000_000_000, 100)
	slow := &counting{server: fake, hold: make(chan struct{})}
	r := testReader(slow, 0, time.Now)
	w := Windows{Start: time.UnixMilli(1_700_000_000_000).Add(time.Hour), Step: time.Minute, Width: time.Minute, Number: 10}
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() { ask(t, r, w) })
	}
	for r.shared.waiting() < 8 {
		time.Sleep(time.Millisecond)
	}
	close(slow.hold)
	done.Wait()
	if n := slow.ranges.Load(); n != 2 { // the values and the resets
		t.Errorf("eight equal reads sent %d requests", n)
	}
}

func (s *shared) waiting() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.flying {
		n += f.waiting
	}
	return n
}

func TestAReadIsCancelledWithItsLastCaller(t *testing.T) {
	fake, _ := simulate(rand.New(rand.NewPCG(4, 7)), false, 1_700_000_000_000, 100)
	slow := &counting{server: fake, hold: make(chan struct{})}
	r := testReader(slow, 0, time.Now)
	w := Windows{Start: time.UnixMilli(1_700_000_000_000).Add(time.Hour), Step: time.Minute, Width: time.Minute, Number: 10}
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error)
	go func() {
		_, err := r.Read(ctx, []Request{{Role: profile.FeatureValue, Windows: w}}, nil)
		failed <- err
	}()
	for slow.ranges.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r.shared.mu.Lock()
	defer r.shared.mu.Unlock()
	if len(r.shared.flying) != 0 {
		t.Error("the read is still in flight")
	}
}

func TestAPanicWhileReadingIsAnError(t *testing.T) {
	r := testReader(nil, 0, time.Now) // reading from no server panics
	_, err := r.Read(context.Background(), []Request{{Role: profile.FeatureImportance, Windows: Single(time.Unix(0, 0), time.Unix(60, 0))}}, nil)
	if err == nil {
		t.Error("no error")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	fake, _ := simulate(rand.New(rand.NewPCG(4, 7)), false, 1_700_000_000_000, 300)
	const room = 6000
	r := testReader(fake, room, time.Now)
	for i := range 20 {
		ask(t, r, Windows{Start: time.UnixMilli(1_700_000_000_000).Add(time.Hour), Step: time.Duration(i+1) * time.Minute, Width: time.Minute, Number: 5})
		if r.shared.used > room || len(r.shared.byKey) != r.shared.byAge.Len() {
			t.Fatalf("%d bytes are kept", r.shared.used)
		}
	}
	if len(r.shared.byKey) < 2 {
		t.Errorf("only %d answers are kept", len(r.shared.byKey))
	}
}

func TestWindowsThatCannotBeReadAreRefused(t *testing.T) {
	r := testReader(nil, 0, time.Now)
	for name, w := range map[string]Windows{
		"none":               {},
		"no width":           {Number: 1},
		"no step":            {Number: 2, Width: time.Hour},
		"too many":           {Number: 20_000, Width: time.Hour, Step: time.Hour},
		"edges too fine":     {Number: 5_000, Width: time.Hour, Step: 7 * time.Minute},
		"a negative stretch": Single(time.Unix(100, 0), time.Unix(0, 0)),
	} {
		if _, err := r.Read(context.Background(), []Request{{Role: profile.FeatureValue, Windows: w}}, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
