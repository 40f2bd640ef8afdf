package apptest

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// canary stands in whatever a clinic says in words of its own. It must never
// show in an answer of the app.
const canary = "clinic-internal-words"

// A clinic is a partner that wants a token, answers R4 from memory, and has
// switches for bad days.
type clinic struct {
	*httptest.Server
	mu       sync.Mutex
	bad      func(w http.ResponseWriter, r *http.Request) bool // answers in its place, when it says so
	patients map[string]string                                 // Patient by id
	records  map[string][]string                               // by type/patient
	types    []string
	version  string
}

var allTypes = []string{"Patient", "Observation", "Condition", "AllergyIntolerance", "MedicationRequest", "Encounter", "Coverage", "Location"}

// openClinic has the patients p1 to p3, with some of everything.
func openClinic(t *testing.T) *clinic {
	t.Helper()
	c := &clinic{patients: map[string]string{}, records: map[string][]string{}, types: allTypes, version: "4.0.1"}
	for i, name := range []string{"Ashworth", "Birk", "Castellanos"} {
		id := fmt.Sprintf("p%d", i+1)
		c.patients[id] = patient(id, name, "Kim", fmt.Sprintf("1950-01-0%d", i+1), "70010"+id)
		c.fill(id)
	}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(c.serve))
	c.Config.ErrorLog = log.New(io.Discard, "", 0) // broken connections are meant
	c.Start()
	t.Cleanup(func() { c.CloseClientConnections(); c.Close() })
	return c
}

func patient(id, family, given, born, mrn string) string {
	v := map[string]any{
		"resourceType": "Patient", "id": id, "gender": "female", "birthDate": born, "name": []any{map[string]any{"family": family, "given": []string{given}}},
		"identifier": []any{map[string]any{"type": map[string]any{"coding": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}}}, "value": mrn}},
	}
	out, _ := json.Marshal(v) //nolint:errchkjson // strings only
	return string(out)
}

func (c *clinic) fill(id string) {
	about := func(typ, ref, rest string) {
		c.records[typ+"/"+id] = []string{fmt.Sprintf(`{"resourceType":%q,"id":"%s-%s",%q:{"reference":"Patient/%s"},%s}`, typ, strings.ToLower(typ), id, ref, id, rest)}
	}
	about("Observation", "subject", `"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
		"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}],"text":"Pulse"},"effectiveDateTime":"2026-11-27T08:00:00Z","valueQuantity":{"value":72.0,"unit":"/min"}`)
	about("Condition", "subject", `"clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Asthma"}`)
	about("AllergyIntolerance", "patient", `"clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Latex"}`)
	about("MedicationRequest", "subject", `"status":"active","intent":"order","medicationCodeableConcept":{"text":"Apixaban"}`)
	about("Encounter", "subject", `"status":"in-progress","class":{"code":"IMP"},"period":{"start":"2026-11-20"},"location":[{"location":{"display":"Bay 2"}}]`)
	about("Coverage", "beneficiary", `"status":"active","payor":[{"display":"Tide Mutual"}]`)
}

// change alters the clinic while nothing is answered.
func (c *clinic) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *clinic) serve(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	bad := c.bad
	c.mu.Unlock()
	if bad != nil && bad(w, r) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/fhir+json")
	w.Header().Set("Server", canary)
	path := strings.TrimPrefix(r.URL.Path, "/fhir")
	switch {
	case r.URL.Path == "/token":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
	case path == "/metadata":
		_, _ = io.WriteString(w, c.statement())
	case r.Header.Get("Authorization") != "Bearer t":
		w.WriteHeader(http.StatusUnauthorized)
	case strings.Count(path, "/") == 2 && !strings.HasSuffix(path, "/_search"):
		body := c.patients[path[strings.LastIndexByte(path, '/')+1:]]
		if body == "" {
			w.WriteHeader(http.StatusNotFound)
			body = outcome()
		}
		_, _ = io.WriteString(w, body)
	default:
		_ = r.ParseForm()
		_, _ = io.WriteString(w, c.search(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/_search"), r.Form))
	}
}

func outcome() string {
	return `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception","diagnostics":"` + canary + `"}]}`
}

func (c *clinic) statement() string {
	var resources []string
	for _, t := range c.types {
		resources = append(resources, `{"type":"`+t+`","interaction":[{"code":"read"},{"code":"search-type"}],"searchParam":[{"name":"_id","type":"token"},{"name":"identifier","type":"token"},
			{"name":"name","type":"string"},{"name":"family","type":"string"},{"name":"given","type":"string"},{"name":"birthdate","type":"date"},
			{"name":"patient","type":"reference"},{"name":"category","type":"token"},{"name":"date","type":"date"}]}`)
	}
	return `{"resourceType":"CapabilityStatement","status":"active","date":"2026-01-01","kind":"instance","fhirVersion":"` + c.version + `","software":{"name":"` + canary + `"},"format":["json"],
		"rest":[{"mode":"server","security":{"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[{"url":"token","valueUri":"` + c.URL + `/token"}]}]},
		"resource":[` + strings.Join(resources, ",") + `]}]}`
}

// search finds patients by id or by words of their record, and records by
// patient.
func (c *clinic) search(typ string, asked url.Values) string {
	var found []string
	if typ == "Patient" {
		for id, body := range c.patients {
			switch {
			case asked.Get("_id") != "":
				if !slices.Contains(strings.Split(asked.Get("_id"), ","), id) {
					continue
				}
			case !strings.Contains(body, asked.Get("family")+asked.Get("name")) || !strings.Contains(body, asked.Get("given")):
				continue
			}
			found = append(found, body)
		}
	} else {
		found = c.records[typ+"/"+strings.TrimPrefix(asked.Get("patient"), "Patient/")]
	}
	entries := make([]string, 0, len(found))
	for _, body := range found {
		entries = append(entries, `{"resource":`+body+`,"search":{"mode":"match"}}`)
	}
	return fmt.Sprintf(`{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[%s]}`, len(entries), strings.Join(entries, ","))
}

// Bad days of a whole clinic.

// status answers everything but its statement and tokens with a status, for a
// type or (“”) for all.
func status(typ string, code int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" || strings.HasSuffix(r.URL.Path, "/metadata") || !strings.Contains(r.URL.Path, "/"+typ) {
			return false
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, outcome())
		return true
	}
}

func says200(contentType, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func breaksOff(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }

func hangs(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }

// refusesTokens takes no token any more, and gives none.
func refusesTokens(w http.ResponseWriter, r *http.Request) bool {
	if strings.HasSuffix(r.URL.Path, "/metadata") {
		return false
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"`+canary+`"}`)
	return true
}
