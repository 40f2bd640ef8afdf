// Package access says who asks: the principal, the request id and the public
// URL of a request, and the typed context keys they travel under.
//
// It owns nothing else. Dependencies never travel in a context.
package access
