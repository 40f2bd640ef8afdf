// Package provider owns the map of the system: embedded stores, providers (the
// FHIR servers of healthcare organisations) and the tenants that are mapped to
// them.
//
// It answers one question on the hot path, whose data a tenant's token means,
// from a snapshot in memory that is reloaded whenever any process changes the
// configuration. It never talks to a provider; links do.
//
// Invariants: a tenant is a GUID in lower case and is mapped to at most one
// provider; a provider's FHIR version is its store's; what is in use is not
// removed; every change and its audit record are one transaction.
package provider
