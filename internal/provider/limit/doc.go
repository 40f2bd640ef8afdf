// Package limit is the link limit: the bulkhead around the calls to one
// provider, so that one slow hospital never slows another.
//
// A [Limiter] bounds how many calls run at once and how many wait, shares the
// waiting fairly between tenants, gives each call its part of the request's
// deadline, repeats idempotent calls within a budget, stops calling a provider
// that fails (circuit breaker) or asks for rest (Retry-After), and lets
// identical reads of one tenant share one call.
//
// Invariants: nothing is shared between tenants but the bounds; a request that
// its client gave up is cancelled and is no failure of the provider; what a
// Limiter holds is bounded whatever the provider does; it keeps no goroutine
// when no call runs. Responses are shared and must not be changed by links
// above: they copy what they edit.
package limit
