// Package importer puts files of FHIR resources into a server: Bundles of
// every type, single resources and NDJSON, packed with gzip or not.
//
// It owns the reading and cutting of files, the feeding of the server with
// many writes at once, and the journal that lets an import be started again
// where it stopped. It never touches storage: what it writes goes through
// [fhir.Server] like any client's write.
//
// Invariants: an import ends as if its writes were done one after the other, in
// the order of the files, whatever is done at once; what cannot be taken is
// reported by file, line and reason, and the rest goes in; what a conditional
// create found is reported too; a file is in the journal only when nothing of
// it was refused; reading the same file twice makes no second copy of a
// resource that has, or can be given, an id.
package importer
