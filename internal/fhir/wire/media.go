package wire

import (
	"mime"
	"net/http"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// The JSON media types of interface §8.
const (
	mediaDSTU2 = "application/json+fhir"
	mediaSTU3  = "application/fhir+json"
	mediaJSON  = "application/json"
	mediaText  = "text/json"
)

// MediaType is the version's own JSON media type, without parameters.
func MediaType(v fhir.Version) string {
	if v == fhir.DSTU2 {
		return mediaDSTU2
	}
	return mediaSTU3
}

// jsonMedia reports whether m is one of the spellings of FHIR JSON.
func jsonMedia(m string) bool {
	switch m {
	case mediaDSTU2, mediaSTU3, mediaJSON, mediaText:
		return true
	}
	return false
}

var errAccept = fhir.Errorf(fhir.KindNotAcceptable, "not-supported",
	"Only JSON is served: ask for application/fhir+json, application/json+fhir or application/json.")

// negotiate picks the answer's media type: _format overrides Accept, the exact
// JSON type asked for is given back, and a wildcard or silence means the
// version's own (REQ-HTTP-1…4).
func negotiate(v fhir.Version, format, accept string) (string, error) {
	if format != "" {
		// An unescaped + in a query arrives as a space (REQ-HTTP-3).
		f := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(format)), " ", "+")
		f, _, _ = strings.Cut(f, ";")
		switch {
		case f == "json":
			return MediaType(v), nil
		case jsonMedia(f):
			return f, nil
		}
		return "", errAccept
	}
	if strings.TrimSpace(accept) == "" {
		return MediaType(v), nil
	}
	best, bestQ, mismatch := "", 0.0, false
	for part := range strings.SplitSeq(accept, ",") {
		m, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			m, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		}
		q := quality(params["q"])
		if want := params["fhirversion"]; want != "" && !sameRelease(v, want) {
			mismatch = true
			continue
		}
		switch {
		case m == "*/*" || m == "application/*":
			m = MediaType(v)
		case !jsonMedia(m):
			continue
		}
		if q > bestQ {
			best, bestQ = m, q
		}
	}
	if best != "" {
		return best, nil
	}
	if mismatch {
		return "", fhir.Errorf(fhir.KindNotAcceptable, "not-supported",
			"This endpoint serves FHIR %s only; ask without the fhirVersion parameter or on another endpoint.", v.Release())
	}
	return "", errAccept
}

func sameRelease(v fhir.Version, want string) bool {
	got, err := fhir.ParseVersion(want)
	return err == nil && got == v
}

// quality reads a q value; a missing or odd one counts as 1.
func quality(s string) float64 {
	switch s {
	case "":
		return 1
	case "0", "0.0", "0.00", "0.000":
		return 0
	}
	if d, ok := strings.CutPrefix(s, "0."); ok {
		q, scale := 0.0, 0.1
		for _, c := range d {
			if c < '0' || c > '9' {
				return 1
			}
			q += float64(c-'0') * scale
			scale /= 10
		}
		return q
	}
	return 1
}

// bodyMedia checks the media type of a FHIR body: JSON in any spelling, or
// none said (REQ-HTTP-9, REQ-BATCH-13).
func bodyMedia(h http.Header) error {
	ct := h.Get("Content-Type")
	if ct == "" {
		return nil
	}
	m, _, err := mime.ParseMediaType(ct)
	if err != nil {
		m, _, _ = strings.Cut(strings.ToLower(ct), ";")
		m = strings.TrimSpace(m)
	}
	if jsonMedia(m) {
		return nil
	}
	return fhir.Errorf(fhir.KindMediaType, "not-supported", "The body must be FHIR JSON: send it as application/fhir+json.")
}

// formMedia checks the media type of a POSTed search: a form, or, as a
// tolerance, nothing or plain text (REQ-PAT-20).
func formMedia(h http.Header) error {
	ct := h.Get("Content-Type")
	m, _, err := mime.ParseMediaType(ct)
	if ct == "" || err == nil && (m == "application/x-www-form-urlencoded" || m == "text/plain") {
		return nil
	}
	return fhir.Errorf(fhir.KindMediaType, "not-supported", "Send search parameters as application/x-www-form-urlencoded.")
}
