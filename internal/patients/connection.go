package patients

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// Records reach record systems. They are safe for concurrent use and may block
// until ctx ends.
type Records interface {
	// Open gives the record system behind a connection, in R4. It sends no
	// more than some calls at once, makes batches of calls that are marked by
	// [access.WithEntries], and tells why a call failed so that
	// [chart.ReasonOf] finds it. Opening again gives the same.
	Open(ctx context.Context, c Connection, secret string) (fhir.Server, error)
	// Probe tries a connection step by step and says how each step went, as
	// it goes. The error is for what keeps it from trying at all.
	Probe(ctx context.Context, c Connection, secret string, tell func(ConnectStep)) (Probed, error)
	// Choices are the ready-made partners for the people of a tenant; "" is a
	// local space.
	Choices(ctx context.Context, tenant string) ([]Choice, error)
	// Close ends what was opened for a connection.
	Close(connection string)
}

// A Choice is a ready-made partner. Ready ones need no credentials of one's
// own: the operator's are used, for the tenant given here.
type Choice struct {
	ID, Name, Link string
	Tenant         string
	Ready          bool
}

// Steps of a connection, in order (ui §6.1 P2).
const (
	StepReachable = "reachable"
	StepStatement = "statement"
	StepVersion   = "version"
	StepToken     = "token"
	StepSearch    = "search"
	StepDone      = "done"
)

// Outcomes of a step.
const (
	OutcomeRunning = "running"
	OutcomeOK      = "ok"
	OutcomeFailed  = "failed"
	OutcomeSkipped = "skipped"
)

// A ConnectStep is how one step went. Detail of a step that went well is what
// was found; of one that failed, and Advice, it is a code: one of
// [chart.Reasons] or [ConnectReasons].
type ConnectStep struct {
	Step, Outcome  string
	Took           time.Duration
	Detail, Advice string
	// Need are the fields without which the step cannot go on: clientID,
	// secret, tenant.
	Need []string
	// Of the step done:
	Connection *Connection
	Supports   []Support
	Unmatched  []Entry
}

// Codes of why connecting failed, beside [chart.Reasons].
const (
	ReasonHost        = "connect-host"        // there is no such name
	ReasonNotFHIR     = "connect-not-fhir"    // what answers is no FHIR server
	ReasonVersion     = "connect-version"     // it speaks a version that is not spoken here
	ReasonCredentials = "connect-credentials" // a client id and a secret are needed
	ReasonClient      = "connect-client"      // the client id or the secret is refused
	ReasonTenant      = "connect-tenant"      // the tenant is needed, or refused
	ReasonSignIn      = "connect-sign-in"     // its sign-in does not work as it should
	ReasonPlainToken  = "connect-plain-token" // the token URL is without TLS, the link is not
)

// ConnectReasons lists them, for the catalogues.
func ConnectReasons() []string {
	return []string{ReasonHost, ReasonNotFHIR, ReasonVersion, ReasonCredentials, ReasonClient, ReasonTenant, ReasonSignIn, ReasonPlainToken}
}

// Probed is what a probe found out.
type Probed struct {
	OK       bool
	Version  string
	TokenURL string
	Auth     string
	Supports []Support
}

// Missing are the types that are not offered.
func (p Probed) missing() []string {
	var out []string
	for _, s := range p.Supports {
		if !s.Found {
			out = append(out, s.Type)
		}
	}
	return out
}

// Support says whether a record system offers a type, and which kind of data
// its absence hides.
type Support struct {
	Type  string
	Found bool
	Hides string
}

func errTenantAlone() error {
	p := operation.Problemf(http.StatusUnprocessableEntity, "tenant-needs-credentials", "A tenant can be given only together with a client id and a secret of your own.")
	p.Errors = map[string]string{"tenant": "needs a client id and a secret of your own"}
	return p
}

func errNoRecords() error {
	return operation.Problemf(http.StatusConflict, "no-connection", "This space is not connected to a record system. Connect one first.")
}

// A ConnectRequest is what a person gives to connect a space.
type ConnectRequest struct {
	Space, Name, Link, Choice, Auth string
	ClientID, Secret, Username      string
	Tenant, TokenURL, Replaces      string
	Save                            bool
}

// attempt is a connection that is tried, with its secret.
type attempt struct {
	connection Connection
	secret     string
	replaces   *Connection
}

// ConnectionChoices are the ready-made partners of a space.
func (s *Service) ConnectionChoices(ctx context.Context, space string) (out []Choice, err error) {
	var asker Asker
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		asker, err = s.enter(ctx, tx, rec, space, Owner)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.records.Choices(ctx, asker.Space.Tenant)
}

// Connect tries a link step by step and, when it is to be saved and all went
// well, makes the connection. tell hears of each step; its last is done.
func (s *Service) Connect(ctx context.Context, in ConnectRequest, tell func(ConnectStep)) error {
	a, err := s.prepare(ctx, in)
	if err != nil {
		return err
	}
	probed, err := s.records.Probe(ctx, a.connection, a.secret, tell)
	if err != nil {
		return err
	}
	if !probed.OK || !in.Save {
		return s.tried(ctx, a.connection, probed, tell)
	}
	c := a.connection.found(probed, s.moment())
	same, err := s.former(ctx, a.replaces, c)
	if err != nil {
		return err
	}
	if same != nil {
		c.ID, c.Created = same.ID, same.Created
		a.replaces = nil
	}
	unmatched, err := s.keepConnection(ctx, c, a)
	if err != nil {
		return err
	}
	tell(ConnectStep{Step: StepDone, Outcome: OutcomeOK, Connection: &c, Supports: probed.Supports, Unmatched: unmatched})
	return nil
}

// found completes a connection with what a probe found out.
func (c Connection) found(p Probed, now time.Time) Connection {
	c.Version, c.TokenURL, c.Auth, c.Missing = p.Version, p.TokenURL, p.Auth, p.missing()
	c.LastOK, c.LastError = now, ""
	return c
}

// prepare judges what a person gave before anything is called.
func (s *Service) prepare(ctx context.Context, in ConnectRequest) (a attempt, err error) {
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		asker, err := s.enter(ctx, tx, rec, in.Space, Owner)
		if err != nil {
			return err
		}
		if in.Replaces != "" {
			old, err := tx.Connection(ctx, in.Replaces)
			if err != nil || old.Space != in.Space {
				return errors.Join(ErrNotFound, err)
			}
			a.replaces = &old
		}
		c := Connection{
			ID: newID(), Space: in.Space, Name: strings.TrimSpace(in.Name), Auth: in.Auth, ClientID: strings.TrimSpace(in.ClientID),
			TokenURL: strings.TrimSpace(in.TokenURL), Created: s.moment(),
		}
		if in.Username != "" {
			c.ClientID = strings.TrimSpace(in.Username)
		}
		a.secret = in.Secret
		if in.Choice != "" {
			return s.choose(ctx, &a, c, in, asker)
		}
		if c.Link, err = NormalizeLink(in.Link); err != nil {
			return err
		}
		if err := fits("name", c.Name, 200, in.Save); err != nil {
			return err
		}
		if in.Tenant != "" {
			if c.ClientID == "" || a.secret == "" {
				return errTenantAlone()
			}
			if c.Tenant, err = tenantGUID(in.Tenant); err != nil {
				return err
			}
		}
		a.connection = c
		return nil
	})
	return a, err
}

// choose takes a ready-made partner: its link, and the operator's credentials
// where they may be used.
func (s *Service) choose(ctx context.Context, a *attempt, c Connection, in ConnectRequest, asker Asker) error {
	all, err := s.records.Choices(ctx, asker.Space.Tenant)
	if err != nil {
		return err
	}
	for _, ch := range all {
		if ch.ID != in.Choice {
			continue
		}
		c.Link = ch.Link
		if c.Name == "" {
			c.Name = ch.Name
		}
		switch {
		case in.Tenant != "" && (c.ClientID == "" || a.secret == ""):
			return errTenantAlone()
		case c.ClientID != "":
			if in.Tenant != "" {
				if c.Tenant, err = tenantGUID(in.Tenant); err != nil {
					return err
				}
			}
		case ch.Ready:
			c.Choice, c.Tenant, c.TokenURL, c.Auth, a.secret = ch.ID, ch.Tenant, "", "", ""
		}
		a.connection = c
		return nil
	}
	return invalid("choice", "is not offered any more; read the choices again")
}

// tried records an attempt that changes nothing, and ends its stream.
func (s *Service) tried(ctx context.Context, c Connection, p Probed, tell func(ConnectStep)) error {
	rec := s.record(ctx, "EHRConnectionTest")
	rec.Space, rec.Detail = c.Space, c.Link
	outcome := OutcomeOK
	if !p.OK {
		rec.Status, outcome = http.StatusBadGateway, OutcomeFailed
	}
	if err := s.settle(ctx, rec, true, nil); err != nil {
		return err
	}
	done := ConnectStep{Step: StepDone, Outcome: outcome, Supports: p.Supports}
	if p.OK {
		found := c.found(p, s.moment())
		found.ID = ""
		done.Connection = &found
	}
	tell(done)
	return nil
}

// secretAAD binds a sealed secret to its row.
func secretAAD(connection string) []byte {
	return []byte("patients_connection\x00secret\x00" + connection)
}

// keepConnection stores a connection and, where it takes another's place,
// matches that one's entries.
func (s *Service) keepConnection(ctx context.Context, c Connection, a attempt) (unmatched []Entry, err error) {
	var matched map[string]matchedEntry
	if a.replaces != nil {
		if matched, err = s.rematch(ctx, c, a.secret, *a.replaces); err != nil {
			return nil, err
		}
	}
	sealed := []byte{}
	if a.secret != "" {
		sealed = s.box.Seal(secretAAD(c.ID), []byte(a.secret))
	}
	err = s.change(ctx, "EHRConnectionSet", func(ctx context.Context, w *work) error {
		asker, err := s.enter(ctx, w.tx, w.rec, c.Space, Owner)
		if err != nil {
			return err
		}
		w.rec.Connection, w.rec.Detail = c.ID, c.Link
		if err := w.tx.PutConnection(ctx, c, sealed); err != nil {
			return err
		}
		if !asker.Space.EHR {
			sp := asker.Space
			sp.EHR = true
			sp.Version++
			if err := w.tx.PutSpace(ctx, sp); err != nil {
				return err
			}
		}
		if a.replaces == nil {
			return w.comeBack(ctx, c)
		}
		if err := s.retire(ctx, w, *a.replaces); err != nil {
			return err
		}
		unmatched, err = s.relinkAll(ctx, w, c, *a.replaces, matched)
		return err
	})
	if err == nil {
		s.records.Close(c.ID)
		if a.replaces != nil {
			s.records.Close(a.replaces.ID)
		}
	}
	return unmatched, err
}

// retire removes a connection: its entries keep their last-seen values.
func (s *Service) retire(ctx context.Context, w *work, c Connection) error {
	c.Removed = w.now
	if err := w.tx.PutConnection(ctx, c, nil); err != nil {
		return err
	}
	return w.tx.ForgetConnectionSecret(ctx, c.ID)
}

// RemoveConnection removes a connection.
func (s *Service) RemoveConnection(ctx context.Context, space, id string) error {
	err := s.change(ctx, "EHRConnectionRemove", func(ctx context.Context, w *work) error {
		if _, err := s.enter(ctx, w.tx, w.rec, space, Owner); err != nil {
			return err
		}
		c, err := connectionOf(ctx, w.tx, space, id)
		if err != nil {
			return err
		}
		w.rec.Connection = c.ID
		return s.retire(ctx, w, c)
	})
	if err == nil {
		s.records.Close(id)
	}
	return err
}

// connectionOf is a connection of a space that is not removed.
func connectionOf(ctx context.Context, tx Tx, space, id string) (Connection, error) {
	c, err := tx.Connection(ctx, id)
	if err == nil && (c.Space != space || !c.Removed.IsZero()) {
		return Connection{}, ErrNotFound
	}
	return c, err
}

// TestConnection tries a connection that is there, step by step, and keeps
// what was found out.
func (s *Service) TestConnection(ctx context.Context, space, id string, tell func(ConnectStep)) error {
	var c Connection
	var secret string
	err := s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) (err error) {
		if _, err = s.enter(ctx, tx, rec, space, Owner); err != nil {
			return err
		}
		c, secret, err = s.withSecret(ctx, tx, space, id)
		return err
	})
	if err != nil {
		return err
	}
	reason := chart.ReasonUnexpected
	probed, err := s.records.Probe(ctx, c, secret, func(st ConnectStep) {
		if st.Outcome == OutcomeFailed {
			reason = st.Detail
		}
		tell(st)
	})
	if err != nil {
		return err
	}
	if !probed.OK {
		if err := s.noteFailure(ctx, c, reason); err != nil {
			return err
		}
		return s.tried(ctx, c, probed, tell)
	}
	found := c.found(probed, s.moment())
	err = s.change(ctx, "EHRConnectionTest", func(ctx context.Context, w *work) error {
		if _, err := s.enter(ctx, w.tx, w.rec, space, Owner); err != nil {
			return err
		}
		w.rec.Connection = id
		if _, err := connectionOf(ctx, w.tx, space, id); err != nil {
			return err
		}
		return w.tx.PutConnection(ctx, found, nil)
	})
	if err != nil {
		return err
	}
	tell(ConnectStep{Step: StepDone, Outcome: OutcomeOK, Connection: &found, Supports: probed.Supports})
	return nil
}

func (s *Service) noteFailure(ctx context.Context, c Connection, reason string) error {
	return s.observing(ctx, func(ctx context.Context, w *work) error {
		return w.tx.NoteConnection(ctx, c.ID, time.Time{}, reason)
	})
}

// withSecret is a connection and its secret, opened.
func (s *Service) withSecret(ctx context.Context, tx Tx, space, id string) (Connection, string, error) {
	c, err := connectionOf(ctx, tx, space, id)
	if err != nil {
		return c, "", err
	}
	sealed, err := tx.ConnectionSecret(ctx, id)
	if err != nil || len(sealed) == 0 {
		return c, "", err
	}
	secret, err := s.box.Open(secretAAD(id), sealed)
	return c, string(secret), err
}

// open gives the record system of a connection that was read with its secret.
func (s *Service) open(ctx context.Context, c Connection, secret string) (fhir.Server, error) {
	if !c.Removed.IsZero() {
		return nil, &chart.Fault{Reason: chart.ReasonRemoved, Err: errors.New("the connection was removed")}
	}
	return s.records.Open(ctx, c, secret)
}
