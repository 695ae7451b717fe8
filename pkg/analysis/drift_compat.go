package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/compat"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/stats/drift"
)

// compatibilityOption lets a query ask for another tool's arithmetic.
func compatibilityOption() Option {
	enum := []EnumValue{{Value: "", Label: "None", Description: "intervals, bounds and verdicts that noise does not set off"}}
	for _, t := range compat.Tools() {
		enum = append(enum, EnumValue{Value: string(t.Name), Label: t.Title, Description: t.Help})
	}
	return Option{
		Name: "compatibility", Type: TypeEnum, Title: "Arithmetic of", Default: "", Enum: enum, Advanced: true,
		Help: "Give the value and flag that another tool would give for the same counts, by its own rule, without interval.",
	}
}

// as settles the methods for another tool: the one that was asked for where the
// tool has it, and the tool's first for the other kind of data.
func (c *comparison) as(tool compat.Tool) error {
	c.tool = tool
	if tool == "" {
		return nil
	}
	numeric, categorical := compat.Methods(tool, true), compat.Methods(tool, false)
	if !slices.Contains(numeric, c.numeric) && !slices.Contains(categorical, c.numeric) {
		info, err := compat.Lookup(tool)
		if err != nil {
			return &query.Error{Field: "options.compatibility", Message: err.Error()}
		}
		var names []string
		for _, m := range append(numeric, categorical...) {
			names = append(names, string(m))
		}
		slices.Sort(names)
		return &query.Error{Field: "options.method", Message: fmt.Sprintf("the method %q is not among those of %s: use %s", c.numeric, info.Title, several(slices.Compact(names)))}
	}
	for _, m := range []drift.Method{c.categorical, c.numeric} {
		if slices.Contains(categorical, m) {
			c.categorical = m
			break
		}
	}
	if len(categorical) > 0 && !slices.Contains(categorical, c.categorical) {
		c.categorical = categorical[0]
	}
	if len(numeric) > 0 && !slices.Contains(numeric, c.numeric) {
		c.numeric = numeric[0]
	}
	return nil
}

// note says whose numbers these are.
func (c comparison) note(things []compared, said *notes) {
	if c.tool == "" {
		return
	}
	info, err := compat.Lookup(c.tool)
	if err != nil {
		return
	}
	said.info("values and verdicts are by the arithmetic of %s on these counts: %s. Such rules have no interval and do not allow for noise", info.Title, info.Help)
	var open []string
	for _, t := range things {
		if t.left > 0 {
			open = append(open, t.name())
		}
	}
	if len(open) > 0 {
		said.warning("observations in open buckets have no place in the value of %s", several(unique(open)))
	}
}

// asTool replaces what a comparison found by what the tool would say. It stays
// insufficient where there is nothing to compare.
func asTool(r drift.Result, tolerated, chunks float64, answer func() (compat.Answer, error)) (drift.Result, float64, error) {
	if r.Bins == 0 {
		return r, 0, nil
	}
	a, err := answer()
	if err != nil {
		return r, 0, err
	}
	if math.IsNaN(a.Threshold) {
		a = a.Against(chunks)
	}
	if tolerated > 0 {
		a = a.Against(tolerated)
	}
	nan := math.NaN()
	out := drift.Result{
		Method: r.Method, Value: a.Value, Raw: a.Value, Lower: nan, Upper: nan, BoundLower: nan, BoundUpper: nan,
		P: a.P, PUpperBound: nan, PMinimumEffect: nan, AdjustedP: nan, NoiseFloor: nan, MinimumN: nan,
		Statistic: nan, DegreesOfFreedom: nan, OpenRef: r.OpenRef, Open: r.Open,
		NRef: r.NRef, N: r.N, Bins: r.Bins, LostEdges: r.LostEdges, Tolerated: a.Threshold, Verdict: drift.OK,
	}
	switch {
	case math.IsNaN(a.Value):
		out.Verdict, out.Reason = drift.Insufficient, "The tool's rule does not apply to these counts: choose another method."
	case math.IsNaN(a.Threshold):
		out.Verdict, out.Reason = drift.Uncertain, "The tool has no threshold of its own for these windows: set the tolerated drift."
	case a.Drift:
		out.Verdict = drift.Drift
	}
	return out, a.Left, nil
}

// histogramsAs does for histograms what compareHistograms does, as the tool would.
func (c *compared) histogramsAs(tool compat.Tool, p paired[counts.HistogramGroup], tolerated float64) error {
	reference, threshold, err := c.chunksOfHistograms(tool, p)
	if err != nil {
		return err
	}
	for k, r := range c.results {
		cur, _ := histogramAt(p.current, k)
		ref, _ := histogramAt(p.baseline, k)
		if !math.IsNaN(threshold) {
			ref = reference
		}
		var left float64
		c.results[k], left, err = asTool(r, tolerated, threshold, func() (compat.Answer, error) { return compat.Numeric(tool, c.method, ref, cur) })
		if err != nil {
			return fmt.Errorf("%s cannot be compared: %w", c.name(), err)
		}
		c.left = math.Max(c.left, left)
	}
	return nil
}

// chunksOfHistograms are what NannyML calls chunks: the windows of the baseline,
// each compared with all of them together. NaN for other tools and for a baseline
// of one window.
func (c *compared) chunksOfHistograms(tool compat.Tool, p paired[counts.HistogramGroup]) (reference histogram.Histogram, threshold float64, err error) {
	if tool != compat.NannyML || p.baseline == nil || len(p.baseline.Counts) < 2 {
		return reference, math.NaN(), nil
	}
	var chunks []histogram.Histogram
	for k := range p.baseline.Counts {
		if h, ok := histogramAt(p.baseline, k); ok && h.Total() > 0 {
			chunks = append(chunks, h)
		}
	}
	if len(chunks) < 2 {
		return reference, math.NaN(), nil
	}
	if reference, err = histogram.Merge(chunks...); err != nil {
		return reference, math.NaN(), err
	}
	values := make([]float64, len(chunks))
	for i, chunk := range chunks {
		a, err := compat.Numeric(tool, c.method, reference, chunk)
		if err != nil {
			return reference, math.NaN(), err
		}
		values[i] = a.Value
	}
	return reference, compat.ChunkThreshold(values, 1), nil
}

// talliesAs does for categories what compareTallies does, as the tool would.
func (c *compared) talliesAs(tool compat.Tool, p paired[counts.TallyGroup], tolerated float64) error {
	common := commonCells(p.current, p.baseline)
	reference, threshold, err := c.chunksOfTallies(tool, p, common)
	if err != nil {
		return err
	}
	for k, r := range c.results {
		current, _ := tallyAt(p.current, k)
		baseline, _ := tallyAt(p.baseline, k)
		cur, ref := common.spread(current, common.current), common.spread(baseline, common.baseline)
		if !math.IsNaN(threshold) {
			ref = reference
		}
		c.results[k], _, err = asTool(r, tolerated, threshold, func() (compat.Answer, error) {
			if len(compat.Methods(tool, false)) == 0 {
				return compat.Answer{Value: math.NaN(), P: math.NaN(), Threshold: math.NaN()}, nil
			}
			return compat.Categorical(tool, c.method, ref, cur)
		})
		if err != nil {
			return fmt.Errorf("%s cannot be compared: %w", c.name(), err)
		}
	}
	return nil
}

// chunksOfTallies is chunksOfHistograms for categories.
func (c *compared) chunksOfTallies(tool compat.Tool, p paired[counts.TallyGroup], common cells) (reference []float64, threshold float64, err error) {
	if tool != compat.NannyML || p.baseline == nil || tallyWindows(p.baseline) < 2 {
		return nil, math.NaN(), nil
	}
	reference = make([]float64, len(common.names))
	var chunks [][]float64
	for k := range tallyWindows(p.baseline) {
		counted, ok := tallyAt(p.baseline, k)
		if !ok {
			continue
		}
		chunk, total := common.spread(counted, common.baseline), 0.0
		for i, n := range chunk {
			reference[i] += n
			total += n
		}
		if total > 0 {
			chunks = append(chunks, chunk)
		}
	}
	values := make([]float64, len(chunks))
	for i, chunk := range chunks {
		a, err := compat.Categorical(tool, c.method, reference, chunk)
		if err != nil {
			return nil, math.NaN(), err
		}
		values[i] = a.Value
	}
	return reference, compat.ChunkThreshold(values, 1), nil
}
