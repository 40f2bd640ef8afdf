// Package fhirstore is the embedded FHIR store as a fhir.Server of one
// version: every interaction, versions of resources, searches compiled to
// ranges of one ordered index that a [Storage] keeps.
//
// Invariants: a resource is kept as the bytes that arrived; id, meta.versionId,
// meta.lastUpdated and, in a transaction, resolved references are spliced in
// when it is written. What an index range finds is only a candidate:
// [search.Query] decides, so an index may give too much but never too little.
// A search is answered whole or refused, never cut short. lastUpdated never
// goes backwards within a store. Index rows are derived from bodies and are
// made anew when the search definitions change.
//
// It does no HTTP and knows no SQL. See DESIGN.md for the index.
package fhirstore
