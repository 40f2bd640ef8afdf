package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A judgement is what HAPI's validator found.
type judgement struct {
	version string // of HAPI
	took    time.Duration
	pairs   []judged
	groups  []group

	mistakes  []*mistake // the validator's own
	stricters []*stricter
}

// judged is a pair in numbers.
type judged struct {
	face, provider string

	answers, bodies          int // bodies: what differs among the answers, resource by resource
	statuses                 map[int]int
	inputErrors, errors, new int
	failed                   int
}

// A finding is an error in a resource.
type finding struct {
	Type, ID string // of the resource, in its name since STU3
	Path     string // within the resource, without numbers
	Shape    string // the message without names, values and numbers
	Text     string
}

// A group is new findings of one kind.
type group struct {
	face, provider string
	finding
	call  string // of one of them
	count int
}

// judge asks for everything through the gateway, and has HAPI's validator look
// at what was loaded and at what came out.
func (p *peers) judge(ctx context.Context) error {
	begin := time.Now()
	pairs, err := p.askAll(ctx)
	if err != nil {
		return err
	}
	v, err := p.startValidator(ctx)
	if err != nil {
		return err
	}
	if p.verdict.mistakes, err = v.shown(); err != nil {
		return errors.Join(err, v.stop())
	}
	p.verdict.stricters = stricters()
	known, err := p.judgeLoads(v)
	if err != nil {
		return errors.Join(err, v.stop())
	}
	var failed []error
	for _, pr := range pairs {
		j, err := p.judgePair(v, pr, known[pr.load])
		if err != nil {
			return errors.Join(err, v.stop())
		}
		p.verdict.pairs = append(p.verdict.pairs, j)
		fmt.Printf("judged %s in front of %s: %d answers, %d errors, %d new, %d calls failed\n",
			pr.face, pr.load.base(), j.answers, j.errors, j.new, j.failed)
		for _, f := range pr.failed[:min(5, len(pr.failed))] {
			fmt.Printf("  failed: %s\n", f)
		}
		if j.new > 0 || j.failed > 0 {
			failed = append(failed, fmt.Errorf("%s in front of %s: %d new errors, %d calls failed; see %s", pr.face, pr.load.base(), j.new, j.failed, p.path("findings.txt")))
		}
	}
	p.verdict.took, p.verdict.version = time.Since(begin), v.version
	return errors.Join(append(failed, v.stop(), p.writeFindings())...)
}

// A was is a record as it was loaded, and its errors then.
type was struct {
	record *record
	errors []finding
}

// judgeLoads is what every record was, by its Type/id since STU3.
func (p *peers) judgeLoads(v *validator) (map[*load]map[string]was, error) {
	all := map[*load]map[string]was{}
	for _, l := range p.loads {
		all[l] = map[string]was{}
		for i, r := range l.records {
			raw, err := json.Marshal(r.body)
			if err != nil {
				return nil, err
			}
			found, err := v.findings(l.version, raw)
			if err != nil {
				return nil, err
			}
			all[l][typeOn("r4", r.Type)+"/"+r.ID] = was{&l.records[i], found}
		}
	}
	return all, nil
}

// askAll is every face in front of every load.
func (p *peers) askAll(ctx context.Context) ([]*pair, error) {
	g, err := p.startGateway(ctx)
	if err != nil {
		return nil, err
	}
	var pairs []*pair
	for i, l := range p.loads {
		for _, face := range versions {
			begin := time.Now()
			pr, err := g.ask(ctx, face, l, tenant(i))
			if err != nil {
				return nil, errors.Join(err, g.stop())
			}
			fmt.Printf("asked %s in front of %s: %d answers in %v\n", face, l.base(), len(pr.answers), time.Since(begin).Round(time.Millisecond))
			pairs = append(pairs, pr)
		}
	}
	return pairs, g.stop()
}

func (p *peers) judgePair(v *validator, pr *pair, known map[string]was) (judged, error) {
	j := judged{face: pr.face, provider: pr.load.base(), answers: len(pr.answers), statuses: map[int]int{}, failed: len(pr.failed)}
	for _, w := range known {
		j.inputErrors += len(w.errors)
	}
	seen := map[[sha256.Size]byte]bool{}
	for _, a := range pr.answers {
		j.statuses[a.status]++
		for _, body := range parts(a) {
			if sum := sha256.Sum256(body); seen[sum] {
				continue
			} else {
				seen[sum] = true
			}
			j.bodies++
			found, err := v.findings(pr.face, body)
			if err != nil {
				return j, err
			}
			j.errors += len(found)
			for _, f := range found {
				if p.verdict.old(pr, known[f.Type+"/"+f.ID], f) {
					continue
				}
				j.new++
				p.verdict.add(group{face: pr.face, provider: pr.load.base(), finding: f, call: a.call})
			}
		}
	}
	return j, nil
}

// old tells whether an error that came out is not the gateway's.
func (j *judgement) old(pr *pair, in was, f finding) bool {
	same := pr.face == pr.load.version
	if slices.ContainsFunc(in.errors, func(e finding) bool { return e.explains(f, same) }) || j.mistaken(pr.face, f) {
		return true
	}
	return !same && j.stricter(in.record, f)
}

// parts are what is judged of an answer: the whole, or, where it is a Bundle
// that need not be judged as such, the resources in it.
func parts(a answer) [][]byte {
	var v struct {
		ResourceType string
		Entry        []struct {
			Resource json.RawMessage
			Response struct{ Outcome json.RawMessage }
		}
	}
	if a.whole || json.Unmarshal(a.body, &v) != nil || v.ResourceType != "Bundle" {
		return [][]byte{a.body}
	}
	var out [][]byte
	for _, e := range v.Entry {
		for _, raw := range []json.RawMessage{e.Resource, e.Response.Outcome} {
			if len(raw) > 0 {
				out = append(out, parts(answer{body: raw})...)
			}
		}
	}
	return out
}

// explains tells whether an error of the record as it was loaded is the error
// that came out. In another version the same fault may lie at another element
// of the same name, or be worded otherwise at the same path.
func (in finding) explains(out finding, same bool) bool {
	if same {
		return in.Path == out.Path && in.Shape == out.Shape
	}
	return in.Path == out.Path || last(in.Path) == last(out.Path) && in.Shape == out.Shape
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func (j *judgement) add(g group) {
	i := slices.IndexFunc(j.groups, func(h group) bool {
		return h.face == g.face && h.provider == g.provider && h.Type == g.Type && h.Path == g.Path && h.Shape == g.Shape
	})
	if i < 0 {
		i = len(j.groups)
		j.groups = append(j.groups, g)
	}
	j.groups[i].count++
}

// writeFindings writes the new errors, with an example of each.
func (p *peers) writeFindings() error {
	var b strings.Builder
	for _, g := range p.verdict.groups {
		fmt.Fprintf(&b, "%s in front of %s: %d × %s at %s\n    such as %s/%s in %s\n    %s\n", g.face, g.provider, g.count, g.Type, g.Path, g.Type, g.ID, g.call, g.Text)
	}
	return os.WriteFile(p.path("findings.txt"), []byte(b.String()), 0o600)
}

// A validator is the Java process that judges.
type validator struct {
	version string
	in      io.WriteCloser
	out     *bufio.Reader
	wait    func() error
}

func (p *peers) startValidator(ctx context.Context) (*validator, error) {
	cmd, err := p.java(ctx, "Judge")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(p.path("judge.log"))
	if err != nil {
		return nil, err
	}
	cmd.Stderr = log
	v := &validator{wait: func() error { return errors.Join(cmd.Wait(), log.Close()) }}
	if v.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	v.out = bufio.NewReaderSize(out, 1<<20)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := v.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the validator said nothing (%w); see %s", err, log.Name())
	}
	v.version = strings.TrimSpace(line)
	return v, v.awake()
}

// awake finds out whether the validator finds anything: one that has lost its
// definitions is content with everything.
func (v *validator) awake() error {
	for _, version := range versions {
		found, err := v.findings(version, []byte(`{"resourceType":"Patient","id":"x","gender":"neither","birthday":"2001-01-01"}`))
		if err != nil {
			return err
		}
		for _, path := range []string{"Patient.gender", "Patient"} { // no such code, no such element
			if !slices.ContainsFunc(found, func(f finding) bool { return f.Path == path }) {
				return fmt.Errorf("the validator finds no error at %s of a wrong %s Patient, but %v", path, version, found)
			}
		}
	}
	return nil
}

func (v *validator) stop() error {
	if err := v.in.Close(); err != nil {
		return err
	}
	return v.wait()
}

// findings are the errors in a body of a version.
func (v *validator) findings(version string, body []byte) ([]finding, error) {
	question, err := json.Marshal(map[string]string{"version": version, "body": string(body)})
	if err != nil {
		return nil, err
	}
	if _, err := v.in.Write(append(question, '\n')); err != nil {
		return nil, fmt.Errorf("the validator has gone: %w", err)
	}
	line, err := v.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the validator has gone: %w", err)
	}
	var said struct {
		Errors []struct{ Path, Text string }
	}
	if err := json.Unmarshal(line, &said); err != nil {
		return nil, err
	}
	var root struct{ ResourceType, ID string }
	_ = json.Unmarshal(body, &root) // what is not JSON is an error already
	var all []finding
	for _, e := range said.Errors {
		f := finding{Type: root.ResourceType, ID: root.ID, Path: e.Path, Shape: shape(e.Text), Text: e.Text}
		if in := inner.FindAllStringSubmatchIndex(e.Path, -1); len(in) > 0 {
			m := in[len(in)-1]
			f.Type, f.ID, f.Path = e.Path[m[2]:m[3]], e.Path[m[4]:m[5]], e.Path[m[2]:m[3]]+e.Path[m[1]:]
		}
		f.Type = typeOn("r4", f.Type)
		f.Path = number.ReplaceAllString(comment.ReplaceAllString(f.Path, ""), "")
		f.Path = strings.Replace(f.Path, "MedicationOrder", "MedicationRequest", 1)
		all = append(all, f)
	}
	return all, nil
}

var (
	inner   = regexp.MustCompile(`\.resource/\*([A-Za-z]+)/([^*]*)\*/`) // an entry's resource in a path
	comment = regexp.MustCompile(`/\*[^*]*\*/`)
	number  = regexp.MustCompile(`\[\d+\]`)
	quoted  = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	from    = regexp.MustCompile(`\(from [^)]*\)`)
	digits  = regexp.MustCompile(`\d+`)
)

// shape is a message without what differs from record to record.
func shape(text string) string {
	return digits.ReplaceAllString(from.ReplaceAllString(quoted.ReplaceAllString(text, "'…'"), ""), "0")
}
