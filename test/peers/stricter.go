package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// A stricter is a fault that the record has in its own version already, and
// that only the face's version forbids. Nothing truthful can be made of it: a
// gateway that mended it would say what nobody recorded. Each is looked for in
// the record as it was loaded.
type stricter struct {
	text *regexp.Regexp // of the error
	has  func(in map[string]any, text string) bool
	why  string

	count int
}

func stricters() []*stricter {
	return []*stricter{
		{
			text: regexp.MustCompile(`http://hl7\.org/fhir/StructureDefinition/[a-z]+-\w+`), has: hasExtension,
			why: "an extension of the record, passed on as it is, that the face's version defines otherwise",
		},
		{
			text: regexp.MustCompile(`^Constraint failed: con-4: `), has: activeAndAbated,
			why: "a condition that is active and has abated",
		},
		{
			text: regexp.MustCompile(`^Constraint failed: con-3: `), has: func(in map[string]any, _ string) bool { return in["clinicalStatus"] == nil },
			why: "a condition without a clinical status",
		},
		{
			text: regexp.MustCompile(`^Constraint failed: (age|drt)-1: `), has: notUCUM,
			why: "an age or duration in units that are not UCUM's",
		},
		{
			text: regexp.MustCompile(`maximum value set 'All Languages' .*\(codes = (.*)#`), has: otherLanguages,
			why: "a language that is not of BCP 47",
		},
	}
}

// stricter tells whether the error is one that the record has always had.
func (j *judgement) stricter(in *record, f finding) bool {
	if in == nil {
		return false
	}
	for _, s := range j.stricters {
		if s.text.MatchString(f.Text) && s.has(in.body, f.Text) {
			s.count++
			return true
		}
	}
	return false
}

var definition = regexp.MustCompile(`http://hl7\.org/fhir/StructureDefinition/[\w-]+`)

func hasExtension(in map[string]any, text string) bool {
	raw, err := json.Marshal(in)
	return err == nil && slices.ContainsFunc(definition.FindAllString(text, -1), func(url string) bool {
		return bytes.Contains(raw, []byte(`"url":"`+url+`"`))
	})
}

func activeAndAbated(in map[string]any, _ string) bool {
	status := text(in, "clinicalStatus")
	for name := range in {
		if strings.HasPrefix(name, "abatement") && status == "active" {
			return true
		}
	}
	return false
}

func notUCUM(in map[string]any, _ string) bool {
	for _, name := range []string{"onsetQuantity", "onsetAge", "length"} {
		if q, ok := in[name].(map[string]any); ok && text(q, "system") != "http://unitsofmeasure.org" {
			return true
		}
	}
	return false
}

func otherLanguages(in map[string]any, message string) bool {
	raw, err := json.Marshal(in)
	m := regexp.MustCompile(`\(codes = (.*)#`).FindStringSubmatch(message)
	return err == nil && m != nil && m[1] != "urn:ietf:bcp:47" && bytes.Contains(raw, []byte(`"system":"`+m[1]+`"`))
}
