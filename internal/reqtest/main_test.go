package reqtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/docsection"
)

// defaultChecks is how many requests the isolation test makes.
const defaultChecks = "1000"

type verdict string

const (
	passed        verdict = "pass"
	failed        verdict = "FAIL"
	notApplicable verdict = "n/a"
)

// A run is one run of the suite: its servers and what became of each
// requirement on each face.
type run struct {
	conformance string // file to write the table to

	mu      sync.Mutex
	binary  string
	broken  error // why there is no binary
	dir     string
	servers map[string]*server
	targets map[string]*Target

	recording sync.Mutex
	verdicts  map[string]map[string]verdict
}

var suite = &run{servers: map[string]*server{}, targets: map[string]*Target{}, verdicts: map[string]map[string]verdict{}}

func TestMain(m *testing.M) {
	flag.StringVar(&suite.conformance, "conformance", "", "write the table of requirements and faces to this `file`")
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f != nil && f.Value.String() == f.DefValue && !testing.Short() {
		if err := f.Value.Set(defaultChecks); err != nil { // a request is a millisecond
			fmt.Fprintln(os.Stderr, "reqtest:", err)
		}
	}
	code := m.Run()
	if err := suite.close(); err != nil {
		fmt.Fprintln(os.Stderr, "reqtest:", err)
		code = max(code, 1)
	}
	if code == 0 {
		if err := await.NoLeaks(); err != nil {
			fmt.Fprintln(os.Stderr, "reqtest:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// target is the running server of a pair, with the fixtures; made at first use.
func (s *run) target(t *testing.T, p pair) *Target {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.targets[p.name()]; g != nil {
		return g
	}
	name := strings.ReplaceAll(p.name(), "/", "-over-")
	srv := s.start(t, name)
	if p.Source.Elsewhere && len(p.Source.Bases) == 0 {
		srv.hospital = s.start(t, name+"-hospital")
	}
	srv.fixtures(t, p.Source)
	g := srv.target(t, p)
	s.targets[p.name()] = g
	return g
}

func (s *run) record(id, pair string, v verdict) {
	s.recording.Lock()
	defer s.recording.Unlock()
	if s.verdicts[id] == nil {
		s.verdicts[id] = map[string]verdict{}
	}
	s.verdicts[id][pair] = v
}

// close stops every server, writes the table and removes the working directory.
func (s *run) close() error {
	var errs []string
	for _, srv := range s.servers {
		if err := srv.stop(); err != nil {
			errs = append(errs, err.Error())
		}
	}
	for _, g := range s.targets {
		g.http.CloseIdleConnections()
	}
	if s.conformance != "" {
		if err := docsection.Write(s.conformance, "requirements", s.table()); err != nil {
			errs = append(errs, err.Error())
		}
	}
	if s.dir != "" {
		if err := os.RemoveAll(s.dir); err != nil {
			errs = append(errs, err.Error())
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("%s", strings.Join(errs, "; "))
	}
	return nil
}

// table is the section of docs/conformance.md. It says what this run found and
// nothing that changes from run to run.
func (s *run) table() []byte {
	all := requirements()
	counts := map[verdict]int{}
	var rows, notes strings.Builder
	for _, r := range inOrder(all) {
		fmt.Fprintf(&rows, "| REQ-%s | %s |", r.ID, r.Text)
		for _, p := range pairs() {
			v, ok := s.verdicts[r.ID][p.name()]
			if !ok {
				v = "not run"
			}
			counts[v]++
			fmt.Fprintf(&rows, " %s |", v)
		}
		rows.WriteByte('\n')
		if r.Elsewhere != "" {
			fmt.Fprintf(&notes, "- REQ-%s: %s.\n", r.ID, r.Elsewhere)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d pass, %d fail, %d not applicable", counts[passed], counts[failed], counts[notApplicable])
	if n := counts["not run"]; n > 0 {
		fmt.Fprintf(&b, ", %d not run", n)
	}
	b.WriteString(".\n\n| Requirement | What |")
	for _, p := range pairs() {
		b.WriteString(" " + p.Face.Name + " over " + strings.ReplaceAll(p.Source.Name, "-", " ") + " |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(pairs())) + "\n" + rows.String() + "\nNot shown here, or not applicable:\n\n" + notes.String())
	b.WriteString("- COV-3 over DSTU2: a DSTU2 Coverage has no beneficiary.\n")
	b.WriteString("- Else a requirement that speaks of other versions than the face's.\n")
	return []byte(b.String())
}

// inOrder puts SEC-7 back where §12 has it.
func inOrder(all []requirement) []requirement {
	last := all[len(all)-1]
	out := make([]requirement, 0, len(all))
	for _, r := range all[:len(all)-1] {
		out = append(out, r)
		if r.ID == "SEC-6" {
			out = append(out, last)
		}
	}
	return out
}

// shared is where the public data lies, or a loud skip.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WARDBRIDGE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err != nil { //nolint:gosec // whoever runs the tests names the folder
		t.Skipf("NOT TESTED, SHARED DATA ABSENT: %v (set WARDBRIDGE_SHARED)", err)
	}
	return filepath.Join(dir, "data")
}
