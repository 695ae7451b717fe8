package prometheus

import (
	"encoding/binary"
	"strconv"
)

// pointRoom is the number of bytes that the fast path for points may look at:
// a comma, a bracket, a time, a comma, a quote, a number, and two closing marks.
const pointRoom = 64

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
