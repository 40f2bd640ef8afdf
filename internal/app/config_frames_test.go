package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/app"
)

// TestFrameAncestors holds that only origins get into the policy of the pages,
// whichever way they are configured.
func TestFrameAncestors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text  string
		want  app.Origins
		fault string
	}{
		{"", app.Origins{}, ""},
		{"https://portal.example.org", app.Origins{"https://portal.example.org"}, ""},
		{"https://Portal.Example.org/, https://*.example.org https://intranet:8443", app.Origins{"https://portal.example.org", "https://*.example.org", "https://intranet:8443"}, ""},
		{"http://localhost:3000,http://127.0.0.1", app.Origins{"http://localhost:3000", "http://127.0.0.1"}, ""},
		{"http://portal.example.org", nil, "want https"},
		{"portal.example.org", nil, "not an origin"},
		{"*", nil, "not an origin"},
		{"https://*", nil, "not an origin"},
		{"https://*.org", nil, "not an origin"},
		{"https://a.*.example.org", nil, "not an origin"},
		{"https://portal.example.org/frame", nil, "not an origin"},
		{"https://portal.example.org?x", nil, "not an origin"},
		{"https://portal.example.org?", nil, "not an origin"},
		{"https://portal.example.org#", nil, "not an origin"},
		{"https://portal..example.org", nil, "not an origin"},
		{"https://user@portal.example.org", nil, "not an origin"},
		{"https://portal.example.org:", nil, "not an origin"},
		{"https://portal.example.org;script-src", nil, "not an origin"},
		{"'none'", nil, "not an origin"},
		{"data:", nil, "not an origin"},
		{"https://portal.example.org\n'unsafe-inline'", nil, "not an origin"},
	} {
		var got app.Origins
		err := got.UnmarshalText([]byte(tc.text))
		if tc.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tc.fault) {
				t.Errorf("%q: %v, want %q", tc.text, err, tc.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tc.text, diff)
		}
	}
	file := filepath.Join(t.TempDir(), "w.yml")
	if err := os.WriteFile(file, []byte("patients:\n  frame_ancestors: [https://portal.example.org, 'https://*.example.org']\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := app.LoadConfig(app.Defaults(), app.Source{File: file, Lookup: none})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(app.Origins{"https://portal.example.org", "https://*.example.org"}, c.Patients.FrameAncestors); diff != "" {
		t.Errorf("from a file (-want +got):\n%s", diff)
	}
}
