package patients

import (
	"net/url"
	"path"
	"strings"

	"github.com/wardbridge/wardbridge/internal/access"
)

// NormalizeLink brings what people paste into the form of a FHIR base URL.
func NormalizeLink(raw string) (string, error) {
	s := strings.TrimSpace(raw)
	if s == "" {
		return "", invalid("link", "is missing")
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", invalid("link", "want the address of the FHIR base, such as https://ehr.example.org/fhir")
	case u.User != nil:
		return "", invalid("link", "may not hold a user or a password; give them below")
	case len(s) > 2000:
		return "", invalid("link", "is too long")
	}
	u.Host, u.Fragment = strings.ToLower(u.Host), ""
	segments := strings.FieldsFunc(u.EscapedPath(), func(r rune) bool { return r == '/' })
	if n := len(segments); n > 0 && segments[n-1] == "metadata" {
		segments, u.RawQuery = segments[:n-1], ""
	}
	if u.RawQuery != "" {
		return "", invalid("link", "may not hold a query (what follows the ?)")
	}
	clean := path.Join(append([]string{"/"}, segments...)...)
	if clean == "/" {
		clean = ""
	}
	return u.Scheme + "://" + u.Host + clean, nil
}

func tenantGUID(s string) (string, error) {
	tenant, ok := access.NormalizeTenant(strings.TrimSpace(s))
	if !ok {
		return "", invalid("tenant", "want a GUID such as 11111111-1111-4111-8111-111111111111")
	}
	return tenant, nil
}
