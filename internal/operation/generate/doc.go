// Package generate makes what others read out of a table of operations: the
// TypeScript types and client of the pages, and the OpenAPI document.
//
// It reads Go source for what reflection does not know, the comments and the
// constants of string types. Only tests use it: they write the files with
// -update, and fail when a file is not what the table gives.
package generate
