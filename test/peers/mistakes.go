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
	path    *regexp.Regexp // of the error; nil is anywhere
	text    *regexp.Regexp // of the error
	probe   string
	why     string

	count int
}

func mistakes() []*mistake {
	acrossVersions := regexp.MustCompile(`^Extension url 'http://hl7\.org/fhir/[134]\.0/StructureDefinition/extension-[A-Za-z.]+' is not valid \(invalid Version '[134]\.0'\)$`)
	const why = "the definitions of the extensions that carry an element of another version are not among HAPI's jars"
	const insideItself = "the elements of a resource inside one of its own type are not recognised"
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
		{
			version: "dstu2", why: insideItself,
			path: regexp.MustCompile(`^Bundle\.entry\.resource\.link$`),
			text: regexp.MustCompile(`^Unrecognized property '(relation|url)'`),
			probe: `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Bundle","type":"searchset","total":0,` +
				`"link":[{"relation":"self","url":"https://example.org/Patient"}]}}]}`,
		},
		{
			version: "dstu2", why: insideItself,
			path: regexp.MustCompile(`^Medication(\.contained)?\.product$`),
			text: regexp.MustCompile(`^Unrecognized property '(form|ingredient|batch)'`),
			probe: `{"resourceType":"Medication","id":"x","contained":[{"resourceType":"Medication","id":"m","product":{"form":{"text":"x"}}}],` +
				`"package":{"content":[{"item":{"reference":"#m"}}]},"product":{"form":{"text":"x"}}}`,
		},
	}
}

func (m *mistake) matches(f finding) bool {
	return m.text.MatchString(f.Text) && (m.path == nil || m.path.MatchString(f.Path))
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
			if !m.matches(f) {
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
		if m.version == version && m.matches(f) {
			m.count++
			return true
		}
	}
	return false
}
