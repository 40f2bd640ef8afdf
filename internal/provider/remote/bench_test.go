package remote_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

// observation is a resource of about 3 kB, as servers give them.
func observation(base, id string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"meta":{"versionId":"1","lastUpdated":"2026-03-04T05:06:07.000+00:00","source":"#Nx9p2"},`, id) +
		`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><table>` + strings.Repeat(`<tr><td>Heart rate</td><td>72 beats/minute</td></tr>`, 24) + `</table></div>"},` +
		`"identifier":[{"use":"official","system":"urn:oid:2.16.840.1.113883.19.5","value":"` + id + `"}],"status":"final",` +
		`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],` +
		`"code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel with all children optional"},{"system":"http://snomed.info/sct","code":"75367002","display":"Blood pressure"}],"text":"Blood pressure"},` +
		`"subject":{"reference":"` + base + `Patient/p1","display":"Amina Okafor"},"encounter":{"reference":"` + base + `Encounter/e1"},"effectiveDateTime":"2026-03-04T05:06:07+00:00",` +
		`"performer":[{"reference":"` + base + `Practitioner/d1","display":"Dr Lee"}],"component":[` +
		strings.Repeat(`{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}]},"valueQuantity":{"value":107.0,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},`, 2) +
		`{"code":{"text":"Diastolic"},"valueQuantity":{"value":60,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}`
}

func benchmarkBodies(base string) (one, twenty string) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"searchset","total":20,"entry":[`)
	for i := range 20 {
		if i > 0 {
			b.WriteByte(',')
		}
		id := fmt.Sprintf("o%d", i)
		fmt.Fprintf(&b, `{"fullUrl":"%sObservation/%s","resource":%s,"search":{"mode":"match"}}`, base, id, observation("", id))
	}
	b.WriteString("]}")
	return observation("", "o1"), b.String()
}

// BenchmarkBesideReverseProxy compares a call through both ends of the codec
// and the link with the same call through httputil.ReverseProxy: same client,
// same upstream. cpu-ns/op is of the whole process: take that of "direct", which
// is client and upstream without anything between, off the others.
func BenchmarkBesideReverseProxy(b *testing.B) {
	var one, twenty string
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := one
		if r.URL.RawQuery != "" {
			body = twenty
		}
		h := w.Header()
		h.Set("Content-Type", "application/fhir+json")
		h.Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body)
	}))
	defer upstream.Close()
	one, twenty = benchmarkBodies(upstream.URL + "/fhir/")
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	defer transport.CloseIdleConnections()
	target, _ := url.Parse(upstream.URL)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: transport}
	r, err := remote.New(remote.Config{Version: fhir.R4, Base: upstream.URL + "/fhir", HTTP: &http.Client{Transport: transport}})
	if err != nil {
		b.Fatal(err)
	}
	link := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := wire.Codec{Version: fhir.R4, Base: "https://ehr.example/fhir", Knows: func(string) bool { return true }}
		in, err := c.Decode(req, strings.TrimPrefix(req.URL.EscapedPath(), "/fhir"))
		if err != nil {
			c.Fail(w, req, in, err)
			return
		}
		resp, err := r.Do(req.Context(), in.Request)
		if err != nil {
			c.Fail(w, req, in, err)
			return
		}
		c.Answer(w, req, in, resp)
	})
	for _, what := range []struct{ name, target string }{{"read", "/fhir/Observation/o1"}, {"searchset", "/fhir/Observation?patient=p1"}} {
		for _, by := range []struct {
			name    string
			handler http.Handler
		}{{"direct", upstream.Config.Handler}, {"proxy", proxy}, {"link", link}} {
			b.Run(what.name+"/"+by.name, func(b *testing.B) {
				front := httptest.NewServer(by.handler)
				defer front.Close()
				client := front.Client()
				b.ReportAllocs()
				before := await.CPU(b)
				defer func() { b.ReportMetric(float64(await.CPU(b)-before)/float64(b.N), "cpu-ns/op") }()
				for b.Loop() {
					req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, front.URL+what.target, http.NoBody)
					if err != nil {
						b.Fatal(err)
					}
					resp, err := client.Do(req)
					if err != nil {
						b.Fatal(err)
					}
					n, err := io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
					if err != nil || resp.StatusCode != 200 || n < 2500 {
						b.Fatalf("status %d, %d bytes, %v", resp.StatusCode, n, err)
					}
				}
			})
		}
	}
}

// BenchmarkDecode is the client's end alone.
func BenchmarkDecode(b *testing.B) {
	_, twenty := benchmarkBodies("https://ehr.example/fhir/")
	e, err := wire.ParseEndpoint("https://ehr.example/fhir")
	if err != nil {
		b.Fatal(err)
	}
	c := &wire.Client{Version: fhir.R4, Base: e}
	req := &fhir.Request{Interaction: fhir.Search, Type: "Observation"}
	reply := &wire.Reply{Status: 200, Header: http.Header{}, Body: []byte(twenty)}
	b.SetBytes(int64(len(twenty)))
	b.ReportAllocs()
	for b.Loop() {
		if resp, err := c.Decode(req, reply); err != nil || len(resp.Matches) != 20 {
			b.Fatal(err)
		}
	}
}
