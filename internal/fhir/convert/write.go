package convert

import (
	"context"
	"slices"
	"strconv"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// write converts a create, update or delete on its way down, and what comes
// back on its way up.
func (l *link) write(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	asked := *req
	var err error
	if asked.Type, err = l.provided(req.Type); err != nil {
		return nil, err
	}
	if req.Conditional {
		if asked.Criteria, err = l.condition(req, asked.Type); err != nil {
			return nil, err
		}
	}
	lost := 0
	if req.Body != nil {
		if asked.Body, lost, err = l.down(ctx, req); err != nil {
			return nil, err
		}
	}
	resp, err := l.next.Do(ctx, &asked)
	if err != nil || resp.Resource == nil {
		return resp, err
	}
	out := *resp
	res, _, ok, err := l.resource(ctx, *resp.Resource)
	if err != nil {
		return nil, err
	}
	if !ok { // it was written all the same
		res.Body = nil
	}
	out.Resource = &res
	if lost > 0 {
		out.Warnings = append(slices.Clip(resp.Warnings), fhir.Issue{
			Severity: "warning", Code: "incomplete",
			Diagnostics: strconv.Itoa(lost) + " elements have no place in FHIR " + l.provider.Release() + ", which the provider speaks, and were not stored.",
		})
	}
	return &out, nil
}

// down converts the body of a write.
func (l *link) down(ctx context.Context, req *fhir.Request) (body []byte, lost int, err error) {
	body, report, err := mapping.Resource(req.Body, l.face, l.provider, l.options)
	if err != nil {
		fe := *fhir.AsError(err)
		if fe.Kind == fhir.KindUpstream { // the nonsense is the client's
			fe.Kind = fhir.KindUnprocessable
		}
		return nil, 0, &fe
	}
	l.report(ctx, req.Type, report)
	if report.Withheld != "" {
		return nil, 0, fhir.Errorf(fhir.KindUnprocessable, "not-supported",
			"The provider speaks FHIR %s, which cannot say truthfully what this %s says: %s.", l.provider.Release(), req.Type, report.Withheld)
	}
	return body, len(report.Losses), nil
}

// condition translates the criteria of a conditional write. They must find the
// very resource that is meant, so a wider question will not do.
func (l *link) condition(req *fhir.Request, provided string) ([]fhir.Param, error) {
	opt := l.searchOptions()
	pl, err := l.plan(&fhir.Request{Type: req.Type, Params: req.Criteria, Strict: true}, provided, opt)
	if err != nil {
		return nil, err
	}
	if pl.here {
		return nil, fhir.Errorf(fhir.KindInvalid, "not-supported",
			"The condition cannot be put to a provider of FHIR %s exactly. Search first, then write by id.", l.provider.Release())
	}
	return pl.params, nil
}
