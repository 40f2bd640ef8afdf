package apptest

import (
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
)

// The sets of public records that are walked. The large ones take minutes under
// the race detector, and show no race that the others do not.
var sets = []struct {
	name, version, path string
	large               bool
}{
	{"dstu2-hl7", "dstu2", "fhir-dstu2-hl7-examples/files", false},
	{"dstu2-synthea", "dstu2", "fhir-dstu2-synthea/files", true},
	{"stu3-hl7", "stu3", "fhir-stu3-hl7-examples/files", false},
	{"stu3-smart", "stu3", "fhir-stu3-smart/files", true},
	{"stu3-synthea", "stu3", "fhir-stu3-synthea/files", true},
	{"r4-uscore", "r4", "fhir-r4-uscore/files", false},
	{"r4-hl7", "r4", "fhir-r4-hl7-examples/files", true},
	{"r4-synthea", "r4", "fhir-r4-synthea/files", true},
}

// mostPatients of a set are listed.
func mostPatients() int {
	if raceEnabled {
		return 10
	}
	return 30
}

// TestSharedRecords connects a space to the gateway's own face of each version,
// as to any partner, over records that nobody here wrote, and judges what the
// app shows of them.
func TestSharedRecords(t *testing.T) {
	t.Parallel()
	root := shared(t)
	s := start(t)
	someone, c := s.someone(t), s.client(t)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	for i, set := range sets {
		t.Run(set.name, func(t *testing.T) {
			if raceEnabled && set.large {
				t.Skip("left out under the race detector; run without -race")
			}
			s.run(t, "store", "create", set.name, "--version", set.version, "--open")
			s.run(t, "store", "import", set.name, filepath.Join(root, set.path), "--output", "json")
			s.run(t, "provider", "add", set.name, "--store", set.name)
			s.run(t, "tenant", "map", tenant(i), set.name)
			base := s.origin + "/stores/" + set.name + "/fhir"
			await.That(t, "the store", func() bool { return answers(t, client, base+"/metadata") })
			await.That(t, "the tenant", func() bool { return s.grants(t, client, c, tenant(i)) })
			record, err := ReadRecord(t.Context(), client, base, set.version)
			if err != nil {
				t.Fatal(err)
			}
			out, err := Walk{
				App: someone, Name: set.name, Link: s.origin + "/fhir/" + set.version, Tenant: tenant(i),
				ClientID: c.ID, Secret: c.Secret, Record: record, Most: mostPatients(),
			}.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if out.Version != set.version || out.Patients == 0 || out.Shown == 0 {
				t.Errorf("version %s, %d patients, %d items", out.Version, out.Patients, out.Shown)
			}
			for _, f := range out.Findings {
				t.Error(f)
			}
			t.Logf("%d of %d patients, %d cells, %d items; first refresh %v, the whole walk %v", out.Patients, len(record.Patients()), out.Cells, out.Shown,
				out.Refreshed.Round(time.Millisecond), out.Whole.Round(time.Millisecond))
		})
	}
}

// grants reports whether the server knows the client and the tenant already.
func (s *site) grants(t *testing.T, client *http.Client, c credentials, tenant string) bool {
	t.Helper()
	resp, err := client.PostForm(s.origin+"/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {c.Secret}, "scope": {tenant}}) //nolint:noctx // it is short
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
