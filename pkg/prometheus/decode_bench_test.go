package prometheus

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// benchRange is the grid of the benchmark: a day in steps of five minutes.
var benchRange = Range{Expr: `sum by (feature, le) (increase(x_bucket[1h]))`, Start: time.Unix(1_760_000_100, 0), End: time.Unix(1_760_000_100+287*300, 0), Step: 5 * time.Minute}

// benchPayload writes what a server answers for the increases of some features
// with 20 buckets: extrapolated counts, so most have all their digits.
func benchPayload(features int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for f := range features {
		for le := range 20 {
			if f+le > 0 {
				b.WriteByte(',')
			}
			bound := "+Inf"
			if le < 19 {
				bound = strconv.FormatFloat(float64(le+1)/20, 'f', -1, 64)
			}
			fmt.Fprintf(&b, `{"metric":{"feature":"feature_%03d","le":"%s"},"values":[`, f, bound)
			for k := range 288 {
				if k > 0 {
					b.WriteByte(',')
				}
				v := math.Round(rng.Float64() * 2000 * float64(le+1))
				if le > 0 {
					v *= 240. / 239
				}
				b.WriteByte('[')
				b.Write(strconv.AppendInt(b.AvailableBuffer(), benchRange.Start.Unix()+int64(k)*300, 10))
				b.WriteString(`,"`)
				b.Write(strconv.AppendFloat(b.AvailableBuffer(), v, 'f', -1, 64))
				b.WriteString(`"]`)
			}
			b.WriteString(`]}`)
		}
	}
	b.WriteString(`]}}`)
	return b.Bytes()
}

// inMemory answers every request with the same body.
type inMemory []byte

func (body inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: -1, Request: req,
	}, nil
}

// BenchmarkDecode compares this package's way of reading an answer with
// client_golang's, on the same answer and the same transport.
func BenchmarkDecode(b *testing.B) {
	payload := benchPayload(200)
	b.Run("streaming", func(b *testing.B) {
		c, err := NewClient(&http.Client{Transport: inMemory(payload)}, Config{URL: "http://server:9090"})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(payload)))
		b.ReportAllocs()
		for b.Loop() {
			answer, err := c.QueryRange(context.Background(), benchRange)
			if err != nil {
				b.Fatal(err)
			}
			if len(answer.Series) != 4000 || len(answer.Values) != 4000*288 {
				b.Fatal("wrong size", len(answer.Series), len(answer.Values))
			}
		}
	})
	b.Run("client_golang", func(b *testing.B) {
		client, err := api.NewClient(api.Config{Address: "http://server:9090", RoundTripper: inMemory(payload)})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(payload)))
		b.ReportAllocs()
		for b.Loop() {
			value, _, _, err := v1.NewAPI(client).QueryRange(context.Background(), benchRange.Expr, v1.Range{Start: benchRange.Start, End: benchRange.End, Step: benchRange.Step})
			if err != nil {
				b.Fatal(err)
			}
			if value == nil {
				b.Fatal("no value")
			}
		}
	})
}

// BenchmarkDecodeNative reads native histograms: 200 features, 48 steps, 20 buckets each.
func BenchmarkDecodeNative(b *testing.B) {
	var body bytes.Buffer
	body.WriteString(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for f := range 200 {
		if f > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"metric":{"feature":"feature_%03d"},"histograms":[`, f)
		for k := range 48 {
			if k > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `[%d,{"count":"2500.5","sum":"%d.25","buckets":[`, benchRange.Start.Unix()+int64(k)*300, f*k)
			for i := range 20 {
				if i > 0 {
					body.WriteByte(',')
				}
				fmt.Fprintf(&body, `[0,"%v","%v","%v"]`, math.Exp2(float64(i)/8), math.Exp2(float64(i+1)/8), float64(i*k)*240/239)
			}
			body.WriteString(`]}]`)
		}
		body.WriteString(`]}`)
	}
	body.WriteString(`]}}`)
	c, err := NewClient(&http.Client{Transport: inMemory(body.Bytes())}, Config{URL: "http://server:9090"})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		answer, err := c.QueryRange(context.Background(), benchRange)
		if err != nil {
			b.Fatal(err)
		}
		if len(answer.Histograms) != 200*48 || len(answer.Histograms[1].Buckets) != 20 {
			b.Fatal("wrong size")
		}
	}
}
