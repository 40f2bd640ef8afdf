package sandbox

import (
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A renderer writes records in one version. It is used by one goroutine.
type renderer struct {
	writer
	v       fhir.Version
	sys     [sysCount]string
	entries []Entry
	starts  []int // where each entry's resource begins and ends in b
	size    int   // of the last bundle, to make the next buffer at once
}

func newRenderer(v fhir.Version) *renderer {
	return &renderer{v: v, sys: uris(v), size: 64 << 10}
}

// old reports whether the version is DSTU2.
func (r *renderer) old() bool { return r.v == fhir.DSTU2 }

// begin and finish frame a transaction Bundle.
func (r *renderer) begin() {
	r.b = make([]byte, 0, r.size+r.size/4)
	r.entries, r.starts = nil, r.starts[:0]
	r.object("")
	r.str("resourceType", "Bundle")
	r.str("type", "transaction")
	r.array("entry")
}

func (r *renderer) finish(name string) Bundle {
	r.endA()
	r.end()
	for i := range r.entries {
		r.entries[i].Body = r.b[r.starts[2*i]:r.starts[2*i+1]:r.starts[2*i+1]]
	}
	r.size = len(r.b)
	return Bundle{Name: name, Body: r.b, Entries: r.entries}
}

// resource opens an entry and its resource; close ends both. Without a
// fullUrl references stay as they are, which is right for PUTs of known ids.
func (r *renderer) resource(typ, id string) {
	r.object("")
	r.object("resource")
	r.starts = append(r.starts, len(r.b)-1)
	r.str("resourceType", typ)
	r.str("id", id)
	r.entries = append(r.entries, Entry{Type: typ, ID: id})
}

func (r *renderer) close() {
	r.end()
	r.starts = append(r.starts, len(r.b))
	e := r.entries[len(r.entries)-1]
	r.object("request")
	r.str("method", "PUT")
	r.str("url", e.Type+"/"+e.ID)
	r.end()
	r.end()
}

// bundle is a patient's transaction.
func (r *renderer) bundle(rec *record) Bundle {
	r.begin()
	r.patient(&rec.pat)
	for i := range rec.conditions {
		r.condition(rec, &rec.conditions[i])
	}
	for i := range rec.encounters {
		r.encounter(rec, &rec.encounters[i])
	}
	for i := range rec.obs {
		r.observation(rec, &rec.obs[i])
	}
	for i := range rec.allergies {
		r.allergy(rec, &rec.allergies[i])
	}
	for i := range rec.orders {
		r.order(rec, &rec.orders[i])
	}
	for i := range rec.statements {
		r.statement(rec, &rec.statements[i])
	}
	for i := range rec.coverages {
		r.coverage(rec, &rec.coverages[i])
	}
	return r.finish(rec.pat.id)
}

// narrative writes the text element.
func (r *renderer) narrative(s string) {
	if s == "" {
		return
	}
	r.object("text")
	r.str("status", "generated")
	div := append([]byte(`<div xmlns="http://www.w3.org/1999/xhtml"><p>`), escapeXHTML(nil, s)...)
	r.str("div", string(append(div, "</p></div>"...)))
	r.end()
}

// coding writes one Coding; an empty key makes it an array's element.
func (r *renderer) coding(key string, c concept) {
	r.object(key)
	r.str("system", r.sys[c.sys])
	r.str("code", c.code)
	r.str("display", c.display)
	r.end()
}

// concept writes a CodeableConcept, or nothing for an empty one.
func (r *renderer) concept(key string, c concept) {
	if c.empty() {
		return
	}
	r.object(key)
	if c.code != "" || c.display != "" {
		r.array("coding")
		r.coding("", c)
		r.endA()
	}
	r.str("text", c.text)
	r.end()
}

// concepts writes a CodeableConcept where the version wants an array of them.
func (r *renderer) concepts(key string, c concept) {
	if c.empty() {
		return
	}
	r.array(key)
	r.concept("", c)
	r.endA()
}

// status writes what is a bare code before R4 and a CodeableConcept in it.
func (r *renderer) status(key string, sys system, code string) {
	if r.v == fhir.R4 && code != "" {
		r.concept(key, concept{sys: sys, code: code})
		return
	}
	r.str(key, code)
}

func (r *renderer) reference(key string, f ref) {
	if f.empty() {
		return
	}
	r.object(key)
	if f.id != "" {
		r.str("reference", f.typ+"/"+f.id)
	}
	r.str("display", f.display)
	r.end()
}

func (r *renderer) references(key string, f ref) {
	if f.empty() {
		return
	}
	r.array(key)
	r.reference("", f)
	r.endA()
}

// to is a reference by type and id, when there is an id.
func (r *renderer) to(key, typ, id string) {
	if id != "" {
		r.reference(key, ref{typ: typ, id: id})
	}
}

// whose points at the patient: under "patient" in DSTU2, later "subject".
func (r *renderer) whose(rec *record) {
	key := "subject"
	if r.old() {
		key = "patient"
	}
	r.to(key, "Patient", rec.pat.id)
}

// during points at the encounter: STU3 alone calls it context.
func (r *renderer) during(id string) {
	key := "encounter"
	if r.v == fhir.STU3 {
		key = "context"
	}
	r.to(key, "Encounter", id)
}

func (r *renderer) period(key, start, end string) {
	if start == "" && end == "" {
		return
	}
	r.object(key)
	r.str("start", start)
	r.str("end", end)
	r.end()
}

func (r *renderer) quantity(key string, q quantity) {
	if q.value == "" {
		return
	}
	r.object(key)
	r.raw("value", q.value)
	r.str("unit", q.unit)
	if q.code != "" {
		r.str("system", r.sys[sysUCUM])
		r.str("code", q.code)
	}
	r.end()
}

// notes writes remarks: one string in DSTU2 under the key old, else an array
// of Annotations under note.
func (r *renderer) notes(old, text string) {
	if text == "" {
		return
	}
	if r.old() {
		r.str(old, text)
		return
	}
	r.array("note")
	r.object("")
	r.str("text", text)
	r.end()
	r.endA()
}

func (r *renderer) identifier(i identifier) {
	r.object("")
	r.str("use", i.use)
	r.concept("type", i.typ)
	r.str("system", i.system)
	r.str("value", i.value)
	if i.assigner != "" {
		r.reference("assigner", ref{display: i.assigner})
	}
	r.end()
}

// number writes a resource's only identifier.
func (r *renderer) number(system, value string) {
	r.array("identifier")
	r.identifier(identifier{use: "official", system: system, value: value})
	r.endA()
}

func (r *renderer) telecom(list []telecom) {
	if len(list) == 0 {
		return
	}
	r.array("telecom")
	for _, t := range list {
		r.object("")
		r.str("system", t.system)
		r.str("value", t.value)
		r.str("use", t.use)
		r.end()
	}
	r.endA()
}

func (r *renderer) phone(number string) {
	if number != "" {
		r.telecom([]telecom{{"phone", number, "work"}})
	}
}

// name writes a HumanName; family is an array in DSTU2 only.
func (r *renderer) name(key string, n name) {
	r.object(key)
	if n.script != "" {
		r.array("extension")
		r.object("")
		r.str("url", "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation")
		r.str("valueCode", n.script)
		r.end()
		r.endA()
	}
	r.str("use", n.use)
	r.str("text", n.text)
	switch {
	case n.absent && r.old():
		r.array("_family")
		r.absent("")
		r.endA()
	case n.absent:
		r.absent("_family")
	case n.family == "":
	case r.old():
		r.array("family")
		r.item(n.family)
		r.endA()
	default:
		r.str("family", n.family)
	}
	r.strings("given", n.given)
	if n.prefix != "" {
		r.strings("prefix", []string{n.prefix})
	}
	if n.suffix != "" {
		r.strings("suffix", []string{n.suffix})
	}
	r.end()
}

func (r *renderer) strings(key string, list []string) {
	if len(list) == 0 {
		return
	}
	r.array(key)
	for _, s := range list {
		r.item(s)
	}
	r.endA()
}

// absent writes the shadow of a primitive that is missing for a reason.
func (r *renderer) absent(key string) {
	r.object(key)
	r.array("extension")
	r.object("")
	r.str("url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason")
	r.str("valueCode", "unknown")
	r.end()
	r.endA()
	r.end()
}
