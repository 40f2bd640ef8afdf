package search_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// What is extracted for one query judges and orders as all that could be.
func TestKeysForAQueryServeIt(t *testing.T) {
	t.Parallel()
	d := search.Load(fhir.R4)
	file, err := os.ReadFile(filepath.Join("..", "..", "reqtest", "testdata", "r4", "tenant-a.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bundle struct {
		Entry []struct{ Resource json.RawMessage }
	}
	if err := json.Unmarshal(file, &bundle); err != nil {
		t.Fatal(err)
	}
	matched := 0
	for _, c := range []struct {
		typ    string
		params []fhir.Param
	}{
		{"Patient", []fhir.Param{{Name: "name:contains", Value: "lun"}, {Name: "_sort", Value: "-birthdate,family"}}},
		{"Patient", []fhir.Param{{Name: "deceased", Value: "false"}, {Name: "gender:not", Value: "male"}}},
		{"Patient", []fhir.Param{{Name: "identifier", Value: "7001001"}, {Name: "_id", Value: "p1"}}},
		{"Patient", []fhir.Param{{Name: "deceased:missing", Value: "true"}}},
		{"Patient", nil},
		{"Observation", []fhir.Param{{Name: "patient", Value: "p1"}, {Name: "category", Value: "vital-signs"}, {Name: "_sort", Value: "-date"}}},
		{"Observation", []fhir.Param{{Name: "code", Value: "8480-6"}, {Name: "date", Value: "ge2009"}}},
		{"Observation", []fhir.Param{{Name: "code-value-quantity", Value: "8867-4$gt10"}}},
		{"Observation", []fhir.Param{{Name: "value-quantity", Value: "72"}}},
		{"Encounter", []fhir.Param{{Name: "patient", Value: "p1"}, {Name: "status", Value: "finished,in-progress"}, {Name: "_sort", Value: "date"}}},
		{"Condition", []fhir.Param{{Name: "code:text", Value: "hyper"}}},
		{"Coverage", []fhir.Param{{Name: "patient", Value: "p1"}}},
	} {
		q, err := d.Parse(c.typ, c.params, search.Options{})
		if err != nil {
			t.Fatalf("%s %v: %v", c.typ, c.params, err)
		}
		extract := d.Extractor(q)
		for _, e := range bundle.Entry {
			doc, err := fhir.Parse(e.Resource)
			if err != nil || !doc.Root().Get("resourceType").Is(c.typ) {
				continue
			}
			id := doc.Root().Get("id").String()
			all, some := d.Keys(c.typ, doc).Append(nil), extract.Append(nil, doc)
			if len(some) > len(all) || q.Match(id, 0, some) != q.Match(id, 0, all) {
				t.Errorf("%s %v: %s is judged otherwise", c.typ, c.params, id)
			}
			if !bytes.Equal(q.AppendSort(nil, id, 0, some), q.AppendSort(nil, id, 0, all)) {
				t.Errorf("%s %v: %s is ordered otherwise", c.typ, c.params, id)
			}
			if q.Match(id, 0, some) {
				matched++
			}
		}
	}
	alone, err := fhir.Parse([]byte(`{"resourceType":"Condition","id":"c","code":{"text":"Hypertension"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range []string{"true", "false"} {
		q, err := d.Parse("Condition", []fhir.Param{{Name: "code:missing", Value: missing}}, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		extract := d.Extractor(q)
		if got, want := q.Match("c", 0, extract.Append(nil, alone)), missing == "false"; got != want {
			t.Errorf("a code in words alone, code:missing=%s: %v, want %v", missing, got, want)
		}
	}
	if matched < 20 {
		t.Errorf("only %d matches: the questions are too narrow to show anything", matched)
	}
}
