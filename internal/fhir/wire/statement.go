package wire

import (
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Statement is what a capability statement says (interface §2). It is
// rendered in the shape of the version: Conformance or CapabilityStatement.
type Statement struct {
	Version         fhir.Version
	Base            string
	Name            string // software name
	SoftwareVersion string
	Description     string
	Date            time.Time
	// TokenURL and AuthorizeURL go into the oauth-uris extension; empty
	// TokenURL means an open endpoint.
	TokenURL, AuthorizeURL string
	// Writable endpoints also declare transactions.
	Writable  bool
	Resources []StatementResource
}

// A StatementResource is one type the endpoint serves.
type StatementResource struct {
	Type         string
	Interactions []string // read, vread, search-type, …
	Params       []StatementParam
}

// A StatementParam is one search parameter.
type StatementParam struct {
	Name, Type string
	Targets    []string
	Modifiers  []string // declared by DSTU2 only; later versions have no place for it here
}

const oauthURIs = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

// Append appends the statement as JSON.
func (s *Statement) Append(b []byte) []byte {
	typ := "CapabilityStatement"
	if s.Version == fhir.DSTU2 {
		typ = "Conformance"
	}
	b = append(b, `{"resourceType":"`+typ+`","id":"wardbridge","name":`...)
	b = fhir.AppendString(b, s.Name)
	b = append(b, `,"status":"active","date":"`...)
	b = s.Date.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `","description":`...)
	b = fhir.AppendString(b, s.Description)
	b = append(b, `,"kind":"instance","software":{"name":`...)
	b = fhir.AppendString(b, s.Name)
	if s.SoftwareVersion != "" {
		b = append(b, `,"version":`...)
		b = fhir.AppendString(b, s.SoftwareVersion)
	}
	b = append(b, `},"implementation":{"description":`...)
	b = fhir.AppendString(b, s.Description)
	b = append(b, `,"url":`...)
	b = fhir.AppendString(b, s.Base)
	b = append(b, `},"fhirVersion":"`+s.Version.Release()+`"`...)
	if s.Version < fhir.R4 {
		b = append(b, `,"acceptUnknown":"both"`...)
	}
	b = append(b, `,"format":["`+MediaType(s.Version)+`","json"],"rest":[{"mode":"server"`...)
	b = s.appendSecurity(b)
	b = append(b, `,"resource":[`...)
	for i := range s.Resources {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.appendResource(b, &s.Resources[i])
	}
	b = append(b, `],`...)
	b = s.appendInteractions(b)
	return append(b, `}]}`...)
}

// appendInteractions says that batches are taken: DSTU2 has a mode for it and,
// as the vendor's trace has it, the transaction interaction; later versions a
// code (REQ-META-6).
func (s *Statement) appendInteractions(b []byte) []byte {
	if s.Version == fhir.DSTU2 {
		mode := "batch"
		if s.Writable {
			mode = "both"
		}
		b = append(b, `"interaction":[{"code":"transaction"}`...)
		b = s.appendHistory(b)
		return append(b, `],"transactionMode":"`+mode+`"`...)
	}
	b = append(b, `"interaction":[{"code":"batch"},{"code":"transaction"}`...)
	return append(s.appendHistory(b), ']')
}

func (s *Statement) appendHistory(b []byte) []byte {
	if s.Writable {
		b = append(b, `,{"code":"history-system"}`...)
	}
	return b
}

func (s *Statement) appendSecurity(b []byte) []byte {
	if s.TokenURL == "" {
		return b
	}
	b = append(b, `,"security":{"extension":[{"url":"`+oauthURIs+`","extension":[{"url":"token","valueUri":`...)
	b = fhir.AppendString(b, s.TokenURL)
	b = append(b, `},{"url":"authorize","valueUri":`...)
	b = fhir.AppendString(b, s.AuthorizeURL)
	b = append(b, `}]}],"service":[{"coding":[{"system":"`...)
	if s.Version == fhir.R4 {
		b = append(b, `http://terminology.hl7.org/CodeSystem/restful-security-service`...)
	} else {
		b = append(b, `http://hl7.org/fhir/restful-security-service`...)
	}
	b = append(b, `","code":"OAuth","display":"OAuth"},`...)
	// The vendor's own sample names the value set where a code system belongs.
	b = append(b, `{"system":"http://hl7.org/fhir/ValueSet/restful-security-service","code":"OAuth","display":"OAuth"}],`...)
	return append(b, `"text":"OAuth 2.0 client credentials; the scope is the tenant's GUID"}]}`...)
}

func (s *Statement) appendResource(b []byte, r *StatementResource) []byte {
	b = append(b, `{"type":"`+r.Type+`","interaction":[`...)
	for i, code := range r.Interactions {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"code":"`+code+`"}`...)
	}
	b = append(b, `],"versioning":"versioned"`...)
	if s.Writable {
		b = append(b, `,"readHistory":true,"updateCreate":true,"conditionalCreate":true,"conditionalUpdate":true,"conditionalDelete":"single"`...)
	}
	for i, p := range r.Params {
		if i == 0 {
			b = append(b, `,"searchParam":[`...)
		} else {
			b = append(b, ',')
		}
		b = s.appendParam(b, &p)
	}
	if len(r.Params) > 0 {
		b = append(b, ']')
	}
	return append(b, '}')
}

func (s *Statement) appendParam(b []byte, p *StatementParam) []byte {
	b = append(b, `{"name":"`+p.Name+`","type":"`+p.Type+`"`...)
	if s.Version == fhir.DSTU2 {
		b = appendNames(b, "target", p.Targets)
		b = appendNames(b, "modifier", p.Modifiers)
	}
	return append(b, '}')
}

func appendNames(b []byte, member string, names []string) []byte {
	for i, n := range names {
		if i == 0 {
			b = append(b, `,"`+member+`":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, `"`+n+`"`...)
	}
	if len(names) > 0 {
		b = append(b, ']')
	}
	return b
}
