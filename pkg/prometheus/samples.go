package prometheus

import (
	"fmt"
	"math"
	"time"
)

// oneSeries reads a series with its samples.
func (d *decoder) oneSeries() error {
	if err := d.beginSeries(); err != nil {
		return err
	}
	var metric, values, histograms bool
	err := d.object(func(name []byte) error {
		switch string(name) {
		case "metric":
			if metric {
				return d.wrong("a second \"metric\"")
			}
			metric = true
			return d.metric()
		case "values", "value":
			if values {
				return d.wrong("second values")
			}
			values = true
			if len(name) == len("value") {
				return d.one(d.sample)
			}
			return d.samples()
		case "histograms", "histogram":
			if histograms {
				return d.wrong("second histograms")
			}
			histograms = true
			if len(name) == len("histogram") {
				return d.one(d.native)
			}
			return d.many(d.native)
		default:
			return d.skip(0)
		}
	})
	if err != nil {
		return err
	}
	return d.endSeries(d.table.finish())
}

// metric reads a label set.
func (d *decoder) metric() error {
	if null, err := d.null(); null || err != nil {
		return err
	}
	return d.object(func(name []byte) error {
		n := d.table.intern(name)
		value, err := d.text()
		if err != nil {
			return err
		}
		d.table.add(n, d.table.intern(value))
		return nil
	})
}

// beginSeries makes room for a series.
func (d *decoder) beginSeries() error {
	if len(d.series) >= d.limits.series {
		return limitSeries(d.limits.series)
	}
	if err := d.checkSamples(d.steps); err != nil {
		return err
	}
	d.filled = 0
	d.lastTime, d.lastNative = math.MinInt64, math.MinInt64
	if d.shape == raw {
		return nil
	}
	from, to := len(d.values), len(d.values)+d.steps
	if to > cap(d.values) {
		grown := make([]float64, from, max(to, 2*cap(d.values), min(32*d.steps, 1<<17)))
		copy(grown, d.values)
		d.values = grown
	}
	d.values = d.values[:to]
	d.row = d.values[from:to]
	return nil
}

// endSeries takes the labels of the series that was read.
func (d *decoder) endSeries(labels Labels) error {
	if d.table.repeats(labels) {
		return &ServerError{Kind: BadAnswer, Message: fmt.Sprintf("its answer holds the series %s twice", shorten(labels.String(), 200))}
	}
	d.series = append(d.series, labels)
	if d.shape == raw {
		d.extents = append(d.extents, extent{len(d.values), len(d.natives)})
		return nil
	}
	d.fillTo(d.steps)
	return nil
}

// fillTo marks the steps before k that had no sample.
func (d *decoder) fillTo(k int) {
	for ; d.filled < k; d.filled++ {
		d.row[d.filled] = Absent()
	}
}

// samples reads [[time,"value"],...].
func (d *decoder) samples() error {
	if null, err := d.null(); null || err != nil {
		return err
	}
	if err := d.expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		untouched, err := d.denseSamples(first)
		if err != nil {
			return err
		}
		if ok, err := d.more(untouched, ']'); err != nil || !ok {
			return err
		}
		if err := d.one(d.sample); err != nil {
			return err
		}
	}
}

// many reads an array of pairs.
func (d *decoder) many(read func() error) error {
	if null, err := d.null(); null || err != nil {
		return err
	}
	return d.array(func() error { return d.one(read) })
}

// one reads [time, ...], where read reads both elements and the comma between them.
func (d *decoder) one(read func() error) error {
	if err := d.expect('['); err != nil {
		return err
	}
	return d.pair(read)
}

// pair is one after its opening bracket.
func (d *decoder) pair(read func() error) error {
	if err := read(); err != nil {
		return err
	}
	return d.expect(']')
}

// sample reads time and value.
func (d *decoder) sample() error {
	t, err := d.timestamp()
	if err != nil {
		return err
	}
	if err := d.expect(','); err != nil {
		return err
	}
	d.peek()
	v, err := d.quotedFloat()
	if err != nil {
		return err
	}
	return d.put(t, v)
}

// put stores a sample of the series that is being read.
func (d *decoder) put(t int64, v float64) error {
	if d.shape == raw {
		if t < d.lastTime {
			return d.disorder(t)
		}
		d.lastTime = t
		d.times = append(d.times, t)
		d.values = append(d.values, v)
		return d.checkSamples(0)
	}
	k, err := d.stepOf(t)
	if err != nil {
		return err
	}
	if k < d.filled {
		return d.disorder(t)
	}
	d.fillTo(k)
	d.row[k] = v
	d.filled = k + 1
	return nil
}

// stepOf is the step of the grid at a time.
func (d *decoder) stepOf(t int64) (int, error) {
	if d.shape == instant {
		return 0, nil // a server may evaluate a moment earlier than it was asked to
	}
	k := (t - d.start) / d.step
	if t < d.start || (t-d.start)%d.step != 0 || k >= int64(d.steps) {
		return 0, &ServerError{Kind: BadAnswer, Message: fmt.Sprintf(
			"its answer has a sample at %s, which is not among the times asked for (from %s, every %s): it or a proxy before it changes the times of queries",
			clock(t), clock(d.start), time.Duration(d.step)*time.Millisecond)}
	}
	return int(k), nil
}

func (d *decoder) disorder(t int64) error {
	return &ServerError{Kind: BadAnswer, Message: fmt.Sprintf("its answer has a series whose sample at %s is twice there or out of order", clock(t))}
}

// checkSamples holds the cells, samples and buckets, with more to come, against the limit.
func (d *decoder) checkSamples(more int) error {
	if int64(len(d.values)+len(d.natives)+len(d.buckets)+more) > d.limits.samples {
		return limitSamples(d.limits.samples)
	}
	return nil
}

func clock(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z07:00")
}
