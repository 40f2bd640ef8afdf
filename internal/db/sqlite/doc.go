// Package sqlite keeps Wardbridge's data in SQLite files: the main database
// (clients, keys, providers, tenants, audit) and one file per embedded FHIR
// store. It implements the storage interfaces that the domain packages
// declare, in its own SQL, and translates the driver's errors into the ones
// callers act on.
//
// Invariants: every file is in WAL mode with synchronous=FULL, and the pragmas
// are read back when it is opened. One connection writes, through a [Writer]
// that gathers waiting jobs into one transaction; nothing is acknowledged
// before the COMMIT that holds it has returned. Readers never block the writer
// nor wait for it. Migrations are additive, so that the previous release still
// runs on a newer schema.
package sqlite
