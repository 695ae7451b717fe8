package analysis

import (
	"math"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/regress"
)

// samples are the errors per group and window.
type samples struct {
	samples map[string][]regress.Sample
	labels  map[string]map[string]string
}

func samplesOf(data []counts.Data, windows int, o Options) samples {
	by := data[0].Request.By
	out := samples{make(map[string][]regress.Sample), make(map[string]map[string]string)}
	of := func(labels map[string]string) []regress.Sample {
		k := key(labels, by)
		if out.samples[k] == nil {
			out.samples[k], out.labels[k] = make([]regress.Sample, windows), labels
			for i := range out.samples[k] {
				out.samples[k][i] = regress.New(0)
			}
		}
		return out.samples[k]
	}
	for _, d := range data {
		for i := range d.Tallies {
			list := of(d.Tallies[i].Labels)
			for k := range list {
				if cells, ok := tallyAt(&d.Tallies[i], k); ok {
					*sumOf(&list[k], d.Request.Role) = total(cells)
				}
			}
		}
		for i := range d.Histograms {
			list := of(d.Histograms[i].Labels)
			for k := range list {
				h, ok := histogramAt(&d.Histograms[i], k)
				if !ok {
					continue
				}
				list[k].Residuals = h
				if list[k].N == 0 {
					list[k].N = h.Total()
				}
			}
		}
	}
	for _, list := range out.samples {
		for k := range list {
			list[k].Lowest, list[k].Highest = math.Inf(-1), math.Inf(1)
			if o.Set("lowest") {
				list[k].Lowest = o.Number("lowest")
			}
			if o.Set("highest") {
				list[k].Highest = o.Number("highest")
			}
		}
	}
	return out
}

// sumOf is where a counter's total belongs.
func sumOf(s *regress.Sample, role profile.Role) *float64 {
	switch role {
	case profile.AbsoluteErrorSum:
		return &s.Absolute
	case profile.SquaredErrorSum:
		return &s.Squared
	case profile.AbsolutePctErrorSum:
		return &s.AbsolutePercentage
	case profile.ActualSum:
		return &s.Actual
	case profile.ActualSquaredSum:
		return &s.ActualSquared
	}
	return &s.N
}
