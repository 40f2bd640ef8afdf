package reqtest

import (
	"bytes"
	"flag"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestIsolation sends what it can think of with one tenant's token and searches
// every byte of every answer, headers too, for the other's mark. Requests go
// over a raw connection, so that no client library tidies them.
func TestIsolation(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	all := checks.Value.String()
	for _, p := range pairs() {
		t.Run(p.name(), func(t *testing.T) {
			g := suite.target(t, p)
			// Conversion adds no way to another tenant: fewer requests will do
			// there, unless someone asked for a number.
			if p.Source.Name != p.Face.Name && all == defaultChecks {
				setFlag(t, checks, "250")
				defer setFlag(t, checks, all)
			}
			tokens := map[string]string{tenantA: g.token(t, g.App1, tenantA), tenantB: g.token(t, g.App1, tenantB)}
			links := map[string]string{
				tenantA: g.as(t, tenantA).search(t, "Condition?patient=p1&_count=3").next,
				tenantB: g.as(t, tenantB).search(t, "Observation?patient=p1&_count=3").next,
			}
			marks := map[string]string{tenantA: markA, tenantB: markB}
			own, refused := 0, 0
			rapid.Check(t, func(rt *rapid.T) {
				mine, theirs := tenantA, tenantB
				if rapid.Bool().Draw(rt, "B") {
					mine, theirs = tenantB, tenantA
				}
				req := drawRequest(rt, g, links[theirs], theirs)
				req.token = tokens[mine]
				raw := req.send(rt, g)
				low := bytes.ToLower(raw)
				if bytes.Contains(low, []byte(marks[theirs])) {
					rt.Fatalf("tenant %s got the other's data by\n%s\n%.1500s", mine, req, raw)
				}
				if bytes.Contains(low, []byte(marks[mine])) {
					own++
				}
				if !bytes.HasPrefix(raw, []byte("HTTP/1.1 ")) || bytes.HasPrefix(raw, []byte("HTTP/1.1 500")) {
					rt.Fatalf("not an answer, or a fault of the server:\n%s\n%.600s", req, raw)
				}
				if !bytes.HasPrefix(raw, []byte("HTTP/1.1 200")) {
					refused++
				}
			})
			t.Logf("%d answers with the caller's own data, %d refused", own, refused)
			if own == 0 {
				t.Error("not one request found anything: the generator is too wild to prove isolation")
			}
		})
	}
}

func setFlag(t *testing.T, f *flag.Flag, v string) {
	t.Helper()
	if err := f.Value.Set(v); err != nil {
		t.Fatal(err)
	}
}

// A rawRequest is written to the wire as it stands.
type rawRequest struct {
	method, target, body, contentType, token string
	headers                                  []string
}

func (r rawRequest) String() string {
	return r.method + " " + r.target + "\n" + strings.Join(r.headers, "\n") + "\n\n" + r.body
}

func (r rawRequest) send(t *rapid.T, g *Target) []byte {
	conn, err := (&net.Dialer{Timeout: time.Minute}).Dial("tcp", strings.TrimPrefix(g.Origin, "http://"))
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(r.method + " " + r.target + " HTTP/1.1\r\nHost: " + strings.TrimPrefix(g.Origin, "http://") + "\r\nConnection: close\r\n")
	b.WriteString("Authorization: Bearer " + r.token + "\r\n")
	for _, h := range r.headers {
		b.WriteString(h + "\r\n")
	}
	if r.method == http.MethodPost {
		b.WriteString("Content-Type: " + r.contentType + "\r\nContent-Length: " + itoa(len(r.body)) + "\r\n")
	}
	b.WriteString("\r\n" + r.body)
	if _, err := io.WriteString(conn, b.String()); err != nil {
		t.Fatalf("writing %s: %v", r, err)
	}
	raw, err := io.ReadAll(conn)
	if err != nil && len(raw) == 0 {
		t.Fatalf("no answer to %s: %v", r, err)
	}
	return raw
}

// The words a request is made of: what exists in either tenant, and what leads
// astray.
func drawType(t *rapid.T, g *Target) string {
	return rapid.SampledFrom(append(g.Face.Types(), "Practitioner", "Organization", "Medication", "patient", "Bundle", "*")).Draw(t, "type")
}

func drawID(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"p1", "p9", "P9", "pb2", "p2", "v-hr", "vb-p9-0", "vb-p1-0", "cb-p9", "c01", "eb-p9", "e3", "ab-p9", "mb-p9", "covb-p9", "loc-b", "loc-w3",
		"prac-1", "org-1", "p9/_history/1", "p1/_history/1", "p9%2f", "%709", "p9/", "p9;x=1", "p9,p1", "../p9", "..%2f..%2fstores%2fstore-b%2ffhir%2fPatient%2fp9",
	}).Draw(t, "id")
}

func drawPair(t *rapid.T, g *Target, tenant string) string {
	name := rapid.SampledFrom([]string{
		"_id", "id", "patient", "Patient", "subject", "subject:Patient", "beneficiary", "subscriber", "name", "family", "family:exact", "family:contains", "given",
		"identifier", "birthdate", "gender", "_include", "_revinclude", "_include:iterate", "_revinclude:iterate", "_sort", "_count", "_summary", "_elements", "_has:Observation:patient:code",
		"patient.name", "subject.identifier", "general-practitioner", "careprovider", "organization", "_lastUpdated", "_tag", "_profile", "_security", "_source", "_format",
		"tenant", "scope", "provider", "store", "_query", "_filter", "_list", "_contained", "_total", "_page", "page", "_cursor", "code", "date", "location", "practitioner",
	}).Draw(t, "name")
	value := rapid.OneOf(
		rapid.Custom(drawID),
		rapid.SampledFrom([]string{
			"Patient/p9", "Patient/p1", g.Base + "/Patient/p9", g.Origin + "/stores/store-b/fhir/Patient/p9", "Qqmarker", "qqmark", "lund", "o'brien", "am", "1957-06-05", "ge1900",
			"female", "male", "7001001", "9009009", "https://hospital-b.example/mrn|", "*", "Observation:patient", "Patient:general-practitioner", "Encounter:location", "%", "_", "'", "\" or 1=1 --",
			"1", "1000", "-date", "true", "count", "data", "text", "name,id", tenant, "{" + tenant + "}", "prov-b", "store-b", "json", "xml", "",
		}),
		rapid.StringMatching(`[a-zA-Z0-9|,:$%*'"\\./ -]{0,12}`),
	).Draw(t, "value")
	switch rapid.IntRange(0, 2).Draw(t, "coding") {
	case 0:
		return form(name, value)
	case 1: // every byte encoded
		var b strings.Builder
		for _, c := range []byte(value) {
			const hex = "0123456789abcdef"
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
		return strings.ReplaceAll(name, ":", "%3A") + "=" + b.String()
	}
	return strings.ReplaceAll(name+"="+strings.NewReplacer(" ", "+", "\"", "%22", "\\", "%5C", "&", "%26", "#", "%23").Replace(value), "\n", "")
}

func drawQuery(t *rapid.T, g *Target, tenant string) string {
	return strings.Join(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawPair(t, g, tenant) }), 0, 4).Draw(t, "query"), "&")
}

func drawPath(t *rapid.T, g *Target, tenant string) string {
	switch rapid.IntRange(0, 3).Draw(t, "path") {
	case 0:
		return drawType(t, g) + "/" + drawID(t)
	case 1:
		return drawType(t, g) + "?" + drawQuery(t, g, tenant)
	case 2:
		return rapid.SampledFrom([]string{
			"Patient/p1/Observation", "Patient/p9/*", "Patient/p9/_history", "Patient/_history", "_history", "Patient/p9/$everything", "$everything", "", "_search?_id=p9", "Patient/_search",
		}).Draw(t, "odd")
	}
	return drawType(t, g) + "/" + drawID(t) + "?" + drawQuery(t, g, tenant)
}

func drawRequest(t *rapid.T, g *Target, link, tenant string) rawRequest {
	face := strings.TrimPrefix(g.Base, g.Origin)
	r := rawRequest{method: http.MethodGet, contentType: g.Face.Media}
	r.headers = rapid.SliceOfN(rapid.SampledFrom([]string{
		"X-Tenant: " + tenant, "X-Tenant-Id: " + tenant, "X-Forwarded-Host: store-b", "X-Forwarded-For: 127.0.0.1", "X-Original-URL: /stores/store-b/fhir/Patient/p9",
		"X-Rewrite-URL: /stores/store-b/fhir/Patient/p9", "X-HTTP-Method-Override: PUT", "Prefer: return=representation", "Prefer: handling=strict", "Cookie: tenant=" + tenant,
		"If-None-Exist: identifier=9009009", "Accept: application/json", "Accept-Encoding: gzip", "Range: bytes=0-99999", "X-Request-Id: " + tenant, "Forwarded: host=store-b",
	}), 0, 3).Draw(t, "headers")
	// Gzip would hide a mark from the search.
	for i, h := range r.headers {
		if strings.HasPrefix(h, "Accept-Encoding") {
			r.headers[i] = "Accept-Encoding: identity"
		}
	}
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0, 1:
		r.target = face + "/" + drawPath(t, g, tenant)
	case 2:
		r.method, r.contentType = http.MethodPost, "application/x-www-form-urlencoded"
		r.target, r.body = face+"/"+drawType(t, g)+"/_search", drawQuery(t, g, tenant)
		if rapid.Bool().Draw(t, "both") {
			r.target += "?" + drawQuery(t, g, tenant)
		}
	case 3:
		var urls []string
		for range rapid.IntRange(1, 5).Draw(t, "entries") {
			prefix := rapid.SampledFrom([]string{"", "/", g.Base + "/", "../../stores/store-b/fhir/", g.Origin + "/stores/store-b/fhir/", face + "/"}).Draw(t, "prefix")
			urls = append(urls, "GET "+prefix+drawPath(t, g, tenant))
		}
		if link != "" && rapid.Bool().Draw(t, "link") {
			urls = append(urls, "GET "+link)
		}
		r.method, r.target = http.MethodPost, face
		r.body = bundleOf(rapid.SampledFrom([]string{"batch", "transaction"}).Draw(t, "bundle"), urls...)
	case 4: // the other tenant's page link, as it is or bent
		at := strings.TrimPrefix(link, g.Origin)
		r.target = rapid.SampledFrom([]string{at, at + "&_count=1", strings.ToUpper(at), at + "&patient=p9", strings.Replace(at, "Observation", "Patient", 1)}).Draw(t, "link")
	case 5: // around the face
		r.target = rapid.SampledFrom([]string{
			"/stores/store-b/fhir/", face + "/../../stores/store-b/fhir/", "//stores/store-b/fhir/", "/stores/STORE-B/fhir/", "/stores/store-b%2ffhir/", face + "/" + tenant + "/", face + "//",
		}).Draw(t, "around") + drawPath(t, g, tenant)
	}
	r.target = strings.NewReplacer(" ", "%20", "\"", "%22", "\\", "%5C").Replace(r.target)
	return r
}
