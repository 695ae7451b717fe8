package counts

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

var fakeEdges = []float64{-1, 0, 2.5}

// simulate makes processes that observe values, restart, vanish for a while and
// are scraped every quarter of a minute, and returns with them what every window
// must count: a walk over all samples.
func simulate(rng *rand.Rand, native bool, start int64, minutes int) (*fakeServer, func(from, to int64) (cells []float64, sum float64)) {
	server := &fakeServer{}
	type point struct {
		at    int64
		cells []float64
		sum   float64
	}
	var processes [][]point
	for p := range 3 {
		var points []point
		cells, sum := make([]float64, len(fakeEdges)+1), 0.0
		up := p != 2 // the third is born late
		gone := int64(0)
		fresh := true
		labels := map[string]string{"instance": fmt.Sprintf("host-%d", p), "model": "m"}
		series := map[string]*fakeSeries{}
		add := func(name, le string, sample fakeSample) {
			key := name + le
			if series[key] == nil {
				all := map[string]string{prometheus.NameLabel: name}
				for k, v := range labels {
					all[k] = v
				}
				if le != "" {
					all["le"] = le
				}
				series[key] = &fakeSeries{labels: all}
			}
			series[key].samples = append(series[key].samples, sample)
		}
		stale := func(at int64) {
			for _, s := range series {
				s.samples = append(s.samples, fakeSample{at: at, stale: true})
			}
		}
		for at := start; at <= start+int64(minutes)*60_000; at += 15_000 {
			// A restart shows as long as the new process has counted less than the old
			// one; what hides even that, no reading of samples can find.
			old := total(cells) > 10
			if up && old && rng.Float64() < 0.004 { // a restart between two scrapes
				cells, sum = make([]float64, len(fakeEdges)+1), 0
			}
			if up && old && rng.Float64() < 0.004 { // vanishes, with a marker
				up, gone = false, at
				if len(series) > 0 {
					stale(at)
				}
				continue
			}
			if !up {
				if at-gone > int64(rng.IntN(20))*60_000 && rng.Float64() < 0.1 {
					up = true
					if fresh || rng.Float64() < 0.5 { // a new process, or the old one after a gap
						cells, sum = make([]float64, len(fakeEdges)+1), 0
					}
				} else {
					continue
				}
			}
			fresh = false
			for range rng.IntN(6) {
				v := rng.NormFloat64() * 2
				sum += v
				i := 0
				for i < len(fakeEdges) && v > fakeEdges[i] {
					i++
				}
				cells[i]++
			}
			// -1024 and 1024 bound the outer buckets of the native histogram.
			points = append(points, point{at, append([]float64(nil), cells...), sum})
			total := 0.0
			if native {
				h := prometheus.NativeSample{Sum: sum}
				bounds := append(append([]float64{-1024}, fakeEdges...), 1024)
				for i, n := range cells {
					h.Count += n
					if n > 0 {
						h.Buckets = append(h.Buckets, prometheus.NativeBucket{Lower: bounds[i], Upper: bounds[i+1], Count: n})
					}
				}
				add("x", "", fakeSample{at: at, native: &h})
				continue
			}
			for i, n := range cells {
				total += n
				le := "+Inf"
				if i < len(fakeEdges) {
					le = strconv.FormatFloat(fakeEdges[i], 'g', -1, 64)
				}
				add("x_bucket", le, fakeSample{at: at, value: total})
			}
			add("x_count", "", fakeSample{at: at, value: total})
			add("x_sum", "", fakeSample{at: at, value: sum})
		}
		for _, s := range series {
			server.series = append(server.series, *s)
		}
		processes = append(processes, points)
	}
	truth := func(from, to int64) ([]float64, float64) {
		out, outSum := make([]float64, len(fakeEdges)+1), 0.0
		for _, points := range processes {
			var last *point
			for i := range points {
				p := &points[i]
				if p.at > from && p.at <= to {
					restarted := last == nil || anyLess(p.cells, last.cells)
					for c, n := range p.cells {
						if !restarted {
							n -= last.cells[c]
						}
						out[c] += n
					}
					outSum += p.sum
					if !restarted {
						outSum -= last.sum
					}
				}
				last = p
			}
		}
		return out, outSum
	}
	return server, truth
}

func total(cells []float64) (sum float64) {
	for _, n := range cells {
		sum += n
	}
	return sum
}

// anyLess tells a restart: no bucket of a process that lives on falls.
func anyLess(a, b []float64) bool {
	sumA, sumB := 0.0, 0.0
	for i := range a {
		sumA, sumB = sumA+a[i], sumB+b[i]
		if sumA < sumB {
			return true
		}
	}
	return false
}

func TestWindowsHoldWhatAWalkOverAllSamplesCounts(t *testing.T) {
	const start = int64(1_700_000_000_000)
	for _, native := range []bool{false, true} {
		for seed := range uint64(10) {
			rng := rand.New(rand.NewPCG(seed, 7))
			server, truth := simulate(rng, native, start, 600)
			for _, windows := range []Windows{
				{Start: time.UnixMilli(start).Add(time.Hour), Step: 5 * time.Minute, Width: time.Hour, Number: 100},
				{Start: time.UnixMilli(start).Add(20 * time.Minute), Step: 10 * time.Minute, Width: 10 * time.Minute, Number: 55},
				{Start: time.UnixMilli(start).Add(2 * time.Hour), Step: 2 * time.Hour, Width: 30 * time.Minute, Number: 4},
				// One long window: its odd steps are divided before they are read.
				Single(time.UnixMilli(start).Add(time.Minute), time.UnixMilli(start).Add(9*time.Hour)),
			} {
				checkWindows(t, fmt.Sprintf("seed %d, native %v, width %v", seed, native, windows.Width), server, windows, truth)
			}
		}
	}
}

func checkWindows(t *testing.T, name string, server *fakeServer, w Windows, truth func(from, to int64) ([]float64, float64)) {
	t.Helper()
	f, err := newFamily("x", true, []prometheus.Matcher{{Label: "model", Op: prometheus.Equal, Value: "m"}})
	if err != nil {
		t.Fatal(err)
	}
	g, first, per, err := gridOf(w, 11_000)
	if err != nil {
		t.Fatal(err)
	}
	details := &atomic.Int64{}
	details.Store(100_000)
	grown, err := exact{server, details}.read(context.Background(), f, g)
	if err != nil {
		t.Fatal(err)
	}
	groups, notices := grown.histograms(newLabelling([]profile.Label{profile.Model}, profile.Convention()), layout{w.Number, per, first})
	if len(groups) != 1 || groups[0].Labels["model"] != "m" {
		t.Fatalf("%s: groups %v", name, groups)
	}
	for _, n := range notices {
		if n.Warning {
			t.Fatalf("%s: unexpected warning %q", name, n.Text)
		}
	}
	for k := range w.Number {
		want, wantSum := truth(w.Begin(k).UnixMilli(), w.End(k).UnixMilli())
		got := groups[0].At(k)
		for i, edge := range fakeEdges {
			if below(got.Edges, got.Counts, edge) != total(want[:i+1]) {
				t.Fatalf("%s: window %d (to %v) has %v on %v, want %v on %v", name, k, w.End(k).UTC(), got.Counts, got.Edges, want, fakeEdges)
			}
		}
		if total(got.Counts) != total(want) {
			t.Fatalf("%s: window %d (to %v) holds %v, want %v", name, k, w.End(k).UTC(), total(got.Counts), total(want))
		}
		if !groups[0].Has(k) && total(want) > 0 {
			t.Fatalf("%s: window %d is said to hold nothing", name, k)
		}
		if total(want) > 0 && math.Abs(got.Sum-wantSum) > 1e-6 {
			t.Fatalf("%s: window %d has the sum %v, want %v", name, k, got.Sum, wantSum)
		}
	}
}

// below counts what lies at or below one of the edges.
func below(edges, counts []float64, edge float64) (sum float64) {
	for i, e := range edges {
		if e <= edge {
			sum += counts[i]
		}
	}
	return sum
}
