// Package deptest holds the rules of the source tree as tests: which package
// may import which, and what does not belong in the repository.
package deptest
