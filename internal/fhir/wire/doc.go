// Package wire is FHIR over HTTP, both ends: it turns HTTP into [fhir.Request]
// and [fhir.Response] into HTTP for a server ([Codec]), and the other way round
// for who asks one ([Client]). It holds all that differs on the wire between
// FHIR versions: media types, how an order is spelt, where an entry's outcome
// goes, the shape of Bundles, OperationOutcomes and capability statements.
//
// Both are values that may be made for each request. A body is read once and
// within its limits; an answer's status is written only when the whole answer
// is ready. What an asked server says of its failures, and where it is, is never
// passed on.
//
// It opens no connection, never decides who may ask, and never knows what a
// search parameter means.
package wire
