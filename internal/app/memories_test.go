package app

import (
	"encoding/json"
	"testing"

	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// TestMemories holds that tenants share what was learned only where all ask
// one server, that both are found again at the next start, and that a report
// names each adaptation once.
func TestMemories(t *testing.T) {
	t.Parallel()
	facts := json.RawMessage(`{"facts":{"Condition search":{"is":"refused","since":"2026-01-01T00:00:00Z","until":"2126-01-01T00:00:00Z"}}}`)
	for name, c := range map[string]struct {
		remote provider.Remote
		apart  bool
	}{
		"one server":         {provider.Remote{URL: "https://ehr.example/fhir"}, false},
		"tenant in the path": {provider.Remote{URL: "https://ehr.example/{tenant}/fhir"}, true},
		"in a header":        {provider.Remote{URL: "https://ehr.example/fhir", Headers: map[string]string{"X-Tenant": "{tenant}"}}, true},
		"in the token": {provider.Remote{
			URL: "https://ehr.example/fhir", Auth: credential.Settings{Method: credential.ClientSecretPost, Params: map[string]string{"scope": "{tenant}"}},
		}, true},
	} {
		seen := &Observed{Learned: facts}
		if c.apart {
			seen = &Observed{LearnedOf: map[string]json.RawMessage{"a": facts, "c": facts}}
		}
		m := newMemories(&c.remote, seen)
		if len(m.of("a").Report()) != 1 {
			t.Errorf("%s: what was learned earlier is forgotten", name)
		}
		if apart := len(m.of("b").Report()) == 0; apart != c.apart {
			t.Errorf("%s: another tenant's memory is apart: %v, want %v", name, apart, c.apart)
		}
		if c.apart {
			m.of("c")
		}
		if r := m.report(); len(r) != 1 || r[0].Name != "Condition search" {
			t.Errorf("%s: the report is %v", name, r)
		}
		var saved Observed
		m.save(&saved)
		next := newMemories(&c.remote, &saved)
		for _, tenant := range []string{"a", "c"} {
			if len(next.of(tenant).Report()) != 1 {
				t.Errorf("%s: what was learned of %s is not saved", name, tenant)
			}
		}
	}
}
