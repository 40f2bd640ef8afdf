// Command peers judges Wardbridge by programs that are not ours: a real HAPI
// FHIR server (its JPA server, in memory) as the provider behind the gateway,
// and HAPI's validator over what the gateway gives out of its records.
//
// It starts one Java process that serves DSTU2, STU3 and R4, loads the
// requirement suite's fixtures and, where the shared data is, public sample
// records into it, runs the requirement suite through a gateway that reaches
// HAPI as any provider, also through a proxy that takes one of HAPI's
// abilities away at a time, and then has every answer to the app's calls
// judged: an error that the record did not have when it was loaded fails the
// run. At last the Patients app is connected straight to HAPI, and what it
// shows is held against HAPI's own answers (internal/apptest). It never edits
// records to please a judge.
package main
