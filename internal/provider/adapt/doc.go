// Package adapt is the link that makes any provider good enough for the
// Patients app.
//
// Of records: displays on references, text and coding filled from each other,
// the defaults of the version mapping's §16, repaired dates, sanitised
// narrative, and what was entered in error left out. What needs no change
// passes through byte for byte. It never invents a clinical fact; what it adds
// is either found elsewhere in the record or says "Unknown".
//
// Of searches, for a provider that is not our own store (a [Memory] is given):
// they are answered as our store would, whatever the provider lacks, ignores
// or gets wrong. Every match is checked here; an answer is whole, or it is
// refused as too costly, never a part of one. What was learned of a provider
// holds for a day. See DESIGN.md.
//
// It stays in the provider's version.
package adapt
