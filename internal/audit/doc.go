// Package audit keeps the record of who asked for which patient's data and of
// every change of configuration.
//
// A record is durable before the answer it describes leaves the process, and
// when it cannot be written the request fails (REQ-AUD-4). Records are only
// ever appended. Each process has a chain of its own: every record carries the
// hash of its chain up to and including itself, and the first record of a
// chain holds the heads of the chains that were there before, so that chains
// vouch for each other.
//
// Records hold ids, parameter names, status and sizes, never parameter values,
// names, dates or record numbers (REQ-AUD-3).
//
// What the chains prove: a record that was changed, removed, inserted or moved
// is found by [Log.Verify] and named. Someone who may write the whole database
// can recompute a chain from any record on; that is found only if a later
// chain, or a head hash kept elsewhere (the log at shutdown, `audit verify`'s
// output), vouches for what was there. Keep such a hash outside the machine.
package audit
