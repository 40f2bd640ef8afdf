package adapt

import (
	"context"
	"errors"
	"math/bits"
	"slices"
	"strconv"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// An asker answers one search from a provider that is not our own store: it
// asks, checks what comes, and asks again otherwise when it learned that the
// provider does not do what it was asked.
type asker struct {
	l         *link
	m         *Memory
	req       *fhir.Request
	q         *search.Query
	defs      *search.Definitions
	clauses   []clause
	skip      map[string]bool     // forms refused for this search's values alone
	dropped   map[fhir.Param]bool // honoured parameters that turned out not to be
	learned   bool                // something that changes the plan, in this attempt
	uncounted bool                // no _count is taken
	failing   bool                // while finding out: a failure counts as a refusal
	failed    bool                // and was found to be passing
	distrust  bool                // the provider's own pages do not serve this search
}

// maxAttempts bounds how often one search is asked anew. Each time something
// was learned, so that it is needed the first time only.
const maxAttempts = 8

// errDistrust says that the provider's own pages cannot be the answer's.
var errDistrust = errors.New("adapt: the provider's order or filter cannot be relied upon")

// foreign answers a search from any provider as our own store would.
func (l *link) foreign(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	defs := search.Load(l.next.Version())
	if !defs.KnowsType(req.Type) {
		return nil, unserved(req.Type)
	}
	q, err := defs.Parse(req.Type, req.Params, search.Options{Strict: req.Strict, Zone: l.cfg.Zone})
	if err != nil {
		return nil, err
	}
	at, err := decodeCursor(req.Cursor)
	if err != nil {
		return nil, err
	}
	if err := l.learnNames(ctx, q); err != nil {
		return nil, err
	}
	a := &asker{l: l, m: l.cfg.Memory, req: req, q: q, defs: defs, skip: map[string]bool{}, dropped: map[fhir.Param]bool{}}
	if a.m.is(a.typeKey()) == refused {
		return a.unsearchable()
	}
	for i := range q.Criteria {
		a.clauses = append(a.clauses, l.compile(q, &q.Criteria[i]))
	}
	resp, err := a.answer(ctx, at)
	if err != nil {
		return nil, err
	}
	return a.finish(ctx, resp)
}

func unserved(typ string) error {
	return fhir.Errorf(fhir.KindUnknownType, "not-supported", "This tenant's provider offers no search for %s.", typ)
}

func (a *asker) typeKey() string { return a.q.Type + " search" }

// wholeKey is the fact that the provider's answers on a type are whole though
// its total says otherwise, for answers of about as many: one that cuts off
// does so from some number on.
func (a *asker) wholeKey(given int) string {
	return a.q.Type + " whole, below " + strconv.Itoa(1<<bits.Len(uint(given)))
}

// mayLack is the type that a provider need not have.
const mayLack = "MedicationStatement"

// unsearchable answers for a type that the provider does not search.
// MedicationStatement is named in the app's own contract though providers
// have MedicationRequest: it is then empty (interface §9, quirk 10).
func (a *asker) unsearchable() (*fhir.Response, error) {
	a.m.used(a.typeKey(), WhyRefused)
	if a.q.Type != mayLack {
		return nil, unserved(a.q.Type)
	}
	return &fhir.Response{Known: fhir.TotalExact, Used: a.q.Used, Ignored: a.q.Ignored}, nil
}

// answer asks until an answer stands.
func (a *asker) answer(ctx context.Context, at cursor) (*fhir.Response, error) {
	var err error
	for range maxAttempts {
		a.learned = false
		var resp *fhir.Response
		resp, err = a.attempt(ctx, at)
		no, isRefusal := errors.AsType[*refusal](err)
		switch {
		case err == nil:
			return resp, nil
		case isRefusal:
			if err := a.settle(ctx, no); err != nil {
				return nil, err
			}
			if a.m.is(a.typeKey()) == refused {
				return a.unsearchable()
			}
		case errors.Is(err, errDistrust):
			if at.Native && len(a.q.Sort) == 0 {
				return nil, errCursor() // there is no order to go on in
			}
			at.Native, a.distrust = false, true
		case a.learned && fhir.AsError(err).Kind == fhir.KindTooCostly:
		default:
			return nil, a.explained(err)
		}
	}
	return nil, fhir.Errorf(fhir.KindUpstream, "transient", "The provider refuses this search in every way it was asked. Ask with fewer parameters.").Because(err)
}

// explained says more of a search that costs too much because the provider does
// not look within names.
func (a *asker) explained(err error) error {
	if fhir.AsError(err).Kind != fhir.KindTooCostly {
		return err
	}
	for i := range a.clauses {
		c := &a.clauses[i]
		if c.criterion.Param.Type != search.String || c.criterion.Exact || c.criterion.Missing != nil {
			continue
		}
		if len(c.ladders) == 0 || a.m.is(c.ladders[0][0].key) == refused {
			return fhir.Errorf(fhir.KindTooCostly, "too-costly",
				"This tenant's provider finds names by their beginning only, and has too many records to look through them all here. Add identifier, birthdate or another parameter that it does search by.").
				Because(err)
		}
	}
	return err
}

// attempt answers by what is known now: from the provider's own pages where
// they serve, else by looking at everything within the bound.
func (a *asker) attempt(ctx context.Context, at cursor) (*fhir.Response, error) {
	p := a.plan()
	p.native = p.native && !a.distrust
	if at.Native || p.native && len(at.Place) == 0 {
		if !p.native && len(a.q.Sort) > 0 || len(p.asks) != 1 || p.asks[0].ids != nil {
			return nil, errDistrust
		}
		resp, err := a.stream(ctx, &p.asks[0], at)
		if err != nil {
			return nil, err
		}
		return a.lacking(ctx, p, at, resp)
	}
	resp, err := a.wide(ctx, p.asks, at.Place)
	if err != nil {
		if fhir.AsError(err).Kind == fhir.KindTooCostly && !a.learned && !a.distrust && p.whole && len(a.q.Sort) == 0 && a.q.Count != 0 && a.q.Summary != "count" && len(at.Place) == 0 {
			return a.stream(ctx, &p.asks[0], at)
		}
		return nil, err
	}
	if p.partly {
		resp = doubted(resp, "The provider cannot be searched for the coverages of a patient, only for those that the patient has taken out. Something may be missing.")
	}
	return a.lacking(ctx, p, at, resp)
}

// wide answers by looking at all that the asks find.
func (a *asker) wide(ctx context.Context, asks []ask, place []byte) (*fhir.Response, error) {
	src := newSource(a, asks, a.size())
	resp, err := paged(a.gather(src).Page(ctx, place))
	if err == nil && src.lacks {
		resp.Known = fhir.TotalAtLeast // the warnings say so too
		return resp, nil
	}
	if err == nil && src.restless() {
		return doubted(resp, turned), nil
	}
	if err != nil || !src.short || src.given[0] == 0 || a.m.is(a.wholeKey(src.given[0])) == proven {
		return resp, err
	}
	// It says it has more than it gave. Either its total is wrong, or it cuts
	// answers off without a link to the rest: then smaller pages give more, or
	// less. One that gives nothing cuts nothing off; of one that takes no size
	// and has no links nothing is certain.
	had := src.given[0]
	switch {
	case src.size == 0 && src.links:
		a.m.learn(a.wholeKey(had), proven)
		return resp, nil
	case src.size == 0:
		return doubted(resp, cutOff), nil
	}
	again := newSource(a, asks, max(1, had/2))
	second, err := paged(a.gather(again).Page(ctx, place))
	if err != nil {
		return nil, err
	}
	switch have := again.given[0]; {
	case again.restless():
		return doubted(second, turned), nil
	case have > had:
		for _, n := range sizes {
			if n > had {
				a.m.learn(sizeKey(n), ignored)
			}
		}
		return second, nil
	case have < had:
		return nil, fhir.Errorf(fhir.KindTooCostly, "too-costly",
			"The provider has more of these than it gives at once, and no link of its own leads to the rest. Add a criterion that narrows the search.")
	case !again.links && had > again.size:
		return doubted(second, cutOff), nil
	}
	a.m.learn(a.wholeKey(had), proven)
	return second, nil
}

const (
	cutOff = "The provider says that it has more of these than it gives. Something may be missing."
	turned = "The provider gave some of these twice and may have passed over others from page to page. Something may be missing."
)

// doubted is an answer that may not be all there is, and says so.
func doubted(resp *fhir.Response, why string) *fhir.Response {
	out := *resp
	out.Known = fhir.TotalAtLeast
	out.Warnings = append(slices.Clip(resp.Warnings), fhir.Issue{Severity: "warning", Code: "incomplete", Diagnostics: why})
	return &out
}

// paged gives a page of [search.Wide] a cursor of this link's form.
func paged(resp *fhir.Response, err error) (*fhir.Response, error) {
	if err == nil && resp.Next != nil {
		resp.Next = encodeCursor(cursor{Place: resp.Next})
	}
	return resp, err
}

// gather is the one place that looks at everything.
func (a *asker) gather(src *source) *search.Wide {
	return &search.Wide{
		Server: src, Ask: &fhir.Request{Interaction: fhir.Search, Type: a.q.Type}, Want: a.q, Definitions: a.defs, Bound: a.l.cfg.Bound,
		Each: func(_ context.Context, m fhir.Match) (fhir.Match, bool, error) {
			m, _, ok, err := a.l.prefill(m)
			return m, ok, err
		},
		Rejected: func(m *fhir.Match, keys []byte) {
			if i, ok := src.from[m.Type+"/"+m.ID]; ok {
				a.check(&src.asks[i], m, keys)
			}
		},
	}
}

// check learns from a match that is none, by the criteria that were asked.
func (a *asker) check(q *ask, m *fhir.Match, keys []byte) {
	for i := range q.parts {
		pt := &q.parts[i]
		if pt.criterion == nil || !pt.sure || pt.ids != nil || pt.criterion.Match(m.ID, m.Modified.UnixMicro(), keys) {
			continue
		}
		a.m.used(pt.key, WhyChecked)
		if a.m.is(pt.key) != ignored {
			a.m.learn(pt.key, ignored)
			a.learned = true
		}
	}
}

// size is the page size to ask for.
func (a *asker) size() int {
	for _, n := range sizes {
		if is := a.m.is(sizeKey(n)); is != refused && is != ignored && !a.skip[sizeKey(n)] {
			return n
		}
	}
	return 0
}

// lacking looks for vital signs by their codes when a provider finds none by
// category: it may not categorise them.
func (a *asker) lacking(ctx context.Context, p plan, at cursor, resp *fhir.Response) (*fhir.Response, error) {
	if a.q.Type != "Observation" || len(at.Place) > 0 || a.m.is(uncategorised) == proven {
		return resp, nil
	}
	var asked *part
	for i := range p.asks[0].parts {
		if pt := &p.asks[0].parts[i]; pt.key == "Observation?category" && asksVitals(pt.criterion) {
			asked = pt
		}
	}
	if asked == nil || resp.Total > 0 {
		return resp, nil
	}
	byCode := ask{parts: slices.Clone(p.asks[0].parts)}
	for i := range byCode.parts {
		if byCode.parts[i].key == asked.key {
			byCode.parts[i].form = vitalsByCode
		}
	}
	found, err := a.wide(ctx, []ask{byCode}, nil)
	if err != nil {
		if _, no := errors.AsType[*refusal](err); no { // it does not search by code either
			a.m.learn(asked.key, ignored)
			return resp, nil
		}
		return nil, err
	}
	if found.Total > 0 {
		a.m.learn(uncategorised, proven)
		a.m.used("Observation?category", WhyChecked)
	}
	return found, nil
}

// finish adapts what is shown and gives the cursor and the parameters their
// form.
func (a *asker) finish(ctx context.Context, resp *fhir.Response) (*fhir.Response, error) {
	out := *resp
	out.Used = slices.DeleteFunc(slices.Clone(a.q.Used), func(p fhir.Param) bool { return a.dropped[p] })
	out.Ignored = slices.Clone(a.q.Ignored)
	for p := range a.dropped {
		out.Ignored = append(out.Ignored, p.Name)
	}
	slices.Sort(out.Ignored)
	matches, err := a.l.matches(ctx, a.req, resp.Matches)
	out.Matches = matches
	return &out, err
}
