// Package gateway is the interop partner's face to the Patients app: one FHIR
// endpoint per version, each routing every call to the provider of the tenant
// in its token.
//
// It owns the order in which a request is judged (size, token, tenant,
// decoding), the chain of links an interaction passes through (split ▸ audit ▸
// adapt ▸ provider) and the statements it publishes. It never decides from a
// path, a header or a parameter whose data is meant: only the token does
// (interface §4).
//
// The embedded stores' own endpoints are served here too: the same codec, with
// writes, without the gateway's adaptations.
package gateway
