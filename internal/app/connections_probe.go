package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

// An attempt is a connection that is tried step by step (ui §6.1 P2).
type attempt struct {
	cs     *connections
	c      patients.Connection
	secret string
	tell   func(patients.ConnectStep)
	out    patients.Probed

	base      *url.URL
	conn      *connection // nothing is known of the version yet
	statement []byte
	version   fhir.Version
	skip      string // why the step token is skipped
}

// stepTime bounds one step: someone is waiting and looking.
const stepTime = 15 * time.Second

// Probe implements [patients.Records].
func (cs *connections) Probe(ctx context.Context, c patients.Connection, secret string, tell func(patients.ConnectStep)) (patients.Probed, error) {
	c, secret, err := cs.resolve(ctx, c, secret)
	if err != nil {
		return patients.Probed{}, err
	}
	a := &attempt{cs: cs, c: c, secret: secret, tell: tell}
	if a.base, err = url.Parse(c.Link); err != nil {
		return patients.Probed{}, err
	}
	// Without signing in: how to is found out first.
	open := c
	open.Auth = credential.None
	if a.conn, err = cs.s.connect(connectionProvider(open), 0, connectionSecrets("")); err != nil {
		return patients.Probed{}, err
	}
	defer a.conn.close()
	ctx = access.WithPrincipal(ctx, principalOf(ctx, c))
	steps := []struct {
		name string
		try  func(context.Context) (string, *refusal)
	}{
		{patients.StepReachable, a.reach},
		{patients.StepStatement, a.read},
		{patients.StepVersion, a.spoken},
		{patients.StepToken, a.token},
		{patients.StepSearch, a.search},
	}
	for i, st := range steps {
		if !a.step(ctx, st.name, st.try) {
			for _, later := range steps[i+1:] {
				tell(patients.ConnectStep{Step: later.name, Outcome: patients.OutcomeSkipped})
			}
			return a.out, nil
		}
	}
	a.out.OK, a.out.Auth = true, a.c.Auth
	if a.c.TokenURL != "" {
		a.out.TokenURL = a.c.TokenURL
	}
	return a.out, nil
}

// A refusal is why a step failed: codes, and the fields that would help.
type refusal struct {
	reason, advice string
	need           []string
}

func (a *attempt) step(ctx context.Context, name string, try func(context.Context) (string, *refusal)) bool {
	a.tell(patients.ConnectStep{Step: name, Outcome: patients.OutcomeRunning})
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	begun := time.Now()
	a.skip = ""
	detail, no := try(ctx)
	st := patients.ConnectStep{Step: name, Outcome: patients.OutcomeOK, Took: time.Since(begun), Detail: detail}
	switch {
	case no != nil:
		st.Outcome, st.Detail, st.Advice, st.Need = patients.OutcomeFailed, no.reason, cmp.Or(no.advice, no.reason), no.need
	case a.skip != "":
		st.Outcome, st.Detail = patients.OutcomeSkipped, a.skip
	}
	a.tell(st)
	return no == nil
}

// reach connects, through the same door as every later call.
func (a *attempt) reach(ctx context.Context) (string, *refusal) {
	state, err := a.conn.dialer.Connect(ctx, a.base)
	if err != nil {
		return "", unreachable(err)
	}
	if state == nil {
		return "http", nil // without TLS: the page warns
	}
	return tls.VersionName(state.Version), nil
}

func unreachable(err error) *refusal {
	var dns *net.DNSError
	reason := chart.ReasonOf(err)
	switch {
	case reason == chart.ReasonAddress:
	case errors.As(err, &dns) && dns.IsNotFound:
		reason = patients.ReasonHost
	case errors.As(err, new(*tls.CertificateVerificationError)):
		reason = chart.ReasonUntrusted
	case errors.Is(err, context.DeadlineExceeded):
		reason = chart.ReasonTimeout
	default:
		reason = chart.ReasonDown
	}
	return &refusal{reason: reason}
}

// read asks for the statement, which is given to anyone (interface §2), or else
// to those who sign in.
func (a *attempt) read(ctx context.Context) (string, *refusal) {
	resp, err := a.conn.open.Do(ctx, &fhir.Request{Interaction: fhir.Capabilities})
	if err != nil && a.secret != "" && slices.Contains([]string{chart.ReasonCredentials, chart.ReasonForbidden}, chart.ReasonOf(err)) {
		c := a.c
		c.Auth = cmp.Or(c.Auth, credential.ClientSecretPost)
		signed, cerr := a.cs.s.connect(connectionProvider(c), 0, connectionSecrets(a.secret))
		if cerr != nil {
			return "", &refusal{reason: patients.ReasonCredentials, need: []string{"clientID", "secret"}}
		}
		defer signed.close()
		resp, err = signed.remote.Do(ctx, &fhir.Request{Interaction: fhir.Capabilities})
	}
	if err != nil {
		reason := chart.ReasonOf(err)
		switch reason {
		case chart.ReasonGone, chart.ReasonUnexpected, chart.ReasonUnsupported, chart.ReasonInternal:
			reason = patients.ReasonNotFHIR
		}
		return "", &refusal{reason: reason}
	}
	a.statement = resp.Resource.Body
	doc, err := fhir.Parse(a.statement)
	if typ := ""; err == nil {
		if typ = doc.Root().Get("resourceType").String(); typ == "Conformance" || typ == "CapabilityStatement" {
			return strings.TrimSpace(doc.Root().Get("software").Get("name").String() + " " + doc.Root().Get("software").Get("version").String()), nil
		}
	}
	return "", &refusal{reason: patients.ReasonNotFHIR}
}

func (a *attempt) spoken(context.Context) (string, *refusal) {
	v, release, err := remote.Detect(a.statement)
	if err != nil {
		return "", &refusal{reason: patients.ReasonVersion}
	}
	a.version, a.out.Version = v, v.String()
	a.c.Version = v.String()
	a.out.Supports = supports(a.statement, v)
	return "FHIR " + release, nil
}

// token signs in where the statement, or the person, says how.
func (a *attempt) token(ctx context.Context) (string, *refusal) {
	stated, _ := remote.OAuthURIs(a.statement)
	if a.c.TokenURL == "" && stated != "" {
		if a.base.Scheme == "https" && !strings.HasPrefix(stated, "https://") {
			return "", &refusal{reason: patients.ReasonPlainToken}
		}
		a.c.TokenURL = stated
	}
	if a.c.Auth == "" {
		a.c.Auth = credential.None
		if a.c.TokenURL != "" || a.c.ClientID != "" {
			a.c.Auth = credential.ClientSecretPost
		}
	}
	switch a.c.Auth {
	case credential.None:
		a.skip = "open"
		return "", nil
	case credential.Basic, credential.Bearer:
		if a.secret == "" {
			return "", &refusal{reason: patients.ReasonCredentials, need: []string{"secret"}}
		}
		a.skip = a.c.Auth
		return "", nil
	}
	if a.c.ClientID == "" || a.secret == "" {
		need := []string{"clientID", "secret"}
		if a.c.Tenant == "" {
			need = append(need, "tenant")
		}
		return "", &refusal{reason: patients.ReasonCredentials, need: need}
	}
	signed, err := a.cs.s.connect(connectionProvider(a.c), a.version, connectionSecrets(a.secret))
	if err != nil {
		return "", &refusal{reason: patients.ReasonCredentials, need: []string{"clientID", "secret"}}
	}
	defer signed.close()
	if err := signed.source.Authorize(ctx, map[string][]string{}); err != nil {
		return "", a.refusedToken(err)
	}
	return "", nil
}

// refusedToken says why no token was given (RFC 6749 §5.2).
func (a *attempt) refusedToken(err error) *refusal {
	p, ok := credential.Explain(err)
	if !ok {
		return &refusal{reason: chart.ReasonOf(err)}
	}
	switch p.Code {
	case "invalid_scope":
		return &refusal{reason: patients.ReasonTenant, need: []string{"tenant"}}
	case "invalid_client", "unauthorized_client":
		return &refusal{reason: patients.ReasonClient, need: []string{"clientID", "secret"}}
	}
	switch reason := chart.ReasonOf(reasoned(err)); reason {
	case chart.ReasonCredentials:
		return &refusal{reason: patients.ReasonClient, need: []string{"clientID", "secret"}}
	case chart.ReasonUnexpected:
		return &refusal{reason: patients.ReasonSignIn}
	default:
		return &refusal{reason: reason}
	}
}

// search asks what the app asks, through the links that it will ask through.
func (a *attempt) search(ctx context.Context) (string, *refusal) {
	p := connectionProvider(a.c)
	o := &openRemote{provider: p, version: a.version, memories: newMemories(p.Remote, &Observed{}), stop: func() {}}
	if err := a.cs.s.link(o, connectionSecrets(a.secret), appBatch); err != nil {
		return "", &refusal{reason: patients.ReasonCredentials, need: []string{"clientID", "secret"}}
	}
	defer o.end()
	o.memories.heard(a.statement)
	resp, err := face(o, a.c).Do(ctx, onePatient())
	if err != nil {
		no := &refusal{reason: chart.ReasonOf(err)}
		if no.reason == chart.ReasonCredentials && a.c.Auth == credential.None {
			no.reason, no.need = patients.ReasonCredentials, []string{"clientID", "secret"}
		}
		return "", no
	}
	if resp.Known == fhir.TotalExact {
		return fmt.Sprintf("%d", resp.Total), nil
	}
	return "", nil
}

// supports are the types that the app asks for, with what is hidden where one
// is not offered. They are named as in R4.
func supports(statement []byte, v fhir.Version) []patients.Support {
	doc, err := fhir.Parse(statement)
	if err != nil {
		return nil
	}
	offered := map[string]bool{}
	for rest := range doc.Root().Get("rest").Values() {
		for r := range rest.Get("resource").Values() {
			offered[r.Get("type").String()] = true
		}
	}
	out := []patients.Support{{Type: "Patient", Found: offered["Patient"], Hides: "patients"}}
	for _, k := range chart.Kinds() {
		for i, t := range chart.Types(k) {
			name, ok := mapping.Type(t, fhir.R4, v)
			s := patients.Support{Type: t, Found: ok && offered[name]}
			if i == 0 && !s.Found {
				s.Hides = string(k)
			}
			if i == 0 || s.Found || !out[len(out)-1].Found {
				out = append(out, s)
			}
		}
	}
	return append(out, patients.Support{Type: "Location", Found: offered["Location"]})
}
