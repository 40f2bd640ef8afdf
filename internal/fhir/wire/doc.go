// Package wire turns HTTP into [fhir.Request] and [fhir.Response] into HTTP. It
// holds all that differs on the wire between FHIR versions: media types, where
// an entry's outcome goes, the shape of Bundles, OperationOutcomes and
// capability statements.
//
// A [Codec] is a value made for each request, since the base URL a client sees
// may depend on the request. It reads a body once and within its limits, and
// writes a status only when the whole answer is ready.
//
// It never decides who may ask, and never knows what a search parameter means.
package wire
