package search_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

func FuzzParse(f *testing.F) {
	for _, s := range [][3]string{
		{"Patient", "family:exact", `O'Br\,ien`},
		{"Observation", "code-value-quantity", "8480-6$ge107|http://unitsofmeasure.org|mm[Hg]"},
		{"Encounter", "date", "sa2020-01-01T00:00:00+08:00"},
		{"Patient", "_sort", "-birthdate,family"},
		{"Patient", "_sort:desc", "birthdate"},
		{"Observation", "patient:Patient", "p1"},
		{"Observation", "_include:iterate", "Observation:subject:Patient"},
		{"Patient", "identifier", `urn:mrn|A\|b,|c,d|`},
		{"Patient", "birthdate", "ap06/05/1957"},
		{"Patient", " id ", "x"},
		{"Observation", "value-quantity", "1e400"},
		{"Patient", "_count", "18446744073709551616"},
		{"Patient", "name", "陳 \u0301"},
		{"Coverage", "patient", "urn:uuid:1"},
		{"Patient", "gender:missing", "true"},
		{"Condition", "code:text", "flu"},
		{"Patient", "birthdate", "2016-12-31T23:59:60Z"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, typ, name, value string) {
		for _, v := range fhir.Versions() {
			d := search.Load(v)
			q, err := d.Parse(typ, []fhir.Param{{Name: name, Value: value}}, search.Options{Zone: time.FixedZone("", 3600), Now: time.Unix(1.7e9, 0)})
			if err != nil {
				if fe := (*fhir.Error)(nil); !errors.As(err, &fe) || fe.Kind != fhir.KindInvalid && fe.Kind != fhir.KindTooCostly {
					t.Fatalf("not an error for clients: %v", err)
				}
				continue
			}
			q.Match("id", 0, nil)
			q.AppendSort(nil, "id", 0, nil)
			// What was honoured is understood again, and means the same.
			again, err := d.Parse(typ, q.Used, search.Options{Strict: true})
			if err != nil {
				t.Fatalf("?%s=%q was honoured as %v, which is refused: %v", name, value, q.Used, err)
			}
			if len(again.Criteria) != len(q.Criteria) || len(again.Sort) != len(q.Sort) || len(again.Used) != len(q.Used) {
				t.Fatalf("?%s=%q was honoured as %v, which reads otherwise: %v", name, value, q.Used, again.Used)
			}
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add("Patient", []byte(p1))
	f.Add("Patient", []byte(p2))
	f.Add("Observation", []byte(bp))
	f.Add("Encounter", []byte(`{"period":[{"start":"09/17/2018 1:00:00 PM"},{"end":null}],"class":"inpatient","location":{"location":{"reference":"#x"}}}`))
	f.Add("Condition", []byte(`{"onsetRange":{"low":{"value":1e999},"high":7},"code":[{"coding":{"code":["a"]}}],"fhir_comments":["x"]}`))
	f.Fuzz(func(t *testing.T, typ string, body []byte) {
		doc, err := fhir.Parse(body)
		if err != nil {
			return
		}
		for _, v := range fhir.Versions() {
			d := search.Load(v)
			keys := d.Keys(typ, doc)
			enc := keys.Append(nil)
			back, err := search.DecodeKeys(enc)
			if err != nil {
				t.Fatal(err)
			}
			if again := back.Append(nil); !bytes.Equal(enc, again) {
				t.Fatalf("keys changed on their way:\n%x\n%x", enc, again)
			}
			for i := 1; i < len(keys); i++ {
				if keys[i].Param < keys[i-1].Param {
					t.Fatal("keys are not in order")
				}
			}
			for _, k := range keys {
				if k.Type == search.String && k.Folded != search.Fold(k.Folded) {
					t.Fatalf("%q is not folded", k.Folded)
				}
			}
		}
	})
}

func FuzzDecodeKeys(f *testing.F) {
	d := search.Load(fhir.R4)
	for _, body := range []string{p1, p2, bp, `{}`} {
		doc, err := fhir.Parse([]byte(body))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.Keys("Patient", doc).Append(nil))
		f.Add(d.Keys("Observation", doc).Append(nil))
	}
	f.Add([]byte{1, 1, 2, 8, 0xff})
	var queries []*search.Query
	for _, query := range []string{vitals, "code-value-quantity=a$1||u&value-string=x&value-string:exact=y", "subject:identifier=a&code:text=b&patient:missing=true&subject=1", "_profile=x&_sort=value-string,code,-value-quantity,subject,_profile"} {
		q, err := parse(fhir.R4, "Observation", query)
		if err != nil {
			f.Fatal(err)
		}
		queries = append(queries, q)
	}
	f.Fuzz(func(t *testing.T, enc []byte) {
		for _, q := range queries {
			q.Match("x", 0, enc)
			q.AppendSort(nil, "x", 0, enc)
		}
		keys, err := search.DecodeKeys(enc)
		if err != nil {
			return
		}
		if _, err := search.DecodeKeys(keys.Append(nil)); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"ZOË", "Straße", "ﬃ", "陳\U000e0100", "がガ", "한글", "İIı", "ǅ", "\xff", "Ǖ̄", "क्षि", "a\u200bb", "ΣΑΣ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := search.Fold(s)
		if again := search.Fold(folded); again != folded {
			t.Fatalf("Fold(%q) = %q, and of that %q", s, folded, again)
		}
		for _, g := range search.Grams(folded) {
			if !strings.Contains(folded, g) {
				t.Fatalf("%q is no part of %q", g, folded)
			}
		}
	})
}
