package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

type object = map[string]any

// A Record is what a record system has, as it says itself in its own version.
type Record struct {
	version string
	people  map[string]*person
	count   int
}

// A person is a patient and what the record has about them, by type.
type person struct {
	patient object
	of      map[string][]object
}

// recordTypes are what the app shows, by version.
func recordTypes(version string) []string {
	medicine := "MedicationRequest"
	if version == "dstu2" {
		medicine = "MedicationOrder"
	}
	return []string{"Observation", "Condition", "AllergyIntolerance", medicine, "Encounter", "Coverage"}
}

// ReadRecord reads a record system page by page: whole types, so that its own
// search by patient is not relied on.
func ReadRecord(ctx context.Context, client *http.Client, base, version string) (*Record, error) {
	r := &Record{version: version, people: map[string]*person{}}
	if err := readType(ctx, client, base, version, "Patient", func(o object) {
		r.people[str(o, "id")] = &person{patient: o, of: map[string][]object{}}
	}); err != nil {
		return nil, err
	}
	for _, typ := range recordTypes(version) {
		if err := readType(ctx, client, base, version, typ, func(o object) {
			for _, id := range patientsOf(o) {
				if p := r.people[id]; p != nil {
					p.of[typ] = append(p.of[typ], o)
					r.count++
				}
			}
		}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func readType(ctx context.Context, client *http.Client, base, version, typ string, take func(object)) error {
	next := base + "/" + typ + "?_count=200"
	seen := map[string]bool{}
	for next != "" {
		b, err := readPage(ctx, client, version, next)
		if err != nil {
			return err
		}
		next = ""
		for _, l := range list(b, "link") {
			if str(l, "relation") == "next" {
				next = str(l, "url")
			}
		}
		for _, e := range list(b, "entry") {
			o, _ := at(e, "resource").(object)
			if id := str(o, "id"); str(o, "resourceType") == typ && !seen[id] {
				seen[id] = true
				take(o)
			}
		}
	}
	return nil
}

func readPage(ctx context.Context, client *http.Client, version, url string) (object, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/fhir+json")
	if version == "dstu2" {
		req.Header.Set("Accept", "application/json+fhir")
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var b object
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // decimals stay as they are written
	if err := dec.Decode(&b); err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %d %.200s", url, resp.StatusCode, body)
	}
	return b, nil
}

// patientsOf are the ids of the patients that a resource is about.
func patientsOf(o object) (ids []string) {
	for _, name := range []string{"subject", "patient", "beneficiary", "subscriber"} {
		path := strings.Split(str(o, name, "reference"), "/")
		for i, s := range path {
			if s == "Patient" && i+1 < len(path) && !slices.Contains(ids, path[i+1]) {
				ids = append(ids, path[i+1])
			}
		}
	}
	return ids
}

// Patients are the ids of all patients, in order.
func (r *Record) Patients() []string { return slices.Sorted(maps.Keys(r.people)) }

// Richest are the ids of those with the most records, and of some with the
// fewest, as these differ in what is missing.
func (r *Record) Richest(most int) []string {
	ids := slices.DeleteFunc(r.Patients(), func(id string) bool { return modified(r.people[id].patient) })
	size := func(id string) (n int) {
		for _, l := range r.people[id].of {
			n += len(l)
		}
		return n
	}
	slices.SortStableFunc(ids, func(a, b string) int { return size(b) - size(a) })
	if len(ids) <= most {
		return ids
	}
	few := most / 4
	return slices.Concat(ids[:most-few], ids[len(ids)-few:])
}

// at follows names into objects; of a list it takes the first.
func at(v any, path ...string) any {
	for _, name := range path {
		if l, ok := v.([]any); ok {
			if len(l) == 0 {
				return nil
			}
			v = l[0]
		}
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

func str(v any, path ...string) string {
	v = at(v, path...)
	if l, ok := v.([]any); ok && len(l) > 0 {
		v = l[0]
	}
	switch s := v.(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	}
	return ""
}

// list is an array, or the one value there is as an array.
func list(v any, path ...string) []any {
	switch l := at(v, path...).(type) {
	case nil:
		return nil
	case []any:
		return l
	default:
		return []any{l}
	}
}

// strs are the strings of a list, joined.
func strs(v any, name string) string {
	var out []string
	for _, s := range list(v, name) {
		if s, ok := s.(string); ok {
			out = append(out, s)
		}
	}
	return strings.Join(strings.Fields(strings.Join(out, " ")), " ")
}

// codes are all codes of a concept, of a list of concepts, or a plain code.
func codes(v any) (out []string) {
	switch c := v.(type) {
	case string:
		return []string{c}
	case []any:
		for _, e := range c {
			out = append(out, codes(e)...)
		}
	case object:
		for _, e := range list(c, "coding") {
			out = append(out, str(e, "code"))
		}
	}
	return out
}

func has(v any, wanted ...string) bool {
	return slices.ContainsFunc(codes(v), func(c string) bool { return slices.Contains(wanted, c) })
}

// says reports whether a concept has any words or code to show.
func says(v any) bool {
	if str(v, "text") != "" {
		return true
	}
	return slices.ContainsFunc(list(v, "coding"), func(c any) bool { return str(c, "display") != "" || str(c, "code") != "" })
}

func narrated(o object) bool { return str(o, "text", "div") != "" }

// when reads a date or dateTime of any precision, in UTC.
func when(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
