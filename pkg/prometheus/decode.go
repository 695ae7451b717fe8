package prometheus

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// shape says what a query is to give.
type shape int

const (
	onGrid  shape = iota // a matrix on a grid of times
	instant              // a vector or a scalar
	raw                  // a matrix of samples as they were scraped
)

// limits bound an answer; see Config.
type limits struct {
	series  int
	bytes   int64
	samples int64
}

// pointRoom is the number of bytes that the fast path for points may look at:
// a comma, a bracket, a time, a comma, a quote, a number, and two closing marks.
const pointRoom = 64

// decoder scans one answer of query or query_range. The order of the members of its
// objects does not matter, and members that it does not know are skipped.
type decoder struct {
	scanner
	shape       shape
	start, step int64
	steps       int
	clock       []clockText // of the grid, or none
	limits      limits

	status, errorType, message, resultType string
	hasData, hasResult, partial            bool
	warnings, infos                        []string

	table     *labelTable
	series    []Labels
	extents   []extent // of each series, for raw
	values    []float64
	times     []int64 // raw: of each value
	natives   []NativeSample
	nativeEnd []int   // end of each native's buckets in buckets
	nativeAt  []int64 // raw: time of each native
	buckets   []NativeBucket

	// The series that is being read.
	row        []float64 // its part of values
	filled     int       // steps of the row that are written
	lastTime   int64     // raw: of the last value
	lastNative int64     // the least step (raw: time) that the next native may have
}

// extent is where the samples of a raw series end.
type extent struct{ values, natives int }

// decode reads a whole body. Its errors are *LimitError, a fault of reading,
// or a *ServerError about the answer.
func (d *decoder) decode(r io.Reader) error {
	d.r, d.limit = r, d.limits.bytes
	d.table = newLabelTable()
	if d.shape == onGrid {
		d.clock = clockTexts(d.start, d.step, d.steps)
	}
	if c := d.peek(); c != '{' {
		return d.notJSON()
	}
	if err := d.object(d.envelope); err != nil {
		return d.bad(err)
	}
	if d.peek(); d.pos < d.end {
		return d.bad(d.broken("the end"))
	}
	if d.fault != io.EOF {
		return d.bad(d.fault)
	}
	return d.verdict()
}

// bad is the error of a scan that failed.
func (d *decoder) bad(err error) error {
	if err == io.ErrUnexpectedEOF { // a body shorter than was announced
		err = errTruncated
	}
	if e, ok := err.(*syntaxError); ok || err == errTruncated {
		// What the server said before it broke off is the better explanation.
		if d.status == "error" && d.message != "" {
			return &ServerError{Kind: kindOfType(d.errorType), Type: d.errorType, Message: d.message}
		}
		text := "its answer cannot be read: "
		if ok {
			return &ServerError{Kind: BadAnswer, Message: text + e.Error(), err: err}
		}
		return &ServerError{Kind: BadAnswer, Message: text + fmt.Sprintf("%s, after %d bytes", err, d.read), err: err}
	}
	return err
}

// notJSON is the error of a body that does not begin like an answer.
func (d *decoder) notJSON() error {
	d.room(1 << 10)
	if d.fault != nil && d.fault != io.EOF && d.fault != io.ErrUnexpectedEOF {
		return d.fault
	}
	return notJSONError(0, d.buf[d.pos:min(d.end, d.pos+maxErrorBody)])
}

// verdict checks what was read as a whole.
func (d *decoder) verdict() error {
	switch {
	case d.status == "error" || d.status != "success" && d.message != "":
		return &ServerError{Kind: kindOfType(d.errorType), Type: d.errorType, Message: d.message}
	case d.status != "success":
		return &ServerError{Kind: BadAnswer, Message: fmt.Sprintf("its answer has the status %q, not \"success\"", shorten(d.status, 40))}
	case !d.hasData || !d.hasResult:
		return &ServerError{Kind: BadAnswer, Message: "its answer holds no result"}
	}
	fits := d.resultType == "matrix"
	if d.shape == instant {
		fits = d.resultType == "vector" || d.resultType == "scalar"
	}
	if !fits {
		return &ServerError{Kind: BadAnswer, Message: fmt.Sprintf("its answer is a %q, not a %s", shorten(d.resultType, 40),
			[...]string{onGrid: "matrix", instant: "vector or scalar", raw: "matrix (ask for a range vector such as name[5m])"}[d.shape])}
	}
	if d.partial {
		d.warnings = append(d.warnings, "the server says that this is a part of the answer only (isPartial): a storage node did not respond")
	}
	return nil
}

// envelope reads a member of the outermost object.
func (d *decoder) envelope(name []byte) (err error) {
	switch string(name) {
	case "status":
		return d.textInto(&d.status)
	case "errorType":
		return d.textInto(&d.errorType)
	case "error":
		return d.textInto(&d.message)
	case "warnings":
		return d.textsInto(&d.warnings)
	case "infos":
		return d.textsInto(&d.infos)
	case "isPartial":
		if d.peek() == 't' {
			d.partial = true
		}
		return d.skip(0)
	case "data":
		if null, err := d.null(); null || err != nil {
			return err
		}
		if d.hasData {
			return d.wrong("a second \"data\"")
		}
		d.hasData = true
		if d.peek() != '{' {
			return d.skip(0)
		}
		return d.object(d.data)
	default:
		return d.skip(0)
	}
}

// data reads a member of "data".
func (d *decoder) data(name []byte) error {
	switch string(name) {
	case "resultType":
		return d.textInto(&d.resultType)
	case "result":
		if d.hasResult {
			return d.wrong("a second \"result\"")
		}
		d.hasResult = true
		if null, err := d.null(); null || err != nil {
			return err
		}
		return d.result()
	default:
		return d.skip(0)
	}
}

// result reads series, or the one sample that a scalar is. What it is shows
// in its form, so "resultType" may follow later.
func (d *decoder) result() error {
	if err := d.expect('['); err != nil {
		return err
	}
	if c := d.peek(); c != '{' && c != ']' {
		if err := d.beginSeries(); err != nil {
			return err
		}
		if err := d.pair(d.sample); err != nil {
			return err
		}
		return d.endSeries(d.table.finish())
	}
	for first := true; ; first = false {
		if ok, err := d.more(first, ']'); err != nil || !ok {
			return err
		}
		if err := d.oneSeries(); err != nil {
			return err
		}
	}
}

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

// denseSamples reads samples as long as they are spelled as servers do: no
// white space, plain decimals. It returns whether the next is still the first.
func (d *decoder) denseSamples(first bool) (bool, error) {
	for d.end-d.pos >= pointRoom || d.room(pointRoom) {
		b := d.buf[d.pos:d.end]
		i := 0
		if !first {
			if b[0] != ',' {
				break
			}
			i = 1
		}
		if b[i] != '[' {
			break
		}
		i++
		if d.filled < len(d.clock) && d.clock[d.filled].reads(b[i:]) {
			v, n, ok := scanFloat(b[i+clockSize:])
			i += clockSize + n + 1
			if !ok || b[i] != ']' {
				break
			}
			d.pos += i + 1
			d.row[d.filled] = v
			d.filled++
			first = false
			continue
		}
		t, scale, n, ok := scanDecimal(b[i:])
		i += n
		if !ok || scale > 3 || b[i] != ',' || b[i+1] != '"' || t > 1<<52 {
			break
		}
		v, n, ok := scanFloat(b[i+2:])
		i += n + 3
		if !ok || b[i] != ']' {
			break
		}
		d.pos += i + 1
		if err := d.put(int64(t*powersOf10[3-scale]), v); err != nil {
			return false, err
		}
		first = false
	}
	return first, nil
}

// clockText is a time of the grid as servers write it before a value:
// ten digits, a comma and a quote. Nearly every sample of an answer has the time
// that is due, so comparing it saves reading it.
type clockText struct {
	begin uint64
	end   uint32
}

const clockSize = 12

func (c clockText) reads(b []byte) bool {
	return binary.LittleEndian.Uint64(b) == c.begin && binary.LittleEndian.Uint32(b[8:]) == c.end
}

// clockTexts writes the times of a grid, if they are whole seconds of ten digits
// and not more than servers ever answer with.
func clockTexts(start, step int64, steps int) []clockText {
	if steps > 1<<16 || start%1000 != 0 || step%1000 != 0 || start < 1e12 || start+step*int64(steps) >= 1e13 {
		return nil
	}
	texts := make([]clockText, steps)
	var b [16]byte
	for k := range texts {
		text := append(strconv.AppendInt(b[:0], (start+int64(k)*step)/1000, 10), `,"`...)
		texts[k] = clockText{binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint32(text[8:])}
	}
	return texts
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

// textInto reads a string or null.
func (d *decoder) textInto(text *string) error {
	if null, err := d.null(); null || err != nil {
		return err
	}
	b, err := d.text()
	*text = string(bytes.ToValidUTF8(b, nil))
	return err
}

// textsInto reads an array of strings or null.
func (d *decoder) textsInto(texts *[]string) error {
	if null, err := d.null(); null || err != nil {
		return err
	}
	return d.array(func() error {
		b, err := d.text()
		*texts = append(*texts, string(b))
		return err
	})
}

// answer is what was read, for the shapes with a grid.
func (d *decoder) answer() *Answer {
	d.cutBuckets()
	return &Answer{
		Start: d.start, Step: d.step, Steps: d.steps,
		Series: d.series, Values: d.values, Histograms: d.natives,
		Warnings: d.warnings, Infos: d.infos, Bytes: d.read,
	}
}

// rawAnswer is what was read, for raw samples.
func (d *decoder) rawAnswer() *Raw {
	d.cutBuckets()
	r := &Raw{Series: make([]RawSeries, len(d.series)), Warnings: d.warnings, Infos: d.infos, Bytes: d.read}
	var from extent
	for i, labels := range d.series {
		to := d.extents[i]
		r.Series[i] = RawSeries{
			Labels:         labels,
			Times:          d.times[from.values:to.values:to.values],
			Values:         d.values[from.values:to.values:to.values],
			HistogramTimes: d.nativeAt[from.natives:to.natives:to.natives],
			Histograms:     d.natives[from.natives:to.natives:to.natives],
		}
		from = to
	}
	return r
}

// cutBuckets gives each native histogram its part of the shared array, which
// no longer grows.
func (d *decoder) cutBuckets() {
	from := 0
	for i, to := range d.nativeEnd {
		d.natives[i].Buckets = d.buckets[from:to:to]
		from = to
	}
}

func clock(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z07:00")
}
