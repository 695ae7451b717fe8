package prometheus

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// scanText runs the fast scanner on a text as it stands in an answer.
func scanText(text string) (float64, bool) {
	v, n, ok := scanFloat([]byte(text + `"],[1700000000,"0"],[1700000300,"0"]]`))
	return v, ok && n == len(text)
}

// mustAgree says whether the fast scanner took the text, which must then give what strconv gives.
func mustAgree(t *testing.T, text string) bool {
	t.Helper()
	want, err := strconv.ParseFloat(text, 64)
	got, ok := scanText(text)
	if ok && (err != nil || math.Float64bits(got) != math.Float64bits(want)) {
		t.Fatalf("%q is read as %v (%x), want %v (%x), error %v", text, got, math.Float64bits(got), want, math.Float64bits(want), err)
	}
	return ok
}

func TestScanFloatReadsPlainDecimals(t *testing.T) {
	for _, text := range []string{
		"0", "-0", "1", "-1", "7654321", "87654321", "987654321", "9007199254740991", "9007199254740992", "9007199254740993",
		"9999999999999999999", "0.5", "0.1", "-0.1", "0.30000000000000004", "1234.5678901234567", "123456.78901234567",
		"1234567.1234567", "1234567.12345678", "12345678.12345678", "0.0000012345678901", "100", "1000000000000000000",
		"9007199254740993.0", "4503599627370496.5", "4503599627370497.5", "9007199254740992.5", "1.7976931348623157", "5.5555555555555555",
	} {
		if !mustAgree(t, text) {
			t.Errorf("%q is left to strconv, but is a plain decimal", text)
		}
	}
}

func TestScanFloatLeavesOtherTextToStrconv(t *testing.T) {
	for _, text := range []string{
		"", "-", ".", "-.5", ".5", "5.", "+5", "NaN", "+Inf", "-Inf", "Inf", "1e5", "1.5e-7", "0x1p-2", "1_000", "1.2.3", "--1", "1-", " 1", "1 ",
		"12345678901234567890", "123456789012345678901234567890", "1234567.1234567890123", "0.00000000000000000001", "12a", "1234567890a", "1.2345678901a",
	} {
		if v, ok := scanText(text); ok {
			t.Errorf("%q is read as %v", text, v)
		}
	}
}

func TestScanFloatAgreesWithStrconv(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	taken := 0
	const tries = 300_000
	for range tries {
		var text string
		switch rng.IntN(5) {
		case 0: // any counter
			text = strconv.FormatUint(rng.Uint64()>>rng.IntN(64), 10)
		case 1: // extrapolated counts
			text = strconv.FormatFloat(float64(rng.IntN(1<<20))*240/239, 'f', -1, 64)
		case 2: // sums, ratios
			text = strconv.FormatFloat(math.Exp(rng.NormFloat64()*8), 'f', -1, 64)
		case 3: // decimals of any length
			text = strconv.FormatUint(rng.Uint64()>>rng.IntN(64), 10)
			at := rng.IntN(len(text) + 1)
			text = text[:at] + "." + text[at:]
		default: // halfway between two floats
			m := uint64(1)<<53 | rng.Uint64()>>11 | 1
			text = strconv.FormatUint(m>>1, 10) + ".5"
			if rng.IntN(2) == 0 {
				text = strconv.FormatUint(m, 10)
			}
		}
		if rng.IntN(4) == 0 {
			text = "-" + text
		}
		if mustAgree(t, text) {
			taken++
		}
	}
	if taken < tries*8/10 {
		t.Errorf("only %d of %d texts were read fast", taken, tries)
	}
}

func FuzzScanFloat(f *testing.F) {
	for _, text := range []string{"1", "0.1", "-12.5", "1234.5678901234567", "NaN", "1e9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 64 && !strings.ContainsAny(text, `"`) {
			mustAgree(t, text)
		}
	})
}
