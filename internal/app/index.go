package app

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

//go:embed index.html
var indexHTML string

// An index is the page at /: what runs here and where to go. It loads nothing
// and names no tenant, client or store.
type index struct {
	s    *System
	page *template.Template
	csp  string
}

type indexData struct {
	Version, Origin string
	Faces           []indexFace
	Metrics         bool
}

type indexFace struct{ Name, Release, URL string }

func newIndex(s *System) *index {
	_, rest, _ := strings.Cut(indexHTML, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return &index{
		s:    s,
		page: template.Must(template.New("index").Parse(indexHTML)),
		csp: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
}

func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		fail(w, r, http.StatusMethodNotAllowed, "This page can only be read.")
		return
	}
	origin := x.s.publicURL(r)
	data := indexData{Version: x.s.opt.Version, Origin: origin, Metrics: x.s.cfg.Metrics.Listen == ""}
	names := map[fhir.Version]string{fhir.DSTU2: "DSTU2", fhir.STU3: "STU3", fhir.R4: "R4"}
	for _, v := range fhir.Versions() {
		data.Faces = append(data.Faces, indexFace{names[v], v.Release(), origin + "/fhir/" + v.String()})
	}
	var b bytes.Buffer
	if err := x.page.Execute(&b, data); err != nil {
		report(r.Context(), err)
		fail(w, r, http.StatusInternalServerError, "The page could not be made.")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Security-Policy", x.csp)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // the client may have gone
	}
}
