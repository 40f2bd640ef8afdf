// Package operation makes HTTP APIs for pages out of typed functions: one
// table of operations gives the routes, the checks that no handler can forget
// (who asks, from where, how large), the OpenAPI document and the TypeScript
// types.
//
// An operation is a function from an input struct to an output struct. Fields
// of the input tagged `path:"name"` or `query:"name"` come from the URL, the
// rest is the JSON body, strictly decoded: unknown and repeated members, other
// spellings and text after the end are mistakes, named by their place. Failures
// are problem+json (RFC 9457). No answer may be kept by a cache.
//
// JSON is that of encoding/json's version 2, but for omitempty, which leaves
// out zero numbers and false as it always did. Slices and maps that are nil
// are [] and {}.
package operation
