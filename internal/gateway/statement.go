package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

// faceTypes are the types every face of a version guarantees: the eight of the
// interface, MedicationStatement (quirk 10), and what they refer to.
func faceTypes(v fhir.Version) []string {
	types := []string{"AllergyIntolerance", "Condition", "Coverage", "Encounter", "Location", "Medication"}
	if v == fhir.DSTU2 {
		types = append(types, "MedicationOrder")
	} else {
		types = append(types, "MedicationRequest")
	}
	types = append(types, "MedicationStatement", "Observation", "Organization", "Patient", "Practitioner")
	if v > fhir.DSTU2 {
		types = append(types, "PractitionerRole")
	}
	return types
}

var (
	faceInteractions  = []string{"read", "vread", "search-type"}
	storeInteractions = []string{"read", "vread", "search-type", "create", "update", "delete", "history-instance", "history-type"}
)

func statementResources(d *search.Definitions, types, interactions []string) []wire.StatementResource {
	out := make([]wire.StatementResource, 0, len(types))
	for _, t := range types {
		r := wire.StatementResource{Type: t, Interactions: interactions}
		for _, p := range d.Params(t) {
			r.Params = append(r.Params, wire.StatementParam{Name: p.Name, Type: p.Type.String(), Targets: p.Targets, Modifiers: p.Modifiers()})
		}
		out = append(out, r)
	}
	return out
}

// public serves the documents that need no token and look at none: metadata,
// in any spelling of its path, and the SMART configuration (REQ-META-1, 8, 10,
// 11). On a store's endpoint only metadata.
func (c *call) public(ctx context.Context) (served bool, err error) {
	read := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	switch path := strings.Trim(c.path, "/"); {
	case path == "metadata" && (read || c.r.Method == http.MethodOptions), path == "" && c.r.Method == http.MethodOptions:
		return true, c.metadata(ctx)
	case path == ".well-known/smart-configuration" && read && c.store == "":
		return true, c.smart()
	}
	return false, nil
}

func (c *call) metadata(ctx context.Context) error {
	r := c.r
	if r.Method == http.MethodOptions {
		r = r.Clone(ctx)
		r.Method = http.MethodGet
	}
	in, err := c.codec.Decode(r, "metadata")
	c.in = in
	if err != nil {
		return err
	}
	if err := c.g.cfg.Record.Event(ctx, "EHRConnectionSet", "", http.StatusOK); err != nil {
		return err
	}
	c.recorded = true
	c.codec.Answer(c.w, r, in, &fhir.Response{Resource: &fhir.Resource{Body: c.statement(ctx)}})
	return nil
}

// statement is what this endpoint says of itself. It is never a provider's own,
// which names the provider's server.
func (c *call) statement(ctx context.Context) []byte {
	st := wire.Statement{
		Version: c.codec.Version, Base: c.codec.Base, Name: c.g.cfg.Name, SoftwareVersion: c.g.cfg.Version, Date: c.g.cfg.Date,
		Description: "FHIR endpoint for the Patients app: routes each call to the provider of the tenant in its token.",
		TokenURL:    c.g.cfg.PublicURL(c.r) + "/oauth2/token", AuthorizeURL: c.g.cfg.PublicURL(c.r) + "/oauth2/authorize",
		Resources: c.g.statements[c.codec.Version],
	}
	if c.store != "" {
		d := search.Load(c.codec.Version)
		st.Description, st.Writable = "Embedded FHIR store.", true
		st.Resources = statementResources(d, d.Types(), storeInteractions)
		if store, err := c.g.cfg.Stores.Store(ctx, c.store); err == nil && store.Open {
			st.TokenURL, st.AuthorizeURL = "", ""
		}
	}
	return st.Append(make([]byte, 0, 32<<10))
}

// announces answers for the statement where it is asked for as an entry of a
// batch, before any provider is.
func (c *call) announces(next fhir.Server) fhir.Server {
	return fhir.ServerFunc{V: next.Version(), F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		if req.Interaction != fhir.Capabilities {
			return next.Do(ctx, req)
		}
		return &fhir.Response{Resource: &fhir.Resource{Body: c.statement(ctx)}}, nil
	}}
}

// smart answers .well-known/smart-configuration
// (https://hl7.org/fhir/smart-app-launch/conformance.html).
func (c *call) smart() error {
	body, err := json.Marshal(c.g.cfg.SMART(c.r))
	if err != nil {
		return err
	}
	c.recorded = true
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body) // the client may have gone
	}
	return nil
}
