package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A record is a resource as it is loaded into HAPI.
type record struct {
	Type, ID string
	body     map[string]any
}

// A load is what goes into one base: a tenant of the fixtures, or the slice of
// the shared data of a version.
type load struct {
	version, name string
	records       []record
	refused       map[string]string // by Type/ID: what HAPI said
}

const sliceName = "s" // of the base with the slice of the shared data

func (l *load) base() string { return l.version + "/" + l.name }

func bases(all []*load) []string {
	var out []string
	for _, l := range all {
		out = append(out, l.base())
	}
	return out
}

// loads reads what is to be loaded: two tenants of each version, and the slice
// where the shared data is.
func loads(o options) ([]*load, error) {
	var all []*load
	_, absent := os.Stat(o.shared)
	if absent != nil {
		fmt.Printf("\nNOT TESTED, SHARED DATA ABSENT: %v (name its folder with -shared)\n\n", absent)
	}
	for _, v := range o.versions {
		for _, name := range []string{"a", "b"} {
			records, err := readFile(filepath.Join("internal", "reqtest", "testdata", v, "tenant-"+name+".json"))
			if err != nil {
				return nil, err
			}
			all = append(all, &load{version: v, name: name, records: records})
		}
		if absent != nil {
			continue
		}
		l := &load{version: v, name: sliceName}
		for _, set := range slice()[v] {
			records, err := readSet(o.shared, set)
			if err != nil {
				return nil, err
			}
			l.records = append(l.records, some(records)...)
		}
		l.records = lastOfEach(l.records)
		all = append(all, l)
	}
	return all, nil
}

// A set is a part of the shared data: the first files whose names match.
type set struct {
	folder, match string
	first         int // 0 is all
}

func slice() map[string][]set {
	return map[string][]set{
		"dstu2": {{folder: "fhir-dstu2-synthea", first: 3}, {folder: "fhir-dstu2-hl7-examples"}},
		"stu3": {
			{folder: "fhir-stu3-synthea", first: 3},
			{folder: "fhir-stu3-smart", match: "practitioner"},
			{folder: "fhir-stu3-smart", match: "patient-10", first: 2},
			{folder: "fhir-stu3-hl7-examples"},
		},
		"r4": {{folder: "fhir-r4-synthea", first: 2}, {folder: "fhir-r4-uscore"}, {folder: "fhir-r4-hl7-examples"}},
	}
}

// readSet reads a set; a file that is not JSON of resources has none.
func readSet(root string, s set) ([]record, error) {
	files, err := filepath.Glob(filepath.Join(root, s.folder, "files", "*"+s.match+"*.json.gz"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no file of this set", filepath.Join(root, s.folder))
	}
	slices.Sort(files)
	if s.first > 0 {
		files = files[:min(s.first, len(files))]
	}
	var all []record
	for _, f := range files {
		records, err := readFile(f)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
	}
	return all, nil
}

var utf8BOM = []byte{0xEF, 0xBB, 0xBF}

// readFile reads the resources of a file, those of a Bundle one by one with
// their references resolved to Type/id.
func readFile(name string) ([]record, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, utf8BOM)))
	dec.UseNumber()
	var all []record
	for {
		var v map[string]any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, records(v)...)
	}
}

// records are those of a Bundle, or the resource itself.
func records(v map[string]any) []record {
	if text(v, "resourceType") != "Bundle" {
		return named(record{Type: text(v, "resourceType"), ID: text(v, "id"), body: v})
	}
	var all []record
	local := map[string]string{} // fullUrl → Type/id
	entries, _ := v["entry"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		body, _ := entry["resource"].(map[string]any)
		r := record{Type: text(body, "resourceType"), ID: text(body, "id"), body: body}
		url := text(entry, "fullUrl")
		if r.ID == "" && strings.HasPrefix(url, "urn:uuid:") {
			r.ID = strings.TrimPrefix(url, "urn:uuid:")
			if body != nil {
				body["id"] = r.ID
			}
		}
		if url != "" {
			local[url] = r.Type + "/" + r.ID
		}
		all = append(all, named(r)...)
	}
	for _, r := range all {
		resolve(r.body, local)
	}
	return all
}

var validID = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)

// named leaves out what has no type or no id that a server could keep.
func named(r record) []record {
	if r.Type == "" || r.Type == "Bundle" || !validID.MatchString(r.ID) {
		return nil
	}
	return []record{r}
}

// resolve writes Type/id for the references to other entries.
func resolve(v any, local map[string]string) {
	switch x := v.(type) {
	case map[string]any:
		if target, ok := local[text(x, "reference")]; ok {
			x["reference"] = target
		}
		for _, e := range x {
			resolve(e, local)
		}
	case []any:
		for _, e := range x {
			resolve(e, local)
		}
	}
}

// judgedTypes are the types that are converted between versions.
var judgedTypes = []string{
	"Patient", "Observation", "Condition", "Encounter", "AllergyIntolerance", "MedicationOrder", "MedicationRequest", "MedicationStatement", "Medication",
	"Coverage", "Location", "Practitioner", "PractitionerRole", "Organization",
}

const mostOfType = 20 // records of one type and set

// some keeps the first records of each type that is judged: a validator takes
// its time, and the records of a set are much alike.
func some(all []record) []record {
	count := map[string]int{}
	var out []record
	for _, r := range all {
		if count[r.Type]++; slices.Contains(judgedTypes, r.Type) && count[r.Type] <= mostOfType {
			out = append(out, r)
		}
	}
	return out
}

// lastOfEach keeps the last record of each type and id, as a server would.
func lastOfEach(all []record) []record {
	at := map[string]int{}
	var out []record
	for _, r := range all {
		key := r.Type + "/" + r.ID
		if i, ok := at[key]; ok {
			out[i] = r
			continue
		}
		at[key] = len(out)
		out = append(out, r)
	}
	return out
}

func text(v map[string]any, name string) string {
	s, _ := v[name].(string)
	return s
}
