// Package chart reads one patient's record, for people to look at: who the
// patient is, and vitals, problems, allergies, medications, encounters and
// coverage, each with its time and with how asking for it went.
//
// It asks any [fhir.Server] in R4; a server of another version stands behind
// the link convert. It reads bytes, keeps the decimals as they are written,
// and never guesses: a section that could not be read says so, and is not
// empty. What was entered in error is left out, what has ended is not current
// (ui §2.2, §6.1).
package chart
