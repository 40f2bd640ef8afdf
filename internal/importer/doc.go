// Package importer puts files of FHIR resources into a server: Bundles of
// every type, single resources and NDJSON, packed with gzip or not.
//
// It owns the reading and cutting of files, the feeding of the server with
// many writes at once, and the journal that lets an import be started again
// where it stopped. It never touches storage: what it writes goes through
// [fhir.Server] like any client's write.
//
// Invariants: what cannot be taken is reported by file, line and reason, and
// the rest goes in; a file is in the journal only when all of it is stored;
// reading the same file twice makes no second copy of a resource that has, or
// can be given, an id.
package importer
