package mlmonitor_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/analysis"
)

var update = flag.Bool("update", false, "write the frontend's fixtures anew")

// The frontend's tests work on the registry as it is: "go test . -update" brings
// their copy up to date.
func TestTheFrontendsFixtureIsTheRegistry(t *testing.T) {
	const file = "tests/browser/fixtures/analyses.json"
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(analysis.Describe()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want.Bytes()) {
		t.Errorf("%s is not the registry: run \"go test . -update\"", file)
	}
}
