package prometheus

import (
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	eightZeros = 0x3030303030303030 // "00000000"
	highBits   = 0x8080808080808080
	overNine   = 0x7676767676767676 // brings a byte above 9 to its high bit

	// scanRoom is the number of bytes from the start of a number that the fast
	// scanners may look at: a sign, 19 digits, a point, and whole words of eight.
	scanRoom = 32
)

// powersOf10 holds the powers that fit in a uint64.
var powersOf10 = [20]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// scanDecimal reads an unsigned decimal (digits, perhaps a point and more
// digits) as mantissa/10^scale, eight digits at a time, and returns the number of bytes
// read. It gives up (ok false) on anything else and on more than 19 digits,
// which the mantissa cannot hold. b must hold scanRoom bytes.
func scanDecimal(b []byte) (mantissa uint64, scale, n int, ok bool) {
	whole := 0
	mantissa, whole = scanDigits(0, b)
	if whole == 0 || whole > 19 {
		return 0, 0, 0, false
	}
	if b[whole] != '.' {
		return mantissa, 0, whole, true
	}
	mantissa, scale = scanDigits(mantissa, b[whole+1:])
	if scale == 0 || whole+scale > 19 {
		return 0, 0, 0, false
	}
	return mantissa, scale, whole + 1 + scale, true
}

// scanDigits appends the leading digits of b to the mantissa m and returns
// their number, which may come out as any number above 19 when there are
// more than the mantissa holds.
func scanDigits(m uint64, b []byte) (uint64, int) {
	n := 0
	for len(b) >= n+8 {
		word, k := digitsAhead(b[n:])
		m = m*powersOf10[k] + eightDigits(word)
		if n += k; k < 8 {
			return m, n
		}
	}
	return 0, 1 << 10
}

// digitsAhead finds how many (up to 8) digits b begins with, and returns them
// as a word for eightDigits, with zeros before them.
func digitsAhead(b []byte) (word uint64, n int) {
	word = binary.LittleEndian.Uint64(b) ^ eightZeros
	// A carry out of a byte only touches later characters, so the first byte
	// that is no digit is found exactly. Without one, all 64 bits count.
	stop := (word + overNine | word) & highBits
	n = bits.TrailingZeros64(stop) >> 3
	return word << (64 - 8*n), n
}

// eightDigits is the number whose eight digits, most significant first in
// memory, are the bytes of the word.
func eightDigits(word uint64) uint64 {
	word = word*10 + word>>8 // pairs, in every second byte
	return ((word&0x000000FF000000FF)*(100+1000000<<32) + (word>>16&0x000000FF000000FF)*(1+10000<<32)) >> 32
}

// scanFloat reads a decimal number that ends in a quote and returns the number
// of bytes before that quote. The result is the float64 nearest to the
// decimal, ties to even, as strconv gives it. It gives up (ok false) on what
// needs strconv: exponents, NaN, infinities, more than 19 digits. b must hold
// scanRoom bytes.
//
// The common lengths, fewer than eight digits before the point and than sixteen
// behind it, are read here without a loop.
func scanFloat(b []byte) (v float64, n int, ok bool) {
	word, whole := digitsAhead(b)
	if whole == 0 || whole == 8 {
		return scanLongFloat(b)
	}
	m := eightDigits(word)
	if b[whole] == '"' {
		return float64(m), whole, true
	}
	if b[whole] != '.' {
		return 0, 0, false
	}
	word, scale := digitsAhead(b[whole+1:])
	if scale < 8 {
		m = m*powersOf10[scale] + eightDigits(word) // below 10^15 < 2^53
		n = whole + 1 + scale
		return float64(m) / float64(powersOf10[scale]), n, scale > 0 && b[n] == '"'
	}
	m = m*1e8 + eightDigits(word)
	word, more := digitsAhead(b[whole+9:])
	n = whole + 9 + more
	if more == 8 || whole+8+more > 19 || b[n] != '"' {
		return scanLongFloat(b)
	}
	m = m*powersOf10[more] + eightDigits(word)
	return divideByPowerOf10(m, 8+more), n, true
}

// scanLongFloat is scanFloat for signs and for any number of digits.
func scanLongFloat(b []byte) (v float64, n int, ok bool) {
	sign := 0
	if b[0] == '-' {
		sign = 1
	}
	m, scale, n, ok := scanDecimal(b[sign:])
	n += sign
	if !ok || b[n] != '"' {
		return 0, 0, false
	}
	v = float64(m) // rounds once
	if scale > 0 {
		v = divideByPowerOf10(m, scale)
	}
	if sign == 1 {
		v = -v
	}
	return v, n, true
}

// divideByPowerOf10 is m/10^scale for scale <= 19, rounded to the nearest
// float64, ties to even. Up to 2^53 both numbers are exact floats, and one
// division rounds once. Above, the quotient is taken in integers with 63 or 64
// significant bits and a remainder, which decides every rounding; its range
// (10^-4 to 2^64) has no subnormal numbers and no overflow.
func divideByPowerOf10(m uint64, scale int) float64 {
	divisor := powersOf10[scale]
	if m <= 1<<53 {
		return float64(m) / float64(divisor) // 10^19 < 10^22, the last exact power
	}
	mShift, dShift := bits.LeadingZeros64(m), bits.LeadingZeros64(divisor)
	m <<= mShift
	divisor <<= dShift
	quotient, rest := bits.Div64(m>>1, m<<63, divisor) // floor(m·2^63/divisor)
	qShift := bits.LeadingZeros64(quotient)
	quotient <<= qShift
	if rest != 0 {
		quotient |= 1 // far below the rounding bit: only says "more than"
	}
	fraction, rounding := quotient>>11, quotient&0x7FF
	if rounding > 0x400 || rounding == 0x400 && fraction&1 == 1 {
		fraction++
	}
	// The value is fraction·2^exponent with fraction in [2^52, 2^53]; adding
	// its leading bit carries into the exponent field.
	exponent := 11 - 63 - qShift + dShift - mShift
	return math.Float64frombits(uint64(exponent+52+1023-1)<<52 + fraction)
}
