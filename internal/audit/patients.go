package audit

import (
	"bytes"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const patientType = "Patient"

// addResource notes a resource that is given out or written, and the patients
// it is about.
func (r *Record) addResource(res *fhir.Resource) {
	if res.ID == "" {
		return
	}
	r.IDs = append(r.IDs, res.Type+"/"+res.ID)
	if res.Type == patientType {
		r.addPatient(res.ID)
		return
	}
	r.addPatientsIn(res.Body)
}

func (r *Record) addPatient(id string) {
	if !slices.Contains(r.Patients, id) {
		r.Patients = append(r.Patients, id)
	}
}

// addPatientsIn notes every patient a resource refers to. It looks for the
// text of such references instead of walking the resource: a few hundred
// nanoseconds on the request's path. It may find one that only an odd string
// holds, and it finds all: a resource with escapes that could hide one is
// walked.
func (r *Record) addPatientsIn(body []byte) {
	r.scan(body)
	if !bytes.Contains(body, []byte(hidden)) {
		return
	}
	if doc, err := fhir.Index(body); err == nil {
		r.walk(doc.Root())
	}
}

// hidden begins every escape of an ASCII character.
const hidden = `\u00`

func (r *Record) walk(n fhir.Node) {
	if n.IsString() && bytes.Contains(n.Raw(), []byte(hidden)) {
		r.scan([]byte(`"` + n.String() + `"`))
	}
	for c := range n.Children() {
		r.walk(c)
	}
}

func (r *Record) scan(body []byte) {
	const name = patientType
	for {
		i := bytes.Index(body, []byte(name))
		if i < 0 {
			return
		}
		starts := i > 0 && (body[i-1] == '"' || body[i-1] == '/')
		body = body[i+len(name):]
		if !starts {
			continue
		}
		rest := bytes.TrimPrefix(body, []byte(`\`)) // JSON may write / as \/
		if len(rest) == 0 || rest[0] != '/' {
			continue
		}
		rest = rest[1:]
		end := 0
		for end < len(rest) && rest[end] != '"' && rest[end] != '/' && rest[end] != '\\' && end <= 64 {
			end++
		}
		if end < len(rest) && rest[end] != '"' && !historyFollows(rest[end:]) {
			continue
		}
		if id := string(rest[:end]); validID(id) {
			r.addPatient(id)
		}
	}
}

func historyFollows(b []byte) bool {
	return bytes.HasPrefix(b, []byte("/_history")) || bytes.HasPrefix(b, []byte(`\/_history`))
}

// addPatientParam notes the patient a search is confined to. An id is no
// personal data; the value of any other parameter may be, and is not looked
// at.
func (r *Record) addPatientParam(p fhir.Param) {
	name, modifier, _ := strings.Cut(p.Name, ":")
	switch strings.ToLower(name) {
	case "patient", "subject", "beneficiary":
	default:
		return
	}
	for value := range strings.SplitSeq(p.Value, ",") {
		typed := strings.EqualFold(name, patientType) || modifier == patientType
		if i := strings.LastIndex(value, "Patient/"); i >= 0 && (i == 0 || value[i-1] == '/') {
			value, typed = value[i+len("Patient/"):], true
		}
		if typed && modifierAllowsID(modifier) && validID(value) {
			r.addPatient(value)
		}
	}
}

// modifierAllowsID reports whether the value is an id: with :identifier it is
// a record number, which is not recorded; with :missing it is a boolean.
func modifierAllowsID(modifier string) bool { return modifier == "" || modifier == patientType }

// paramName is a parameter's name fit for the record. What has not the form of
// a name may be a value in the wrong place.
func paramName(name string) string {
	if name == "" || len(name) > maxName {
		return "(invalid)"
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == ':', c == '.':
		default:
			return "(invalid)"
		}
	}
	return name
}
