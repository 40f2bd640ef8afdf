package chart

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Records are what a record system has of one kind, as far as it was read.
type Records struct {
	// AsOf is when it was asked.
	AsOf time.Time
	// Total is how many there are: exact when Complete, else as the source
	// says, 0 when it does not.
	Total int
	// Complete says that this is all there is.
	Complete bool
	nodes    []fhir.Node
	// withheld says that there are records that could not be given: with
	// something that must not be ignored and is not understood.
	withheld bool
}

// Bodies makes Records of resources, all there are.
func Bodies(asOf time.Time, bodies ...[]byte) (*Records, error) {
	r := &Records{AsOf: asOf, Complete: true}
	for _, b := range bodies {
		doc, err := fhir.Index(b)
		if err != nil {
			return nil, fmt.Errorf("chart: %w", err)
		}
		r.nodes = append(r.nodes, doc.Root())
	}
	r.Total = len(r.nodes)
	return r, nil
}

// Types are the resource types of a kind, in R4: the first that the record
// system offers is asked.
func Types(kind Kind) []string {
	switch kind {
	case Vitals:
		return []string{"Observation"}
	case Problems:
		return []string{"Condition"}
	case Allergies:
		return []string{"AllergyIntolerance"}
	case Medications:
		return []string{"MedicationRequest", "MedicationStatement"}
	case Encounters:
		return []string{"Encounter"}
	case Coverage:
		return []string{"Coverage"}
	}
	return nil
}

// How much is read. A list needs the newest of the vitals; what is a list of
// things that hold is read to its end, as a part of it misleads (ui §2.2).
const (
	encounterCount = 10   // a page of them
	mostEncounters = 100  // among which one in progress is looked for
	vitalCount     = 100  // some sets of vital signs
	pageCount      = 100  // of all else
	mostRead       = 500  // of one kind, for a list
	mostWhole      = 2000 // of one kind, for a page that asks for all
)

// Request is the first call for a kind of data of a patient.
func Request(kind Kind, typ, patient string) *fhir.Request {
	req := &fhir.Request{Interaction: fhir.Search, Type: typ, Params: []fhir.Param{{Name: "patient", Value: patient}}}
	add := func(name, value string) { req.Params = append(req.Params, fhir.Param{Name: name, Value: value}) }
	count := pageCount
	switch kind {
	case Vitals:
		add("category", "vital-signs")
		add("_sort", "-date")
		count = vitalCount
	case Encounters:
		add("_sort", "-date")
		count = encounterCount
	case Problems, Allergies, Medications, Coverage:
	}
	add("_count", strconv.Itoa(count))
	return req
}

// Read asks for a kind of data of a patient. What is a list of things that hold
// is paged to its end within a bound; of vitals and encounters only the newest
// are read, unless all are wanted.
func Read(ctx context.Context, server fhir.Server, kind Kind, patient string, all bool, now func() time.Time) (*Records, error) {
	var failed error
	for _, typ := range Types(kind) {
		r, err := read(ctx, server, kind, typ, patient, all, now)
		if err == nil {
			return r, nil
		}
		if failed == nil {
			failed = err
		}
		if ReasonOf(err) != ReasonUnsupported {
			break
		}
	}
	if failed == nil {
		failed = fhir.Errorf(fhir.KindUnknownType, "not-supported", "There is no such kind of data.")
	}
	return nil, failed
}

func read(ctx context.Context, server fhir.Server, kind Kind, typ, patient string, all bool, now func() time.Time) (*Records, error) {
	most := mostRead
	switch {
	case all:
		most = mostWhole
	case kind == Vitals:
		most = vitalCount
	case kind == Encounters:
		most = mostEncounters
	}
	req := Request(kind, typ, patient)
	r := &Records{}
	for {
		asked := now()
		resp, err := server.Do(ctx, req)
		if err != nil {
			return nil, err
		}
		if r.AsOf.IsZero() {
			r.AsOf = asked
		}
		if resp.Known != fhir.TotalNone {
			r.Total = max(r.Total, resp.Total)
		}
		if err := r.take(resp, typ, patient); err != nil {
			return nil, err
		}
		r.withheld = r.withheld || slices.ContainsFunc(resp.Warnings, func(is fhir.Issue) bool { return is.Code == "incomplete" })
		if resp.Next == nil {
			r.Complete = !r.withheld
			if r.Complete {
				r.Total = len(r.nodes)
			}
			return r, nil
		}
		if len(r.nodes) >= most || kind == Encounters && !all && slices.ContainsFunc(encounters(r.nodes), encounter.present) {
			return r, nil
		}
		next := *req
		next.Cursor = slices.Clone(resp.Next)
		req = &next
	}
}

// take adds the matches of a page. What is of another type or of another
// patient must never be shown as this one's.
func (r *Records) take(resp *fhir.Response, typ, patient string) error {
	for _, m := range resp.Matches {
		if m.Mode != fhir.ModeMatch {
			continue
		}
		doc, err := fhir.Index(m.Body)
		if err != nil {
			return fhir.Errorf(fhir.KindUpstream, "structure", "The record system answered something that is not FHIR.").Because(err)
		}
		root := doc.Root()
		if !root.Get("resourceType").Is(typ) || !concerns(root, patient) {
			return fhir.Errorf(fhir.KindUpstream, "processing", "The record system answered with another record than was asked for.")
		}
		if root.Get("modifierExtension").Len() > 0 {
			// It may say the contrary of all else in it (FHIR R4 extensibility
			// §2.4.1). Records of other versions are held back the same way.
			r.withheld = true
			continue
		}
		r.nodes = append(r.nodes, root)
	}
	return nil
}

// concerns reports whether a record is of a patient. One that does not say
// whose it is is taken for what was asked; a coverage may be of a subscriber.
func concerns(root fhir.Node, patient string) bool {
	said := false
	for _, name := range []string{"subject", "patient", "beneficiary", "subscriber", "policyHolder"} {
		ref := root.Get(name).Get("reference").String()
		if ref == "" || ref[0] == '#' || strings.HasPrefix(ref, "urn:") {
			continue
		}
		said = true
		if idOf(ref) == patient {
			return true
		}
	}
	return !said
}

// joinIDs makes the value of _id; ids are plain (FHIR R4 datatypes, id), so
// that nothing in them needs an escape.
func joinIDs(ids []string) string { return strings.Join(ids, ",") }

func countOf(n int) string { return strconv.Itoa(max(1, n)) }
