package auth

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Paths under the public URL that documents of ours name.
const (
	TokenPath     = "/oauth2/token" //nolint:gosec // a path, no credential
	AuthorizePath = "/oauth2/authorize"
	JWKSPath      = "/oauth2/jwks"
)

// Metadata is the authorization server's description (RFC 8414).
func (s *Service) Metadata(issuer string) map[string]any {
	m := describe(issuer)
	// There is no authorization endpoint flow, yet the list is required and
	// must not be empty (interface §3).
	m["response_types_supported"] = []string{"none"}
	m["access_token_signing_alg_values_supported"] = []string{s.cfg.Algorithm}
	return m
}

// SMART is the configuration of a FHIR endpoint (SMART App Launch,
// .well-known/smart-configuration).
func (s *Service) SMART(issuer string) map[string]any {
	m := describe(issuer)
	m["capabilities"] = []string{"client-confidential-symmetric", "client-confidential-asymmetric"}
	m["code_challenge_methods_supported"] = []string{"S256"}
	m["response_types_supported"] = []string{"none"}
	m["scopes_supported"] = []string{"{tenant GUID}"}
	return m
}

func describe(issuer string) map[string]any {
	return map[string]any{
		"issuer":                                issuer,
		"token_endpoint":                        issuer + TokenPath,
		"authorization_endpoint":                issuer + AuthorizePath,
		"jwks_uri":                              issuer + JWKSPath,
		"grant_types_supported":                 []string{"client_credentials"},
		"token_endpoint_auth_methods_supported": authMethods(),
		"token_endpoint_auth_signing_alg_values_supported": []string{RS384, ES384},
	}
}

// MetadataHandler answers /.well-known/oauth-authorization-server.
func (s *Service) MetadataHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := json.Marshal(s.Metadata(s.issuer(r)))
		if err != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		s.document(w, r, body)
	})
}

// JWKSHandler answers the published keys.
func (s *Service) JWKSHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.document(w, r, s.jwks())
	})
}

// AuthorizeHandler answers that there is no such flow. Capability statements
// must name an authorize URL all the same (interface §2). It never redirects:
// no redirect URI is registered, so none can be trusted.
func (s *Service) AuthorizeHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusBadRequest
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
			w.Header().Set("Allow", "GET, POST")
			status = http.StatusMethodNotAllowed
		}
		noStore(w.Header())
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = w.Write([]byte(`{"error":"unsupported_response_type","error_description":"Only the client credentials grant is offered: POST to the token endpoint."}`)) // the client may have gone
		}
	})
}

// document answers a public document that may be cached for less time than a
// new key is published ahead.
func (s *Service) document(w http.ResponseWriter, r *http.Request, body []byte) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	tag := etag(body)
	h.Set("Content-Type", "application/json")
	age := min(5*time.Minute, s.cfg.PublishAhead/2)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(age.Seconds())))
	h.Set("ETag", tag)
	h.Set("Access-Control-Allow-Origin", "*")
	for match := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if m := strings.TrimPrefix(strings.TrimSpace(match), "W/"); m == tag || m == "*" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have gone
	}
}
