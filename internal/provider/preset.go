package provider

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// OriginPlaceholder, in a preset, stands for scheme and host of the provider's
// URL. It is replaced when the preset is applied, so that what is stored says
// plainly what is sent.
const OriginPlaceholder = "{origin}"

// A Preset is what is known of a vendor's servers: how they are signed in to,
// and what the operator has to ask the vendor for.
type Preset struct {
	Name, Title string
	Versions    []fhir.Version // that the vendor's servers speak, oldest first
	Auth        credential.Settings
	Headers     map[string]string
	// TenantPath says that the tenant's GUID is the last part of the URL's path.
	TenantPath bool
	Needs      []Need
	Doc        string // page of the documentation, from the repository's root
}

// A Need is a setting that a preset cannot know.
type Need struct {
	Flag string // of provider add, such as --client-id
	What string // where to get it
}

// FindPreset finds a preset by name.
func FindPreset(name string) (Preset, error) {
	var names []string
	for _, p := range Presets() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Preset{}, fmt.Errorf("%w: there is no preset %q; want one of %s", ErrInvalid, name, strings.Join(names, ", "))
}

// Apply fills what r leaves unset; what is set stays. Where r signs in by
// another method than the preset's, only what any method needs is filled: the
// token URL and the token parameters. Applying it twice is applying it once.
func (p Preset) Apply(r *Remote) error {
	stand := strings.ReplaceAll(r.URL, TenantPlaceholder, "tenant")
	u, err := url.Parse(strings.TrimSpace(stand))
	if err != nil || u.Host == "" {
		return fmt.Errorf("%w: url %q: want the absolute URL of the FHIR base, such as https://ehr.example.org/fhir", ErrInvalid, r.URL)
	}
	r.Preset = p.Name
	if p.TenantPath && !strings.Contains(r.URL, TenantPlaceholder) {
		if u.RawQuery != "" {
			return fmt.Errorf("%w: url %q: put %s where the tenant's name belongs; preset %s cannot tell beside a query", ErrInvalid, r.URL, TenantPlaceholder, p.Name)
		}
		r.URL = strings.TrimRight(strings.TrimSpace(r.URL), "/") + "/" + TenantPlaceholder
	}
	r.Headers = fill(r.Headers, p.Headers, "")
	p.sign(&r.Auth, u.Scheme+"://"+u.Host)
	return nil
}

// sign fills how the provider is signed in to.
func (p Preset) sign(a *credential.Settings, origin string) {
	unset(&a.Method, p.Auth.Method)
	if !a.UsesTokens() || !p.Auth.UsesTokens() {
		return
	}
	put := func(v string) string { return strings.ReplaceAll(v, OriginPlaceholder, origin) }
	unset(&a.TokenURL, put(p.Auth.TokenURL))
	a.Params = fill(a.Params, p.Auth.Params, origin)
	if a.Method != p.Auth.Method {
		return
	}
	unset(&a.Algorithm, p.Auth.Algorithm)
	unset(&a.Audience, put(p.Auth.Audience))
	unset(&a.Subject, p.Auth.Subject)
	a.Claims = fill(a.Claims, p.Auth.Claims, origin)
	a.JSON = a.JSON || p.Auth.JSON
}

func unset(v *string, to string) {
	if *v == "" {
		*v = to
	}
}

// fill gives m with what only more has. Neither is changed.
func fill(m, more map[string]string, origin string) map[string]string {
	if len(more) == 0 {
		return m
	}
	out := make(map[string]string, len(m)+len(more))
	for k, v := range more {
		out[k] = strings.ReplaceAll(v, OriginPlaceholder, origin)
	}
	maps.Copy(out, m)
	return out
}

// Missing lists what r still lacks of the preset's needs. It is asked after
// [credential.Settings.Fill], as a key's file may have supplied some. Where r
// signs in by another method than the preset's, that method's own demands
// hold instead, and [credential.Settings.Validate] knows them.
func (p Preset) Missing(r Remote, sec Secrets) []Need {
	var out []Need
	for _, n := range p.Needs {
		if missing(n.Flag, r, sec) && (r.Auth.Method == p.Auth.Method || strings.HasPrefix(n.Flag, "--header ") || strings.HasPrefix(n.Flag, "--token-")) {
			out = append(out, n)
		}
	}
	return out
}

func missing(flag string, r Remote, sec Secrets) bool {
	switch name, rest, _ := strings.Cut(flag, " "); name {
	case "--client-id":
		return r.Auth.ClientID == ""
	case "--token-url":
		return r.Auth.TokenURL == ""
	case "--key-id":
		return r.Auth.KeyID == ""
	case "--client-secret-file":
		return sec.Auth.Value == ""
	case "--private-key-file":
		return sec.Auth.PrivateKey == ""
	case "--header":
		header, _, _ := strings.Cut(rest, "=")
		return !slices.ContainsFunc(slices.Collect(maps.Keys(r.Headers)), func(k string) bool { return strings.EqualFold(k, header) })
	}
	return true
}
