// Package reqtest is the black-box suite of the interface: one named subtest
// per requirement and face, over real HTTP, against the real binary.
//
//	go test ./internal/reqtest -run 'TestREQ/PAT-7/stu3'
//
// Nothing here knows how the product is built. The suite compiles
// cmd/wardbridge, sets a data directory up with its commands, starts `serve`
// on a loopback port and speaks HTTP to it; everything that depends on the
// commands' spelling is in binary_test.go.
//
// Each face has a server of its own with two tenants whose records carry marks
// of their own (testdata). Every answer of the whole suite is searched for the
// other tenant's mark, whatever the test at hand is about.
//
//	go test ./internal/reqtest -run TestREQ -conformance ../../docs/conformance.md
//
// writes the table of requirements and faces from that run.
package reqtest
