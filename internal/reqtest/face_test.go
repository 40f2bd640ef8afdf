package reqtest

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

func (f Face) dstu2() bool { return f.Name == "dstu2" }
func (f Face) stu3() bool  { return f.Name == "stu3" }
func (f Face) r4() bool    { return f.Name == "r4" }
