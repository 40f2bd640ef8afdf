package audit

import (
	"context"
	"errors"
	"net/http"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

// A Recorder records what passes a chain of FHIR servers (the link audit) and
// what never reaches one. It is safe for concurrent use.
type Recorder struct {
	log      *Log
	describe func(ctx context.Context, r *Record)
}

// NewRecorder makes a Recorder. describe fills in what a request's context
// knows: request id, tenant, client, token id, remote address.
func NewRecorder(log *Log, describe func(ctx context.Context, r *Record)) (*Recorder, error) {
	if log == nil || describe == nil {
		return nil, errors.New("audit: a Recorder needs a Log and a describe function")
	}
	return &Recorder{log: log, describe: describe}, nil
}

type entryKey struct{}

// Entry marks the context of a batch's entry with its index.
func (r *Recorder) Entry(ctx context.Context, entry int) context.Context {
	return context.WithValue(ctx, entryKey{}, entry)
}

// Event records what has no interaction to tell of: a refused request, a
// statement read. operation is one of our names, resourceType may be empty.
func (r *Recorder) Event(ctx context.Context, operation, resourceType string, status int) error {
	rec := r.begin(ctx)
	rec.Operation, rec.Type, rec.Status = operation, resourceType, status
	if rec.Entry >= 0 {
		rec.Interaction = fhir.Batch.String()
	}
	return r.log.Append(ctx, rec)
}

// begin is a record with what the context knows.
func (r *Recorder) begin(ctx context.Context) Record {
	rec := Record{Entry: -1}
	if i, ok := ctx.Value(entryKey{}).(int); ok {
		rec.Entry = i
	}
	r.describe(ctx, &rec)
	return rec
}

// Link wraps next so that every interaction is recorded, durably, before its
// answer goes up. A read is recorded once, after; a write as an intent before
// and its outcome after, so that none can happen unseen. When the record
// cannot be written the request fails: a read's answer is withheld, a write
// does not begin. A batch or transaction that comes here whole gives one
// record for each of its entries. target names the provider or store.
func (r *Recorder) Link(next fhir.Server, target string) fhir.Server {
	l := &link{Recorder: r, next: next, target: target}
	return fhir.ServerFunc{V: next.Version(), F: l.do}
}

type link struct {
	*Recorder
	next   fhir.Server
	target string
}

func (l *link) do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	if req.Interaction.Writes() || req.Interaction == fhir.Batch {
		intents := l.records(ctx, req)
		for i := range intents {
			intents[i].Phase = Intent
		}
		if err := l.log.Append(ctx, intents...); err != nil {
			return nil, err
		}
	}
	resp, err := l.next.Do(ctx, req)
	if aerr := l.after(ctx, req, resp, err); aerr != nil {
		return nil, aerr
	}
	return resp, err
}

// after records how the interaction ended.
func (l *link) after(ctx context.Context, req *fhir.Request, resp *fhir.Response, failure error) error {
	if req.Interaction != fhir.Batch && req.Interaction != fhir.Transaction {
		rec := l.record(ctx, req)
		if req.Interaction.Writes() {
			rec.Phase = Outcome
		}
		rec.outcome(req, resp, failure)
		return l.log.Append(ctx, rec)
	}
	recs := l.records(ctx, req)
	for i := range recs {
		recs[i].Phase = Outcome
		if failure != nil || resp == nil || i >= len(resp.Results) {
			recs[i].Status = statusOf(failure)
			continue
		}
		result := resp.Results[i]
		var err error
		if result.Err != nil {
			err = result.Err
		}
		if sub := req.Entries[i].Request; sub != nil {
			recs[i].outcome(sub, result.Response, err)
		} else {
			recs[i].Status = statusOf(err)
		}
	}
	return l.log.Append(ctx, recs...)
}

// records is one record for each entry of a batch or transaction, else one.
func (l *link) records(ctx context.Context, req *fhir.Request) []Record {
	if len(req.Entries) == 0 {
		return []Record{l.record(ctx, req)}
	}
	out := make([]Record, len(req.Entries))
	for i, e := range req.Entries {
		sub := e.Request
		if sub == nil {
			sub = &fhir.Request{Interaction: req.Interaction}
		}
		out[i] = l.record(ctx, sub)
		out[i].Entry = i
	}
	return out
}

// record tells what is asked.
func (l *link) record(ctx context.Context, req *fhir.Request) Record {
	rec := l.begin(ctx)
	rec.Provider = l.target
	rec.Operation = operation(req)
	rec.Interaction = req.Interaction.String()
	rec.Type = req.Type
	if req.ID != "" && validID(req.ID) {
		rec.Target = req.Type + "/" + req.ID
		if req.Type == patientType {
			rec.Patients = append(rec.Patients, req.ID)
		}
	}
	if n := len(req.Params) + len(req.Criteria); n > 0 {
		rec.Params = make([]string, 0, n)
		for _, p := range req.Params {
			rec.Params = append(rec.Params, paramName(p.Name))
			rec.addPatientParam(p)
		}
		for _, p := range req.Criteria {
			rec.Params = append(rec.Params, paramName(p.Name))
			rec.addPatientParam(p)
		}
	}
	return rec
}

// outcome tells what was answered.
func (r *Record) outcome(req *fhir.Request, resp *fhir.Response, failure error) {
	if failure != nil || resp == nil {
		r.Status = statusOf(failure)
		return
	}
	r.Status = http.StatusOK
	switch {
	case resp.NotModified:
		r.Status = http.StatusNotModified
	case resp.Created:
		r.Status = http.StatusCreated
	case req.Interaction == fhir.Delete:
		r.Status = http.StatusNoContent
	}
	if req.Interaction == fhir.Capabilities {
		return
	}
	if resp.Resource != nil {
		r.addResource(resp.Resource)
		if resp.Resource.Body == nil { // written, and nothing wanted back
			r.addPatientsIn(req.Body)
		}
	}
	if len(resp.Matches) > 0 {
		r.IDs = make([]string, 0, len(resp.Matches))
		for i := range resp.Matches {
			if resp.Matches[i].Mode != fhir.ModeOutcome {
				r.addResource(&resp.Matches[i].Resource)
			}
		}
	}
}

// operation names an interaction in the app's vocabulary (interface §11).
func operation(req *fhir.Request) string {
	switch {
	case req.Interaction == fhir.Capabilities:
		return EHRConnectionSet
	case req.Interaction.Writes():
		return PatientDetailsEdit
	case req.Interaction == fhir.Search && req.Type == patientType:
		return PatientSearch
	}
	return PatientView
}

// statusOf is the status a failure is answered with.
func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return wire.Status(fhir.AsError(err).Kind)
}
