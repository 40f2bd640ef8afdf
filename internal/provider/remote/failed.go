package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
)

var errTooLarge = errors.New("remote: the answer is too large")

// failed says what a call without a whole answer means for who asked:
//
//	time was up, ours or the transport's          KindTimeout      504
//	the client hung up                            KindUnavailable  503
//	no name, no route, refused, reset, TLS        KindUnavailable  503
//	the address may not be called                 KindUnavailable  503
//	the answer is too large, or ends before time  KindUpstream     502
//
// The cause is for the log, without the URL: a search's has personal data.
func (r *Remote) failed(ctx context.Context, err error) *fhir.Error {
	err = withoutURL(err)
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fhir.AsError(ctx.Err())
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return fhir.Errorf(fhir.KindTimeout, "timeout", "The provider did not answer in time. Ask for less, or try again.").Because(err)
	case errors.Is(err, errTooLarge), errors.Is(err, outbound.ErrTooLarge):
		return fhir.Errorf(fhir.KindUpstream, "too-costly",
			"The provider's answer is larger than is taken here (%d bytes). Ask for fewer at once with _count.", r.cfg.MaxBytes).Because(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fhir.Errorf(fhir.KindUpstream, "transient", "The provider's answer ended before its time. Try again.").Because(err)
	case errors.Is(err, outbound.ErrRefused):
		return fhir.Errorf(fhir.KindUnavailable, "transient", "The provider's address is not one that may be called from here.").Because(err)
	case untrusted(err):
		return fhir.Errorf(fhir.KindUnavailable, "transient", "The provider's certificate cannot be trusted.").Because(err)
	}
	return fhir.Errorf(fhir.KindUnavailable, "transient", "The provider cannot be reached. Try again later.").Because(err)
}

func untrusted(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// withoutURL takes off what the HTTP client says around an error.
func withoutURL(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	return err
}
