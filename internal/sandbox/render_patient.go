package sandbox

import "github.com/wardbridge/wardbridge/internal/fhir"

func (r *renderer) patient(p *patient) {
	r.resource("Patient", p.id)
	r.narrative(p.story)
	if len(p.identifiers) > 0 {
		r.array("identifier")
		for _, i := range p.identifiers {
			r.identifier(i)
		}
		r.endA()
	}
	r.bool("active", !p.inactive)
	if len(p.names) > 0 {
		r.array("name")
		for _, n := range p.names {
			r.name("", n)
		}
		r.endA()
	}
	r.telecom(p.telecom)
	r.str("gender", p.gender)
	r.birth(p)
	switch p.deceased {
	case "":
	case "true":
		r.bool("deceasedBoolean", true)
	default:
		r.str("deceasedDateTime", p.deceased)
	}
	if len(p.addresses) > 0 {
		r.array("address")
		for _, a := range p.addresses {
			r.address(a)
		}
		r.endA()
	}
	if p.marital != "" {
		r.concept("maritalStatus", concept{sys: sysMarital, code: p.marital, display: marital(p.marital)})
	}
	if p.birthOrder > 0 {
		r.int("multipleBirthInteger", p.birthOrder)
	}
	r.kin(p.contacts)
	if p.language != "" {
		r.array("communication")
		r.object("")
		r.concept("language", concept{sysLanguage, p.language, p.langName, p.langName})
		r.bool("preferred", true)
		r.end()
		r.endA()
	}
	gp := "generalPractitioner"
	if r.old() {
		gp = "careProvider"
	}
	r.references(gp, p.gp)
	r.reference("managingOrganization", p.org)
	r.merged(p.replacedBy)
	r.close()
}

func (r *renderer) birth(p *patient) {
	r.str("birthDate", p.birth)
	switch {
	case p.birthAbsent:
		r.absent("_birthDate")
	case p.birthTime != "":
		r.object("_birthDate")
		r.array("extension")
		r.object("")
		if r.old() { // named before the extension moved into the patient's own
			r.str("url", "http://hl7.org/fhir/StructureDefinition/birthTime")
		} else {
			r.str("url", "http://hl7.org/fhir/StructureDefinition/patient-birthTime")
		}
		r.str("valueDateTime", p.birthTime)
		r.end()
		r.endA()
		r.end()
	}
}

func (r *renderer) address(a address) {
	r.object("")
	r.str("use", a.use)
	if a.line != "" {
		r.strings("line", []string{a.line})
	}
	r.str("city", a.city)
	r.str("state", a.state)
	r.str("postalCode", a.postal)
	r.str("country", a.country)
	r.end()
}

// kin writes the contacts; DSTU2 has its own codes for the relationship.
func (r *renderer) kin(list []contact) {
	if len(list) == 0 {
		return
	}
	r.array("contact")
	for _, k := range list {
		rel := concept{sysContactRel, k.relation, map[string]string{"N": "Next-of-Kin", "C": "Emergency Contact"}[k.relation], k.label}
		if r.old() {
			rel.code = map[string]string{"N": "family", "C": "emergency"}[k.relation]
			rel.display = map[string]string{"N": "Family", "C": "Emergency"}[k.relation]
		}
		r.object("")
		r.concepts("relationship", rel)
		r.name("name", k.name)
		if k.phone != "" {
			r.telecom([]telecom{{"phone", k.phone, "mobile"}})
		}
		r.end()
	}
	r.endA()
}

// merged points from a record that was merged away to the one that stays.
func (r *renderer) merged(into string) {
	if into == "" {
		return
	}
	kind := "replaced-by"
	if r.old() {
		kind = "replace"
	}
	r.array("link")
	r.object("")
	r.to("other", "Patient", into)
	r.str("type", kind)
	r.end()
	r.endA()
}

func marital(code string) string {
	switch code {
	case "S":
		return "Never Married"
	case "M":
		return "Married"
	case "D":
		return "Divorced"
	case "W":
		return "Widowed"
	}
	return ""
}

func (r *renderer) coverage(rec *record, c *coverage) {
	r.resource("Coverage", c.id)
	if r.old() {
		r.coverageOld(rec, c)
		r.close()
		return
	}
	r.number(memberNo, c.subscriberID)
	r.str("status", c.status)
	r.concept("type", c.typ)
	holder, relation := c.subscriber, "child"
	if holder == "" {
		holder, relation = rec.pat.id, "self"
	}
	r.to("subscriber", "Patient", holder)
	r.str("subscriberId", c.subscriberID)
	r.to("beneficiary", "Patient", rec.pat.id)
	r.concept("relationship", concept{sys: sysCoverRel, code: relation})
	r.period("period", c.start, c.end)
	r.references("payor", c.payor)
	if r.v == fhir.STU3 {
		r.object("grouping")
		r.str("group", c.group)
		r.str("groupDisplay", c.groupName)
		r.str("plan", c.planID)
		r.str("planDisplay", c.plan)
		r.end()
	} else if c.group != "" || c.plan != "" {
		r.array("class")
		r.class("group", c.group, c.groupName)
		r.class("plan", c.planID, c.plan)
		r.endA()
	}
	r.str("network", c.network)
	r.close()
}

// class writes one Coverage.class; its value is mandatory, so the name stands
// in when there is none.
func (r *renderer) class(code, value, label string) {
	if value == "" {
		value = label
	}
	if value == "" {
		return
	}
	r.object("")
	r.concept("type", concept{sys: sysCoverClass, code: code})
	r.str("value", value)
	r.str("name", label)
	r.end()
}

// coverageOld is DSTU2's: the plan is text for people, and the only link to a
// patient is the subscriber, so it is the patient even where another holds the
// policy.
func (r *renderer) coverageOld(rec *record, c *coverage) {
	r.reference("issuer", c.payor)
	r.period("period", c.start, c.end)
	if !c.typ.empty() {
		t := c.typ
		t.text = ""
		r.coding("type", t)
	}
	if c.subscriberID != "" {
		r.object("subscriberId")
		r.str("system", memberNo)
		r.str("value", c.subscriberID)
		r.end()
	}
	r.str("group", c.group)
	r.str("plan", c.plan)
	r.to("subscriber", "Patient", rec.pat.id)
	if c.network != "" {
		r.object("network")
		r.str("value", c.network)
		r.end()
	}
}
