package app

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func builtPages(t *testing.T) *pages {
	t.Helper()
	js := bytes.Repeat([]byte("export const ward = 1;\n"), 100)
	p, err := newPages(fstest.MapFS{
		".vite/manifest.json":     {Data: []byte(`{}`)},
		"patients.html":           {Data: []byte(`<meta property="csp-nonce" nonce="WARDBRIDGE_NONCE"><script nonce="WARDBRIDGE_NONCE"></script>`)},
		"assets/main-1a2b.js":     {Data: js},
		"assets/main-1a2b.js.br":  {Data: []byte("brotli")},
		"assets/main-1a2b.js.map": {Data: []byte("{}")},
		"assets/tiny-3c4d.css":    {Data: []byte("a{}")},
		"icon.svg":                {Data: []byte("<svg></svg>")},
	}, patientsBase, "patients.html", teamsHosts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func askPage(t *testing.T, p *pages, method, path string, head map[string]string) (string, *http.Response) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for k, v := range head {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	pattern, h := p.route(r.URL.Path)
	h.ServeHTTP(w, r)
	return pattern, w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close() //nolint:errcheck // of a recorder
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPages(t *testing.T) {
	const forever = "public, max-age=31536000, immutable"
	for _, tt := range []struct {
		name, method, path string
		head               map[string]string
		status             int
		pattern, cache     string
		encoding           string
	}{
		{"the start", "GET", "/patients/", nil, 200, "/patients/{page}", "no-store", ""},
		{"an address of the app", "GET", "/patients/lists/0a1b", nil, 200, "/patients/{page}", "no-store", ""},
		{"without the slash", "GET", "/patients", nil, 308, "/patients/", "", ""},
		{"an asset, brotli", "GET", "/patients/assets/main-1a2b.js", map[string]string{"Accept-Encoding": "gzip, deflate, br"}, 200, "/patients/{asset}", forever, "br"},
		{"an asset, gzip", "GET", "/patients/assets/main-1a2b.js", map[string]string{"Accept-Encoding": "gzip;q=0.8, br;q=0"}, 200, "/patients/{asset}", forever, "gzip"},
		{"an asset, anything", "GET", "/patients/assets/main-1a2b.js", map[string]string{"Accept-Encoding": "*"}, 200, "/patients/{asset}", forever, "br"},
		{"an asset, plain", "GET", "/patients/assets/main-1a2b.js", nil, 200, "/patients/{asset}", forever, ""},
		{"an asset that gets no smaller", "GET", "/patients/assets/tiny-3c4d.css", map[string]string{"Accept-Encoding": "gzip, br"}, 200, "/patients/{asset}", forever, ""},
		{"a file whose name stays", "GET", "/patients/icon.svg", nil, 200, "/patients/{asset}", "no-cache", ""},
		{"an asset that is gone", "GET", "/patients/assets/main-9f9f.js", nil, 404, "/patients/{asset}", "no-store", ""},
		{"an asset without an ending", "GET", "/patients/assets/main", nil, 404, "/patients/{asset}", "no-store", ""},
		{"the compressed sibling by name", "GET", "/patients/assets/main-1a2b.js.br", nil, 404, "/patients/{asset}", "no-store", ""},
		{"a source map", "GET", "/patients/assets/main-1a2b.js.map", nil, 404, "/patients/{asset}", "no-store", ""},
		{"the manifest", "GET", "/patients/.vite/manifest.json", nil, 404, "/patients/{asset}", "no-store", ""},
		{"the HTML by name", "GET", "/patients/patients.html", nil, 404, "/patients/{asset}", "no-store", ""},
		{"writing a page", "POST", "/patients/", nil, 405, "/patients/{page}", "no-store", ""},
		{"writing an asset", "DELETE", "/patients/icon.svg", nil, 405, "/patients/{asset}", "no-store", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pattern, r := askPage(t, builtPages(t), tt.method, tt.path, tt.head)
			defer r.Body.Close() //nolint:errcheck // of a recorder
			if r.StatusCode != tt.status || pattern != tt.pattern {
				t.Errorf("status %d, pattern %s; want %d, %s", r.StatusCode, pattern, tt.status, tt.pattern)
			}
			if got := r.Header.Get("Cache-Control"); got != tt.cache {
				t.Errorf("Cache-Control %q, want %q", got, tt.cache)
			}
			if got := r.Header.Get("Content-Encoding"); got != tt.encoding {
				t.Errorf("Content-Encoding %q, want %q", got, tt.encoding)
			}
			if tt.pattern == "/patients/{asset}" && tt.status == 200 && (r.Header.Get("Vary") != "Accept-Encoding" || r.Header.Get("ETag") == "") {
				t.Errorf("Vary %q, ETag %q", r.Header.Get("Vary"), r.Header.Get("ETag"))
			}
			if tt.method == "GET" && tt.status == 200 && r.Header.Get("X-Frame-Options") != "" {
				t.Error("X-Frame-Options keeps the page out of Teams")
			}
		})
	}
}

// TestPageHeaders holds the headers of pages that Teams may frame.
func TestPageHeaders(t *testing.T) {
	p := builtPages(t)
	seen := map[string]bool{}
	for range 2 {
		_, r := askPage(t, p, "GET", "/patients/", nil)
		html := bodyOf(t, r)
		m := regexp.MustCompile(`nonce="([^"]+)"`).FindAllStringSubmatch(html, -1)
		if len(m) != 2 || m[0][1] != m[1][1] || len(m[0][1]) < 22 || seen[m[0][1]] {
			t.Fatalf("nonces %v, after %v", m, seen)
		}
		nonce := m[0][1]
		seen[nonce] = true
		want := "default-src 'none'; script-src 'self' 'nonce-" + nonce + "'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data:; font-src 'self'; " +
			"connect-src 'self' https://res.cdn.office.net; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; " +
			"frame-ancestors 'self' https://*.cloud.microsoft https://teams.microsoft.com https://*.teams.microsoft.com https://*.microsoft365.com https://*.office.com https://outlook.office.com https://outlook.office365.com"
		if got := r.Header.Get("Content-Security-Policy"); got != want {
			t.Errorf("Content-Security-Policy\n got %s\nwant %s", got, want)
		}
		if r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers %v", r.Header)
		}
	}
}

func TestAssetEncodingsAreTheSameFile(t *testing.T) {
	p := builtPages(t)
	const path = "/patients/assets/main-1a2b.js"
	_, plain := askPage(t, p, "GET", path, nil)
	_, packed := askPage(t, p, "GET", path, map[string]string{"Accept-Encoding": "gzip"})
	z, err := gzip.NewReader(strings.NewReader(bodyOf(t, packed)))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || string(unpacked) != bodyOf(t, plain) {
		t.Errorf("gzip gives %d bytes, %v", len(unpacked), err)
	}
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Error("two encodings have one strong ETag")
	}
	_, again := askPage(t, p, "GET", path, map[string]string{"Accept-Encoding": "gzip", "If-None-Match": `"x", ` + packed.Header.Get("ETag")})
	if got := bodyOf(t, again); again.StatusCode != http.StatusNotModified || got != "" {
		t.Errorf("status %d, %q; want 304", again.StatusCode, got)
	}
	_, head := askPage(t, p, "HEAD", path, nil)
	if got := bodyOf(t, head); got != "" || head.ContentLength <= 0 {
		t.Errorf("HEAD: %d bytes, Content-Length %d", len(got), head.ContentLength)
	}
}

func TestPagesThatAreNotBuilt(t *testing.T) {
	p, err := newPages(nil, patientsBase, "patients.html", teamsHosts)
	if err != nil {
		t.Fatal(err)
	}
	_, r := askPage(t, p, "GET", "/patients/", nil)
	html := bodyOf(t, r)
	if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(html, "make ui") || strings.Contains(html, noncePlaceholder) {
		t.Errorf("status %d: %s", r.StatusCode, html)
	}
	_, asset := askPage(t, p, "GET", "/patients/assets/main.js", nil)
	if bodyOf(t, asset); asset.StatusCode != http.StatusNotFound {
		t.Errorf("an asset: status %d", asset.StatusCode)
	}
}
