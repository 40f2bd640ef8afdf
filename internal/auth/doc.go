// Package auth is the authorization server: clients and their secrets, the
// token endpoint, signing keys and the verification of tokens.
//
// The hot path reads a snapshot in memory; changes go to storage, each in one
// transaction with its audit record, and every process reloads. A token costs
// one keyed hash and one signature: secrets are random, so they need no slow
// hash.
//
// Invariants: a client's id never changes; a secret is shown once and kept as
// a keyed hash only; an unknown client, a wrong secret and a disabled client
// get the same answer; a key is published before it signs and stays published
// until its last token has expired; no token outlives the secret that obtained
// it; no token leaves before its record is durable.
package auth
