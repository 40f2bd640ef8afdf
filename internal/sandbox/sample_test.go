package sandbox_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/sandbox"
)

// world is all resources of a version's samples, by type.
type world map[string][]fhir.Node

func load(t *testing.T, v fhir.Version) world {
	t.Helper()
	w := world{}
	for b := range samples(t, v) {
		for _, e := range b.Entries {
			doc, err := fhir.Parse(e.Body)
			if err != nil {
				t.Fatalf("%s/%s: %v", e.Type, e.ID, err)
			}
			w[e.Type] = append(w[e.Type], doc.Root())
		}
	}
	return w
}

// some reports whether a resource of a type is as f says.
func (w world) some(typ string, f func(n fhir.Node) bool) bool { return slices.ContainsFunc(w[typ], f) }

func path(n fhir.Node, names ...string) fhir.Node {
	for _, s := range names {
		n = n.First().Get(s)
	}
	return n.First()
}

// TestSamplesHave looks for every case the sample set promises, in each
// version.
func TestSamplesHave(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			w := load(t, v)
			if n := len(w["Patient"]); n < 40 {
				t.Errorf("want 40 patients or more, got %d", n)
			}
			order := "MedicationRequest"
			if v == fhir.DSTU2 {
				order = "MedicationOrder"
			}
			for name, ok := range map[string]bool{
				"deceased with a date":    w.some("Patient", func(n fhir.Node) bool { return n.Get("deceasedDateTime").Exists() }),
				"deceased without a date": w.some("Patient", func(n fhir.Node) bool { return n.Get("deceasedBoolean").True() }),
				"unidentified":            w.some("Patient", func(n fhir.Node) bool { return path(n, "name", "use").Is("anonymous") && !n.Get("birthDate").Exists() }),
				"absent birth date":       w.some("Patient", func(n fhir.Node) bool { return n.Get("_birthDate").Exists() && !n.Get("birthDate").Exists() }),
				"year of birth":           w.some("Patient", func(n fhir.Node) bool { return len(n.Get("birthDate").String()) == 4 }),
				"month of birth":          w.some("Patient", func(n fhir.Node) bool { return len(n.Get("birthDate").String()) == 7 }),
				"no MRN":                  w.some("Patient", func(n fhir.Node) bool { return path(n, "identifier", "type", "coding", "code").Is("MB") }),
				"no given": w.some("Patient", func(n fhir.Node) bool {
					return path(n, "name", "family").Exists() && !path(n, "name", "given").Exists()
				}),
				"no family": w.some("Patient", func(n fhir.Node) bool {
					return path(n, "name", "given").Exists() && !path(n, "name", "family").Exists()
				}),
				"name as text only": w.some("Patient", func(n fhir.Node) bool {
					return path(n, "name", "text").Is("黃美玲") && !path(n, "name", "family").Exists()
				}),
				"traditional Chinese": w.some("Patient", func(n fhir.Node) bool { return path(n, "communication", "language", "coding", "code").Is("zh-Hant") }),
				"no gender":           w.some("Patient", func(n fhir.Node) bool { return !n.Get("gender").Exists() }),
				"twins":               w.some("Patient", func(n fhir.Node) bool { return string(n.Get("multipleBirthInteger").Raw()) == "2" }),
				"time of birth":       w.some("Patient", func(n fhir.Node) bool { return n.Get("_birthDate").Exists() && n.Get("birthDate").Exists() }),
				"merged":              w.some("Patient", func(n fhir.Node) bool { return n.Get("link").Exists() && string(n.Get("active").Raw()) == "false" }),
				"patient narrative":   w.some("Patient", func(n fhir.Node) bool { return n.Get("text").Exists() }),
				"entered in error":    w.some("Observation", func(n fhir.Node) bool { return n.Get("status").Is("entered-in-error") }),
				"72.0":                w.some("Observation", func(n fhir.Node) bool { return string(path(n, "valueQuantity", "value").Raw()) == "72.0" }),
				"component only":      w.some("Observation", func(n fhir.Node) bool { return n.Get("component").Len() == 2 && !n.Get("valueQuantity").Exists() }),
				"absent value":        w.some("Observation", func(n fhir.Node) bool { return n.Get("dataAbsentReason").Exists() }),
				"absent component":    w.some("Observation", func(n fhir.Node) bool { return n.Get("component").At(1).Get("dataAbsentReason").Exists() }),
				"effective period":    w.some("Observation", func(n fhir.Node) bool { return n.Get("effectivePeriod").Exists() }),
				"laboratory":          w.some("Observation", func(n fhir.Node) bool { return path(n, "category", "coding", "code").Is("laboratory") }),
				"order by reference":  w.some(order, func(n fhir.Node) bool { return path(n, "medicationReference", "display").Exists() }),
				"order by bare reference": w.some(order, func(n fhir.Node) bool {
					return n.Get("medicationReference").Exists() && !path(n, "medicationReference", "display").Exists()
				}),
				"order by concept": w.some(order, func(n fhir.Node) bool { return path(n, "medicationCodeableConcept", "text").Exists() }),
				"order as text only": w.some(order, func(n fhir.Node) bool {
					return n.Get("medicationCodeableConcept").Exists() && !path(n, "medicationCodeableConcept", "coding").Exists()
				}),
				"order stopped": w.some(order, func(n fhir.Node) bool { return n.Get("status").Is("stopped") }),
				"statement":     len(w["MedicationStatement"]) > 0,
				"allergy as text only": w.some("AllergyIntolerance", func(n fhir.Node) bool {
					c := first(n, "substance", "code")
					return c.Get("text").Exists() && !c.Get("coding").Exists()
				}),
				"no known allergy": w.some("AllergyIntolerance", func(n fhir.Node) bool { return path(first(n, "substance", "code"), "coding", "code").Is("716186003") }),
				"bare location": w.some("Encounter", func(n fhir.Node) bool {
					l := path(n, "location", "location")
					return l.Exists() && !l.Get("display").Exists()
				}),
				"encounter without period": w.some("Encounter", func(n fhir.Node) bool { return !n.Get("period").Exists() }),
				"severe condition":         w.some("Condition", func(n fhir.Node) bool { return path(n, "severity", "coding", "display").Is("Severe") }),
				"condition as text only":   w.some("Condition", func(n fhir.Node) bool { return path(n, "code", "text").Exists() && !path(n, "code", "coding").Exists() }),
				"coverage that has ended":  w.some("Coverage", func(n fhir.Node) bool { return path(n, "period", "end").Is("2019-12-31") }),
				"coverage payor without display": w.some("Coverage", func(n fhir.Node) bool {
					p := first(n, "issuer", "payor")
					return p.Exists() && !p.Get("display").Exists()
				}),
			} {
				if !ok {
					t.Errorf("no sample is: %s", name)
				}
			}
			for _, code := range []string{"8867-4", "9279-1", "55284-4", "39156-5", "8310-5", "59408-5", "2708-6", "29463-7", "8302-2"} {
				if !w.some("Observation", func(n fhir.Node) bool { return path(n, "code", "coding", "code").Is(code) }) {
					t.Errorf("no observation has LOINC %s", code)
				}
			}
		})
	}
}

func first(n fhir.Node, names ...string) fhir.Node {
	for _, s := range names {
		if c := n.Get(s); c.Exists() {
			return c.First()
		}
	}
	return fhir.Node{}
}

// TestAllergyStates: every state is there, in the version's own words.
func TestAllergyStates(t *testing.T) {
	t.Parallel()
	for v, want := range map[fhir.Version][]string{
		fhir.DSTU2: {"active", "confirmed", "entered-in-error", "inactive", "refuted", "resolved", "unconfirmed"},
		fhir.STU3:  {"/entered-in-error", "active/confirmed", "active/unconfirmed", "inactive/confirmed", "inactive/refuted", "resolved/confirmed"},
		fhir.R4:    {"/entered-in-error", "active/confirmed", "active/unconfirmed", "inactive/confirmed", "inactive/refuted", "resolved/confirmed"},
	} {
		got := map[string]bool{}
		for _, n := range load(t, v)["AllergyIntolerance"] {
			switch v {
			case fhir.DSTU2:
				got[n.Get("status").String()] = true
			case fhir.STU3:
				got[n.Get("clinicalStatus").String()+"/"+n.Get("verificationStatus").String()] = true
			case fhir.R4:
				got[path(n, "clinicalStatus", "coding", "code").String()+"/"+path(n, "verificationStatus", "coding", "code").String()] = true
			}
		}
		for _, s := range want {
			if !got[s] {
				t.Errorf("%s: no allergy is %s; there are %v", v, s, got)
			}
		}
	}
}

// TestBeds: patients lie in beds of two wards or more, and nobody shares one,
// neither among the samples nor with the generated.
func TestBeds(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		in, wards, numbers := map[string]string{}, map[string]int{}, map[string]string{}
		for b := range both(t, v, 0) {
			beds(t, b, in, wards)
		}
		if len(wards) < 7 {
			t.Errorf("%s: sample patients lie in %d wards only: %v", v, len(wards), wards)
		}
		for b := range generate(t, sandbox.Config{Version: v, Patients: 400, Seed: 3}) {
			beds(t, b, in, wards)
			for _, e := range b.Entries {
				doc, err := fhir.Parse(e.Body)
				if err != nil {
					t.Fatal(err)
				}
				id := path(doc.Root(), "identifier")
				if (e.Type == "Patient" || e.Type == "Encounter") && id.Exists() {
					key := id.Get("system").String() + "|" + id.Get("value").String()
					if other, ok := numbers[key]; ok {
						t.Errorf("%s: %s and %s share the number %s", v, other, e.ID, key)
					}
					numbers[key] = e.ID
				}
			}
		}
		t.Logf("%s: %d beds taken, by ward: %v", v, len(in), wards)
	}
}

func beds(t *testing.T, b sandbox.Bundle, in map[string]string, wards map[string]int) {
	t.Helper()
	for _, e := range b.Entries {
		if e.Type != "Encounter" {
			continue
		}
		doc, err := fhir.Parse(e.Body)
		if err != nil {
			t.Fatal(err)
		}
		n := doc.Root()
		at := path(n, "location", "location", "reference").String()
		if !n.Get("status").Is("in-progress") || strings.Count(at, "-") != 3 {
			continue
		}
		if !path(n, "location", "status").Is("active") {
			t.Errorf("%s: the first location is not the active one", e.ID)
		}
		if other, ok := in[at]; ok {
			t.Errorf("%s and %s lie in one bed, %s", other, e.ID, at)
		}
		in[at] = e.ID
		wards[strings.Split(at, "-")[1]]++
	}
}

// TestIdempotent: every entry is a PUT to the resource's own id, so a second
// run changes nothing.
func TestIdempotent(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		for b := range both(t, v, 20) {
			doc, err := fhir.Parse(b.Body)
			if err != nil {
				t.Fatalf("%s: %v", b.Name, err)
			}
			if !doc.Root().Get("type").Is("transaction") {
				t.Errorf("%s is no transaction", b.Name)
			}
			i := 0
			for e := range doc.Root().Get("entry").Children() {
				want := b.Entries[i].Type + "/" + b.Entries[i].ID
				if got := path(e, "request", "method").String() + " " + path(e, "request", "url").String(); got != "PUT "+want {
					t.Errorf("%s entry %d: want PUT %s, got %s", b.Name, i, want, got)
				}
				if !bytes.Equal(e.Get("resource").Raw(), b.Entries[i].Body) {
					t.Errorf("%s entry %d: Entry.Body is not the resource", b.Name, i)
				}
				i++
			}
			if i != len(b.Entries) {
				t.Errorf("%s: %d entries listed, %d in the Bundle", b.Name, len(b.Entries), i)
			}
		}
	}
}

// TestVendorSamples: the facts the vendor's public description prints.
func TestVendorSamples(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		w := load(t, v)
		for id, want := range map[string]string{
			"hugh-chau":    "Chau Hugh male 1957-06-05 1234567",
			"ruth-black":   "Black Ruth female 1951-08-23 1234567",
			"daniel-adams": "Adams Daniel male 1925-12-23 1234567",
		} {
			if !w.some("Patient", func(n fhir.Node) bool {
				return n.Get("id").Is(id) && fmt.Sprintf("%s %s %s %s %s", path(n, "name", "family"), path(n, "name", "given"), n.Get("gender"), n.Get("birthDate"), path(n, "identifier", "value")) == want
			}) {
				t.Errorf("%s: %s is not %s", v, id, want)
			}
		}
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	var ids []string
	for b := range samples(t, fhir.R4) {
		ids = append(ids, b.Name)
	}
	list := sandbox.Catalogue()
	if len(list) != len(ids)-1 {
		t.Fatalf("the catalogue has %d patients, the samples %d", len(list), len(ids)-1)
	}
	for i, s := range list {
		if s.ID != ids[i+1] || s.Name == "" || s.Why == "" {
			t.Errorf("entry %d: want %s with a name and a reason, got %+v", i, ids[i+1], s)
		}
	}
}
