// Package outbound is the only dialer: every connection Wardbridge opens to
// another machine goes through a client made here.
//
// An address somebody else can choose (a client's keys, a provider) must not
// reach what only this machine can: loopback, private and link-local networks,
// cloud metadata. Names are resolved here, each address is judged, and the
// very address that was judged is dialled, so that a name cannot change its
// mind in between (DNS rebinding). Redirects are judged alike. Behind a proxy
// the names that were set with it are the proxy's to resolve. Time and size are
// bounded.
package outbound
