// Package mappingtest holds the tests of package mapping that are written from
// the rules alone: the code tables, the losses L-1 to L-32, what is withheld,
// round trips, decimals, and conversions of public records in all directions,
// checked against the official definitions of the target version.
//
// Rules are told in terms of elements and values, as the tables of the version
// mapping tell them; no test here knows how a conversion is done. Patients are
// made up or from public sets of samples.
package mappingtest
