// Package fhir is the language every other part speaks: FHIR versions,
// requests, responses and errors, and the walking and splicing of resource
// bytes.
//
// It owns the one seam of the system, [Server]. It knows no HTTP, no storage
// and no search parameter, and it imports nothing of ours.
//
// Invariants: a resource is the bytes that arrived; whoever changes one
// splices ([Splice]) and leaves every other byte alone. It is the only package
// that imports the JSON tokenizer.
package fhir
