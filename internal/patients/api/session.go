package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

func (a *API) getSession(ctx context.Context, _ operation.None) (Session, error) {
	return a.session(ctx)
}

func (a *API) signIn(ctx context.Context, in SignIn) (Session, error) {
	if in.Demo != "" {
		return a.begin(ctx, func() (people.Person, string, error) { return a.people.SignInDemo(ctx, in.Demo) })
	}
	return a.begin(ctx, func() (people.Person, string, error) { return a.people.SignIn(ctx, in.Username, in.Password) })
}

func (a *API) firstAccount(ctx context.Context, in FirstAccount) (Session, error) {
	return a.begin(ctx, func() (people.Person, string, error) {
		return a.people.Welcome(ctx, in.Token, people.Person{Name: in.Name, Username: in.Username}, in.Password)
	})
}

// begin gives the browser the session of who signed in.
func (a *API) begin(ctx context.Context, signIn func() (people.Person, string, error)) (Session, error) {
	p, token, err := signIn()
	if err != nil {
		return Session{}, err
	}
	out, err := a.session(people.With(ctx, p))
	if err == nil {
		operation.SetCookie(ctx, a.people.Cookie(ctx, token))
	}
	return out, err
}

// session is what the page knows of the person in ctx, and of the ways to sign
// in where there is none.
func (a *API) session(ctx context.Context) (out Session, err error) {
	out.Version, out.Demo = a.version, a.demo
	out.SignIn = SignInWays{Local: a.people.Local(), Issuers: a.people.Issuers()}
	if out.SignIn.Demo, err = a.demoPeople(ctx); err != nil {
		return out, err
	}
	if out.SignIn.Local && len(out.SignIn.Demo) == 0 {
		if out.SignIn.FirstRun, err = a.people.FirstRun(ctx); err != nil {
			return out, err
		}
	}
	p, ok := people.From(ctx)
	if !ok {
		return out, nil
	}
	out.Person = &p
	idle, err := a.patients.Idle(ctx, p.ID)
	if err != nil {
		return out, err
	}
	out.IdleMinutes = int(idle / time.Minute)
	all, err := a.patients.Spaces(ctx)
	for _, st := range all {
		out.Spaces = append(out.Spaces, SpaceRef{
			ID: st.Space.ID, Name: st.Space.Name, Role: st.Role, Asked: st.Asked != "", Started: st.Space.EHR || st.Space.Manual,
		})
	}
	return out, err
}

// demoPeople are the ready-made people with the role each shows: who can set
// the space up comes first.
func (a *API) demoPeople(ctx context.Context) (out []DemoPerson, err error) {
	if !a.demo {
		return nil, nil
	}
	all, err := a.people.DemoPeople(ctx)
	for _, p := range all {
		spaces, err := a.patients.Spaces(people.With(ctx, p))
		if err != nil {
			return nil, err
		}
		for _, st := range spaces {
			if st.Role != "" {
				out = append(out, DemoPerson{ID: p.ID, Name: p.Name, Role: st.Role})
				break
			}
		}
	}
	order := []patients.Role{patients.Owner, patients.Member, patients.Viewer, patients.Auditor}
	slices.SortStableFunc(out, func(a, b DemoPerson) int {
		return cmp.Compare(slices.Index(order, a.Role), slices.Index(order, b.Role))
	})
	return out, err
}

func (a *API) signOut(ctx context.Context, _ operation.None) (out operation.None, err error) {
	if err := a.people.SignOut(ctx); err != nil {
		return out, err
	}
	operation.SetCookie(ctx, a.people.Cookie(ctx, ""))
	return out, nil
}

func (a *API) keepSession(ctx context.Context, _ operation.None) (out operation.None, err error) {
	return out, a.people.Keep(ctx)
}

func (a *API) changePassword(ctx context.Context, in PasswordChange) (out operation.None, err error) {
	token, err := a.people.ChangePassword(ctx, in.Old, in.Password)
	if err != nil {
		return out, err
	}
	operation.SetCookie(ctx, a.people.Cookie(ctx, token))
	return out, nil
}

func (a *API) setPrefs(ctx context.Context, in PrefsInput) (people.Person, error) {
	return a.people.SetPrefs(ctx, in.Prefs)
}

func (a *API) createPerson(ctx context.Context, in PersonInput) (out Invited, err error) {
	out.Person, out.Path, err = a.people.Invite(ctx, "", people.Person{Name: in.Name, Username: in.Username, Admin: in.Admin})
	return out, err
}

func (a *API) createSpace(ctx context.Context, in SpaceInput) (out SpaceView, err error) {
	sp, err := a.patients.CreateSpace(ctx, in.Name, in.Zone)
	if err != nil {
		return out, err
	}
	return a.getSpace(ctx, SpaceID{Space: sp.ID})
}

func (a *API) getSpace(ctx context.Context, in SpaceID) (SpaceView, error) {
	info, err := a.patients.Space(ctx, in.Space)
	return spaceView(info), err
}

func (a *API) changeSpace(ctx context.Context, in SpacePatch) (SpaceView, error) {
	info, err := a.patients.ChangeSpace(ctx, in.Space, patients.SpaceEdit{Version: in.Version, Name: in.Name, Manual: in.Manual, Settings: in.Settings})
	if p, ok := errors.AsType[*operation.Problem](err); ok && p.Status == http.StatusPreconditionFailed {
		return SpaceView{}, p.With(spaceView(info))
	}
	return spaceView(info), err
}

func spaceView(i patients.SpaceInfo) SpaceView {
	v := SpaceView{
		Space: i.Space, Role: i.Role, Channels: i.Channels, Connections: i.Connections,
		Schemas: i.Schemas, Owners: i.Owners, Requests: i.Requests, People: i.People,
	}
	if i.Role.Includes(patients.Viewer) {
		v.Columns = patients.Catalogue()
	}
	return v
}

func (a *API) getMembers(ctx context.Context, in SpaceID) (Members, error) {
	m, err := a.patients.Members(ctx, in.Space)
	return Members(m), err
}

func (a *API) setMember(ctx context.Context, in MemberInput) (Members, error) {
	m, err := a.patients.SetMember(ctx, in.Space, in.Person, in.Role)
	return Members(m), err
}

func (a *API) askAccess(ctx context.Context, in AccessAsk) (out operation.None, err error) {
	return out, a.patients.AskAccess(ctx, in.Space, in.Role)
}

func (a *API) decideAccess(ctx context.Context, in AccessDecision) (Members, error) {
	m, err := a.patients.DecideAccess(ctx, in.Space, in.Person, in.Grant, in.Role)
	return Members(m), err
}

func (a *API) searchAudit(ctx context.Context, in AuditQuery) (out AuditPage, err error) {
	q := patients.AuditQuestion{
		Entry: in.Entry, Connection: in.Connection, Patient: in.Patient, Person: in.Person, Operation: in.Operation,
		Cursor: in.Cursor, Limit: in.Limit,
	}
	if in.Since != "" {
		if q.Since, err = time.Parse(time.RFC3339, in.Since); err != nil {
			p := operation.Problemf(http.StatusUnprocessableEntity, "invalid", "Give a time such as 2026-11-23T07:00:00Z.")
			p.Errors = map[string]string{"since": "is not a time"}
			return out, p
		}
	}
	out.Entries, out.Next, err = a.patients.SearchAudit(ctx, in.Space, q)
	return out, err
}
