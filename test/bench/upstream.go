package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// serveUpstream is a hospital's FHIR server that answers from memory, after a
// while: /w{milliseconds}/fhir/… . Below /hang/fhir only the statement is
// answered. It takes neither batches nor POST _search.
func serveUpstream(ctx context.Context, listen string) error {
	observations := searchset("Observation", 20, observation)
	statement := []byte(statementR4)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		place, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/fhir/")
		typ, id, read := strings.Cut(rest, "/")
		if rest == "metadata" {
			send(w, statement)
			return
		}
		if place == "hang" {
			<-r.Context().Done()
			return
		}
		if ms, err := strconv.Atoi(strings.TrimPrefix(place, "w")); err == nil && ms > 0 {
			time.Sleep(time.Duration(ms) * time.Millisecond)
		}
		patient := strings.TrimPrefix(r.URL.Query().Get("patient"), "Patient/")
		switch {
		case r.Method != http.MethodGet:
			http.Error(w, "not offered", http.StatusMethodNotAllowed)
		case read:
			send(w, []byte(strings.ReplaceAll(patientR4, "PATIENT", id)))
		case typ == "Observation":
			send(w, []byte(strings.ReplaceAll(observations, "PATIENT", patient)))
		default:
			send(w, []byte(strings.ReplaceAll(searchset(typ, 0, nil), "PATIENT", patient)))
		}
	})
	return serve(ctx, listen, h)
}

// serveProxy is the reverse proxy of the standard library, with as many idle
// connections as the gateway keeps.
func serveProxy(ctx context.Context, listen, to string) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	p := &httputil.ReverseProxy{
		Transport: &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512},
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(u) },
	}
	return serve(ctx, listen, p)
}

func serve(ctx context.Context, listen string, h http.Handler) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	return (&http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
}

func send(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/fhir+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) //nolint:gosec // no browser reads it
}

func searchset(typ string, n int, one func(i int) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"resourceType":"Bundle","type":"searchset","total":%d`, n)
	for i := range n {
		sep := ","
		if i == 0 {
			sep = `,"entry":[`
		}
		fmt.Fprintf(&b, `%s{"fullUrl":"http://ehr.example/%s/o-PATIENT-%d","resource":%s,"search":{"mode":"match"}}`, sep, typ, i, one(i))
	}
	if n > 0 {
		b.WriteByte(']')
	}
	return b.String() + "}"
}

// observation is the nth of a patient's, newest first.
func observation(i int) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":"o-PATIENT-%d","meta":{"versionId":"1","lastUpdated":"2026-01-02T03:04:05.000Z"},`+
		`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Heart rate, taken at rest</p></div>"},"status":"final",`+
		`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],`+
		`"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}],"text":"Heart rate"},"subject":{"reference":"Patient/PATIENT","display":"Test Patient"},`+
		`"effectiveDateTime":"%s","issued":"2026-01-02T03:04:05.000Z","performer":[{"reference":"Practitioner/prac-1","display":"Ward nurse"}],`+
		`"valueQuantity":{"value":%d.0,"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"},`+
		`"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N","display":"Normal"}],"text":"Normal"}],`+
		`"note":[{"text":"%s"}]}`,
		i, time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC).AddDate(0, 0, -i).Format(time.RFC3339), 60+i, strings.Repeat("As before. ", 20))
}

// patientR4 is a record of about 3 kB.
var patientR4 = `{"resourceType":"Patient","id":"PATIENT","meta":{"versionId":"1","lastUpdated":"2026-01-02T03:04:05.000Z"},` +
	`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>` + strings.Repeat("A patient for measuring. ", 40) + `</p></div>"},` +
	`"identifier":[{"use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR","display":"Medical record number"}],"text":"MRN"},` +
	`"system":"https://hospital.example/mrn","value":"PATIENT"}],"active":true,"name":[{"use":"official","family":"Measure","given":["Test","Patient"],"prefix":["Mx"]}],` +
	`"telecom":[` + strings.Repeat(`{"system":"phone","value":"+1 555 0100","use":"home"},`, 8) + `{"system":"email","value":"patient@example.org"}],"gender":"female","birthDate":"1957-06-05",` +
	`"address":[` + strings.Repeat(`{"use":"home","line":["1 Long Road"],"city":"Harbour","postalCode":"00000","country":"NL"},`, 5) + `{"use":"old","city":"Harbour"}],` +
	`"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"Married"}],"text":"Married"},` +
	`"generalPractitioner":[{"reference":"Practitioner/prac-1","display":"Dr. Test"}],"managingOrganization":{"reference":"Organization/org-1","display":"Hospital"}}`

var statementR4 = func() string {
	var types []string
	for _, t := range []string{
		"Patient", "Observation", "Condition", "Encounter", "AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Coverage", "Location", "Practitioner", "Organization",
	} {
		var params []string
		for _, p := range []string{"_id", "patient", "category", "code", "date", "status", "name", "family", "given", "identifier", "birthdate", "gender", "clinical-status", "verification-status"} {
			params = append(params, `{"name":"`+p+`","type":"token"}`)
		}
		types = append(types, `{"type":"`+t+`","interaction":[{"code":"read"},{"code":"search-type"}],"searchParam":[`+strings.Join(params, ",")+`]}`)
	}
	return `{"resourceType":"CapabilityStatement","status":"active","date":"2026-01-01","kind":"instance","fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server","resource":[` +
		strings.Join(types, ",") + `]}]}`
}()
