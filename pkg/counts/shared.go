package counts

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

// settled is how long after a window's end its counts are taken to be final:
// scrapes that were under way have then been stored.
const settled = time.Minute

// shared lets equal reads share one request in flight, and keeps finished
// windows, so that a refresh reads the newest only. What was used least recently
// goes first.
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

// kept is the finished windows of one series of reads.
type kept struct {
	key  string
	data Data
	size int64
}

func newShared(room int64, now func() time.Time) *shared {
	return &shared{flying: map[string]*flight{}, room: room, byAge: list.New(), byKey: map[string]*list.Element{}, now: now}
}

// key tells apart what is read; phase and length of the windows belong to it,
// but not which of them are wanted.
func (pl plan) key() string {
	var b strings.Builder
	w := pl.Windows
	fmt.Fprintf(&b, "%s|%s|%q|%q|%d|%d|%d", pl.info.Type, pl.family.all(), pl.by, pl.over, w.Step.Milliseconds(), w.Width.Milliseconds(), w.Start.UnixMilli()%w.Step.Milliseconds())
	return b.String()
}

// span is a run of windows by absolute number: how many steps their ends are
// after 1970.
type span struct{ from, to int64 } // to is exclusive

func spanOf(w Windows) span {
	from := w.Start.UnixMilli() / w.Step.Milliseconds()
	return span{from, from + int64(w.Number)}
}

func (s span) len() int64 { return s.to - s.from }

// do answers from memory, joins an equal read, or reads what is missing. The
// read goes on until the last caller that waits for it is gone.
func (s *shared) do(ctx context.Context, pl plan, read func(context.Context, plan) (Data, error)) (Data, error) {
	key := pl.key()
	want := spanOf(pl.Windows)
	flightKey := fmt.Sprintf("%s|%d|%d", key, want.from, want.to)
	s.mu.Lock()
	have := s.find(key)
	if have != nil {
		if at := spanOf(have.Request.Windows); at.from <= want.from && want.to <= at.to {
			s.mu.Unlock()
			data := have.window(int(want.from-at.from), pl.Windows.Number)
			data.Request = pl.Request
			return data, nil
		}
	}
	f, ok := s.flying[flightKey]
	if !ok {
		// Detached from the first caller's cancellation, for others may join; its
		// values (headers to forward, trace) stay.
		readCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{done: make(chan struct{}), cancel: cancel}
		s.flying[flightKey] = f
		go s.fly(readCtx, key, flightKey, pl, have, f, read)
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
			s.forget(flightKey, f)
		}
		s.mu.Unlock()
		return Data{}, ctx.Err()
	}
}

func (s *shared) fly(ctx context.Context, key, flightKey string, pl plan, have *Data, f *flight, read func(context.Context, plan) (Data, error)) {
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
		s.forget(flightKey, f)
	}()
	f.err = errors.New("the read ended early")
	f.data, f.err = s.complete(ctx, pl, have, read)
	if f.err == nil {
		s.keep(key, pl, have, f.data)
	}
}

func (s *shared) forget(flightKey string, f *flight) {
	if s.flying[flightKey] == f {
		delete(s.flying, flightKey)
	}
}

// complete reads the windows that memory lacks and joins them to those it has.
func (s *shared) complete(ctx context.Context, pl plan, have *Data, read func(context.Context, plan) (Data, error)) (Data, error) {
	want := spanOf(pl.Windows)
	if have == nil {
		return read(ctx, pl)
	}
	at := spanOf(have.Request.Windows)
	common := span{max(at.from, want.from), min(at.to, want.to)}
	if common.len() <= 0 {
		return read(ctx, pl)
	}
	var before, after Data
	group, groupCtx := errgroup.WithContext(ctx)
	readSpan := func(into *Data, missing span) {
		if missing.len() == 0 {
			return
		}
		group.Go(func() (err error) {
			only := pl
			only.Windows.Start = pl.Windows.End(int(missing.from - want.from))
			only.Windows.Number = int(missing.len())
			*into, err = read(groupCtx, only)
			return err
		})
	}
	readSpan(&before, span{want.from, common.from})
	readSpan(&after, span{common.to, want.to})
	if err := group.Wait(); err != nil {
		return Data{}, err
	}
	var parts []Data
	for _, p := range []Data{before, have.window(int(common.from-at.from), int(common.len())), after} {
		if p.Request.Windows.Number > 0 {
			parts = append(parts, p)
		}
	}
	return join(parts...), nil
}

// keep stores the finished windows of an answer, together with earlier ones that
// it continues. Static roles are values of one moment, not windows.
func (s *shared) keep(key string, pl plan, have *Data, data Data) {
	if pl.info.Type == profile.StaticCounter || pl.info.Type == profile.StaticHistogram {
		return
	}
	final := 0
	for final < pl.Windows.Number && !s.now().Before(pl.Windows.End(final).Add(settled)) {
		final++
	}
	if final == 0 {
		return
	}
	data.Request = pl.Request
	data = data.window(0, final)
	if have != nil {
		// A panel moves forward: keep what it showed until it is twice as much.
		at, now := spanOf(have.Request.Windows), spanOf(data.Request.Windows)
		if at.from < now.from && at.to >= now.from && now.to >= at.to && now.to-at.from <= 2*now.len() {
			data = join(have.window(0, int(now.from-at.from)), data)
		}
	}
	size := data.size() + int64(len(key))
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.byKey[key]; ok {
		s.drop(old)
	}
	if size > s.room {
		return
	}
	s.byKey[key] = s.byAge.PushFront(&kept{key, data, size})
	s.used += size
	for s.used > s.room {
		s.drop(s.byAge.Back())
	}
}

func (s *shared) find(key string) *Data {
	e, ok := s.byKey[key]
	if !ok {
		return nil
	}
	s.byAge.MoveToFront(e)
	data := e.Value.(*kept).data
	return &data
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
