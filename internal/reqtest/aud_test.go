package reqtest

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
)

func audRequirements() []requirement {
	return []requirement{
		{ID: "AUD-1", Text: "every request has its record, refused ones too", Run: audRecords},
		{ID: "AUD-2", Text: "a batch has a record per entry and one request id", Run: audBatch},
		{ID: "AUD-3", Text: "values of parameters are not stored", Run: audNoValues},
		{ID: "AUD-4", Text: "without audit there is no answer", Run: audFailClosed},
		{ID: "AUD-5", Text: "records are found by patient, tenant and time", Run: audSearch},
	}
}

// requestID is what an answer says of itself; every answer must.
func (r *reply) requestID(t *testing.T) string {
	t.Helper()
	id := r.header.Get("X-Request-Id")
	if id == "" {
		t.Fatalf("%s: no request id in the answer: %v", r.call, r.header)
	}
	return id
}

// records are those of one request. They are durable before the answer, so
// they are there at once.
func (g *Target) records(t *testing.T, r *reply, args ...string) []AuditRecord {
	t.Helper()
	id := r.requestID(t)
	return slices.DeleteFunc(g.Admin.Audit(t, args...), func(rec AuditRecord) bool { return rec.RequestID != id })
}

// one is the only record of a request.
func (g *Target) one(t *testing.T, r *reply, args ...string) AuditRecord {
	t.Helper()
	recs := g.records(t, r, args...)
	if len(recs) != 1 {
		t.Fatalf("%s: %d audit records, want 1: %v", r.call, len(recs), recs)
	}
	return recs[0]
}

func audRecords(t *testing.T, g *Target) {
	token := g.freshToken(t, g.App1, tenantA)
	jti := str(claimsOf(t, token), "jti")
	c := g.bearing(token)
	since := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	check := func(r *reply, operation string, ids ...string) {
		t.Helper()
		rec := g.one(t, r, "--since", since)
		if rec.Tenant != tenantA || rec.Client != g.App1.ID || rec.TokenID != jti || rec.Status != r.status {
			t.Errorf("%s: tenant %q, client %q, jti %q, status %d: %s", r.call, rec.Tenant, rec.Client, rec.TokenID, rec.Status, rec.Raw)
		}
		if rec.Operation != operation {
			t.Errorf("%s: operation %q, want %q", r.call, rec.Operation, operation)
		}
		got := slices.Sorted(slices.Values(rec.IDs))
		if !slices.Equal(got, ids) {
			t.Errorf("%s: ids %v, want %v", r.call, got, ids)
		}
	}
	check(c.get(t, "Patient/p1"), "PatientView", "Patient/p1")
	check(c.find(t, "family=lund"), "PatientSearch", "Patient/p1", "Patient/p3")
	check(c.get(t, "AllergyIntolerance?patient=p1"), "PatientView", "AllergyIntolerance/a1", "AllergyIntolerance/a2")
	if rec := g.one(t, c.get(t, "Patient/nobody"), "--since", since); rec.Status != http.StatusNotFound || rec.Tenant != tenantA {
		t.Errorf("an unknown id: %s", rec.Raw)
	}
	if rec := g.one(t, c.do(t, http.MethodDelete, "Patient/p1", "", nil), "--since", since); rec.Status != http.StatusMethodNotAllowed || rec.Tenant != tenantA {
		t.Errorf("a refused write: %s", rec.Raw)
	}
	if rec := g.one(t, g.bearing("").get(t, "Patient/p1"), "--since", since); rec.Status != http.StatusUnauthorized || rec.Tenant != "" {
		t.Errorf("no token: %s", rec.Raw)
	}
	if rec := g.one(t, g.bearing("a.b.c").get(t, "Patient/p1"), "--since", since); rec.Status != http.StatusUnauthorized {
		t.Errorf("a bad token: %s", rec.Raw)
	}
}

func audBatch(t *testing.T, g *Target) {
	since := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	r := g.as(t, tenantA).batch(t, "batch", append(g.six(), "Patient/nobody", "PUT Patient/p1")...).want(t, http.StatusOK)
	byEntry := map[int]AuditRecord{}
	for _, rec := range g.records(t, r, "--since", since) {
		if rec.Entry >= 0 {
			if _, twice := byEntry[rec.Entry]; twice {
				t.Errorf("entry %d has two records", rec.Entry)
			}
			byEntry[rec.Entry] = rec
		}
	}
	if len(byEntry) != 8 {
		t.Fatalf("%d entries have a record with the batch's request id, want 8", len(byEntry))
	}
	for i, want := range []int{200, 200, 200, 200, 200, 200, 404, 405} {
		if byEntry[i].Status != want || byEntry[i].Tenant != tenantA {
			t.Errorf("entry %d: status %d, want %d: %s", i, byEntry[i].Status, want, byEntry[i].Raw)
		}
	}
	if got := len(byEntry[1].IDs); got != 10 {
		t.Errorf("the entry that returned 10 conditions names %d ids", got)
	}
}

func audNoValues(t *testing.T, g *Target) {
	since := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	c := g.as(t, tenantA)
	r := c.find(t, "given=amina&family=okafor&identifier=7001001&birthdate=1957-06-05&gender=female").want(t, http.StatusOK)
	rec := g.one(t, r, "--since", since)
	for _, name := range []string{"given", "family", "identifier", "birthdate", "gender"} {
		if !slices.Contains(rec.Params, name) {
			t.Errorf("the parameter names %v lack %s", rec.Params, name)
		}
	}
	odd := c.get(t, "Patient?name=xylophone-secret-value&"+form("shoesize-secret-name", "zebra-secret-value"))
	// Only these two: what another test asks for by an id that is also an MRN
	// is an id, and records name those.
	records := append(g.records(t, r, "--since", since), g.records(t, odd, "--since", since)...)
	if len(records) < 2 {
		t.Fatalf("%d records of two searches", len(records))
	}
	for _, raw := range records {
		low := strings.ToLower(strings.NewReplacer(raw.RequestID, "", raw.TokenID, "").Replace(raw.Raw)) // random ids may spell anything
		for _, value := range []string{"amina", "okafor", "7001001", "1957-06-05", "secret-value", "zoë"} {
			if strings.Contains(low, value) {
				t.Errorf("a record contains %q: %s", value, raw.Raw)
			}
		}
	}
	for name, content := range g.Admin.DataFiles(t) {
		for _, value := range []string{"secret-value", g.App1.Secret, g.token(t, g.App1, tenantA)} {
			if bytes.Contains(bytes.ToLower(content), bytes.ToLower([]byte(value))) {
				t.Errorf("%s contains a value that must not be stored: %.20s…", name, value)
			}
		}
	}
}

func audFailClosed(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	c.get(t, "Patient/p1").want(t, http.StatusOK)
	release := g.Admin.BlockWrites(t)
	r := c.get(t, "Patient/p1")
	release()
	r.want(t, http.StatusServiceUnavailable).outcome(t)
	if strings.Contains(string(r.body), "Okafor") {
		t.Error("the record went out though it could not be audited")
	}
	await.That(t, "it answers again", func() bool { return c.get(t, "Patient/p1").status == http.StatusOK })
}

func audSearch(t *testing.T, g *Target) {
	start := time.Now().Add(-2 * time.Second).UTC().Format(time.RFC3339)
	a := g.as(t, tenantA).get(t, "Condition?patient=p1").want(t, http.StatusOK)
	b := g.as(t, tenantB).get(t, "Condition?patient=p1").want(t, http.StatusOK)
	p2 := g.as(t, tenantA).get(t, "Patient/p2").want(t, http.StatusOK)
	for _, f := range []struct {
		name string
		args []string
		want [3]bool
	}{
		{"by patient", []string{"--patient", "p1"}, [3]bool{true, true, false}},
		{"by typed patient", []string{"--patient", "Patient/p1"}, [3]bool{true, true, false}},
		{"by tenant", []string{"--tenant", tenantA}, [3]bool{true, false, true}},
		{"by patient and tenant", []string{"--patient", "p1", "--tenant", tenantB}, [3]bool{false, true, false}},
		{"since", []string{"--since", start}, [3]bool{true, true, true}},
		{"until before", []string{"--until", start}, [3]bool{false, false, false}},
	} {
		var got [3]bool
		for _, rec := range g.Admin.Audit(t, f.args...) {
			for i, r := range []*reply{a, b, p2} {
				got[i] = got[i] || rec.RequestID == r.requestID(t)
			}
		}
		if got != f.want {
			t.Errorf("%s: found %v, want %v", f.name, got, f.want)
		}
	}
}
