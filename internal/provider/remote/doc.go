// Package remote is the last link of a provider's chain: a FHIR server over
// HTTP as a [fhir.Server].
//
// It owns the calls: where they go (the provider's base, per tenant where the
// settings say so), what goes with them (headers, sign-in), how searches are
// sent, and what a failure of the network or the provider means for who asked.
// How FHIR looks on the wire is wire's part; retries, limits and time are those
// of the links above; connections are made by the HTTP client it is given.
//
// Invariants: nothing of a client's own request goes to the provider, and
// nothing that names the provider (its host, its words, its headers) comes
// back. A redirect is never followed. A page link leads to the provider's base
// or nowhere.
package remote
