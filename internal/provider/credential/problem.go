package credential

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
)

// A Reason classifies why we could not sign in.
type Reason string

// Reasons, for metrics and tests.
const (
	ReasonTenant      Reason = "tenant"      // a setting holds {tenant}, and no tenant is known
	ReasonDiscovery   Reason = "discovery"   // the provider states no token URL
	ReasonUnreachable Reason = "unreachable" // no connection
	ReasonPolicy      Reason = "policy"      // our own rules for outbound connections forbid it
	ReasonTLS         Reason = "tls"         // its certificate is not trusted
	ReasonTimeout     Reason = "timeout"     // no answer in time
	ReasonBusy        Reason = "busy"        // 429 or 5xx
	ReasonCredentials Reason = "credentials" // client, secret, key or assertion is refused
	ReasonRequest     Reason = "request"     // scope, grant or a parameter is refused
	ReasonRedirect    Reason = "redirect"    // 3xx
	ReasonAnswer      Reason = "answer"      // it is not a token answer
	ReasonInternal    Reason = "internal"    // we could not sign
)

// A Problem is why we could not sign in to a provider, for the operator: it
// may name hosts, and never holds a secret, an assertion or a token.
type Problem struct {
	Reason Reason
	What   string // what happened, one sentence
	Do     string // what to do about it, one sentence
	Status int    // of the token endpoint's answer, 0 without one
	Code   string // its OAuth error code (RFC 6749 §5.2), "" without one

	retryAfter time.Duration
	cause      error
}

// Error gives what happened and what to do.
func (p *Problem) Error() string { return p.What + " " + p.Do }

// Unwrap gives the cause, nil when the answer itself is the problem.
func (p *Problem) Unwrap() error { return p.cause }

// Explain finds the problem behind an error of this package.
func Explain(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}

// A face is what strangers see of a reason.
type face struct {
	kind       fhir.Kind
	code, text string
}

const tryAgain = "The provider's sign-in does not answer at the moment. Try again later."

func faceOf(r Reason) face {
	switch r {
	case ReasonUnreachable, ReasonBusy:
		return face{fhir.KindUnavailable, "transient", tryAgain}
	case ReasonTimeout:
		return face{fhir.KindTimeout, "timeout", "The provider's sign-in took longer than its time limit. Try again later."}
	case ReasonCredentials:
		return face{fhir.KindUpstream, "exception", "The provider refuses our credentials. Ask the operator to check them."}
	case ReasonRequest:
		return face{fhir.KindUpstream, "exception", "The provider refuses our request for access. Ask the operator to check its sign-in settings."}
	case ReasonPolicy:
		return face{fhir.KindUpstream, "exception", "The provider's sign-in is where this server may not connect to. Ask the operator to test the provider."}
	case ReasonTLS:
		return face{fhir.KindUpstream, "exception", "The provider's sign-in cannot be trusted. Ask the operator to check its certificate."}
	case ReasonInternal:
		return face{fhir.KindInternal, "exception", "An internal error occurred. Quote the request id when you report it."}
	default:
		return face{fhir.KindUpstream, "exception", "The provider's sign-in does not work as it should. Ask the operator to test the provider."}
	}
}

// failure is the error that leaves the package: safe text outside, p for the
// log and the operator inside.
func (p *Problem) failure(wait time.Duration) *fhir.Error {
	f := faceOf(p.Reason)
	err := fhir.Errorf(f.kind, f.code, "%s", f.text).Because(p)
	if f.kind == fhir.KindUnavailable || f.kind == fhir.KindTimeout {
		err.RetryAfter = max(wait, 0)
	}
	return err
}

// transport explains why an exchange with host gave no answer.
func transport(what, host string, err error) *Problem {
	p := &Problem{Reason: ReasonUnreachable, cause: err, What: what + " at " + host + " cannot be reached: " + reasonText(err) + "."}
	var (
		netErr  net.Error
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		op      *net.OpError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, outbound.ErrRefused):
		p.Reason, p.Do = ReasonPolicy, "If it is meant, allow it there; else check --url and --token-url."
	case errors.As(err, &unknown):
		p.tls(what, host, "shows a certificate of an authority that is not trusted here", "Give the authority's certificate with --ca-file.")
	case errors.As(err, &invalid):
		p.tls(what, host, "shows a certificate that is not valid ("+invalid.Error()+")", "Ask the vendor to renew it, or check this machine's clock.")
	case errors.As(err, &name):
		p.tls(what, host, "shows a certificate for another name", "Check --url and --token-url, or ask the vendor to mend the certificate.")
	case errors.As(err, &op) && op.Op == "remote error": // a TLS alert
		p.tls(what, host, "ends the TLS handshake ("+op.Err.Error()+")", "It may want a client certificate: give --client-cert-file and --client-key-file.")
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		p.tls(what, host, "does not speak TLS", "Check the port and the scheme of --url and --token-url.")
	case errors.As(err, &dns) && dns.IsNotFound:
		p.What, p.Do = what+": the name "+host+" is not known.", "Check --url and --token-url, and this machine's name servers."
	case errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &netErr) && netErr.Timeout()):
		p.Reason, p.What = ReasonTimeout, what+" at "+host+" does not answer in time."
		p.Do = "Check that a firewall lets this machine reach it, or raise --timeout."
	default:
		p.Do = "Check --url, --token-url and --proxy, and that a firewall lets this machine reach it."
	}
	return p
}

func (p *Problem) tls(what, host, how, do string) {
	p.Reason, p.What, p.Do = ReasonTLS, what+" at "+host+" "+how+".", do
}

// reasonText leaves out the method and URL that the HTTP client puts before
// its reason.
func reasonText(err error) string {
	for {
		outer, ok := err.(interface { // *url.Error, *net.OpError and the like, one level at a time
			Timeout() bool
			Unwrap() error
		})
		if !ok || outer.Unwrap() == nil {
			return printable(err.Error(), maxQuoted)
		}
		err = outer.Unwrap()
	}
}
