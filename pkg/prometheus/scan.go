package prometheus

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

const (
	firstBuffer = 128 << 10
	maxToken    = 16 << 20 // of a string or a number
	maxDepth    = 128      // of values that are skipped
)

// syntaxError is a body that is not the JSON it should be.
type syntaxError struct {
	offset int64
	text   string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.text, e.offset) }

// errTruncated is a body that ends inside a value.
var errTruncated = errors.New("it ends in the middle")

// scanner reads JSON from a stream through one buffer. Slices that its methods
// return are valid until the next call.
type scanner struct {
	r        io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] is read but not scanned
	read     int64 // bytes in all
	limit    int64 // of read
	fault    error // of reading, once there was one; io.EOF at the end
	scratch  []byte
}

// fill reads more bytes behind those not yet scanned, which may move to the
// front of the buffer. It returns false at the end or on a fault.
func (s *scanner) fill() bool {
	if s.fault != nil {
		return false
	}
	if s.pos > 0 {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if s.end >= maxToken {
			s.fault = &syntaxError{s.read, fmt.Sprintf("a single value of more than %d MiB", maxToken>>20)}
			return false
		}
		s.buf = append(s.buf, make([]byte, max(firstBuffer, len(s.buf)))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.read += int64(n)
		if s.read > s.limit {
			err = limitBytes(s.limit)
			n = 0
		}
		s.fault = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.fault = io.ErrNoProgress
	return false
}

// room tries to have n bytes ahead, which fails near the end.
func (s *scanner) room(n int) bool {
	for s.end-s.pos < n {
		if !s.fill() {
			return false
		}
	}
	return true
}

// broken is the error of a scan that cannot go on here.
func (s *scanner) broken(expected string) error {
	if s.pos >= s.end {
		if s.fault == io.EOF {
			return errTruncated
		}
	}
	if s.fault != nil && s.fault != io.EOF {
		return s.fault
	}
	return s.wrong(fmt.Sprintf("%q where %s is expected", s.buf[s.pos:min(s.end, s.pos+1)], expected))
}

func (s *scanner) wrong(text string) error {
	return &syntaxError{s.read - int64(s.end-s.pos), text}
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				return c
			}
			s.pos++
		}
		if !s.fill() {
			return 0
		}
	}
}

// expect consumes the given byte, after white space.
func (s *scanner) expect(c byte) error {
	if s.peek() != c || s.pos == s.end {
		return s.broken(string(rune(c)))
	}
	s.pos++
	return nil
}

// more consumes what stands between the elements of an array or object that
// close ends: it returns false after the end. An element follows a true.
func (s *scanner) more(first bool, end byte) (bool, error) {
	c := s.peek()
	if c == end {
		s.pos++
		return false, nil
	}
	if first {
		if s.pos == s.end {
			return false, s.broken("")
		}
		return true, nil
	}
	if c != ',' {
		return false, s.broken(", or " + string(rune(end)))
	}
	s.pos++
	if s.peek() == end {
		return false, s.broken("another element")
	}
	return true, nil
}

// key reads the name of a member and its colon.
func (s *scanner) key() ([]byte, error) {
	name, err := s.text()
	if err != nil {
		return nil, err
	}
	if s.pos < s.end && s.buf[s.pos] == ':' {
		s.pos++
		return name, nil
	}
	// Looking further may move the buffer under the name.
	s.scratch = append(s.scratch[:0], name...)
	return s.scratch, s.expect(':')
}

// number reads the text of a number.
func (s *scanner) number() ([]byte, error) {
	s.peek()
	for i := s.pos; ; i++ {
		if i == s.end {
			done := i - s.pos
			if s.fill() {
				i = s.pos + done
			} else if s.fault != io.EOF {
				return nil, s.fault
			}
		}
		if i < s.end {
			switch c := s.buf[i]; c {
			case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '+', '.', 'e', 'E':
				continue
			}
		}
		if i == s.pos || s.buf[s.pos] != '-' && (s.buf[s.pos] < '0' || s.buf[s.pos] > '9') {
			return nil, s.broken("a number")
		}
		text := s.buf[s.pos:i]
		s.pos = i
		return text, nil
	}
}

// word consumes a literal such as null.
func (s *scanner) word(word string) error {
	s.peek()
	if !s.room(len(word)) || string(s.buf[s.pos:s.pos+len(word)]) != word {
		if s.fault != nil && s.end-s.pos < len(word) {
			s.pos = s.end
		}
		return s.broken(word)
	}
	s.pos += len(word)
	return nil
}

// null consumes null if that is next.
func (s *scanner) null() (bool, error) {
	if s.peek() != 'n' {
		return false, nil
	}
	return true, s.word("null")
}

// skip consumes any value.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return s.wrong("values nested too deeply")
	}
	switch s.peek() {
	case '"':
		_, err := s.text()
		return err
	case '{':
		return s.object(func([]byte) error { return s.skip(depth + 1) })
	case '[':
		return s.array(func() error { return s.skip(depth + 1) })
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		_, err := s.number()
		return err
	}
}

// object reads an object, calling member behind each name.
func (s *scanner) object(member func(name []byte) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		ok, err := s.more(first, '}')
		if err != nil || !ok {
			return err
		}
		name, err := s.key()
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
}

// array reads an array, calling element before each element.
func (s *scanner) array(element func() error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		ok, err := s.more(first, ']')
		if err != nil || !ok {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// timestamp reads a time in seconds and returns milliseconds.
func (s *scanner) timestamp() (int64, error) {
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	seconds, err := strconv.ParseFloat(string(text), 64)
	ms := math.Round(seconds * 1000)
	if err != nil || math.Abs(ms) > 1<<62 {
		return 0, s.wrong(fmt.Sprintf("%q where a time in seconds is expected", text))
	}
	return int64(ms), nil
}

// quotedFloat reads a number written as a string, as all sample values are.
func (s *scanner) quotedFloat() (float64, error) {
	if s.room(scanRoom+1) && s.buf[s.pos] == '"' {
		if v, n, ok := scanFloat(s.buf[s.pos+1 : s.end]); ok {
			s.pos += n + 2
			return v, nil
		}
	}
	text, err := s.text()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, s.wrong(fmt.Sprintf("%q where a number is expected", shorten(string(text), 40)))
	}
	return v, nil
}
