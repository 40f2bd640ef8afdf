package adapt_test

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// TestUndated: what stands where a date should and cannot be understood is no
// date to those who read the answer, and is not lost to them either
// (version-mapping §15).
func TestUndated(t *testing.T) {
	t.Parallel()
	const original = `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/originalText","valueString":`
	for _, tc := range []struct{ name, in, want string }{
		{"understood", `"birthDate":"12/31/1999"`, `"birthDate":"1999-12-31"`},
		{"alone", `"birthDate":"in spring"`, `"_birthDate":{` + original + `"in spring"}]}`},
		{"escaped", `"birthDate":"\"soon\" \u00e9"`, `"_birthDate":{` + original + `"\"soon\" é"}]}`},
		{"blank", `"birthDate":" "`, `"birthDate":" "`},
		{"in a datatype", `"active":true,"identifier":[{"period":{"start":"2001","end":"never"},"value":"1"}]`, `"active":true,"identifier":[{"period":{"start":"2001","_end":{` + original + `"never"}]}},"value":"1"}]`},
		{"neighbours", `"identifier":[{"period":{"start":"x","end":"y"}}]`, `"identifier":[{"period":{"_start":{` + original + `"x"}]},"_end":{` + original + `"y"}]}}}]`},
		{"with extensions", `"birthDate":"?","_birthDate":{"extension":[{"url":"u","valueDateTime":"1/2/2003"}]}`, `"_birthDate":{` + original + `"?"},{"url":"u","valueDateTime":"2003-01-02"}]}`},
		{"with an id", `"birthDate":"?","_birthDate":{"id":"a"}`, `"_birthDate":{"id":"a",` + original + `"?"}]}`},
		{"extensions before", `"_birthDate":{"id":"a"},"birthDate":"?","active":true`, `"_birthDate":{"id":"a",` + original + `"?"}]},"active":true`},
		{"extensions before, last", `"_birthDate":{"id":"a"},"birthDate":"?"`, `"_birthDate":{"id":"a"},"birthDate":"?"`},
		{"extensions that are none", `"birthDate":"?","_birthDate":null`, `"birthDate":"?","_birthDate":null`},
		{"contained", `"contained":[{"resourceType":"Patient","birthDate":"?"}]`, `"contained":[{"resourceType":"Patient","_birthDate":{` + original + `"?"}]}}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			const head, tail = `{"resourceType":"Patient","id":"p","gender":"female","name":[{"family":"A","given":["B"]}],`, `}`
			for _, v := range fhir.Versions() {
				r := &records{t: t, v: v, by: map[string]string{"Patient/p": head + tc.in + tail}}
				got, err := read(t, r, adapt.Config{}, "Patient", "p")
				if err != nil {
					t.Fatal(err)
				}
				if want := head + tc.want + tail; got != want {
					t.Errorf("%v:\n got %s\nwant %s", v, got, want)
				}
			}
		})
	}
}
