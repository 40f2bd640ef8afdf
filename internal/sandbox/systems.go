package sandbox

import "github.com/wardbridge/wardbridge/internal/fhir"

// A system is a code system whose URI may differ between versions.
type system uint8

// The code systems used.
const (
	sysNone system = iota
	sysSNOMED
	sysLOINC
	sysRxNorm
	sysNDFRT
	sysUCUM
	sysFormulary
	sysIDType
	sysObsCategory
	sysInterpretation
	sysAbsent
	sysCondCategory
	sysCondClinical
	sysCondVer
	sysAllergyClinical
	sysAllergyVer
	sysAct
	sysPartType
	sysDiagRole
	sysMarital
	sysContactRel
	sysRoleCode
	sysPhysical
	sysCoverClass
	sysCoverRel
	sysOrgType
	sysPracRole
	sysDisposition
	sysLanguage
	sysCount
)

const (
	snomed    = "http://snomed.info/sct"
	mrnSystem = "urn:oid:2.16.840.1.113883.19.5.1" // under HL7's root for examples
	visitNo   = "urn:oid:2.16.840.1.113883.19.5.2"
	memberNo  = "urn:oid:2.16.840.1.113883.19.5.3"
	staffNo   = "urn:oid:2.16.840.1.113883.19.5.4"
	formulary = "https://sandbox.example.org/formulary"
)

// uris gives each system's URI in a version (version-mapping §2).
func uris(v fhir.Version) [sysCount]string {
	t := [sysCount]string{
		sysSNOMED: snomed, sysLOINC: "http://loinc.org", sysRxNorm: "http://www.nlm.nih.gov/research/umls/rxnorm",
		sysNDFRT: "http://rxnav.nlm.nih.gov/REST/Ndfrt", sysUCUM: "http://unitsofmeasure.org",
		sysFormulary: formulary, sysLanguage: "urn:ietf:bcp:47",
	}
	if v == fhir.R4 {
		for s, tail := range map[system]string{
			sysIDType: "v2-0203", sysObsCategory: "observation-category", sysInterpretation: "v3-ObservationInterpretation",
			sysAbsent: "data-absent-reason", sysCondCategory: "condition-category", sysCondClinical: "condition-clinical",
			sysCondVer: "condition-ver-status", sysAllergyClinical: "allergyintolerance-clinical",
			sysAllergyVer: "allergyintolerance-verification", sysAct: "v3-ActCode", sysPartType: "v3-ParticipationType",
			sysDiagRole: "diagnosis-role", sysMarital: "v3-MaritalStatus", sysContactRel: "v2-0131", sysRoleCode: "v3-RoleCode",
			sysPhysical: "location-physical-type", sysCoverClass: "coverage-class", sysCoverRel: "subscriber-relationship",
			sysOrgType: "organization-type", sysPracRole: "practitioner-role", sysDisposition: "discharge-disposition",
		} {
			t[s] = "http://terminology.hl7.org/CodeSystem/" + tail
		}
		return t
	}
	for s, tail := range map[system]string{
		sysIDType: "v2/0203", sysObsCategory: "observation-category", sysInterpretation: "v2/0078",
		sysAbsent: "data-absent-reason", sysCondCategory: "condition-category", sysCondClinical: "condition-clinical",
		sysCondVer: "condition-ver-status", sysAct: "v3/ActCode", sysPartType: "v3/ParticipationType",
		sysDiagRole: "diagnosis-role", sysMarital: "v3/MaritalStatus", sysContactRel: "v2/0131", sysRoleCode: "v3/RoleCode",
		sysPhysical: "location-physical-type", sysCoverRel: "policyholder-relationship", sysOrgType: "organization-type",
		sysPracRole: "practitioner-role", sysDisposition: "discharge-disposition",
	} {
		t[s] = "http://hl7.org/fhir/" + tail
	}
	if v == fhir.DSTU2 {
		t[sysContactRel] = "http://hl7.org/fhir/patient-contact-relationship"
	}
	return t
}
