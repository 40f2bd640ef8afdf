// Package operation makes HTTP APIs for pages out of typed functions: one
// table of operations gives the routes, the checks that no handler can forget
// (who asks, from where, how large), the OpenAPI document and the TypeScript
// types.
//
// An operation is a function from an input struct to an output struct. Fields
// of the input tagged `path:"name"` or `query:"name"` come from the URL, the
// rest is the JSON body, strictly decoded. Failures are problem+json (RFC 9457).
package operation
