package convert

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// Config tunes the link. The zero value works.
type Config struct {
	// Zone is where dates without a zone belong (version-mapping L-15, and
	// dates in searches). Nil is UTC.
	Zone *time.Location
	// Bound is how many of the provider's resources are looked through for one
	// search; 0 is search.DefaultBound.
	Bound int
	// Report is told of each resource that was converted, with what was lost on
	// its way, or withheld; typ is its type in the face's version. It gets no
	// content, and may be nil. It may be called from several goroutines.
	Report func(ctx context.Context, typ string, rep mapping.Report)
}

// Link wraps next, a provider of any version, into a server of the version
// face. Of the same version it is next itself.
//
// Reads and searches answer as the face's own version would over the converted
// records. What the face cannot express is left out: a read answers
// KindNotFound, a search warns how many records that were. A type that the
// provider's version has no counterpart of is KindUnknownType. Writes are
// converted too; one that the provider's version cannot express is
// KindUnprocessable. Transactions are KindNotImplemented.
func Link(next fhir.Server, face fhir.Version, cfg Config) fhir.Server {
	if next.Version() == face {
		return next
	}
	l := &link{
		pair: pairOf(face, next.Version()), next: next, cfg: cfg,
		options: mapping.Options{Zone: cfg.Zone},
	}
	return fhir.ServerFunc{V: face, F: l.do}
}

type link struct {
	*pair
	next    fhir.Server
	cfg     Config
	options mapping.Options
}

func (l *link) do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	resp, err := l.route(ctx, req)
	if err != nil {
		return nil, l.failure(err)
	}
	return resp, nil
}

func (l *link) route(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	switch req.Interaction {
	case fhir.Capabilities:
		return l.capabilities(ctx, req)
	case fhir.Read, fhir.VRead:
		return l.read(ctx, req)
	case fhir.Search:
		return l.search(ctx, req)
	case fhir.History:
		return l.history(ctx, req)
	case fhir.Create, fhir.Update, fhir.Delete:
		return l.write(ctx, req)
	case fhir.Batch:
		return l.batch(ctx, req), nil
	case fhir.Transaction:
	}
	return nil, fhir.Errorf(fhir.KindNotImplemented, "not-supported",
		"A %s cannot be converted from FHIR %s to FHIR %s as a whole. Send its entries one by one.", req.Interaction, l.face.Release(), l.provider.Release())
}

// provided is the name of a face's type in the provider's version.
func (l *link) provided(typ string) (string, error) {
	name, ok := mapping.Type(typ, l.face, l.provider)
	if !ok || !convertible(l.face)[typ] {
		return "", fhir.Errorf(fhir.KindUnknownType, "not-supported",
			"This tenant's provider speaks FHIR %s, from which no %s can be made. Ask for the types that the capability statement lists.", l.provider.Release(), typ)
	}
	return name, nil
}

// convertible are the types that package mapping converts, by version.
func convertible(v fhir.Version) map[string]bool { return convertibles()[v] }

var convertibles = sync.OnceValue(func() map[fhir.Version]map[string]bool {
	out := map[fhir.Version]map[string]bool{}
	for _, v := range fhir.Versions() {
		out[v] = map[string]bool{}
		for _, t := range mapping.Types(v) {
			out[v][t] = true
		}
	}
	return out
})

func (l *link) read(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	if l.synthesised(req.Type) {
		return l.readRole(ctx, req)
	}
	asked := *req
	var err error
	if asked.Type, err = l.provided(req.Type); err != nil {
		return nil, err
	}
	resp, err := l.next.Do(ctx, &asked)
	if err != nil || resp.Resource == nil {
		return resp, err
	}
	out, err := l.converted(ctx, resp)
	if err != nil || out.Resource.Body == nil {
		return out, err
	}
	if req.Interaction == fhir.Read && l.folds(req.Type) {
		whole := []fhir.Match{{Resource: *out.Resource}}
		if l.fold(ctx, whole) == nil { // without its roles it is still the practitioner
			out.Resource = &whole[0].Resource
		}
	}
	return out, nil
}

// converted is a response of one resource in the face's version.
func (l *link) converted(ctx context.Context, resp *fhir.Response) (*fhir.Response, error) {
	out := *resp
	res, _, ok, err := l.resource(ctx, *resp.Resource)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "No %s has that id that FHIR %s could express.", res.Type, l.face.Release())
	}
	out.Resource = &res
	return &out, nil
}

// resource converts one resource of the provider. ok is false when the face
// cannot express it.
func (l *link) resource(ctx context.Context, res fhir.Resource) (_ fhir.Resource, rep mapping.Report, ok bool, err error) {
	if typ, known := mapping.Type(res.Type, l.provider, l.face); known {
		res.Type = typ
	} else if res.Type != "" {
		return res, rep, false, nil
	}
	if res.Body == nil {
		return res, rep, true, nil
	}
	body, report, err := mapping.Held(&res, l.provider, l.face, l.options)
	if err != nil {
		return res, mapping.Report{}, false, err
	}
	l.report(ctx, res.Type, report)
	if report.Withheld != "" {
		return res, report, false, nil
	}
	res.Body = body
	return res, report, true, nil
}

// report tells what became of a resource.
func (l *link) report(ctx context.Context, typ string, rep mapping.Report) {
	if l.cfg.Report != nil {
		l.cfg.Report(ctx, typ, rep)
	}
}

// capabilities converts the provider's statement (version-mapping §14).
func (l *link) capabilities(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	resp, err := l.next.Do(ctx, req)
	if err != nil || resp.Resource == nil || resp.Resource.Body == nil {
		return resp, err
	}
	return l.converted(ctx, resp)
}

// history converts each version that is told of. Its total counts versions the
// face may be unable to express, so it is given only when none was left out of
// the only page.
func (l *link) history(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	_, inner, err := l.decodeCursor(req.Cursor)
	if err != nil {
		return nil, err
	}
	asked := *req
	asked.Cursor = inner
	if req.Type != "" {
		if asked.Type, err = l.provided(req.Type); err != nil {
			return nil, err
		}
	}
	resp, err := l.next.Do(ctx, &asked)
	if err != nil {
		return nil, err
	}
	c := &converter{link: l}
	matches, err := c.page(ctx, resp.Matches)
	if err != nil {
		return nil, err
	}
	out := *resp
	out.Matches, out.Next = matches, l.encodeCursor(plainPage, resp.Next)
	if c.withheld > 0 {
		out.Total, out.Known = 0, fhir.TotalNone
		out.Warnings = append(slices.Clip(resp.Warnings), l.incomplete(c.withheld))
	}
	return &out, nil
}

// batch runs the entries one after the other: the link above that splits
// batches has left none to us.
func (l *link) batch(ctx context.Context, req *fhir.Request) *fhir.Response {
	out := &fhir.Response{Results: make([]fhir.Result, len(req.Entries))}
	for i, e := range req.Entries {
		if e.Err != nil {
			out.Results[i].Err = e.Err
			continue
		}
		resp, err := l.do(ctx, e.Request)
		if err != nil {
			out.Results[i].Err = fhir.AsError(err)
			continue
		}
		out.Results[i].Response = resp
	}
	return out
}

// failure names types in an error's expressions as the face does.
func (l *link) failure(err error) error {
	fe := fhir.AsError(err)
	if !slices.ContainsFunc(fe.Issues, func(i fhir.Issue) bool { return len(i.Expression) > 0 }) {
		return err
	}
	out := *fe
	out.Issues = slices.Clone(fe.Issues)
	for i := range out.Issues {
		out.Issues[i].Expression = slices.Clone(out.Issues[i].Expression)
		for j, expression := range out.Issues[i].Expression {
			head, rest, _ := strings.Cut(expression, ".")
			if name, ok := mapping.Type(head, l.provider, l.face); ok && name != head {
				out.Issues[i].Expression[j] = strings.TrimSuffix(name+"."+rest, ".")
			}
		}
	}
	return &out
}

// incomplete is the warning about records that were left out.
func (l *link) incomplete(n int) fhir.Issue {
	text := "1 record cannot be expressed"
	if n != 1 {
		text = strconv.Itoa(n) + " records cannot be expressed"
	}
	return fhir.Issue{Severity: "warning", Code: "incomplete", Diagnostics: text + " in FHIR " + l.face.Release() + " and was left out. The endpoint of FHIR " + l.provider.Release() + " shows everything."}
}

// A converter is the work on the matches of one answer.
type converter struct {
	*link
	withheld int // what the face cannot express, included or not
	lost     int // matches among it
	// odd are members that may not get lost from a match, or the provider's
	// order is not the face's.
	odd        []string
	disordered bool
}

// lostAny reports whether one of the members is among the losses.
func lostAny(losses []mapping.Loss, members []string) bool {
	if len(members) == 0 {
		return false
	}
	return slices.ContainsFunc(losses, func(l mapping.Loss) bool {
		return slices.Contains(members, l.Path[strings.LastIndexByte(l.Path, '.')+1:])
	})
}

// page converts the matches and includes of one page, in order. Outcomes among
// them are the provider's own and stay behind.
func (c *converter) page(ctx context.Context, matches []fhir.Match) ([]fhir.Match, error) {
	out := make([]fhir.Match, 0, len(matches))
	for _, m := range matches {
		kept, ok, err := c.each(ctx, m)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, kept)
		}
	}
	return out, nil
}

// each converts one. What was included and is of a type that the face does not
// have goes without being counted.
func (c *converter) each(ctx context.Context, m fhir.Match) (fhir.Match, bool, error) {
	if m.Mode == fhir.ModeOutcome || m.Mode == fhir.ModeInclude && !c.shows(m.Type) {
		return m, false, nil
	}
	res, report, ok, err := c.resource(ctx, m.Resource)
	if err != nil {
		return m, false, err
	}
	c.disordered = c.disordered || m.Mode == fhir.ModeMatch && lostAny(report.Losses, c.odd)
	if !ok {
		c.withheld++
		if m.Mode == fhir.ModeMatch {
			c.lost++
		}
		return m, false, nil
	}
	m.Resource = res
	return m, true, nil
}

// shows reports whether the provider's type is converted to one of the face's.
func (l *link) shows(typ string) bool {
	_, known := mapping.Type(typ, l.provider, l.face)
	return known && convertible(l.provider)[typ]
}

// searchOptions are how the face reads a search.
func (l *link) searchOptions() search.Options {
	return search.Options{Zone: l.cfg.Zone, Now: time.Now()}
}
