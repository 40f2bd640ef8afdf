package sandbox

import "github.com/wardbridge/wardbridge/internal/fhir"

func (r *renderer) encounter(rec *record, e *encounter) {
	r.resource("Encounter", e.id)
	r.narrative(e.story)
	if e.visit != "" {
		r.number(visitNo, e.visit)
	}
	status := e.status
	if r.old() && status == "triaged" {
		status = "arrived"
	}
	r.str("status", status)
	if r.old() {
		r.str("class", classOld(e.class))
	} else {
		r.coding("class", concept{sys: sysAct, code: e.class, display: className(e.class)})
	}
	r.concepts("type", e.typ)
	r.whose(rec)
	if !e.attending.empty() {
		r.array("participant")
		r.object("")
		r.concepts("type", concept{sys: sysPartType, code: "ATND", display: "attender"})
		r.reference("individual", e.attending)
		r.end()
		r.endA()
	}
	r.period("period", e.start, e.end)
	reason := "reason"
	if r.v == fhir.R4 {
		reason = "reasonCode"
	}
	r.concepts(reason, e.reason)
	r.admission(e)
	r.whereabouts(e.places)
	r.reference("serviceProvider", ref{"Organization", hospital, hospitalName})
	r.close()
}

// admission writes the diagnosis and how the stay ended: within hospitalization
// in DSTU2, as diagnosis with a role or use after.
func (r *renderer) admission(e *encounter) {
	inpatient := e.class == "IMP"
	if e.diagnosis != "" && !r.old() {
		r.array("diagnosis")
		r.object("")
		r.to("condition", "Condition", e.diagnosis)
		if inpatient {
			role := "role"
			if r.v == fhir.R4 {
				role = "use"
			}
			r.concept(role, concept{sys: sysDiagRole, code: "AD", display: "Admission diagnosis"})
		}
		r.end()
		r.endA()
	}
	if r.old() && e.diagnosis != "" && !inpatient {
		r.array("indication")
		r.to("", "Condition", e.diagnosis)
		r.endA()
	}
	if !inpatient || e.disposition.empty() && (!r.old() || e.diagnosis == "") {
		return
	}
	r.object("hospitalization")
	if r.old() && e.diagnosis != "" {
		r.array("admittingDiagnosis")
		r.to("", "Condition", e.diagnosis)
		r.endA()
	}
	r.concept("dischargeDisposition", e.disposition)
	r.end()
}

func (r *renderer) whereabouts(places []place) {
	if len(places) == 0 {
		return
	}
	r.array("location")
	for _, p := range places {
		r.object("")
		r.reference("location", p.at)
		r.str("status", p.status)
		r.period("period", p.start, p.end)
		r.end()
	}
	r.endA()
}

func classOld(act string) string {
	switch act {
	case "IMP":
		return "inpatient"
	case "EMER":
		return "emergency"
	case "HH":
		return "home"
	case "VR":
		return "virtual"
	}
	return "ambulatory"
}

func className(act string) string {
	switch act {
	case "IMP":
		return "inpatient encounter"
	case "EMER":
		return "emergency"
	case "HH":
		return "home health"
	case "VR":
		return "virtual"
	}
	return "ambulatory"
}

func (r *renderer) observation(rec *record, o *observation) {
	r.resource("Observation", o.id)
	r.narrative(o.story)
	r.str("status", o.status)
	cat := concept{sys: sysObsCategory, code: o.category, display: categoryName(o.category), text: categoryName(o.category)}
	if o.bareCat {
		cat = concept{code: o.category}
	}
	if r.old() {
		r.concept("category", cat)
	} else {
		r.concepts("category", cat)
	}
	r.concept("code", o.code)
	r.to("subject", "Patient", rec.pat.id)
	r.during(o.encounter)
	if o.until != "" {
		r.period("effectivePeriod", o.at, o.until)
	} else {
		r.str("effectiveDateTime", o.at)
	}
	r.str("issued", o.issued)
	r.references("performer", o.performer)
	r.quantity("valueQuantity", o.value)
	r.concept("valueCodeableConcept", o.coded)
	r.absentValue(o.absent)
	r.interpretation(o.flag)
	if o.comment != "" {
		switch r.v {
		case fhir.DSTU2:
			r.str("comments", o.comment)
		case fhir.STU3:
			r.str("comment", o.comment)
		case fhir.R4:
			r.notes("", o.comment)
		}
	}
	if o.low.value != "" {
		r.array("referenceRange")
		r.object("")
		r.quantity("low", o.low)
		r.quantity("high", o.high)
		r.end()
		r.endA()
	}
	r.components(o.parts)
	r.close()
}

func (r *renderer) components(parts []part) {
	if len(parts) == 0 {
		return
	}
	r.array("component")
	for _, p := range parts {
		r.object("")
		r.concept("code", p.code)
		r.quantity("valueQuantity", p.value)
		r.absentValue(p.absent)
		r.end()
	}
	r.endA()
}

func (r *renderer) absentValue(code string) {
	if code != "" {
		r.concept("dataAbsentReason", concept{sys: sysAbsent, code: code, display: map[string]string{"unknown": "Unknown", "error": "Error", "masked": "Masked"}[code]})
	}
}

func (r *renderer) interpretation(flag string) {
	if flag == "" {
		return
	}
	c := concept{sys: sysInterpretation, code: flag, display: map[string]string{"H": "High", "L": "Low", "N": "Normal", "HH": "Critical high", "LL": "Critical low"}[flag]}
	if r.v == fhir.R4 {
		r.concepts("interpretation", c)
		return
	}
	r.concept("interpretation", c)
}

func categoryName(code string) string {
	switch code {
	case "vital-signs":
		return "Vital Signs"
	case "laboratory":
		return "Laboratory"
	case "exam":
		return "Exam"
	}
	return ""
}

func (r *renderer) condition(rec *record, k *condition) {
	r.resource("Condition", k.id)
	r.narrative(k.story)
	if r.old() {
		r.whose(rec)
		r.during(k.encounter)
		r.reference("asserter", k.asserter)
		if len(k.recorded) >= 10 { // dateRecorded is a date, nothing finer
			r.str("dateRecorded", k.recorded[:10])
		} else {
			r.str("dateRecorded", k.recorded)
		}
		r.concept("code", k.code)
		r.concept("category", conditionCategoryOld(k.category))
		if k.clinical != "inactive" { // DSTU2 has no word for it
			r.str("clinicalStatus", k.clinical)
		}
		r.str("verificationStatus", k.verification)
		r.concept("severity", severity(k.severity))
		r.str("onsetDateTime", k.onset)
		r.str("abatementDateTime", k.abated)
		r.notes("notes", k.note)
		r.close()
		return
	}
	r.status("clinicalStatus", sysCondClinical, k.clinical)
	r.status("verificationStatus", sysCondVer, k.verification)
	name := "Problem List Item"
	if k.category == "encounter-diagnosis" {
		name = "Encounter Diagnosis"
	}
	r.concepts("category", concept{sys: sysCondCategory, code: k.category, display: name})
	r.concept("severity", severity(k.severity))
	r.concept("code", k.code)
	r.whose(rec)
	r.during(k.encounter)
	r.str("onsetDateTime", k.onset)
	r.str("abatementDateTime", k.abated)
	if r.v == fhir.STU3 {
		r.str("assertedDate", k.recorded)
	} else {
		r.str("recordedDate", k.recorded)
	}
	r.reference("asserter", k.asserter)
	r.notes("", k.note)
	r.close()
}

func conditionCategoryOld(category string) concept {
	if category == "encounter-diagnosis" {
		return concept{sys: sysCondCategory, code: "diagnosis", display: "Diagnosis"}
	}
	return concept{sys: sysCondCategory, code: "finding", display: "Finding"}
}

func severity(n int) concept {
	switch n {
	case 1:
		return concept{sysSNOMED, "255604002", "Mild", ""}
	case 2:
		return concept{sysSNOMED, "6736007", "Moderate", ""}
	case 3:
		return concept{sysSNOMED, "24484000", "Severe", ""}
	}
	return concept{}
}
