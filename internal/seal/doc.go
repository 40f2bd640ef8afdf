// Package seal encrypts what is kept or handed out: columns bound to their
// row, page links and other tickets that expire. It also holds the key rings
// that this, and keyed hashes, rest on.
//
// Encryption is AES-256-GCM under a key derived for each message from a random
// salt, so that no key reaches the number of messages its nonces allow,
// however many page links are made. What is sealed is bound to the additional
// data it was sealed with: anything moved to another row, tenant or purpose
// does not open.
package seal
