package sandbox

import "github.com/wardbridge/wardbridge/internal/fhir"

// shared is the Bundle of what all patients point at.
func (r *renderer) shared(w *world) Bundle {
	r.begin()
	for _, o := range w.orgs {
		r.organization(o)
	}
	for _, s := range w.staff {
		r.practitioner(s)
		if !r.old() {
			r.role(s)
		}
	}
	for _, l := range w.places {
		r.location(l)
	}
	for _, m := range w.drugs {
		r.medication(m)
	}
	return r.finish("shared")
}

func (r *renderer) organization(o organization) {
	r.resource("Organization", o.id)
	r.bool("active", true)
	typ := concept{sysOrgType, o.typ, o.typName, ""}
	if r.old() {
		r.concept("type", typ)
	} else {
		r.concepts("type", typ)
	}
	r.str("name", o.name)
	r.phone(o.phone)
	r.array("address")
	r.address(address{use: "work", city: o.city, state: "NQ", country: "US"})
	r.endA()
	r.close()
}

// practitioner: one name and inline roles in DSTU2, names and a resource of its
// own for the role after.
func (r *renderer) practitioner(s practitioner) {
	r.resource("Practitioner", s.id)
	r.number(staffNo, s.number)
	r.bool("active", true)
	if r.old() {
		r.name("name", s.name)
	} else {
		r.array("name")
		r.name("", s.name)
		r.endA()
	}
	r.phone(s.phone)
	r.str("gender", s.gender)
	if r.old() {
		r.array("practitionerRole")
		r.object("")
		r.reference("managingOrganization", ref{"Organization", hospital, hospitalName})
		r.concept("role", concept{sysPracRole, s.role, s.call, ""})
		r.concepts("specialty", s.specialty)
		r.end()
		r.endA()
	}
	r.close()
}

func (r *renderer) role(s practitioner) {
	r.resource("PractitionerRole", s.id+"-r1")
	r.bool("active", true)
	r.reference("practitioner", ref{"Practitioner", s.id, s.display})
	r.reference("organization", ref{"Organization", hospital, hospitalName})
	r.concepts("code", concept{sysPracRole, s.role, s.call, ""})
	r.concepts("specialty", s.specialty)
	r.close()
}

func (r *renderer) location(l location) {
	r.resource("Location", l.id)
	r.str("status", "active")
	r.str("name", l.name)
	r.str("description", l.description)
	r.str("mode", "instance")
	kind := concept{sysRoleCode, l.kind, l.kindName, ""}
	if r.v == fhir.R4 {
		r.concepts("type", kind)
	} else {
		r.concept("type", kind)
	}
	r.phone(l.phone)
	physical := l.physical
	if r.old() && physical == "wa" { // a ward has no code of its own in DSTU2
		physical = "wi"
	}
	names := map[string]string{"bu": "Building", "wi": "Wing", "wa": "Ward", "ro": "Room", "bd": "Bed"}
	r.concept("physicalType", concept{sysPhysical, physical, names[physical], ""})
	r.reference("managingOrganization", ref{"Organization", hospital, hospitalName})
	r.reference("partOf", l.partOf)
	r.close()
}

func (r *renderer) medication(m medication) {
	r.resource("Medication", "med-"+m.key)
	r.concept("code", concept{m.sys, m.code, m.display, m.display})
	form := concept{text: m.form}
	if r.old() {
		r.object("product")
		r.concept("form", form)
		r.end()
		r.close()
		return
	}
	r.str("status", "active")
	r.concept("form", form)
	r.close()
}
