package sheet

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// Sheet is a table of text with a header.
type Sheet struct {
	Title   string
	Columns []Column
	Rows    [][]string
}

// Column is a column's header; numbers are written to the right.
type Column struct {
	Name   string
	Number bool
}

// Format writes one number.
type Format func(float64) string

// Exact writes every digit, NaN for a missing number as empty.
func Exact(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// Short writes whole numbers in full and others with up to 6 significant digits.
func Short(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case x == math.Trunc(x) && math.Abs(x) < 1e15:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case math.Abs(x) >= 1e-4 && math.Abs(x) < 1e6:
		return strconv.FormatFloat(x, 'f', max(0, 5-int(math.Floor(math.Log10(math.Abs(x))))), 64)
	default:
		return strconv.FormatFloat(x, 'e', 3, 64)
	}
}

// Of turns the frames of one answer into sheets. Numbers become a row per
// value, time series and heatmaps a row per value and time, both with a column
// per label; every other frame is its own sheet as it stands.
func Of(frames data.Frames, format Format) []Sheet {
	var sheets []Sheet
	var values []*data.Frame
	for _, frame := range frames {
		if len(frame.Fields) == 0 {
			continue
		}
		if labelled(frame) {
			values = append(values, frame)
			continue
		}
		sheets = append(sheets, plain(frame, format))
	}
	if len(values) > 0 {
		sheets = append([]Sheet{long(values, format)}, sheets...)
	}
	return sheets
}

// labelled tells whether a frame's fields are values told apart by labels.
func labelled(frame *data.Frame) bool {
	if frame.Meta == nil {
		return false
	}
	switch frame.Meta.Type {
	case data.FrameTypeNumericWide, data.FrameTypeNumericMulti, data.FrameTypeTimeSeriesWide, data.FrameTypeTimeSeriesMulti, "heatmap-rows":
		return true
	}
	return false
}

// Fold writes the limits of intervals, which are rows labelled with bound, as
// columns beside the values they belong to.
func Fold(s Sheet) Sheet {
	bound, value := -1, len(s.Columns)-1
	for i, column := range s.Columns {
		if column.Name == "bound" {
			bound = i
		}
	}
	if bound < 0 || value < 0 || s.Columns[value].Name != "value" {
		return s
	}
	folded := Sheet{Title: s.Title, Columns: slices.Delete(slices.Clone(s.Columns), bound, bound+1)}
	var limits []string
	for _, row := range s.Rows {
		if limit := row[bound]; limit != "" && !slices.Contains(limits, limit) {
			limits = append(limits, limit)
			folded.Columns = append(folded.Columns, Column{Name: strings.ReplaceAll(limit, "_", " "), Number: true})
		}
	}
	place := map[string]int{} // of a thing, by its labels
	for _, row := range s.Rows {
		labels := slices.Delete(slices.Clone(row[:value]), bound, bound+1)
		key := strings.Join(labels, "\x00")
		at, found := place[key]
		if !found {
			at = len(folded.Rows)
			place[key] = at
			folded.Rows = append(folded.Rows, append(labels, make([]string, 1+len(limits))...))
		}
		folded.Rows[at][len(labels)+1+slices.Index(limits, row[bound])] = row[value]
	}
	return folded
}

// labelOrder is the order of columns; other labels follow by name.
var labelOrder = []string{"metric", "model", "version", "feature", "class", "average", "bound"}

func long(frames []*data.Frame, format Format) Sheet {
	names := map[string]bool{}
	timed := false
	for _, frame := range frames {
		for _, field := range frame.Fields {
			if field.Type().Time() {
				timed = true
				continue
			}
			for name := range field.Labels {
				names[name] = true
			}
		}
	}
	rank := func(name string) int {
		if i := slices.Index(labelOrder, name); i >= 0 {
			return i
		}
		return len(labelOrder)
	}
	labels := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	sheet := Sheet{Title: frames[0].Name}
	if timed {
		sheet.Columns = append(sheet.Columns, Column{Name: "time"})
	}
	for _, name := range labels {
		sheet.Columns = append(sheet.Columns, Column{Name: name})
	}
	sheet.Columns = append(sheet.Columns, Column{Name: "value", Number: true})
	for _, frame := range frames {
		times := timesOf(frame)
		for _, field := range frame.Fields {
			if field.Type().Time() {
				continue
			}
			for i := range field.Len() {
				var row []string
				if timed {
					row = append(row, times(i))
				}
				for _, name := range labels {
					row = append(row, field.Labels[name])
				}
				sheet.Rows = append(sheet.Rows, append(row, Cell(field, i, format)))
			}
		}
	}
	return sheet
}

func timesOf(frame *data.Frame) func(i int) string {
	for _, field := range frame.Fields {
		if field.Type().Time() {
			return func(i int) string { return Cell(field, i, Exact) }
		}
	}
	return func(int) string { return "" }
}

func plain(frame *data.Frame, format Format) Sheet {
	sheet := Sheet{Title: frame.Name}
	for _, field := range frame.Fields {
		sheet.Columns = append(sheet.Columns, Column{Name: field.Name, Number: field.Type().Numeric()})
	}
	for i := range frame.Rows() {
		var row []string
		for _, field := range frame.Fields {
			row = append(row, Cell(field, i, format))
		}
		sheet.Rows = append(sheet.Rows, row)
	}
	return sheet
}

// Cell is one value of a field as text; a missing number is formatted as NaN.
func Cell(field *data.Field, i int, format Format) string {
	if field.Type().Numeric() {
		return format(Number(field, i))
	}
	value, ok := field.ConcreteAt(i)
	if !ok {
		return ""
	}
	switch v := value.(type) {
	case string:
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// Number is one value of a numeric field, NaN if missing.
func Number(field *data.Field, i int) float64 {
	x, err := field.NullableFloatAt(i)
	if err != nil || x == nil {
		return math.NaN()
	}
	return *x
}

// Notices lists what the frames tell their reader, without repeats.
func Notices(frames data.Frames) []string {
	var texts []string
	for _, frame := range frames {
		if frame.Meta == nil {
			continue
		}
		for _, notice := range frame.Meta.Notices {
			for text := range strings.SplitSeq(notice.Text, "\n") {
				if !slices.Contains(texts, text) {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}
