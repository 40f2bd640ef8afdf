package sandbox

import (
	"strconv"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

func (r *renderer) allergy(rec *record, a *allergy) {
	r.resource("AllergyIntolerance", a.id)
	r.narrative(a.story)
	if r.old() {
		r.allergyOld(rec, a)
		r.close()
		return
	}
	r.status("clinicalStatus", sysAllergyClinical, a.clinical)
	r.status("verificationStatus", sysAllergyVer, a.verification)
	r.str("type", a.typ)
	if a.category != "" {
		r.strings("category", []string{a.category})
	}
	r.str("criticality", a.criticality)
	r.concept("code", a.code)
	r.to("patient", "Patient", rec.pat.id)
	r.str("onsetDateTime", a.onset)
	if r.v == fhir.STU3 {
		r.str("assertedDate", a.recorded)
	} else {
		r.str("recordedDate", a.recorded)
	}
	r.reference("recorder", a.recorder)
	r.notes("", a.note)
	r.reactions(a.reactions)
	r.close()
}

func (r *renderer) allergyOld(rec *record, a *allergy) {
	r.str("onset", a.onset)
	r.str("recordedDate", a.recorded)
	r.reference("recorder", a.recorder)
	r.to("patient", "Patient", rec.pat.id)
	r.concept("substance", a.code)
	r.str("status", allergyStatusOld(a))
	r.str("criticality", map[string]string{"low": "CRITL", "high": "CRITH", "unable-to-assess": "CRITU"}[a.criticality])
	r.str("type", a.typ)
	if a.category == "biologic" {
		r.str("category", "other")
	} else {
		r.str("category", a.category)
	}
	if a.note != "" {
		r.object("note")
		r.str("text", a.note)
		r.end()
	}
	r.reactions(a.reactions)
}

// allergyStatusOld folds the two statuses into DSTU2's one (version-mapping
// §8).
func allergyStatusOld(a *allergy) string {
	switch {
	case a.verification == "entered-in-error", a.verification == "refuted":
		return a.verification
	case a.clinical == "resolved", a.clinical == "inactive":
		return a.clinical
	case a.plain:
		return "active"
	}
	return a.verification
}

func (r *renderer) reactions(list []reaction) {
	if len(list) == 0 {
		return
	}
	r.array("reaction")
	for _, x := range list {
		r.object("")
		r.concept("substance", x.substance)
		r.array("manifestation")
		for _, m := range x.manifestations {
			r.concept("", m)
		}
		r.endA()
		r.str("description", x.description)
		r.str("severity", x.severity)
		r.end()
	}
	r.endA()
}

func (r *renderer) drug(d drug) {
	if d.byRef {
		r.reference("medicationReference", d.ref)
		return
	}
	r.concept("medicationCodeableConcept", d.code)
}

func (r *renderer) order(rec *record, o *order) {
	if r.old() {
		r.orderOld(rec, o)
		return
	}
	r.resource("MedicationRequest", o.id)
	r.narrative(o.story)
	r.str("status", o.status)
	if r.v == fhir.R4 && o.why != "" {
		r.concept("statusReason", concept{text: o.why})
	}
	r.str("intent", o.intent)
	r.drug(o.drug)
	r.whose(rec)
	r.during(o.encounter)
	r.str("authoredOn", o.written)
	switch {
	case o.by.empty():
	case r.v == fhir.STU3:
		r.object("requester")
		r.reference("agent", o.by)
		r.end()
	default:
		r.reference("requester", o.by)
	}
	r.concepts("reasonCode", o.reason)
	r.notes("", o.note)
	r.doses("dosageInstruction", o.doses)
	r.dispensing(o)
	r.close()
}

func (r *renderer) orderOld(rec *record, o *order) {
	r.resource("MedicationOrder", o.id)
	r.narrative(o.story)
	r.str("dateWritten", o.written)
	if o.status == "cancelled" {
		r.str("status", "stopped")
	} else {
		r.str("status", o.status)
	}
	r.str("dateEnded", o.ended)
	if o.why != "" {
		r.concept("reasonEnded", concept{text: o.why})
	}
	r.whose(rec)
	r.reference("prescriber", o.by)
	r.during(o.encounter)
	r.concept("reasonCodeableConcept", o.reason)
	r.str("note", o.note)
	r.drug(o.drug)
	r.doses("dosageInstruction", o.doses)
	r.dispensing(o)
	r.close()
}

// dispensing writes how much and how long; an ended order's validity says when
// it ended in the versions that have no other place for it.
func (r *renderer) dispensing(o *order) {
	if o.repeats == 0 && o.days == 0 && o.supply.value == "" && o.ended == "" {
		return
	}
	r.object("dispenseRequest")
	if o.ended != "" {
		r.period("validityPeriod", o.written, o.ended)
	}
	if o.repeats > 0 {
		r.int("numberOfRepeatsAllowed", o.repeats)
	}
	r.quantity("quantity", o.supply)
	if o.days > 0 {
		unit := "days"
		if o.days == 1 {
			unit = "day"
		}
		r.quantity("expectedSupplyDuration", quantity{strconv.Itoa(o.days), unit, "d"})
	}
	r.end()
}

// doses writes the dosages of an order: the dose is direct before R4, in
// doseAndRate from then on.
func (r *renderer) doses(key string, list []dose) {
	if len(list) == 0 {
		return
	}
	r.array(key)
	for _, d := range list {
		r.object("")
		r.str("text", d.text)
		if d.extraText != "" {
			extra := concept{text: d.extraText}
			if r.old() {
				r.concept("additionalInstructions", extra)
			} else {
				r.concepts("additionalInstruction", extra)
			}
		}
		r.timing(d)
		if d.asNeeded {
			r.bool("asNeededBoolean", true)
		}
		r.concept("route", d.route)
		switch {
		case d.amount.value == "":
		case r.v == fhir.R4:
			r.array("doseAndRate")
			r.object("")
			r.quantity("doseQuantity", d.amount)
			r.end()
			r.endA()
		case r.old() && key == "dosage": // of a MedicationStatement
			r.quantity("quantityQuantity", d.amount)
		default:
			r.quantity("doseQuantity", d.amount)
		}
		r.end()
	}
	r.endA()
}

func (r *renderer) timing(d dose) {
	if d.times == 0 || d.unit == "" {
		return
	}
	unit := "periodUnit"
	if r.old() {
		unit = "periodUnits"
	}
	r.object("timing")
	r.object("repeat")
	r.int("frequency", d.times)
	r.int("period", d.period)
	r.str(unit, d.unit)
	r.end()
	r.end()
}

func (r *renderer) statement(rec *record, s *statement) {
	r.resource("MedicationStatement", s.id)
	status := s.status
	if s.notTaken && r.v == fhir.R4 {
		status = "not-taken"
	}
	if r.old() {
		r.whose(rec)
		r.reference("informationSource", s.source)
		r.str("dateAsserted", s.asserted)
		r.str("status", status)
		r.bool("wasNotTaken", s.notTaken)
		r.period("effectivePeriod", s.from, s.to)
		r.str("note", s.note)
		r.drug(s.drug)
		r.doses("dosage", []dose{s.dose})
		r.close()
		return
	}
	r.str("status", status)
	r.drug(s.drug)
	r.whose(rec)
	r.period("effectivePeriod", s.from, s.to)
	r.str("dateAsserted", s.asserted)
	r.reference("informationSource", s.source)
	if r.v == fhir.STU3 {
		taken := "y"
		if s.notTaken {
			taken = "n"
		}
		r.str("taken", taken)
	}
	r.notes("", s.note)
	r.doses("dosage", []dose{s.dose})
	r.close()
}
