package chart

import (
	"context"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// SectionOf is one kind of data for the page of one patient. born tells
// whether the bands of adults apply.
func SectionOf(kind Kind, r *Records, born string, now time.Time) Section {
	s := Section{Kind: kind, Status: None, AsOf: r.AsOf, Total: r.Total, Complete: r.Complete}
	shown := 0
	switch kind {
	case Vitals:
		all := readings(r.nodes, now)
		s.Items, s.Series = latestItems(all), series(all, Adult(born, now))
		shown = len(all)
	case Problems:
		s.Items = problems(r.nodes, now)
	case Allergies:
		s.Items, s.Allergy = allergies(r.nodes)
		if s.Allergy = r.doubt(s.Allergy); s.Allergy == AllergiesUnavailable {
			s.Status, s.Reason = Failed, r.lacking()
		}
	case Medications:
		s.Items = medications(r.nodes, now)
	case Encounters:
		for _, e := range encounters(r.nodes) {
			s.Items = append(s.Items, e.item())
		}
	case Coverage:
		s.Items = coverages(r.nodes, now)
	}
	if kind != Vitals {
		shown = len(s.Items)
	}
	if shown > 0 && s.Status == None {
		s.Status = Loaded
	}
	if shown == 0 && !s.Complete && kind != Vitals && s.Status == None {
		s.Status, s.Reason, s.Advice = Failed, r.lacking(), r.lacking()
	}
	if s.Complete {
		s.Total = shown
	} else {
		s.Total = max(s.Total, shown+1)
	}
	return s
}

// ReadSection asks for a section. A failure is in the section: it has no items
// and says why.
func ReadSection(ctx context.Context, server fhir.Server, kind Kind, patient, born string, all bool, now func() time.Time) (Section, error) {
	r, err := Read(ctx, server, kind, patient, all, now)
	if err == nil {
		return SectionOf(kind, r, born, now()), nil
	}
	if gaveUp(ctx) {
		return Section{}, err
	}
	return FailedSection(kind, err), nil
}

// FailedSection is a section that could not be read.
func FailedSection(kind Kind, err error) Section {
	s := Section{Kind: kind, Status: Failed, Reason: ReasonOf(err)}
	s.Advice = s.Reason
	if s.Reason == ReasonUnsupported {
		s.Status = Unsupported
	}
	if kind == Allergies {
		s.Allergy = AllergiesUnavailable
	}
	return s
}

// UnsupportedSection is one that the record system's statement does not list.
func UnsupportedSection(kind Kind) Section {
	s := Section{Kind: kind, Status: Unsupported, Reason: ReasonUnsupported, Advice: ReasonUnsupported}
	if kind == Allergies {
		s.Allergy = AllergiesUnavailable
	}
	return s
}

// Missing tells the kinds that none of a record system's types serve, by the
// types that its statement lacks.
func Missing(missing []string) []Kind {
	var out []Kind
	for _, k := range Kinds() {
		if !slices.ContainsFunc(Types(k), func(t string) bool { return !slices.Contains(missing, t) }) {
			out = append(out, k)
		}
	}
	return out
}

// Patients reads some patients by their ids in one search. Those that the
// record system does not know are not in the answer.
func Patients(ctx context.Context, server fhir.Server, ids []string) (map[string][]byte, error) {
	req := &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{
		{Name: "_id", Value: joinIDs(ids)}, {Name: "_count", Value: countOf(len(ids))},
	}}
	out := map[string][]byte{}
	for range ids { // a page has one of them at least
		resp, err := server.Do(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, m := range resp.Matches {
			if m.Mode == fhir.ModeMatch && m.Type == "Patient" && slices.Contains(ids, m.ID) {
				out[m.ID] = m.Body
			}
		}
		if resp.Next == nil {
			break
		}
		next := *req
		next.Cursor = slices.Clone(resp.Next)
		req = &next
	}
	return out, nil
}
