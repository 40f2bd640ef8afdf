package reqtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/wardbridge/wardbridge/internal/await"
)

func secRequirements() []requirement {
	return []requirement{
		{ID: "SEC-1", Text: "no token: a challenge without an error code", Run: secNoToken},
		{ID: "SEC-2", Text: "bad tokens of every kind are invalid_token", Run: secBadTokens},
		{ID: "SEC-3", Text: "a token in query or form is ignored", Run: secTokenElsewhere},
		{ID: "SEC-4", Text: "the scheme's name has no case", Run: secScheme},
		{ID: "SEC-5", Text: "an unmapped tenant is refused with a live token", Run: secUnmapped},
		{ID: "SEC-6", Text: "errors are OperationOutcomes of the version's media type", Run: secErrors},
		{ID: "SEC-7", Text: "no personal data, secret or token in the log, at debug level", Run: secLogs},
		{ID: "SEC-8", Text: "narrative is sanitised", Run: secNarrative},
	}
}

// challenged checks a 401 and its challenge.
func (r *reply) challenged(t *testing.T, code string) {
	t.Helper()
	r.want(t, http.StatusUnauthorized).outcome(t, "login", "security")
	got := r.header.Get("WWW-Authenticate")
	if !strings.HasPrefix(got, "Bearer") {
		t.Errorf("%s: WWW-Authenticate %q, want Bearer", r.call, got)
	}
	if code == "" && strings.Contains(got, "error=") || code != "" && !strings.Contains(got, `error="`+code+`"`) {
		t.Errorf("%s: WWW-Authenticate %q, want error %q", r.call, got, code)
	}
}

func secNoToken(t *testing.T, g *Target) {
	for _, path := range []string{"Patient/p1", "Patient?family=lund", "Observation?patient=p1", "Patient/nobody", "Nothing/p1"} {
		g.bearing("").get(t, path).challenged(t, "")
	}
	g.bearing("").find(t, "family=lund").challenged(t, "")
}

func secBadTokens(t *testing.T, g *Target) {
	good := g.freshToken(t, g.App1, tenantA)
	parts := strings.Split(good, ".")
	head, _ := part(t, good, 0).(map[string]any)
	claims, _ := claimsOf(t, good).(map[string]any)
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	kid, _ := head["kid"].(string)
	with := func(name string, value any) map[string]any {
		c := maps.Clone(claims)
		c[name] = value
		return c
	}
	foreign := func(c map[string]any) string { return sign(t, jose.ES256, own, kid, "at+jwt", c) }
	encode := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	none := maps.Clone(head)
	none["alg"] = "none"
	last := parts[2][len(parts[2])/2]
	swapped := map[bool]byte{true: 'B', false: 'A'}[last == 'A']
	bad := map[string]string{
		"garbage":           "garbage",
		"three parts":       "a.b.c",
		"empty parts":       "..",
		"client secret":     g.App1.Secret,
		"cut":               good[:len(good)-4],
		"signature changed": parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])/2] + string(swapped) + parts[2][len(parts[2])/2+1:],
		"tenant changed":    parts[0] + "." + encode(with("scope", tenantB)) + "." + parts[2],
		"expiry changed":    parts[0] + "." + encode(with("exp", time.Now().Add(240*time.Hour).Unix())) + "." + parts[2],
		"expired, own key":  foreign(with("exp", time.Now().Add(-time.Hour).Unix())),
		"aud, own key":      foreign(with("aud", "https://elsewhere.example")),
		"iss, own key":      foreign(with("iss", "https://elsewhere.example")),
		"alg none":          encode(none) + "." + parts[1] + ".",
		"alg none, signed":  encode(none) + "." + parts[1] + "." + parts[2],
		"an id token's typ": sign(t, jose.ES256, own, kid, "JWT", claims),
	}
	for name, key := range publicForms(t, g) {
		bad["HS256 with "+name] = sign(t, jose.HS256, key, kid, "at+jwt", claims)
	}
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			g.bearing(bad[name]).get(t, "Patient/p1").challenged(t, "invalid_token")
		})
	}
}

// publicForms are the bytes a careless verifier could take for an HMAC key.
func publicForms(t *testing.T, g *Target) map[string][]byte {
	t.Helper()
	raw, err := json.Marshal(list(g.keys(t).json, "keys")[0])
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"the key": raw, "the key set": append(bytes.Repeat([]byte{' '}, 32), g.keys(t).body...)}
}

func secTokenElsewhere(t *testing.T, g *Target) {
	token := g.token(t, g.App1, tenantA)
	none := g.bearing("")
	none.get(t, "Patient/p1?access_token="+token).want(t, http.StatusUnauthorized)
	none.find(t, "family=lund&access_token="+token).want(t, http.StatusUnauthorized)
	none.get(t, "Patient/p1", "Cookie", "access_token="+token).want(t, http.StatusUnauthorized)
}

func secScheme(t *testing.T, g *Target) {
	token := g.token(t, g.App1, tenantA)
	for _, scheme := range []string{"bearer", "BEARER", "Bearer"} {
		g.bearing("").get(t, "Patient/p1", "Authorization", scheme+" "+token).want(t, http.StatusOK)
	}
}

func secUnmapped(t *testing.T, g *Target) {
	g.Admin.MapTenant(t, tenantD, "prov-a")
	c := g.bearing("")
	await.That(t, "a token for the new tenant", func() bool {
		r := g.grant(t, credentials(g.App3, "grant_type", "client_credentials", "scope", tenantD), nil)
		c.token = str(r.json, "access_token")
		return r.status == http.StatusOK
	})
	c.get(t, "Patient/p1").want(t, http.StatusOK)
	g.Admin.UnmapTenant(t, tenantD)
	await.That(t, "the tenant is refused", func() bool { return c.get(t, "Patient/p1").status == http.StatusForbidden })
	r := c.get(t, "Patient/p1").want(t, http.StatusForbidden).outcome(t, "forbidden")
	if got := r.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="insufficient_scope"`) {
		t.Errorf("WWW-Authenticate %q, want insufficient_scope", got)
	}
	g.as(t, tenantA).get(t, "Patient/p1").want(t, http.StatusOK)
}

func secErrors(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, r := range []*reply{
		g.bearing("").get(t, "Patient/p1"), g.bearing("x").get(t, "Patient/p1"),
		c.get(t, "Patient/nobody"), c.get(t, "Nothing/p1"), c.get(t, "Patient/"+strings.Repeat("x", 65)),
		c.get(t, "Patient/p1/$everything"), c.get(t, "Patient?birthdate=never"), c.get(t, "Patient?_count=x"),
		c.post(t, "", g.Face.Media, "{"), c.post(t, "", "application/xml", "<Bundle/>"),
		c.do(t, http.MethodDelete, "Patient/p1", "", nil), c.get(t, "Patient/p1/more/than/that"), c.get(t, "Patient/p1%00"),
	} {
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d, want 4xx", r.call, r.status)
		}
		r.media(t, g.Face.Media).outcome(t)
	}
}

var requestIDs = regexp.MustCompile(`request=[A-Z0-9]+`)

func secLogs(t *testing.T, g *Target) {
	g.as(t, tenantA).find(t, "given=amina&family=okafor&identifier=7001001&birthdate=1957-06-05").want(t, http.StatusOK)
	g.as(t, tenantA).get(t, "Patient?given=amina&family=okafor").want(t, http.StatusOK)
	raw := g.Admin.Log(t)
	if i := bytes.Index(raw, []byte("eyJ")); i >= 0 {
		t.Errorf("the log contains a JWT: …%s…", raw[max(0, i-200):min(len(raw), i+20)])
	}
	// A random request id may spell anything.
	log := bytes.ToLower(requestIDs.ReplaceAll(raw, nil))
	if len(log) < 100 {
		t.Fatalf("the server wrote only %d bytes: is its log read?", len(log))
	}
	words := []string{
		"okafor", "amina", "zoë", "o'brien", "o%27brien", "brien", "halvorsen", "7001001", "7001002", "7001003", "1957-06",
		markA, markB, "hypertensive", "client_secret=",
	}
	for _, c := range []Client{g.App1, g.App2, g.App3} {
		words = append(words, strings.ToLower(c.Secret))
	}
	for _, token := range g.tokens {
		words = append(words, strings.ToLower(token[strings.LastIndexByte(token, '.')+1:]))
	}
	for _, w := range words {
		if i := bytes.Index(log, []byte(w)); i >= 0 {
			t.Errorf("the log contains %q: …%s…", w, log[max(0, i-200):min(len(log), i+60)])
		}
	}
}

func secNarrative(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, path := range []string{"Patient/p4", "AllergyIntolerance/a4", "AllergyIntolerance?patient=p4", "Patient?_id=p4"} {
		r := c.get(t, path).want(t, http.StatusOK)
		low := strings.ToLower(string(r.body))
		for _, bad := range []string{"script", "onclick", "onerror", "javascript:", "stolen"} {
			if strings.Contains(low, bad) {
				t.Errorf("%s: the narrative still has %q", path, bad)
			}
		}
		if !strings.Contains(low, "seen at home") {
			t.Errorf("%s: the narrative's own words are gone", path)
		}
	}
	div := c.get(t, "Patient/p5").want(t, http.StatusOK).text(t, "text.div")
	if !strings.Contains(div, `xmlns="http://www.w3.org/1999/xhtml"`) || !strings.Contains(div, "quiet room") {
		t.Errorf("the narrative without a namespace became %q", div)
	}
}
