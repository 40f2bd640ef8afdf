package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

func (a *API) getConnectionChoices(ctx context.Context, in SpaceID) (ConnectionChoices, error) {
	all, err := a.patients.ConnectionChoices(ctx, in.Space)
	out := ConnectionChoices{Choices: make([]ConnectionChoice, 0, len(all))}
	for _, c := range all {
		out.Choices = append(out.Choices, ConnectionChoice{ID: c.ID, Name: c.Name, Link: c.Link, Ready: c.Ready})
	}
	return out, err
}

func (a *API) connect(ctx context.Context, in ConnectInput, w http.ResponseWriter) error {
	return steps(w, func(tell func(patients.ConnectStep)) error {
		return a.patients.Connect(ctx, patients.ConnectRequest{
			Space: in.Space, Name: in.Name, Link: in.Link, Choice: in.Choice, Auth: in.Auth, ClientID: in.ClientID, Secret: in.Secret,
			Username: in.Username, Tenant: in.Tenant, TokenURL: in.TokenURL, Replaces: in.Replaces, Save: in.Save,
		}, tell)
	})
}

func (a *API) testConnection(ctx context.Context, in ConnectionID, w http.ResponseWriter) error {
	return steps(w, func(tell func(patients.ConnectStep)) error {
		return a.patients.TestConnection(ctx, in.Space, in.Connection, tell)
	})
}

// steps streams the steps of a connection as they go. What keeps it from
// beginning is answered as a problem; what ends it later is its last step.
func steps(w http.ResponseWriter, run func(tell func(patients.ConnectStep)) error) error {
	events := operation.NewEvents(w)
	var mu sync.Mutex
	var begun bool
	var broken error
	send := func(st patients.ConnectStep) {
		mu.Lock()
		defer mu.Unlock()
		begun = true
		if broken == nil {
			broken = events.Send(0, stepOf(st))
		}
	}
	err := run(send)
	if err != nil && begun {
		code := chart.ReasonInternal
		if p, ok := errors.AsType[*operation.Problem](err); ok {
			code = p.Code
		}
		send(patients.ConnectStep{Step: patients.StepDone, Outcome: patients.OutcomeFailed, Detail: code, Advice: code})
	}
	if !begun {
		return err
	}
	return broken
}

func stepOf(s patients.ConnectStep) ConnectStep {
	out := ConnectStep{
		Step: s.Step, Outcome: s.Outcome, Took: int(s.Took / time.Millisecond), Detail: s.Detail, Advice: s.Advice, Need: s.Need,
		Connection: s.Connection, Unmatched: s.Unmatched,
	}
	for _, r := range s.Supports {
		out.Resources = append(out.Resources, ResourceSupport{Type: r.Type, Found: r.Found, Hides: r.Hides})
	}
	return out
}

func (a *API) removeConnection(ctx context.Context, in ConnectionID) (out operation.None, err error) {
	return out, a.patients.RemoveConnection(ctx, in.Space, in.Connection)
}

func (a *API) searchPatients(ctx context.Context, in SearchInput) (SearchResult, error) {
	r, err := a.patients.Search(ctx, patients.SearchRequest{
		Space: in.Space, Connection: in.Connection, Text: in.Text, Family: in.Family, Given: in.Given, Born: in.Born, MRN: in.MRN, ID: in.ID,
		Gender: in.Gender, Count: in.Count,
	})
	return SearchResult{Read: r.Read, Found: r.Found, Total: r.Total, Known: r.Known, Refused: r.Refused}, err
}

func (a *API) pastePatients(ctx context.Context, in PasteInput) (PasteResult, error) {
	lines, err := a.patients.Paste(ctx, in.Space, in.Connection, in.MRNs)
	out := PasteResult{Lines: make([]PasteLine, 0, len(lines))}
	for _, l := range lines {
		out.Lines = append(out.Lines, PasteLine{MRN: l.MRN, Outcome: l.Outcome, Found: l.Found, Reason: l.Reason})
	}
	return out, err
}

func (a *API) getSection(ctx context.Context, in SectionInput) (chart.Section, error) {
	return a.patients.Section(ctx, in.Entry, chart.Kind(in.Kind), in.All)
}

func (a *API) decideIdentity(ctx context.Context, in IdentityDecision) (patients.Entry, error) {
	return a.patients.DecideIdentity(ctx, patients.IdentityDecision{
		Entry: in.Entry, Action: in.Action, Base: in.Base, Subject: in.Subject, Seen: in.Seen,
	})
}

func (a *API) refreshList(ctx context.Context, in ListID) (patients.Refresh, error) {
	return a.patients.Refresh(ctx, in.List)
}

func (a *API) streamList(ctx context.Context, in StreamInput, w http.ResponseWriter) error {
	events := operation.NewEvents(w)
	return a.patients.Stream(ctx, in.List, in.After, func(e patients.Event) error { return events.Send(e.Seq, e) })
}
