package adapt

import (
	"maps"
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// concept fills text and coding[0].display of a CodeableConcept from each
// other, the code itself last (version-mapping §16, REQ-COND-2, REQ-ALG-5). A
// concept of which nothing is known stays as it is.
func (p *pass) concept(n fhir.Node) {
	if !n.IsObject() {
		return
	}
	coding := n.Get("coding")
	first := coding.First()
	if first.Get("display").Says() && n.Get("text").Says() {
		return
	}
	label := first.Get("display").String()
	if label == "" {
		label = n.Get("text").String()
	}
	if label == "" {
		label = anyDisplay(coding)
	}
	if label == "" {
		label = first.Get("code").String()
	}
	if label == "" {
		return
	}
	var add []fhir.Member
	switch {
	case first.IsObject() && !first.Get("display").Says():
		p.set(first, fhir.Member{Name: "display", Raw: text(label)})
	case !first.Exists() && !coding.Exists():
		add = append(add, fhir.Member{Name: "coding", Raw: coded(label)})
	case !first.Exists():
		p.replace(coding, coded(label))
	}
	if !n.Get("text").Says() {
		add = append(add, fhir.Member{Name: "text", Raw: text(label)})
	}
	p.set(n, add...)
}

func coded(display string) []byte {
	return append(append([]byte(`[{"display":`), text(display)...), "}]"...)
}

func anyDisplay(coding fhir.Node) string {
	for c := range coding.Values() {
		if d := c.Get("display").String(); d != "" {
			return d
		}
	}
	return ""
}

// vitals are the LOINC codes that are vital signs whatever their category says
// or leaves out: those of the FHIR vital signs profile
// (https://hl7.org/fhir/R4/observation-vitalsigns.html), the older blood
// pressure panel 55284-4 and pulse oximetry 59408-5 included.
var vitals = map[string]bool{
	"85353-1": true, "9279-1": true, "8867-4": true, "2708-6": true, "59408-5": true, "8310-5": true, "8302-2": true, "8306-3": true,
	"8287-5": true, "9843-4": true, "29463-7": true, "3141-9": true, "39156-5": true, "85354-9": true, "55284-4": true, "8480-6": true, "8462-4": true,
}

// vitalCodes are the vitals in order.
var vitalCodes = slices.Sorted(maps.Keys(vitals))

// vitalSigns gives an Observation with a vital sign's code the category it
// lacks.
func vitalSigns(p *pass) {
	category := p.root.Get("category")
	if category.First().Exists() {
		return
	}
	for c := range nodes(p.root, "code.coding") {
		if !vitals[c.Get("code").String()] || !c.Get("system").Is("http://loinc.org") {
			continue
		}
		system := "http://hl7.org/fhir/observation-category"
		if p.version == fhir.R4 {
			system = "http://terminology.hl7.org/CodeSystem/observation-category"
		}
		raw := `{"coding":[{"system":"` + system + `","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}`
		if p.version > fhir.DSTU2 {
			raw = "[" + raw + "]"
		}
		p.set(p.root, fhir.Member{Name: "category", Raw: []byte(raw)})
		return
	}
}
