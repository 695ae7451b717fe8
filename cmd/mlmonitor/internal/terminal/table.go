package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// Table writes a sheet with aligned columns: text to the left, numbers to the
// right.
func Table(w io.Writer, s sheet.Sheet) error {
	widths := widthsOf(s)
	line := func(cell func(i int) string) string {
		parts := make([]string, len(widths))
		for i, width := range widths {
			text := cell(i)
			space := strings.Repeat(" ", width-utf8.RuneCountInString(text))
			if s.Columns[i].Number {
				parts[i] = space + text
			} else {
				parts[i] = text + space
			}
		}
		return strings.TrimRight(strings.Join(parts, "  "), " ") + "\n"
	}
	var b strings.Builder
	b.WriteString(line(func(i int) string { return s.Columns[i].Name }))
	b.WriteString(line(func(i int) string { return strings.Repeat("─", widths[i]) }))
	for _, row := range s.Rows {
		b.WriteString(line(func(i int) string { return row[i] }))
	}
	_, err := fmt.Fprint(w, b.String())
	return err
}

func widthsOf(s sheet.Sheet) []int {
	widths := make([]int, len(s.Columns))
	for i, column := range s.Columns {
		widths[i] = utf8.RuneCountInString(column.Name)
		for _, row := range s.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	return widths
}

// fit leaves out the columns that hold nothing, and those that do not fit into a
// width any more; it tells how many of the latter there are.
func fit(s sheet.Sheet, width int) (fitted sheet.Sheet, left int) {
	var kept []int
	used := 0
	for i, w := range widthsOf(s) {
		if !slices.ContainsFunc(s.Rows, func(row []string) bool { return row[i] != "" && row[i] != "–" }) {
			continue
		}
		if used += w + 2; used > width+2 && len(kept) > 0 {
			left++
			continue
		}
		kept = append(kept, i)
	}
	fitted.Title = s.Title
	for _, i := range kept {
		fitted.Columns = append(fitted.Columns, s.Columns[i])
	}
	for _, row := range s.Rows {
		cells := make([]string, len(kept))
		for k, i := range kept {
			cells[k] = row[i]
		}
		fitted.Rows = append(fitted.Rows, cells)
	}
	return fitted, left
}
