package auth

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// A form is a token request's parameters. An empty value is an absent one
// (RFC 6749 §3.2).
type form map[string]string

// parseForm reads a form body. Line breaks and blanks around the parameters,
// their names and values are tolerated, as the interface's own sample has them
// (§3); a repeated parameter is not.
func parseForm(body string) (form, *oauthError) {
	f := make(form, 6)
	for part := range strings.SplitSeq(body, "&") {
		part = strings.Trim(part, " \t\r\n")
		if part == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, okName := decodeField(rawName)
		value, okValue := decodeField(rawValue)
		if !okName || !okValue {
			return nil, badRequest("The body is not a well-formed UTF-8 form: percent-encode what is not plain.")
		}
		if value == "" {
			continue
		}
		if _, again := f[name]; again {
			return nil, badRequest("A parameter is there more than once.")
		}
		f[name] = value
	}
	return f, nil
}

// decodeField decodes a name or value, without the blanks around it.
func decodeField(raw string) (string, bool) {
	raw = strings.Trim(raw, " \t\r\n")
	s := raw
	if strings.ContainsAny(raw, "%+") {
		var err error
		if s, err = url.QueryUnescape(raw); err != nil {
			return "", false
		}
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return "", false
		}
	}
	return s, utf8.ValidString(s)
}

// grantType reads the parameter in either spelling (interface §3).
func (f form) grantType() (string, *oauthError) {
	a, b := f["grant_type"], f["grant-type"]
	switch {
	case a == "" && b == "":
		return "", badRequest("grant_type is missing.")
	case a != "" && b != "" && a != b:
		return "", badRequest("grant_type and grant-type differ. Send one of them.")
	case a == "":
		return b, nil
	}
	return a, nil
}

// checkContentType accepts a plain form only.
func checkContentType(r *http.Request) *oauthError {
	values := r.Header.Values("Content-Type")
	if len(values) == 1 {
		if values[0] == "application/x-www-form-urlencoded" {
			return checkContentEncoding(r)
		}
		media, params, err := mime.ParseMediaType(values[0])
		charset := params["charset"]
		if err == nil && media == "application/x-www-form-urlencoded" && (charset == "" || strings.EqualFold(charset, "utf-8")) {
			return checkContentEncoding(r)
		}
	}
	return badRequest("Send the parameters as Content-Type: application/x-www-form-urlencoded, in UTF-8.")
}

func checkContentEncoding(r *http.Request) *oauthError {
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return badRequest("Send the body without a Content-Encoding.")
	}
	return nil
}

// checkURL refuses parameters in the URL: URLs end up in logs (REQ-AUTH-7).
func checkURL(r *http.Request) *oauthError {
	if r.URL.RawQuery == "" {
		return nil
	}
	for part := range strings.FieldsFuncSeq(r.URL.RawQuery, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		switch strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_") {
		case "client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "scope":
			return badRequest("Send the parameters in the body, never in the URL. A secret that was sent in a URL must be replaced.")
		}
	}
	return nil
}
