package terminal

import (
	"fmt"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/showcase"
)

// maxRows is how many rows of a table are shown, maxWidth how wide it may be; the
// report has all.
const (
	maxRows  = 24
	maxWidth = 190
)

// Answer shows a question of the tour and what the plugin says to it.
func (s Screen) Answer(a showcase.Answer) {
	if a.Chapter != "" {
		fmt.Fprintf(s, "\n%s\n", s.paint(bold, "════ "+a.Chapter+" ════"))
	}
	s.Heading(a.Title, a.Text)
	if a.Err != nil {
		fmt.Fprintf(s, "This query failed: %s\n", a.Err)
	}
	for _, p := range a.Pictures {
		switch p := p.(type) {
		case picture.Heatmap:
			top := a.Top
			if top == 0 {
				top = 1
			}
			s.Heatmap(p, top)
		case picture.Matrix:
			s.Matrix(p)
		case picture.Plot:
			s.Plot(p)
		case picture.Bars:
			s.Bars(p)
		}
	}
	for _, sheet := range a.Sheets {
		more := len(sheet.Rows) - maxRows
		if more > 0 {
			sheet.Rows = sheet.Rows[:maxRows]
		}
		sheet, left := fit(sheet, maxWidth)
		_ = Table(s, sheet)
		if left > 0 {
			s.Note(fmt.Sprintf("and %d more columns", left))
		}
		if more > 0 {
			s.Note(fmt.Sprintf("and %d more rows", more))
		}
	}
	for _, notice := range a.Notices {
		s.Note(notice)
	}
}
