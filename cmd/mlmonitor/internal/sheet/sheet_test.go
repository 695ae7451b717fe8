package sheet

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

func TestOf(t *testing.T) {
	x, inf := 0.25, math.Inf(1)
	at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	typed := func(kind data.FrameType, frame *data.Frame) *data.Frame {
		frame.Meta = &data.FrameMeta{Type: kind}
		return frame
	}
	for _, c := range []struct {
		name   string
		frames data.Frames
		want   []Sheet
	}{
		{"an empty answer has no sheet", data.Frames{typed(data.FrameTypeNumericWide, data.NewFrame("empty"))}, nil},
		{
			"numbers become a row per value, known labels first",
			data.Frames{typed(data.FrameTypeNumericWide, data.NewFrame("n",
				data.NewField("accuracy", data.Labels{"environment": "prod", "metric": "accuracy"}, []*float64{&x}),
				data.NewField("f1", data.Labels{"metric": "f1", "class": "1"}, []*float64{nil}),
			))},
			[]Sheet{{"n", []Column{{"metric", false}, {"class", false}, {"environment", false}, {"value", true}},
				[][]string{{"accuracy", "", "prod", "0.25"}, {"f1", "1", "", ""}}}},
		},
		{
			"series become a row per time",
			data.Frames{
				typed(data.FrameTypeTimeSeriesMulti, data.NewFrame("a", data.NewField("time", nil, []time.Time{at}), data.NewField("psi", data.Labels{"feature": "a"}, []*float64{&x}))),
				typed(data.FrameTypeTimeSeriesMulti, data.NewFrame("b", data.NewField("time", nil, []time.Time{at}), data.NewField("psi", data.Labels{"feature": "b"}, []*float64{&inf}))),
			},
			[]Sheet{{"a", []Column{{"time", false}, {"feature", false}, {"value", true}},
				[][]string{{"2001-01-01T00:00:00Z", "a", "0.25"}, {"2001-01-01T00:00:00Z", "b", "+Inf"}}}},
		},
		{
			"other frames stay as they are",
			data.Frames{data.NewFrame("m", data.NewField("actual", nil, []string{"1"}), data.NewField("1", nil, []float64{3}))},
			[]Sheet{{"m", []Column{{"actual", false}, {"1", true}}, [][]string{{"1", "3"}}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Of(c.frames, Exact); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestShort(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 120000: "120000", -3: "-3", 0.812558333: "0.812558", 12.3456789: "12.3457", 123456.7: "123457",
		5e-250: "5.000e-250", 0.00071439: "0.000714390", math.Inf(1): "+Inf",
	} {
		if got := Short(x); got != want {
			t.Errorf("Short(%v) = %q, want %q", x, got, want)
		}
	}
	if got := Short(math.NaN()); got != "–" {
		t.Errorf("a missing number is %q", got)
	}
}

func TestFold(t *testing.T) {
	columns := []Column{{"metric", false}, {"bound", false}, {"class", false}, {"value", true}}
	got := Fold(Sheet{"n", columns, [][]string{
		{"f1", "", "0", "0.5"}, {"f1", "lower", "0", "0.4"}, {"f1", "hard_upper", "0", "0.6"}, {"f1", "", "1", "0.7"},
	}})
	want := Sheet{"n", []Column{{"metric", false}, {"class", false}, {"value", true}, {"lower", true}, {"hard upper", true}}, [][]string{
		{"f1", "0", "0.5", "0.4", "0.6"}, {"f1", "1", "0.7", "", ""},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	plain := Sheet{"t", []Column{{"actual", false}}, [][]string{{"1"}}}
	if got := Fold(plain); !reflect.DeepEqual(got, plain) {
		t.Errorf("a sheet without limits became %+v", got)
	}
}
