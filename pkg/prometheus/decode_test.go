package prometheus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// The grid of the tests: four steps of a minute.
const (
	testStart = int64(1_700_000_040_000)
	testStep  = int64(60_000)
	testSteps = 4
)

var roomy = limits{series: 100, bytes: 1 << 20, samples: 1000}

// newDecoder is a decoder as the three kinds of queries make it.
func newDecoder(s shape, l limits) *decoder {
	d := &decoder{shape: s, limits: l}
	switch s {
	case onGrid:
		d.start, d.step, d.steps = testStart, testStep, testSteps
	case instant:
		d.start, d.step, d.steps = testStart, 1, 1
	}
	return d
}

// matrix wraps series into an answer.
func matrix(series string) string {
	return `{"status":"success","data":{"resultType":"matrix","result":[` + series + `]}}`
}

func vector(series string) string {
	return `{"status":"success","data":{"resultType":"vector","result":[` + series + `]}}`
}

// decodeGrid decodes an answer in one piece and byte by byte, which must be the same.
func decodeGrid(t *testing.T, s shape, body string) *Answer {
	t.Helper()
	var answers [2]*Answer
	for i, r := range []io.Reader{strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body))} {
		d := newDecoder(s, roomy)
		if err := d.decode(r); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		answers[i] = d.answer()
	}
	if a, b := describe(answers[0]), describe(answers[1]); a != b {
		t.Fatalf("byte by byte, the answer is\n%s, not\n%s", b, a)
	}
	return answers[0]
}

// describe writes an answer as a few lines.
func describe(a *Answer) string {
	var b strings.Builder
	for i, labels := range a.Series {
		fmt.Fprintf(&b, "%s:", labels)
		for k, v := range a.Row(i) {
			if !a.Present(i, k) {
				b.WriteString(" _")
			} else {
				fmt.Fprintf(&b, " %v", v)
			}
		}
		b.WriteByte('\n')
	}
	for _, h := range a.Histograms {
		fmt.Fprintf(&b, "%d@%d: %v/%v %v\n", h.Series, h.Step, h.Count, h.Sum, h.Buckets)
	}
	if len(a.Warnings)+len(a.Infos) > 0 {
		fmt.Fprintf(&b, "%q %q\n", a.Warnings, a.Infos)
	}
	return b.String()
}

func TestDecodeRange(t *testing.T) {
	const plain = `{"metric":{"a":"1"},"values":[[1700000040,"1"],[1700000100,"2.5"],[1700000160,"3"],[1700000220,"4"]]}`
	tests := []struct{ name, body, want string }{
		{"no series", matrix(``), ""},
		{"one full series", matrix(plain), "{a=\"1\"}: 1 2.5 3 4\n"},
		{"gaps at the start, inside and at the end", matrix(`{"metric":{},"values":[[1700000100,"2"]]},{"metric":{"b":""},"values":[[1700000040,"1"],[1700000160,"3"]]}`),
			"{}: _ 2 _ _\n{b=\"\"}: 1 _ 3 _\n"},
		{"the name is a label", matrix(`{"metric":{"le":"0.5","__name__":"m"},"values":[]}`), "m{le=\"0.5\"}: _ _ _ _\n"},
		{"NaN is a value, unlike an absent one", matrix(`{"metric":{},"values":[[1700000040,"NaN"],[1700000100,"+Inf"],[1700000160,"-Inf"]]}`), "{}: NaN +Inf -Inf _\n"},
		{"exponents, signs, many digits", matrix(`{"metric":{},"values":[[1700000040,"1e+25"],[1700000100,"-0"],[1700000160,"0.1234567890123456789012"],[1700000220,"5e-324"]]}`),
			"{}: 1e+25 -0 0.12345678901234568 5e-324\n"},
		{"times with milliseconds, or with an exponent", matrix(`{"metric":{},"values":[[1700000040.000,"1"],[1.7000001e9,"2"],[1700000160.0,"3"]]}`), "{}: 1 2 3 _\n"},
		{"white space anywhere", " \n" + strings.NewReplacer(",", " ,\n", ":", "\t: ", "[", "[ ", "]", "\r\n]", "{", "{ ", "}", " }").Replace(matrix(plain)) + "\n ", "{a=\"1\"}: 1 2.5 3 4\n"},
		{"members in any order", `{"warnings":["w"],"data":{"result":[{"values":[[1700000040,"1"]],"metric":{"a":"1"}}],"resultType":"matrix"},"infos":["i1","i2"],"status":"success"}`,
			"{a=\"1\"}: 1 _ _ _\n[\"w\"] [\"i1\" \"i2\"]\n"},
		{"unknown members of every kind", `{"x":{"y":[1,-2.5e3,"\"",true,false,null,{}]},"status":"success","data":{"stats":{"a":[[]]},"resultType":"matrix","result":[{"x":null,"metric":{"a":"1"},"values":[[1700000040,"1"]],"y":[]}]},"z":0}`,
			"{a=\"1\"}: 1 _ _ _\n"},
		{"escapes in labels", matrix(`{"metric":{"\u0061":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀"},"values":[]}`), "{a=\"\\\"\\\\/\\b\\f\\n\\r\\té😀é😀\"}: _ _ _ _\n"},
		{"half surrogate pairs and bytes that are no UTF-8", matrix("{\"metric\":{\"a\":\"\\ud83dx\\ude00\\ud83d\\u0041\\ud83d\\ud83d\\ude00 \xff\"},\"values\":[]}"),
			"{a=\"\ufffdx\ufffd\ufffdA\ufffd😀 \ufffd\"}: _ _ _ _\n"},
		{"the last of equal label names counts", matrix(`{"metric":{"b":"0","a":"1","b":"2"},"values":[]}`), "{a=\"1\",b=\"2\"}: _ _ _ _\n"},
		{"labels in any order", matrix(`{"metric":{"c":"3","a":"1","b":"2"},"values":[]}`), "{a=\"1\",b=\"2\",c=\"3\"}: _ _ _ _\n"},
		{"null in place of nothing", `{"status":"success","error":null,"errorType":null,"warnings":null,"infos":null,"data":{"resultType":"matrix","result":[{"metric":null,"values":null,"histograms":null}]}}`, "{}: _ _ _ _\n"},
		{"a result that is null", `{"status":"success","data":{"resultType":"matrix","result":null}}`, ""},
		{"a partial answer", `{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[]}}`,
			"[\"the server says that this is a part of the answer only (isPartial): a storage node did not respond\"] []\n"},
		{"an answer that is not partial", `{"status":"success","isPartial":false,"data":{"resultType":"matrix","result":[]}}`, ""},
		{"native histograms beside values", matrix(`{"metric":{"a":"1"},"histograms":[[1700000100,{"count":"6","sum":"-1.5","buckets":[[1,"-2","-1","1"],[3,"-0.001","0.001","2"],[0,"1","+Inf","2.5"]]}],[1700000220,{"count":"0","sum":"NaN"}]],"values":[[1700000040,"1"]]},` +
			`{"metric":{"a":"2"},"histograms":[[1700000040,{"sum":"1","x":[],"buckets":[[2,"1","2","1"]],"count":"1"}]]}`),
			"{a=\"1\"}: 1 _ _ _\n{a=\"2\"}: _ _ _ _\n0@1: 6/-1.5 [{-2 -1 1 1} {-0.001 0.001 2 3} {1 +Inf 2.5 0}]\n0@3: 0/NaN []\n1@0: 1/1 [{1 2 1 2}]\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := decodeGrid(t, onGrid, test.body)
			if got := describe(a); got != test.want {
				t.Errorf("got\n%s, want\n%s", got, test.want)
			}
			if a.Bytes != int64(len(test.body)) || a.Steps != testSteps || a.Time(1) != testStart+testStep {
				t.Error("wrong frame:", a.Bytes, a.Steps, a.Time(1))
			}
		})
	}
}

func TestDecodeInstant(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"a vector", vector(`{"metric":{"a":"1"},"value":[1700000040,"1"]},{"value":[1700000040,"2"],"metric":{"a":"2"}}`), "{a=\"1\"}: 1\n{a=\"2\"}: 2\n"},
		{"a time that the server moved", vector(`{"metric":{},"value":[1700000039.5,"1"]}`), "{}: 1\n"},
		{"a scalar", `{"status":"success","data":{"resultType":"scalar","result":[1700000040,"2"]}}`, "{}: 2\n"},
		{"an empty vector", vector(``), ""},
		{"a native histogram", vector(`{"metric":{"a":"1"},"histogram":[1700000040,{"count":"1","sum":"2","buckets":[[0,"1","2","1"]]}]}`), "{a=\"1\"}: _\n0@0: 1/2 [{1 2 1 0}]\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(decodeGrid(t, instant, test.body)); got != test.want {
				t.Errorf("got\n%s, want\n%s", got, test.want)
			}
		})
	}
}

func TestDecodeRaw(t *testing.T) {
	body := matrix(`{"metric":{"a":"1"},"values":[[1700000041.123,"1"],[1700000056.125,"2"],[1700000056.125,"2"]]},` +
		`{"metric":{"a":"2"},"histograms":[[1700000041,{"count":"1","sum":"2","buckets":[[0,"1","2","1"]]}],[1700000042,{"count":"2","sum":"4","buckets":[[0,"1","2","2"]]}]],"values":[[5,"3"]]},` +
		`{"metric":{"a":"3"},"histograms":[[1700000043,{"count":"0","sum":"0"}]]}`)
	d := newDecoder(raw, roomy)
	if err := d.decode(iotest.HalfReader(strings.NewReader(body))); err != nil {
		t.Fatal(err)
	}
	r := d.rawAnswer()
	want := []RawSeries{
		{Times: []int64{1700000041123, 1700000056125, 1700000056125}, Values: []float64{1, 2, 2}, HistogramTimes: []int64{}, Histograms: []NativeSample{}},
		{Times: []int64{5000}, Values: []float64{3}, HistogramTimes: []int64{1700000041000, 1700000042000}, Histograms: []NativeSample{
			{Series: 1, Step: 0, Count: 1, Sum: 2, Buckets: []NativeBucket{{1, 2, 1, OpenLeft}}},
			{Series: 1, Step: 1, Count: 2, Sum: 4, Buckets: []NativeBucket{{1, 2, 2, OpenLeft}}}}},
		{Times: []int64{}, Values: []float64{}, HistogramTimes: []int64{1700000043000}, Histograms: []NativeSample{{Series: 2, Buckets: []NativeBucket{}}}},
	}
	for i := range want {
		want[i].Labels = r.Series[i].Labels
		if got := r.Series[i].Labels.Get("a"); got != fmt.Sprint(i+1) {
			t.Errorf("series %d has a=%q", i, got)
		}
	}
	if !reflect.DeepEqual(r.Series, want) {
		t.Errorf("got %v\nwant %v", r.Series, want)
	}
	if r.Bytes != int64(len(body)) {
		t.Error(r.Bytes)
	}
}

func TestDecodeRefuses(t *testing.T) {
	one := func(values string) string { return matrix(`{"metric":{"a":"1"},"values":[` + values + `]}`) }
	tests := []struct {
		name  string
		shape shape
		body  string
		kind  ErrorKind
		says  string
	}{
		{"nothing", onGrid, "", BadAnswer, "the answer is empty"},
		{"an HTML page", onGrid, "<!DOCTYPE html><html><head><title>Sign in</title></head><body>x</body></html>", BadAnswer, `an HTML page ("Sign in"), not JSON`},
		{"text", onGrid, "upstream connect error", BadAnswer, `not JSON but "upstream connect error"`},
		{"another kind of JSON", onGrid, `[1]`, BadAnswer, `not JSON but "[1]"`},
		{"another API", onGrid, `{"message":"hello"}`, BadAnswer, `status ""`},
		{"a failure with a good status", onGrid, `{"status":"error","errorType":"bad_data","error":"parse error"}`, BadQuery, "parse error"},
		{"a timeout with a good status", onGrid, `{"error":"query timed out","errorType":"timeout","status":"error"}`, Timeout, "query timed out"},
		{"a failure behind half a result", onGrid, `{"status":"error","error":"it broke","data":{"result":[{`, BadQuery, "it broke"},
		{"no data", onGrid, `{"status":"success"}`, BadAnswer, "holds no result"},
		{"data that is null", onGrid, `{"status":"success","data":null}`, BadAnswer, "holds no result"},
		{"data of another form", onGrid, `{"status":"success","data":["a"]}`, BadAnswer, "holds no result"},
		{"a vector for a range", onGrid, vector(``), BadAnswer, `is a "vector", not a matrix`},
		{"a matrix for an instant", instant, matrix(``), BadAnswer, `is a "matrix", not a vector or scalar`},
		{"a string for an instant", instant, `{"status":"success","data":{"resultType":"string","result":[1700000040,"2"]}}`, BadAnswer, `is a "string"`},
		{"a vector for raw samples", raw, vector(``), BadAnswer, "ask for a range vector"},
		{"a series twice", onGrid, matrix(`{"metric":{"a":"1","b":"2"},"values":[]},{"metric":{"b":"2","a":"1"},"values":[]}`), BadAnswer, `the series {a="1",b="2"} twice`},
		{"a time before the grid", onGrid, one(`[1699999980,"1"]`), BadAnswer, "which is not among the times asked for"},
		{"a time after the grid", onGrid, one(`[1700000280,"1"]`), BadAnswer, "a sample at 2023-11-14T22:18:00Z"},
		{"a time between steps", onGrid, one(`[1700000041,"1"]`), BadAnswer, "(from 2023-11-14T22:14:00Z, every 1m0s)"},
		{"a histogram between steps", onGrid, matrix(`{"metric":{},"histograms":[[1700000041,{"count":"0","sum":"0"}]]}`), BadAnswer, "not among the times"},
		{"times out of order", onGrid, one(`[1700000100,"1"],[1700000040,"1"]`), BadAnswer, "twice there or out of order"},
		{"a time twice", onGrid, one(`[1700000100,"1"],[1700000100,"1"]`), BadAnswer, "twice there or out of order"},
		{"a histogram twice", onGrid, matrix(`{"metric":{},"histograms":[[1700000040,{"count":"0","sum":"0"}],[1700000040,{"count":"0","sum":"0"}]]}`), BadAnswer, "twice there"},
		{"raw samples out of order", raw, one(`[2,"1"],[1,"1"]`), BadAnswer, "out of order"},
		{"a value that is no number", onGrid, one(`[1700000100,"abc"]`), BadAnswer, `"abc" where a number is expected at byte`},
		{"a value beyond all numbers", onGrid, one(`[1700000100,"1e999"]`), BadAnswer, `"1e999" where a number`},
		{"a value without quotes", onGrid, one(`[1700000100,1]`), BadAnswer, "is expected"},
		{"a time that is no number", onGrid, one(`["x","1"]`), BadAnswer, "a number is expected"},
		{"a time with two points", onGrid, one(`[1.2.3,"1"]`), BadAnswer, "a time in seconds is expected"},
		{"a sample with three elements", onGrid, one(`[1700000100,"1","2"]`), BadAnswer, "] is expected"},
		{"a comma too many", onGrid, one(`[1700000100,"1"],`), BadAnswer, "another element is expected"},
		{"a missing comma", onGrid, one(`[1700000040,"1"][1700000100,"1"]`), BadAnswer, ", or ] is expected"},
		{"a label that is no string", onGrid, matrix(`{"metric":{"a":1}}`), BadAnswer, "is expected"},
		{"a second list of values", onGrid, matrix(`{"metric":{},"values":[],"values":[]}`), BadAnswer, "second values"},
		{"a second result", onGrid, `{"status":"success","data":{"resultType":"matrix","result":[],"result":[]}}`, BadAnswer, `a second "result"`},
		{"a line break in a string", onGrid, matrix("{\"metric\":{\"a\":\"\n\"}}"), BadAnswer, "the rest of a string is expected"},
		{"an unknown escape", onGrid, matrix(`{"metric":{"a":"\x"}}`), BadAnswer, "an escape sequence is expected"},
		{"an escape with other digits", onGrid, matrix(`{"metric":{"a":"\u00zz"}}`), BadAnswer, "four hexadecimal digits"},
		{"bounds that do not exist", onGrid, matrix(`{"metric":{},"histograms":[[1700000040,{"buckets":[[4,"1","2","1"]]}]]}`), BadAnswer, `"4" where the bounds of a bucket`},
		{"a bucket that is too short", onGrid, matrix(`{"metric":{},"histograms":[[1700000040,{"buckets":[[0,"1","2"]]}]]}`), BadAnswer, ", is expected"},
		{"something after the end", onGrid, matrix(``) + "x", BadAnswer, "the end is expected"},
		{"a second answer after the end", onGrid, matrix(``) + matrix(``), BadAnswer, "the end is expected"},
		{"values nested without end", onGrid, `{"x":` + strings.Repeat("[", 1000), BadAnswer, "nested too deeply"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.body), iotest.OneByteReader(strings.NewReader(test.body))} {
				err := newDecoder(test.shape, roomy).decode(r)
				var e *ServerError
				if !errors.As(err, &e) {
					t.Fatalf("got %v", err)
				}
				if e.Kind != test.kind || !strings.Contains(e.Error(), test.says) {
					t.Errorf("got kind %q: %q, want %q, %q", e.Kind, e, test.kind, test.says)
				}
				if !IsDownstream(err) {
					t.Error("it is not downstream")
				}
			}
		})
	}
}

func TestDecodeRefusesEveryTruncation(t *testing.T) {
	body := `{"status":"success","warnings":["w\u0041é"],"data":{"resultType":"matrix","result":[` +
		`{"metric":{"a":"1"},"values":[[1700000040,"12345678.5"],[1700000100,"NaN"],[1700000160,"3"],[1700000220,"4"]]},` +
		`{"metric":{"a":"\ud83d\ude00"},"histograms":[[1700000100,{"count":"6","sum":"-1.5","buckets":[[1,"-2","-1","1"]]}]]}]},"x":[true,null,-1.5]}`
	if err := newDecoder(onGrid, roomy).decode(strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	for n := range len(body) {
		for _, broken := range []io.Reader{
			strings.NewReader(body[:n]),
			iotest.OneByteReader(strings.NewReader(body[:n])),
			io.MultiReader(strings.NewReader(body[:n]), iotest.ErrReader(io.ErrUnexpectedEOF)),
		} {
			err := newDecoder(onGrid, roomy).decode(broken)
			var e *ServerError
			if !errors.As(err, &e) || e.Kind != BadAnswer {
				t.Fatalf("after %d bytes: %v", n, err)
			}
		}
		fault := errors.New("line cut")
		if err := newDecoder(onGrid, roomy).decode(io.MultiReader(strings.NewReader(body[:n]), iotest.ErrReader(fault))); !errors.Is(err, fault) {
			t.Fatalf("after %d bytes: %v, not the fault of reading", n, err)
		}
	}
}

func TestDecodeHoldsLimits(t *testing.T) {
	series := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(`{"metric":{"a":"%d"},"values":[[1700000040,"1"]]}`, i)
		}
		return matrix(strings.Join(all, ","))
	}
	histogram := matrix(`{"metric":{},"histograms":[[1700000040,{"count":"2","sum":"1","buckets":[[0,"1","2","1"],[0,"2","3","1"]]}]]}`)
	tests := []struct {
		name   string
		shape  shape
		limits limits
		body   string
		what   string // "" for none
	}{
		{"as many series as allowed", onGrid, limits{3, 1 << 20, 1000}, series(3), ""},
		{"one series more", onGrid, limits{2, 1 << 20, 1000}, series(3), "series"},
		{"as many cells as allowed", onGrid, limits{9, 1 << 20, 3 * testSteps}, series(3), ""},
		{"one cell more, though there is no sample", onGrid, limits{9, 1 << 20, 3*testSteps - 1}, series(3), "samples"},
		{"as many raw samples as allowed", raw, limits{9, 1 << 20, 3}, series(3), ""},
		{"one raw sample more", raw, limits{9, 1 << 20, 2}, series(3), "samples"},
		{"as many buckets as allowed", onGrid, limits{9, 1 << 20, testSteps + 1 + 2}, histogram, ""},
		{"one bucket more", onGrid, limits{9, 1 << 20, testSteps + 1 + 1}, histogram, "samples"},
		{"as many bytes as allowed", onGrid, limits{9, int64(len(series(3))), 1000}, series(3), ""},
		{"one byte more", onGrid, limits{9, int64(len(series(3))) - 1, 1000}, series(3), "bytes"},
		{"spaces count as bytes", onGrid, limits{9, int64(len(series(3))), 1000}, series(3) + " ", "bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.body), iotest.OneByteReader(strings.NewReader(test.body))} {
				err := newDecoder(test.shape, test.limits).decode(r)
				var e *LimitError
				if errors.As(err, &e) != (test.what != "") || e != nil && e.What != test.what {
					t.Errorf("got %v, want a limit on %q", err, test.what)
				}
				if err != nil && !IsDownstream(err) {
					t.Error("it is not downstream")
				}
			}
		})
	}
}

func TestDecodeReadsTokensLongerThanItsBuffer(t *testing.T) {
	long := strings.Repeat("x", 3*firstBuffer)
	zeros := strings.Repeat("0", 2*firstBuffer)
	body := matrix(`{"metric":{"a":"` + long + `","b":"` + long + `\n"},"values":[[1700000040,"` + zeros + `1.5"]]}`)
	d := newDecoder(onGrid, limits{1, 1 << 30, 100})
	if err := d.decode(strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	a := d.answer()
	if a.Series[0].Get("a") != long || a.Series[0].Get("b") != long+"\n" || a.Value(0, 0) != 1.5 {
		t.Error("the answer is wrong")
	}
	err := newDecoder(onGrid, limits{1, 1 << 30, 100}).decode(io.MultiReader(strings.NewReader(`{"x":"`), endless('x')))
	if err == nil || !strings.Contains(err.Error(), "a single value of more than 16 MiB") {
		t.Error(err)
	}
}

// endless is a stream of one byte.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestAbsentIsNoOtherNaN(t *testing.T) {
	if !IsAbsent(Absent()) || !math.IsNaN(Absent()) {
		t.Error("Absent is not absent, or not NaN")
	}
	for _, v := range []float64{math.NaN(), -math.NaN(), 0, math.Inf(1), Absent() + 0} {
		if IsAbsent(v) {
			t.Errorf("%x is absent", math.Float64bits(v))
		}
	}
}

func TestLabels(t *testing.T) {
	a := decodeGrid(t, onGrid, matrix(`{"metric":{"__name__":"m","le":"1","f":"x"},"values":[]},{"metric":{"__name__":"m","le":"2","f":"x"},"values":[]}`))
	l := a.Series[0]
	if l.Len() != 3 || l.Get("le") != "1" || l.Get("none") != "" || l.String() != `m{f="x",le="1"}` {
		t.Error(l.Len(), l)
	}
	if want := map[string]string{"__name__": "m", "le": "1", "f": "x"}; !reflect.DeepEqual(l.Map(), want) {
		t.Error(l.Map())
	}
	own := NewLabels(map[string]string{"__name__": "m", "le": "1", "f": "x"})
	if !own.Equal(l) || !l.Equal(own) || !l.Equal(l) || l.Equal(a.Series[1]) || a.Series[1].Equal(own) {
		t.Error("Equal is wrong")
	}
	key := func(l Labels, without ...string) string { return string(l.AppendKey(nil, without...)) }
	if key(l) == key(a.Series[1]) || key(l, "le") != key(a.Series[1], "le") || key(own) != key(l) {
		t.Error("AppendKey is wrong")
	}
	var none Labels
	if none.Len() != 0 || none.Get("a") != "" || none.String() != "{}" || !none.Equal(NewLabels(nil)) || len(none.Map()) != 0 {
		t.Error("the zero value is not the empty set")
	}
	long := strings.Repeat("v", 300)
	if key(NewLabels(map[string]string{"a": long, "b": "c"})) == key(NewLabels(map[string]string{"a": long + "\x01b\x01c"})) {
		t.Error("keys of different sets are equal")
	}
}

func TestManyLabelSetsStayApart(t *testing.T) {
	var b strings.Builder
	const n = 3000
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"metric":{"i":"%d","j":"%d"},"values":[[1700000040,"%d"]]}`, i, i%7, i)
	}
	d := newDecoder(onGrid, limits{n, 1 << 30, n * testSteps})
	if err := d.decode(strings.NewReader(matrix(b.String()))); err != nil {
		t.Fatal(err)
	}
	a := d.answer()
	for i := range n {
		if a.Series[i].Get("i") != fmt.Sprint(i) || a.Series[i].Get("j") != fmt.Sprint(i%7) || a.Value(i, 0) != float64(i) || a.Present(i, 3) {
			t.Fatalf("series %d is %s %v", i, a.Series[i], a.Row(i))
		}
	}
}

// byClientGolang decodes an answer by client_golang.
func byClientGolang(tb testing.TB, body []byte, of shape) (model.Value, error) {
	client, err := api.NewClient(api.Config{Address: "http://server:9090", RoundTripper: inMemory(body)})
	if err != nil {
		tb.Fatal(err)
	}
	var value model.Value
	if of == onGrid {
		value, _, _, err = v1.NewAPI(client).QueryRange(context.Background(), "m", v1.Range{Start: time.UnixMilli(testStart), End: time.UnixMilli(testStart + 3*testStep), Step: time.Minute})
	} else {
		value, _, _, err = v1.NewAPI(client).Query(context.Background(), "m", time.UnixMilli(testStart))
	}
	return value, err
}

func TestTheBenchmarksDecodersAgree(t *testing.T) {
	payload := benchPayload(20)
	c, err := NewClient(&http.Client{Transport: inMemory(payload)}, Config{URL: "http://server:9090"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.QueryRange(context.Background(), benchRange)
	if err != nil {
		t.Fatal(err)
	}
	value, err := byClientGolang(t, payload, onGrid)
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Series) != 20*20 || len(value.(model.Matrix)) != len(answer.Series) {
		t.Fatal(len(answer.Series), len(value.(model.Matrix)))
	}
	for i, stream := range value.(model.Matrix) {
		sameLabels(t, answer.Series[i], stream.Metric)
		for k, sample := range stream.Values {
			if answer.Value(i, k) != float64(sample.Value) || answer.Time(k) != int64(sample.Timestamp) {
				t.Fatalf("series %d step %d is %v, want %v", i, k, answer.Value(i, k), sample.Value)
			}
		}
	}
}

func sameLabels(t *testing.T, got Labels, want model.Metric) {
	t.Helper()
	if got.Len() != len(want) {
		t.Fatalf("got %s, want %s", got, want)
	}
	names := make([]string, 0, len(want))
	for i := range got.Len() {
		name, value := got.At(i)
		names = append(names, name)
		if v, ok := want[model.LabelName(name)]; !ok || string(v) != value {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	if !slices.IsSorted(names) {
		t.Fatalf("%q are not sorted", names)
	}
}

// FuzzDecode checks that no body makes the decoder panic, that how it arrives
// does not matter, and that client_golang reads the same where both accept it.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(matrix(`{"metric":{"a":"1"},"values":[[1700000040,"1"],[1700000100,"2.5"]]}`)))
	f.Add([]byte(matrix(`{"metric":{"a":"\u00e9\ud83d"},"values":[[1700000040.123,"1e5"],[1700000100,"NaN"]]}`)))
	f.Add([]byte(matrix(`{"metric":{},"histograms":[[1700000100,{"count":"6","sum":"-1.5","buckets":[[1,"-2","-1","1"]]}]]}`)))
	f.Add([]byte(vector(`{"metric":{"b":"2"},"value":[1700000040,"1"]},{"metric":{},"histogram":[1,{"count":"1","sum":"2"}]}`)))
	f.Add([]byte(`{"status":"success","data":{"resultType":"scalar","result":[1700000040,"2"]},"x":[{"y":null}]}`))
	f.Add([]byte(`{"status":"error","error":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, s := range []shape{onGrid, instant, raw} {
			d, slow := newDecoder(s, roomy), newDecoder(s, roomy)
			err := d.decode(bytes.NewReader(body))
			slowErr := slow.decode(iotest.OneByteReader(bytes.NewReader(body)))
			if (err == nil) != (slowErr == nil) {
				t.Fatalf("in one piece: %v; byte by byte: %v", err, slowErr)
			}
			if err != nil {
				if !IsDownstream(err) {
					t.Fatalf("%v is not downstream", err)
				}
				continue
			}
			if s != raw && describe(d.answer()) != describe(slow.answer()) {
				t.Fatalf("in one piece:\n%s\nbyte by byte:\n%s", describe(d.answer()), describe(slow.answer()))
			}
			value, err := byClientGolang(t, body, s)
			if err != nil || !isRegular(body) {
				continue
			}
			switch value := value.(type) {
			case model.Matrix:
				if s == raw {
					sameRaw(t, d.rawAnswer(), value)
				}
			case model.Vector:
				sameVector(t, d.answer(), value)
			}
		}
	})
}

// sameRaw compares samples with client_golang's, whose times are cut to milliseconds, not rounded.
func sameRaw(t *testing.T, got *Raw, want model.Matrix) {
	t.Helper()
	if len(got.Series) != len(want) {
		t.Fatalf("%d series, want %d", len(got.Series), len(want))
	}
	for i, s := range got.Series {
		sameLabels(t, s.Labels, want[i].Metric)
		if len(s.Values) != len(want[i].Values) || len(s.Histograms) != len(want[i].Histograms) {
			t.Fatalf("%d values and %d histograms, want %v", len(s.Values), len(s.Histograms), want[i])
		}
		for k, v := range want[i].Values {
			sameTime(t, s.Times[k], v.Timestamp)
			sameFloat(t, s.Values[k], float64(v.Value))
		}
		for k, h := range want[i].Histograms {
			sameTime(t, s.HistogramTimes[k], h.Timestamp)
			sameHistogram(t, s.Histograms[k], h.Histogram)
		}
	}
}

func sameVector(t *testing.T, got *Answer, want model.Vector) {
	t.Helper()
	if len(got.Series) != len(want) {
		t.Fatalf("%d series, want %d", len(got.Series), len(want))
	}
	native := 0
	for i, sample := range want {
		sameLabels(t, got.Series[i], sample.Metric)
		if sample.Histogram != nil {
			sameHistogram(t, got.Histograms[native], sample.Histogram)
			native++
		} else if got.Present(i, 0) {
			sameFloat(t, got.Value(i, 0), float64(sample.Value))
		}
	}
}

func sameTime(t *testing.T, got int64, want model.Time) {
	t.Helper()
	if d := got - int64(want); d < -1 || d > 1 {
		t.Fatalf("time %d, want %d", got, want)
	}
}

func sameFloat(t *testing.T, got, want float64) {
	t.Helper()
	if math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%v (%x), want %v (%x)", got, math.Float64bits(got), want, math.Float64bits(want))
	}
}

func sameHistogram(t *testing.T, got NativeSample, want *model.SampleHistogram) {
	t.Helper()
	sameFloat(t, got.Count, float64(want.Count))
	sameFloat(t, got.Sum, float64(want.Sum))
	if len(got.Buckets) != len(want.Buckets) {
		t.Fatalf("%d buckets, want %d", len(got.Buckets), len(want.Buckets))
	}
	for i, b := range want.Buckets {
		sameFloat(t, got.Buckets[i].Lower, float64(b.Lower))
		sameFloat(t, got.Buckets[i].Upper, float64(b.Upper))
		sameFloat(t, got.Buckets[i].Count, float64(b.Count))
		if int32(got.Buckets[i].Bounds) != b.Boundaries {
			t.Fatalf("bounds %d, want %d", got.Buckets[i].Bounds, b.Boundaries)
		}
	}
}
