package reqtest

import (
	"net/http"
	"strings"
	"testing"
)

func httpRequirements() []requirement {
	return []requirement{
		{ID: "HTTP-1", Text: "the default media type is the version's", Run: httpDefault},
		{ID: "HTTP-2", Text: "every JSON spelling is understood and answered", Run: httpAccept},
		{ID: "HTTP-3", Text: "_format with an unescaped plus works", Run: httpFormat},
		{ID: "HTTP-4", Text: "XML alone is not acceptable", Run: httpXML},
		{ID: "HTTP-5", Text: "ETag, Last-Modified and 304", Run: httpConditional},
		{ID: "HTTP-6", Text: "unknown id and unknown type are told apart", Run: httpUnknown},
		{ID: "HTTP-7", Text: "writes are refused with Allow", Run: httpWrites},
		{ID: "HTTP-8", Text: "decimals keep their digits", Run: httpDecimals},
		{ID: "HTTP-9", Text: "an unsupported body type is 415", Run: httpBodyType},
		{ID: "HTTP-10", Text: "unknown parameters: ignored, or refused when strict", Run: httpUnknownParam},
	}
}

func httpDefault(t *testing.T, g *Target) {
	for _, path := range []string{"Patient/p1", "Patient?family=lund", "metadata", "Patient/nobody"} {
		g.as(t, tenantA).get(t, path).media(t, g.Face.Media)
	}
}

func httpAccept(t *testing.T, g *Target) {
	for accept, want := range map[string]string{
		"application/json+fhir": "application/json+fhir", "application/fhir+json": "application/fhir+json",
		"application/json": "application/json", "text/json": "text/json", "*/*": g.Face.Media, "": g.Face.Media,
		"application/fhir+json; charset=utf-8":   "application/fhir+json",
		"application/json;q=0.9, text/html":      "application/json",
		"application/xml, application/fhir+json": "application/fhir+json",
		"APPLICATION/FHIR+JSON":                  "application/fhir+json",
	} {
		for _, path := range []string{"Patient/p1", "Patient?family=lund", "Patient/nobody", "metadata"} {
			h := http.Header{}
			if accept != "" {
				h.Set("Accept", accept)
			}
			g.as(t, tenantA).do(t, http.MethodGet, path, "", h).media(t, want)
		}
	}
	if g.Face.r4() {
		g.as(t, tenantA).get(t, "Patient/p1", "Accept", "application/fhir+json; fhirVersion=3.0").want(t, http.StatusNotAcceptable)
		g.as(t, tenantA).get(t, "Patient/p1", "Accept", "application/fhir+json; fhirVersion=4.0").want(t, http.StatusOK)
	}
}

func httpFormat(t *testing.T, g *Target) {
	for format, want := range map[string]string{
		"application/fhir+json": "application/fhir+json", "application/fhir%2Bjson": "application/fhir+json",
		"application/json+fhir": "application/json+fhir", "application/json": "application/json", "json": g.Face.Media,
	} {
		r := g.as(t, tenantA).get(t, "Patient/p1?_format="+format, "Accept", "application/xml").want(t, http.StatusOK)
		if format != "json" {
			r.media(t, want)
		}
		g.as(t, tenantA).search(t, "Patient?family=lund&_format="+format).has(t, "p1", "p3")
	}
}

func httpXML(t *testing.T, g *Target) {
	for _, accept := range []string{"application/xml", "application/fhir+xml", "application/xml+fhir"} {
		g.as(t, tenantA).get(t, "Patient/p1", "Accept", accept).want(t, http.StatusNotAcceptable).outcome(t, "not-supported")
	}
}

func httpConditional(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	r := c.get(t, "Patient/p1").want(t, http.StatusOK)
	etag, modified := r.header.Get("ETag"), r.header.Get("Last-Modified")
	if etag != `W/"`+r.text(t, "meta.versionId")+`"` || modified == "" {
		t.Fatalf("ETag %q, Last-Modified %q, versionId %q", etag, modified, str(r.json, "meta.versionId"))
	}
	for name, value := range map[string]string{"If-None-Match": etag, "If-Modified-Since": modified} {
		if n := c.get(t, "Patient/p1", name, value); n.status != http.StatusNotModified || len(n.body) != 0 {
			t.Errorf("%s: %s gives %d with %d bytes, want 304 with none", name, value, n.status, len(n.body))
		}
	}
	c.get(t, "Patient/p1", "If-None-Match", `W/"another"`).want(t, http.StatusOK)
	c.get(t, "Patient/p1", "If-None-Match", `W/"another", `+etag).want(t, http.StatusNotModified)
}

func httpUnknown(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	c.get(t, "Patient/nobody").want(t, http.StatusNotFound).outcome(t, "not-found")
	for _, path := range []string{"Nothing/p1", "Nothing?x=y", "patient/p1"} {
		c.get(t, path).want(t, http.StatusNotFound).outcome(t, "not-supported")
	}
}

func httpWrites(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	before := string(c.get(t, "Patient/p1").want(t, http.StatusOK).body)
	body := `{"resourceType":"Patient","id":"p1","active":false}`
	h := headers([]string{"Content-Type", g.Face.Media})
	for _, w := range [][2]string{
		{http.MethodPut, "Patient/p1"},
		{http.MethodPost, "Patient"},
		{http.MethodDelete, "Patient/p1"},
		{http.MethodPatch, "Patient/p1"},
		{http.MethodPut, "Patient"},
		{http.MethodDelete, "Patient?family=lund"},
	} {
		r := c.do(t, w[0], w[1], body, h).want(t, http.StatusMethodNotAllowed).outcome(t, "not-supported")
		if allow := r.header.Get("Allow"); !strings.Contains(allow, http.MethodGet) && !strings.HasPrefix(w[1], "Patient?") && w[1] != "Patient" || allow == "" || strings.Contains(allow, w[0]) {
			t.Errorf("%s: Allow %q", r.call, allow)
		}
	}
	if string(c.get(t, "Patient/p1").want(t, http.StatusOK).body) != before {
		t.Error("a refused write has changed the record")
	}
}

func httpDecimals(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for path, decimals := range map[string][]string{
		"Observation/v-hr":       {"72.0"},
		"Observation/v-bmi":      {"26.40"},
		"Observation?patient=p1": {"72.0", "26.40", "37.20", "81.0"},
	} {
		raw := string(c.get(t, path).want(t, http.StatusOK).body)
		for _, d := range decimals {
			if !strings.Contains(raw, d+",") && !strings.Contains(raw, d+"\n") && !strings.Contains(raw, d+"}") {
				t.Errorf("%s: %s is not in the raw JSON", path, d)
			}
		}
	}
}

func httpBodyType(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, typ := range []string{"application/xml", "application/fhir+xml", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"} {
		c.post(t, "", typ, bundleOf("batch", "Patient/p1")).want(t, http.StatusUnsupportedMediaType).outcome(t, "not-supported")
	}
}

func httpUnknownParam(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	p := c.search(t, "Patient?family=lund&shoesize=44").has(t, "p1", "p3")
	if strings.Contains(p.self, "shoesize") || !strings.Contains(p.self, "family") {
		t.Errorf("self link %q, want family and not shoesize", p.self)
	}
	c.search(t, "Patient?family=lund&shoesize=44", "Prefer", "handling=lenient").has(t, "p1", "p3")
	c.get(t, "Patient?family=lund&shoesize=44", "Prefer", "handling=strict").want(t, http.StatusBadRequest).outcome(t, "not-supported")
	c.find(t, "family=lund&shoesize=44", "Prefer", "handling=strict").want(t, http.StatusBadRequest)
	c.search(t, "Patient?family=lund", "Prefer", "handling=strict").has(t, "p1", "p3")
}
