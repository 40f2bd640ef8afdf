// Package adapt is the link that makes any provider's records good enough for
// the Patients app: displays on references, text and coding filled from each
// other, the defaults of the version mapping's §16, repaired dates, sanitised
// narrative, and what was entered in error left out.
//
// It stays in the provider's version and works on resource bytes: what needs no
// change passes through byte for byte. It never invents a clinical fact; what
// it adds is either found elsewhere in the record or says "Unknown".
package adapt
