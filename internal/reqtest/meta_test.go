package reqtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func metaRequirements() []requirement {
	return []requirement{
		{ID: "META-1", Text: "metadata needs no token", Run: metaOpen},
		{ID: "META-2", Text: "fhirVersion is the face's", Run: metaVersion},
		{ID: "META-3", Text: "rest: server mode, interactions, every type with read and search", Run: metaRest},
		{ID: "META-4", Text: "oauth-uris names a working token endpoint and authorize", Run: metaOAuth},
		{ID: "META-5", Text: "the security service is OAuth in the official system", Run: metaService},
		{ID: "META-6", Text: "batch is declared in the version's way", Run: metaBatch},
		{ID: "META-7", Text: "every declared parameter works, every known one is declared", Run: metaParams},
		{ID: "META-8", Text: "//metadata and metadata/ answer too", Run: metaSlashes},
		{ID: "META-9", Text: "the version's mandatory elements are there", Run: metaMandatory},
		{ID: "META-10", Text: "an invalid token does no harm", Run: metaBadToken},
		{ID: "META-11", Text: "smart-configuration is open JSON", Run: metaSmart},
	}
}

func (g *Target) statement(t *testing.T) *reply {
	t.Helper()
	return g.bearing("").get(t, "metadata").want(t, http.StatusOK).media(t, g.Face.Media)
}

// rest is the one with mode server.
func rest(t *testing.T, statement any) any {
	t.Helper()
	for _, r := range list(statement, "rest") {
		if str(r, "mode") == "server" {
			return r
		}
	}
	t.Fatal("no rest with mode server")
	return nil
}

// oauthURI finds an inner extension by its url, never by its place.
func oauthURI(statement any, name string) (string, bool) {
	for _, r := range list(statement, "rest") {
		for _, outer := range list(r, "security.extension") {
			if str(outer, "url") != "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris" {
				continue
			}
			for _, inner := range list(outer, "extension") {
				if str(inner, "url") == name {
					return str(inner, "valueUri"), true
				}
			}
		}
	}
	return "", false
}

func metaOpen(t *testing.T, g *Target) {
	if got := g.statement(t).text(t, "resourceType"); got != g.Face.Statement {
		t.Errorf("resourceType %q, want %q", got, g.Face.Statement)
	}
}

func metaVersion(t *testing.T, g *Target) {
	if got := g.statement(t).text(t, "fhirVersion"); !strings.HasPrefix(got, g.Face.Version) {
		t.Errorf("fhirVersion %q, want %s", got, g.Face.Version)
	}
}

func codes(v any, path string) (all []string) {
	for _, i := range list(v, path) {
		all = append(all, str(i, "code"))
	}
	return all
}

func metaRest(t *testing.T, g *Target) {
	r := rest(t, g.statement(t).json)
	if len(list(r, "interaction")) == 0 {
		t.Error("rest.interaction is empty")
	}
	declared := map[string][]string{}
	for _, res := range list(r, "resource") {
		declared[str(res, "type")] = codes(res, "interaction")
	}
	for _, typ := range g.Face.Types() {
		if got := declared[typ]; !slices.Contains(got, "read") || !slices.Contains(got, "search-type") {
			t.Errorf("%s declares %v, want read and search-type", typ, got)
		}
	}
	for typ, got := range declared {
		for _, write := range []string{"create", "update", "delete", "patch"} {
			if slices.Contains(got, write) {
				t.Errorf("%s declares %s on a face that only reads", typ, write)
			}
		}
	}
}

func metaOAuth(t *testing.T, g *Target) {
	statement := g.statement(t).json
	token, _ := oauthURI(statement, "token")
	authorize, _ := oauthURI(statement, "authorize")
	if token != g.TokenURL || authorize == "" {
		t.Fatalf("token %q, authorize %q", token, authorize)
	}
	c := &caller{target: g}
	c.post(t, token, "application/x-www-form-urlencoded", credentials(g.App1, "grant_type", "client_credentials", "scope", tenantA)).want(t, http.StatusOK)
	r := c.get(t, authorize+"?response_type=code&client_id=x")
	if r.status != http.StatusBadRequest || !strings.Contains(string(r.body), "unsupported_response_type") {
		t.Errorf("authorize answers %d %.200s, want 400 unsupported_response_type", r.status, r.body)
	}
}

func metaService(t *testing.T, g *Target) {
	r := rest(t, g.statement(t).json)
	for _, service := range list(r, "security.service") {
		if str(service, "coding.0.system") == g.Face.Service && str(service, "coding.0.code") == "OAuth" {
			return
		}
	}
	t.Errorf("no service begins with %s|OAuth: %v", g.Face.Service, at(r, "security.service"))
}

func metaBatch(t *testing.T, g *Target) {
	r := rest(t, g.statement(t).json)
	if g.Face.dstu2() {
		if str(r, "transactionMode") != "batch" {
			t.Errorf("transactionMode %q, want batch", str(r, "transactionMode"))
		}
		return
	}
	if !slices.Contains(codes(r, "interaction"), "batch") {
		t.Errorf("interactions %v, want batch", codes(r, "interaction"))
	}
}

// parametersOf is §6 as a table.
func (f Face) parametersOf() map[string][]string {
	p := map[string][]string{
		"Patient":            {"_id", "family", "given", "name", "birthdate", "gender", "identifier"},
		"Observation":        {"patient", "date", "category", "code"},
		"Condition":          {"patient"},
		"Encounter":          {"patient", "date", "status"},
		"AllergyIntolerance": {"patient", "date"},
		"Coverage":           {"patient"},
		"Location":           {"_id", "name"},
		f.Med:                {"patient", "status"},
	}
	add := func(typ string, names ...string) { p[typ] = append(p[typ], names...) }
	switch {
	case f.dstu2():
		add("Condition", "date-recorded", "clinicalstatus")
		add("AllergyIntolerance", "status", "substance")
		add(f.Med, "datewritten")
	case f.stu3():
		add("Condition", "asserted-date", "clinical-status")
	default:
		add("Condition", "recorded-date", "clinical-status")
	}
	if !f.dstu2() {
		add("AllergyIntolerance", "clinical-status", "verification-status", "code")
		add(f.Med, "authoredon", "intent")
	}
	return p
}

// sample is a value that a parameter of that type must take.
var samples = map[string]string{
	"string": "x", "token": "x", "reference": "Patient/p1", "date": "2018", "number": "1",
	"quantity": "5", "uri": "http://fixtures.example/x",
}

func metaParams(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	declared := map[string]map[string]bool{}
	tried := 0
	for _, res := range list(rest(t, g.statement(t).json), "resource") {
		typ := str(res, "type")
		declared[typ] = map[string]bool{}
		for _, p := range list(res, "searchParam") {
			declared[typ][str(p, "name")] = true
		}
		for _, p := range list(res, "searchParam") {
			name, value := str(p, "name"), samples[str(p, "type")]
			if value == "" {
				continue // composites and specials have forms of their own
			}
			query := url.Values{name: {value}, "_count": {"1"}}
			if name != "patient" && declared[typ]["patient"] {
				query.Set("patient", "p1")
			}
			tried++
			if r := c.get(t, typ+"?"+query.Encode(), "Prefer", "handling=strict"); r.status != http.StatusOK {
				t.Errorf("%s?%s is declared and answers %d: %.200s", typ, query.Encode(), r.status, r.body)
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d parameters are declared", tried)
	}
	for typ, names := range g.Face.parametersOf() {
		for _, name := range names {
			if !declared[typ][name] {
				t.Errorf("%s does not declare %s", typ, name)
			}
		}
	}
}

func metaSlashes(t *testing.T, g *Target) {
	want := string(g.statement(t).body)
	for _, path := range []string{"//metadata", "/metadata/", "//metadata/"} {
		if r := g.bearing("").get(t, path).want(t, http.StatusOK); string(r.body) != want {
			t.Errorf("%s differs from /metadata:\n%.300s", path, r.body)
		}
	}
}

func metaMandatory(t *testing.T, g *Target) {
	r := g.statement(t)
	for _, name := range []string{"status", "date", "kind", "fhirVersion", "software.name", "implementation.description"} {
		if r.text(t, name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	if str(r.json, "kind") != "instance" || str(r.json, "status") != "active" {
		t.Errorf("kind %q, status %q", str(r.json, "kind"), str(r.json, "status"))
	}
	accept := str(r.json, "acceptUnknown")
	if known := slices.Contains([]string{"no", "extensions", "elements", "both"}, accept); known == g.Face.r4() {
		t.Errorf("acceptUnknown %q", accept)
	}
	if f := list(r.json, "format"); !slices.Contains(f, any(g.Face.Media)) {
		t.Errorf("format %v, want %s among them", f, g.Face.Media)
	}
	resources := list(rest(t, r.json), "resource")
	if len(resources) == 0 {
		t.Fatal("no rest.resource")
	}
	for _, res := range resources {
		if str(res, "type") == "" || len(list(res, "interaction")) == 0 {
			t.Errorf("a resource lacks type or interaction: %.300v", res)
		}
		switch at(res, "profile").(type) {
		case nil:
		case string:
			if !g.Face.r4() {
				t.Errorf("%s: profile is a string", str(res, "type"))
			}
		case map[string]any:
			if g.Face.r4() {
				t.Errorf("%s: profile is an object", str(res, "type"))
			}
		}
		for _, p := range list(res, "searchParam") {
			if str(p, "name") == "" || str(p, "type") == "" {
				t.Errorf("%s: a parameter lacks name or type: %v", str(res, "type"), p)
			}
		}
	}
}

func metaBadToken(t *testing.T, g *Target) {
	for _, h := range []string{"Bearer nonsense", "Bearer ", "Basic eDp5", "nonsense"} {
		g.bearing("").get(t, "metadata", "Authorization", h).want(t, http.StatusOK)
	}
}

func metaSmart(t *testing.T, g *Target) {
	r := g.bearing("").get(t, ".well-known/smart-configuration").want(t, http.StatusOK).media(t, "application/json")
	for _, name := range []string{"grant_types_supported", "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported", "scopes_supported", "capabilities", "code_challenge_methods_supported"} {
		if len(list(r.json, name)) == 0 {
			t.Errorf("%s is missing or empty", name)
		}
	}
	for _, want := range []any{"client-confidential-symmetric", "client-confidential-asymmetric"} {
		if !slices.Contains(list(r.json, "capabilities"), want) {
			t.Errorf("capabilities lack %v", want)
		}
	}
}
