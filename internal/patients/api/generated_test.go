package api_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/wardbridge/wardbridge/internal/operation/generate"
	"github.com/wardbridge/wardbridge/internal/patients/api"
)

var update = flag.Bool("update", false, "write the files that are made from the table of operations")

// TestGenerated holds that the pages' types are those of the operations.
func TestGenerated(t *testing.T) {
	const root = "../../.."
	a, err := generate.Read(root, "github.com/wardbridge/wardbridge", (&api.API{}).Operations())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{
		"ui/src/api/gen.ts": a.TypeScript(),
	} {
		path := filepath.Join(root, name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the operations give: run go test ./internal/patients/api -run TestGenerated -update", name)
		}
	}
}
