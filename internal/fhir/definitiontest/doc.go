// Package definitiontest checks resources against the official definitions of
// their FHIR version: member names, cardinality, primitive formats, required
// codes and the types references may point at.
//
// It is for tests only. The definitions are public data that is not part of
// the repository; without them [New] skips the test and says so. It is no full
// validator: invariants, slicing and profiles are not looked at.
package definitiontest
