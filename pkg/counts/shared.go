package counts

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// settled is how long after a window's end its counts are taken to be final:
// scrapes that are under way have then been stored.
const settled = time.Minute

// shared lets equal reads share one request in flight, and keeps answers whose
// windows are all in the past, least recently used first out.
type shared struct {
	mu     sync.Mutex
	flying map[string]*flight
	room   int64
	used   int64
	byAge  *list.List // of *kept, the most recently used in front
	byKey  map[string]*list.Element
	now    func() time.Time
}

type flight struct {
	done    chan struct{}
	data    Data
	err     error
	waiting int
	cancel  context.CancelFunc
}

type kept struct {
	key  string
	data Data
	size int64
}

func newShared(room int64, now func() time.Time) *shared {
	return &shared{flying: map[string]*flight{}, room: room, byAge: list.New(), byKey: map[string]*list.Element{}, now: now}
}

// key tells reads apart: everything that decides the answer.
func (pl plan) key() string {
	var b strings.Builder
	w := pl.Windows
	fmt.Fprintf(&b, "%s|%s|%q|%q|%d|%d|%d|%d", pl.info.Type, pl.family.all(), pl.by, pl.over, w.Start.UnixMilli(), w.Step.Milliseconds(), w.Width.Milliseconds(), w.Number)
	return b.String()
}

// do reads, or joins an equal read, or answers from memory. The read goes on
// until the last caller that waits for it is gone.
func (s *shared) do(ctx context.Context, pl plan, read func(context.Context) (Data, error)) (Data, error) {
	key := pl.key()
	s.mu.Lock()
	if e, ok := s.byKey[key]; ok {
		s.byAge.MoveToFront(e)
		data := e.Value.(*kept).data
		s.mu.Unlock()
		data.Request = pl.Request
		return data, nil
	}
	f, ok := s.flying[key]
	if !ok {
		// Detached from the first caller's cancellation, for others may join; its
		// values (headers to forward, trace) stay.
		readCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{done: make(chan struct{}), cancel: cancel}
		s.flying[key] = f
		go s.fly(readCtx, key, pl, f, read)
	}
	f.waiting++
	s.mu.Unlock()

	select {
	case <-f.done:
		data := f.data
		data.Request = pl.Request
		return data, f.err
	case <-ctx.Done():
		s.mu.Lock()
		f.waiting--
		if f.waiting == 0 {
			f.cancel()
			if s.flying[key] == f {
				delete(s.flying, key)
			}
		}
		s.mu.Unlock()
		return Data{}, ctx.Err()
	}
}

func (s *shared) fly(ctx context.Context, key string, pl plan, f *flight, read func(context.Context) (Data, error)) {
	defer f.cancel()
	defer close(f.done)
	defer func() {
		// A panic here would end the process: no handler of the query's own
		// goroutine could catch it.
		if p := recover(); p != nil {
			f.err = fmt.Errorf("reading the counts panicked: %v", p)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.flying[key] == f {
			delete(s.flying, key)
		}
		final := pl.Windows.End(pl.Windows.Number - 1).Add(settled)
		if f.err == nil && !s.now().Before(final) {
			s.keep(key, f.data)
		}
	}()
	f.err = errors.New("the read ended early")
	f.data, f.err = read(ctx)
}

// keep stores an answer and drops the oldest ones beyond the room.
func (s *shared) keep(key string, data Data) {
	size := data.size() + int64(len(key))
	if size > s.room {
		return
	}
	if old, ok := s.byKey[key]; ok {
		s.drop(old)
	}
	s.byKey[key] = s.byAge.PushFront(&kept{key, data, size})
	s.used += size
	for s.used > s.room {
		s.drop(s.byAge.Back())
	}
}

func (s *shared) drop(e *list.Element) {
	k := s.byAge.Remove(e).(*kept)
	delete(s.byKey, k.key)
	s.used -= k.size
}

// size is about how many bytes the answer holds.
func (d Data) size() int64 {
	const perGroup = 300 // labels and headers
	n := int64(0)
	for _, g := range d.Histograms {
		n += perGroup + 8*int64(len(g.Edges)+len(g.Cells)+len(g.Sums)+len(g.Counts))
	}
	for _, g := range d.Tallies {
		n += perGroup + 8*int64(len(g.Cells)) + 50*int64(len(g.Keys))
	}
	for _, g := range d.Gauges {
		n += perGroup + 8*int64(len(g.Values))
	}
	return n
}
