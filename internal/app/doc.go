// Package app is the one place that knows every concrete type: it reads the
// configuration, opens the data directory, builds the services, wires them and
// serves them over HTTP.
//
// It owns the HTTP server and what holds for every request whatever it asks:
// request ids, the client's address behind trusted proxies, recovery, limits
// against slow clients, the access record, metrics. It decides nothing about
// FHIR, tokens or tenants.
//
// Invariants: a broken store never stops the server; a change made by any
// process on the same data directory is in force within a quarter of a second;
// no line of the log, no metric and no page holds personal data, secrets or
// tokens.
package app
