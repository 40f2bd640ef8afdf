// Package credential signs calls in to a provider, in whatever way that
// provider wants: not at all, with a fixed secret, or with an OAuth 2.0 access
// token that it gets, keeps and renews (RFC 6749 §4.4, RFC 7523, SMART Backend
// Services).
//
// Invariants: two tenants share a token only when nothing that the token was
// asked with depends on the tenant; one request for a token is under way
// however many callers wait; no secret, assertion or token is in an error, a
// log line or anything printed; a secret goes to the token endpoint over TLS
// (unless the provider itself is reached without) and is never redirected.
package credential
