package remote

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// forms remembers whether the provider takes a search as a form.
type forms struct {
	taken atomic.Bool  // it did
	until atomic.Int64 // it does not, until then; Unix ns
}

// relearn is after how long a refusal is tried again.
const relearn = time.Hour

func (f *forms) took()                      { f.taken.Store(true) }
func (f *forms) refused(now time.Time) bool { return now.UnixNano() < f.until.Load() }

func (f *forms) refuse(now time.Time) {
	f.taken.Store(false)
	f.until.Store(now.Add(relearn).UnixNano())
}

// mayRefuse reports whether a status may mean that forms are not taken. Some
// mean the search itself, or the form: asking with GET tells which. A provider
// that took one before means the search.
func (f *forms) mayRefuse(status int) bool {
	switch status {
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusNotImplemented:
		return true
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
		return !f.taken.Load()
	}
	return false
}

// longQuery is from how many bytes on a query is sent as a form.
const longQuery = 1500

// personal are the search parameters whose values tell who a person is. In
// URLs they would end up in the logs of whatever is between here and there.
var personal = map[string]bool{
	"name": true, "family": true, "given": true, "phonetic": true, "identifier": true, "birthdate": true, "death-date": true,
	"phone": true, "email": true, "telecom": true, "address": true, "address-city": true, "address-country": true,
	"address-postalcode": true, "address-state": true, "address-use": true, "_content": true, "_text": true, "_filter": true,
}

// asForm decides how a search is sent.
func (r *Remote) asForm(req *fhir.Request) bool {
	switch r.cfg.Search {
	case SearchGet:
		return false
	case SearchPost:
		return true
	}
	size, named := 0, false
	for _, p := range req.Params {
		size += len(p.Name) + len(p.Value) + 2
		param, _, _ := strings.Cut(p.Name, ":")
		if i := strings.LastIndexByte(p.Name, '.'); i >= 0 { // patient.name, subject:Patient.name
			param, _, _ = strings.Cut(p.Name[i+1:], ":")
			named = named || personal[param]
		}
		named = named || req.Type == "Patient" && personal[param]
	}
	return (named || size > longQuery) && !r.form.refused(r.cfg.Clock())
}
