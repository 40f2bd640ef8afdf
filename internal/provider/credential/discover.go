package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"
)

// maxStatement bounds what is read to find a token URL, in bytes.
const maxStatement = 8 << 20

const openID = ".well-known/openid-configuration"

// A place is where a provider may state its token URL.
type place struct {
	path   string // below the base, or below the origin
	origin bool
	find   func(body []byte) string
	accept string
}

// places in the order they are asked: SMART App Launch, the capability
// statement, OpenID Connect Discovery and RFC 8414.
func places() []place {
	const fhirJSON = "application/fhir+json, application/json+fhir;q=0.9, application/json;q=0.8"
	return []place{
		{path: ".well-known/smart-configuration", find: tokenEndpoint, accept: "application/json"},
		{path: "metadata", find: oauthURI, accept: fhirJSON},
		{path: openID, find: tokenEndpoint, accept: "application/json"},
		{path: openID, find: tokenEndpoint, accept: "application/json", origin: true},
		{path: ".well-known/oauth-authorization-server", find: tokenEndpoint, accept: "application/json", origin: true},
	}
}

// at is the URL of the place for a base, whose query goes with it.
func (p place) at(base *url.URL) string {
	u := *base
	u.Fragment, u.RawFragment, u.User = "", "", nil
	if p.origin {
		u.Path, u.RawPath, u.RawQuery = "/", "", ""
	}
	return u.JoinPath(p.path).String()
}

// A directory remembers the token URLs that were discovered.
type directory struct {
	base      string
	headers   map[string]string
	perTenant bool // base or headers hold {tenant}

	mu    sync.Mutex
	known map[string]string // by tenant, "" when nothing depends on it
	calls singleflight.Group
}

func newDirectory(base string, headers map[string]string) *directory {
	d := &directory{base: base, headers: headers, known: map[string]string{}, perTenant: strings.Contains(base, Placeholder)}
	for _, v := range headers {
		d.perTenant = d.perTenant || strings.Contains(v, Placeholder)
	}
	return d
}

func (d *directory) key(tenant string) string {
	if d.perTenant {
		return tenant
	}
	return ""
}

func (d *directory) find(tenant string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known[d.key(tenant)]
}

func (d *directory) remember(tenant, endpoint string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= maxTokens {
		clear(d.known)
	}
	d.known[d.key(tenant)] = endpoint
}

func (d *directory) forget(tenant string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, d.key(tenant))
}

// endpoint gives the token URL that the provider states. Those who look for
// the same one at the same time share the search.
func (s *Source) endpoint(ctx context.Context, tenant string) (string, *Problem) {
	if known := s.places.find(tenant); known != "" {
		return known, nil
	}
	found, err, _ := s.places.calls.Do(s.places.key(tenant), func() (any, error) {
		began := s.clock()
		endpoint, p := s.discover(ctx, tenant)
		s.observe(ctx, Event{Step: StepDiscover, URL: endpoint, Took: s.clock().Sub(began), Problem: p})
		if p != nil {
			return "", p
		}
		s.places.remember(tenant, endpoint)
		return endpoint, nil
	})
	if p, ok := Explain(err); ok {
		return "", p
	}
	return found.(string), nil
}

// discover looks for the token URL in every place in turn.
func (s *Source) discover(ctx context.Context, tenant string) (string, *Problem) {
	put := func(v string) string { return strings.ReplaceAll(v, Placeholder, tenant) }
	base, err := url.Parse(put(s.places.base))
	if err != nil {
		return "", &Problem{Reason: ReasonInternal, What: "The provider's URL cannot be read.", Do: "Check --url.", cause: err}
	}
	headers := make(http.Header, len(s.places.headers))
	for k, v := range s.places.headers {
		headers.Set(k, put(v))
	}
	busy := 0
	for _, pl := range places() {
		if pl.origin && pl.path == openID && strings.Trim(base.Path, "/") == "" {
			continue // asked already
		}
		body, status, err := s.fetch(ctx, pl, base, headers)
		if err != nil {
			return "", transport("The provider", base.Host, err)
		}
		if pl.path == "metadata" && (status == http.StatusTooManyRequests || status >= 500) {
			busy = status
		}
		if u, err := tokenURL(pl.find(body)); err == nil {
			return approve(base, u)
		}
	}
	if busy != 0 {
		return "", &Problem{
			Reason: ReasonBusy, Status: busy, What: fmt.Sprintf("The provider answers %d when it is asked for its token URL.", busy),
			Do: "Try again later, or give the token URL with --token-url.",
		}
	}
	return "", &Problem{
		Reason: ReasonDiscovery,
		What:   "The provider states no token URL, neither in its SMART configuration nor in its capability statement nor by OpenID Connect discovery.",
		Do:     "Check --url; if it is right, ask the vendor for the token URL and give it with --token-url.",
	}
}

// approve accepts the token URL that the provider at base states.
func approve(base, u *url.URL) (string, *Problem) {
	if u.Scheme != "https" && base.Scheme == "https" {
		return "", &Problem{
			Reason: ReasonDiscovery, What: "The provider states a token URL without TLS (http), though it is itself reached over https.",
			Do: "Ask the vendor to mend it, or give the right one with --token-url.",
		}
	}
	return u.String(), nil
}

// fetch gives the body of one place, nil when there is none to be had. Only
// an exchange that failed is an error.
func (s *Source) fetch(ctx context.Context, pl place, base *url.URL, headers http.Header) (body []byte, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, pl.at(base), http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	if !pl.origin {
		req.Header = headers.Clone()
	}
	req.Header.Set("Accept", pl.accept)
	resp, err := s.http.Do(req)
	switch {
	case err != nil && resp != nil: // a redirect that is not followed; the body is closed
		return nil, resp.StatusCode, nil
	case err != nil:
		return nil, 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode, nil
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxStatement+1))
	switch {
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case err != nil || len(body) > maxStatement:
		return nil, resp.StatusCode, nil // too long or cut short: the next place may serve
	}
	return body, resp.StatusCode, nil
}

func tokenEndpoint(body []byte) string {
	fields, _ := object(body)
	s, _ := text(fields["token_endpoint"])
	return strings.TrimSpace(s)
}

// oauthURI finds the token URL that a statement names by the extension
// oauth-uris, wherever it stands below the server's security. The extension
// is spelt with different hosts, schemes and folders:
// http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris,
// https:// instead, …/Profile/oauth-uris#token (flat, oldest), and
// http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris.
func oauthURI(body []byte) string {
	var doc struct {
		Rest []struct {
			Mode     string          `json:"mode"`
			Security json.RawMessage `json:"security"`
		} `json:"rest"`
	}
	if json.Unmarshal(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")), &doc) != nil {
		return ""
	}
	for _, r := range doc.Rest {
		if r.Mode != "" && r.Mode != "server" {
			continue
		}
		var security any
		if json.Unmarshal(r.Security, &security) != nil {
			continue
		}
		if found := findOAuthURI(security); found != "" {
			return found
		}
	}
	return ""
}

// findOAuthURI walks everything below the security element for extensions.
func findOAuthURI(v any) string {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if found := findOAuthURI(item); found != "" {
				return found
			}
		}
	case map[string]any:
		if found := tokenOf(v); found != "" {
			return found
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if found := findOAuthURI(v[name]); found != "" {
				return found
			}
		}
	}
	return ""
}

// tokenOf reads one extension: the nested form, or the flat one whose own URL
// ends in oauth-uris#token.
func tokenOf(ext map[string]any) string {
	name, _ := ext["url"].(string)
	name = strings.ToLower(strings.TrimRight(name, "/"))
	if strings.HasSuffix(name, "oauth-uris#token") {
		return extensionValue(ext)
	}
	if !strings.HasSuffix(name, "oauth-uris") {
		return ""
	}
	inner, _ := ext["extension"].([]any)
	for _, item := range inner {
		if e, ok := item.(map[string]any); ok {
			if part, _ := e["url"].(string); part == "token" || strings.HasSuffix(part, "#token") {
				return extensionValue(e)
			}
		}
	}
	return ""
}

// extensionValue is the URI of an extension; some servers write valueUrl.
func extensionValue(ext map[string]any) string {
	for _, name := range []string{"valueUri", "valueUrl", "valueString"} {
		if s, _ := ext[name].(string); s != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}
