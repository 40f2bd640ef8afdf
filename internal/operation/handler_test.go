package operation_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/operation"
)

type personKey struct{}

type bedInput struct {
	Ward  string `path:"ward" json:"-"`
	Bed   int    `path:"bed" json:"-"`
	Quick bool   `query:"quick" json:"-"`
	Name  string `json:"name"`
	Inner inner  `json:"inner,omitzero"`
	List  []item `json:"list,omitempty"`
}

type inner struct {
	Text string `json:"text"`
}

type item struct {
	ID string `json:"id"`
}

type bedOutput struct {
	Person string            `json:"person"`
	In     string            `json:"in"`
	Items  []item            `json:"items"`
	Map    map[string]string `json:"map"`
	Zero   int               `json:"zero,omitempty"`
}

type wardInput struct {
	Ward string `path:"ward" json:"-"`
}

var errTaken = errors.New("taken")

func table() []operation.Op {
	return []operation.Op{
		operation.New("putBed", "PUT /api/wards/{ward}/beds/{bed}", "Put", func(ctx context.Context, in bedInput) (bedOutput, error) {
			name, _ := ctx.Value(personKey{}).(string)
			b, err := json.Marshal(in)
			return bedOutput{Person: name, In: in.Ward + "/" + string(b)}, err
		}),
		operation.New("deleteBeds", "DELETE /api/wards/{ward}/beds", "Delete", func(_ context.Context, in wardInput) (operation.None, error) {
			switch in.Ward {
			case "taken":
				return operation.None{}, errTaken
			case "broken":
				return operation.None{}, errors.New("disk 7 of MÜLLER, Anna is on fire")
			case "shared":
				return operation.None{}, operation.Problemf(http.StatusPreconditionFailed, "changed", "Look at both.").With(bedOutput{Person: "now"})
			}
			return operation.None{}, nil
		}),
		operation.New("getPublic", "GET /api/public", "Public", func(ctx context.Context, _ operation.None) (bedOutput, error) {
			operation.SetCookie(ctx, &http.Cookie{Name: "wb", Value: "1", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
			name, _ := ctx.Value(personKey{}).(string)
			return bedOutput{Person: name}, nil
		}).ForAnyone(),
		operation.New("wait", "POST /api/wait", "Wait", func(ctx context.Context, _ operation.None) (operation.None, error) {
			<-ctx.Done()
			return operation.None{}, ctx.Err()
		}),
		operation.NewStream[wardInput, item]("watch", "GET /api/wards/{ward}/stream", "Watch", func(ctx context.Context, in wardInput, w http.ResponseWriter) error {
			if in.Ward == "taken" {
				return errTaken
			}
			events := operation.NewEvents(w)
			if err := errors.Join(events.Begin(), events.Send(7, item{ID: "a\nb"}), events.Send(0, item{ID: "c"})); err != nil {
				return err
			}
			if in.Ward == "breaks" {
				return errTaken
			}
			<-ctx.Done()
			return nil
		}),
	}
}

func authenticate(r *http.Request) (context.Context, error) {
	switch name := r.Header.Get("X-Person"); name {
	case "":
		return nil, operation.ErrNobody
	case "locked":
		return nil, operation.Problemf(http.StatusUnauthorized, "locked", "Unlock the screen.")
	default:
		return context.WithValue(r.Context(), personKey{}, name), nil
	}
}

type reports struct{ all []error }

func newHandler(t *testing.T, cfg operation.Config) (*operation.Handler, *reports) {
	t.Helper()
	seen := &reports{}
	cfg.Authenticate = authenticate
	cfg.RequestID = func(context.Context) string { return "r1" }
	cfg.Report = func(_ context.Context, err error) { seen.all = append(seen.all, err) }
	cfg.Problem = func(err error) *operation.Problem {
		if errors.Is(err, errTaken) {
			return operation.Problemf(http.StatusConflict, "conflict", "Take another.")
		}
		return nil
	}
	cfg.BodyBytes = 256
	cfg.Document, cfg.DocumentPath = []byte(`{"openapi":"3.1.0"}`), "/api/openapi.json"
	h, err := operation.NewHandler(cfg, table())
	if err != nil {
		t.Fatal(err)
	}
	return h, seen
}

func TestHandler(t *testing.T) {
	const jsonType = "application/json; charset=utf-8"
	problem := func(status, code, more string) string {
		return `{"code":"` + code + `",` + more + `"request":"r1","status":` + status + `}`
	}
	fields := func(s string) string { return problem("400", "invalid", `"errors":{`+s+`},`) }
	for _, tt := range []struct {
		name         string
		method, path string
		head         map[string]string
		body         string
		status       int
		want         string // without title and detail
	}{
		{
			"path, query and body come together", "PUT", "/api/wards/A%2F1/beds/3?quick=true", nil, `{"name":"x","inner":{"text":"y"}}`, 200,
			`{"in":"A/1/{\"name\":\"x\",\"inner\":{\"text\":\"y\"}}","items":[],"map":{},"person":"ann"}`,
		},
		{"unknown field", "PUT", "/api/wards/a/beds/3", nil, `{"name":"x","inner":{"txt":"y"}}`, 400, fields(`"inner.txt":"there is no such field"`)},
		{"unknown field in a list", "PUT", "/api/wards/a/beds/3", nil, `{"list":[{"id":"1"},{"no":1}]}`, 400, fields(`"list.1.no":"there is no such field"`)},
		{"another spelling", "PUT", "/api/wards/a/beds/3", nil, `{"Name":"x"}`, 400, fields(`"Name":"there is no such field"`)},
		{"path fields are not taken from the body", "PUT", "/api/wards/a/beds/3", nil, `{"Ward":"x"}`, 400, fields(`"Ward":"there is no such field"`)},
		{"wrong type", "PUT", "/api/wards/a/beds/3", nil, `{"name":7}`, 400, fields(`"name":"is not of the form wanted"`)},
		{"given twice", "PUT", "/api/wards/a/beds/3", nil, `{"name":"x","name":"y"}`, 400, fields(`"name":"is given more than once"`)},
		{"not JSON", "PUT", "/api/wards/a/beds/3", nil, `{"name":`, 400, fields(`"name":"is not JSON"`)},
		{"text after the end", "PUT", "/api/wards/a/beds/3", nil, `{} {}`, 400, fields(`"body":"is not JSON"`)},
		{"empty body", "PUT", "/api/wards/a/beds/3", nil, ``, 400, fields(`"body":"is not JSON"`)},
		{"invalid UTF-8", "PUT", "/api/wards/a/beds/3", nil, "{\"name\":\"\xff\"}", 400, fields(`"name":"is not JSON"`)},
		{"path of another form", "PUT", "/api/wards/a/beds/x", nil, `{}`, 400, fields(`"bed":"is not of the form wanted"`)},
		{"query of another form", "PUT", "/api/wards/a/beds/3?quick=maybe", nil, `{}`, 400, fields(`"quick":"is not of the form wanted"`)},
		{"query twice", "PUT", "/api/wards/a/beds/3?quick=1&quick=1", nil, `{}`, 400, fields(`"quick":"is given more than once"`)},
		{"unknown query", "PUT", "/api/wards/a/beds/3?slow=1", nil, `{}`, 400, fields(`"slow":"there is no such parameter"`)},
		{"too large", "PUT", "/api/wards/a/beds/3", nil, `{"name":"` + strings.Repeat("x", 300) + `"}`, 413, problem("413", "too-large", "")},
		{"a form", "PUT", "/api/wards/a/beds/3", map[string]string{"Content-Type": "text/plain"}, `{}`, 415, problem("415", "unsupported-media-type", "")},
		{"nobody", "PUT", "/api/wards/a/beds/3", map[string]string{"X-Person": ""}, `{`, 401, problem("401", "not-signed-in", "")},
		{"locked", "PUT", "/api/wards/a/beds/3", map[string]string{"X-Person": "locked"}, `{}`, 401, problem("401", "locked", "")},
		{"from elsewhere", "PUT", "/api/wards/a/beds/3", map[string]string{"Sec-Fetch-Site": "cross-site"}, `{}`, 403, problem("403", "cross-origin", "")},
		{"from another origin", "PUT", "/api/wards/a/beds/3", map[string]string{"Origin": "https://evil.example"}, `{}`, 403, problem("403", "cross-origin", "")},
		{"from a trusted origin", "DELETE", "/api/wards/a/beds", map[string]string{"Origin": "https://ward.example"}, ``, 204, ``},
		{"nothing to say", "DELETE", "/api/wards/a/beds", nil, ``, 204, ``},
		{"a service's error", "DELETE", "/api/wards/taken/beds", nil, ``, 409, problem("409", "conflict", "")},
		{"an internal error", "DELETE", "/api/wards/broken/beds", nil, ``, 500, problem("500", "internal", "")},
		{"a conflicting edit", "DELETE", "/api/wards/shared/beds", nil, ``, 412, problem("412", "changed", `"current":{"in":"","items":[],"map":{},"person":"now"},`)},
		{"public, nobody", "GET", "/api/public", map[string]string{"X-Person": ""}, ``, 200, `{"in":"","items":[],"map":{},"person":""}`},
		{"public, someone", "GET", "/api/public", nil, ``, 200, `{"in":"","items":[],"map":{},"person":"ann"}`},
		{"public, locked", "GET", "/api/public", map[string]string{"X-Person": "locked"}, ``, 401, problem("401", "locked", "")},
		{"another method", "POST", "/api/public", nil, ``, 405, problem("405", "method-not-allowed", "")},
		{"nowhere", "GET", "/api/nowhere", nil, ``, 404, problem("404", "not-found", "")},
		{"a path that is not clean", "GET", "/api//public", nil, ``, 404, problem("404", "not-found", "")},
		{"a path that climbs", "GET", "/api/x/../public", nil, ``, 404, problem("404", "not-found", "")},
		{"too slow", "POST", "/api/wait", nil, ``, 503, problem("503", "timeout", "")},
		{"a stream that fails before it begins", "GET", "/api/wards/taken/stream", nil, ``, 409, problem("409", "conflict", "")},
		{"the document", "GET", "/api/openapi.json", nil, ``, 200, `{"openapi":"3.1.0"}`},
		{"the document is not written", "POST", "/api/openapi.json", nil, ``, 405, problem("405", "method-not-allowed", "")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := operation.Config{TrustedOrigins: []string{"https://ward.example"}}
			if tt.path == "/api/wait" { // the others get all the time that a busy machine wants
				cfg.Time = 20 * time.Millisecond
			}
			h, seen := newHandler(t, cfg)
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, strings.NewReader(tt.body))
			r.Header.Set("X-Person", "ann")
			r.Header.Set("Content-Type", jsonType)
			for k, v := range tt.head {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control %q", got)
			}
			if diff := cmp.Diff(tt.want, plain(t, w.Body.Bytes())); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if strings.Contains(w.Body.String(), "MÜLLER") || (tt.status == 500) != (len(seen.all) == 1 && tt.status == 500) {
				t.Errorf("reported %v, answered %s", seen.all, w.Body)
			}
			if tt.status >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("Content-Type %q", w.Header().Get("Content-Type"))
			}
		})
	}
}

// plain is a JSON object with its members sorted, and without the texts that
// people read.
func plain(t *testing.T, body []byte) string {
	t.Helper()
	if len(body) == 0 {
		return ""
	}
	m := map[string]any{}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if m["status"] != nil && (m["title"] == "" || m["detail"] == "") {
		t.Errorf("a problem that says nothing: %s", body)
	}
	delete(m, "title")
	delete(m, "detail")
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWhoLeftIsNoFailure holds that a page that is closed while its answer is
// made is not recorded as a failure of the server.
func TestWhoLeftIsNoFailure(t *testing.T) {
	h, seen := newHandler(t, operation.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/wait", nil)
	r.Header.Set("X-Person", "ann")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Body.Len() > 0 || len(seen.all) > 0 {
		t.Errorf("answered %s, reported %v", w.Body, seen.all)
	}
}

func TestAllowNamesTheMethods(t *testing.T) {
	h, _ := newHandler(t, operation.Config{})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/public", nil))
	if got := w.Header().Get("Allow"); got != "GET, HEAD" {
		t.Errorf("Allow %q", got)
	}
}

func TestPatternNeverHoldsWhatWasAsked(t *testing.T) {
	h, _ := newHandler(t, operation.Config{})
	for path, want := range map[string]string{
		"/api/wards/MÜLLER/beds/3":  "/api/wards/{ward}/beds/{bed}",
		"/api/wards/MÜLLER/nothing": "",
		"/api//wards/x/beds/3":      "",
		"/api/openapi.json":         "/api/openapi.json",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, path, nil)
		if got := h.Pattern(r); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestAnswersArePacked holds what a phone on a slow line needs, and that nobody
// gets what they cannot read.
func TestAnswersArePacked(t *testing.T) {
	for _, tt := range []struct {
		name, accept string
		size         int
		want         string
	}{
		{"a browser", "gzip, deflate, br, zstd", 200, "gzip"},
		{"weighed", "br;q=1.0, GZIP;q=0.8", 200, "gzip"},
		{"refused", "gzip;q=0, br", 200, ""},
		{"not asked for", "", 200, ""},
		{"a weight that is none", "gzip;q=much", 200, ""},
		{"small", "gzip", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := operation.NewHandler(operation.Config{}, []operation.Op{
				operation.New("get", "GET /api/items", "Items", func(context.Context, operation.None) (bedOutput, error) {
					return bedOutput{Items: make([]item, tt.size)}, nil
				}),
			})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/items", nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Encoding"); got != tt.want || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("Content-Encoding %q, want %q; Vary %q", got, tt.want, w.Header().Get("Vary"))
			}
			body := io.Reader(w.Body)
			if tt.want != "" {
				if body, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			}
			var out bedOutput
			if err := json.NewDecoder(body).Decode(&out); err != nil || len(out.Items) != tt.size {
				t.Errorf("%d items, %v", len(out.Items), err)
			}
		})
	}
}

func TestSetCookie(t *testing.T) {
	h, _ := newHandler(t, operation.Config{})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/public", nil))
	if got := w.Header().Get("Set-Cookie"); got != "wb=1; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("Set-Cookie %q", got)
	}
}

func TestStream(t *testing.T) {
	for _, tt := range []struct {
		ward  string
		whole bool
	}{{"a", true}, {"breaks", false}} {
		t.Run(tt.ward, func(t *testing.T) {
			done := make(chan struct{})
			h, _ := newHandler(t, operation.Config{Time: time.Nanosecond, Done: done})
			s := httptest.NewServer(h)
			defer s.Close()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/wards/"+tt.ward+"/stream", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Person", "ann")
			answer, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close() //nolint:errcheck // read to the end below
			if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
				t.Errorf("Content-Type %q", got)
			}
			const want = "id: 7\ndata: {\"id\":\"a\\nb\"}\n\ndata: {\"id\":\"c\"}\n\n"
			got := make([]byte, len(want))
			if _, err := io.ReadFull(answer.Body, got); err != nil || string(got) != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
			close(done) // the server stops
			rest, err := io.ReadAll(answer.Body)
			if len(rest) > 0 || (err == nil) != tt.whole {
				t.Errorf("then %q, %v; want a whole answer: %v", rest, err, tt.whole)
			}
		})
	}
}

func TestNewHandlerRefusesMistakesInTheTable(t *testing.T) {
	type noTag struct {
		Ward string `path:"ward"`
	}
	type body struct {
		Name string `json:"name"`
	}
	for _, tt := range []struct {
		name, want string
		ops        []operation.Op
	}{
		{"a parameter that the path lacks", "no {ward}", []operation.Op{operation.New("a", "GET /api/a", "A", none[wardInput])}},
		{"a parameter that the input lacks", "1 parameters", []operation.Op{operation.New("a", "GET /api/{a}", "A", none[operation.None])}},
		{"a parameter that the body has too", `json:"-"`, []operation.Op{operation.New("a", "PUT /api/{ward}", "A", none[noTag])}},
		{"a body where there is none", "takes no body", []operation.Op{operation.New("a", "GET /api/a", "A", none[body])}},
		{"a route twice", "another operation", []operation.Op{operation.New("a", "GET /api/a", "A", none[operation.None]), operation.New("b", "GET /api/a", "B", none[operation.None])}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := operation.NewHandler(operation.Config{}, tt.ops); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func none[In any](context.Context, In) (operation.None, error) { return operation.None{}, nil }

// FuzzDecode holds that no input is answered by an internal error, and that
// nothing that came in is repeated at length.
func FuzzDecode(f *testing.F) {
	f.Add("a", "3", "quick=1", `{"name":"x","list":[{"id":"1"}]}`)
	f.Add("a%2Fb", "-9223372036854775808", "quick=%", `{"inner":null,"list":null}`)
	f.Add("a", "1e3", "&&=", `{"name":"\ud800"}`)
	f.Add("a", "3", "", strings.Repeat("[", 200))
	f.Add("a", "3", "", `{"`+strings.Repeat("x", 200)+`":1}`)
	h, err := operation.NewHandler(operation.Config{BodyBytes: 4096}, table())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, ward, bed, query, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/api/wards/a/beds/1", strings.NewReader(body))
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "/api/wards/"+ward+"/beds/"+bed, "", query
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code < 200 || w.Code >= 300 && w.Code < 400 {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
		if w.Code == http.StatusBadRequest && w.Body.Len() > 4096 {
			t.Errorf("an answer of %d bytes", w.Body.Len())
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("not JSON: %q", w.Body)
		}
	})
}
