package adapt

import (
	"strings"
	"unicode"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// patientName gives each name the family the app requires: split off name.text
// (its last word), or, in a script that writes no spaces, the whole of it; else
// "Unknown" (version-mapping §16).
func patientName(p *pass) {
	names := p.root.Get("name")
	if !names.First().Exists() {
		p.set(p.root, fhir.Member{Name: "name", Raw: []byte(`[{"family":` + string(p.family(unknown)) + `}]`)})
		return
	}
	for n := range names.Values() {
		if !n.IsObject() || n.Get("family").First().Says() {
			continue
		}
		full := strings.TrimSpace(n.Get("text").String())
		given := n.Get("given").First().String()
		switch {
		case full == "":
			p.set(n, fhir.Member{Name: "family", Raw: p.family(unknown)})
		case given != "" || !strings.Contains(full, " ") || cjk(full):
			family := full
			if given != "" {
				family = strings.TrimSpace(strings.TrimPrefix(strings.TrimSuffix(full, given), given))
			}
			if family == "" {
				family = unknown
			}
			p.set(n, fhir.Member{Name: "family", Raw: p.family(family)})
		default:
			words := strings.Fields(full)
			last := len(words) - 1
			raw := []byte{'['}
			for i, w := range words[:last] {
				if i > 0 {
					raw = append(raw, ',')
				}
				raw = fhir.AppendString(raw, w)
			}
			p.set(n, fhir.Member{Name: "family", Raw: p.family(words[last])}, fhir.Member{Name: "given", Raw: append(raw, ']')})
		}
	}
}

// family is an array in DSTU2 and a string after it (L-1).
func (p *pass) family(s string) []byte {
	if p.version == fhir.DSTU2 {
		return append(append([]byte{'['}, text(s)...), ']')
	}
	return text(s)
}

func cjk(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return true
		}
	}
	return false
}

func patientGender(p *pass) {
	if !p.root.Get("gender").Says() {
		p.set(p.root, fhir.Member{Name: "gender", Raw: []byte(`"unknown"`)})
	}
}

// patientMRN types as MR the identifier that the tenant's configuration says is
// the medical record number, when none is typed so already.
func patientMRN(p *pass) {
	if len(p.link.cfg.MRN) == 0 {
		return
	}
	identifiers := p.root.Get("identifier")
	for id := range identifiers.Values() {
		for c := range nodes(id, "type.coding") {
			if c.Get("code").Is("MR") {
				return
			}
		}
	}
	for _, want := range p.link.cfg.MRN {
		for id := range identifiers.Values() {
			if !want.names(id) {
				continue
			}
			system := "http://hl7.org/fhir/v2/0203"
			if p.version == fhir.R4 {
				system = "http://terminology.hl7.org/CodeSystem/v2-0203"
			}
			mr := []byte(`{"system":"` + system + `","code":"MR","display":"Medical record number"}`)
			if coding := id.Get("type").Get("coding"); coding.IsArray() {
				p.edits = append(p.edits, fhir.Prepend(coding, mr))
			} else {
				p.set(id, fhir.Member{Name: "type", Raw: append(append([]byte(`{"coding":[`), mr...), "]}"...)})
			}
			return
		}
	}
}

func (s System) names(id fhir.Node) bool {
	if !id.Get("value").Says() || s.System != "" && !id.Get("system").Is(s.System) {
		return false
	}
	if s.TypeCode == "" {
		return s.System != ""
	}
	for c := range nodes(id, "type.coding") {
		if c.Get("code").Is(s.TypeCode) {
			return true
		}
	}
	return false
}
