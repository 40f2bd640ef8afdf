package mappingtest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// told are elements that the twins tell alike, by STU3 type: what someone else
// wrote of the same patient in both versions. Their dates, ids and extensions
// differ.
var told = map[string][]string{
	"Patient": {
		"name", "gender", "telecom[0].system", "address[0].city", "address[0].postalCode", "maritalStatus.coding", "multipleBirthBoolean",
		"communication",
	},
	"Condition":   {"clinicalStatus", "verificationStatus", "code"},
	"Encounter":   {"status", "type", "reason", "hospitalization.dischargeDisposition"},
	"Observation": {"status", "category", "code", "valueQuantity", "valueCodeableConcept", "component"},
	"MedicationRequest": {
		"status", "intent", "dosageInstruction[0].asNeededBoolean", "dosageInstruction[0].doseQuantity", "dosageInstruction[0].timing",
		"dosageInstruction[0].additionalInstruction",
		"dispenseRequest.numberOfRepeatsAllowed", "dispenseRequest.quantity", "dispenseRequest.expectedSupplyDuration.value",
		"dispenseRequest.expectedSupplyDuration.code",
	},
	"AllergyIntolerance": {"clinicalStatus", "type", "category", "code"},
	"Organization":       {"name", "type"},
}

// TestTwins: one set of synthetic patients was published in DSTU2 and in STU3.
// What the one becomes is what the other says.
func TestTwins(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(definitiontest.Shared(), "data")
	files, err := filepath.Glob(filepath.Join(dir, "fhir-dstu2-synthea", "files", "*.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("SHARED DATA ABSENT: no twins were compared (set WARDBRIDGE_SHARED)")
	}
	compared := map[string]int{}
	for i, f := range files {
		if i%4 != 0 {
			continue
		}
		twin := filepath.Join(dir, "fhir-stu3-synthea", "files", filepath.Base(f))
		if _, err := os.Stat(twin); err != nil {
			continue
		}
		older, newer := entries(t, f), entries(t, twin)
		for typ := range told {
			a, b := older[nameIn(d2, typ)], newer[typ]
			if len(a) != len(b) {
				continue // not told alike
			}
			for i := range a {
				what := fmt.Sprintf("%s %s %d", filepath.Base(f), typ, i)
				compareTwins(t, what, typ, a[i], b[i])
				compared[typ]++
			}
		}
	}
	for typ := range told {
		if compared[typ] == 0 {
			t.Errorf("no %s was compared", typ)
		}
	}
	t.Logf("compared: %v", compared)
}

func compareTwins(t *testing.T, what, typ string, older, newer []byte) {
	t.Helper()
	out, rep := convert(t, older, d2, s3, mapping.Options{})
	if rep.Withheld != "" {
		t.Errorf("%s: withheld: %s", what, rep.Withheld)
		return
	}
	a, err := fhir.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	b, err := fhir.Parse(newer)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range told[typ] {
		var sides [2]string
		for i, root := range []fhir.Node{a.Root(), b.Root()} {
			if n := find(t, root, path); n.Exists() {
				sides[i] = canonical(t, n.Raw())
			}
		}
		if sides[0] != sides[1] {
			t.Errorf("%s: %s: want %s, got %s", what, path, sides[1], sides[0])
		}
	}
}

// entries are a Bundle's resources by type, in order.
func entries(t *testing.T, path string) map[string][][]byte {
	t.Helper()
	raw, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := fhir.Parse(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][][]byte{}
	for e := range doc.Root().Get("entry").Children() {
		r := e.Get("resource")
		typ := r.Get("resourceType").String()
		out[typ] = append(out[typ], r.Raw())
	}
	return out
}
