package definitiontest_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	validators := map[fhir.Version]*definitiontest.Validator{}
	for _, v := range fhir.Versions() {
		validators[v] = definitiontest.New(t, v)
	}
	const ok = ""
	cases := []struct {
		name    string
		version fhir.Version
		body    string
		path    string
		rule    definitiontest.Rule
	}{
		{"family is an array in DSTU2", fhir.DSTU2, `{"resourceType":"Patient","name":[{"family":["Lund"]}]}`, "", ok},
		{"family is a string in STU3", fhir.STU3, `{"resourceType":"Patient","name":[{"family":"Lund"}]}`, "", ok},
		{"family array refused in R4", fhir.R4, `{"resourceType":"Patient","name":[{"family":["Lund"]}]}`, "Patient.name[0].family", definitiontest.RuleCardinality},
		{"name must be an array", fhir.R4, `{"resourceType":"Patient","name":{"family":"Lund"}}`, "Patient.name", definitiontest.RuleCardinality},
		{"element of another version", fhir.R4, `{"resourceType":"Patient","careProvider":[{"display":"x"}]}`, "Patient.careProvider", definitiontest.RuleElement},
		{"resource of another version", fhir.R4, `{"resourceType":"MedicationOrder"}`, "MedicationOrder", definitiontest.RuleElement},
		{"missing status", fhir.STU3, `{"resourceType":"Encounter"}`, "Encounter.status", definitiontest.RuleRequired},
		{"status not in the set", fhir.DSTU2, `{"resourceType":"Encounter","status":"triaged"}`, "Encounter.status", definitiontest.RuleCode},
		{"status in a later set", fhir.STU3, `{"resourceType":"Encounter","status":"triaged"}`, "", ok},
		{"two of a choice", fhir.R4, `{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}`, "Patient.deceasedDateTime", definitiontest.RuleCardinality},
		{"time without a zone", fhir.R4, `{"resourceType":"Patient","deceasedDateTime":"2020-01-01T10:00:00"}`, "Patient.deceasedDateTime", definitiontest.RuleFormat},
		{"shadow of a primitive", fhir.R4, `{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://x","valueCode":"unknown"}]}}`, "", ok},
		{"shadow of an object", fhir.R4, `{"resourceType":"Patient","_name":[{"id":"x"}]}`, "Patient._name[0]", definitiontest.RuleElement},
		{"required coding", fhir.R4, `{"resourceType":"Condition","subject":{"reference":"Patient/x"},"clinicalStatus":{"coding":[{"system":"http://hl7.org/fhir/condition-clinical","code":"active"}]}}`, "Condition.clinicalStatus.coding[0]", definitiontest.RuleCoding},
		{"wrong target", fhir.STU3, `{"resourceType":"Condition","subject":{"reference":"Location/x"}}`, "Condition.subject", definitiontest.RuleTarget},
		{"content reference", fhir.DSTU2, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[{"code":{"text":"y"},"referenceRange":[{"low":{"value":"1"}}]}]}`, "Observation.component[0].referenceRange[0].low.value", definitiontest.RuleFormat},
		{"empty object", fhir.R4, `{"resourceType":"Patient","maritalStatus":{}}`, "Patient.maritalStatus", definitiontest.RuleFormat},
		{"empty array", fhir.R4, `{"resourceType":"Patient","name":[]}`, "Patient.name", definitiontest.RuleFormat},
		{"entry of a bundle", fhir.R4, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","x":1}}]}`, "Bundle.entry[0].resource.x", definitiontest.RuleElement},
		{"not JSON", fhir.R4, `{`, "$", definitiontest.RuleFormat},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := validators[c.version].Check([]byte(c.body))
			if c.rule == ok {
				if len(got) > 0 {
					t.Fatalf("want no problem, got %v", got)
				}
				return
			}
			for _, p := range got {
				if p.Path == c.path && p.Rule == c.rule {
					return
				}
			}
			t.Fatalf("want %s at %s, got %v", c.rule, c.path, got)
		})
	}
}

// TestOfficialExamples: HL7's own examples use no element, cardinality or
// omission that the validator objects to; else it is the validator that errs.
func TestOfficialExamples(t *testing.T) {
	t.Parallel()
	for v, least := range map[fhir.Version]int{fhir.STU3: 200, fhir.R4: 200} {
		val := definitiontest.New(t, v)
		files, err := filepath.Glob(filepath.Join(definitiontest.Shared(), "data", "fhir-"+v.String()+"-hl7-examples", "files", "*.json.gz"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < least {
			t.Skipf("SHARED DATA ABSENT: %d examples of %s, want %d", len(files), v, least)
		}
		for _, f := range files {
			for _, p := range val.Check(unzip(t, f)) {
				switch p.Rule {
				case definitiontest.RuleElement, definitiontest.RuleCardinality, definitiontest.RuleRequired, definitiontest.RuleFormat, definitiontest.RuleCode:
					t.Errorf("%s: %v", filepath.Base(f), p)
				case definitiontest.RuleCoding, definitiontest.RuleTarget: // the examples do have a few such faults
				}
			}
		}
	}
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
}
