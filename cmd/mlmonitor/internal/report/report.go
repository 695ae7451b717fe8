package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/picture"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/showcase"
)

// Report is what the file says.
type Report struct {
	Title    string
	Made     time.Time
	From, To time.Time
	Server   string
	Health   string
	Schedule []Entry
	Answers  []showcase.Answer
}

// Entry is a line of the schedule of what the simulation does.
type Entry struct {
	When, Model, What string
	Now               bool
}

//go:embed report.html
var page string

//go:embed report.css
var style string

var layout = template.Must(template.New("report").Funcs(template.FuncMap{
	"css":    func() template.CSS { return template.CSS(style) },
	"date":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
	"chart":  chart,
	"number": func(c sheet.Column) bool { return c.Number },
	"anchor": anchor,
	"ms":     func(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) },
	"class":  verdictClass,
}).Parse(page))

// Write writes the report.
func Write(w io.Writer, r Report) error {
	if err := layout.Execute(w, r); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// chart draws one picture. What comes out is built from numbers and escaped
// text only.
func chart(p picture.Picture, a showcase.Answer) template.HTML {
	switch p := p.(type) {
	case picture.Heatmap:
		top := a.Top
		if top == 0 {
			top = 1
		}
		return template.HTML(heatmap(p, a.Title, top))
	case picture.Matrix:
		return template.HTML(matrix(p, a.Title))
	case picture.Plot:
		return template.HTML(plot(p, a.Title))
	case picture.Bars:
		return template.HTML(bars(p, a.Title))
	}
	return ""
}

// anchor makes a chapter's title fit for a link.
func anchor(title string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, title), "-")
}

// verdictClass colours the cells that are verdicts.
func verdictClass(cell string) string {
	switch strings.ToLower(cell) {
	case "drift", "drifted", "critical", "worse", "failed", "unfair":
		return "bad"
	case "warning", "undecided", "uncertain", "insufficient", "insufficient data", "no data":
		return "open"
	case "stable", "no drift", "healthy", "ok", "better", "equivalent", "fair":
		return "good"
	}
	return ""
}
