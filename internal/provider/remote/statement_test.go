package remote_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		body, release, says string
		want                fhir.Version
	}{
		{`{"resourceType":"Conformance","fhirVersion":"1.0.2"}`, "1.0.2", "", fhir.DSTU2},
		{`{"resourceType":"Conformance","fhirVersion":"0.5.0"}`, "0.5.0", "", fhir.DSTU2},
		{`{"resourceType":"CapabilityStatement","fhirVersion":"3.0.1"}`, "3.0.1", "", fhir.STU3},
		{`{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}`, "4.0.1", "", fhir.R4},
		{`{"resourceType":"CapabilityStatement","fhirVersion":"4.3.0"}`, "4.3.0", "", fhir.R4},
		{`{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}`, "5.0.0", "not one of", 0},
		{`{"resourceType":"CapabilityStatement","fhirVersion":"1.0.2"}`, "1.0.2", "", fhir.DSTU2},
		{`{"resourceType":"CapabilityStatement"}`, "", "by hand", 0},
		{`{"resourceType":"Patient"}`, "", "no capability statement", 0},
		{`<html>`, "", "not", 0},
	} {
		v, release, err := remote.Detect([]byte(tc.body))
		if v != tc.want || release != tc.release || (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, %q, %v", tc.body, v, release, err)
		}
	}
}

func TestOAuthURIs(t *testing.T) {
	t.Parallel()
	const nested = `"extension":[{"url":"token","valueUri":"https://a.example/token"},{"url":"authorize","valueUri":"https://a.example/auth"}]`
	for name, tc := range map[string]struct{ rest, token, authorize string }{
		"current spelling":     {`[{"mode":"server","security":{"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",` + nested + `}]}}]`, "https://a.example/token", "https://a.example/auth"},
		"older spelling":       {`[{"mode":"server","security":{"extension":[{"url":"http://fhir-registry.smartplatforms.org/Profile/oauth-uris",` + nested + `}]}}]`, "https://a.example/token", "https://a.example/auth"},
		"on a service, as url": {`[{"mode":"client","security":{"extension":[{"url":"https://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[{"url":"token","valueUri":"no"}]}]}},{"mode":"server","security":{"service":[{"text":"x","extension":[{"url":"https://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[{"url":"token","valueUrl":"https://a.example/token"}]}]}]}}]`, "https://a.example/token", ""},
		"parts written out":    {`[{"security":{"extension":[{"url":"http://fhir-registry.smartplatforms.org/Profile/oauth-uris#token","valueUri":"t"},{"url":"http://fhir-registry.smartplatforms.org/Profile/oauth-uris#authorize","valueUri":"a"}]}}]`, "t", "a"},
		"none":                 {`[{"mode":"server"}]`, "", ""},
		"another":              {`[{"mode":"server","security":{"extension":[{"url":"http://other.example/oauth-uris",` + nested + `}]}}]`, "", ""},
	} {
		token, authorize := remote.OAuthURIs([]byte(`{"resourceType":"CapabilityStatement","rest":` + tc.rest + `}`))
		if token != tc.token || authorize != tc.authorize {
			t.Errorf("%s: got %q and %q, want %q and %q", name, token, authorize, tc.token, tc.authorize)
		}
	}
	if token, _ := remote.OAuthURIs([]byte(`<html>`)); token != "" {
		t.Error("a web page has a token URL")
	}
}
