// Package cli is the command line: one file per command. It parses, calls
// [app], and prints; it decides nothing.
//
// Every command has --output text|json, works on the data directory beside a
// running server, and ends with 0, with 1 when it could not do what was asked,
// or with 2 when it was asked wrongly. Errors say what to do next.
package cli
