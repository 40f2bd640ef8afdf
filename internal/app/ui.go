package app

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// noncePlaceholder is where the build leaves room for the nonce of one answer
// (html.cspNonce in ui/vite.config.ts): in a nonce attribute of every script,
// style and link, and in <meta property="csp-nonce" nonce="…">, from whose
// .nonce property the pages take it for the styles that they make as they run.
const noncePlaceholder = "WARDBRIDGE_NONCE"

// patientsBase is where the pages of the Patients app are.
const patientsBase = "/patients/"

// teamsHosts may always show the pages in a frame: Microsoft Teams, Microsoft
// 365 and Outlook.
var teamsHosts = []string{
	"'self'", "https://*.cloud.microsoft", "https://teams.microsoft.com", "https://*.teams.microsoft.com",
	"https://*.microsoft365.com", "https://*.office.com", "https://outlook.office.com", "https://outlook.office365.com",
}

//go:embed unbuilt.html
var unbuiltHTML []byte

// pages serves built pages: one HTML file for every address below base, and the
// assets it loads.
type pages struct {
	base   string
	entry  [][]byte // HTML, cut where the nonce goes; nil when not built
	assets map[string]*asset
	csp    func(nonce string) string
}

// An asset is a built file in the encodings that it is asked for.
type asset struct {
	media  string
	hashed bool // its name changes with its content
	etag   string
	raw    []byte
	br     []byte // nil when it would be no smaller
	gz     func() []byte
}

// newPages reads all files of a build; app is nil when there is none.
func newPages(app fs.FS, base, entry string, ancestors []string) (*pages, error) {
	p := &pages{base: base, assets: map[string]*asset{}, csp: policy(ancestors)}
	if app == nil {
		return p, nil
	}
	html, err := fs.ReadFile(app, entry)
	if err != nil {
		return nil, fmt.Errorf("built pages: %w; run make ui", err)
	}
	p.entry = bytes.Split(html, []byte(noncePlaceholder))
	err = fs.WalkDir(app, ".", func(name string, d fs.DirEntry, err error) error {
		media := mediaType(name)
		if err != nil || d.IsDir() || media == "" || strings.HasPrefix(name, ".") {
			return err
		}
		a, err := newAsset(app, name, media)
		p.assets[base+name] = a
		return err
	})
	return p, err
}

func newAsset(app fs.FS, name, media string) (*asset, error) {
	raw, err := fs.ReadFile(app, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	a := &asset{media: media, hashed: strings.HasPrefix(name, "assets/"), etag: hex.EncodeToString(sum[:12]), raw: raw}
	if a.br, err = fs.ReadFile(app, name+".br"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	a.gz = sync.OnceValue(func() []byte { return compressed(raw, media) })
	return a, nil
}

// compressed is nil when it would be no smaller.
func compressed(raw []byte, media string) []byte {
	if strings.HasPrefix(media, "image/png") || media == "font/woff2" {
		return nil
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, err = z.Write(raw)
	if err = errors.Join(err, z.Close()); err != nil || b.Len() >= len(raw) {
		return nil
	}
	return b.Bytes()
}

// mediaType is "" for what is not served as a file.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	}
	return ""
}

// policy is the content security policy of pages that ancestors may frame.
func policy(ancestors []string) func(nonce string) string {
	return func(nonce string) string {
		return "default-src 'none'; script-src 'self' 'nonce-" + nonce + "'; style-src 'self' 'nonce-" + nonce + "'; " +
			"img-src 'self' data:; font-src 'self'; connect-src 'self' https://res.cdn.office.net; " +
			"base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; " +
			"frame-ancestors " + strings.Join(ancestors, " ")
	}
}

// route finds what answers an address below base, and the pattern of it.
func (p *pages) route(name string) (pattern string, h http.Handler) {
	a, ok := p.assets[name]
	switch {
	case ok:
		return p.base + "{asset}", http.HandlerFunc(a.serve)
	case !strings.HasPrefix(name, p.base):
		return p.base, http.RedirectHandler(p.base, http.StatusPermanentRedirect)
	case strings.Contains(path.Base(name), ".") || strings.HasPrefix(name, p.base+"assets/"):
		return p.base + "{asset}", problem(http.StatusNotFound, "There is no such file. Load the page again: it may have been replaced by a newer one.")
	}
	return p.base + "{page}", http.HandlerFunc(p.page)
}

// page answers the entry, with a nonce of its own.
func (p *pages) page(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.csp(nonce))
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	status, body := http.StatusOK, bytes.Join(p.entry, []byte(nonce))
	if p.entry == nil {
		status, body = http.StatusServiceUnavailable, bytes.ReplaceAll(unbuiltHTML, []byte(noncePlaceholder), []byte(nonce))
	}
	write(w, r, status, body)
}

// serve answers the asset in the best encoding that is accepted.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	encoding, body := a.choose(r.Header.Values("Accept-Encoding"))
	etag := `"` + a.etag + `"`
	h := w.Header()
	if encoding != "" {
		etag = `"` + a.etag + "-" + encoding + `"`
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Type", a.media)
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", etag)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	if a.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if noneMatch(r.Header.Values("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	write(w, r, http.StatusOK, body)
}

func (a *asset) choose(accept []string) (encoding string, body []byte) {
	if a.br != nil && accepts(accept, "br") {
		return "br", a.br
	}
	if accepts(accept, "gzip") {
		if gz := a.gz(); gz != nil {
			return "gzip", gz
		}
	}
	return "", a.raw
}

// accepts reads Accept-Encoding (RFC 9110 §12.5.3): a coding that is named, or
// any by *, unless its weight is zero.
func accepts(headers []string, coding string) bool {
	other := false
	for _, h := range headers {
		for part := range strings.SplitSeq(h, ",") {
			name, weight, weighed := strings.Cut(strings.TrimSpace(part), ";")
			ok := true
			if q, is := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q="); weighed && is {
				n, err := strconv.ParseFloat(q, 64)
				ok = err == nil && n > 0
			}
			switch strings.ToLower(strings.TrimSpace(name)) {
			case coding:
				return ok
			case "*":
				other = ok
			}
		}
	}
	return other
}

func noneMatch(headers []string, etag string) bool {
	for _, h := range headers {
		for part := range strings.SplitSeq(h, ",") {
			if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == etag {
				return true
			}
		}
	}
	return false
}

func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	fail(w, r, http.StatusMethodNotAllowed, "This can only be read.")
	return false
}

func write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have gone
	}
}
