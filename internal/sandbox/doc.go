// Package sandbox makes the people of an EHR to play with: a hand-shaped set
// of sample patients and a generator of any number more, each in DSTU2, STU3
// and R4. Nobody in it is real.
//
// One internal record of a patient is rendered natively for each version; no
// version is converted from another. Everything comes as transaction Bundles
// of PUT requests with stable ids: the same version, seed and day give the
// same bytes, so that loading twice changes nothing.
//
// It never writes to a store and imports nothing but the language of FHIR.
package sandbox
