package deptest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wardbridge/wardbridge/"

// floors are the packages by floor: each may import only floors below its own
// (docs/architecture.md). A package below another's folder is of the same
// floor, unless it is listed.
var floors = map[string]int{
	"internal/fhir":           0,
	"internal/fhir/wire":      1,
	"internal/fhir/search":    1,
	"internal/fhir/mapping":   1,
	"internal/access":         1,
	"internal/outbound":       1,
	"internal/seal":           1,
	"internal/operation":      1,
	"internal/auth":           2,
	"internal/provider":       2,
	"internal/provider/adapt": 2,
	"internal/fhirstore":      2,
	"internal/audit":          2,
	"internal/fhir/convert":   2,
	"internal/people":         2,
	"internal/chart":          2,
	"internal/gateway":        3,
	"internal/sandbox":        3,
	"internal/importer":       3,
	"internal/patients":       3,
	"internal/patients/api":   4,
	"internal/db/sqlite":      4,
	"ui":                      4,
	"internal/app":            5,
	"internal/cli":            6,
	"cmd/wardbridge":          7,
}

// ground are packages that only tests use. Nothing of the product imports them.
var ground = []string{
	"internal/apptest", "internal/await", "internal/deptest", "internal/docsection", "internal/faulttest", "internal/reqtest", "internal/crashtest", "internal/db/conformance", "internal/db/faultvfs", "internal/fhir/definitiontest", "internal/fhir/mapping/mappingtest", "internal/operation/generate", "test/",
}

// allowed are arrows that the floors forbid, with the reason.
var allowed = map[string]string{}

// keepers say who alone imports a package of others, and why.
var keepers = []struct {
	pkg  string
	from []string
	why  string
}{
	{"github.com/go-json-experiment/json", []string{"internal/fhir", "internal/operation"}, "FHIR's bytes are walked in one package, the JSON of our own API is read in one"},
	{"modernc.org/sqlite", []string{"internal/db/sqlite"}, "one package knows the database driver"},
	{"github.com/alecthomas/kong", []string{"internal/cli"}, "one package knows the command line"},
	{"github.com/xuri/excelize/v2", []string{"internal/patients"}, "one package writes workbooks"},
	{"go.yaml.in/yaml/v3", []string{"internal/app"}, "one package knows the file format of the configuration"},
	{"github.com/prometheus/client_golang", []string{"internal/app"}, "domain packages count nothing"},
	{"github.com/wardbridge/wardbridge/ui", []string{"internal/app"}, "one package serves the built pages"},
	{"github.com/coreos/go-oidc/v3", []string{"internal/people"}, "one package knows how people sign in elsewhere"},
	{"golang.org/x/crypto/argon2", []string{"internal/people"}, "one package knows passwords"},
	{"go.opentelemetry.io/otel", []string{"internal/app"}, "domain packages trace nothing"},
}

type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
	GoFiles    []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,GoFiles,Imports", "./...")
	cmd.Dir = root(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var pkgs []listed
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// floorOf is the floor of a package of ours, or of the folder it is in.
func floorOf(pkg string) (int, bool) {
	for {
		if f, ok := floors[pkg]; ok {
			return f, true
		}
		i := strings.LastIndexByte(pkg, '/')
		if i < 0 {
			return 0, false
		}
		pkg = pkg[:i]
	}
}

func onGround(pkg string) bool {
	return slices.ContainsFunc(ground, func(g string) bool { return strings.HasPrefix(pkg+"/", strings.TrimSuffix(g, "/")+"/") })
}

// TestFloors holds that arrows point down only.
func TestFloors(t *testing.T) {
	used := map[string]bool{}
	for _, p := range list(t) {
		pkg := strings.TrimPrefix(p.ImportPath, module)
		if onGround(pkg) {
			continue
		}
		own, ok := floorOf(pkg)
		if !ok {
			t.Errorf("%s is on no floor: give it one here and in docs/architecture.md", pkg)
			continue
		}
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module)
			if !ours || strings.HasPrefix(to+"/", pkg+"/") {
				continue
			}
			arrow := pkg + " -> " + to
			below, ok := floorOf(to)
			switch {
			case allowed[arrow] != "":
				used[arrow] = true
			case onGround(to):
				t.Errorf("%s: only tests may import it", arrow)
			case !ok || below >= own:
				t.Errorf("%s: floor %d may not import floor %d", arrow, own, below)
			}
		}
	}
	for arrow := range allowed {
		if from, _, _ := strings.Cut(arrow, " -> "); !used[arrow] && floors[from] <= floors[arrow[strings.Index(arrow, " -> ")+4:]] {
			t.Errorf("%s is allowed but not used: take it off the list", arrow)
		}
	}
}

// TestKeepers holds that a library is known where it is meant to be.
func TestKeepers(t *testing.T) {
	for _, p := range list(t) {
		pkg := strings.TrimPrefix(p.ImportPath, module)
		if onGround(pkg) {
			continue
		}
		for _, imp := range p.Imports {
			for _, k := range keepers {
				if (imp == k.pkg || strings.HasPrefix(imp, k.pkg+"/")) && !slices.Contains(k.from, pkg) {
					t.Errorf("%s imports %s: %s", pkg, imp, k.why)
				}
			}
		}
	}
}

// TestNoNetworkBesideOutbound holds that nothing makes an HTTP client of its
// own but the only dialer, and the command that asks the operator's own server.
func TestNoNetworkBesideOutbound(t *testing.T) {
	eachFile(t, ".go", func(name string, text []byte) {
		if strings.HasSuffix(name, "_test.go") || onGround(filepath.ToSlash(filepath.Dir(name))) ||
			strings.HasPrefix(name, "internal/outbound/") || name == "internal/cli/token.go" {
			return
		}
		for _, word := range []string{"http.DefaultClient", "http.Client{", "http.Get(", "http.Post(", "net.Dial"} {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s uses %s: connections go through internal/outbound", name, word)
			}
		}
	})
}

// eachFile gives every file of the repository with an ending.
func eachFile(t *testing.T, ending string, fn func(name string, text []byte)) {
	t.Helper()
	dir := root(t)
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		name := lines.Text()
		if ending != "" && !strings.HasSuffix(name, ending) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		fn(name, text)
	}
}

// TestHygiene holds what belongs in the repository.
func TestHygiene(t *testing.T) {
	const maxFile = 1 << 20
	eachFile(t, "", func(name string, text []byte) {
		if len(text) > maxFile {
			t.Errorf("%s has %d bytes, more than %d", name, len(text), maxFile)
		}
		if bytes.HasPrefix(text, []byte("\x7fELF")) || bytes.HasPrefix(text, []byte("SQLite format 3")) {
			t.Errorf("%s is built or made by running, and does not belong here", name)
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			if lines := bytes.Count(text, []byte("\n")); lines > 500 {
				t.Errorf("%s has %d lines, more than 500: two ideas may live in it", name, lines)
			}
		}
		if bytes.Contains(text, []byte("\r\n")) && strings.HasSuffix(name, ".go") {
			t.Errorf("%s has line ends of another system", name)
		}
	})
	for _, name := range []string{"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", ".golangci.yml", ".ci/run"} {
		if _, err := os.Stat(filepath.Join(root(t), name)); err != nil {
			t.Errorf("%s is missing", name)
		}
	}
	text, err := os.ReadFile(filepath.Join(root(t), "docs/architecture.md"))
	if err == nil && bytes.Count(text, []byte("\n")) > 200 {
		t.Errorf("docs/architecture.md is longer than 200 lines")
	}
}

// TestEveryPackageSaysWhatItIs holds that each package has a comment of its
// own, in doc.go unless it is a program.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range list(t) {
		if len(p.GoFiles) > 0 && len(p.Doc) < 30 {
			t.Errorf("%s does not say what it is", p.ImportPath)
		}
	}
}
