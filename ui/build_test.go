package ui_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/ui"
)

// TestBuildIsOfTheseSources fails when the built pages are not of the sources
// beside them. scripts/build-hash.mjs writes the hash.
func TestBuildIsOfTheseSources(t *testing.T) {
	built, err := os.ReadFile("dist/BUILD")
	if err != nil && ui.App() == nil {
		t.Skip("the pages are not built: run make ui")
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSpace(string(built)), sourceHash(t, os.DirFS(".")); got != want {
		t.Errorf("dist/BUILD is %s, the sources are %s: run make ui", got, want)
	}
}

var (
	beside = regexp.MustCompile(`^(package(-lock)?\.json|vite\.config\.\w+|[\w-]+\.html)$`)
	tests  = regexp.MustCompile(`\.test\.tsx?$|/(test|testing)/`)
)

// sourceHash is the hash over what a build depends on.
func sourceHash(t *testing.T, dir fs.FS) string {
	t.Helper()
	var names []string
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && name != "src" && !strings.HasPrefix(name, "src/"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasPrefix(name, "src/") && !tests.MatchString(name), beside.MatchString(name):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all []byte
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		all = fmt.Appendf(all, "%x  %s\n", sha256.Sum256(text), name)
	}
	return fmt.Sprintf("%x", sha256.Sum256(all))
}

// A chunk is one line of Vite's manifest.
type chunk struct {
	File    string   `json:"file"`
	CSS     []string `json:"css"`
	Imports []string `json:"imports"`
}

// first gives the files that are loaded before a page shows.
func first(manifest map[string]chunk, key string, into map[string]bool) {
	c := manifest[key]
	if c.File == "" || into[c.File] {
		return
	}
	into[c.File] = true
	for _, css := range c.CSS {
		into[css] = true
	}
	for _, key := range c.Imports {
		first(manifest, key, into)
	}
}

// TestSizes holds the budgets of what a browser loads, in kB of 1000 bytes.
func TestSizes(t *testing.T) {
	const kB = 1000
	app := ui.App()
	if app == nil {
		t.Skip("the pages are not built: run make ui")
	}
	text, err := fs.ReadFile(app, ".vite/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	manifest := map[string]chunk{}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	start := map[string]bool{}
	first(manifest, "patients.html", start)
	if len(start) == 0 {
		t.Fatalf("the first load is %v: the manifest is not understood", start)
	}
	var startGz, startBr, allGz, embedded int
	err = fs.WalkDir(app, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(app, name)
		if err != nil {
			return err
		}
		embedded += len(body)
		if ext := path.Ext(name); ext != ".js" && ext != ".css" {
			return nil
		}
		gz := gzipped(t, body)
		allGz += gz
		if !start[name] {
			if gz > 45*kB {
				t.Errorf("%s, loaded when it is needed, has %d bytes gzipped; the budget is 45 kB", name, gz)
			}
			return nil
		}
		startGz += gz
		br := len(body)
		if packed, err := fs.ReadFile(app, name+".br"); err == nil {
			br = len(packed)
		}
		startBr += br
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []struct {
		what        string
		size, limit int
	}{
		{"the first load, gzipped", startGz, 200 * kB},
		{"the first load, brotli", startBr, 170 * kB},
		{"all scripts and styles, gzipped", allGz, 550 * kB},
		{"what the program carries", embedded, 2000 * kB},
	} {
		t.Logf("%s: %.1f kB of %d", b.what, float64(b.size)/kB, b.limit/kB)
		if b.size > b.limit {
			t.Errorf("%s: %d bytes; the budget is %d kB", b.what, b.size, b.limit/kB)
		}
	}
}

func gzipped(t *testing.T, body []byte) int {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
