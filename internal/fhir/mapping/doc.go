// Package mapping converts resources between DSTU2, STU3 and R4, in all six
// directions, purely: bytes in, bytes out.
//
// What an element is called, what type it has and how often it may stand in
// each version is data: one line an element in tables/*.txt. A rename, a wrap,
// a first-of-many, a drop and a code's translation fall out of those lines for
// every direction; a small function is named in the line that cannot say it
// all. The engine walks the source ([fhir.Index]) and appends to one buffer:
// decimals, strings and unknown extensions are copied as they came.
//
// Invariants: a modifier element is mapped or the resource is withheld; nothing
// is lost without a [Loss]; nothing clinical is invented.
package mapping
