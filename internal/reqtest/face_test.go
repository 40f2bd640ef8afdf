package reqtest

import "os"

// A Face is one served version as the contract describes it.
type Face struct {
	Name      string // dstu2, stu3, r4
	Media     string // default media type
	Version   string // fhirVersion, or what it starts with
	Statement string // resource type of /metadata
	Med       string // the type of medication orders
	V2        string // the system of identifier type codes
	Category  string // the system of observation categories
	Service   string // the system of security services
}

func faces() []Face {
	return []Face{
		{
			Name: "dstu2", Media: "application/json+fhir", Version: "1.0.2", Statement: "Conformance",
			Med: "MedicationOrder", V2: "http://hl7.org/fhir/v2/0203",
			Category: "http://hl7.org/fhir/observation-category",
			Service:  "http://hl7.org/fhir/restful-security-service",
		},
		{
			Name: "stu3", Media: "application/fhir+json", Version: "3.0.", Statement: "CapabilityStatement",
			Med: "MedicationRequest", V2: "http://hl7.org/fhir/v2/0203",
			Category: "http://hl7.org/fhir/observation-category",
			Service:  "http://hl7.org/fhir/restful-security-service",
		},
		{
			Name: "r4", Media: "application/fhir+json", Version: "4.0.1", Statement: "CapabilityStatement",
			Med: "MedicationRequest", V2: "http://terminology.hl7.org/CodeSystem/v2-0203",
			Category: "http://terminology.hl7.org/CodeSystem/observation-category",
			Service:  "http://terminology.hl7.org/CodeSystem/restful-security-service",
		},
	}
}

// Types are the eight types of the interface, in the face's own names.
func (f Face) Types() []string {
	return []string{
		"Patient", "Observation", "Condition", "Encounter", "AllergyIntolerance",
		"Coverage", f.Med, "Location",
	}
}

// A Source is where a tenant's records are: a version, in an embedded store or
// behind a FHIR server elsewhere.
type Source struct {
	Name    string // r4, r4-elsewhere
	Version string // dstu2, stu3, r4
	// Elsewhere: the records are behind another server's FHIR endpoint.
	Elsewhere bool
	// Bases are the endpoints of a foreign server, by letter of the tenant;
	// empty for a server of our own.
	Bases map[string]string
}

// A pair is a face with the source it answers from.
type pair struct {
	Face   Face
	Source Source
}

func (p pair) name() string { return p.Face.Name + "/" + p.Source.Name }

// pairs are every face over a store of every version, and every face over a
// server elsewhere that speaks another one. A foreign server, named by
// WARDBRIDGE_REQ_PROVIDER_VERSION, WARDBRIDGE_REQ_PROVIDER_A and WARDBRIDGE_REQ_PROVIDER_B (the FHIR bases
// with the fixtures of tenants A and B), takes the place of all.
func pairs() []pair {
	var out []pair
	if v := os.Getenv("WARDBRIDGE_REQ_PROVIDER_VERSION"); v != "" {
		foreign := Source{
			Name: v + "-foreign", Version: v, Elsewhere: true,
			Bases: map[string]string{"a": os.Getenv("WARDBRIDGE_REQ_PROVIDER_A"), "b": os.Getenv("WARDBRIDGE_REQ_PROVIDER_B")},
		}
		for _, f := range faces() {
			out = append(out, pair{f, foreign})
		}
		return out
	}
	for i, f := range faces() {
		for _, v := range faces() {
			out = append(out, pair{f, Source{Name: v.Name, Version: v.Name}})
		}
		other := faces()[(i+1)%len(faces())].Name
		out = append(out, pair{f, Source{Name: other + "-elsewhere", Version: other, Elsewhere: true}})
	}
	return out
}

func (f Face) dstu2() bool { return f.Name == "dstu2" }
func (f Face) stu3() bool  { return f.Name == "stu3" }
func (f Face) r4() bool    { return f.Name == "r4" }
