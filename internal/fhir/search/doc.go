// Package search owns what a FHIR search means: the parameters of each version
// (tables in definitions), how a query string becomes a [Query]
// ([Definitions.Parse]), what a resource is found by ([Definitions.Keys]), and
// whether a resource matches ([Query.Match]).
//
// Whoever executes a search, an index or a filter over what another server
// returned, decides with the same Match, so a rule lives in one place. It does
// no input or output and knows no storage.
//
// Rules are those of FHIR R4 search (https://hl7.org/fhir/R4/search.html) with
// the tolerances of interface §6 on every version: plain strings match
// anywhere in a value, folded; both _sort syntaxes are read; code systems that
// moved between versions compare equal.
package search
