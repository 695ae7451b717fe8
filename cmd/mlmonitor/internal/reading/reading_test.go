package reading

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
)

var (
	start  = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	edges  = []float64{-1, 0, 2.5}
	scrape = 15 * time.Second
)

// process is one simulated model server and what has been scraped of it.
type process struct {
	target   *exporter.Target
	features []exporter.Histogram
	outcome  map[string]*exporter.Value
	counted  []float64 // since its start: the features' buckets, then the outcomes
	sums     []float64
	up       bool
	scrapes  []scraped
}

type scraped struct {
	at            time.Time
	counted, sums []float64
}

var classes = []string{"0", "1"}

func newProcess(i int, native bool) *process {
	p := &process{target: exporter.NewTarget("models", fmt.Sprintf("host-%d", i)), outcome: map[string]*exporter.Value{}, up: true}
	for _, feature := range []string{"a", "b"} {
		if native {
			p.features = append(p.features, p.target.NativeHistogram("ml_feature_value", "model", "m", "feature", feature))
		} else {
			p.features = append(p.features, p.target.Histogram("ml_feature_value", edges, "model", "m", "feature", feature))
		}
	}
	for _, c := range classes {
		p.outcome[c] = p.target.Counter("ml_outcomes_total", "model", "m", "actual", c, "predicted", "1")
	}
	p.reset()
	return p
}

func (p *process) reset() {
	p.target.Restart()
	p.counted = make([]float64, 2*(len(edges)+1)+len(classes))
	p.sums = make([]float64, 2)
}

// work observes a few values; exact binary fractions, so that sums are exact.
func (p *process) work(rng *rand.Rand) {
	for f, h := range p.features {
		for range rng.IntN(5) {
			v := math.Round(rng.NormFloat64()*128) / 64
			h.Observe(v)
			i, _ := slices.BinarySearch(edges, v)
			p.counted[f*(len(edges)+1)+i]++
			p.sums[f] += v
		}
	}
	for i, c := range classes {
		n := float64(rng.IntN(4))
		p.outcome[c].Add(n)
		p.counted[2*(len(edges)+1)+i] += n
	}
}

// restartable keeps to restarts that samples can show: the old process has
// counted more in every bucket that the new one can reach within one scrape.
func (p *process) restartable() bool { return slices.Min(p.counted) > 10 }

func (p *process) record(at time.Time) {
	p.scrapes = append(p.scrapes, scraped{at, slices.Clone(p.counted), slices.Clone(p.sums)})
}

// truth walks over all scrapes of all processes.
func truth(ps []*process, from, to time.Time) (counted, sums []float64) {
	counted, sums = make([]float64, 2*(len(edges)+1)+len(classes)), make([]float64, 2)
	for _, p := range ps {
		var last scraped
		for _, s := range p.scrapes {
			if s.at.After(from) && !s.at.After(to) {
				restarted := last.counted == nil || slices.ContainsFunc(difference(s.counted, last.counted), func(v float64) bool { return v < 0 })
				add(counted, s.counted, 1)
				add(sums, s.sums, 1)
				if !restarted {
					add(counted, last.counted, -1)
					add(sums, last.sums, -1)
				}
			}
			last = s
		}
	}
	return counted, sums
}

func difference(a, b []float64) []float64 {
	out := slices.Clone(a)
	add(out, b, -1)
	return out
}

func add(to, what []float64, sign float64) {
	for i, v := range what {
		to[i] += sign * v
	}
}

// play runs processes that restart, fail to be scraped, vanish and come late.
func play(t *testing.T, srv *server.Server, rng *rand.Rand, native bool, duration time.Duration) []*process {
	t.Helper()
	ps := []*process{newProcess(0, native), newProcess(1, native)}
	ctx := context.Background()
	for at := start; !at.After(start.Add(duration)); at = at.Add(scrape) {
		if at.Equal(start.Add(duration / 3)) { // a replica that joins late
			ps = append(ps, newProcess(2, native))
		}
		app := srv.Appender(ctx)
		for _, p := range ps {
			if p.up && p.restartable() && rng.Float64() < 0.01 {
				p.reset()
			}
			if p.up && p.restartable() && rng.Float64() < 0.005 {
				p.up = false
				p.target.SetDown(true)
			} else if !p.up && rng.Float64() < 0.02 {
				p.up = true
				p.target.SetDown(false)
				if rng.Float64() < 0.7 {
					p.reset()
				}
			}
			if p.up {
				p.work(rng)
				p.record(at)
			}
			if err := p.target.Scrape(app, at); err != nil {
				t.Fatal(err)
			}
		}
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	return ps
}

func TestEveryWindowHoldsWhatWasScraped(t *testing.T) {
	for _, native := range []bool{false, true} {
		t.Run(map[bool]string{false: "classic histograms", true: "native histograms"}[native], func(t *testing.T) {
			srv, err := server.Start(server.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			rng := rand.New(rand.NewPCG(11, 5))
			ps := play(t, srv, rng, native, 8*time.Hour)
			reader, err := counts.NewReader(http.DefaultClient, counts.Config{URL: srv.URL(), Profile: profile.Convention()})
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range []counts.Windows{
				{Start: start.Add(30 * time.Minute), Step: 5 * time.Minute, Width: 30 * time.Minute, Number: 90},
				{Start: start.Add(time.Minute), Step: time.Minute, Width: time.Minute, Number: 479},
				{Start: start.Add(time.Hour), Step: time.Hour, Width: 20 * time.Minute, Number: 8},
				{Start: start.Add(2 * time.Hour), Step: 2 * time.Hour, Width: 2 * time.Hour, Number: 4},
				counts.Single(start.Add(-time.Hour), start.Add(8*time.Hour)),
			} {
				check(t, reader, w, ps, native)
			}
		})
	}
}

func check(t *testing.T, reader *counts.Reader, w counts.Windows, ps []*process, native bool) {
	t.Helper()
	matchers := []counts.Matcher{{Label: profile.Model, Op: "=", Values: []string{"m"}}}
	data, err := reader.Read(context.Background(), []counts.Request{
		{Role: profile.FeatureValue, Matchers: matchers, By: []profile.Label{profile.Feature}, Windows: w},
		{Role: profile.Outcomes, Matchers: matchers, Over: []profile.Label{profile.Actual, profile.Predicted}, Windows: w},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range data {
		for _, n := range d.Notices {
			if n.Warning {
				t.Errorf("width %v: %s", w.Width, n.Text)
			}
		}
	}
	if len(data[0].Histograms) != 2 || len(data[1].Tallies) != 1 || len(data[1].Tallies[0].Keys) != len(classes) {
		t.Fatalf("width %v: got %d features and %v", w.Width, len(data[0].Histograms), data[1].Tallies)
	}
	for k := range w.Number {
		counted, sums := truth(ps, w.Begin(k), w.End(k))
		for f, group := range data[0].Histograms {
			h := group.At(k)
			want := counted[f*(len(edges)+1) : (f+1)*(len(edges)+1)]
			total := 0.0
			for _, v := range want {
				total += v
			}
			if got := h.Total(); got != total || total > 0 && h.Count != total {
				t.Fatalf("width %v, window %d, feature %s: %v in buckets, %v counted, want %v", w.Width, k, group.Labels["feature"], got, h.Count, total)
			}
			if total > 0 && h.Sum != sums[f] {
				t.Fatalf("width %v, window %d: the sum is %v, want %v", w.Width, k, h.Sum, sums[f])
			}
			if native {
				continue // other buckets
			}
			for i, v := range want {
				if h.Counts[i] != v {
					t.Fatalf("width %v, window %d, feature %s: %v, want %v", w.Width, k, group.Labels["feature"], h.Counts, want)
				}
			}
		}
		got := data[1].Tallies[0].At(k)
		want := counted[2*(len(edges)+1):]
		for i, v := range want {
			if got[i] != v && !(math.IsNaN(got[i]) && v == 0) {
				t.Fatalf("width %v, window %d: outcomes %v, want %v", w.Width, k, got, want)
			}
		}
	}
}

func TestTooManySeriesFallBackToIncreaseWithAWarning(t *testing.T) {
	srv, err := server.Start(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	ps := play(t, srv, rand.New(rand.NewPCG(3, 5)), false, 2*time.Hour)
	reader, err := counts.NewReader(http.DefaultClient, counts.Config{URL: srv.URL(), Profile: profile.Convention(), MaxSeries: 12})
	if err != nil {
		t.Fatal(err)
	}
	w := counts.Single(start.Add(10*time.Minute), start.Add(110*time.Minute))
	data, err := reader.Read(context.Background(), []counts.Request{{Role: profile.FeatureValue, By: []profile.Label{profile.Feature}, Windows: w}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	warned := slices.ContainsFunc(data[0].Notices, func(n counts.Notice) bool { return n.Warning && strings.Contains(n.Text, "increase()") })
	if !warned || len(data[0].Histograms) != 2 {
		t.Fatalf("got %d features, notices %v", len(data[0].Histograms), data[0].Notices)
	}
	counted, _ := truth(ps, w.Begin(0), w.End(0))
	for f, group := range data[0].Histograms {
		for i, got := range group.At(0).Counts {
			// increase() extrapolates: near, not equal.
			if want := counted[f*(len(edges)+1)+i]; math.Abs(got-want) > 0.05*want+5 {
				t.Errorf("feature %s: bucket %d holds %v, counted were %v", group.Labels["feature"], i, got, want)
			}
		}
	}
}
