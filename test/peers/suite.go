package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A suiteRun is the requirement suite over one provider on all faces.
type suiteRun struct {
	version string // of the provider
	taken   taken
	took    time.Duration
	faces   map[string]map[string]string // face → requirement → pass, fail or skip
	broken  bool                         // it ended badly though nothing failed: it did not come to its end
}

// suite runs the requirement suite on each version of the provider, with all
// of its abilities and then without some.
func (p *peers) suite(ctx context.Context) error {
	var runs []*suiteRun
	for _, t := range switches() {
		for _, v := range p.versions {
			if len(p.switches) == 0 || slices.Contains(p.switches, t.Name) {
				runs = append(runs, &suiteRun{version: v, taken: t, faces: map[string]map[string]string{}})
			}
		}
	}
	found := make([]error, len(runs))
	next := make(chan int)
	var wait sync.WaitGroup
	for range max(p.parallel, 1) {
		wait.Go(func() {
			for i := range next {
				found[i] = p.suiteOver(ctx, runs[i])
				p.ran(runs[i])
				found[i] = errors.Join(found[i], p.write())
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	wait.Wait()
	return errors.Join(found...)
}

// ran takes a run among the results, in the order of versions and switches.
func (p *peers) ran(r *suiteRun) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.suites = append(p.suites, r)
	slices.SortFunc(p.suites, func(a, b *suiteRun) int {
		place := func(r *suiteRun) int {
			return slices.Index(versions, r.version)*len(switches()) + slices.IndexFunc(switches(), func(t taken) bool { return t.Name == r.taken.Name })
		}
		return place(a) - place(b)
	})
}

func (r suiteRun) count(outcome string) int {
	n := 0
	for _, f := range r.faces {
		n += countOf(f, outcome)
	}
	return n
}

func countOf(face map[string]string, outcome string) int {
	n := 0
	for _, o := range face {
		if o == outcome {
			n++
		}
	}
	return n
}

func (r suiteRun) String() string {
	var b strings.Builder
	for _, f := range versions {
		fmt.Fprintf(&b, "%s %d pass %d fail %d skip, ", f, countOf(r.faces[f], "pass"), countOf(r.faces[f], "fail"), countOf(r.faces[f], "skip"))
	}
	if r.broken {
		b.WriteString("BROKE OFF, ")
	}
	return b.String() + r.took.Round(time.Second).String()
}

// failures are the requirements that failed on a face, in order.
func (r suiteRun) failures(face string) []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(r.faces[face])) {
		if r.faces[face][id] == "fail" {
			out = append(out, id)
		}
	}
	return out
}

func (p *peers) log(r suiteRun) string {
	return p.path("suite-" + r.version + "-" + r.taken.Name + ".log")
}

// suiteOver is one run. The error says that a requirement failed, or why there
// was no run.
func (p *peers) suiteOver(ctx context.Context, r *suiteRun) error {
	origin := p.hapi.origin
	if r.taken.Name != nothing {
		front, err := lacking(ctx, origin, r.taken)
		if err != nil {
			return err
		}
		defer func() { _ = front.stop() }()
		origin = front.origin
	}
	printed, err := p.goTest(ctx, r, origin)
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.log(*r), printed, 0o600); err != nil {
		return err
	}
	if len(r.faces) == 0 {
		return fmt.Errorf("the suite ran no requirement:\n%.4000s", printed)
	}
	fmt.Printf("suite over HAPI %s, %s: %s\n", r.version, r.taken.What, r)
	if r.broken || r.count("fail") > 0 || r.count("pass") == 0 {
		return fmt.Errorf("suite over HAPI %s, %s: %s; see %s", r.version, r.taken.What, r, p.log(*r))
	}
	return nil
}

// goTest runs the suite in front of the bases at origin, and gives what it
// printed.
func (p *peers) goTest(ctx context.Context, r *suiteRun, origin string) ([]byte, error) {
	binary, err := filepath.Abs(p.bin)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout", "60m", "-run", "^TestREQ$", "./internal/reqtest")
	cmd.Env = append(outboundAllowed(),
		"WARDBRIDGE_BINARY="+binary,
		"WARDBRIDGE_REQ_PROVIDER_A="+origin+"/"+r.version+"/a",
		"WARDBRIDGE_REQ_PROVIDER_B="+origin+"/"+r.version+"/b",
		"WARDBRIDGE_REQ_PROVIDER_VERSION="+r.version,
	)
	begin := time.Now()
	out, err := cmd.Output()
	r.took = time.Since(begin)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	printed := r.read(out)
	r.broken = exit != nil && r.count("fail") == 0
	r.excused(p.lost)
	if exit != nil {
		printed = append(printed, exit.Stderr...)
	}
	return printed, nil
}

// excused marks the failures that are HAPI's own: what it did not keep of the
// fixtures, nobody can get out of it.
func (r suiteRun) excused(lost []loss) {
	for _, l := range lost {
		for _, face := range r.faces {
			if l.version == r.version && face[l.requirement] == "fail" {
				face[l.requirement] = "skip"
			}
		}
	}
}

// read takes the outcomes out of what `go test -json` printed, and gives what
// the tests printed.
func (r suiteRun) read(out []byte) []byte {
	var printed bytes.Buffer
	for line := range bytes.Lines(out) {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(line, &e) != nil {
			printed.Write(line)
			continue
		}
		printed.WriteString(e.Output)
		id, face := requirement(e.Test)
		if face == "" || !slices.Contains([]string{"pass", "fail", "skip"}, e.Action) {
			continue
		}
		if r.faces[face] == nil {
			r.faces[face] = map[string]string{}
		}
		if had := r.faces[face][id]; had != "fail" && (had != "skip" || e.Action == "fail") {
			r.faces[face][id] = e.Action
		}
	}
	return printed.Bytes()
}

// requirement reads TestREQ/PAT-7/stu3, whatever follows the face.
func requirement(test string) (id, face string) {
	part := strings.Split(test, "/")
	if len(part) < 3 || part[0] != "TestREQ" {
		return "", ""
	}
	face, _, _ = strings.Cut(part[2], "-")
	if !slices.Contains(versions, face) {
		return "", ""
	}
	return part[1], face
}

// outboundAllowed is the environment with which the gateway may call this
// machine.
func outboundAllowed() []string {
	return append(os.Environ(), "WARDBRIDGE_OUTBOUND_ALLOW=127.0.0.0/8")
}
