// Package patients is the Patients app's service: spaces of care teams, their
// connections to record systems, patient lists, entries, columns, to-dos,
// notes, rounds, and what changed since each person last looked.
//
// An entry has an id of its own and points to a subject, a connection and an id
// in it, with a fingerprint of who that was. Our own data belong to the entry;
// the EHR's are last-seen values that live while the patient is listed and some
// days more.
//
// Invariants: every answer belongs to the asker's spaces; every operation is
// audited by its name (interface §11) with person, space, list and patient, and
// a change commits together with its record; the audit holds ids, never values;
// a change has a number (seq), and who missed it learns of it. FHIR is asked
// through an interface that app supplies.
package patients
