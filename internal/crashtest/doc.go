// Package crashtest kills a running wardbridge at random moments under mixed
// load and proves that nothing acknowledged is lost: every acknowledged write
// is there, every one has its audit record, the chain verifies, the store
// opens.
//
// It runs the real binary. WARDBRIDGE_CRASH_ROUNDS sets how often it is
// killed; the default keeps `make test` quick, `make crash` runs fifty.
package crashtest
