package credential_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

func answering(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func TestAnswersThatAreNoToken(t *testing.T) {
	t.Parallel()
	const js, up, away = "application/json", fhir.KindUpstream, fhir.KindUnavailable
	for name, tt := range map[string]struct {
		status int
		typ    string
		body   string
		kind   fhir.Kind
		reason credential.Reason
		says   string // in the operator's text
	}{
		"web page":             {200, "text/html", "<!DOCTYPE html><html>Sign in</html>", up, credential.ReasonAnswer, "web page"},
		"web page as JSON":     {200, js, "  <html>", up, credential.ReasonAnswer, "web page"},
		"empty":                {200, js, "", up, credential.ReasonAnswer, "empty"},
		"an array":             {200, js, `["access_token"]`, up, credential.ReasonAnswer, "not a JSON object"},
		"null":                 {200, js, `null`, up, credential.ReasonAnswer, "not a JSON object"},
		"cut short":            {200, js, `{"access_token":"abc`, up, credential.ReasonAnswer, "not a JSON object"},
		"a form":               {200, "application/x-www-form-urlencoded", `access_token=abc`, up, credential.ReasonAnswer, "not a JSON object"},
		"too long":             {200, js, `{"x":"` + strings.Repeat("x", credential.MaxAnswer) + `"}`, up, credential.ReasonAnswer, "256 KiB"},
		"no token":             {200, js, `{"token_type":"Bearer"}`, up, credential.ReasonAnswer, "no access_token"},
		"another spelling":     {200, js, `{"Access_Token":"abc"}`, up, credential.ReasonAnswer, "no access_token"},
		"empty token":          {200, js, `{"access_token":""}`, up, credential.ReasonAnswer, "no access_token"},
		"token is a number":    {200, js, `{"access_token":7}`, up, credential.ReasonAnswer, "no access_token"},
		"token with a break":   {200, js, `{"access_token":"a\r\nX-Evil: 1"}`, up, credential.ReasonAnswer, "no header may"},
		"token too long":       {200, js, `{"access_token":"` + strings.Repeat("x", credential.MaxToken+1) + `"}`, up, credential.ReasonAnswer, "too long"},
		"MAC":                  {200, js, `{"access_token":"abc","token_type":"mac"}`, up, credential.ReasonAnswer, "other than Bearer"},
		"type is a number":     {200, js, `{"access_token":"abc","token_type":1}`, up, credential.ReasonAnswer, "other than Bearer"},
		"nonsense life":        {200, js, `{"access_token":"abc","expires_in":"soon"}`, up, credential.ReasonAnswer, "expires_in"},
		"life is an object":    {200, js, `{"access_token":"abc","expires_in":{}}`, up, credential.ReasonAnswer, "expires_in"},
		"error with 200":       {200, js, `{"error":"invalid_client"}`, up, credential.ReasonCredentials, "invalid_client"},
		"invalid_client":       {400, js, `{"error":"invalid_client","error_description":"A7: bad\n secret"}`, up, credential.ReasonCredentials, "A7: bad secret"},
		"the other form":       {401, js, `{"error":"invalid_client"}`, up, credential.ReasonCredentials, "--auth client_secret_basic"},
		"unauthorized_client":  {400, js, `{"error":"unauthorized_client"}`, up, credential.ReasonCredentials, "client-credentials grant"},
		"invalid_scope":        {400, js, `{"error":"invalid_scope"}`, up, credential.ReasonRequest, "--token-param scope"},
		"invalid_resource":     {400, js, `{"error":"invalid_resource"}`, up, credential.ReasonRequest, "resource"},
		"an unknown error":     {400, js, `{"error":"teapot"}`, up, credential.ReasonRequest, "teapot"},
		"400 without a reason": {400, "text/plain", `no`, up, credential.ReasonRequest, "400"},
		"401 without a reason": {401, "text/html", `<html>`, up, credential.ReasonCredentials, "401"},
		"403":                  {403, "text/html", `<html>`, up, credential.ReasonCredentials, "403"},
		"404":                  {404, js, `{}`, up, credential.ReasonAnswer, "not there"},
		"415":                  {415, js, `{}`, up, credential.ReasonRequest, "--token-json"},
		"302":                  {302, js, ``, up, credential.ReasonRedirect, "redirects"},
		"429":                  {429, js, `{"error":"slow_down"}`, away, credential.ReasonBusy, "429"},
		"500 with a code":      {500, js, `{"error":"invalid_client"}`, away, credential.ReasonBusy, "500"},
		"503":                  {503, "text/html", `<html>`, away, credential.ReasonBusy, "503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fe, p := failure(t, minted(t, answering(tt.status, tt.typ, tt.body), nil), "")
			if fe.Kind != tt.kind || p.Reason != tt.reason || !strings.Contains(p.Error(), tt.says) {
				t.Errorf("kind %d, reason %v: %v\nwant kind %d, reason %v, saying %q", fe.Kind, p.Reason, p, tt.kind, tt.reason, tt.says)
			}
			if p.Do == "" || len(fe.Issues) != 1 || strings.Contains(fe.Issues[0].Diagnostics, "--") {
				t.Errorf("operator is told %q, strangers %+v; want what to do, and no flags for strangers", p.Do, fe.Issues)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
func (endless) Close() error { return nil }

type endlessServer struct{}

func (endlessServer) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: endless{}, Request: req}, nil
}

// An answer without an end is not read to it, neither a token's nor, where
// the token URL is looked for, a statement's.
func TestAnswerWithoutAnEnd(t *testing.T) {
	t.Parallel()
	for url, reason := range map[string]credential.Reason{"https://x/token": credential.ReasonAnswer, "": credential.ReasonDiscovery} {
		s := newSource(t, credential.Config{
			Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: url},
			Secret:   credential.Secret{Value: secretValue}, Base: "https://x/fhir", HTTP: &http.Client{Transport: endlessServer{}},
		})
		if _, p := failure(t, s, ""); p.Reason != reason {
			t.Errorf("token URL %q: %v; want reason %v", url, p, reason)
		}
	}
}

// What servers say in place of a number of seconds.
func TestLifeOfAToken(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]time.Duration{
		`3600`: time.Hour, `"3599"`: 3599 * time.Second, `3600.5`: 3600*time.Second + 500*time.Millisecond, `" 60 "`: time.Minute, `1e2`: 100 * time.Second,
		`null`: 5 * time.Minute, `""`: 5 * time.Minute, `0`: 5 * time.Minute, `-1`: 5 * time.Minute,
		`156678`: 24 * time.Hour, `1e300`: 24 * time.Hour, `"1e999"`: 24 * time.Hour,
	} {
		_, life, p := credential.ParseAnswer("", []byte(`{"access_token":"abc","expires_in":`+said+`}`))
		if p != nil || life != want {
			t.Errorf("expires_in %s: %v, %v; want %v", said, life, p, want)
		}
	}
	for _, typ := range []string{`"Bearer"`, `"bearer"`, `"BEARER"`, `"BearerToken"`, `""`, `null`} {
		token, life, p := credential.ParseAnswer("", []byte("\xEF\xBB\xBF"+`{"access_token":"abc","token_type":`+typ+`}`))
		if p != nil || token != "abc" || life != 5*time.Minute {
			t.Errorf("token_type %s: %q for %v, %v; want abc for 5m", typ, token, life, p)
		}
	}
}

// A token that lives shorter than any margin still serves those who waited
// for it.
func TestVeryShortLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: 1}
		s := minted(t, m, nil)
		for i := range 3 {
			authorize(t, s, "")
			if n := m.requests(); n != i+1 {
				t.Errorf("%d requests after %d seconds, want one each", n, i)
			}
			time.Sleep(time.Second)
		}
	})
}

// FuzzTokenAnswer: whatever a token endpoint says, a token fits in a header
// and lives a sane time, and a problem quotes nothing of a token.
func FuzzTokenAnswer(f *testing.F) {
	for _, s := range []string{
		`{"access_token":"abc.def","token_type":"Bearer","expires_in":3600}`, `{"access_token":"abc","token_type":"mac"}`, `{"error":"invalid_client"}`,
		`{"access_token":"a b","expires_in":"x"}`, `{"access_token":"abc","expires_in":1e309}`, `{"expires_in":-0,"access_token":"~"}`, `<html>`, `[]`, "",
		`{"error":"\u0000","error_description":"\ud800 x"}`,
	} {
		f.Add("application/json", []byte(s))
	}
	f.Fuzz(func(t *testing.T, typ string, body []byte) {
		token, life, p := credential.ParseAnswer(typ, body)
		if p != nil {
			if token != "" || p.What == "" || p.Do == "" || len(p.What) > 1000 || strings.ContainsAny(p.What, "\n\r\x00\x1b") {
				t.Errorf("token %q with problem %+q", token, p)
			}
			var fields struct {
				Token string `json:"access_token"`
			}
			if json.Unmarshal(body, &fields) == nil && len(fields.Token) > 40 && p.Code == "" && strings.Contains(p.Error(), fields.Token) {
				t.Errorf("the problem quotes the token: %v", p)
			}
			return
		}
		if token == "" || len(token) > credential.MaxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("accepted the token %q", token)
		}
		if life <= 0 || life > 24*time.Hour {
			t.Errorf("a life of %v", life)
		}
	})
}
