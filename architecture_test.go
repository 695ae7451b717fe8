package mlmonitor_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mlmonitor/mlmonitor-datasource"

// rooms says what each package may import of the project, as the table in
// docs/architecture.md does. A name covers the packages below it.
var rooms = map[string][]string{
	"pkg":            {"pkg/plugin"},
	"pkg/plugin":     {"pkg/query", "pkg/analysis", "pkg/frames", "pkg/counts", "pkg/profile"},
	"pkg/query":      {"pkg/profile"},
	"pkg/analysis":   {"pkg/query", "pkg/counts", "pkg/stats", "pkg/result", "pkg/profile", "pkg/histogram"},
	"pkg/counts":     {"pkg/prometheus", "pkg/histogram", "pkg/profile"},
	"pkg/prometheus": {},
	"pkg/histogram":  {},
	"pkg/stats":      {"pkg/histogram", "pkg/stats"},
	"pkg/result":     {},
	"pkg/frames":     {"pkg/result"},
	"pkg/profile":    {},
	"cmd/mlmonitor":  {"pkg", "cmd/mlmonitor"},
}

// outsiders says which modules outside the standard library a room may import;
// a room that is not named may import any.
var outsiders = map[string][]string{
	"pkg/query":     {},
	"pkg/analysis":  {},
	"pkg/histogram": {"gonum.org/"},
	"pkg/stats":     {"gonum.org/"},
	"pkg/result":    {},
	"pkg/frames":    {"github.com/grafana/grafana-plugin-sdk-go/data"},
	"pkg/profile":   {},
	"pkg/counts":    {"golang.org/x/sync/"},
}

func TestRoomsImportOnlyWhatTheArchitectureAllows(t *testing.T) {
	checked := 0
	for _, root := range []string{"pkg", "cmd"} {
		err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() || !strings.HasSuffix(file, ".go") {
				return nil
			}
			checked++
			return checkFile(t, filepath.ToSlash(file))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if checked < len(rooms) {
		t.Errorf("only %d files were looked at", checked)
	}
}

func checkFile(t *testing.T, file string) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	room := roomOf(path.Dir(file))
	if room == "" {
		t.Errorf("%s is in no room: add its package to the architecture and to this test", file)
		return nil
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if own, ok := strings.CutPrefix(imported, module+"/"); ok {
			// A test of a package may import the package.
			if roomOf(own) != room && !within(own, rooms[room]) {
				t.Errorf("%s: %s may not import %s", file, room, own)
			}
			continue
		}
		// Tests of any room may use what the module requires.
		allowed, limited := outsiders[room]
		if limited && strings.Contains(strings.Split(imported, "/")[0], ".") && !strings.HasSuffix(file, "_test.go") && !hasPrefix(imported, allowed) {
			t.Errorf("%s: %s may not import %s", file, room, imported)
		}
	}
	return nil
}

// roomOf is the room that a package belongs to: the longest name that covers it.
// The room pkg is main.go alone, so that a new package has to be given its rules.
func roomOf(dir string) string {
	if dir == "pkg" {
		return dir
	}
	for ; dir != "." && dir != "pkg"; dir = path.Dir(dir) {
		if _, ok := rooms[dir]; ok {
			return dir
		}
	}
	return ""
}

func within(dir string, allowed []string) bool {
	for _, a := range allowed {
		if dir == a || strings.HasPrefix(dir, a+"/") {
			return true
		}
	}
	return false
}

func hasPrefix(text string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}
