// Package convert is the link that lets a provider of one FHIR version answer
// behind the face of another.
//
// What a search parameter of the face becomes is data (parameters.txt), one
// rule a parameter and pair of versions; what a resource becomes is package
// mapping's. An answer is the one that the face's own version would give over
// the converted records: a question that the provider's version cannot ask
// exactly is asked wider, and what comes back is filtered, ordered and counted
// here with the same engine (search.Wide). A part of an answer is never given
// for the whole, and a total is exact or left out.
//
// A record that the face cannot express truthfully (version-mapping §1.7) is
// left out, counted and reported, without its content. Its total is what was
// looked through; of more matches than one page of 250 holds, the provider's
// total is believed, unless the table says that some may be left out.
package convert
