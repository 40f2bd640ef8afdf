package faulttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

// A ward is the hospital's stores behind a door that notes who comes in: each
// call as it arrived, and the tokens that were asked for. The store of the name
// N is at /stores/N/fhir, unless it was moved.
type ward struct {
	*httptest.Server
	fault   atomic.Pointer[fault]
	guarded bool // calls need a token whose scope is the store's name

	mu     sync.Mutex
	calls  []call
	grants []url.Values      // requests for tokens
	tokens map[string]string // those that are good, with their scope
	issued []string          // all that ever were
	moved  map[string]string // store by the name in the path
}

// A call is what came to the ward.
type call struct {
	method, store, path string // path below the base, without a slash before it
	query               url.Values
	header              http.Header
	body                []byte
	refused             bool // for want of a token
}

// upstreamSecret is what the gateway signs in to a guarded ward with.
const upstreamSecret = "hunter2-upstream-hunter2"

func (g *gateway) ward(t *testing.T) *ward {
	t.Helper()
	w := &ward{tokens: map[string]string{}, moved: map[string]string{}}
	w.Server = httptest.NewUnstartedServer(w.handler(g.honest))
	w.Config.ErrorLog = log.New(io.Discard, "", 0) // faults are expected
	w.Start()
	t.Cleanup(func() {
		w.CloseClientConnections()
		w.Close()
	})
	return w
}

func (w *ward) handler(honest http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.URL.Path == "/token" {
			w.grant(rw, r)
			return
		}
		store, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/stores/"), "/fhir")
		c := call{
			method: r.Method, store: store, path: strings.Trim(path, "/"), query: r.URL.Query(), header: r.Header.Clone(), body: body,
		}
		w.mu.Lock()
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		c.refused = w.guarded && w.tokens[bearer] != store
		w.calls = append(w.calls, c)
		if to := w.moved[store]; to != "" {
			r.URL.Path = "/stores/" + to + "/fhir" + path
		}
		w.mu.Unlock()
		r.Header.Del("Authorization")
		f := w.fault.Load()
		switch {
		case c.refused:
			says(http.StatusUnauthorized, "application/json", `{"error":"invalid_token"}`)(rw, r, nil)
		case f != nil:
			(*f)(rw, r, honest)
		default:
			honest.ServeHTTP(rw, r)
		}
	})
}

// grant is the token endpoint: client_secret_post, and a scope for each tenant.
func (w *ward) grant(rw http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.PostForm.Get("client_secret") != upstreamSecret || r.PostForm.Get("client_id") != "wardbridge" ||
		r.PostForm.Get("grant_type") != "client_credentials" || r.Header.Get("Authorization") != "" {
		says(http.StatusUnauthorized, "application/json", `{"error":"invalid_client"}`)(rw, r, nil)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.grants = append(w.grants, r.PostForm)
	token := fmt.Sprintf("canary-token-%d-%s", len(w.issued), r.PostForm.Get("scope"))
	w.tokens[token], w.issued = r.PostForm.Get("scope"), append(w.issued, token)
	says(http.StatusOK, "application/json", fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token))(rw, r, nil)
}

// strike puts a fault in the place of answers; nil takes it away.
func (w *ward) strike(f fault) {
	if f == nil {
		w.fault.Store(nil)
		return
	}
	w.fault.Store(&f)
}

// move puts another store under a path.
func (w *ward) move(name, store string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moved[name] = store
}

// revoke ends the tokens of a scope; all of them when it is "".
func (w *ward) revoke(scope string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for token, s := range w.tokens {
		if s == scope || scope == "" {
			delete(w.tokens, token)
		}
	}
}

// grantsOf counts the requests for tokens of a scope.
func (w *ward) grantsOf(scope string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.grants {
		if f.Get("scope") == scope {
			n++
		}
	}
	return n
}

// seen gives the calls that match, statements apart, and forgets none.
func (w *ward) seen(match func(call) bool) (out []call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.path != "metadata" && match(c) {
			out = append(out, c)
		}
	}
	return out
}

// statements counts the calls for a store's statement that were let in.
func (w *ward) statements(store string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.path == "metadata" && c.store == store && !c.refused {
			n++
		}
	}
	return n
}

func (w *ward) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = nil
}

// every matches all calls.
func every(call) bool { return true }

// base is where a store is in the ward.
func (w *ward) base(store string) string { return w.URL + "/stores/" + store + "/fhir" }

// store makes a store of the hospital and fills it.
func (g *gateway) store(t *testing.T, name, version, records string) {
	t.Helper()
	g.hospital.run(t, "store", "create", name, "--version", version, "--open")
	g.hospital.run(t, "store", "import", name, filepath.Join("..", "reqtest", "testdata", version, records+".json"))
	await.That(t, "the hospital's store "+name, func() bool {
		return (&gateway{site: g.hospital, client: g.client}).send(t, http.MethodGet, "/stores/"+name+"/fhir/metadata", "", "", "").status == http.StatusOK
	})
}

// tenant is a new one, mapped to a provider that is there.
func (g *gateway) tenant(t *testing.T, provider string) (id, token string) {
	t.Helper()
	id = g.newTenant()
	g.run(t, "tenant", "map", id, provider)
	return id, g.token(t, id)
}

func (g *gateway) newTenant() string {
	g.tenants++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", g.tenants)
}

// token is the app's for a tenant.
func (g *gateway) token(t *testing.T, tenant string) (token string) {
	t.Helper()
	await.That(t, "a token for "+tenant, func() bool {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {g.id}, "client_secret": {g.key}, "scope": {tenant}}
		a := g.send(t, http.MethodPost, "/oauth2/token", "application/x-www-form-urlencoded", form.Encode(), "")
		token = a.text("access_token")
		return a.status == http.StatusOK
	})
	return token
}

// faces are the endpoints of the three versions.
var faces = []string{"dstu2", "stu3", "r4"}

// ask gets from a face. Unlike send it may be used in any goroutine; the status
// is 0 when there was no answer. header are names and values.
func (g *gateway) ask(t *testing.T, face, token, path string, header ...string) *answer {
	t.Helper()
	return g.call(t, http.MethodGet, "/fhir/"+face+"/"+path, nil, append(header, "Authorization", "Bearer "+token)...)
}

// batchOf posts a batch of GETs to a face.
func (g *gateway) batchOf(t *testing.T, face, token string, urls ...string) *answer {
	t.Helper()
	entries := make([]string, len(urls))
	for i, u := range urls {
		entries[i] = fmt.Sprintf(`{"request":{"method":"GET","url":%q}}`, u)
	}
	body := `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Join(entries, ",") + `]}`
	return g.call(t, http.MethodPost, "/fhir/"+face, []byte(body), "Content-Type", "application/fhir+json", "Authorization", "Bearer "+token)
}

func (g *gateway) call(t *testing.T, method, path string, body []byte, header ...string) *answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, g.origin+path, bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return &answer{}
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := g.client.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return &answer{}
	}
	defer func() { _ = resp.Body.Close() }()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return &answer{}
	}
	_ = json.Unmarshal(a.body, &a.json) // what is not JSON has no members
	return a
}

// A logbook is what a server has logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// secretFile is a file with a provider's secret.
func secretFile(t *testing.T, secret string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// together runs n calls that begin at the same time.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-gate
			f(i)
		})
	}
	close(gate)
	wg.Wait()
}
