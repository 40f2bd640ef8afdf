package mapping

import "github.com/wardbridge/wardbridge/internal/fhir"

// actions are the functions that table lines name with do=.
func actions() map[string]action {
	return map[string]action{
		"contained": contained, "extensions": (*converter).extensions, "silent": silent,
		"xhtml": xhtml, "profiles": profiles, "family": family, "codingSystem": codingSystem, "codingCode": codingCode,
		"systemURI": systemURI, "currency": currency, "author": author, "refer": refer, "bodySite": bodySite,
		"doseAndRate": doseAndRate, "doseOrRate": doseOrRate,
		"animal": animal, "encounterStatus": encounterStatus, "diagnosis": silent, "hospitalization": hospitalization,
		"coverageStatus": coverageStatus, "subscriber": silent, "classes": silent, "bin": bin, "xpath": xpath, "method": method, "nested": nested,
		"focus": focus, "firstEvent": firstEvent, "related": related, "members": silent,
		"clinicalStatus": clinicalStatus, "abated": abated, "allergyStatus": allergyStatus, "onsetStart": onsetStart,
		"intent": intent, "doNotPerform": doNotPerform, "requester": requester, "oneReason": oneReason, "orderNote": orderNote,
		"substitution": substitution, "statementStatus": statementStatus, "statementReason": statementReason,
		"medicationStatus": medicationStatus, "product": product, "productPart": productPart, "item": item, "package": packaged,
		"fhirVersion": fhirVersion, "resourceType": resourceType, "interactions": silent,
	}
}

// endings add to an object what no line can say, by the name of its plan.
func endings() map[string]ending {
	return map[string]ending{
		"Extension": extensionEnd, "Observation": observationEnd, "Condition": conditionEnd, "AllergyIntolerance": allergyEnd,
		"Dosage": dosageEnd, "StatementDosage": dosageEnd, "MedicationRequest": orderEnd, "MedicationStatement": statementEnd, "Medication": medicationEnd,
		"Encounter": encounterEnd, "Coverage": coverageEnd, "CapabilityStatement.rest": restEnd,
	}
}

// picks choose the one of many that a version has room for.
func picks() map[string]func(fhir.Node) fhir.Node {
	return map[string]func(fhir.Node) fhir.Node{"vitalSigns": vitalSigns, "properName": properName}
}

// orders put an array's elements in another order.
func orders() map[string]func(fhir.Node) []fhir.Node {
	return map[string]func(fhir.Node) []fhir.Node{"location": latestLocation}
}

// consumed are the extensions that functions read, so that they do not also
// travel on: plan name, the version they are read for, URL.
func consumed() []consumption {
	list := []consumption{
		{"HumanName", fhir.DSTU2, familyRepeat},
		{"MedicationRequest", fhir.STU3, onBehalfOf},
		{"AllergyIntolerance", fhir.DSTU2, allergyStatusURL},
		{"MedicationStatement", fhir.STU3, reasonNotTakenURL},
		{"MedicationStatement", fhir.DSTU2, reasonNotTakenURL},
		{"MedicationStatement", fhir.STU3, reasonCodeURL},
		{"MedicationStatement", fhir.DSTU2, reasonCodeURL},
		{"MedicationStatement", fhir.STU3, statementStatusURL},
		{"MedicationStatement", fhir.DSTU2, statementStatusURL},
	}
	for _, r := range relations {
		if r.url != "" {
			list = append(list, consumption{"Observation", fhir.DSTU2, r.url}, consumption{"Observation", fhir.STU3, r.url})
		}
	}
	return list
}

type consumption struct {
	plan string
	to   fhir.Version
	url  string
}

// contained converts the resources within a resource.
func contained(c *converter, f *frame, s *step, v, _ fhir.Node) {
	mark := c.key(f, s)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	tried := c.within
	if len(c.path) > 1 { // within another, or its trial
		tried = nil
	}
	for r := range v.Values() {
		c.next(start)
		switch {
		case len(tried) > 0:
			c.buf = append(c.buf, tried[0].out...)
			c.lost(tried[0].losses)
			tried = tried[1:]
		case c.gone[r.Get("id").String()], !c.resource(r):
			c.lose(s.name, "")
		}
		c.unnext(start)
	}
	c.closeList(f, s, mark, start)
}

// nested converts a resource within a Bundle.
func nested(c *converter, f *frame, s *step, v, _ fhir.Node) {
	if s.to == "" {
		c.lose(s.name, s.rule)
		return
	}
	mark := c.key(f, s)
	inner := converter{d: c.d, opt: c.opt}
	if v.IsObject() && inner.resource(v) && inner.rep.Withheld == "" {
		c.buf = append(c.buf, inner.buf...)
		c.lost(inner.rep.Losses)
		return
	}
	c.cut(f, s, mark)
	c.lose(s.name, "")
}

// method: R4 asks for what the versions before do not offer.
func method(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to < fhir.R4 && (v.Is("HEAD") || v.Is("PATCH")) {
		c.withhold("Bundle.entry.request.method: no version below R4 has " + v.String() + " in a Bundle")
	}
	c.element(f, s, v, shadow)
}

// xpath is OperationOutcome.issue.location, which only DSTU2 still wants.
func xpath(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to == fhir.DSTU2 {
		c.element(f, s, v, shadow)
		return
	}
	c.lose(s.name, s.rule)
}
