package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A taken is what a provider is made to lack. HAPI's statement goes on
// declaring it: what it lacks must be found out.
type taken struct {
	Name string
	What string // for the table

	batch    bool     // POST of a Bundle is refused
	post     bool     // POST _search is refused
	total    bool     // no Bundle has a total, whatever is asked
	refused  []string // parameters that are refused
	readOver []string // parameters that are read over in silence
}

const nothing = "nothing"

var sortNames = []string{"_sort", "_sort:asc", "_sort:desc"}

func switches() []taken {
	return []taken{
		{Name: nothing, What: "everything there"},
		{Name: "batch", What: "no batch", batch: true},
		{Name: "post", What: "no POST _search", post: true},
		{Name: "total", What: "no totals", total: true},
		{Name: "sort-refused", What: "_sort refused", refused: sortNames},
		{Name: "sort-ignored", What: "_sort ignored", readOver: sortNames},
		{Name: "all", What: "none of the four", batch: true, post: true, total: true, refused: sortNames},
	}
}

// A proxy stands in front of HAPI on a loopback port of its own.
type proxy struct {
	origin string
	server *http.Server
	done   chan error
}

// lacking starts a proxy to origin that takes t away.
func lacking(ctx context.Context, origin string, t taken) (*proxy, error) {
	to, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	next := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // HAPI writes its links by it
			r.Out.Header.Set("Accept-Encoding", "identity")
		},
		ModifyResponse: t.answer,
	}
	p := &proxy{origin: "http://" + l.Addr().String(), done: make(chan error, 1)}
	p.server = &http.Server{Handler: t.before(next), ReadHeaderTimeout: time.Minute}
	go func() { p.done <- p.server.Serve(l) }()
	return p, nil
}

func (p *proxy) stop() error {
	if err := p.server.Close(); err != nil {
		return err
	}
	if err := <-p.done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// before refuses or edits a request.
func (t taken) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		search := strings.HasSuffix(r.URL.Path, "/_search")
		switch {
		case r.Method == http.MethodPost && search && t.post:
			refuse(w, r, http.StatusMethodNotAllowed, "POST _search")
			return
		case r.Method == http.MethodPost && !search && t.batch:
			refuse(w, r, http.StatusMethodNotAllowed, "a batch")
			return
		}
		form := url.Values{}
		if r.Method == http.MethodPost && search {
			raw, err := io.ReadAll(r.Body)
			if err != nil {
				refuse(w, r, http.StatusBadRequest, "a body that breaks off")
				return
			}
			if form, err = url.ParseQuery(string(raw)); err != nil {
				refuse(w, r, http.StatusBadRequest, "a body that is no form")
				return
			}
		}
		query := r.URL.Query()
		for _, name := range t.refused {
			if query.Has(name) || form.Has(name) {
				refuse(w, r, http.StatusBadRequest, name)
				return
			}
		}
		for _, name := range t.readOver {
			query.Del(name)
			form.Del(name)
		}
		if len(t.readOver) > 0 {
			r.URL.RawQuery = query.Encode()
		}
		if r.Method == http.MethodPost && search {
			body := form.Encode()
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers as a server does that knows no better.
func refuse(w http.ResponseWriter, r *http.Request, status int, what string) {
	version, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	w.Header().Set("Content-Type", media(version))
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported","diagnostics":%q}]}`, what+" is not supported here")
}

// answer takes the totals out of a Bundle, and of the Bundles in it.
func (t taken) answer(resp *http.Response) error {
	if !t.total || !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return nil
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if len(raw) > 0 { // none in a 304
		if raw, err = withoutTotals(raw); err != nil {
			return err
		}
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	resp.Header.Set("Content-Length", strconv.Itoa(len(raw)))
	return nil
}

// withoutTotals keeps everything but the totals; digits stay as they are.
func withoutTotals(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if !stripTotal(v) {
		return raw, nil
	}
	return json.Marshal(v)
}

// stripTotal tells whether v is a Bundle.
func stripTotal(v map[string]any) bool {
	if text(v, "resourceType") != "Bundle" {
		return false
	}
	delete(v, "total")
	entries, _ := v["entry"].([]any)
	for e := range slices.Values(entries) {
		entry, _ := e.(map[string]any)
		if inner, ok := entry["resource"].(map[string]any); ok {
			stripTotal(inner)
		}
	}
	return true
}
