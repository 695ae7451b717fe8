package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
)

// Table writes a sheet with aligned columns: text to the left, numbers to the
// right.
func Table(w io.Writer, s sheet.Sheet) error {
	widths := make([]int, len(s.Columns))
	for i, column := range s.Columns {
		widths[i] = utf8.RuneCountInString(column.Name)
		for _, row := range s.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
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
