// Package people owns who a person is and how one signs in: persons with
// identities (issuer, subject), local accounts with argon2id passwords, OpenID
// Connect, sessions, one-time links.
//
// Identities are never joined by e-mail: for Entra the subject is always tid
// and oid. It knows nothing of spaces and their roles; patients does.
//
// Invariants: passwords are kept as argon2id hashes, session and link tokens as
// hashes; a link works once; a session ends after idle time and after a day at
// most; every sign-in, refused or not, is audited without what was typed.
package people
