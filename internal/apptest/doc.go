// Package apptest judges the Patients app from outside: over HTTP, as a browser
// asks it, and with rules of its own.
//
// A [Walk] connects a space to a record system, finds patients, lists them,
// follows the list's stream until every cell is settled, and opens each
// patient's page. What was shown is then held against a [Record], which is read
// from the record system itself, in its own version, with encoding/json into
// maps. So nothing here shares code with what it judges: no conversion, no
// search engine, no package chart.
//
// The walk is used by the tests here, over public sample records, and by
// test/peers, over real servers. The tests also hold what becomes of a list on
// bad days: a partner that is down, slow, wrong or about somebody else.
package apptest
