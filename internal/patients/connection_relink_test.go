package patients

import "testing"

// One base URL may serve several tenants, whose ids have nothing to do with
// each other.
func TestAnotherTenantIsAnotherConnection(t *testing.T) {
	t.Parallel()
	const link = "https://ehr.example.org/fhir"
	for _, tt := range []struct {
		name     string
		was, now Connection
		same     bool
	}{
		{"the same", Connection{Link: link, Tenant: "a"}, Connection{Link: link, Tenant: "a"}, true},
		{"a tenant where none was said", Connection{Link: link}, Connection{Link: link, Tenant: "a"}, true},
		{"another tenant", Connection{Link: link, Tenant: "a"}, Connection{Link: link, Tenant: "b"}, false},
		{"another link", Connection{Link: link}, Connection{Link: link + "/r4"}, false},
	} {
		got, err := (&Service{}).former(t.Context(), &tt.was, tt.now)
		if err != nil || (got != nil) != tt.same {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}
}
