// Package faulttest holds what happens when a provider is slow, breaks, or
// lies: each fault is switched on in a server between the gateway and an honest
// one, and has a documented status and outcome, for a single call and for an
// entry of a batch. No fault may reach another tenant, and nothing of the
// provider may show in an answer.
//
// It asks a whole server over HTTP, and sets it up by the commands an operator
// uses. It holds tests only.
package faulttest
