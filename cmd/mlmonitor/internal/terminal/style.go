package terminal

import (
	"fmt"
	"io"
	"os"
)

// Screen is where to write, and what it can show.
type Screen struct {
	io.Writer
	Color bool
	Width int
}

// NewScreen writes to w: with colours if it is a terminal and the user has not
// asked for none (NO_COLOR), 100 columns wide.
func NewScreen(w io.Writer) Screen {
	return Screen{Writer: w, Color: isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", Width: 100}
}

func isTerminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Colours of the 256-colour palette.
const (
	gray = 245
	bold = -1
)

// lineColors tell lines apart, on dark and light backgrounds.
var lineColors = []int{33, 208, 35, 162, 99, 37}

// paint colours the text, if the screen has colours.
func (s Screen) paint(color int, text string) string {
	switch {
	case !s.Color || text == "":
		return text
	case color == bold:
		return "\x1b[1m" + text + "\x1b[0m"
	}
	return fmt.Sprintf("\x1b[38;5;%dm%s\x1b[0m", color, text)
}

// fill colours the background and chooses a readable colour for the text.
func (s Screen) fill(background int, dark bool, text string) string {
	if !s.Color {
		return text
	}
	foreground := 16
	if dark {
		foreground = 231
	}
	return fmt.Sprintf("\x1b[48;5;%dm\x1b[38;5;%dm%s\x1b[0m", background, foreground, text)
}

// Heading writes a title, and a sentence under it.
func (s Screen) Heading(title, text string) {
	fmt.Fprintf(s, "\n%s\n", s.paint(bold, "━━ "+title))
	if text != "" {
		fmt.Fprintf(s, "%s\n", s.paint(gray, text))
	}
	fmt.Fprintln(s)
}

// Note writes a remark.
func (s Screen) Note(text string) { fmt.Fprintf(s, "%s\n", s.paint(gray, "note: "+text)) }
