package credential_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

func TestSettingsThatDoNotFit(t *testing.T) {
	t.Parallel()
	type settings = credential.Settings
	value, key := credential.Secret{Value: secretValue}, credential.Secret{PrivateKey: pkcs8(t, keys().rsa)}
	post := settings{Method: credential.ClientSecretPost, ClientID: clientID}
	for name, tt := range map[string]struct {
		settings settings
		secret   credential.Secret
		says     []string // each in the error
	}{
		"unknown method":          {settings{Method: "oauth"}, value, []string{"--auth", "client_secret_post"}},
		"none with a secret":      {settings{}, value, []string{"--auth none"}},
		"none with a token URL":   {settings{TokenURL: "https://x/t"}, credential.Secret{}, []string{"--auth none gets no tokens"}},
		"bearer without":          {settings{Method: credential.Bearer}, credential.Secret{}, []string{"--bearer-file"}},
		"bearer with a line":      {settings{Method: credential.Bearer}, credential.Secret{Value: "a\r\nb"}, []string{"--bearer-file", "one line"}},
		"basic without anything":  {settings{Method: credential.Basic}, credential.Secret{}, []string{"--username", "--password-file"}},
		"basic with a colon":      {settings{Method: credential.Basic, Username: "a:b"}, value, []string{"--username", "colon"}},
		"basic with a line break": {settings{Method: credential.Basic, Username: "a"}, credential.Secret{Value: "p\n"}, []string{"line break"}},
		"header without a name":   {settings{Method: credential.Header}, value, []string{"--api-key-header"}},
		"header that is ours":     {settings{Method: credential.Header, Header: "Content-Type"}, value, []string{"--api-key-header"}},
		"header with spaces":      {settings{Method: credential.Header, Header: "X Key"}, value, []string{"--api-key-header"}},
		"several faults at once":  {settings{Method: credential.ClientSecretPost}, credential.Secret{}, []string{"--client-secret-file", "--client-id"}},
		"secret and key":          {post, credential.Secret{Value: "a", PrivateKey: "b"}, []string{"--private-key-file"}},
		"key method with secret":  {settings{Method: credential.PrivateKeyJWT, ClientID: "a"}, value, []string{"leave out the secret", "--private-key-file"}},
		"short HMAC secret":       {settings{Method: credential.ClientSecretJWT, ClientID: "a"}, credential.Secret{Value: "short"}, []string{"32 bytes"}},
		"algorithm of other key":  {settings{Method: credential.PrivateKeyJWT, ClientID: "a", Algorithm: "ES384"}, key, []string{"--algorithm", "RS384"}},
		"no algorithm at all":     {settings{Method: credential.PrivateKeyJWT, ClientID: "a", Algorithm: "none"}, key, []string{"--algorithm"}},
		"HMAC with a public key":  {settings{Method: credential.PrivateKeyJWT, ClientID: "a", Algorithm: "HS256"}, key, []string{"--algorithm"}},
		"assertion flags":         {settings{Method: credential.ClientSecretPost, ClientID: "a", KeyID: "k"}, value, []string{"--key-id"}},
		"token URL not absolute":  {settings{Method: credential.ClientSecretPost, ClientID: "a", TokenURL: "/token"}, value, []string{"--token-url"}},
		"token URL with password": {
			settings{Method: credential.ClientSecretPost, ClientID: "a", TokenURL: "https://u:p@x/t"}, value, []string{"--token-url", "password"},
		},
		"token URL with fragment": {
			settings{Method: credential.ClientSecretPost, ClientID: "a", TokenURL: "https://x/t#a"}, value, []string{"--token-url", "fragment"},
		},
		"parameter that is ours": {
			settings{Method: credential.ClientSecretPost, ClientID: "a", Params: map[string]string{"client_secret": "x"}},
			value,
			[]string{"--token-param client_secret"},
		},
		"header Authorization": {
			settings{Method: credential.ClientSecretPost, ClientID: "a", TokenHeaders: map[string]string{"authorization": "x"}}, value, []string{"authorization"},
		},
		"header with a break": {
			settings{Method: credential.ClientSecretPost, ClientID: "a", TokenHeaders: map[string]string{"X-A": "x\ny"}}, value, []string{"X-A"},
		},
		"claim that is ours": {settings{Method: credential.PrivateKeyJWT, ClientID: "a", Claims: map[string]string{"exp": "0"}}, key, []string{`"exp"`}},
		"prefix elsewhere":   {settings{Method: credential.Basic, Username: "a", Prefix: "X"}, value, []string{"prefix"}},
		"username elsewhere": {settings{Method: credential.Bearer, Username: "a"}, credential.Secret{Value: "x"}, []string{"--username"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := json.Marshal(tt.settings)
			if err != nil {
				t.Fatal(err)
			}
			err = tt.settings.Validate(tt.secret)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), secretValue) {
				t.Errorf("the error holds the secret: %v", err)
			}
			if _, err := credential.New(credential.Config{Settings: tt.settings, Secret: tt.secret, Base: "https://x"}); err == nil {
				t.Error("a source was made of it")
			}
			if after, _ := json.Marshal(tt.settings); string(after) != string(before) {
				t.Errorf("Validate changed the settings to %s", after)
			}
		})
	}
}

// Whatever the settings were, another method's are valid once what it needs
// is given.
func TestSettingsOfAnotherMethod(t *testing.T) {
	t.Parallel()
	full := map[string]credential.Settings{}
	secrets := map[string]credential.Secret{}
	for _, m := range credential.Methods() {
		s, sec := credential.Settings{Method: m}, credential.Secret{Value: secretValue}
		switch m {
		case credential.None:
			sec = credential.Secret{}
		case credential.Basic:
			s.Username = "ward"
		case credential.Bearer:
			s.Prefix = "Token"
		case credential.Header:
			s.Header, s.Prefix = "X-API-Key", "Key"
		default:
			s.TokenURL, s.ClientID, s.JSON = "https://sign-in.example.org/token", clientID, true
			s.Params, s.TokenHeaders = map[string]string{"scope": "a"}, map[string]string{"X-Org": "b"}
			if strings.Contains(m, "jwt") {
				s.KeyID, s.Audience, s.Issuer, s.Subject, s.Claims = "k", "a", "i", "s", map[string]string{"c": "d"}
				s.Params["client_id"] = clientID
			}
			if m == credential.PrivateKeyJWT || m == credential.JWTBearer {
				s.Algorithm, sec = credential.RS256, credential.Secret{PrivateKey: pkcs8(t, keys().rsa)}
			}
		}
		full[m], secrets[m] = s, sec
		if err := s.Validate(sec); err != nil {
			t.Fatalf("%s: %v", m, err)
		}
	}
	for _, from := range credential.Methods() {
		for _, to := range credential.Methods() {
			got := full[from].As(to)
			if from == to {
				if diff := cmp.Diff(full[from], got); diff != "" {
					t.Errorf("%s to itself (-want +got):\n%s", from, diff)
				}
				continue
			}
			if got.UsesTokens() && full[from].UsesTokens() && (got.TokenURL == "" || got.ClientID == "" || got.Params["scope"] != "a") {
				t.Errorf("%s to %s: %+v; the token's settings are lost", from, to, got)
			}
			want := full[to]
			got.ClientID, got.Username, got.Header = want.ClientID, want.Username, want.Header
			if err := got.Validate(secrets[to]); err != nil {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
}

// A secret goes in clear only to a provider that is itself reached so.
func TestTokenURLWithoutTLS(t *testing.T) {
	t.Parallel()
	cfg := credential.Config{
		Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: "http://sign-in.example.org/token"},
		Secret:   credential.Secret{Value: secretValue}, Base: "https://ehr.example.org", HTTP: inMemory(&mint{}),
	}
	if _, err := credential.New(cfg); err == nil || !strings.Contains(err.Error(), "--token-url") {
		t.Errorf("base with TLS: got %v, want a refusal", err)
	}
	cfg.Base = "http://ehr.example.org"
	if _, err := credential.New(cfg); err != nil {
		t.Errorf("base without TLS: %v", err)
	}
}

func TestSettingsAreStoredWhole(t *testing.T) {
	t.Parallel()
	want := credential.Settings{
		Method: credential.JWTBearer, Username: "u", Header: "h", Prefix: "p", TokenURL: "t", ClientID: "c", Algorithm: "a", KeyID: "k", Audience: "au",
		Issuer: "i", Subject: "s", Claims: map[string]string{"c": "1"}, JSON: true, Params: map[string]string{"p": "1"}, TokenHeaders: map[string]string{"h": "1"},
	}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got credential.Settings
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b, err := json.Marshal(credential.Settings{}); err != nil || string(b) != "{}" {
		t.Errorf("nothing set is stored as %s, %v", b, err)
	}
}
