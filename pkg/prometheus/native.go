package prometheus

import (
	"fmt"
	"slices"
)

// native reads time and histogram: {"count":"3","sum":"4.5","buckets":[[0,"1","2","3"],...]}.
func (d *decoder) native() error {
	t, err := d.timestamp()
	if err != nil {
		return err
	}
	if err := d.expect(','); err != nil {
		return err
	}
	sample := NativeSample{Series: len(d.series)}
	if err := d.placeNative(t, &sample); err != nil {
		return err
	}
	var buckets bool
	err = d.object(func(name []byte) (err error) {
		switch string(name) {
		case "count":
			d.peek()
			sample.Count, err = d.quotedFloat()
			return err
		case "sum":
			d.peek()
			sample.Sum, err = d.quotedFloat()
			return err
		case "buckets":
			if buckets {
				return d.wrong("second buckets")
			}
			buckets = true
			if null, err := d.null(); null || err != nil {
				return err
			}
			return d.array(d.bucket)
		default:
			return d.skip(0)
		}
	})
	if err != nil {
		return err
	}
	d.natives = append(d.natives, sample)
	d.nativeEnd = append(d.nativeEnd, len(d.buckets))
	return d.checkSamples(0)
}

// placeNative finds the step of a histogram at a time.
func (d *decoder) placeNative(t int64, sample *NativeSample) error {
	if d.shape == raw {
		if t < d.lastNative {
			return d.disorder(t)
		}
		d.lastNative = t
		d.nativeAt = append(d.nativeAt, t)
		sample.Step = len(d.natives)
		if n := len(d.extents); n > 0 {
			sample.Step -= d.extents[n-1].natives
		}
		return nil
	}
	k, err := d.stepOf(t)
	if err != nil {
		return err
	}
	if int64(k) < d.lastNative {
		return d.disorder(t)
	}
	d.lastNative = int64(k) + 1
	sample.Step = k
	return nil
}

// bucket reads [bounds,"lower","upper","count"].
func (d *decoder) bucket() error {
	if len(d.buckets) == cap(d.buckets) {
		d.buckets = slices.Grow(d.buckets, max(1<<10, len(d.buckets))) // there are many: double
	}
	if d.denseBucket() {
		return nil
	}
	if err := d.expect('['); err != nil {
		return err
	}
	text, err := d.number()
	if err != nil {
		return err
	}
	if len(text) != 1 || text[0] < '0' || text[0] > '3' {
		return d.wrong(fmt.Sprintf("%q where the bounds of a bucket (0 to 3) are expected", shorten(string(text), 20)))
	}
	b := NativeBucket{Bounds: Bounds(text[0] - '0')}
	for _, number := range []*float64{&b.Lower, &b.Upper, &b.Count} {
		if err := d.expect(','); err != nil {
			return err
		}
		d.peek()
		if *number, err = d.quotedFloat(); err != nil {
			return err
		}
	}
	d.buckets = append(d.buckets, b)
	return d.expect(']')
}

// bucketRoom is the number of bytes that the fast path for buckets may look at.
const bucketRoom = 128

// denseBucket reads a bucket that is spelled as servers do: no white space,
// plain decimals. It returns false, having read nothing, if it is not.
func (d *decoder) denseBucket() bool {
	if d.end-d.pos < bucketRoom && !d.room(bucketRoom) {
		return false
	}
	text := d.buf[d.pos:d.end]
	if text[0] != '[' || text[1] < '0' || text[1] > '3' {
		return false
	}
	b := NativeBucket{Bounds: Bounds(text[1] - '0')}
	i := 2
	for _, number := range [...]*float64{&b.Lower, &b.Upper, &b.Count} {
		if text[i] != ',' || text[i+1] != '"' {
			return false
		}
		v, n, ok := scanFloat(text[i+2:])
		if !ok {
			return false
		}
		*number = v
		i += n + 3
	}
	if text[i] != ']' {
		return false
	}
	d.pos += i + 1
	d.buckets = append(d.buckets, b)
	return true
}
