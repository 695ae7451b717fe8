package prometheus

import (
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string.
func (s *scanner) text() ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return nil, err
	}
	for i := s.pos; ; i++ {
		if i == s.end {
			done := i - s.pos
			if !s.fill() {
				s.pos = s.end
				return nil, s.broken("")
			}
			i = s.pos + done
		}
		c := s.buf[i]
		if c == '"' {
			text := s.buf[s.pos:i]
			s.pos = i + 1
			return text, nil
		}
		if c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			return s.unescape(i - s.pos)
		}
	}
}

// unescape reads the rest of a string whose first n bytes are plain, into
// scratch. Bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD.
func (s *scanner) unescape(n int) ([]byte, error) {
	out := append(s.scratch[:0], s.buf[s.pos:s.pos+n]...)
	s.pos += n
	for {
		if !s.room(utf8.UTFMax) && s.pos == s.end {
			return nil, s.broken("")
		}
		c := s.buf[s.pos]
		switch {
		case c == '"':
			s.pos++
			s.scratch = out
			return out, nil
		case c < 0x20:
			return nil, s.broken("the rest of a string")
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(s.buf[s.pos:s.end])
			out = utf8.AppendRune(out, r)
			s.pos += size
		case c != '\\':
			out = append(out, c)
			s.pos++
		default:
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
		}
		if len(out) > maxToken {
			return nil, s.wrong("a string that is too long")
		}
	}
}

// escape reads one escape sequence, or two that are a surrogate pair.
func (s *scanner) escape() (rune, error) {
	if !s.room(2) {
		s.pos = s.end
		return 0, s.broken("")
	}
	c := s.buf[s.pos+1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r, err := s.hexRune()
		if err != nil || !utf16.IsSurrogate(r) {
			return r, err
		}
		if !s.room(6) || s.buf[s.pos] != '\\' || s.buf[s.pos+1] != 'u' {
			return utf8.RuneError, nil
		}
		at := s.pos
		low, err := s.hexRune()
		if err != nil {
			return 0, err
		}
		pair := utf16.DecodeRune(r, low)
		if pair == utf8.RuneError {
			s.pos = at // the second stands for itself
		}
		return pair, nil
	default:
		return 0, s.broken("an escape sequence")
	}
	s.pos += 2
	return rune(c), nil
}

// hexRune reads \uXXXX.
func (s *scanner) hexRune() (rune, error) {
	if !s.room(6) {
		s.pos = s.end
		return 0, s.broken("")
	}
	var r rune
	for _, c := range s.buf[s.pos+2 : s.pos+6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, s.broken("four hexadecimal digits")
		}
		r = r<<4 | rune(c)
	}
	s.pos += 6
	return r, nil
}
