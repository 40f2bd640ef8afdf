// Package conformance is the suite that every back-end of a storage interface
// must pass: what the interfaces promise, and what databases are known to get
// wrong (odd Unicode, huge values, pages under change, concurrent writers,
// cancellation, atomicity).
package conformance
