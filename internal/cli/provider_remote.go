package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// remoteFlags say how a provider's own FHIR server is reached. What is not
// given stays as it is, or as the preset has it.
type remoteFlags struct {
	URL         string `name:"url" help:"FHIR base URL of the provider's own server. {tenant} in its path stands for the tenant's GUID." placeholder:"URL" group:"A server elsewhere"`
	Preset      string `help:"Fill in what is known of a product: see provider presets." placeholder:"NAME" group:"A server elsewhere"`
	FHIRVersion string `name:"fhir-version" help:"dstu2, stu3 or r4. Default: what its statement says; auto returns to that." placeholder:"VERSION" group:"A server elsewhere"`

	Auth              string            `help:"How to sign in: none, bearer, basic, header, client_secret_post, client_secret_basic, client_secret_jwt, private_key_jwt or jwt_bearer." placeholder:"METHOD" group:"Signing in"`
	AuthPrefix        string            `help:"Word before a fixed token or API key, such as ApiKey. Default: Bearer for a token, none for a key." placeholder:"WORD" group:"Signing in"`
	ClientID          string            `help:"OAuth client id at the provider." placeholder:"ID" group:"Signing in"`
	SecretFile        string            `aliases:"client-secret-file,password-file,api-key-file,bearer-file" help:"File with the client secret, password, API key or token; - is standard input." placeholder:"FILE" group:"Signing in"`
	PrivateKeyFile    string            `help:"File with the private key that signs assertions (PEM or JWK); - is standard input." placeholder:"FILE" group:"Signing in"`
	KeyID             string            `help:"Id of the key, as the provider knows it." placeholder:"KID" group:"Signing in"`
	Algorithm         string            `help:"Algorithm of assertions: RS256, RS384 or ES384." placeholder:"ALG" group:"Signing in"`
	TokenURL          string            `help:"Token endpoint. Default: discovered. auto returns to that." placeholder:"URL" group:"Signing in"`
	TokenParam        map[string]string `help:"Further token parameter, such as scope=system/*.read or scope={tenant}. May be repeated; an empty value removes it." placeholder:"K=V" mapsep:"none" group:"Signing in"`
	TokenHeader       map[string]string `help:"Further header of the token request. May be repeated; an empty value removes it." placeholder:"K=V" mapsep:"none" group:"Signing in"`
	TokenJSON         *bool             `negatable:"" help:"Ask for tokens with a JSON body." group:"Signing in"`
	AssertionAudience string            `help:"Audience of assertions. Default: the token endpoint." placeholder:"AUD" group:"Signing in"`
	AssertionIssuer   string            `help:"Issuer of assertions. Default: the client id." placeholder:"ISS" group:"Signing in"`
	AssertionSubject  string            `help:"Subject of assertions. Default: the client id." placeholder:"SUB" group:"Signing in"`
	AssertionClaim    map[string]string `help:"Further claim of assertions. May be repeated; an empty value removes it." placeholder:"K=V" mapsep:"none" group:"Signing in"`
	Username          string            `help:"User name of basic sign-in." placeholder:"NAME" group:"Signing in"`
	APIKeyHeader      string            `name:"api-key-header" help:"Header that carries the API key." placeholder:"HEADER" group:"Signing in"`

	Header         map[string]string `help:"Header to send with every call; {tenant} stands for the tenant's GUID. May be repeated; an empty value removes it." placeholder:"K=V" mapsep:"none" group:"The connection"`
	MediaType      string            `help:"Media type to ask with. Default: the version's." placeholder:"TYPE" group:"The connection"`
	CAFile         string            `name:"ca-file" help:"PEM certificates to trust beside the system's." placeholder:"FILE" group:"The connection"`
	ClientCertFile string            `help:"PEM certificate to show to the server (mTLS)." placeholder:"FILE" group:"The connection"`
	ClientKeyFile  string            `help:"PEM private key of that certificate." placeholder:"FILE" group:"The connection"`
	Proxy          string            `help:"HTTP proxy to go through. It resolves the names in --url and --token-url." placeholder:"URL" group:"The connection"`
	Timeout        *time.Duration    `help:"Time one call may take. Default: 10s." placeholder:"TIME" group:"The connection"`
	Search         string            `help:"auto, get or post." placeholder:"HOW" group:"The connection"`
	Batches        string            `help:"single: one call for each entry. whole: send a batch as a batch." placeholder:"HOW" group:"The connection"`
	Concurrency    *int              `help:"Calls at once. Default: 16." placeholder:"N" group:"The connection"`
	Queue          *int              `help:"Calls that may wait for their turn. Default: 256." placeholder:"N" group:"The connection"`
	Retries        *int              `help:"Times a failed read is tried again. Default: 1." placeholder:"N" group:"The connection"`
	Hedge          *time.Duration    `help:"Ask a second time when a read takes longer than this. Default: never." placeholder:"TIME" group:"The connection"`
	CacheFor       *time.Duration    `help:"Time an answer may be given again to the same tenant. Default: never." placeholder:"TIME" group:"The connection"`
}

// auto gives up a pinned value for what can be found out.
const auto = "auto"

// apply changes p and its secrets as the flags say.
func (f *remoteFlags) apply(e *env, p *provider.Provider, sec *provider.Secrets) error {
	r := p.Remote
	put(&r.URL, f.URL)
	if err := f.version(p); err != nil {
		return err
	}
	if err := f.signIn(e, r, sec); err != nil {
		return err
	}
	if err := f.connection(e, r, sec); err != nil {
		return err
	}
	if f.Preset == "" {
		return nil
	}
	preset, err := provider.FindPreset(f.Preset)
	if err != nil {
		return usagef("--preset: %v", err)
	}
	if err := preset.Apply(r); err != nil {
		return err
	}
	r.Auth.Fill(sec.Auth)
	missing := preset.Missing(*r, *sec)
	if len(missing) == 0 {
		return nil
	}
	list := make([]string, len(missing))
	for i, n := range missing {
		list[i] = fmt.Sprintf("\n  %s: %s", n.Flag, n.What)
	}
	return usagef("%s also needs:%s\n%s tells more", preset.Title, strings.Join(list, ""), preset.Doc)
}

func (f *remoteFlags) version(p *provider.Provider) error {
	switch f.FHIRVersion {
	case "":
	case auto:
		p.Remote.Pinned = false
	default:
		v, err := fhir.ParseVersion(f.FHIRVersion)
		if err != nil {
			return usagef("--fhir-version: %v", err)
		}
		p.Version, p.Remote.Pinned = v, true
	}
	return nil
}

func (f *remoteFlags) signIn(e *env, r *provider.Remote, sec *provider.Secrets) error {
	a := &r.Auth
	if f.Auth != "" && f.Auth != a.Method {
		// What was for another method is not for this one.
		*a, sec.Auth = a.As(f.Auth), credential.Secret{}
	}
	for _, v := range []struct {
		to   *string
		from string
	}{
		{&a.Method, f.Auth},
		{&a.Prefix, f.AuthPrefix},
		{&a.ClientID, f.ClientID},
		{&a.KeyID, f.KeyID},
		{&a.Algorithm, f.Algorithm},
		{&a.Audience, f.AssertionAudience},
		{&a.Issuer, f.AssertionIssuer},
		{&a.Subject, f.AssertionSubject},
		{&a.Username, f.Username},
		{&a.Header, f.APIKeyHeader},
	} {
		put(v.to, v.from)
	}
	if f.TokenURL == auto {
		a.TokenURL = ""
	} else {
		put(&a.TokenURL, f.TokenURL)
	}
	a.Params, a.TokenHeaders, a.Claims = merged(a.Params, f.TokenParam), merged(a.TokenHeaders, f.TokenHeader), merged(a.Claims, f.AssertionClaim)
	if f.TokenJSON != nil {
		a.JSON = *f.TokenJSON
	}
	for _, v := range []struct {
		to         *string
		file, what string
	}{{&sec.Auth.Value, f.SecretFile, "secret"}, {&sec.Auth.PrivateKey, f.PrivateKeyFile, "private key"}} {
		if err := e.secretFrom(v.to, v.file, v.what); err != nil {
			return err
		}
	}
	return nil
}

func (f *remoteFlags) connection(e *env, r *provider.Remote, sec *provider.Secrets) error {
	r.Headers = merged(r.Headers, f.Header)
	put(&r.MediaType, f.MediaType)
	put(&r.Proxy, f.Proxy)
	put(&r.Search, f.Search)
	put(&r.Batches, f.Batches)
	given(&r.Concurrency, f.Concurrency)
	given(&r.Queue, f.Queue)
	if f.Retries != nil {
		r.Retries = f.Retries
	}
	for _, v := range []struct {
		to   *provider.Duration
		from *time.Duration
	}{{&r.Timeout, f.Timeout}, {&r.Hedge, f.Hedge}, {&r.CacheFor, f.CacheFor}} {
		if v.from != nil {
			*v.to = provider.Duration(*v.from)
		}
	}
	return errors.Join(
		e.secretFrom(&r.CA, f.CAFile, "CA"),
		e.secretFrom(&r.Certificate, f.ClientCertFile, "certificate"),
		e.secretFrom(&sec.CertificateKey, f.ClientKeyFile, "key of the certificate"),
	)
}

func put(to *string, from string) {
	if from != "" {
		*to = from
	}
}

func given[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// merged is a with b over it; what is empty in b goes.
func merged(a, b map[string]string) map[string]string {
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(a)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, b)
	maps.DeleteFunc(out, func(_, v string) bool { return v == "" })
	return out
}

const maxSecretBytes = 64 << 10

// secretFrom reads a value from a file or standard input, so that it is on no
// command line. What was read once is read no more: a change may be tried
// twice.
func (e *env) secretFrom(to *string, file, what string) error {
	if file == "" {
		return nil
	}
	text, ok := e.files[file]
	if !ok {
		b, err := e.contents(file)
		switch {
		case err != nil:
			return fmt.Errorf("the %s: %w", what, err)
		case len(b) > maxSecretBytes:
			return fmt.Errorf("the %s is longer than %d bytes", what, maxSecretBytes)
		}
		text = strings.TrimRight(string(b), "\r\n")
		e.files[file] = text
	}
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("the %s is empty", what)
	}
	*to = text
	return nil
}

func (e *env) contents(file string) ([]byte, error) {
	in := e.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, maxSecretBytes+1))
}

type providerSetCmd struct {
	Name        string `arg:"" help:"Name of the provider."`
	Zone        string `help:"Time zone in which times without a zone were written, such as Europe/Berlin." placeholder:"ZONE"`
	remoteFlags `embed:""`
}

// Help is the long help.
func (providerSetCmd) Help() string {
	return `Changes only what is given, within a second in every running server. What was learned of the provider is forgotten.

Examples:
  wardbridge provider set clinic --search get --concurrency 4
  wardbridge provider set clinic --auth client_secret_post --client-id wardbridge --secret-file secret.txt`
}

// Run runs the command.
func (c *providerSetCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		v, err := s.ChangeRemote(e.ctx, e.actor(), c.Name, func(p *provider.Provider, sec *provider.Secrets) error {
			put(&p.Zone, c.Zone)
			return c.apply(e, p, sec)
		})
		if err != nil {
			return err
		}
		return e.print(v, func(p *printer) {
			p.line("provider %s is changed (FHIR %s at %s)", v.Name, v.Version.Release(), v.Remote.URL)
			p.line("next: wardbridge provider test %s", v.Name)
		})
	})
}

type providerPresetsCmd struct{}

// Run runs the command.
func (c *providerPresetsCmd) Run(e *env) error {
	list := provider.Presets()
	return e.print(list, func(p *printer) {
		p.row("NAME", "WHAT", "SIGN-IN", "NEEDS")
		for _, v := range list {
			needs := make([]string, len(v.Needs))
			for i, n := range v.Needs {
				needs[i] = n.Flag
			}
			p.row(v.Name, v.Title, v.Auth.Method, strings.Join(needs, ", "))
		}
	})
}

type providerTestCmd struct {
	Name   string `arg:"" help:"Name of the provider."`
	Tenant string `help:"Ask as this tenant. Default: one that is mapped to the provider." placeholder:"GUID"`
}

// Help is the long help.
func (providerTestCmd) Help() string {
	return `Asks the provider step by step, as a server would: its name, the connection, its statement and version, a token, a search, a
batch. Says how long each took, and why it failed and what to do. No record is shown. Exit code 1 when a step failed.`
}

// Run runs the command.
func (c *providerTestCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		steps, err := s.TestProvider(e.ctx, c.Name, c.Tenant)
		if err != nil {
			return err
		}
		for _, st := range steps {
			if st.Outcome == app.StepFailed {
				e.partial = true
			}
		}
		return e.print(steps, func(p *printer) {
			p.row("STEP", "OUTCOME", "TOOK", "WHAT")
			for _, st := range steps {
				p.row(st.Name, st.Outcome, time.Duration(st.Took).Round(100*time.Microsecond).String(), st.Detail)
			}
			for _, st := range steps {
				if st.Advice != "" {
					p.line("%s: %s", st.Name, st.Advice)
				}
			}
		})
	})
}
