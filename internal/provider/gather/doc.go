// Package gather is the link gather: it makes one batch again of what the
// split took apart, for providers that answer a batch faster than many calls.
//
// Entries of one incoming batch that reach the link at about the same time
// leave as one batch request; each gets its own result. The link never waits
// for entries that may not come, and a provider that refuses batches is sent
// single calls. Nothing of two tenants, or of two requests, is ever in one
// batch.
package gather
