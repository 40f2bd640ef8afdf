package audit

import (
	"strconv"
	"strings"
)

// Typed parts of the FHIR R4 AuditEvent we write
// (https://hl7.org/fhir/R4/auditevent.html).
type (
	event struct {
		ResourceType string        `json:"resourceType"`
		ID           string        `json:"id"`
		Type         coding        `json:"type"`
		Subtype      []coding      `json:"subtype,omitempty"`
		Action       string        `json:"action"`
		Recorded     string        `json:"recorded"`
		Outcome      string        `json:"outcome"`
		OutcomeDesc  string        `json:"outcomeDesc,omitempty"`
		Agent        []eventAgent  `json:"agent"`
		Source       eventSource   `json:"source"`
		Entity       []eventEntity `json:"entity,omitempty"`
	}
	coding struct {
		System  string `json:"system"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	eventAgent struct {
		Type      *concept      `json:"type,omitempty"`
		Who       *reference    `json:"who,omitempty"`
		AltID     string        `json:"altId,omitempty"`
		Requestor bool          `json:"requestor"`
		Network   *eventNetwork `json:"network,omitempty"`
	}
	concept struct {
		Coding []coding `json:"coding"`
	}
	reference struct {
		Reference  string      `json:"reference,omitempty"`
		Identifier *identifier `json:"identifier,omitempty"`
		Display    string      `json:"display,omitempty"`
	}
	identifier struct {
		System string `json:"system,omitempty"`
		Value  string `json:"value"`
	}
	eventNetwork struct {
		Address string `json:"address"`
		Type    string `json:"type"`
	}
	eventSource struct {
		Site     string    `json:"site,omitempty"`
		Observer reference `json:"observer"`
		Type     []coding  `json:"type"`
	}
	eventEntity struct {
		What   *reference    `json:"what,omitempty"`
		Type   coding        `json:"type"`
		Role   *coding       `json:"role,omitempty"`
		Name   string        `json:"name,omitempty"`
		Detail []eventDetail `json:"detail,omitempty"`
	}
	eventDetail struct {
		Type        string `json:"type"`
		ValueString string `json:"valueString"`
	}
)

const (
	systemEventType   = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	systemInteraction = "http://hl7.org/fhir/restful-interaction"
	systemEntityType  = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemRole        = "http://terminology.hl7.org/CodeSystem/object-role"
	systemSource      = "http://terminology.hl7.org/CodeSystem/security-source-type"
	systemDICOM       = "http://dicom.nema.org/resources/ontology/DCM"
	systemOperation   = "https://wardbridge.dev/fhir/CodeSystem/audit-operation"
	systemClient      = "https://wardbridge.dev/fhir/NamingSystem/client"
	systemEntry       = "https://wardbridge.dev/fhir/NamingSystem/list-entry"
	systemPerson      = "https://wardbridge.dev/fhir/NamingSystem/person"
	systemTenant      = "https://wardbridge.dev/fhir/NamingSystem/tenant"
)

// auditEvent is the record as a FHIR R4 AuditEvent.
func auditEvent(r *Record) *event {
	e := &event{
		ResourceType: "AuditEvent",
		ID:           r.Chain + "-" + strconv.FormatInt(r.Seq, 10),
		Type:         coding{systemDICOM, "110100", "Application Activity"},
		Action:       "E",
		Recorded:     r.Time.UTC().Format("2006-01-02T15:04:05.000000Z"),
		Outcome:      outcome(r.Status),
		OutcomeDesc:  r.Detail,
		Source: eventSource{
			Site:     r.Provider,
			Observer: reference{Identifier: &identifier{Value: r.Chain}, Display: "Wardbridge"},
			Type:     []coding{{systemSource, "4", "Application Server"}},
		},
		Agent: agents(r),
	}
	if r.Interaction != "" {
		e.Type = coding{systemEventType, "rest", "RESTful Operation"}
		e.Subtype = append(e.Subtype, coding{System: systemInteraction, Code: interactionCode(r.Interaction)})
		e.Action = action(r.Interaction)
	}
	if strings.HasPrefix(r.Operation, "Token") {
		e.Type = coding{systemDICOM, "110114", "User Authentication"}
	}
	e.Subtype = append(e.Subtype, coding{System: systemOperation, Code: r.Operation})
	e.Entity = entities(r)
	return e
}

// agents are the client, and the organisation it acts for. An AuditEvent has
// at least one agent.
func agents(r *Record) []eventAgent {
	who := &reference{Display: "unauthenticated"}
	switch {
	case r.Client != "":
		who = &reference{Identifier: &identifier{systemClient, r.Client}}
	case r.Person != "":
		who = &reference{Identifier: &identifier{systemPerson, r.Person}}
	case r.Actor != "":
		who = &reference{Display: r.Actor}
	case r.Operation == chainStart:
		who = &reference{Display: "Wardbridge"}
	}
	first := eventAgent{Who: who, AltID: r.TokenID, Requestor: true}
	if r.Remote != "" {
		first.Network = &eventNetwork{r.Remote, "2"}
	}
	list := []eventAgent{first}
	if r.Tenant != "" {
		list = append(list, eventAgent{Who: &reference{Identifier: &identifier{systemTenant, r.Tenant}}})
	}
	return list
}

func entities(r *Record) []eventEntity {
	request := eventEntity{Type: coding{systemEntityType, "2", "System Object"}, Name: "request"}
	detail := func(kind, value string) {
		if value != "" {
			request.Detail = append(request.Detail, eventDetail{kind, value})
		}
	}
	detail("request-id", r.RequestID)
	if r.hasEntry() {
		detail("batch-entry", strconv.Itoa(r.Entry))
	}
	detail("phase", r.Phase)
	detail("store", r.Store)
	detail("space", r.Space)
	detail("list", r.List)
	detail("connection", r.Connection)
	detail("resource-type", r.Type)
	detail("parameters", strings.Join(r.Params, " "))
	if r.Status != 0 {
		detail("status", strconv.Itoa(r.Status))
	}
	detail("hash", r.Hash)
	list := []eventEntity{request}
	for _, p := range r.Patients {
		list = append(list, eventEntity{
			What: &reference{Reference: "Patient/" + p},
			Type: coding{systemEntityType, "1", "Person"}, Role: &coding{systemRole, "1", "Patient"},
		})
	}
	for _, id := range r.Entries { // places on a list, which are no FHIR resources
		list = append(list, eventEntity{
			What: &reference{Identifier: &identifier{systemEntry, id}},
			Type: coding{systemEntityType, "1", "Person"}, Role: &coding{systemRole, "1", "Patient"},
		})
	}
	for _, id := range r.IDs {
		if strings.HasPrefix(id, "Patient/") {
			continue
		}
		list = append(list, eventEntity{
			What: &reference{Reference: id},
			Type: coding{systemEntityType, "2", "System Object"}, Role: &coding{systemRole, "4", "Domain Resource"},
		})
	}
	return list
}

// outcome is success, minor failure (the asker's) or serious failure (ours).
func outcome(status int) string {
	switch {
	case status >= 500:
		return "8"
	case status >= 400:
		return "4"
	}
	return "0"
}

func interactionCode(interaction string) string {
	if interaction == "search" {
		return "search-type"
	}
	return interaction
}

func action(interaction string) string {
	switch interaction {
	case "create":
		return "C"
	case "read", "vread", "history", "capabilities":
		return "R"
	case "update":
		return "U"
	case "delete":
		return "D"
	}
	return "E"
}
