package prometheus

import (
	"bytes"
	"fmt"
	"io"
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
			return &ServerError{Kind: kindOfType(d.errorType), Type: d.errorType, Message: shorten(d.message, maxMessage)}
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
		return &ServerError{Kind: kindOfType(d.errorType), Type: d.errorType, Message: shorten(d.message, maxMessage)}
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
