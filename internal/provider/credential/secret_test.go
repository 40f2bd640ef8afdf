package credential_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// Nothing that prints a value prints a secret in it.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	sec := credential.Secret{Value: "hunter2", PrivateKey: "-----BEGIN hunter2"}
	cfg := credential.Config{Settings: credential.Settings{Method: credential.Bearer}, Secret: credential.Secret{Value: "hunter2"}}
	src := newSource(t, cfg)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{sec, &sec, cfg, &cfg, src, struct{ S *credential.Source }{src}, []credential.Secret{sec}, map[string]any{"k": sec}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "secret", sec, "pointer", &sec, "config", cfg)
	}
	if err := json.NewEncoder(&out).Encode(map[string]any{"secret": sec, "pointer": &sec}); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"hunter2", "68756e74657232"} {
		if i := strings.Index(strings.ToLower(out.String()), shown); i >= 0 {
			t.Errorf("printed: …%s", out.String()[max(0, i-80):i+len(shown)])
		}
	}
}

func TestSecretIsStoredExplicitly(t *testing.T) {
	t.Parallel()
	for _, want := range []credential.Secret{{}, {Value: "hunter2\n\"ü"}, {PrivateKey: "key"}, {Value: "a", PrivateKey: "b"}} {
		got, err := credential.ParseSecret(want.Reveal())
		if err != nil || got != want {
			t.Errorf("read back %#v, %v; want what was stored", got == want, err)
		}
	}
	if got, err := credential.ParseSecret(nil); err != nil || !got.IsZero() {
		t.Errorf("nothing stored: %v, %v", got, err)
	}
	if _, err := credential.ParseSecret([]byte(`{"value":"hunter2`)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("damaged: %v; want an error that quotes nothing", err)
	}
	printed, err := json.Marshal(credential.Secret{Value: "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	var sec credential.Secret
	if err := json.Unmarshal(printed, &sec); err == nil || !sec.IsZero() {
		t.Error("what was printed is read back as if it were a secret")
	}
}

// An endpoint that repeats all it was sent, in every form, does not bring a
// secret or an assertion into an error.
func TestEndpointThatRepeatsSecrets(t *testing.T) {
	t.Parallel()
	k := keys()
	repeat := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			form, _ := url.ParseQuery(string(body))
			heard := strings.Join([]string{
				strings.Repeat("x", 270), form.Get("client_secret"), form.Get("client_assertion"), r.Header.Get("Authorization"), string(body),
			}, " ")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": form.Get("client_secret") + "x", "error_description": heard[271:]})
		})
	}
	repeatShort := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{
			"error":             "invalid_client",
			"error_description": strings.Repeat("x", 290) + form.Get("client_secret") + form.Get("client_assertion") + r.Header.Get("Authorization"),
		})
	})
	for _, tt := range []struct {
		settings credential.Settings
		secret   credential.Secret
	}{
		{credential.Settings{Method: credential.ClientSecretPost}, credential.Secret{Value: secretValue}},
		{credential.Settings{Method: credential.ClientSecretPost, JSON: true}, credential.Secret{Value: secretValue}},
		{credential.Settings{Method: credential.ClientSecretBasic}, credential.Secret{Value: secretValue}},
		{credential.Settings{Method: credential.ClientSecretJWT}, credential.Secret{Value: secretValue}},
		{credential.Settings{Method: credential.PrivateKeyJWT}, credential.Secret{PrivateKey: pkcs8(t, k.ec)}},
	} {
		for _, h := range []http.Handler{repeat(400), repeat(200), repeatShort} {
			tt.settings.ClientID, tt.settings.TokenURL = clientID, "https://sign-in.example.org/token"
			s := newSource(t, credential.Config{Settings: tt.settings, Secret: tt.secret, Base: "https://ehr.example.org", HTTP: inMemory(h)})
			fe, p := failure(t, s, "")
			text := fmt.Sprintf("%v\n%+v\n%#v\n%v", fe, fe, *p, p)
			for _, secret := range []string{secretValue[:8], url.QueryEscape(secretValue)[:8], base64.StdEncoding.EncodeToString([]byte(clientID))[:8], "eyJ"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s: the error holds %q: %s", tt.settings.Method, secret, text)
				}
			}
		}
	}
}

// Keys come in the forms that tools and vendors write.
func TestKeyForms(t *testing.T) {
	t.Parallel()
	k := keys()
	sec1, err := x509.MarshalECPrivateKey(k.ec)
	ecPEM := pemOf(t, "EC PRIVATE KEY", sec1, err)
	spki, err := x509.MarshalPKIXPublicKey(&k.rsa.PublicKey)
	public := pemOf(t, "PUBLIC KEY", spki, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // it must be refused
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := func(key any, kid, alg string) string {
		b, err := jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: alg}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	encrypted := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x")}))
	account, err := json.Marshal(map[string]string{
		"type": "service_account", "private_key": pkcs8(t, k.rsa), "private_key_id": "g1", "client_email": "ward@project.iam.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		key  string
		want credential.Settings // what Fill makes of it
		err  string
	}{
		"PKCS#8 RSA": {key: pkcs8(t, k.rsa), want: credential.Settings{Algorithm: "RS384"}},
		"PKCS#8 EC":  {key: pkcs8(t, k.ec), want: credential.Settings{Algorithm: "ES384"}},
		"PKCS#1": {
			key:  "text before\n" + pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k.rsa), nil),
			want: credential.Settings{Algorithm: "RS384"},
		},
		"SEC 1 with params":  {key: pemOf(t, "EC PARAMETERS", []byte{6, 0}, nil) + ecPEM, want: credential.Settings{Algorithm: "ES384"}},
		"JWK":                {key: jwk(k.ec, "j1", ""), want: credential.Settings{Algorithm: "ES384", KeyID: "j1"}},
		"JWK with algorithm": {key: jwk(k.rsa, "j2", "RS256"), want: credential.Settings{Algorithm: "RS256", KeyID: "j2"}},
		"JWK set": {
			key:  `{"keys":[` + jwk(&k.rsa.PublicKey, "p", "") + "," + jwk(k.rsa, "j3", "") + `]}`,
			want: credential.Settings{Algorithm: "RS384", KeyID: "j3"},
		},
		"service account":  {key: string(account), want: credential.Settings{Algorithm: "RS384", KeyID: "g1", ClientID: "ward@project.iam.example.org"}},
		"two keys":         {key: `{"keys":[` + jwk(k.ec, "a", "") + "," + jwk(k.rsa, "b", "") + `]}`, err: "2 private keys"},
		"public PEM":       {key: public, err: "public half"},
		"public JWK":       {key: jwk(&k.ec.PublicKey, "p", ""), err: "public half"},
		"encrypted":        {key: encrypted, err: "pass phrase"},
		"encrypted PKCS#8": {key: pemOf(t, "ENCRYPTED PRIVATE KEY", []byte("x"), nil), err: "pass phrase"},
		"cut short":        {key: pkcs8(t, k.ec)[:100], err: "holds no private key"},
		"damaged":          {key: pemOf(t, "PRIVATE KEY", []byte("hunter2"), nil), err: "cannot be read"},
		"small RSA":        {key: pkcs8(t, small), err: "1024 bits"},
		"P-256":            {key: pkcs8(t, p256), err: "P-384"},
		"JWK for RS512":    {key: jwk(k.rsa, "", "RS512"), err: "another algorithm"},
		"other JSON":       {key: `{"type":"authorized_user"}`, err: "service account"},
		"no key":           {key: "hunter2", err: "holds no private key"},
		"broken JSON":      {key: `{"hunter2`, err: "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sec := credential.Secret{PrivateKey: tt.key}
			got := credential.Settings{Method: credential.PrivateKeyJWT}
			got.Fill(sec)
			filled := credential.Settings{Algorithm: got.Algorithm, KeyID: got.KeyID, ClientID: got.ClientID}
			if fmt.Sprint(filled) != fmt.Sprint(tt.want) {
				t.Errorf("filled %+v, want %+v", filled, tt.want)
			}
			if got.ClientID == "" {
				got.ClientID = clientID
			}
			err := got.Validate(sec)
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "--private-key-file")):
				t.Errorf("got %v, want an error of --private-key-file that says %q", err, tt.err)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error quotes the key: %v", err)
			}
		})
	}
}
