package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/auth"
)

func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"grant-type=client_credentials\r\n&client_id=a\r\n&client_secret=b", "a=1&a=2", "a=&a=1", "%zz=1", "a=%00", "=&=", "a==b", "+=+", "&&&", "a;b=c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, ok := auth.ParseForm(body)
		if !ok {
			return
		}
		for name, value := range got {
			if value == "" || strings.ContainsAny(name+value, "\x00\r\n") {
				t.Errorf("%q was read as %q=%q", body, name, value)
			}
		}
	})
}

// FuzzTokenEndpoint: no body gets a token but one with the secret in it, none
// is answered outside RFC 6749's forms, and none panics.
func FuzzTokenEndpoint(f *testing.F) {
	w := newWorld(f)
	f.Add(grant(w.app1, "wbs_x", tenantA), "")
	f.Add("grant_type=client_credentials&scope="+tenantA, basic(w.app1.ID, "x"))
	f.Add("grant_type=client_credentials&client_assertion_type="+assertionType+"&client_assertion=a.b.c", "")
	h := w.TokenHandler()
	f.Fuzz(func(t *testing.T, body, authorization string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/oauth2/token", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		switch rec.Code {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%q: %d %s", body, rec.Code, rec.Body)
		}
	})
}

func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	good := token(f, w.Service, w.app1, w.s1)
	w.Forget()
	f.Add(good)
	f.Add(good + "=")
	f.Add("..")
	f.Add(encode(`{"typ":"at+jwt","alg":"none"}`) + "." + strings.Split(good, ".")[1] + ".")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := w.Verify(t.Context(), token); (err == nil) != (token == good) {
			t.Errorf("%q: %v", token, err)
		}
	})
}

func FuzzJWKS(f *testing.F) {
	f.Add([]byte(`{"keys":[]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}]}`))
	f.Add([]byte(newPartner(f).jwks(f)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n, err := auth.ParseJWKS(text); (err == nil) != (n > 0) {
			t.Errorf("%d keys, %v", n, err)
		}
	})
}

func FuzzCheckSecret(f *testing.F) {
	f.Add(auth.MakeSecret())
	f.Add("wbs_")
	f.Fuzz(func(t *testing.T, s string) {
		if auth.CheckSecret(s) == nil && len(s) != 53 {
			t.Errorf("%q passes", s)
		}
	})
}
