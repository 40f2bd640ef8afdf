package app

import (
	"net/http"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
)

// A router sends a request to its handler. http.ServeMux will not do here: it
// answers //metadata with a redirect, and on FHIR and token paths a redirect
// loses or leaks the bearer token (REQ-ROUTE-3, REQ-META-8).
type router struct {
	// exact handlers by path.
	exact map[string]http.Handler
	// face serves /fhir/{version}/…, store /stores/{store}/fhir/…; both get
	// what follows, percent-encoding still in place.
	face  func(w http.ResponseWriter, r *http.Request, v fhir.Version, path string)
	store func(w http.ResponseWriter, r *http.Request, store, path string)
	// api answers /api/…, pages /patients/….
	api   *operation.Handler
	pages *pages
	// signIn answers /auth/start/{issuer}.
	signIn http.Handler
}

// route finds the handler of a path and the pattern that stands for it in
// records and metrics. The pattern comes from a small fixed set, whatever the
// path is.
func (m *router) route(r *http.Request) (pattern string, h http.Handler) {
	path := r.URL.EscapedPath()
	if h, ok := m.exact[path]; ok {
		return path, h
	}
	trimmed := strings.TrimLeft(path, "/")
	first, rest, _ := strings.Cut(trimmed, "/")
	rest = strings.TrimLeft(rest, "/")
	switch first {
	case "api":
		return m.apiPattern(r), m.api
	case "auth":
		if strings.HasPrefix(path, people.StartPath) {
			return people.StartPath + "{issuer}", m.signIn
		}
	case "patients":
		return m.pages.route(r.URL.Path)
	case "fhir":
		name, below, _ := strings.Cut(rest, "/")
		for _, v := range fhir.Versions() {
			if v.String() == name {
				return "/fhir/" + name + shape(below), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					m.face(w, r, v, below)
				})
			}
		}
		return "/fhir/{unknown}", problem(http.StatusNotFound, "There is no such FHIR endpoint: use /fhir/dstu2, /fhir/stu3 or /fhir/r4.")
	case "stores":
		store, below, _ := strings.Cut(rest, "/")
		below = strings.TrimLeft(below, "/")
		if name, path, _ := strings.Cut(below, "/"); name == "fhir" && plainName(store) {
			return "/stores/{store}/fhir" + shape(path), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				m.store(w, r, store, path)
			})
		}
	}
	return "{unknown}", problem(http.StatusNotFound, "Nothing is served here. The page at / says what is.")
}

// apiPattern is the pattern of an operation.
func (m *router) apiPattern(r *http.Request) string {
	if pattern := m.api.Pattern(r); pattern != "" {
		return pattern
	}
	return "/api/{unknown}"
}

// shape is the pattern of the path below a FHIR base.
func shape(path string) string {
	var seg [5]string
	n := 0
	for s := range strings.SplitSeq(path, "/") {
		if s == "" {
			continue
		}
		if n == len(seg) {
			return "/{unknown}"
		}
		seg[n] = s
		n++
	}
	switch {
	case n == 0:
		return ""
	case n == 1 && seg[0] == "metadata", n == 1 && seg[0] == "_history":
		return "/" + seg[0]
	case seg[0] == ".well-known":
		return "/.well-known"
	case n == 1:
		return "/{type}"
	case n == 2 && (seg[1] == "_search" || seg[1] == "_history"):
		return "/{type}/" + seg[1]
	case n == 2:
		return "/{type}/{id}"
	case n == 3 && seg[2] == "_history":
		return "/{type}/{id}/_history"
	case n == 4 && seg[2] == "_history":
		return "/{type}/{id}/_history/{version}"
	}
	return "/{unknown}"
}

// plainName reports whether s can be the name of a store in a URL.
func plainName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
