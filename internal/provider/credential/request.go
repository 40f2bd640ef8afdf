package credential

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// Grant types (RFC 6749 §4.4.2, RFC 7523 §2.1) and the type of an assertion
// that authenticates a client (RFC 7523 §2.2).
const (
	grantClient    = "client_credentials"
	grantAssertion = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionType  = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

func orBearer(prefix string) string {
	if prefix == "" {
		return "Bearer"
	}
	return prefix
}

func prefixed(prefix, value string) string {
	if prefix == "" {
		return value
	}
	return prefix + " " + value
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// A demand is a request for a token, with everything in it that must not be
// shown.
type demand struct {
	params  map[string]string
	authz   string // Authorization, "" for none
	secrets []string
}

// demand makes a request's content for one endpoint.
func (s *Source) demand(set Settings, endpoint string) (demand, error) {
	d := demand{params: map[string]string{"grant_type": grantClient}}
	if v := s.secret.Value; v != "" {
		quoted, err := json.Marshal(v)
		if err != nil {
			return demand{}, err
		}
		d.secrets = append(d.secrets, v, url.QueryEscape(v), strings.Trim(string(quoted), `"`))
	}
	maps.Copy(d.params, set.Params)
	switch set.Method {
	case ClientSecretPost:
		d.params["client_id"], d.params["client_secret"] = set.ClientID, s.secret.Value
	case ClientSecretBasic:
		// RFC 6749 §2.3.1: both are form-encoded first.
		d.authz = basic(url.QueryEscape(set.ClientID), url.QueryEscape(s.secret.Value))
		d.secrets = append(d.secrets, strings.TrimPrefix(d.authz, "Basic "))
	default:
		signed, err := s.signer.assertion(set, endpoint, s.clock())
		if err != nil {
			return demand{}, err
		}
		d.secrets = append(d.secrets, signed)
		if set.Method == JWTBearer {
			d.params["grant_type"], d.params["assertion"] = grantAssertion, signed
		} else {
			// client_id is not needed beside an assertion (RFC 7521 §4.2), and
			// SMART's own examples leave it out.
			d.params["client_assertion_type"], d.params["client_assertion"] = assertionType, signed
		}
	}
	return d, nil
}

// body renders the parameters.
func (d demand) body(asJSON bool) (body []byte, contentType string, err error) {
	if asJSON {
		body, err = json.Marshal(d.params)
		return body, "application/json", err
	}
	form := make(url.Values, len(d.params))
	for k, v := range d.params {
		form.Set(k, v)
	}
	return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
}

// repeats is how much of a secret foreign text may not have in common with
// it, in bytes. However a server escapes what it repeats, some run of this
// length stays.
const repeats = 8

// hide withholds foreign text that repeats a secret, or a part of one.
func (d demand) hide(text string) string {
	for _, secret := range d.secrets {
		n := min(repeats, len(secret))
		runs := make(map[string]struct{}, len(secret))
		for i := 0; i+n <= len(secret); i++ {
			runs[secret[i:i+n]] = struct{}{}
		}
		for i := 0; i+n <= len(text); i++ {
			if _, ok := runs[text[i:i+n]]; ok {
				return "[not shown: it repeats our secret]"
			}
		}
	}
	return text
}

// otherForm names the method that sends the same secret in the other form.
func otherForm(method string) string {
	switch method {
	case ClientSecretPost:
		return ClientSecretBasic
	case ClientSecretBasic:
		return ClientSecretPost
	}
	return ""
}

// ask makes one request for a token.
func (s *Source) ask(ctx context.Context, set Settings, endpoint string) (answer, *Problem) {
	internal := func(err error) *Problem {
		return &Problem{Reason: ReasonInternal, What: "The token request cannot be made.", Do: "Check --token-url and the key.", cause: err}
	}
	d, err := s.demand(set, endpoint)
	if err != nil {
		return answer{}, internal(err)
	}
	body, contentType, err := d.body(set.JSON)
	if err != nil {
		return answer{}, internal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return answer{}, internal(err)
	}
	for k, v := range set.TokenHeaders {
		req.Header.Set(k, v)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", contentType)
	if d.authz != "" {
		req.Header.Set("Authorization", d.authz)
	}
	resp, err := s.poster.Do(req)
	if err != nil {
		return answer{}, transport("The token endpoint", req.URL.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	a, p := s.read(resp, d)
	if other := otherForm(set.Method); p != nil && p.Reason == ReasonCredentials && other != "" {
		p.Do += " Servers that take the secret in one form only refuse the other like a wrong secret: try --auth " + other + "."
	}
	return a, p
}

func (s *Source) read(resp *http.Response, d demand) (answer, *Problem) {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, transport("The token endpoint", resp.Request.URL.Host, err)
	case len(text) > maxAnswer:
		return answer{}, answerProblem("The token endpoint's answer is longer than 256 KiB.", "Check --token-url: it must be the OAuth 2.0 token endpoint.")
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return answer{}, refusal(resp.StatusCode, resp.Header, text, s.clock(), d.hide)
	}
	a, p := parseAnswer(resp.Header.Get("Content-Type"), text, d.hide)
	if p != nil {
		p.Status = resp.StatusCode
		return answer{}, p
	}
	return a, nil
}
