package main

import (
	"fmt"
	"regexp"
)

// A mistake is an error that the validator finds where none is. Each is shown
// by a probe before it excuses anything: once HAPI judges the probe rightly,
// the excuse is gone.
type mistake struct {
	version string         // of the probe, and of what is excused
	text    *regexp.Regexp // of the error
	probe   string
	why     string

	count int
}

func mistakes() []*mistake {
	acrossVersions := regexp.MustCompile(`^Extension url 'http://hl7\.org/fhir/[134]\.0/StructureDefinition/extension-[A-Za-z.]+' is not valid \(invalid Version '[134]\.0'\)$`)
	const why = "the definitions of the extensions that carry an element of another version are not among HAPI's jars"
	return []*mistake{
		{
			version: "dstu2", why: why, text: acrossVersions,
			probe: `{"resourceType":"Condition","id":"x","extension":[{"url":"http://hl7.org/fhir/4.0/StructureDefinition/extension-Condition.recorder",` +
				`"valueReference":{"reference":"Practitioner/x"}}],"patient":{"reference":"Patient/x"},"code":{"text":"x"},"verificationStatus":"confirmed"}`,
		},
		{
			version: "stu3", why: why, text: acrossVersions,
			probe: `{"resourceType":"Condition","id":"x","extension":[{"url":"http://hl7.org/fhir/4.0/StructureDefinition/extension-Condition.recorder",` +
				`"valueReference":{"reference":"Practitioner/x"}}],"clinicalStatus":"active","subject":{"reference":"Patient/x"}}`,
		},
		{
			version: "r4", why: why, text: acrossVersions,
			probe: `{"resourceType":"Patient","id":"x","extension":[{"url":"http://hl7.org/fhir/3.0/StructureDefinition/extension-Patient.animal","valueString":"x"}]}`,
		},
		{
			version: "dstu2",
			why:     "a concept with a coding of the required value set and one of another system is refused, in HL7's own example too",
			text: regexp.MustCompile(`^None of the codings provided are in the value set 'Marital Status Codes' .*` +
				`http://hl7\.org/fhir/(v3/MaritalStatus#[ADILMPSTW]|marital-status#U|v3/NullFlavor#UNK)\b`),
			probe: `{"resourceType":"Patient","id":"x","maritalStatus":{"coding":[{"system":"http://snomed.info/sct","code":"36629006"},` +
				`{"system":"http://hl7.org/fhir/v3/MaritalStatus","code":"M"}]}}`,
		},
	}
}

// shown keeps the mistakes that the validator makes on their probes.
func (v *validator) shown() ([]*mistake, error) {
	var out []*mistake
	for _, m := range mistakes() {
		found, err := v.findings(m.version, []byte(m.probe))
		if err != nil {
			return nil, err
		}
		right := true
		for _, f := range found {
			if !m.text.MatchString(f.Text) {
				return nil, fmt.Errorf("the probe of a mistake has an error of its own at %s: %s", f.Path, f.Text)
			}
			right = false
		}
		if !right {
			out = append(out, m)
		}
	}
	return out, nil
}

// mistaken tells whether an error is one of the validator's known mistakes.
func (j *judgement) mistaken(version string, f finding) bool {
	for _, m := range j.mistakes {
		if m.version == version && m.text.MatchString(f.Text) {
			m.count++
			return true
		}
	}
	return false
}
