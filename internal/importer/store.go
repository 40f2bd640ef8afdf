package importer

import (
	"context"
	"regexp"
	"strconv"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A unit is one write: a single resource, or a Bundle whose parts belong
// together.
type unit struct {
	file *file
	req  *fhir.Request
	// parts tell where the write, or each entry of it, stands in the file.
	parts []part
	need  need
	// atomic Bundles go in whole or not at all. Of others the entry that
	// cannot be taken is left out.
	atomic bool
}

// A part is where a resource stands.
type part struct {
	line, entry int
	typ, id     string
}

// store does one write. What is refused is reported; an error ends the import.
func (im *Importer) store(ctx context.Context, u unit) error {
	for {
		resp, err := im.cfg.Server.Do(ctx, u.req)
		if err == nil {
			im.count(u, resp)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if stops(err) {
			return err
		}
		bad, ok := failedEntry(err)
		if !ok || bad >= len(u.parts) || u.req.Interaction != fhir.Transaction {
			bad = -1
		}
		if bad < 0 || u.atomic || len(u.parts) == 1 {
			im.refuse(u, bad, err)
			return nil
		}
		p := u.parts[bad]
		im.problem(u.file, Problem{Line: p.line, Entry: p.entry, Type: p.typ, ID: p.id, Reason: reason(err)})
		u = u.without(bad)
	}
}

// refuse reports a write that did not happen at all.
func (im *Importer) refuse(u unit, bad int, err error) {
	p := u.parts[0]
	text := reason(err)
	if bad >= 0 {
		p = u.parts[bad]
	}
	if lost := len(u.parts) - 1; lost > 0 {
		text += " The Bundle is a transaction, so none of its " + strconv.Itoa(len(u.parts)) + " entries was stored."
		im.refused.Add(int64(lost))
		if bad < 0 {
			p = part{line: u.parts[0].line}
		}
	}
	im.problem(u.file, Problem{Line: p.line, Entry: p.entry, Type: p.typ, ID: p.id, Reason: text})
}

// without leaves one entry out; the slices of u stay as they are.
func (u unit) without(i int) unit {
	req := *u.req
	req.Entries = append(append([]fhir.Entry(nil), u.req.Entries[:i]...), u.req.Entries[i+1:]...)
	u.req = &req
	u.parts = append(append([]part(nil), u.parts[:i]...), u.parts[i+1:]...)
	return u
}

// count counts what was stored, and tells what existed.
func (im *Importer) count(u unit, resp *fhir.Response) {
	answers := []fhir.Result{{Response: resp}}
	requests := []fhir.Entry{{Request: u.req}}
	if u.req.Interaction == fhir.Transaction {
		answers, requests = resp.Results, u.req.Entries
	}
	for i, p := range u.parts {
		if req := requests[i].Request; req.Interaction == fhir.Create && req.Conditional {
			if a := answers[i].Response; !a.Created {
				found := a.Resource.Type + "/" + a.Resource.ID
				im.problem(u.file, Problem{
					Line: p.line, Entry: p.entry, Type: p.typ, ID: p.id, Existing: found,
					Reason: found + " meets its condition (ifNoneExist), so it was not created",
				})
				continue
			}
		}
		im.stored.Add(1)
		im.mu.Lock()
		im.types[p.typ]++
		im.mu.Unlock()
	}
}

var entryExpression = regexp.MustCompile(`^Bundle\.entry\[(\d+)\]`)

// failedEntry finds the entry that a failed transaction failed for.
func failedEntry(err error) (int, bool) {
	for _, is := range fhir.AsError(err).Issues {
		for _, e := range is.Expression {
			if m := entryExpression.FindStringSubmatch(e); m != nil {
				n, err := strconv.Atoi(m[1])
				return n, err == nil
			}
		}
	}
	return 0, false
}
