package convert

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// What a practitioner does is part of a DSTU2 Practitioner, and resources of
// their own since STU3 (version-mapping §12). Faces of STU3 and R4 see roles
// that are made of the practitioner, with the ids {practitioner}-r{n}; a face
// of DSTU2 sees practitioners with their roles in them.

const (
	practitioner     = "Practitioner"
	practitionerRole = "PractitionerRole"
)

// synthesised reports whether resources of the type are made of another's.
func (p *pair) synthesised(typ string) bool {
	return typ == practitionerRole && p.provider == fhir.DSTU2
}

// folds reports whether resources of the type have others put into them.
func (p *pair) folds(typ string) bool { return typ == practitioner && p.face == fhir.DSTU2 }

// roleID is the practitioner's part of a role's id.
func roleID(id string) (whose string, ok bool) {
	i := strings.LastIndex(id, "-r")
	if i <= 0 {
		return "", false
	}
	n, err := strconv.Atoi(id[i+2:])
	return id[:i], err == nil && n > 0
}

// A role is a PractitionerRole made of a practitioner.
type role struct {
	id   string
	body []byte
}

// rolesOf makes a DSTU2 practitioner's roles. Their numbers have gaps where one
// cannot be shown, so each is known by the id it says.
func (l *link) rolesOf(body []byte) ([]role, error) {
	bodies, err := mapping.Roles(body, l.face)
	if err != nil {
		return nil, err
	}
	var list []role
	for _, b := range bodies {
		doc, err := fhir.Index(b)
		if err != nil {
			return nil, err
		}
		if id := doc.Root().Get("id").String(); id != "" {
			list = append(list, role{id: id, body: b})
		}
	}
	return list, nil
}

func (l *link) readRole(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	missing := fhir.Errorf(fhir.KindNotFound, "not-found", "No %s has that id.", practitionerRole)
	whose, ok := roleID(req.ID)
	if !ok {
		return nil, missing
	}
	asked := *req
	asked.Type, asked.ID = practitioner, whose
	resp, err := l.next.Do(ctx, &asked)
	if err != nil || resp.Resource == nil {
		return resp, err
	}
	out, res := *resp, *resp.Resource
	res.Type, res.ID, out.Resource = practitionerRole, req.ID, &res
	if res.Body == nil {
		return &out, nil
	}
	roles, err := l.rolesOf(res.Body)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(roles, func(r role) bool { return r.id == req.ID })
	if i < 0 {
		return nil, missing
	}
	res.Body = roles[i].body
	return &out, nil
}

// searchRoles looks through the roles of the practitioners that may have some
// that are wanted.
func (l *link) searchRoles(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	_, inner, err := l.decodeCursor(req.Cursor)
	if err != nil {
		return nil, err
	}
	pl, err := l.plan(req, practitioner, l.searchOptions())
	if err != nil {
		return nil, err
	}
	w := &search.Wide{
		Server: fhir.ServerFunc{V: l.face, F: l.expanded}, Ask: pl.wider(req), Want: pl.want, Definitions: l.faceDefs, Bound: l.cfg.Bound,
	}
	resp, err := w.Page(ctx, inner)
	if err != nil {
		return nil, err
	}
	resp.Next, resp.Used, resp.Ignored = l.encodeCursor(widePage, resp.Next), pl.used, pl.ignored
	return resp, nil
}

// expanded answers a search of practitioners with their roles.
func (l *link) expanded(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	resp, err := l.next.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	out := *resp
	out.Matches = nil
	for _, m := range resp.Matches {
		if m.Type != practitioner || m.Mode != fhir.ModeMatch {
			continue
		}
		roles, err := l.rolesOf(m.Body)
		if err != nil {
			return nil, err
		}
		for _, r := range roles {
			res := fhir.Resource{Type: practitionerRole, ID: r.id, VersionID: m.VersionID, Modified: m.Modified, Body: r.body}
			out.Matches = append(out.Matches, fhir.Match{Resource: res})
		}
	}
	return &out, nil
}

// inRoles are the parameters of a DSTU2 practitioner that look at roles.
var inRoles = []string{"location", "organization", "role", "specialty"}

// looksAtRoles reports whether a search filters or orders by roles.
func looksAtRoles(q *search.Query) bool {
	return slices.ContainsFunc(q.Criteria, func(c search.Criterion) bool { return slices.Contains(inRoles, c.Param.Name) }) ||
		slices.ContainsFunc(q.Sort, func(s search.SortKey) bool { return slices.Contains(inRoles, s.Param.Name) })
}

// folded answers a search of practitioners in the face's version, each with
// the roles it has.
func (c *converter) folded(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	resp, err := c.next.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	out := *resp
	if out.Matches, err = c.page(ctx, resp.Matches); err != nil {
		return nil, err
	}
	return &out, c.fold(ctx, out.Matches)
}

// rolePages bounds how many pages of roles are read for one page of
// practitioners.
const rolePages = 8

// fold puts the roles of practitioners among the matches into them.
func (l *link) fold(ctx context.Context, matches []fhir.Match) error {
	var ids []string
	for _, m := range matches {
		if m.Type == practitioner && m.Body != nil {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	roles, err := l.roles(ctx, ids)
	if err != nil {
		return err
	}
	for i := range matches {
		if matches[i].Type != practitioner || len(roles[matches[i].ID]) == 0 {
			continue
		}
		if matches[i].Body, err = mapping.Fold(matches[i].Body, roles[matches[i].ID], l.provider); err != nil {
			return err
		}
	}
	return nil
}

// roles finds the roles of practitioners, by the practitioner's id.
func (l *link) roles(ctx context.Context, ids []string) (map[string][][]byte, error) {
	asked := &fhir.Request{Interaction: fhir.Search, Type: practitionerRole, Params: []fhir.Param{
		{Name: "practitioner", Value: strings.Join(ids, ",")}, count(search.DefaultPageSize),
	}}
	out := map[string][][]byte{}
	for range rolePages {
		resp, err := l.next.Do(ctx, asked)
		if err != nil {
			return nil, err
		}
		for _, m := range resp.Matches {
			if whose := practitionerOf(m); slices.Contains(ids, whose) {
				out[whose] = append(out[whose], m.Body)
			}
		}
		if asked.Cursor = resp.Next; asked.Cursor == nil {
			return out, nil
		}
	}
	return nil, fhir.Errorf(fhir.KindTooCostly, "too-costly", "The practitioners have more roles than can be read at once. Ask for fewer with _count.")
}

// practitionerOf is the id of the practitioner whose role a match is.
func practitionerOf(m fhir.Match) string {
	doc, err := m.Index()
	if m.Type != practitionerRole || m.Mode != fhir.ModeMatch || err != nil {
		return ""
	}
	ref := doc.Root().Get("practitioner").Get("reference").String()
	if i := strings.LastIndex(ref, practitioner+"/"); i >= 0 {
		id, _, _ := strings.Cut(ref[i+len(practitioner)+1:], "/")
		return id
	}
	return ""
}
